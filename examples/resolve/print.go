package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"pageload/dnscache"
)

// printWalk writes the walk for people, a line for each step.
func printWalk(out io.Writer, a dnscache.Answer, err error, took time.Duration) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", a.Name)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "at\tlevel\tasked\tquestion\tresult\tTTL\ttime\t")
	for _, s := range a.Steps {
		fmt.Fprintf(table, "%s\t%v\t%s\t%s\t%s\t%s\t%s\t%s\n", millis(s.Start.Sub(a.Steps[0].Start)), s.Level, asked(s), s.Question,
			result(s), seconds(s.TTL), millis(s.Duration), remark(s))
	}
	table.Flush()
	text.WriteString("\n")
	if err == nil && a.Canonical != a.Name {
		fmt.Fprintf(&text, "%s is %s\n", a.Name, a.Canonical)
	}
	table = tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, addr := range a.Addrs {
		fmt.Fprintf(table, "%v\t%s\n", addr.IP, seconds(addr.TTL))
	}
	for _, h := range a.HTTPS {
		fmt.Fprintf(table, "HTTPS %s\t%s\n", service(h), seconds(h.TTL))
	}
	table.Flush()
	steps := fmt.Sprintf("%d steps", len(a.Steps))
	if len(a.Steps) == 1 {
		steps = "1 step"
	}
	fmt.Fprintf(&text, "%s in %s, %s\n", outcome(a, err), millis(took), steps)
	_, werr := io.WriteString(out, tidyLines(text.String()))
	return werr
}

// outcome is what the walk came to.
func outcome(a dnscache.Answer, err error) string {
	switch {
	case err == nil:
		return "answer of level " + a.Level.String()
	case errors.Is(err, dnscache.ErrNotFound) && a.Level == 0:
		return "no level knows the name"
	case errors.Is(err, dnscache.ErrNotFound):
		return fmt.Sprintf("no such name, says level %v,", a.Level)
	case errors.Is(err, dnscache.ErrNoAddress):
		return fmt.Sprintf("no address, says level %v,", a.Level)
	}
	return "no answer"
}

// asked is who was asked, and how.
func asked(s dnscache.Step) string {
	return cmp.Or(strings.TrimSpace(s.Server+" "+s.Transport), "-")
}

func result(s dnscache.Step) string {
	switch {
	case s.RCode != "":
		return s.RCode
	case s.Level == dnscache.Browser:
		return "miss"
	case s.Level == dnscache.Literal:
		return "known"
	}
	return "-"
}

// remark is what else a step has to say.
func remark(s dnscache.Step) string {
	var parts []string
	if s.Cached {
		parts = append(parts, "cached")
	}
	for _, text := range []string{s.Err, s.Note} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}

// service is an HTTPS record as in a zone file.
func service(h dnscache.HTTPS) string {
	text := fmt.Sprintf("%d %s", h.Priority, h.Target)
	if len(h.ALPN) > 0 {
		text += " alpn=" + strings.Join(h.ALPN, ",")
	}
	if h.NoDefaultALPN {
		text += " no-default-alpn"
	}
	if h.Port != 0 {
		text += fmt.Sprintf(" port=%d", h.Port)
	}
	for _, ip := range h.IPv4Hint {
		text += " ipv4hint=" + ip.String()
	}
	for _, ip := range h.IPv6Hint {
		text += " ipv6hint=" + ip.String()
	}
	if len(h.ECH) > 0 {
		text += fmt.Sprintf(" ech=(%d bytes)", len(h.ECH))
	}
	return text
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// tidyLines takes out what the columns leave at the ends of lines.
func tidyLines(text string) string {
	lines := strings.Split(unbroken(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// unbroken takes out what a terminal would obey: names and errors come from
// others.
func unbroken(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return '.'
		}
		return r
	}, text)
}

// The object that -json prints.
type walk struct {
	Name  string  `json:"name"`
	Canon string  `json:"canonical,omitempty"`
	Addrs []addr  `json:"addrs"`
	Level string  `json:"level"`
	RCode string  `json:"rcode"`
	TTL   int64   `json:"ttl"`
	HTTPS []https `json:"https,omitempty"`
	Steps []step  `json:"steps"`
	MS    float64 `json:"ms"`
	Error string  `json:"error,omitempty"`
}

type addr struct {
	IP  string `json:"ip"`
	TTL int64  `json:"ttl"` // seconds
}

type https struct {
	Record string `json:"record"` // as in a zone file
	TTL    int64  `json:"ttl"`
}

type step struct {
	Level     string  `json:"level"`
	Server    string  `json:"server"`
	Question  string  `json:"question"`
	Transport string  `json:"transport"`
	RCode     string  `json:"rcode"`
	At        float64 `json:"at"` // milliseconds after the first step
	MS        float64 `json:"ms"`
	TTL       int64   `json:"ttl"`
	Cached    bool    `json:"cached"`
	Error     string  `json:"error,omitempty"`
	Note      string  `json:"note,omitempty"`
}

// printJSON writes one object, whatever came of the lookup.
func printJSON(out io.Writer, a dnscache.Answer, err error, took time.Duration) error {
	w := walk{Name: a.Name, Level: a.Level.String(), RCode: a.RCode, TTL: whole(a.TTL), MS: ms(took), Addrs: []addr{}, Steps: []step{}}
	if a.Canonical != a.Name {
		w.Canon = a.Canonical
	}
	for _, x := range a.Addrs {
		w.Addrs = append(w.Addrs, addr{x.IP.String(), whole(x.TTL)})
	}
	for _, h := range a.HTTPS {
		w.HTTPS = append(w.HTTPS, https{service(h), whole(h.TTL)})
	}
	for _, s := range a.Steps {
		w.Steps = append(w.Steps, step{
			Level: s.Level.String(), Server: s.Server, Question: s.Question, Transport: s.Transport, RCode: s.RCode,
			At: ms(s.Start.Sub(a.Steps[0].Start)), MS: ms(s.Duration), TTL: whole(s.TTL), Cached: s.Cached, Error: s.Err, Note: s.Note,
		})
	}
	if err != nil {
		w.Error = reason(a, err)
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(w)
}

func whole(d time.Duration) int64 { return int64(d / time.Second) }

// ms is a duration in milliseconds, to the microsecond.
func ms(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
