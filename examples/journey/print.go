package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"pageload/loader/waterfall"
)

// The text is as wide as the terminal, within these bounds.
const (
	defaultWidth = 80
	minWidth     = 50
)

// timeWidth is that of the column of times.
const timeWidth = 11

// text writes the story for people.
func (s story) text(w io.Writer, width int, color bool) error {
	p := printer{width: width, color: color}
	p.paint("1", "The journey of "+elide(safe(s.URL), width-15))
	p.buf.WriteByte('\n')
	for _, x := range s.Stages {
		p.stage(x)
	}
	_, err := io.WriteString(w, p.buf.String())
	return err
}

type printer struct {
	buf   strings.Builder
	width int
	color bool
}

func (p *printer) paint(style, s string) {
	if p.color {
		s = "\x1b[" + style + "m" + s + "\x1b[0m"
	}
	p.buf.WriteString(s)
}

func (p *printer) stage(x stage) {
	title := elide(safe(fmt.Sprintf("%2d  %s", x.Number, x.Title)), p.width-len(x.Package)-2)
	p.buf.WriteByte('\n')
	p.paint("1", title)
	p.buf.WriteString(strings.Repeat(" ", max(2, p.width-len(title)-len(x.Package))))
	p.paint("90", x.Package)
	p.buf.WriteByte('\n')
	for _, l := range x.Lines {
		p.line(l)
	}
}

// line writes a line with its time, on more lines where one is too short: broken
// at a space, or where there is none.
func (p *printer) line(l line) {
	at := ""
	if l.At != waterfall.None {
		at = "+" + ms(l.At)
		if l.At < 0 {
			at = ms(l.At)
		}
	}
	p.paint("90", fmt.Sprintf("%*s", timeWidth, at))
	if l.Drawn {
		p.buf.WriteString("  " + l.Text + "\n")
		return
	}
	room := p.width - timeWidth - 2
	text, indent := safe(l.Text), ""
	for first := true; first || text != ""; first = false {
		if !first {
			p.buf.WriteString(strings.Repeat(" ", timeWidth))
		}
		var head string
		head, text = split(text, room-len(indent))
		p.buf.WriteString(strings.TrimRight("  "+indent+head, " ") + "\n")
		indent = "  "
		if strings.HasPrefix(l.Text, "|") { // a message goes on in its own column
			indent = "|   "
		}
	}
}

// split takes as many words as fit into n columns.
func split(s string, n int) (head, rest string) {
	if len(s) <= n {
		return s, ""
	}
	at := strings.LastIndexByte(s[:n+1], ' ')
	if at < n/3 {
		return s[:n], s[n:]
	}
	return s[:at], strings.TrimLeft(s[at:], " ")
}

// safe makes text that others wrote fit for a terminal: printable ASCII stays.
func safe(s string) string {
	clean := true
	for i := range len(s) {
		clean = clean && s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= ' ' && r < 0x7f:
			b.WriteByte(byte(r))
		case r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// elide cuts what is longer than n columns.
func elide(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:max(0, n-1)] + "~"
}

// json writes one object: the stages, and in each the lines with their times in
// milliseconds.
func (s story) json(w io.Writer) error {
	type jsonLine struct {
		MS   *float64 `json:"ms,omitempty"`
		Text string   `json:"text"`
	}
	type jsonStage struct {
		Stage   int        `json:"stage"`
		Title   string     `json:"title"`
		Package string     `json:"package"`
		Lines   []jsonLine `json:"lines"`
	}
	out := struct {
		URL    string      `json:"url"`
		Stages []jsonStage `json:"stages"`
	}{URL: s.URL}
	for _, x := range s.Stages {
		js := jsonStage{Stage: x.Number, Title: x.Title, Package: x.Package, Lines: []jsonLine{}}
		for _, l := range x.Lines {
			jl := jsonLine{Text: l.Text}
			if l.At != waterfall.None {
				ms := math.Round(float64(l.At)/float64(time.Microsecond)) / 1000
				jl.MS = &ms
			}
			js.Lines = append(js.Lines, jl)
		}
		out.Stages = append(out.Stages, js)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
