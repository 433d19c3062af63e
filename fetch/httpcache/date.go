package httpcache

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// parseDate reads a date as leniently as Chromium's parser does: the three forms of RFC 9110 section 5.6.7 first, then whatever
// has a day, a month's name, a year and perhaps a time. A zone that is neither UTC nor a numeric offset is taken for UTC.
func parseDate(s string) (t time.Time, ok bool) {
	if len(s) < 8 || len(s) > 64 { // "0", "-1", and what is no date
		return t, false
	}
	if t, err := http.ParseTime(s); err == nil {
		return t, true
	}
	var d date
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
		if !d.word(word) {
			return t, false
		}
	}
	return d.time()
}

// date is what was found of a date; zero is not found yet.
type date struct {
	day, year int
	hasYear   bool
	month     time.Month
	clock     time.Duration
	hasClock  bool
	zone      time.Duration
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

// word takes one word; it is false where the word contradicts.
func (d *date) word(w string) bool {
	switch c := w[0]; {
	case strings.Contains(w, ":"):
		return d.setClock(w)
	case (c == '+' || c == '-') && len(w) == 5:
		n, err := strconv.Atoi(w[1:])
		if err != nil {
			return false
		}
		d.zone = time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
		if c == '-' {
			d.zone = -d.zone
		}
		return true
	case c >= '0' && c <= '9':
		if strings.Contains(w, "-") {
			for part := range strings.SplitSeq(w, "-") {
				if part == "" || !d.word(part) {
					return false
				}
			}
			return true
		}
		return d.number(w)
	}
	if len(w) >= 3 && d.month == 0 {
		if i := strings.Index(monthNames, strings.ToLower(w[:3])); i >= 0 && i%3 == 0 {
			d.month = time.Month(i/3 + 1)
		}
	}
	return true // a weekday, a zone, or nothing
}

func (d *date) number(w string) bool {
	n, err := strconv.Atoi(w)
	if err != nil || len(w) > 4 {
		return false
	}
	switch {
	case d.day == 0 && len(w) <= 2:
		d.day = n
	case !d.hasYear:
		d.year, d.hasYear = n, true
		if len(w) <= 2 { // as C libraries do: 70 to 99 are of the last century
			if d.year += 1900; n < 70 {
				d.year += 100
			}
		}
	default:
		return false
	}
	return true
}

func (d *date) setClock(w string) bool {
	if d.hasClock {
		return false
	}
	unit := time.Hour
	for part := range strings.SplitSeq(w, ":") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > 60 || unit == 0 {
			return false
		}
		d.clock += time.Duration(n) * unit
		switch unit {
		case time.Hour:
			unit = time.Minute
		case time.Minute:
			unit = time.Second
		default:
			unit = 0
		}
	}
	d.hasClock = true
	return d.clock <= 24*time.Hour
}

func (d *date) time() (time.Time, bool) {
	if d.day < 1 || d.day > 31 || d.month == 0 || !d.hasYear || d.year < 1601 {
		return time.Time{}, false
	}
	t := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
	if t.Day() != d.day {
		return time.Time{}, false
	}
	return t.Add(d.clock - d.zone), true
}
