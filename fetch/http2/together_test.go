package http2

import (
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
)

// A mute is a server that takes what is written and says nothing.
type mute struct {
	net.Conn
	mu     sync.Mutex
	writes int
	took   chan struct{} // not nil: a write waits for its end
	over   chan struct{}
	once   sync.Once
}

func (m *mute) Read([]byte) (int, error) { <-m.over; return 0, io.EOF }

func (m *mute) Write(p []byte) (int, error) {
	if m.took != nil {
		<-m.took
	}
	m.mu.Lock()
	m.writes++
	m.mu.Unlock()
	return len(p), nil
}

func (m *mute) SetReadDeadline(time.Time) error  { m.once.Do(func() { close(m.over) }); return nil }
func (m *mute) SetWriteDeadline(time.Time) error { return nil }

// onOneProcessor makes the order in which goroutines run known.
func onOneProcessor(t *testing.T) {
	n := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(n) })
}

func TestRequestsOfABurstAreOneWrite(t *testing.T) {
	onOneProcessor(t)
	m := &mute{over: make(chan struct{})}
	c := NewConn(m, Config{})
	streams := make([]Stream, 40)
	var sent sync.WaitGroup
	for i := range streams {
		s := &streams[i]
		s.Bind(c)
		sent.Go(func() {
			if err := s.Send(&Request{Method: "GET", Scheme: "https", Authority: "a.test", Path: "/"}, time.Time{}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	sent.Wait()
	for busy := true; busy; runtime.Gosched() {
		c.mu.Lock()
		busy = c.flushing
		c.mu.Unlock()
	}
	m.mu.Lock()
	if m.writes > len(streams)/4 {
		t.Errorf("%d requests that began together were %d writes", len(streams), m.writes)
	}
	m.mu.Unlock()
	c.mu.Lock()
	if c.nextID != uint32(2*len(streams)+1) || len(c.out) > 0 {
		t.Errorf("the next stream is %d, and %d bytes are not written", c.nextID, len(c.out))
	}
	c.mu.Unlock()
	for i := range streams {
		streams[i].Close()
	}
	m.SetReadDeadline(time.Time{})
}

// Who is told to give up before its write has begun does not wait for it.
func TestGivenUpBeforeTheWrite(t *testing.T) {
	onOneProcessor(t)
	m := &mute{over: make(chan struct{}), took: make(chan struct{})}
	c := NewConn(m, Config{})
	var s Stream
	s.Bind(c)
	enough := errors.New("enough")
	go func() {
		for given := false; !given; runtime.Gosched() {
			c.mu.Lock()
			if given = c.flushing; given {
				if c.writes > 0 {
					t.Error("the write has begun already")
				}
				s.abandon(enough)
			}
			c.mu.Unlock()
		}
	}()
	runtime.Gosched()
	if err := s.Send(&Request{Method: "GET", Scheme: "https", Authority: "a.test", Path: "/"}, time.Time{}, nil); err != nil {
		t.Error(err)
	}
	var r Response
	if err := s.ReadHead(&r); err != enough {
		t.Errorf("ReadHead: %v, want %v", err, enough)
	}
	s.Close()
	close(m.took)
	m.SetReadDeadline(time.Time{})
}

// readPieces are read one after the other, and then the end.
type readPieces struct{ left []string }

func (r *readPieces) ReadAhead(_ net.Conn, p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.left[0])
	r.left = r.left[1:]
	return n, nil
}

// saying is a connection on which something has come, with more behind it.
type saying struct {
	mute
	first string
}

func (s *saying) Read(p []byte) (int, error) {
	if s.first == "" {
		return 0, io.EOF
	}
	n := copy(p, s.first)
	s.first = s.first[n:]
	return n, nil
}

// What has come before the end that was said in the same breath is looked at before it.
func TestReadAheadToTheEnd(t *testing.T) {
	c := NewConn(&saying{first: "one"}, Config{})
	c.below = &readPieces{[]string{"two", "three"}}
	if err := c.in.fill(c); err != nil || string(c.in.buf[c.in.r:c.in.w]) != "onetwothree" {
		t.Errorf("fill: %v and %q, want all that came", err, c.in.buf[c.in.r:c.in.w])
	}
	c.in.r = c.in.w
	if err := c.in.fill(c); err != io.EOF {
		t.Errorf("then: %v, want EOF", err)
	}
}
