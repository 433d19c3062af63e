package compare

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pageload/loader/waterfall"
)

// duration formats a time for people.
func duration(d time.Duration) string {
	switch {
	case d == waterfall.None:
		return "-"
	case d < 0:
		return "-" + duration(-max(d, -1<<62))
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + " ms"
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// size formats a number of bytes for people, in decimal units.
func size(n int64) string {
	switch {
	case n < 0:
		return "-" + size(-max(n, -1<<62))
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 999_950:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 999_950_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
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
	return listed(list, func(r *waterfall.Request) string { return size(bytesOf(r)) + " " + target(r) })
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
