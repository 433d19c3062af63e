package report_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pageload/loader/report"
	"pageload/loader/waterfall"
)

// A display is a terminal of so many columns: it interprets what a Live writes.
type display struct {
	t      *testing.T
	width  int
	lines  []string
	at     int // line of the cursor
	writes int
}

var control = regexp.MustCompile(`\x1b\[([0-9;]*)([A-Za-z])`)

func (d *display) Write(p []byte) (int, error) {
	d.writes++
	s := string(p)
	for s != "" {
		if m := control.FindStringSubmatchIndex(s); m != nil && m[0] == 0 {
			n := s[m[2]:m[3]]
			switch s[m[4]:m[5]] {
			case "A":
				var up int
				fmt.Sscan(n, &up)
				if d.at -= up; d.at < 0 {
					d.t.Fatalf("the cursor leaves the screen upwards")
				}
			case "J":
				d.lines = d.lines[:d.at]
			case "m":
			default:
				d.t.Fatalf("unknown control sequence %q", s[m[0]:m[1]])
			}
			s = s[m[1]:]
			continue
		}
		if s[0] == '\r' {
			s = s[1:]
			continue
		}
		end := strings.IndexByte(s, '\n')
		if end < 0 {
			d.t.Fatalf("a frame ends within a line: %q", s)
		}
		line := control.ReplaceAllString(s[:end], "")
		if n := utf8.RuneCountInString(line); n > d.width {
			d.t.Errorf("a line of %d columns on a terminal of %d: %s", n, d.width, line)
		}
		d.lines = append(d.lines[:d.at], line)
		d.at++
		s = s[end+1:]
	}
	return len(p), nil
}

func (d *display) text() string { return strings.Join(d.lines, "\n") }

// follow gives a Live the log of a load of n requests, and draws after each event.
func follow(t *testing.T, n int, o report.LiveOptions) (live *report.Live, d *display) {
	t.Helper()
	d = &display{t: t, width: o.Width}
	live = report.NewLive(d, o)
	draw := func(at time.Duration) {
		t.Helper()
		if err := live.Draw(at); err != nil {
			t.Fatal(err)
		}
		if len(d.lines) >= o.Height {
			t.Fatalf("%d lines on a terminal of %d", len(d.lines), o.Height)
		}
	}
	live.Observe(waterfall.Event{Kind: waterfall.NavigationStart, Text: "http://demo.test/", Data: time.Unix(0, 0)})
	draw(0)
	for i := range n {
		at := time.Duration(i) * 10 * ms
		id := int32(i + 1)
		live.Observe(waterfall.Event{At: at, Kind: waterfall.Discovered, Request: id, Data: &waterfall.Discovery{URL: fmt.Sprintf("http://demo.test/%d\x1b[31m.css", i), Method: "GET", Type: waterfall.Stylesheet, Priority: waterfall.High, Chain: id}})
		draw(at)
		live.Observe(waterfall.Event{At: at + 2*ms, Kind: waterfall.Started, Request: id})
		draw(at + 5*ms)
	}
	return live, d
}

func TestLiveGrows(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		live, d := follow(t, 3, report.LiveOptions{Width: 80, Height: 24, ASCII: ascii})
		bar := func(name string) int {
			for _, line := range d.lines {
				if strings.Contains(line, name) {
					return strings.Count(line, map[bool]string{false: "░", true: "w"}[ascii]) + strings.Count(line, "-")
				}
			}
			t.Fatalf("no row of %s in\n%s", name, d.text())
			return 0
		}
		before := bar("demo.test/2")
		if err := live.Draw(70 * ms); err != nil {
			t.Fatal(err)
		}
		if after := bar("demo.test/2"); after <= before {
			t.Errorf("the bar of a request under way did not grow: %d, then %d characters\n%s", before, after, d.text())
		}
		for _, want := range []string{"http://demo.test/", "0 of 3 requests in", "70 ms"} {
			if !strings.Contains(d.text(), want) {
				t.Errorf("no %q in\n%s", want, d.text())
			}
		}
		x := waterfall.NoTimes()
		x.SendStart, x.SendEnd, x.FirstByte, x.HeadEnd, x.End = 2*ms, 2*ms, 60*ms, 60*ms, 71*ms
		live.Observe(waterfall.Event{At: 71 * ms, Kind: waterfall.Finished, Request: 1, Data: &waterfall.Exchange{Times: x, Status: 200, BodyBytes: 1234}})
		if err := live.Draw(72 * ms); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(d.text(), "1 of 3 requests in  1.2 kB received") {
			t.Errorf("the end of a request is not told in\n%s", d.text())
		}
		if err := live.Clear(); err != nil || len(d.lines) != 0 {
			t.Errorf("after Clear: error %v, screen\n%s", err, d.text())
		}
		if n := d.writes; n != 1+3*2+3 {
			t.Errorf("%d writes: a frame is one", n)
		}
	}
}

// More requests than lines: the last ones are shown.
func TestLiveFits(t *testing.T) {
	for _, height := range []int{8, 24, 60} {
		for _, color := range []bool{false, true} {
			_, d := follow(t, 100, report.LiveOptions{Width: 100, Height: height, Color: color})
			if !strings.Contains(d.text(), "demo.test/99") || strings.Contains(d.text(), "demo.test/3\\") {
				t.Errorf("the last rows are not shown on %d lines:\n%s", height, d.text())
			}
		}
	}
}

func TestLiveWriteError(t *testing.T) {
	if err := report.NewLive(full{}, report.LiveOptions{}).Draw(0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := report.NewLive(full{}, report.LiveOptions{}).Clear(); err != nil {
		t.Errorf("nothing is on the screen, and Clear says %v", err)
	}
}

func BenchmarkLiveDraw(b *testing.B) {
	live := report.NewLive(discard{}, report.LiveOptions{Width: 120, Height: 50, Color: true})
	for i := range int32(500) {
		live.Observe(waterfall.Event{At: time.Duration(i) * ms, Kind: waterfall.Discovered, Request: i + 1, Data: &waterfall.Discovery{URL: "http://demo.test/a.css", Method: "GET", Chain: i + 1}})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := live.Draw(600 * ms); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
