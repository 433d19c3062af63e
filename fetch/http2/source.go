package http2

import (
	"io"
	"sync"
	"time"
)

// A Source is a request's body that is read while it is sent.
type Source struct {
	// Reader is read on a goroutine of its own, in pieces of up to 64 KB, only one of which is held. That goroutine may be in Read still when Stream.Close has
	// returned, which does not wait for it, but does nothing with what it gets then. An error other than io.EOF stops the sending; who gave the reader has to
	// Cancel the stream.
	Reader io.Reader
	// Wait is for how long the body waits for the word of the server, 100 (Continue); zero: not at all. A final response comes instead of it.
	Wait time.Duration
	// Stall bounds the time in which the server takes nothing of the body, and the wait for its answer after that; zero: no bound. The error is Send's late.
	Stall time.Duration
}

// A source is a Source at work. The Conn's lock guards it.
type source struct {
	Source
	away bool          // the goroutine is in Read, or waits for 100
	gone bool          // the stream does not want it any more: what it holds is not to be touched
	quit chan struct{} // closed with gone
	word chan struct{} // closed by 100
	said bool
}

// pieces are what bodies are read into.
var pieces = sync.Pool{New: func() any { return new([atOnce]byte) }}

// beginSource starts the goroutine that reads and sends.
func (u *upload) beginSource(s *Stream, from *Source) {
	f := &source{Source: *from, away: true, quit: make(chan struct{}), word: make(chan struct{})}
	u.source, u.running = f, true
	s.c.uploads++
	s.deadline = time.Time{} // the reader's time is not the server's
	go f.run(s, s.c)
}

// run is the goroutine.
func (f *source) run(s *Stream, c *Conn) {
	if f.Wait > 0 {
		t := time.NewTimer(f.Wait)
		select {
		case <-f.word:
		case <-f.quit:
		case <-t.C:
		}
		t.Stop()
	}
	buf := pieces.Get().(*[atOnce]byte)
	for more := true; more; {
		c.mu.Lock()
		gone := f.gone
		c.mu.Unlock()
		if gone {
			break
		}
		n, err := f.Reader.Read(buf[:])
		c.mu.Lock()
		if more = !f.gone; more {
			more = f.send(s, buf[:n], err)
		}
		c.mu.Unlock()
	}
	pieces.Put(buf)
	c.mu.Lock()
	c.uploads--
	c.mu.Unlock()
	c.tell()
}

// send sends a piece, and reports whether there is to be another. The lock is held.
func (f *source) send(s *Stream, p []byte, err error) (more bool) {
	c, u := s.c, &s.upload
	f.away = false
	if err == nil || err == io.EOF {
		u.body, u.last = p, err == io.EOF
		f.patience(s)
		for (len(u.body) > 0 || u.last && !s.sentEnd) && !u.stopped && s.err == nil && c.dead == nil {
			if len(c.out) < maxQueued && s.feed() {
				c.flush(nil)
				s.sendEnd = time.Now()
				f.patience(s)
			} else {
				u.cond.Wait()
			}
		}
		u.body = nil
		more = !s.sentEnd && !u.stopped && s.err == nil && c.dead == nil
	}
	if more {
		f.away = true
		if !s.gotHead {
			s.deadline = time.Time{}
		}
		return true
	}
	u.running = false
	u.cond.Broadcast()
	return false
}

// patience gives the server its time anew, until its head has come.
func (f *source) patience(s *Stream) {
	if f.Stall > 0 && !s.gotHead {
		s.deadline = time.Now().Add(f.Stall)
		s.c.arm(s.deadline)
	}
}

// giveUp ends the sending for who does not want to wait for the reader. The lock is held.
func (u *upload) giveUp() {
	if f := u.source; f != nil && f.away && !f.gone {
		f.gone = true
		close(f.quit)
		u.running = false
	}
}

// word tells the source that the server wants the body. The lock is held.
func (u *upload) word() {
	if f := u.source; f != nil && !f.said {
		f.said = true
		close(f.word)
	}
}

// unasked gives up a body whose wait for 100 a final response has ended.
func (u *upload) unasked() {
	if f := u.source; f != nil && f.Wait > 0 && !f.said {
		u.giveUp()
	}
}
