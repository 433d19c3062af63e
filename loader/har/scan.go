package har

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds how deep values lie within each other: ours are 9 deep, those
// of others not much deeper.
const maxDepth = 200

// A scanner walks through JSON text as it comes and says where it is. It checks
// where values begin and end; encoding/json checks what is within those that are
// kept.
type scanner struct {
	r    *bufio.Reader
	at   int64 // offset of the next byte
	most int   // bytes of a value that is captured
	text int   // bytes of a string whose name is "text"; a longer one is left out

	value []byte // the last one that was captured
	cuts  []cut  // what was left out of it
}

// A cut is a string that was left out of a captured value.
type cut struct {
	at   int   // where it would be in the value
	size int64 // bytes in the file
}

var (
	errSyntax = errors.New("no JSON")
	errDeep   = fmt.Errorf("values lie more than %d deep", maxDepth)
)

// read returns the next byte.
func (s *scanner) read() (byte, error) {
	c, err := s.r.ReadByte()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	s.at++
	return c, nil
}

// peek returns the next byte that is no space, and leaves it there.
func (s *scanner) peek() (byte, error) { return s.space(false) }

// space is peek that keeps the spaces, so that places in a captured value are
// those in the file.
func (s *scanner) space(keep bool) (byte, error) {
	for {
		c, err := s.read()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\n', '\r':
			if keep {
				s.value = append(s.value, c)
			}
			continue
		case 0xEF: // a byte order mark, which some exporters put first (RFC 8259 section 8.1 lets it be ignored)
			if b, err := s.r.Peek(2); s.at == 1 && err == nil && b[0] == 0xBB && b[1] == 0xBF {
				s.r.Discard(2)
				s.at += 2
				continue
			}
		}
		s.at--
		return c, s.r.UnreadByte()
	}
}

// expect takes the next byte that is no space, which must be c.
func (s *scanner) expect(c byte) error {
	got, err := s.peek()
	if err != nil {
		return err
	}
	if got != c {
		return fmt.Errorf("%w: %q where %q should be", errSyntax, got, c)
	}
	_, err = s.read()
	return err
}

// members calls f at the value of each member of an object; f takes it.
func (s *scanner) members(f func(name string) error) error {
	return s.list('{', '}', func() error {
		if c, err := s.peek(); err != nil {
			return err
		} else if c != '"' {
			return fmt.Errorf("%w: %q where a name should be", errSyntax, c)
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return f(name)
	})
}

// elements calls f at each element of an array; f takes it.
func (s *scanner) elements(f func() error) error { return s.list('[', ']', f) }

func (s *scanner) list(open, end byte, f func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := s.peek()
		switch {
		case err != nil:
			return err
		case c == end:
			_, err = s.read()
			return err
		case !first:
			if err := s.expect(','); err != nil {
				return err
			}
		}
		if err := f(); err != nil {
			return err
		}
	}
}

// name takes a string that is a member's name. Escapes stay: no name that is
// looked for has any.
func (s *scanner) name() (string, error) {
	s.value = s.value[:0]
	if err := s.str(true, s.most); err != nil {
		return "", err
	}
	return string(s.value[1 : len(s.value)-1]), nil
}

// capture takes a value and keeps its text in s.value.
func (s *scanner) capture() error {
	if _, err := s.peek(); err != nil {
		return err
	}
	s.value, s.cuts = s.value[:0], s.cuts[:0]
	return s.walk(true)
}

// skip takes a value and keeps nothing of it.
func (s *scanner) skip() error { return s.walk(false) }

// walk takes a value.
func (s *scanner) walk(keep bool) error {
	var open [maxDepth]byte
	depth, named := 0, false // named: the last string was "text"
	for {
		c, err := s.space(keep)
		if err != nil {
			return err
		}
		switch c {
		case '"':
			most, from := s.most, len(s.value)
			if named {
				most = s.text
			}
			if err := s.str(keep, most); err != nil {
				return err
			}
			named = keep && !named && string(s.value[from:]) == `"text"`
		case '{', '[':
			if depth == maxDepth {
				return errDeep
			}
			open[depth] = c + 2 // the bracket that closes it
			depth++
			err, named = s.take(keep), false
		case '}', ']':
			if depth == 0 || open[depth-1] != c {
				return fmt.Errorf("%w: %q", errSyntax, c)
			}
			depth--
			err, named = s.take(keep), false
		case ',', ':':
			if depth == 0 {
				return fmt.Errorf("%w: %q", errSyntax, c)
			}
			named = named && c == ':'
			err = s.take(keep)
		default:
			named = false
			err = s.word(keep)
		}
		if err != nil {
			return err
		}
		if keep && len(s.value) > s.most {
			return fmt.Errorf("a value of more than %d bytes", s.most)
		}
		if depth == 0 {
			return nil
		}
	}
}

func (s *scanner) take(keep bool) error {
	c, err := s.read()
	if keep && err == nil {
		s.value = append(s.value, c)
	}
	return err
}

// word takes a number, true, false or null. One ends where the text does.
func (s *scanner) word(keep bool) error {
	n := 0
	for {
		c, err := s.r.ReadByte()
		if err == io.EOF && n > 0 {
			return nil
		} else if err != nil {
			return err
		}
		switch {
		case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z', c == '+', c == '-', c == '.':
		case n == 0:
			s.r.UnreadByte()
			return fmt.Errorf("%w: %q", errSyntax, c)
		default:
			return s.r.UnreadByte()
		}
		if s.at++; n > 100 {
			return fmt.Errorf("%w: a number of more than 100 digits", errSyntax)
		}
		if n++; keep {
			s.value = append(s.value, c)
		}
	}
}

// str takes a string. One of more than most bytes becomes an empty one.
func (s *scanner) str(keep bool, most int) error {
	from, began := len(s.value), s.at
	if err := s.take(keep); err != nil { // the quotation mark
		return err
	}
	cutShort := false
	for {
		p, err := s.r.ReadSlice('"')
		s.at += int64(len(p))
		if keep && !cutShort {
			if s.value = append(s.value, p...); len(s.value)-from > most+2 {
				s.value, cutShort = append(s.value[:from], '"', '"'), true
			}
		}
		if err == bufio.ErrBufferFull {
			// A piece ends within an escape at worst, whose rest is looked at here.
			if odd(p) {
				c, err := s.read()
				if err != nil {
					return err
				}
				if keep && !cutShort {
					s.value = append(s.value, c)
				}
			}
			continue
		}
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if odd(p[:len(p)-1]) {
			continue // the quotation mark is escaped
		}
		if cutShort {
			s.cuts = append(s.cuts, cut{from, s.at - began - 2})
		}
		return nil
	}
}

// odd reports whether p ends with a backslash that escapes what follows it.
func odd(p []byte) bool {
	n := 0
	for n < len(p) && p[len(p)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// where returns the offset in the file of a place in the captured value, which
// began at begin.
func (s *scanner) where(begin, place int64) int64 {
	at := begin + place
	for _, c := range s.cuts {
		if int64(c.at) < place {
			at += c.size
		}
	}
	return min(at, s.at)
}
