package report

import (
	"cmp"
	"fmt"
	"io"
	"sync"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// LiveOptions say how a Live draws.
type LiveOptions struct {
	Width  int // columns of the terminal; less than 60 counts as 60, which wraps on one that is narrower
	Height int // lines of the terminal; 0: 24. No frame is higher
	Color  bool
	ASCII  bool
}

// A Live draws a load on a terminal while it goes on: rows appear and grow. Each
// frame takes the place of the one before, by moving the cursor up and clearing
// what is below it (ECMA-48: CUU, ED). It draws only when it is told to:
//
//	live := report.NewLive(os.Stdout, report.LiveOptions{Width: 120, Height: 40, Color: true})
//	nav.Observe = live.Observe // and now and then live.Draw(time.Since(start))
//	…
//	live.Clear() // and then Text draws the whole
//
// All methods may be called from several goroutines.
type Live struct {
	w       io.Writer
	options LiveOptions

	mu  sync.Mutex
	log []waterfall.Event // appended to only

	drawing sync.Mutex
	lines   int // of the frame that is on the screen
}

// NewLive returns a Live that draws on w.
func NewLive(w io.Writer, o LiveOptions) *Live {
	return &Live{w: w, options: o}
}

// Observe takes an event. It draws nothing and waits for no drawing, so it holds
// nobody up.
func (l *Live) Observe(e waterfall.Event) {
	if e.Kind == waterfall.Body {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, e)
}

// Draw draws a frame as of now, an offset from the start of the navigation. The
// error is that of the writer.
func (l *Live) Draw(now time.Duration) error {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	wf := waterfall.Fold(log)
	wf.Page.End = max(wf.Page.End, now)
	s := screen{color: l.options.Color, ascii: l.options.ASCII}
	l.up(&s)
	l.lines = l.frame(&s, wf)
	return l.write(s.buf)
}

// Clear takes the last frame off the screen.
func (l *Live) Clear() error {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	var s screen
	l.up(&s)
	l.lines = 0
	return l.write(s.buf)
}

// up moves to where the frame on the screen begins, and clears the rest.
func (l *Live) up(s *screen) {
	if l.lines > 0 {
		s.printf("\x1b[%dA\r\x1b[J", l.lines)
	}
}

func (l *Live) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := l.w.Write(b); err != nil {
		return fmt.Errorf("report: write: %w", err)
	}
	return nil
}

// frameLines are what a frame has beside its rows: the heading of four lines at
// most, and the line below.
const frameLines = 5

// frame draws the last rows that have room, and how far the load is.
func (l *Live) frame(s *screen, wf *waterfall.Waterfall) (lines int) {
	t := &text{wf: wf, options: TextOptions{Color: l.options.Color, ASCII: l.options.ASCII}, out: *s}
	t.width = max(minWidth, l.options.Width)
	t.rows = sorted(wf.Requests)
	estimate(t.rows, wf.Page.End)
	all := len(t.rows)
	wf.Page.Err = "" // the whole tells it
	t.layout()
	before := len(t.out.buf)
	t.heading()
	room := max(1, cmp.Or(l.options.Height, 24)-1-frameLines) // the cursor stands below the last line
	for _, r := range t.rows[max(0, all-room):] {
		t.row(r)
	}
	n := wf.Totals()
	t.out.paint(styleDim, fmt.Sprintf("%s  %d of %s in  %s received", figure.Duration(wf.Page.End), all-n.Running, plural(all, "request"), bytes(n.Received)))
	t.out.newline()
	for _, b := range t.out.buf[before:] {
		if b == '\n' {
			lines++
		}
	}
	*s = t.out
	return lines
}

// estimate gives requests that nothing is known of yet the phase that they are
// most likely in: what was let go waits for its response.
func estimate(rows []*waterfall.Request, now time.Duration) {
	for _, r := range rows {
		if r.Done || r.Times.SendStart != waterfall.None {
			continue
		}
		if r.Started == waterfall.None {
			r.Times.Queued = now
			continue
		}
		r.Times.SendStart, r.Times.SendEnd = max(r.Start, r.Started), max(r.Start, r.Started)
		r.Times.Queued = now
	}
}
