package parse

import (
	"slices"
	"sync"

	"pageload/parse/dom"
)

// Buffers is room that parsers lend each other: a document of 60 KB needs 200 KB
// while it is parsed, of which nothing is left afterwards. Who parses many gives
// all of them the same in [Options]. The zero value is ready; it is safe for
// concurrent use and must not be copied. What lies in it unused goes with the next
// garbage collections.
type Buffers struct{ pool, waiting sync.Pool }

// buffers is what one parser needs. Nothing of it is part of a Document, an Event
// or a Ref.
type buffers struct {
	waiting
	events  []Event
	scanned []resolved
	spaces  []dom.Namespace
	oe, afe []open
	pending []tableText
	scratch []byte
}

// waiting is the part of it that holds what has arrived: most of all, and hardly any
// while the tree builder waits near the end of the document.
type waiting struct {
	queue []token
	attrs []dom.SourceAttr
	refs  []Ref
}

// take returns what another parser has left, the zero value if there is nothing.
func (s *Buffers) take() (b buffers) {
	if s == nil {
		return b
	}
	if x, _ := s.pool.Get().(*buffers); x != nil {
		b = *x
	}
	b.waiting = s.takeWaiting()
	return b
}

func (s *Buffers) takeWaiting() waiting {
	if w, _ := s.waiting.Get().(*waiting); w != nil {
		return *w
	}
	return waiting{}
}

// put takes the buffers of a parser.
func (s *Buffers) put(b buffers) {
	if w := b.waiting; cap(w.queue) > 0 {
		s.waiting.Put(&w)
	}
	b.waiting = waiting{}
	s.pool.Put(&b)
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
		waiting: waiting{queue: p.queue[:0], attrs: p.z.attrs[:0], refs: p.scan.refs[:0]},
		events:  p.events[:0], scanned: p.scanned[:0], scratch: p.z.scratch, spaces: p.sim.spaces[:0],
		oe: p.b.oe[:0], afe: p.b.afe[:0], pending: p.b.pending[:0],
	}
	if p.lent {
		b.waiting = waiting{} // what it has now is small
	}
	p.borrow(buffers{})
	return b
}

// release gives up the buffers of a parser that has finished.
func (p *Parser) release() {
	if p.released {
		return
	}
	p.released = true
	b := p.room()
	p.head, p.next, p.known, p.own = 0, 0, 0, nil
	if s := p.opts.Buffers; s != nil {
		s.put(b)
	}
}

// rest says that the tree builder waits: where it has come to most of what has
// arrived, others get the room for that.
func (p *Parser) rest() {
	const worthwhile = 1 << 10 // tokens
	if p.opts.Buffers != nil && !p.released && cap(p.queue) >= worthwhile && len(p.queue)-p.head <= cap(p.queue)/4 {
		p.lend()
	}
}

// lend gives up the room for what has arrived, and keeps what is left of that.
func (p *Parser) lend() {
	if p.lent || p.full || p.own != nil {
		return
	}
	from := len(p.z.attrs)
	if inTag(p.z.state) {
		from = int(p.z.cur.attrs)
	}
	left := p.queue[p.head:]
	for i := range left {
		if left[i].kind == startTag {
			from = int(left[i].attrs)
			break
		}
	}
	w := waiting{p.queue[:0], p.z.attrs[:0], p.scan.refs[:0]}
	p.queue, p.head = slices.Clone(left), 0
	p.z.attrs = slices.Clone(p.z.attrs[from:])
	for i := range p.queue {
		if p.queue[i].kind == startTag {
			p.queue[i].attrs -= int32(from)
		}
	}
	if inTag(p.z.state) {
		p.z.cur.attrs -= int32(from)
	}
	p.scan.refs, p.b.ending, p.lent = nil, nil, true
	p.opts.Buffers.waiting.Put(&w)
}

// unlend takes room for what arrives, where the parser's was lent.
func (p *Parser) unlend() {
	if !p.lent || p.own != nil {
		return
	}
	w := p.opts.Buffers.takeWaiting()
	p.queue, p.head, p.lent = append(w.queue, p.queue[p.head:]...), 0, false
	p.z.attrs = append(w.attrs, p.z.attrs...)
	p.scan.refs = w.refs
}
