package http2

import (
	"encoding/binary"
)

// frame handles one that is not DATA, whole. The lock is held.
func (c *Conn) frame(h frameHeader, p []byte) error {
	switch h.kind {
	case frameHeaders:
		return c.headers(h, p)
	case frameContinuation:
		return c.continuation(h, p)
	case frameReset:
		return c.wasReset(h, Code(binary.BigEndian.Uint32(p)))
	case frameSettings:
		return c.settings(h, p)
	case framePing:
		return c.ping(h, p)
	case frameGoAway:
		return c.goAway(h, p)
	case frameWindow:
		return c.windowUpdate(h, binary.BigEndian.Uint32(p)&maxWindow)
	case framePush:
		return connError(ProtocolError, h, "pushing is not allowed (RFC 9113 section 8.4)")
	case framePriority:
		if binary.BigEndian.Uint32(p)&maxStreamID == h.stream {
			c.fault(h, streamError(ProtocolError, h, "the stream depends on itself"))
		}
	}
	return c.futile(h) // RFC 9113 section 5.5: unknown ones are ignored
}

// stranger says what to make of a frame for a stream that is not open: nil, nil where it is to be ignored.
func (c *Conn) stranger(h frameHeader) error {
	if h.stream%2 == 0 || h.stream >= c.nextID {
		return connError(ProtocolError, h, "on a stream that was not opened") // RFC 9113 section 5.1: idle
	}
	if h.kind == frameData || h.kind == frameHeaders {
		switch c.past.how(h.stream) {
		case byBoth:
			return connError(StreamClosed, h, "after END_STREAM")
		case byTheirs:
			start := len(c.out)
			c.reset(h.stream, StreamClosed)
			if err := c.answered(h, start); err != nil {
				return err
			}
		}
	}
	return c.futile(h)
}

// beginData begins a DATA frame; done is false if more of it has to come first.
func (c *Conn) beginData(h frameHeader) (done bool, err error) {
	in := &c.in
	head := headerLen
	pad := 0
	if h.has(flagPadded) {
		if h.length == 0 {
			return false, connError(FrameSizeError, h, "no pad length")
		}
		if in.w-in.r < headerLen+1 {
			return false, nil
		}
		if pad = int(in.buf[in.r+headerLen]); pad >= h.length {
			return false, connError(ProtocolError, h, "padding of %d bytes in %d", pad, h.length-1)
		}
		head++
	}
	s := c.streams[h.stream]
	if s == nil || s.gotEnd {
		if err := c.stranger(h); err != nil {
			return false, err
		}
		s = nil
	}
	if c.recv -= int64(h.length); c.recv < 0 {
		h.stream = 0
		return false, connError(FlowControlError, h, "%d bytes beyond the connection's window", -c.recv)
	}
	in.r += head
	in.data, in.rest, in.pad, in.dataFor = h, h.length-(head-headerLen), pad, s
	if over := int64(h.length - in.rest); over > 0 {
		c.taken(over, in.now)
	}
	if s != nil {
		if bad := s.admits(h, h.length-(head-headerLen)-pad); bad != nil {
			c.fault(h, bad)
			s, in.dataFor = nil, nil
		} else {
			s.frames += int64(head + pad)
			s.taken(int64(head-headerLen), in.now)
		}
	}
	if h.length-(head-headerLen)-pad == 0 && !h.has(flagEndStream) {
		if err := c.futile(h); err != nil {
			return false, err
		}
	}
	if in.rest == 0 {
		c.endData()
	}
	return true, nil
}

// admits checks a DATA frame with n bytes of content against the stream's state.
func (s *Stream) admits(h frameHeader, n int) *Error {
	s.recv -= int64(h.length)
	switch {
	case !s.gotHead:
		return streamError(ProtocolError, h, "before the head")
	case s.recv < 0:
		return streamError(FlowControlError, h, "%d bytes beyond the stream's window", -s.recv)
	case s.length >= 0 && !s.bodiless && s.content+int64(n) > s.length:
		return streamError(ProtocolError, h, "%d bytes of content, Content-Length says %d", s.content+int64(n), s.length)
	case s.bodiless && n > 0:
		return streamError(ProtocolError, h, "content where there is none")
	}
	return nil
}

// payload takes what has come of a DATA frame's payload.
func (c *Conn) payload() {
	in := &c.in
	p := in.buf[in.r:min(in.w, in.r+in.rest)]
	in.r += len(p)
	content := p[:min(len(p), max(in.rest-in.pad, 0))]
	in.rest -= len(p)
	s := in.dataFor
	if s != nil && s.err == nil && len(content) > 0 {
		s.content += int64(len(content))
		s.heard = in.now
		switch {
		case s.most > 0 && s.content > s.most:
			s.abandon(&Error{Kind: Limit, Stream: s.id, Frame: "DATA", What: "body too large", Limit: "MaxBody", Max: s.most})
			c.taken(int64(len(p)), in.now)
		case s.drop:
			c.taken(int64(len(p)), in.now)
			s.taken(int64(len(p)), in.now)
		default:
			s.chunks = appendChunks(s.chunks, content)
			s.held += int64(len(content))
			if pad := int64(len(p) - len(content)); pad > 0 {
				c.taken(pad, in.now)
				s.taken(pad, in.now)
			}
			in.wake(s)
		}
	} else {
		c.taken(int64(len(p)), in.now)
		if s != nil {
			s.taken(int64(len(p)), in.now)
		}
	}
	if in.rest == 0 {
		c.endData()
	}
}

func (c *Conn) endData() {
	in := &c.in
	s, h := in.dataFor, in.data
	in.dataFor = nil
	if s != nil && h.has(flagEndStream) {
		c.endStream(s, h)
	}
}

