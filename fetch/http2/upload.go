package http2

import (
	"sync"
	"time"
)

// atOnce is how much of a body is queued at a time.
const atOnce = 64 << 10

// maxQueued is how much may be queued when a body's next piece is added.
const maxQueued = 256 << 10

// upload sends a request's body. Its goroutine runs only where the body does not go out at once.
type upload struct {
	body    []byte // what remains
	last    bool   // nothing comes after it
	source  *source
	running bool // the goroutine runs
	stopped bool
	cond    sync.Cond // it waits for window or room; Close waits for its end
}

func (u *upload) begin(s *Stream, body []byte) {
	u.body, u.last = body, true
	s.feed()
	if len(u.body) > 0 {
		u.running = true
		s.c.uploads++
		go u.run(s)
	}
}

// run is the goroutine.
func (u *upload) run(s *Stream) {
	c := s.c
	c.mu.Lock()
	for len(u.body) > 0 && !u.stopped && s.err == nil && c.dead == nil {
		if len(c.out) < maxQueued && s.feed() {
			c.flush(nil)
			s.sendEnd = time.Now()
		} else {
			u.cond.Wait()
		}
	}
	u.running = false
	c.uploads--
	u.cond.Broadcast()
	c.mu.Unlock()
	c.tell()
}

// feed queues what the windows allow, and reports whether that was anything.
func (s *Stream) feed() bool {
	c, u := s.c, &s.upload
	if u.last && len(u.body) == 0 && !s.sentEnd { // of a body whose end was not known before
		c.out = appendHeader(c.out, 0, frameData, flagEndStream, s.id)
		s.sent += headerLen
		s.sentEnd = true
		if s.gotEnd {
			c.leave(s, byBoth)
		}
		return true
	}
	room := atOnce
	for len(u.body) > 0 && room > 0 {
		n := int(min(int64(len(u.body)), s.window, c.window, int64(room)))
		n = min(n, c.maxOut, c.profile.Chunk)
		if n <= 0 {
			break
		}
		var flags uint8
		if n == len(u.body) && u.last {
			flags = flagEndStream
			s.sentEnd = true
		}
		c.out = append(appendHeader(c.out, n, frameData, flags, s.id), u.body[:n]...)
		u.body = u.body[n:]
		s.window -= int64(n)
		c.window -= int64(n)
		s.sent += int64(n + headerLen)
		room -= n
	}
	if s.sentEnd && s.gotEnd {
		c.leave(s, byBoth)
	}
	return room < atOnce
}

func (u *upload) wake() {
	if u.running {
		u.cond.Broadcast()
	}
}

func (u *upload) stop() {
	u.stopped = true
	u.wake()
}
