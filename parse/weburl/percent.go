package weburl

import (
	"strings"
	"unicode/utf8"
)

// set is a set of bytes: a bit in classes.
type set uint8

// The percent-encode sets of the standard's section 1.3 and the forbidden host and domain code points of section 3.1.
const (
	controlSet set = 1 << iota
	fragmentSet
	querySet
	specialQuerySet
	pathSet
	userinfoSet
	forbiddenHost
	forbiddenDomain
)

// classes says for each byte in which sets it is. All bytes of non-ASCII characters are in every encode set.
var classes = makeClasses()

func makeClasses() (t [256]set) {
	for c := range t {
		if c < 0x20 || c > 0x7E {
			t[c] = controlSet | fragmentSet | querySet | specialQuerySet | pathSet | userinfoSet
		}
		if c < 0x20 || c == 0x7F {
			t[c] |= forbiddenDomain
		}
	}
	add := func(s set, chars string) {
		for i := range len(chars) {
			t[chars[i]] |= s
		}
	}
	add(fragmentSet, " \"<>`")
	add(querySet|specialQuerySet|pathSet|userinfoSet, " \"#<>")
	add(specialQuerySet, "'")
	add(pathSet|userinfoSet, "?^`{}")
	add(userinfoSet, "/:;=@[\\]|")
	add(forbiddenHost|forbiddenDomain, "\x00\t\n\r #/:<>?@[\\]^|")
	add(forbiddenDomain, "%")
	return t
}

const hexDigits = "0123456789ABCDEF"

func appendPercent(b []byte, c byte) []byte { return append(b, '%', hexDigits[c>>4], hexDigits[c&15]) }

// appendEncoded appends s with the bytes in encode percent-encoded. What is no UTF-8 becomes U+FFFD, a byte at a time.
func appendEncoded(b []byte, s string, encode set) []byte {
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if classes[c]&encode == 0 {
			i++
			continue
		}
		b = append(b, s[done:i]...)
		n := 1
		if c < utf8.RuneSelf {
			b = appendPercent(b, c)
		} else if r, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			b = append(b, "%EF%BF%BD"...)
		} else {
			for n = range size {
				b = appendPercent(b, s[i+n])
			}
			n = size
		}
		i += n
		done = i
	}
	return append(b, s[done:]...)
}

// percentDecode decodes %XX and leaves everything else, also a lone percent sign.
func percentDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi < 16 && lo < 16 {
				b = append(b, hi<<4|lo)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// unhex returns the value of a hexadecimal digit, 16 for any other byte.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isAlpha(c byte) bool { c |= 0x20; return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
