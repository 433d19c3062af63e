package report

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// offset is duration for a point in time that may not have come.
func offset(d time.Duration) string {
	if d == waterfall.None {
		return "-"
	}
	return figure.Duration(d)
}

// bytes is a number of bytes for people; one below 0 is not known.
func bytes(n int64) string {
	if n < 0 {
		return "?"
	}
	return figure.Bytes(n)
}

// size is what the table shows: bytes on the wire, or that there were none.
func size(r *waterfall.Request) string {
	switch {
	case r.FromCache != "":
		return "(" + escapeText(r.FromCache, true) + ")"
	case r.Status == 0 && r.Transferred() == 0:
		return "-"
	}
	return bytes(r.Transferred())
}

// status is the status code, or why there is none.
func status(r *waterfall.Request, ascii bool) string {
	switch {
	case r.BlockedReason != "":
		return "blocked"
	case r.Failed() && r.Status != 0:
		return strconv.Itoa(r.Status) + "!"
	case r.Failed():
		return shortError(r)
	case r.Status != 0:
		return strconv.Itoa(r.Status)
	case !r.Done:
		return ellipsis(ascii)
	}
	return "-"
}

// shortErrors maps parts of Chromium's names of errors to a word.
var shortErrors = [...][2]string{
	{"NAME_NOT_RESOLVED", "no name"}, {"NAME_RESOLUTION", "no dns"}, {"REFUSED", "refused"}, {"RESET", "reset"},
	{"TIMED_OUT", "timeout"}, {"ABORTED", "aborted"}, {"UNREACHABLE", "no way"}, {"CERT", "bad tls"}, {"SSL", "bad tls"},
	{"EMPTY_RESPONSE", "empty"}, {"REDIRECT", "loop"}, {"BLOCKED", "blocked"}, {"UNSAFE_PORT", "blocked"},
	{"CLOSED", "closed"}, {"INVALID", "garbage"}, {"DECODING", "garbage"}, {"TOO_BIG", "too big"},
}

func shortError(r *waterfall.Request) string {
	for _, e := range shortErrors {
		if strings.Contains(r.NetError, e[0]) {
			return e[1]
		}
	}
	return "failed"
}

// typeName is the type as the table shows it: in a word, or in five letters.
func typeName(t waterfall.Type, width int) string {
	s := escapeText(strings.ToLower(string(t)), true)
	if len(s) <= width {
		return s
	}
	switch t {
	case waterfall.Document:
		return "doc"
	case waterfall.Stylesheet:
		return "style"
	case waterfall.Script:
		return "js"
	case waterfall.Image:
		return "img"
	case waterfall.TextTrack:
		return "track"
	case waterfall.Manifest:
		return "manif"
	}
	return s
}

// priorityName is the priority in Chromium's word, or in its capitals.
func priorityName(p waterfall.Priority, width int) string {
	if s := escapeText(string(p), true); len(s) <= width {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 'A' || r > 'Z' {
			return -1
		}
		return r
	}, string(p))
}

// shortURL leaves out the scheme of what is fetched by HTTP, and the fragment.
func shortURL(u string) string {
	u, _, _ = strings.Cut(u, "#")
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(u, scheme); ok {
			return rest
		}
	}
	return u
}

// nameOf returns the name that was looked up for a URL.
func nameOf(u string) string {
	h := waterfall.HostOf(u)
	if i := strings.LastIndexByte(h, ':'); i > strings.LastIndexByte(h, ']') {
		h = h[:i]
	}
	return strings.Trim(h, "[]")
}

// initiator says who asked for a request.
func initiator(i waterfall.Initiator) string {
	s := cmp.Or(escapeText(i.Type, true), "?")
	if i.URL != "" {
		s += " " + escapeURL(i.URL)
		if i.Line > 0 {
			s += ":" + strconv.Itoa(i.Line)
		}
	}
	return s
}

// plural puts a number before a word.
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
