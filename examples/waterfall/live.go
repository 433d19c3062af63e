package main

import (
	"io"
	"time"

	"pageload/examples/internal/terminal"
	"pageload/loader/report"
)

// live returns what draws the load while it goes on; nil where standard output is
// no terminal that can be drawn on again, or is wanted for something else.
func (o *options) live(stdout io.Writer) *report.Live {
	columns, rows, ok := terminal.Redraws(stdout)
	if !ok || columns < minLive || o.quiet || o.verbose || o.toStdout() {
		return nil
	}
	t := o.text(stdout)
	return report.NewLive(stdout, report.LiveOptions{Width: columns, Height: rows, Color: t.Color, ASCII: t.ASCII})
}

// minLive is the least width of a terminal on which no line of a frame wraps.
const minLive = 60

// frameTime is how long a frame stands. One that takes long to draw stands ten
// times as long, so that drawing holds up nothing.
const frameTime = 80 * time.Millisecond

// redraw draws frames until the function that it returns is called, which takes
// the last one off the screen and waits until nothing is drawn any more.
func redraw(live *report.Live) (stop func()) {
	begin, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(frameTime)
		defer timer.Stop()
		for {
			select {
			case <-done:
				live.Clear() // where the terminal is gone, the whole that follows tells so
				return
			case <-timer.C:
			}
			drawn := time.Now()
			if live.Draw(drawn.Sub(begin)) != nil {
				<-done
				return
			}
			timer.Reset(max(frameTime, 10*time.Since(drawn)))
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
