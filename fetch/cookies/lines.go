package cookies

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// lines reads a file line by line, and keeps what was wrong with them.
type lines struct {
	r     *bufio.Reader
	n     int   // of the line
	err   error // of the reader
	first error // what was wrong first
	more  int   // how often more
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, maxSavedLine)} }

// next returns the next line that is not too long, without its end. It is valid until the next call.
func (l *lines) next() ([]byte, bool) {
	for l.err == nil {
		text, err := l.r.ReadSlice('\n')
		l.n++
		if err == bufio.ErrBufferFull {
			for err == bufio.ErrBufferFull {
				_, err = l.r.ReadSlice('\n')
			}
			l.bad("longer than %d bytes", maxSavedLine)
			text = nil
		}
		if err != nil && err != io.EOF {
			l.err = err
			return nil, false
		}
		if text == nil || err == io.EOF && len(text) == 0 {
			if err == io.EOF {
				return nil, false
			}
			continue
		}
		if text[len(text)-1] == '\n' {
			text = text[:len(text)-1]
		}
		return text, true
	}
	return nil, false
}

// bad notes what is wrong with the present line.
func (l *lines) bad(format string, a ...any) {
	if l.first != nil {
		l.more++
		return
	}
	l.first = fmt.Errorf("line %d: %w", l.n, fmt.Errorf(format, a...))
}

// result is the error of the whole, nil if there was none.
func (l *lines) result(what string) error {
	switch {
	case l.err != nil:
		return errorf("%s: line %d: %w", what, l.n, errors.Join(l.err, l.first))
	case l.more > 0:
		return errorf("%s: %w (and %d more)", what, l.first, l.more)
	case l.first != nil:
		return errorf("%s: %w", what, l.first)
	}
	return nil
}

func errorf(format string, a ...any) error { return fmt.Errorf("cookies: "+format, a...) }

// cut shortens what is put into an error.
func cut(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
