package parse

import (
	"bytes"
	"slices"

	"pageload/parse/dom"
)

// Parser parses one document while it arrives. [Parser.Feed] gives it bytes
// and returns what the preload scanner found in them; [Parser.Next] lets the
// tree builder go on to the next event. Who does not call Next holds the tree
// builder, as a browser does that waits for a script; the scanner sees what
// arrives all the same.
//
// [New] makes one; a zero Parser needs [Parser.Reset] before anything else. A
// Parser is for one goroutine at a time.
type Parser struct {
	opts  Options
	dec   *decoder
	z     tokenizer // runs ahead, with the simulator's predictions
	sim   simulator
	scan  scanner
	b     builder
	pass  pass // of the builder
	doc   *Document
	queue []token // read by z, not yet handled by b: queue[head:]
	head  int
	full  bool // the queue has reached its bound: it takes no more
	// own is the builder's tokenizer, from where the simulator was wrong or
	// the queue full. It lags behind z and is never given up.
	own      *tokenizer
	ownToken token
	resume   token // the last token that was queued when it was full
	resumeAt int   // where the next one begins
	queued   int   // attributes of tokens that are queued then

	events       []Event
	next         int
	scanned      []resolved // URLs that the scanner resolved, in document order
	known        int        // those before the builder's place
	building     Ref        // what newRef has made last
	script       Ref        // of the script element that is open
	outer        bool       // it is external
	hasSrc       bool       // it has a src, so that its text does not count
	picture      dom.ID     // the last picture with a source
	chosen       chosen     // what its sources have chosen
	mediaElement dom.ID     // the last video or audio with a source to try
	token        token      // the one that is being read where none is queued
	line, offset int        // of the last event
	ended        bool       // End was called
	lent         bool       // others have the room for what arrives
	released     bool       // the buffers were given up for good
	done         bool       // EventEnd was made
}

// maxQueue bounds the tokens between scanner and builder. They are 32 bytes
// each; beyond, the builder reads the source a second time.
const maxQueue = 1 << 15

// New returns a parser for a document.
func New(o Options) *Parser {
	p := new(Parser)
	p.Reset(o)
	return p
}

// Reset makes the parser one for another document, and keeps its buffers. The
// Document that it had, finished or not, stays valid; its events and references
// too.
func (p *Parser) Reset(o Options) {
	room := p.room()
	if cap(room.queue) == 0 {
		room = o.Buffers.take()
	}
	*p = Parser{} // without a copy on the stack
	p.opts = o.resolved()
	p.borrow(room)
	p.dec = &decoder{max: p.opts.MaxBytes, charset: o.Charset, parent: o.ParentCharset, owned: o.Owned, size: min(o.Size, maxReserved)}
	p.dec.xml, p.z.cdata = o.XML, o.XML
	if o.SrcDoc {
		p.dec.charset = "utf-8"
	}
	p.doc = newDocument(p)
	p.z.maxAttrs = p.opts.MaxAttributes
	p.sim.scripting = p.opts.Scripting == ScriptingOn
	p.scan.p, p.scan.pass.by, p.scan.pass.base = p, Scanner, p.opts.Base
	p.pass.by, p.pass.base = Builder, p.opts.Base
	b := &p.b
	b.z, b.tab, b.on = &p.z, p.doc.Table, p
	b.framesetOK, b.scripting, b.srcdoc, b.xml = true, p.sim.scripting, o.SrcDoc, o.XML
	b.maxDepth, b.maxElements = p.opts.MaxDepth, p.opts.MaxElements
}

// Document returns the document. It grows while it is parsed.
func (p *Parser) Document() *Document { return p.doc }

// Feed takes the next bytes of the document and runs the preload scanner over
// them. It returns the references that a browser would request at once, in
// document order. The bytes are copied, but with Options.Owned.
func (p *Parser) Feed(b []byte) []Ref {
	if p.ended {
		return nil
	}
	return p.arrived(b, false)
}

// Decoded returns how many bytes of the document, as UTF-8, the scanner has
// seen. It is less than what was fed while the encoding is not known.
func (p *Parser) Decoded() int { return len(p.dec.src) }

