package http2

import (
	"runtime"
	"time"

	"golang.org/x/net/http2/hpack"
)

// keepOut is how large a buffer of frames a connection keeps while there is nothing to write.
const keepOut = 4 << 10

// flush writes what is queued, or leaves it to who writes already. The lock is held, but not while it writes. s, which may be nil, is the stream
// whose goroutine it is.
func (c *Conn) flush(s *Stream) {
	if c.flushing || len(c.out) == 0 || c.dead != nil {
		return
	}
	c.flushing = true
	if s != nil {
		s.writing = true
	}
	c.writeOnce()
	if s != nil {
		s.writing = false
	}
	c.handOn()
}

// flushTogether is flush, but lets the goroutines that are about to run go first: a page's requests begin in bursts, and what they queue meanwhile is
// one write and one TLS record, not one each.
func (c *Conn) flushTogether(s *Stream) {
	if c.flushing || len(c.out) == 0 || c.dead != nil {
		return
	}
	c.flushing = true
	c.mu.Unlock()
	runtime.Gosched()
	c.mu.Lock()
	if s.local { // told to give up meanwhile, which is not to wait for a write
		c.handOn()
		return
	}
	c.flushing = false
	c.flush(s)
}

// flushLater has it done by a goroutine: for those who must not wait, such as the one that reads.
func (c *Conn) flushLater() {
	if c.flushing || len(c.out) == 0 || c.dead != nil {
		return
	}
	c.flushing = true
	c.handOn()
}

// handOn ends flushing, or has a goroutine go on with what was queued meanwhile.
func (c *Conn) handOn() {
	if len(c.out) == 0 || c.dead != nil {
		c.flushing = false
		return
	}
	go func() {
		c.mu.Lock()
		for len(c.out) > 0 && c.dead == nil {
			c.writeOnce()
		}
		c.flushing = false
		c.mu.Unlock()
		c.tell()
	}()
}

// writeOnce writes what is queued now. The lock is given up meanwhile.
func (c *Conn) writeOnce() {
	out := c.out
	c.writes++
	c.out, c.spare, c.answers = c.spare[:0], nil, 0
	c.mu.Unlock()
	_, err := c.nc.Write(out)
	c.mu.Lock()
	if cap(out) <= keepOut {
		c.spare = out[:0]
	}
	if err != nil {
		c.fail(&Error{Kind: Closed, What: "writing failed", Err: err, whole: true})
	}
	if c.uploads > 0 {
		for _, s := range c.streams {
			s.upload.wake()
		}
	}
}

// stuckAfter is for how long a write may hold up one who was told to give up.
const stuckAfter = 250 * time.Millisecond

// interruptWrite ends the write that is going on if it does not get on, and with it the connection: what the server has of a frame is not known.
func (c *Conn) interruptWrite() {
	write := c.writes
	time.AfterFunc(stuckAfter, func() {
		c.mu.Lock()
		if c.flushing && c.writes == write {
			c.nc.SetWriteDeadline(past)
		}
		c.mu.Unlock()
	})
}

// sayGoAway tells the server of its fault, if it listens.
func (c *Conn) sayGoAway(e *Error) {
	if c.flushing {
		return // the write that is going on may never end
	}
	c.out = appendGoAway(c.out, e.Code, e.What)
	c.flushing = true
	c.nc.SetWriteDeadline(time.Now().Add(time.Second))
	c.writeOnce()
	c.flushing = false
}

// blockWriter is where the encoder writes.
type blockWriter struct{ c *Conn }

func (w blockWriter) Write(p []byte) (int, error) {
	w.c.block = append(w.c.block, p...)
	return len(p), nil
}

