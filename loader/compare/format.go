package compare

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// duration is a time for people, or that there is none.
func duration(d time.Duration) string {
	if d == waterfall.None {
		return "-"
	}
	return figure.Duration(d)
}

// widest is how much of a URL is shown.
const widest = 160

// clean makes what a page or a file says fit for a terminal: no control
// characters, no overrides of direction, and not endless.
func clean(s string) string {
	var b strings.Builder
	for i, r := range s {
		if b.Len() > widest {
			fmt.Fprintf(&b, "… (%d bytes)", len(s))
			break
		}
		switch {
		case r == unicode.ReplacementChar && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, "\\x%02x", s[i])
		case !unicode.IsPrint(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// target is how a request is named in a message.
func target(r *waterfall.Request) string {
	if r.Method == "" || r.Method == "GET" {
		return clean(r.URL)
	}
	return clean(r.Method + " " + r.URL)
}

// named is how many requests a message names.
const named = 3

func targets(list []waterfall.Request) string { return listed(list, target) }

// sizes names requests with their bytes.
func sizes(list []waterfall.Request) string {
	return listed(list, func(r *waterfall.Request) string { return figure.Bytes(bytesOf(r)) + " " + target(r) })
}

func listed(list []waterfall.Request, name func(*waterfall.Request) string) string {
	var parts []string
	for i := range list {
		if i == named {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-named))
			break
		}
		parts = append(parts, name(&list[i]))
	}
	if parts == nil {
		return "no request"
	}
	return strings.Join(parts, ", ")
}
