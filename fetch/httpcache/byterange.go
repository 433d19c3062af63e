package httpcache

import (
	"slices"
	"strconv"
	"strings"
)

// parseRange reads a Range of one part (RFC 9110 section 14.1.2). n is all where it goes to the end; off is negative where it is the last n
// bytes.
func parseRange(s string) (span, bool) {
	s, ok := strings.CutPrefix(s, "bytes=")
	first, last, dash := strings.Cut(strings.Trim(s, " "), "-")
	if !ok || !dash {
		return span{}, false
	}
	if first == "" {
		n, ok := number(last)
		return span{-1, n}, ok && n > 0
	}
	off, ok := number(first)
	if !ok {
		return span{}, false
	}
	if last == "" {
		return span{off, all}, true
	}
	end, ok := number(last)
	if !ok || end < off {
		return span{}, false
	}
	return span{off, end - off + 1}, true
}

func number(s string) (int64, bool) {
	if s == "" || len(s) > 18 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// within returns the part of a body of total bytes; ok is false where there is none.
func (s span) within(total int64) (span, bool) {
	if s.off < 0 {
		s.off = max(0, total-s.n)
		s.n = total - s.off
	}
	if total < 0 || s.off >= total {
		return span{}, false
	}
	s.n = min(s.n, total-s.off)
	return s, true
}

// parseContentRange reads "bytes 0-99/1234"; without a total it is of no use here.
func parseContentRange(v string) (s span, total int64, ok bool) {
	v, ok = strings.CutPrefix(strings.Trim(v, " \t"), "bytes ")
	part, whole, slash := strings.Cut(v, "/")
	first, last, dash := strings.Cut(part, "-")
	if !ok || !slash || !dash {
		return s, 0, false
	}
	off, ok1 := number(first)
	end, ok2 := number(last)
	total, ok3 := number(whole)
	if !ok1 || !ok2 || !ok3 || end < off || end >= total {
		return s, 0, false
	}
	return span{off, end - off + 1}, total, true
}

// header returns the fields of a 206 made of a stored whole.
func (s span) header(h Header, total int64) Header {
	out := slices.DeleteFunc(slices.Clone(h), func(f Field) bool { return strings.EqualFold(f.Name, "Content-Length") })
	return append(out,
		Field{"Content-Range", "bytes " + strconv.FormatInt(s.off, 10) + "-" + strconv.FormatInt(s.off+s.n-1, 10) + "/" + strconv.FormatInt(total, 10)},
		Field{"Content-Length", strconv.FormatInt(s.n, 10)})
}
