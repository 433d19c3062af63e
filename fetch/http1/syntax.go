package http1

import (
	"bytes"
	"encoding/binary"
)

// tchar is the table of RFC 9110 section 5.6.2: the characters of a token, so of a field name.
var tchar = [256]bool{
	'!': true, '#': true, '$': true, '%': true, '&': true, '\'': true, '*': true, '+': true, '-': true, '.': true,
	'^': true, '_': true, '`': true, '|': true, '~': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true,
	'K': true, 'L': true, 'M': true, 'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true,
	'U': true, 'V': true, 'W': true, 'X': true, 'Y': true, 'Z': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true,
	'k': true, 'l': true, 'm': true, 'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true,
	'u': true, 'v': true, 'w': true, 'x': true, 'y': true, 'z': true,
}

// forbidden returns the index of the first byte that must not be in a field value, a reason phrase or a chunk extension, -1 if there is none:
// NUL, CR, and LF, which only ends lines. Those are the dangerous ones of RFC 9110 section 5.5, which lets a recipient keep the other control characters, and
// all that the Fetch standard keeps out of a header value. Chromium refuses a head with a NUL in it (HttpResponseHeaders::TryToCreate) and hands out
// the others, so that a cookie with one is refused by itself; but a bare CR ends a line there, which is how a response is split in two: here it is an
// error (RFC 9112 section 2.2). Eight bytes at a time.
func forbidden(p []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; len(p)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(p[i:])
		cr, lf := w^'\r'*ones, w^'\n'*ones
		if ((w-ones)&^w|(cr-ones)&^cr|(lf-ones)&^lf)&highs != 0 { // one of the three is zero somewhere
			break
		}
	}
	for ; i < len(p); i++ {
		if b := p[i]; b == 0 || b == '\r' || b == '\n' {
			return i
		}
	}
	return -1
}

// trim removes optional white space (RFC 9110 section 5.6.3: space and tab) from both ends.
func trim(p []byte) []byte {
	for len(p) > 0 && blank(p[0]) {
		p = p[1:]
	}
	for len(p) > 0 && blank(p[len(p)-1]) {
		p = p[:len(p)-1]
	}
	return p
}

func blank(b byte) bool { return b == ' ' || b == '\t' }

func digit(b byte) bool { return '0' <= b && b <= '9' }

// lower folds ASCII letters.
func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// equalFold compares as names and tokens compare: ASCII letters in any case.
func equalFold[T []byte | string](p T, s string) bool {
	if len(p) != len(s) {
		return false
	}
	for i := range len(p) {
		if p[i] != s[i] && lower(p[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

// content returns a line without its end. LF alone ends a line too (RFC 9112 section 2.2, MAY; Chromium does it).
func content(line []byte) []byte {
	n := len(line) - 1
	if n > 0 && line[n-1] == '\r' {
		n--
	}
	return line[:n]
}

// known marks the fields that the framing depends on.
type known uint8

const (
	other known = iota
	contentLength
	transferEncoding
	connection
)

func knownField(name []byte) known {
	switch len(name) {
	case 10:
		if equalFold(name, "connection") {
			return connection
		}
	case 14:
		if equalFold(name, "content-length") {
			return contentLength
		}
	case 17:
		if equalFold(name, "transfer-encoding") {
			return transferEncoding
		}
	}
	return other
}

// statusLine reads "HTTP/1.1 200 OK" (RFC 9112 section 4); reason is where the phrase begins in line.
//
//   - the name in any case: Chromium compares so (HttpUtil::LocateStartOfStatusLine), RFC 9112 section 2.3 does not
//   - major version 1 only: another one is another syntax (RFC 9110 section 2.5); a minor version above 1 counts as 1.1 (ibid.)
//   - several spaces before the status: Chromium skips them
//   - three digits from 100 (RFC 9110 section 15; Chromium takes any number, but then 1xx could not be told), nothing stuck to them
//   - no reason phrase, with or without its space: RFC 9112 section 4 asks for the space, many servers and Chromium do not
func statusLine(line []byte) (proto string, status, reason int, err error) {
	const part = "status line"
	if len(line) < 8 || !equalFold(line[:5], "http/") || !digit(line[5]) || line[6] != '.' || !digit(line[7]) {
		return "", 0, 0, syntaxErrorf(part, "does not begin with HTTP/1.1: %q", clip(line))
	}
	if line[5] != '1' {
		return "", 0, 0, syntaxErrorf(part, "another version of HTTP: %q", clip(line[:8]))
	}
	proto = "HTTP/1.1"
	if line[7] == '0' {
		proto = "HTTP/1.0"
	}
	i := 8
	for i < len(line) && line[i] == ' ' {
		i++
	}
	if i == 8 || len(line) < i+3 || !digit(line[i]) || !digit(line[i+1]) || !digit(line[i+2]) || line[i] == '0' ||
		len(line) > i+3 && line[i+3] != ' ' {
		return "", 0, 0, syntaxErrorf(part, "no status of three digits: %q", clip(line))
	}
	status = int(line[i]-'0')*100 + int(line[i+1]-'0')*10 + int(line[i+2]-'0')
	for reason = i + 3; reason < len(line) && line[reason] == ' '; {
		reason++
	}
	if k := forbidden(line[reason:]); k >= 0 {
		return "", 0, 0, syntaxErrorf(part, "control character 0x%02x in the reason phrase", line[reason+k])
	}
	return proto, status, reason, nil
}

// fieldLine reads "Name: value" (RFC 9112 section 5). Offsets are within line. A line without a colon is an error, as in curl and
// net/http (Chromium skips it): no name is valid with what it would have to contain.
func fieldLine(line []byte) (f field, err error) {
	i := 0
	for i < len(line) && tchar[line[i]] {
		i++
	}
	if i == len(line) || line[i] != ':' || i == 0 {
		return f, badName(line, i)
	}
	name := line[:i]
	// Spelled out: this loop sees every byte that is not part of a value.
	from, to := i+1, len(line)
	for from < to && blank(line[from]) {
		from++
	}
	for from < to && blank(line[to-1]) {
		to--
	}
	if k := forbidden(line[from:to]); k >= 0 {
		return f, syntaxErrorf("header field", "control character 0x%02x in the value of %q", line[from+k], clip(name))
	}
	return field{0, uint32(i), uint32(from), uint32(to - from), knownField(name)}, nil
}

func badName(line []byte, i int) error {
	const part = "header field"
	switch {
	case bytes.IndexByte(line, ':') < 0:
		return syntaxErrorf(part, "no colon: %q", clip(line))
	case i == 0 && line[0] == ':':
		return syntaxErrorf(part, "no name: %q", clip(line))
	case blank(line[i]) && i > 0 && len(trim(line[i:])) > 0 && trim(line[i:])[0] == ':':
		// RFC 9112 section 5.1: it has been the way to smuggle a response past a reader.
		return syntaxErrorf(part, "white space between name and colon: %q", clip(line))
	}
	return syntaxErrorf(part, "character %q in the name: %q", line[i], clip(line))
}

// clip shortens what an error quotes.
func clip(p []byte) []byte {
	const most = 64
	if len(p) > most {
		return append(append([]byte(nil), p[:most]...), "..."...)
	}
	return p
}
