package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"pageload/examples/internal/terminal"
)

// frameTime is how long a line of progress stands.
const frameTime = 200 * time.Millisecond

// progress shows on a terminal how far the loads are, until the function that it
// returns is called, which takes the line away.
func (o *options) progress(stdout io.Writer, r *result) (stop func()) {
	columns, _, ok := terminal.Redraws(stdout)
	if !ok || o.quiet || o.json {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(frameTime)
		defer tick.Stop()
		for {
			select {
			case <-done:
				io.WriteString(stdout, "\r\x1b[K") // where the terminal is gone, the figures that follow tell so
				return
			case now := <-tick.C:
				if _, err := io.WriteString(stdout, "\r"+clip(r.line(now), columns-1)+"\x1b[K"); err != nil {
					<-done
					return
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// line says in a line how far the loads are.
func (r *result) line(now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, passed := r.loaded+r.failed, now.Sub(r.start)
	var b strings.Builder
	fmt.Fprint(&b, n)
	if r.wanted != math.MaxInt {
		fmt.Fprintf(&b, " of %d", r.wanted)
	}
	fmt.Fprintf(&b, " loads, %v", passed.Round(100*time.Millisecond))
	if r.duration > 0 {
		fmt.Fprintf(&b, " of %v", r.duration)
	}
	fmt.Fprintf(&b, ", %.1f a second", rate(int64(r.loaded), passed))
	if t := r.times[toLoad]; t.count() > 0 {
		fmt.Fprintf(&b, ", median %v, 99 %% %v", short(t.at(50)), short(t.at(99)))
	}
	fmt.Fprintf(&b, ", %d under way, %d failed", r.begun-n-r.cut, r.failed)
	if s := sum(r.faults[ofSubresource]); s > 0 {
		fmt.Fprintf(&b, ", %d subresources failed", s)
	}
	return b.String()
}

func sum(all map[string]*faults) (n int) {
	for _, f := range all {
		n += f.count
	}
	return n
}

// clip cuts a line of ASCII for a terminal.
func clip(s string, columns int) string {
	if columns < 0 {
		return ""
	}
	return s[:min(len(s), columns)]
}
