package httpcache

import (
	"strconv"
	"strings"
	"time"
)

// A Field is one header field. Comparison of names ignores case.
type Field struct{ Name, Value string }

// Header is the fields of a response in their order.
type Header []Field

// Get returns the value of the first field with the name, "" if there is none.
func (h Header) Get(name string) string {
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// joined returns the values of all fields with the name as one list (RFC 9110 section 5.3).
func (h Header) joined(name string) string {
	s, found := "", false
	for i := range h {
		if len(h[i].Name) != len(name) || !strings.EqualFold(h[i].Name, name) {
			continue
		}
		if found {
			s += ", " + h[i].Value
		} else {
			s, found = h[i].Value, true
		}
	}
	return s
}

// elements yields the elements of a list, where commas in quotes do not separate.
func elements(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i <= len(list); i++ {
			switch {
			case i == len(list) || list[i] == ',' && !quoted:
				if e := strings.Trim(list[start:i], " \t"); e != "" && !yield(e) {
					return
				}
				start = i + 1
			case list[i] == '"':
				quoted = !quoted
			case list[i] == '\\' && quoted && i+1 < len(list):
				i++
			}
		}
	}
}

// directives are what of Cache-Control a private cache heeds (RFC 9111 section 5.2.2). Of a directive that stands twice the first counts,
// as in Chromium. s-maxage, proxy-revalidate, public and private are for shared caches.
type directives struct {
	noStore, noCache, mustRevalidate, immutable bool
	hasMaxAge                                   bool
	maxAge, whileRevalidate, ifError            time.Duration
	hidden                                      []string // fields named by no-cache="…"
}

// control reads Cache-Control, and Pragma, which Chromium takes for no-cache also in a response.
func control(h Header) directives {
	var d directives
	var swr, sie bool
	for i := range h {
		if len(h[i].Name) == len("pragma") && strings.EqualFold(h[i].Name, "pragma") {
			for e := range elements(h[i].Value) {
				d.noCache = d.noCache || strings.EqualFold(e, "no-cache")
			}
		}
		if len(h[i].Name) != len("cache-control") || !strings.EqualFold(h[i].Name, "cache-control") {
			continue
		}
		for e := range elements(h[i].Value) {
			name, value, has := strings.Cut(e, "=")
			switch strings.ToLower(name) { // "max-age =1" is none, as in Chromium
			case "no-store":
				d.noStore = true
			case "no-cache":
				if has {
					d.hide(value)
				} else {
					d.noCache = true
				}
			case "must-revalidate":
				d.mustRevalidate = true
			case "immutable":
				d.immutable = true
			case "max-age":
				if !d.hasMaxAge {
					d.maxAge, d.hasMaxAge = seconds(value)
				}
			case "stale-while-revalidate":
				if !swr {
					d.whileRevalidate, swr = seconds(value)
				}
			case "stale-if-error":
				if !sie {
					d.ifError, sie = seconds(value)
				}
			}
		}
	}
	return d
}

// hide notes the fields of no-cache="a, b": they are not to be given from the cache (RFC 9111 section 5.2.2.4).
func (d *directives) hide(list string) {
	for name := range strings.SplitSeq(strings.Trim(list, `" `), ",") {
		if name = strings.Trim(name, " \t"); name != "" {
			d.hidden = append(d.hidden, name)
		}
	}
}

// maxSeconds is what larger numbers become (RFC 9111 section 1.2.2).
const maxSeconds = 1 << 31

// seconds reads a number of seconds; ok is false where it is none. A number too large is the largest; what begins with digits is read
// up to their end, and where nothing can be read the age is zero, for an invalid freshness makes a response stale (section 4.2.1).
func seconds(s string) (d time.Duration, ok bool) {
	s = strings.Trim(s, " \t\"")
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 0 {
		return 0, s != "" // -1 and abc: it has no age
	}
	v, err := strconv.ParseInt(s[:n], 10, 64)
	if err != nil || v > maxSeconds {
		v = maxSeconds
	}
	return time.Duration(v) * time.Second, true
}

// age reads the Age field: digits only, the first of a list.
func age(h Header) time.Duration {
	v := strings.Trim(h.Get("Age"), " \t")
	if v, _, _ = strings.Cut(v, ","); v == "" {
		return 0
	}
	v = strings.Trim(v, " \t")
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return 0
		}
	}
	d, _ := seconds(v)
	return d
}
