package http2

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	xhttp2 "golang.org/x/net/http2"
)

// scripted is a connection on which everything that the server will ever say is there from the first request on.
type scripted struct {
	net.Conn
	mu    sync.Mutex
	begun chan struct{}
	in    io.Reader
	out   bytes.Buffer
	past  bool
}

func (c *scripted) Read(p []byte) (int, error) {
	<-c.begun
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.past {
		return 0, os.ErrDeadlineExceeded
	}
	return c.in.Read(p)
}

func (c *scripted) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *scripted) SetWriteDeadline(time.Time) error { return nil }
func (c *scripted) SetReadDeadline(time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.past = true
	return nil
}

// converse makes two requests, has the server say what it says, and returns what became of them and of the connection.
func converse(in io.Reader) (a, b result, sent []byte, conn error) {
	nc := &scripted{in: in, begun: make(chan struct{})}
	ended := make(chan error, 1)
	c := NewConn(nc, Config{Ended: func(err error) {
		select {
		case ended <- err:
		default:
		}
	}})
	q := Request{Method: "GET", Scheme: "https", Authority: "a.test", Path: "/"}
	for i, r := range []*result{&a, &b} {
		r.s = new(Stream)
		r.s.Bind(c)
		q.Method = []string{"GET", "POST"}[i]
		q.Body = make([]byte, i*10)
		if r.err = r.s.Send(&q, time.Time{}, nil); r.err != nil {
			panic(r.err) // nothing was read yet
		}
	}
	close(nc.begun)
	var done sync.WaitGroup
	for _, r := range []*result{&a, &b} {
		done.Go(func() {
			if r.err = r.s.ReadHead(&r.r); r.err == nil {
				r.err = r.s.ReadBody(&r.r, func(p []byte) error { r.body = append(r.body, p...); return nil }, 0, nil)
			}
			r.s.Close()
		})
	}
	done.Wait()
	conn = <-ended
	for range 1000 { // the goroutines that answer
		c.mu.Lock()
		quiet := !c.flushing && (len(c.out) == 0 || c.dead != nil)
		c.mu.Unlock()
		if quiet {
			break
		}
		time.Sleep(time.Millisecond)
	}
	nc.mu.Lock()
	defer nc.mu.Unlock()
	return a, b, nc.out.Bytes(), conn
}

// FuzzSession feeds a session what a server might say. It must end every request, keep to HTTP/2 in what it sends itself, hold no more than it may, and come to the
// same result however the bytes are cut.
func FuzzSession(f *testing.F) {
	var b bytes.Buffer
	p := newPeer(nil)
	p.Framer = xhttp2.NewFramer(&b, nil)
	p.AllowIllegalWrites = true
	add := func(script func()) {
		b.Reset()
		p.WriteSettings()
		script()
		f.Add(bytes.Clone(b.Bytes()))
	}
	for _, tt := range specCases {
		add(func() { tt.script(p) })
	}
	add(func() {
		p.head(1, false, ":status", "103", "link", "</x>")
		p.head(3, false, ":status", "200", "content-length", "4")
		p.head(1, false, ":status", "200")
		p.WriteDataPadded(1, false, []byte("ab"), make([]byte, 5))
		p.WriteData(3, true, []byte("four"))
		p.WritePing(false, [8]byte{})
		p.head(1, true, "t", "r")
		p.WriteGoAway(3, xhttp2.ErrCodeNo, []byte("bye"))
	})
	f.Fuzz(func(t *testing.T, in []byte) {
		a, b, sent, err := converse(bytes.NewReader(in))
		a1, b1, _, err1 := converse(iotest.OneByteReader(bytes.NewReader(in)))
		for i, rs := range [][2]*result{{&a, &a1}, {&b, &b1}} {
			whole, split := rs[0], rs[1]
			if whole.r.Status != split.r.Status || !bytes.Equal(whole.body, split.body) || (whole.err == nil) != (split.err == nil) {
				t.Errorf("request %d: %d %q %v; byte for byte %d %q %v", i, whole.r.Status, whole.body, whole.err, split.r.Status, split.body, split.err)
			}
			if whole.err == nil && whole.r.Status < 200 || len(whole.body) > len(in) {
				t.Errorf("request %d: status %d, %d bytes of %d", i, whole.r.Status, len(whole.body), len(in))
			}
		}
		var e, e1 *Error
		// What follows a GOAWAY that leaves nobody waiting is looked at only if it came with it.
		over := errors.As(err, &e) && e.Kind == GoAway || errors.As(err1, &e1) && e1.Kind == GoAway
		if err == nil || err1 == nil || !over && (errors.As(err, &e) != errors.As(err1, &e1) || e != nil && (e.Kind != e1.Kind || e.Code != e1.Code)) {
			t.Errorf("the connection: %v; byte for byte %v", err, err1)
		}
		sent = bytes.TrimPrefix(sent, []byte(preface))
		for fr := xhttp2.NewFramer(nil, bytes.NewReader(sent)); ; {
			if _, err := fr.ReadFrame(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("what was sent: %v in %x", err, sent)
			}
		}
	})
}

// FuzzFrame compares what is wrong with a single frame, whatever the state, with what x/net's Framer says.
func FuzzFrame(f *testing.F) {
	var b bytes.Buffer
	p := newPeer(nil)
	p.Framer = xhttp2.NewFramer(&b, nil)
	p.AllowIllegalWrites = true
	for _, tt := range specCases {
		b.Reset()
		tt.script(p)
		f.Add(bytes.Clone(b.Bytes()))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < headerLen {
			return
		}
		h := parseHeader(in)
		if h.kind > frameContinuation || h.kind == framePush || h.kind == frameSettings || h.kind == frameContinuation || len(in) < headerLen+h.length || h.length > maxFrame {
			return // SETTINGS are judged by their values too, the others by what came before
		}
		fr := xhttp2.NewFramer(nil, bytes.NewReader(in))
		_, want := fr.ReadFrame()
		err := h.check()
		if err == nil {
			switch h.kind {
			case frameData, frameHeaders:
				_, err = h.unpad(in[headerLen : headerLen+h.length])
			}
		}
		if h.kind == frameHeaders && h.has(flagPriority) && want != nil || h.kind == frameWindow { // their bytes are looked at where they are used
			return
		}
		if (err == nil) != (want == nil) {
			t.Errorf("%v of %d bytes, flags %#x, stream %d: %v, the Framer says %v", h.kind, h.length, h.flags, h.stream, err, want)
		}
	})
}
