package har

import (
	"cmp"
	"encoding/base64"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"pageload/loader/waterfall"
)

// flushAt is when the encoder hands its buffer to the writer.
const flushAt = 32 << 10

// An encoder writes JSON front to back with bounded memory. It puts the commas;
// the caller opens and closes. After the first error it writes nothing more.
type encoder struct {
	w    io.Writer
	buf  []byte
	last byte // the last byte that left buf
	err  error
}

func (e *encoder) flush() {
	if len(e.buf) == 0 {
		return
	}
	e.last = e.buf[len(e.buf)-1]
	if e.err == nil {
		_, e.err = e.w.Write(e.buf)
	}
	e.buf = e.buf[:0]
}

// comma separates the next member or element from the one before it.
func (e *encoder) comma() {
	last := e.last
	if n := len(e.buf); n > 0 {
		last = e.buf[n-1]
	}
	switch last {
	case 0, '{', '[', ':', '\n':
	default:
		e.buf = append(e.buf, ',')
	}
}

func (e *encoder) open(c byte)  { e.comma(); e.buf = append(e.buf, c) }
func (e *encoder) close(c byte) { e.buf = append(e.buf, c) }

// line begins an element of an array on a line of its own.
func (e *encoder) line() {
	e.comma()
	e.buf = append(e.buf, '\n')
}

func (e *encoder) key(name string) {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, '"', ':')
}

func (e *encoder) object(name string) { e.key(name); e.buf = append(e.buf, '{') }
func (e *encoder) array(name string)  { e.key(name); e.buf = append(e.buf, '[') }

func (e *encoder) str(name, s string) {
	e.key(name)
	e.value(s)
}

// value writes a string: the value of a member, or an element of an array.
func (e *encoder) value(s string) {
	e.comma()
	e.buf = append(e.buf, '"')
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			e.escaped(s)
			s = ""
			break
		}
	}
	e.buf = append(e.buf, s...)
	e.buf = append(e.buf, '"')
}

// escaped is the inside of a string that cannot stay as it is.
func (e *encoder) escaped(s string) {
	if utf8.ValidString(s) {
		e.buf = appendEscaped(e.buf, s)
	} else { // bytes as Latin-1: nothing is lost
		for i := range len(s) {
			if c := s[i]; c < utf8.RuneSelf {
				e.buf = appendEscaped(e.buf, s[i:i+1])
			} else {
				e.buf = utf8.AppendRune(e.buf, rune(c))
			}
		}
	}
}

// opt is str for a member that is left out where it is empty.
func (e *encoder) opt(name, s string) {
	if s != "" {
		e.str(name, s)
	}
}

func (e *encoder) num(name string, n int64) {
	e.key(name)
	e.buf = strconv.AppendInt(e.buf, n, 10)
}

func (e *encoder) bool(name string, b bool) {
	e.key(name)
	e.buf = strconv.AppendBool(e.buf, b)
}

// ms writes a duration as milliseconds with three decimals, made from its whole
// microseconds: no float comes between.
func (e *encoder) ms(name string, d time.Duration) {
	e.key(name)
	us := d.Microseconds()
	if us < 0 {
		e.buf = append(e.buf, '-')
		us = -us
	}
	e.buf = strconv.AppendInt(e.buf, us/1000, 10)
	e.buf = append(e.buf, '.', byte('0'+us/100%10), byte('0'+us/10%10), byte('0'+us%10))
}

func (e *encoder) time(name string, t time.Time) {
	e.key(name)
	e.buf = t.AppendFormat(e.buf, `"2006-01-02T15:04:05.000000Z07:00"`)
}

// piece is how much of a body is written at once: whole groups of base64.
const piece = flushAt / 4 * 3

// body writes a body's text, piece by piece, and how it is encoded.
func (e *encoder) body(name, encodingName string, b []byte) {
	text := utf8.Valid(b)
	e.key(name)
	e.buf = append(e.buf, '"')
	for len(b) > 0 {
		n := min(len(b), piece)
		e.piece(text, b[:n])
		b = b[n:]
	}
	e.buf = append(e.buf, '"')
	if !text {
		e.str(encodingName, "base64")
	}
}

func (e *encoder) piece(text bool, b []byte) {
	if text {
		e.buf = appendEscaped(e.buf, b)
	} else {
		e.buf = base64.StdEncoding.AppendEncode(e.buf, b)
	}
	if len(e.buf) >= flushAt {
		e.flush()
	}
}

// stored is body for one that is not in memory. It is read twice: whether it is
// text is known at its end.
func (e *encoder) stored(name, encodingName string, c waterfall.Content) {
	if e.err != nil {
		return
	}
	p := make([]byte, piece)
	text := true
	var rest []byte // of a rune that the next piece goes on with
	err := pieces(c, p, func(p []byte) {
		if n := utf8.UTFMax - 1; text && len(rest) > 0 { // its end is in the first bytes
			n = min(n, len(p))
			whole := append(rest, p[:n]...)
			_, size := utf8.DecodeRune(whole)
			text = size > len(rest)
			p = p[max(0, size-len(rest)):]
		}
		if text {
			whole := len(p) - partial(p)
			text = utf8.Valid(p[:whole])
			rest = append(rest[:0], p[whole:]...)
		}
	})
	text = text && len(rest) == 0
	e.key(name)
	e.buf = append(e.buf, '"')
	if err == nil {
		err = pieces(c, p, func(p []byte) { e.piece(text, p) })
	}
	if err != nil {
		e.err = err
	}
	e.buf = append(e.buf, '"')
	if !text {
		e.str(encodingName, "base64")
	}
}

// pieces calls f for each piece of c, all of len(p) but the last.
func pieces(c waterfall.Content, p []byte, f func([]byte)) error {
	for at, size := int64(0), c.Size(); at < size; {
		p = p[:min(int64(len(p)), size-at)]
		if n, err := c.ReadAt(p, at); n < len(p) {
			return cmp.Or(err, io.ErrUnexpectedEOF)
		}
		f(p)
		at += int64(len(p))
	}
	return nil
}

// partial returns how many bytes at the end of p begin a rune that p does not
// end.
func partial(p []byte) int {
	for n := 1; n <= min(len(p), utf8.UTFMax-1); n++ {
		if c := p[len(p)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(p[len(p)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

const hex = "0123456789abcdef"

// appendEscaped appends UTF-8 as the inside of a JSON string (RFC 8259 section
// 7). It looks at no byte above 0x7F, so that a piece may end within a rune.
func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, s[from:]...)
}
