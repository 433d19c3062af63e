package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// Line returns an event as one line of a log, without a line feed: its offset
// in milliseconds, the request's number, and what happened.
//
//	12.345 ms  #3  discovered  GET http://example.test/a.css  stylesheet VeryHigh, by parser http://example.test/:4
func Line(e waterfall.Event) string {
	var b strings.Builder
	us := e.At.Microseconds()
	if e.At == waterfall.None {
		us = 0
	}
	sign := ""
	if us < 0 {
		sign, us = "-", -us
	}
	fmt.Fprintf(&b, "%10s ms  ", fmt.Sprintf("%s%d.%03d", sign, us/1000, us%1000))
	number := "-"
	if e.Request != 0 {
		number = "#" + strconv.Itoa(int(e.Request))
	}
	fmt.Fprintf(&b, "%-5s %s", number, e.Kind)
	if e.Frame != 0 {
		fmt.Fprintf(&b, "  frame %d", e.Frame)
	}
	if what := what(e); what != "" {
		b.WriteString("  ")
		b.WriteString(what)
	}
	return b.String()
}

// what is the part of the line that depends on the kind, escaped.
func what(e waterfall.Event) string {
	s := escapeText(e.Text, false)
	switch d := e.Data.(type) {
	case *waterfall.Discovery:
		if d == nil {
			break
		}
		return fmt.Sprintf("%s %s  %s %s, by %s", escapeText(d.Method, true), escapeURL(d.URL), typeName(d.Type, 10), priorityName(d.Priority, 8), initiator(d.Initiator))
	case *waterfall.Exchange:
		if d == nil {
			break
		}
		x := exchange(e.Kind, d)
		if strings.Contains(x, s) { // the error is in both
			return x
		}
		return strings.TrimSpace(x + "  " + s)
	case *waterfall.ConnectionRow:
		if d == nil {
			break
		}
		return connectionLine(d)
	case []byte:
		return bytes(int64(len(d)))
	case string:
		if s == "" {
			return escapeText(d, false)
		}
	case time.Duration:
		return s + " for " + strings.TrimSpace(offset(d))
	case time.Time:
		return s + "  " + d.UTC().Format(time.RFC3339Nano)
	}
	return s
}

// exchange is what a line tells of an exchange so far.
func exchange(k waterfall.Kind, x *waterfall.Exchange) string {
	var list []string
	if x.Status != 0 {
		list = append(list, strings.TrimSpace(strconv.Itoa(x.Status)+" "+escapeText(x.StatusText, false)))
	}
	if x.RedirectURL != "" {
		list = append(list, "to "+escapeURL(x.RedirectURL))
	}
	switch k {
	case waterfall.Responded:
		list = append(list, escapeText(x.Proto, true), escapeText(x.MIMEType, true))
		if x.ConnID != 0 {
			reused := "new"
			if x.Reused {
				reused = "reused"
			}
			list = append(list, fmt.Sprintf("connection %d (%s)", x.ConnID, reused))
		}
	case waterfall.Finished, waterfall.Redirected, waterfall.Failed:
		if x.FromCache != "" {
			list = append(list, "from the "+escapeText(x.FromCache, true)+" cache")
		} else if x.Status != 0 {
			list = append(list, bytes(max(0, x.HeadBytes)+x.BodyBytes)+" received")
		}
	}
	if x.Cache != nil {
		list = append(list, "cache: "+escapeText(x.Cache.Reason, false))
	}
	if k != waterfall.Responded { // once
		for _, b := range x.BlockedCookies {
			list = append(list, "cookie "+escapeText(b.String(), false))
		}
	}
	for _, why := range []string{x.NetError, x.BlockedReason, x.Err} {
		if why != "" {
			list = append(list, escapeText(why, false))
		}
	}
	return strings.Join(list, "  ")
}

// connectionLine is what changed last on a connection.
func connectionLine(c *waterfall.ConnectionRow) string {
	s := fmt.Sprintf("%d %s://%s:%d", c.ID, escapeText(c.Scheme, true), escapeURL(c.Host), c.Port)
	switch {
	case c.Closed != waterfall.None:
		s += fmt.Sprintf("  closed by %s after %s", escapeText(c.ClosedBy, true), plural(c.Requests, "request"))
		if c.CloseReason != "" {
			s += ": " + escapeText(c.CloseReason, false)
		}
	case c.Secured != waterfall.None:
		s += "  secured"
	case c.Connected != waterfall.None:
		s += "  connected to " + escapeText(c.Remote, true)
	default:
		s += "  opened"
	}
	return s
}