// End says that the document has ended, and returns what the scanner finds in
// bytes that were held back. The tree builder still has to go on, by Next.
func (p *Parser) End() []Ref {
	if p.ended {
		return nil
	}
	p.ended = true
	return p.arrived(nil, true)
}

func (p *Parser) arrived(b []byte, final bool) []Ref {
	before := len(p.dec.src)
	if len(b) > 0 {
		p.unlend()
	}
	p.dec.feed(b, final)
	if p.dec.over {
		p.b.tell(limitBytes, int(p.opts.MaxBytes))
	}
	p.doc.Table.SetSource(p.dec.src)
	p.z.src, p.z.final = p.dec.src, final
	p.z.clean = (p.z.clean || before == 0) && !unclean(p.dec.src[before:])
	if p.own != nil {
		p.own.src, p.own.final, p.own.clean = p.dec.src, final, p.z.clean
	}
	if p.known == len(p.scanned) {
		p.scanned, p.known = p.scanned[:0], 0
	}
	p.scan.stopped = false
	p.reserve(p.dec.src[before:])
	for {
		t := p.place()
		if !p.z.next(t) {
			break
		}
		if !p.opts.XML {
			p.sim.token(&p.z, t)
			p.scan.token(t)
		}
		p.keep(t)
	}
	p.reserveTable(len(p.dec.src) - before)
	if p.z.dropped {
		p.b.tell(limitAttrs, p.opts.MaxAttributes)
	}
	return p.scan.take()
}

// What Options.Size alone makes room for: a document that begins as it goes on, so
// often its first piece, and no more bytes than these.
const (
	maxReserved = 1 << 20
	maxRepeated = 16
)

// reserve makes room for what the tags of b need.
func (p *Parser) reserve(b []byte) {
	if len(b) < 1<<10 || p.own != nil {
		return
	}
	b = b[:min(len(b), 1<<20)]
	tags := bytes.Count(b, []byte{'<'})
	p.queue = slices.Grow(p.queue, min(tags+tags/2, maxQueue-min(len(p.queue), maxQueue)))
	p.z.attrs = slices.Grow(p.z.attrs, bytes.Count(b, []byte{'='}))
}

// reserveTable makes room for what is queued, which is of so many bytes, and as
// Options.Size has it for what will come.
func (p *Parser) reserveTable(size int) {
	t := p.doc.Table
	if size < 1<<10 || p.own != nil || t.Len() > 0 {
		return
	}
	starts, texts := 0, 0
	for i := range p.queue {
		switch p.queue[i].kind {
		case startTag:
			starts++
		case textToken:
			texts++
		}
	}
	times := min(max(1, (p.dec.size+size/2)/size), maxRepeated)
	t.Reserve(times*starts+8, times*len(p.z.attrs), times*texts)
}

// place returns where the next token is made: in the queue, behind its end, or where
// nobody keeps it.
func (p *Parser) place() *token {
	if p.full || p.own != nil {
		return &p.token
	}
	n := len(p.queue)
	if n == cap(p.queue) {
		p.queue = slices.Grow(p.queue, 1)
	}
	return &p.queue[:n+1][n]
}

// keep queues the token that was made in the last place for the builder.
func (p *Parser) keep(t *token) {
	if p.full || p.own != nil {
		p.z.attrs = p.z.attrs[:p.queued]
		return
	}
	p.queue = p.queue[:len(p.queue)+1]
	if len(p.queue)-p.head >= maxQueue {
		p.full = true
		p.queued = len(p.z.attrs)
		p.resume, p.resumeAt = *t, p.z.start
	}
}

// Next lets the tree builder go on until something happens, and returns it.
// It returns false when the builder needs more bytes or has finished.
func (p *Parser) Next() (Event, bool) {
	for {
		if p.next < len(p.events) {
			e := p.events[p.next]
			p.events[p.next] = Event{}
			if p.next++; p.next == len(p.events) {
				p.events, p.next = p.events[:0], 0
			}
			return e, true
		}
		for p.own == nil && p.head < len(p.queue) && len(p.events) == 0 {
			p.head++
			p.handleQueued(&p.queue[p.head-1])
		}
		if len(p.events) == 0 && (p.done || !p.advance()) {
			return Event{}, false
		}
	}
}

