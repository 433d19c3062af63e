package cookies

import (
	"strings"
	"time"
)

// parseDate parses a cookie-date (RFC 6265bis section 5.1.1), which may have any order and shape, to seconds since 1970. As recorded, a
// token is a number only if all of it is, the fields of a time may have any number of digits, and years before 1601 are long over.
func parseDate(s string) (int64, bool) {
	var hour, minute, second, day, month, year int
	var hasTime, hasDay, hasMonth, hasYear bool
	for len(s) > 0 {
		var t string
		if t, s = dateToken(s); t == "" {
			continue
		}
		switch {
		case !isDigit(t[0]):
			hasMonth = hasMonth || parseMonth(t, &month)
		case strings.IndexByte(t, ':') >= 0:
			hasTime = hasTime || parseClock(t, &hour, &minute, &second)
		case !hasDay && len(t) <= 2:
			hasDay = parseNumber(t, &day)
		case !hasYear && len(t) <= 4:
			hasYear = parseNumber(t, &year)
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if !hasTime || !hasDay || !hasMonth || !hasYear || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if t.Day() != day {
		return 0, false // no such day in the month
	}
	return t.Unix(), true
}

// dateToken cuts what stands before the first delimiter off s, and the delimiter with it.
func dateToken(s string) (token, rest string) {
	for i := range len(s) {
		if isDateDelimiter(s[i]) {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func isDateDelimiter(c byte) bool {
	return c == '\t' || c >= 0x20 && c <= 0x2f || c >= 0x3b && c <= 0x40 || c >= 0x5b && c <= 0x60 || c >= 0x7b && c <= 0x7e
}

// parseNumber reads a number that is all of s.
func parseNumber(s string, n *int) bool {
	v := 0
	for i := range len(s) {
		if !isDigit(s[i]) || v > 1e6 {
			return false
		}
		v = v*10 + int(s[i]-'0')
	}
	*n = v
	return s != ""
}

// parseClock reads hours, minutes and seconds.
func parseClock(s string, hour, minute, second *int) bool {
	h, rest, _ := strings.Cut(s, ":")
	m, s, ok := strings.Cut(rest, ":")
	return ok && parseNumber(h, hour) && parseNumber(m, minute) && parseNumber(s, second)
}

// parseMonth reads a month by its first three letters.
func parseMonth(s string, month *int) bool {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	if len(s) < 3 {
		return false
	}
	for m := range 12 {
		if n := names[3*m : 3*m+3]; s[0]|0x20 == n[0] && s[1]|0x20 == n[1] && s[2]|0x20 == n[2] {
			*month = m + 1
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
