package http2

import "time"

// due reports whether unacked bytes of a window of size are to be given back now (Chromium's SpdySession::IncreaseRecvWindowSize).
func (c *Conn) due(unacked, size int64, updated, now time.Time) bool {
	return unacked > size/2 || unacked > 0 && now.Sub(updated) >= c.profile.UpdateAfter
}

// taken notes that n bytes of the connection's window were taken by a stream's reader, or dropped.
func (c *Conn) taken(n int64, now time.Time) {
	if c.unacked += n; c.due(c.unacked, c.winConn, c.updated, now) {
		c.out = appendUint32Frame(c.out, frameWindow, 0, uint32(c.unacked))
		c.recv += c.unacked
		c.unacked, c.updated = 0, now
	}
}

// taken notes the same of the stream's window. One that gets no more needs no room.
func (s *Stream) taken(n int64, now time.Time) {
	if s.unacked += n; !s.gotEnd && s.err == nil && s.c.due(s.unacked, int64(s.c.winStart), s.updated, now) {
		s.c.out = appendUint32Frame(s.c.out, frameWindow, s.id, uint32(s.unacked))
		s.recv += s.unacked
		s.unacked, s.updated = 0, now
	}
}

// resize applies the server's new initial window to all streams (RFC 9113 section 6.9.2).
func (c *Conn) resize(h frameHeader, size uint32) *Error {
	if size > maxWindow {
		return connError(FlowControlError, h, "initial window of %d", size)
	}
	by := int64(size) - c.startWindow
	c.startWindow = int64(size)
	for _, s := range c.streams {
		if s.window += by; s.window > maxWindow {
			return connError(FlowControlError, h, "window of stream %d overflows", s.id)
		}
		s.upload.wake()
	}
	return nil
}