// Finished reports whether the tree builder has handled all of the document
// and Next has returned its last event.
func (p *Parser) Finished() bool { return p.done && p.next >= len(p.events) }

// advance lets the builder handle one token.
func (p *Parser) advance() bool {
	if p.own == nil {
		if p.head < len(p.queue) {
			t := &p.queue[p.head]
			p.head++
			p.handleQueued(t)
			return true
		}
		if p.head > 0 && !p.full {
			p.queue, p.head = p.queue[:0], 0
			if !inTag(p.z.state) {
				p.z.attrs = p.z.attrs[:0]
			}
		}
		if p.full {
			p.diverge(p.resumeAt, p.resume.modelAfter(), &p.resume)
		}
	}
	if p.own != nil {
		if p.own.next(&p.ownToken) {
			p.handleOwn(&p.ownToken)
			return true
		}
		if p.own.dropped {
			p.b.tell(limitAttrs, p.opts.MaxAttributes)
		}
	}
	if !p.ended {
		return false
	}
	p.finish()
	return true
}

// inTag reports whether a tag is under construction, whose attributes are
// needed yet.
func inTag(s state) bool { return s >= stateTagName && s <= stateSelfClosing }

// handleQueued gives the builder a token of the first tokenizer, and checks
// what the simulator had predicted.
func (p *Parser) handleQueued(t *token) {
	foreign := p.inCData()
	if t.kind == cdataToken && !foreign || t.cdataLike && foreign {
		at := int(t.start)
		if t.kind == cdataToken {
			at -= len("<![CDATA[")
		}
		p.diverge(at, modelData, nil)
		return
	}
	predicted, tag := t.model, *t
	p.b.handle(t)
	if tag.kind == startTag && p.b.model != predicted {
		p.diverge(int(tag.end), p.b.model, &tag)
	}
}

func (p *Parser) handleOwn(t *token) {
	p.b.handle(t)
	if t.kind == startTag {
		p.own.setModel(p.b.model, t)
	}
	p.own.cdata = p.inCData()
	p.own.attrs = p.own.attrs[:0]
}

// inCData reports whether there may be CDATA sections where the builder is.
func (p *Parser) inCData() bool { return p.opts.XML || p.b.top().ns != dom.HTML }

// diverge gives the builder a tokenizer of its own, which goes on at an
// offset with the content model that the tag t has set.
func (p *Parser) diverge(at int, m model, t *token) {
	p.own = &tokenizer{src: p.dec.src, final: p.ended, clean: p.z.clean, maxAttrs: p.opts.MaxAttributes, cdata: p.inCData()}
	p.own.startText(at)
	if t != nil {
		p.own.setModel(m, t)
	}
	p.b.z = p.own
	p.queue, p.head, p.queued = p.queue[:0], 0, 0
}

// finish ends the document.
func (p *Parser) finish() {
	end := uint32(len(p.dec.src))
	p.b.finish(end)
	p.doc.complete = true
	p.done = true
	p.event(Event{Kind: EventEnd})
}

// limit implements buildHooks. The scanner may have reached the limit, beyond
// where the builder is.
func (p *Parser) limit(name string, value int64) {
	p.events = append(p.events, Event{Kind: EventLimit, Line: max(1, p.line), Offset: p.offset, Limit: &Limit{Name: name, Value: value}})
}

// event adds an event at the place where the builder is, and returns it for the
// moment.
func (p *Parser) event(e Event) *Event {
	at := uint32(len(p.dec.src))
	if t := p.b.ending; t != nil {
		at = t.end
		if t.kind == textToken || t.kind == cdataToken {
			at = t.start // how much text a token has depends on how it came
		}
	}
	e.Line, e.Offset = p.doc.Table.LineAt(at), p.dec.rawOffset(at)
	p.line, p.offset = e.Line, e.Offset
	p.events = append(p.events, e)
	return &p.events[len(p.events)-1]
}
