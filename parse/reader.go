package parse

import (
	"errors"
	"io"
	"iter"
)

// readSize is how much the wrappers read at once.
const readSize = 32 << 10

// Parse reads and parses a whole document. It returns what it has parsed also
// when reading fails, with the error.
func Parse(r io.Reader, o Options) (*Document, error) {
	p := New(o)
	p.scan.silent = true
	err := p.readAll(r, func([]Ref) bool {
		for {
			if _, ok := p.Next(); !ok {
				return true
			}
		}
	})
	return p.doc, err
}

// References yields what a document refers to, while it is read: the tree
// builder's references, so everything of [EventRef], each once, in document
// order. A reference that is no URL has Ref.Err set; the error beside it is
// that of reading, or a [*Limit], and then the Ref is the zero one.
func References(r io.Reader, o Options) iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		p := New(o)
		p.scan.silent = true
		err := p.readAll(r, func([]Ref) bool {
			for {
				e, ok := p.Next()
				switch {
				case !ok:
					return true
				case e.Kind == EventRef && !yield(e.Ref, nil):
					return false
				case e.Kind == EventLimit && !yield(Ref{}, e.Limit):
					return false
				}
			}
		})
		if err != nil {
			yield(Ref{}, err)
		}
	}
}

// readAll feeds a parser from a reader. It stops when then returns false.
func (p *Parser) readAll(r io.Reader, then func([]Ref) bool) error {
	size := readSize
	if known, ok := r.(interface{ Len() int }); ok { // as those of bytes and strings have it
		n := max(0, known.Len())
		p.dec.src = make([]byte, 0, min(n+n/64, 1<<20))
		size = max(512, min(size, n+1))
	}
	buf := make([]byte, size)
	for {
		n, err := r.Read(buf)
		if n > 0 && !then(p.Feed(buf[:n])) {
			return nil
		}
		if err != nil {
			if then(p.End()); errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}
