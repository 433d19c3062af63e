package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pageload/examples/internal/connflags"
	"pageload/loader/waterfall"
)

// A story is what the program tells: of one load, from the text to the close.
type story struct {
	URL    string
	Stages []stage
}

// A stage is one step of the journey. Those of a redirect's hops come again for
// each hop.
type stage struct {
	Number  int
	Title   string
	Package string // of the library, that does it
	Lines   []line
}

// A line is one thing that was seen.
type line struct {
	At    time.Duration // after the navigation began; None: it has no time
	Text  string
	Drawn bool // the text is a drawing of our own: it is not wrapped
}

// say adds a line without a time.
func (s *stage) say(format string, a ...any) { s.at(waterfall.None, format, a...) }

// at adds a line.
func (s *stage) at(t time.Duration, format string, a ...any) {
	s.Lines = append(s.Lines, line{At: t, Text: fmt.Sprintf(format, a...)})
}

// sort puts the lines in the order of their times. Those without one come last.
func (s *stage) sort() {
	slices.SortStableFunc(s.Lines, func(a, b line) int {
		if (a.At == waterfall.None) != (b.At == waterfall.None) {
			return cmp.Compare(b.At, a.At)
		}
		return cmp.Compare(a.At, b.At)
	})
}

// most is how many requests are told of where not all are wanted.
const most = 20

// A teller makes the story of a load.
type teller struct {
	options  *options
	wf       *waterfall.Waterfall
	recorder *connflags.Recorder // nil: no segments were captured
	deaf     error               // why not; nil if nobody asked for them
}

func (t *teller) tell() story {
	s := story{URL: t.options.URL}
	s.Stages = append(s.Stages, t.address())
	hops := t.hops()
	for i, r := range hops {
		s.Stages = append(s.Stages, t.hop(r, i > 0)...)
	}
	if len(hops) == 0 {
		s.Stages = append(s.Stages, t.nothing())
	}
	return story{s.URL, append(s.Stages, t.found(), t.fetched(), t.styled(), t.milestones(), t.closes(), t.record())}
}

// hops are the requests of the page's document: its redirects, and the last one.
func (t *teller) hops() (list []*waterfall.Request) {
	for i := range t.wf.Requests {
		r := &t.wf.Requests[i]
		if len(list) == 0 || r.Chain == list[0].ID {
			list = append(list, r)
		}
	}
	return list
}

// hop tells stages 2 to 6 of one request of the document.
func (t *teller) hop(r *waterfall.Request, again bool) []stage {
	list := []stage{t.names(r), t.connected(r), t.secured(r), t.sent(r), t.answered(r)}
	if again {
		for i := range list {
			list[i].Title += ", for " + host(r.URL)
		}
	}
	return list
}

// connection returns the connection of a request, or of its host where the
// request got none; nil if there is none.
func (t *teller) connection(r *waterfall.Request) *waterfall.ConnectionRow {
	for i := range t.wf.Connections {
		if c := &t.wf.Connections[i]; r.ConnID != 0 && c.ID == r.ConnID {
			return c
		}
	}
	if r.ConnID == 0 && r.Times.ConnectStart != waterfall.None {
		for i := range t.wf.Connections {
			if c := &t.wf.Connections[i]; c.Requests == 0 && strings.HasPrefix(r.URL, c.Scheme+"://"+c.Host) {
				return c
			}
		}
	}
	return nil
}

// host is a URL's host, with its port where one is named.
func host(u string) string {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return u
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// ms is a duration for people.
func ms(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + ms(-d)
	case d < time.Millisecond:
		return fmt.Sprintf("%d us", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// count puts a number before a word.
func count[T int | int32 | int64](n T, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
