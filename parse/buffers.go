package parse

import (
	"sync"

	"pageload/parse/dom"
)

// Buffers is room that parsers lend each other: a document of 60 KB needs 200 KB
// while it is parsed, of which nothing is left afterwards. Who parses many gives
// all of them the same in [Options]. The zero value is ready; it is safe for
// concurrent use and must not be copied. What lies in it unused goes with the next
// garbage collections.
type Buffers struct{ pool sync.Pool }

// buffers is what one parser needs. Nothing of it is part of a Document, an Event
// or a Ref.
type buffers struct {
	queue   []token
	attrs   []dom.SourceAttr
	events  []Event
	scanned []resolved
	refs    []Ref
	spaces  []dom.Namespace
	oe, afe []open
	pending []tableText
	scratch []byte
}

// take returns what another parser has left, the zero value if there is nothing.
func (s *Buffers) take() buffers {
	if s != nil {
		if b, _ := s.pool.Get().(*buffers); b != nil {
			return *b
		}
	}
	return buffers{}
}

// borrow gives the parser what it needs of b.
func (p *Parser) borrow(b buffers) {
	p.queue, p.events, p.scanned, p.scan.refs = b.queue, b.events, b.scanned, b.refs
	p.z.attrs, p.z.scratch, p.sim.spaces = b.attrs, b.scratch, b.spaces
	p.b.oe, p.b.afe, p.b.pending = b.oe, b.afe, b.pending
}

// room takes its buffers from a parser, and what they hold from them.
func (p *Parser) room() buffers {
	clear(p.events)
	clear(p.scanned)
	clear(p.scan.refs)
	b := buffers{
		queue: p.queue[:0], events: p.events[:0], scanned: p.scanned[:0], refs: p.scan.refs[:0],
		attrs: p.z.attrs[:0], scratch: p.z.scratch, spaces: p.sim.spaces[:0],
		oe: p.b.oe[:0], afe: p.b.afe[:0], pending: p.b.pending[:0],
	}
	p.borrow(buffers{})
	return b
}

// release gives up the buffers of a parser that has finished.
func (p *Parser) release() {
	if cap(p.queue) == 0 {
		return // it was done before
	}
	b := p.room()
	p.head, p.next, p.known, p.own = 0, 0, 0, nil
	if s := p.opts.Buffers; s != nil {
		s.pool.Put(&b)
	}
}