// endStream notes that the server has said all.
func (c *Conn) endStream(s *Stream, h frameHeader) {
	if s.gotEnd || s.err != nil {
		return
	}
	if s.length >= 0 && !s.bodiless && s.content != s.length {
		c.fault(h, streamError(ProtocolError, h, "END_STREAM after %d bytes of content, Content-Length says %d", s.content, s.length))
		return
	}
	s.gotEnd = true
	s.heard = c.in.now
	c.in.wake(s)
	if s.sentEnd {
		c.leave(s, byBoth)
	} else {
		s.upload.stop()
	}
}

// wasReset handles RST_STREAM.
func (c *Conn) wasReset(h frameHeader, code Code) error {
	s := c.streams[h.stream]
	if s == nil {
		return c.stranger(h)
	}
	if s.gotEnd { // it has answered and does not want the rest of the request (RFC 9113 section 8.1)
		s.upload.stop()
	} else {
		s.end(&Error{Kind: Reset, Stream: h.stream, Frame: h.kind.String(), What: "the server ended the stream", Code: code,
			unprocessed: code == RefusedStream && !s.gotHead, old: code == HTTP11Required && !s.gotHead})
	}
	c.leave(s, byTheirs)
	return nil
}

// settings handles SETTINGS (RFC 9113 section 6.5).
func (c *Conn) settings(h frameHeader, p []byte) error {
	if h.has(flagAck) {
		return c.futile(h)
	}
	for ; len(p) >= 6; p = p[6:] {
		if err := c.setting(h, binary.BigEndian.Uint16(p), binary.BigEndian.Uint32(p[2:])); err != nil {
			return err
		}
	}
	c.in.settings = true
	start := len(c.out)
	c.out = appendHeader(c.out, 0, frameSettings, flagAck, 0)
	if err := c.answered(h, start); err != nil {
		return err
	}
	return c.futile(h)
}

func (c *Conn) setting(h frameHeader, id uint16, v uint32) error {
	switch id {
	case SettingHeaderTableSize:
		c.enc.SetMaxDynamicTableSizeLimit(min(v, 65536)) // as Chromium; the table is ours to hold
		c.enc.SetMaxDynamicTableSize(min(v, 65536))
	case SettingEnablePush:
		if v != 0 { // RFC 9113 section 6.5.2
			return connError(ProtocolError, h, "ENABLE_PUSH is %d", v)
		}
	case SettingMaxConcurrentStreams:
		was := c.maxStreams
		c.maxStreams = int(min(v, uint32(c.profile.MaxStreams)))
		c.admit()
		c.recount()
		if c.maxStreams > was {
			c.grown.Store(true)
		}
	case SettingInitialWindowSize:
		if err := c.resize(h, v); err != nil {
			return err
		}
	case SettingMaxFrameSize:
		if v < 1<<14 || v > 1<<24-1 {
			return connError(ProtocolError, h, "MAX_FRAME_SIZE is %d", v)
		}
		c.maxOut = int(v)
	}
	return nil
}

// ping answers PING (RFC 9113 section 6.7).
func (c *Conn) ping(h frameHeader, p []byte) error {
	if !h.has(flagAck) {
		start := len(c.out)
		c.out = append(appendHeader(c.out, 8, framePing, flagAck, 0), p...)
		if err := c.answered(h, start); err != nil {
			return err
		}
	}
	return c.futile(h)
}

// goAway handles GOAWAY: streams above the last one were not looked at, the others go on (RFC 9113 section 6.8).
func (c *Conn) goAway(h frameHeader, p []byte) error {
	last, code := binary.BigEndian.Uint32(p)&maxStreamID, Code(binary.BigEndian.Uint32(p[4:]))
	e := &Error{Kind: GoAway, Frame: h.kind.String(), What: "the server ends the session", Code: code}
	if len(p) > 8 {
		e.What += ": " + printable(p[8:min(len(p), 8+100)])
	}
	if c.gone == nil {
		c.gone = e
	}
	for id, s := range c.streams {
		if id > last && !s.gotEnd {
			not := *e
			not.Stream, not.unprocessed, not.nothing = id, true, !s.gotHead
			not.old = code == HTTP11Required
			s.end(&not)
			c.leave(s, byTheirs)
		}
	}
	for _, s := range c.queue {
		not := *e
		not.unprocessed, not.old = true, code == HTTP11Required
		s.queued = false
		s.end(&not)
	}
	c.queue = nil
	c.recount()
	return c.futile(h)
}

// printable makes a server's text fit for an error.
func printable(p []byte) string {
	b := make([]byte, 0, len(p))
	for _, ch := range p {
		if ch < ' ' || ch > '~' {
			ch = '.'
		}
		b = append(b, ch)
	}
	return string(b)
}

// windowUpdate handles WINDOW_UPDATE (RFC 9113 section 6.9).
func (c *Conn) windowUpdate(h frameHeader, n uint32) error {
	if n == 0 { // on a stream it need only end that; no server that does it is to be trusted with the others
		return connError(ProtocolError, h, "an increment of 0")
	}
	if h.stream == 0 {
		if c.window += int64(n); c.window > maxWindow {
			return connError(FlowControlError, h, "the connection's window overflows")
		}
		waits := false
		for _, s := range c.streams {
			waits = waits || s.upload.running
			s.upload.wake()
		}
		if waits {
			return nil
		}
		return c.futile(h)
	}
	s := c.streams[h.stream]
	if s == nil {
		return c.stranger(h)
	}
	if s.window += int64(n); s.window > maxWindow {
		c.fault(h, streamError(FlowControlError, h, "the window overflows"))
		return nil
	}
	if s.upload.running {
		s.upload.wake()
		return nil
	}
	return c.futile(h)
}
