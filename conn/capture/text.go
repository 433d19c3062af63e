package capture

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// String returns the ladder as [Ladder.Text] writes it, 100 columns wide.
func (l Ladder) String() string {
	var b strings.Builder
	l.Text(&b, 100)
	return b.String()
}

const (
	minWidth  = 50
	timeWidth = 12
)

// Text writes the ladder for people: this machine on the left, the other on
// the right, and an arrow for each message, with its time since the first
// segment. width is in columns; it is 50 at least. Lines end with "\n" and have no
// blanks before that.
func (l Ladder) Text(w io.Writer, width int) error {
	t := &ladderText{w: w, arrow: max(width, minWidth) - timeWidth - 3}
	if len(l.Segments) > 0 {
		t.start = l.Segments[0].Time
	} else if len(l.Discovery) > 0 {
		t.start = l.Discovery[0].Time
	}
	left, right := l.Local.String(), l.Remote.String()
	if l.Name != "" {
		right = l.Name + " " + right
	}
	t.ends(left, right)
	t.links(l)
	next := 0
	for i, s := range l.Segments {
		for ; next < len(l.Discovery) && l.Discovery[next].Time.Before(s.Time); next++ {
			t.discovery(l.Discovery[next])
		}
		if l.Omitted > 0 && i == l.Before {
			t.note(fmt.Sprintf("%d segments are left out here", l.Omitted))
		}
		t.segment(s)
	}
	for ; next < len(l.Discovery); next++ {
		t.discovery(l.Discovery[next])
	}
	if len(l.Segments) == 0 {
		t.note("no segment was seen")
	}
	if l.Dropped > 0 {
		t.note(fmt.Sprintf("%d packets were dropped before they were seen: gaps and repetitions are not sure", l.Dropped))
	}
	return t.err
}

// A ladderText writes the lines of a ladder; the first error is kept.
type ladderText struct {
	w     io.Writer
	arrow int // columns between the two lines
	start time.Time
	err   error
}

func (t *ladderText) line(s string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.w, strings.TrimRight(s, " ")+"\n")
	}
}

func (t *ladderText) ends(left, right string) {
	gap := max(1, t.arrow+2-utf8.RuneCountInString(left)-utf8.RuneCountInString(right))
	t.line(strings.Repeat(" ", timeWidth+1) + left + strings.Repeat(" ", gap) + right)
}

// links names the network cards.
func (t *ladderText) links(l Ladder) {
	var own, hop MAC
	for _, s := range l.Segments {
		if s.Out {
			own, hop = s.Link.Src, s.Link.Dst
		} else {
			own, hop = s.Link.Dst, s.Link.Src
		}
		if own != hop {
			t.ends(own.String(), hop.String())
			return
		}
	}
}

func (t *ladderText) segment(s Segment) {
	t.rung(s.Time, s.Out, s.String())
}

func (t *ladderText) discovery(d Discovery) {
	t.rung(d.Time, d.Out, fmt.Sprintf("%s %s (%s, type 0x%04x)", d.protocol(), d, d.reach(), d.Link.Type))
}

// rung writes one message; what does not fit goes below it.
func (t *ladderText) rung(at time.Time, out bool, text string) {
	room := t.arrow - 6 // "── ", " " and at least "─▶"
	head, rest := cut(text, room)
	fill := strings.Repeat("─", room-utf8.RuneCountInString(head)+1)
	body := "── " + head + " " + fill + "▶"
	if !out {
		body = "◀─ " + head + " " + fill + "─"
	}
	t.line(fmt.Sprintf("%*s │%s│", timeWidth, sinceText(at.Sub(t.start)), body))
	for rest != "" {
		head, rest = cut(rest, room)
		t.line(strings.Repeat(" ", timeWidth) + " │   " + head + strings.Repeat(" ", t.arrow-3-utf8.RuneCountInString(head)) + "│")
	}
}

// cut takes as many words of s as fit into n columns, or a part of the first.
func cut(s string, n int) (head, rest string) {
	if utf8.RuneCountInString(s) <= n {
		return s, ""
	}
	at, columns := 0, 0
	for i, r := range s {
		if columns == n && at == 0 {
			at = i
		}
		if columns > n {
			break
		}
		if r == ' ' {
			at = i
		}
		columns++
	}
	return s[:at], strings.TrimLeft(s[at:], " ")
}

func (t *ladderText) note(s string) {
	for s != "" {
		var head string
		head, s = cut(s, t.arrow)
		t.line(strings.Repeat(" ", timeWidth) + "   " + head)
	}
}

// sinceText returns a time in milliseconds, to the microsecond.
func sinceText(d time.Duration) string {
	us := d.Microseconds()
	sign := ""
	if us < 0 {
		sign, us = "-", -us
	}
	return fmt.Sprintf("%s%d.%03d ms", sign, us/1000, us%1000)
}
