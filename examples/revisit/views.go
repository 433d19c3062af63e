package main

import (
	"fmt"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// views are a page's first and second view.
type views struct {
	first, second *waterfall.Waterfall
	width         int // columns
	ascii         bool
}

// A pair is a request of the first view beside the same one of the second; either may
// be nil.
type pair struct{ first, second *waterfall.Request }

// pairs joins requests of the same method and URL, in the order of the first view;
// what only the second has comes last.
func (v *views) pairs() []pair {
	var list []pair
	waiting := map[string][]int{} // indexes of the list
	for i := range v.first.Requests {
		r := &v.first.Requests[i]
		key := r.Method + " " + r.URL
		waiting[key] = append(waiting[key], len(list))
		list = append(list, pair{first: r})
	}
	for i := range v.second.Requests {
		r := &v.second.Requests[i]
		key := r.Method + " " + r.URL
		if at := waiting[key]; len(at) > 0 {
			list[at[0]].second, waiting[key] = r, at[1:]
			continue
		}
		list = append(list, pair{second: r})
	}
	return list
}

// The columns beside a bar: status, bytes and milliseconds.
const figures = len(" 200  123.4 kB  12345 ms")

// text is what the program prints.
func (v *views) text() string {
	var b strings.Builder
	urls := min(36, v.width/4)
	bar := max(8, (v.width-urls-2*figures-6)/2)
	side := bar + figures + 1
	fmt.Fprintf(&b, "%-*s  %-*s  %s\n", urls, "", side, "first view", "second view")
	until := max(last(v.first), last(v.second))
	for _, p := range v.pairs() {
		r := p.first
		if r == nil {
			r = p.second
		}
		fmt.Fprintf(&b, "%-*s  %-*s  %s", urls, shorten(r.URL, urls), side, v.side(p.first, until, bar), v.side(p.second, until, bar))
		if p.second != nil && p.second.Cache != nil && p.second.Cache.Reason != "" {
			fmt.Fprintf(&b, "  %s", p.second.Cache.Reason)
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	v.summary(&b)
	return b.String()
}

// side is a request's bar and figures.
func (v *views) side(r *waterfall.Request, until time.Duration, width int) string {
	if r == nil {
		return "not asked for"
	}
	end := r.Times.End
	if end == waterfall.None {
		end = until
	}
	cell := func(at time.Duration) int {
		return min(width-1, max(0, int(int64(at)*int64(width)/int64(max(until, 1)))))
	}
	from, to := cell(r.Start), cell(end)
	full := "█"
	if v.ascii {
		full = "#"
	}
	status := fmt.Sprint(r.Status)
	switch {
	case r.BlockedReason != "":
		status = "blk"
	case r.Err != "":
		status = "err"
	}
	return strings.Repeat(" ", from) + strings.Repeat(full, to-from+1) + strings.Repeat(" ", width-1-to) +
		fmt.Sprintf(" %3s %9s %6d ms", status, size(wire(r)), (end-r.Start).Milliseconds())
}

// summary says what the second view cost less.
func (v *views) summary(b *strings.Builder) {
	rows := [2][6]string{}
	var sent [2]int
	var bytes [2]int64
	for i, w := range []*waterfall.Waterfall{v.first, v.second} {
		stored, asked := 0, 0
		for j := range w.Requests {
			r := &w.Requests[j]
			switch {
			case r.Times.SendStart == waterfall.None || r.FromCache != "":
				stored++
			default:
				sent[i]++
				bytes[i] += wire(r)
				if r.Cache != nil && r.Cache.Verdict == "revalidated" {
					asked++
				}
			}
		}
		opened := 0
		for j := range w.Connections {
			if w.Connections[j].Started >= 0 {
				opened++
			}
		}
		rows[i] = [6]string{fmt.Sprint(sent[i]), fmt.Sprint(asked), fmt.Sprint(stored), size(bytes[i]), fmt.Sprint(opened), moment(w.Page.Load)}
	}
	for i, name := range []string{"requests on the wire", "of them only asked whether it changed", "answered here, or not let out", "bytes received", "connections opened", "load event"} {
		fmt.Fprintf(b, "%-38s %10s  %10s\n", name, rows[0][i], rows[1][i])
	}
	if sent[0] > 0 && bytes[0] > 0 {
		fmt.Fprintf(b, "saved: %d of %d requests, %s of %s", sent[0]-sent[1], sent[0], size(bytes[0]-bytes[1]), size(bytes[0]))
		if a, z := v.first.Page.Load, v.second.Page.Load; a != waterfall.None && z != waterfall.None {
			fmt.Fprintf(b, ", %d of %d ms", (a - z).Milliseconds(), a.Milliseconds())
		}
		b.WriteByte('\n')
	}
}

// wire is what came over the network for a request.
func wire(r *waterfall.Request) int64 {
	if r.FromCache != "" {
		return 0
	}
	return max(0, r.HeadBytes) + max(0, r.BodyBytes)
}

func last(w *waterfall.Waterfall) (end time.Duration) {
	for i := range w.Requests {
		end = max(end, w.Requests[i].Times.End)
	}
	return end
}

func moment(d time.Duration) string {
	if d == waterfall.None {
		return "never"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func size(n int64) string {
	if n < 1000 && n > -1000 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1000)
}

// shorten keeps the end of a URL, which tells requests of a page apart.
func shorten(url string, most int) string {
	r := []rune(url)
	if len(r) <= most {
		return url
	}
	return "…" + string(r[len(r)-most+1:])
}
