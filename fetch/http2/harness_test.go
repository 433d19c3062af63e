package http2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"pageload/conn/conntest"
)

// A world is a connection to a server that does what the test says, in a bubble of virtual time.
type world struct {
	*testing.T
	c    *Conn
	nc   net.Conn
	peer *peer

	mu   sync.Mutex
	told error // what Ended was called with
}

// peer is the server: x/net's Framer on the other end. It notes what the client sends.
type peer struct {
	*xhttp2.Framer
	nc  net.Conn
	enc *hpack.Encoder
	buf bytes.Buffer

	mu      sync.Mutex
	frames  []string // in short
	heads   map[uint32][]hpack.HeaderField
	prios   map[uint32]xhttp2.PriorityParam
	data    map[uint32][]byte
	resets  map[uint32]xhttp2.ErrCode
	goAway  *xhttp2.ErrCode
	pongs   int
	acks    int
	deaf    chan struct{} // not nil: it does not read before this is closed
	closed  bool
	updates map[uint32]uint32
}

// inWorld runs f with a connection over which nothing has gone yet, and checks that all ends.
func inWorld(t *testing.T, cfg Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := &conntest.Network{Latency: 5 * time.Millisecond}
		addr := netip.MustParseAddrPort("192.0.2.1:443")
		l, err := network.Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		nc, err := network.Dial(context.Background(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, nc: nc, peer: newPeer(server)}
		ended := cfg.Ended
		cfg.Ended = func(err error) {
			w.mu.Lock()
			w.told = err
			w.mu.Unlock()
			if ended != nil {
				ended(err)
			}
		}
		w.c = NewConn(nc, cfg)
		done := make(chan struct{})
		go func() { w.peer.listen(); close(done) }()
		defer func() {
			server.Close()
			nc.Close()
			if w.peer.deaf != nil {
				close(w.peer.deaf)
			}
			<-done
			synctest.Wait()
		}()
		f(w)
	})
}

func newPeer(nc net.Conn) *peer {
	p := &peer{nc: nc, heads: map[uint32][]hpack.HeaderField{}, prios: map[uint32]xhttp2.PriorityParam{}, data: map[uint32][]byte{},
		resets: map[uint32]xhttp2.ErrCode{}, updates: map[uint32]uint32{}}
	p.Framer = xhttp2.NewFramer(nc, nc)
	p.AllowIllegalWrites = true
	p.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.enc = hpack.NewEncoder(&p.buf)
	return p
}

// listen reads what the client sends until it ends.
func (p *peer) listen() {
	b := make([]byte, len(preface))
	if _, err := io.ReadFull(p.nc, b); err != nil || string(b) != preface {
		return
	}
	for {
		if p.deaf != nil {
			<-p.deaf
		}
		f, err := p.ReadFrame()
		p.mu.Lock()
		if err != nil {
			p.closed = true
			p.mu.Unlock()
			return
		}
		p.note(f)
		p.mu.Unlock()
	}
}

func (p *peer) note(f xhttp2.Frame) {
	h := f.Header()
	s := fmt.Sprintf("%v %d", h.Type, h.StreamID)
	switch f := f.(type) {
	case *xhttp2.MetaHeadersFrame:
		p.heads[h.StreamID], p.prios[h.StreamID] = f.Fields, f.Priority
		s = fmt.Sprintf("HEADERS %d", h.StreamID)
	case *xhttp2.DataFrame:
		p.data[h.StreamID] = append(p.data[h.StreamID], f.Data()...)
		s += fmt.Sprintf(" %d", len(f.Data()))
		if f.StreamEnded() {
			s += " end"
		}
	case *xhttp2.RSTStreamFrame:
		p.resets[h.StreamID] = f.ErrCode
		s += " " + f.ErrCode.String()
	case *xhttp2.GoAwayFrame:
		code := f.ErrCode
		p.goAway = &code
		s = "GOAWAY " + code.String()
	case *xhttp2.SettingsFrame:
		if s = "SETTINGS"; f.IsAck() {
			p.acks++
			s += " ack"
		}
		f.ForeachSetting(func(x xhttp2.Setting) error { s += fmt.Sprintf(" %d:%d", x.ID, x.Val); return nil })
	case *xhttp2.PingFrame:
		if s = "PING"; f.IsAck() {
			p.pongs++
			s += " ack"
		}
	case *xhttp2.WindowUpdateFrame:
		p.updates[h.StreamID] += f.Increment
		s += fmt.Sprintf(" %d", f.Increment)
	case *xhttp2.PriorityFrame:
		s += fmt.Sprintf(" on %d weight %d", f.StreamDep, int(f.Weight)+1)
	}
	p.frames = append(p.frames, s)
}

// last returns what Ended was called with, nil if it was not.
func (w *world) last() error {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told
}

// sent returns the frames since the last call, as text.
func (w *world) sent() string {
	synctest.Wait()
	time.Sleep(100 * time.Millisecond) // on their way
	synctest.Wait()
	w.peer.mu.Lock()
	defer w.peer.mu.Unlock()
	s := strings.Join(w.peer.frames, "; ")
	w.peer.frames = nil
	return s
}

// block encodes fields, which are names and values in turn.
func (p *peer) block(fields ...string) []byte {
	p.buf.Reset()
	for i := 0; i < len(fields); i += 2 {
		p.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(p.buf.Bytes())
}

func (p *peer) head(stream uint32, end bool, fields ...string) {
	p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: stream, BlockFragment: p.block(fields...), EndHeaders: true, EndStream: end})
}

// ok answers with 200 and the content.
func (p *peer) ok(stream uint32, content string) {
	p.head(stream, content == "", ":status", "200")
	if content != "" {
		p.WriteData(stream, true, []byte(content))
	}
}

// A result is what became of a request.
type result struct {
	s        *Stream
	r        Response
	body     []byte
	interims []int
	err      error
	done     chan struct{}
	sink     func(p []byte) error
}

func (r *result) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

var errLate = errors.New("too late")

// start makes a request on a goroutine of its own.
func (w *world) start(q Request) *result {
	if q.Method == "" {
		q.Method = "GET"
	}
	q.Scheme, q.Authority = "https", "a.test"
	if q.Path == "" {
		q.Path = "/"
	}
	r := &result{done: make(chan struct{}), s: new(Stream)}
	r.s.Interim = func(status int, _ []Field) { r.interims = append(r.interims, status) }
	r.s.Bind(w.c)
	go func() {
		defer close(r.done)
		r.err = r.run(&q)
		r.s.Close()
	}()
	synctest.Wait()
	return r
}

func (r *result) run(q *Request) error {
	if err := r.s.Send(q, time.Now().Add(time.Minute), errLate); err != nil {
		return err
	}
	if err := r.s.ReadHead(&r.r); err != nil {
		return err
	}
	sink := func(p []byte) error {
		r.body = append(r.body, p...)
		if r.sink != nil {
			return r.sink(p)
		}
		return nil
	}
	if q.Drop {
		sink = nil
	}
	return r.s.ReadBody(&r.r, sink, time.Minute, errLate)
}

// opened is a world in which a request is on its way and SETTINGS were exchanged.
func opened(t *testing.T, cfg Config, f func(w *world, first *result)) {
	t.Helper()
	inWorld(t, cfg, func(w *world) {
		first := w.start(Request{})
		w.peer.WriteSettings()
		w.peer.WriteSettingsAck()
		w.sent()
		f(w, first)
	})
}

// wait waits for a result.
func (w *world) wait(r *result) *result {
	w.Helper()
	select {
	case <-r.done:
	case <-time.After(10 * time.Minute):
		w.Fatal("the request does not end")
	}
	return r
}