// encode makes the header block of a request, as Chromium does: what is new is put into the table, but for schemes and
// paths, and a Cookie field is cut into its cookies (RFC 9113 section 8.2.3).
func (c *Conn) encode(r *Request) {
	c.block = c.block[:0]
	var pseudo [4]string
	for i, name := range c.profile.Pseudo {
		switch name {
		case ":method":
			pseudo[i] = r.Method
		case ":authority":
			pseudo[i] = r.Authority
		case ":scheme":
			pseudo[i] = r.Scheme
		case ":path":
			pseudo[i] = r.Path
		}
	}
	for i, name := range c.profile.Pseudo {
		v := pseudo[i]
		switch {
		case name == ":authority" || i == 0: // a change of the table's size comes first, which the encoder knows of
			c.enc.WriteField(hpack.HeaderField{Name: name, Value: v})
		case name == ":scheme" && v == "https":
			c.block = append(c.block, 0x87)
		case name == ":path" && v == "/":
			c.block = append(c.block, 0x84)
		case name == ":path":
			c.literal(4, v)
		case name == ":scheme":
			c.literal(6, v)
		default:
			c.literal(2, v)
		}
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Name == "cookie" {
			c.encodeCookies(f.Value)
			continue
		}
		c.enc.WriteField(hpack.HeaderField{Name: f.Name, Value: f.Value})
	}
}

func (c *Conn) encodeCookies(v string) {
	for start := 0; ; {
		end := start
		for end < len(v) && v[end] != ';' {
			end++
		}
		c.enc.WriteField(hpack.HeaderField{Name: "cookie", Value: v[start:end]})
		if end == len(v) {
			return
		}
		if start = end + 1; start < len(v) && v[start] == ' ' {
			start++
		}
	}
}

// literal appends a field that is not put into the table, whose name is in the static table (RFC 7541 section 6.2.2).
func (c *Conn) literal(name byte, value string) {
	b := append(c.block, name)
	if n := hpack.HuffmanEncodeLength(value); n < uint64(len(value)) {
		b = appendVarint(b, 0x80, n)
		b = hpack.AppendHuffmanString(b, value)
	} else {
		b = appendVarint(b, 0, uint64(len(value)))
		b = append(b, value...)
	}
	c.block = b
}

// appendVarint appends an integer of RFC 7541 section 5.1 with a prefix of 7 bits, the first of which is first.
func appendVarint(b []byte, first byte, n uint64) []byte {
	if n < 127 {
		return append(b, first|byte(n))
	}
	b = append(b, first|127)
	for n -= 127; n >= 128; n >>= 7 {
		b = append(b, 0x80|byte(n&0x7f))
	}
	return append(b, byte(n))
}

// writeHead queues a request's head and returns how many bytes it takes.
func (c *Conn) writeHead(s *Stream, r *Request, end bool) int {
	c.encode(r)
	before := len(c.out)
	var flags uint8
	if end {
		flags |= flagEndStream
	}
	extra := 0
	if c.profile.Weights[s.level] > 0 {
		flags |= flagPriority
		extra = 5
	}
	rest := c.block
	n := min(len(rest), c.maxOut-extra)
	if n == len(rest) {
		flags |= flagEndHeaders
	}
	c.out = appendHeader(c.out, n+extra, frameHeaders, flags, s.id)
	parent := c.chain.add(s.id, s.level)
	if extra > 0 {
		c.out = appendPriority(c.out, placement{s.id, parent, c.profile.Weights[s.level]})
	}
	c.out = append(c.out, rest[:n]...)
	for rest = rest[n:]; len(rest) > 0; rest = rest[n:] {
		n, flags = min(len(rest), c.maxOut), 0
		if n == len(rest) {
			flags = flagEndHeaders
		}
		c.out = append(appendHeader(c.out, n, frameContinuation, flags, s.id), rest[:n]...)
	}
	if cap(c.block) > keepOut {
		c.block = nil
	}
	return len(c.out) - before
}

// reset queues a RST_STREAM.
func (c *Conn) reset(id uint32, code Code) {
	c.out = appendUint32Frame(c.out, frameReset, id, uint32(code))
}
