package cookies

import "time"

// parseDate parses a cookie-date (RFC 6265bis section 5.1.1), which may have any order and shape, to seconds since 1970.
// Years before 1601, which the RFC refuses, are long over, as recorded.
func parseDate(s string) (int64, bool) {
	var hour, minute, second, day, month, year int
	var hasTime, hasDay, hasMonth, hasYear bool
	for len(s) > 0 {
		var t string
		if t, s = dateToken(s); t == "" {
			continue
		}
		switch {
		case !hasTime && parseClock(t, &hour, &minute, &second):
			hasTime = true
		case !hasDay && leadingNumber(t, 1, 2, &day):
			hasDay = true
		case !hasMonth && parseMonth(t, &month):
			hasMonth = true
		case !hasYear && leadingNumber(t, 2, 4, &year):
			hasYear = true
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

// leadingNumber reads a number of least to most digits, which no digit follows.
func leadingNumber(s string, least, most int, n *int) bool {
	v, i := 0, 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		if i == most {
			return false
		}
		v = v*10 + int(s[i]-'0')
	}
	if i < least {
		return false
	}
	*n = v
	return true
}

// parseClock reads hours, minutes and seconds of one or two digits each; what follows without being a digit says nothing.
func parseClock(s string, hour, minute, second *int) bool {
	var v [3]int
	for i := range v {
		if !leadingNumber(s, 1, 2, &v[i]) {
			return false
		}
		for len(s) > 0 && isDigit(s[0]) {
			s = s[1:]
		}
		if i < 2 {
			if s == "" || s[0] != ':' {
				return false
			}
			s = s[1:]
		}
	}
	*hour, *minute, *second = v[0], v[1], v[2]
	return true
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
