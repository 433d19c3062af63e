package http2

import (
	"errors"
	"io"
	"time"

	"golang.org/x/net/http2/hpack"
)

// reader is what the goroutine that reads a connection has for itself.
type reader struct {
	first [headerLen]byte // what a read that waits reads into
	buf   []byte          // from the pool; nil while there is nothing
	r, w  int             // what is buffered is buf[r:w]
	now   time.Time       // when the newest bytes came

	settings bool // the first SETTINGS have come

	// The DATA frame whose payload is coming.
	data    frameHeader
	rest    int     // bytes of payload and padding still to come
	pad     int     // bytes of padding among them
	dataFor *Stream // nil: nobody wants it

	// The head that is coming: a HEADERS frame and its CONTINUATIONs.
	head    frameHeader
	inHead  bool
	headFor *Stream
	conts   int
	list    fieldList
	dec     *hpack.Decoder

	dirty []*Stream // to be told when the bytes that are there have been looked at
}

func (in *reader) init(c *Conn) {
	in.list.limits(c.lim)
	in.dec = hpack.NewDecoder(c.profile.setting(SettingHeaderTableSize, 4096), in.list.add)
	in.dec.SetMaxStringLength(c.lim.HeaderBytes)
}

// read is the goroutine that reads, from the first request to the connection's end.
func (c *Conn) read() {
	err := c.readAll()
	c.mu.Lock()
	var e *Error
	switch {
	case errors.As(err, &e):
		if c.dead == nil {
			c.sayGoAway(e)
		}
	case err == io.EOF:
		err = &Error{Kind: Closed, What: "the server closed the connection", Err: io.EOF, whole: true}
	default:
		err = &Error{Kind: Closed, What: "reading failed", Err: err, whole: true}
	}
	c.fail(err)
	c.in.release()
	c.mu.Unlock()
	c.tell()
}

func (c *Conn) readAll() error {
	in := &c.in
	for {
		if err := in.fill(c); err != nil {
			return err
		}
		c.mu.Lock()
		gone := c.gone
		c.lastRead, c.pinged = in.now, time.Time{}
		err := c.consume()
		for i, s := range in.dirty {
			s.dirty = false
			s.cond.Signal()
			in.dirty[i] = nil
		}
		in.dirty = in.dirty[:0]
		c.flushLater()
		left := c.gone != gone
		c.mu.Unlock()
		if err != nil {
			return err
		}
		if left {
			c.tell()
		}
	}
}

// fill waits for more bytes. Between frames it holds no buffer while there is nothing.
func (in *reader) fill(c *Conn) error {
	switch {
	case in.r < in.w:
		in.r, in.w = 0, copy(in.buf, in.buf[in.r:in.w])
	case in.rest > 0 || in.inHead: // more is on its way
		in.r, in.w = 0, 0
	default:
		in.release()
		n, err := readSome(c, in.first[:])
		if err != nil {
			return err
		}
		in.take()
		in.w = copy(in.buf, in.first[:n])
		in.now = time.Now()
		in.ahead(c)
		return nil
	}
	in.take()
	n, err := readSome(c, in.buf[in.w:])
	if err != nil {
		return err
	}
	in.w += n
	in.now = time.Now()
	in.ahead(c)
	return nil
}

// ahead takes in what has come with that, as far as there is room, so that who waits is told once. An error, such as the end that was said
// right after the last frame, comes again with the next read, when what is there has been looked at.
func (in *reader) ahead(c *Conn) {
	for c.below != nil && len(in.buf)-in.w >= maxFrame {
		n, _ := c.below.ReadAhead(c.nc, in.buf[in.w:])
		if n == 0 {
			return
		}
		in.w += n
	}
}

func (in *reader) take() {
	if in.buf == nil {
		in.buf = readPool.Get().(*[readSize]byte)[:]
		readGuard.Taken(in.buf)
	}
}

func readSome(c *Conn, p []byte) (int, error) {
	for range 100 {
		if n, err := c.nc.Read(p); n > 0 || err != nil {
			if n > 0 {
				err = nil // the next read has it
			}
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

func (in *reader) release() {
	if in.buf != nil {
		readGuard.Returned(in.buf)
		readPool.Put((*[readSize]byte)(in.buf))
		in.buf = nil
	}
	in.r, in.w = 0, 0
}

// consume looks at all that is buffered. The lock is held.
func (c *Conn) consume() error {
	in := &c.in
	for {
		if in.rest > 0 {
			if in.r == in.w {
				return nil
			}
			c.payload()
			continue
		}
		if in.w-in.r < headerLen {
			return nil
		}
		h := parseHeader(in.buf[in.r:])
		if err := c.order(h); err != nil {
			return err
		}
		if err := h.check(); err != nil {
			if err.whole {
				return err
			}
			c.fault(h, err)
			if in.w-in.r < headerLen+h.length {
				return nil // it comes again, which does no harm
			}
			in.r += headerLen + h.length
			continue
		}
		if h.kind == frameData {
			if done, err := c.beginData(h); err != nil || !done {
				if err != nil {
					return err
				}
				return nil
			}
			continue
		}
		if in.w-in.r < headerLen+h.length {
			return nil
		}
		p := in.buf[in.r+headerLen : in.r+headerLen+h.length]
		in.r += headerLen + h.length
		if err := c.frame(h, p); err != nil {
			return err
		}
	}
}

// order refuses frames that cannot come now: anything but SETTINGS first (RFC 9113 section 3.4), and anything but CONTINUATION within a
// head (section 6.10).
func (c *Conn) order(h frameHeader) error {
	in := &c.in
	switch {
	case !in.settings && (h.kind != frameSettings || h.has(flagAck)):
		return connError(ProtocolError, h, "the first frame is not SETTINGS")
	case in.inHead && (h.kind != frameContinuation || h.stream != in.head.stream):
		return connError(ProtocolError, h, "within the head of stream %d", in.head.stream)
	case !in.inHead && h.kind == frameContinuation && h.stream != 0:
		return connError(ProtocolError, h, "without a HEADERS frame before it")
	}
	return nil
}

// wake has a stream told of what came, once the rest that is there has been looked at too.
func (in *reader) wake(s *Stream) {
	if !s.dirty {
		s.dirty = true
		in.dirty = append(in.dirty, s)
	}
}

// futile counts a frame that achieves nothing.
func (c *Conn) futile(h frameHeader) error {
	now := c.in.now
	if now.Sub(c.idleAt) >= time.Second {
		c.idle, c.idleAt = 0, now
	}
	if c.idle++; c.idle > c.lim.Idle {
		h.stream = 0
		return limitError(h, "the last of %d frames in a second that achieve nothing", "Idle", c.lim.Idle)
	}
	return nil
}

// answered notes that an answer was queued since start.
func (c *Conn) answered(h frameHeader, start int) error {
	if c.answers += len(c.out) - start; c.answers > c.lim.Queued {
		h.stream = 0
		return limitError(h, "%d bytes of answers wait to be sent", "Queued", c.lim.Queued)
	}
	return nil
}

// fault ends a stream for a fault of the server's. The connection goes on.
func (c *Conn) fault(h frameHeader, err *Error) {
	s := c.streams[h.stream]
	if s == nil {
		return
	}
	c.reset(s.id, err.Code)
	s.end(err)
	c.leave(s, byReset)
}
