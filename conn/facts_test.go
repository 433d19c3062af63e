package conn

import (
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"pageload/conn/kernel"
)

// needKernel skips a test where no kernel answers.
func needKernel(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("TCP_INFO and sock_diag are Linux's")
	}
}

// acceptor listens on loopback and hands out what it accepts.
func acceptor(t testing.TB) (Key, func() *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return keyOf(l.Addr().(*net.TCPAddr).AddrPort()), func() *net.TCPConn {
		t.Helper()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c.(*net.TCPConn)
	}
}

// mustGet returns a lease that must be had.
func mustGet(t testing.TB, p *Pool, k Key) *Lease {
	t.Helper()
	l, err := p.Get(ctxBg, Request{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// recordOf returns a record that must be there.
func recordOf(t testing.TB, p *Pool, id uint64) Record {
	t.Helper()
	r, ok := p.Record(id)
	if !ok {
		t.Fatalf("no record of connection %d", id)
	}
	return r
}

func TestFactsOpenClose(t *testing.T) {
	needKernel(t)
	k, accept := acceptor(t)
	var p Pool
	defer p.Close(ctxBg)
	var told OpenFacts
	l, err := p.Get(ctxBg, Request{Key: k, Trace: &Trace{ConnectFacts: func(f OpenFacts) { told = f }}})
	if err != nil {
		t.Fatal(err)
	}
	srv := accept()
	l.Conn().Write([]byte("hello"))
	io.ReadFull(srv, make([]byte, 5))
	srv.Write([]byte("hi"))
	io.ReadFull(l.Conn(), make([]byte, 2))
	l.Discard(nil)

	r := recordOf(t, &p, 1)
	if r.AtOpen == nil || r.AtClose == nil {
		t.Fatalf("facts at open %v, at close %v", r.AtOpen, r.AtClose)
	}
	if i := r.AtOpen; i.State != kernel.Established || i.RTT <= 0 || i.MSS <= 0 || i.CWND <= 0 || i.BytesSent != 0 || i.SegsIn != 1 {
		t.Errorf("at open %+v", i)
	}
	if i := r.AtClose; i.State != kernel.Established || i.BytesSent != 5 || i.BytesReceived != 2 || i.DataSegsOut != 1 || i.Busy < 0 {
		t.Errorf("at close %+v", i)
	}
	if r.SYNRetransmits != 0 || len(r.EachResponse) != 0 || r.FirstFIN != ByUs || r.Reset != ByNobody {
		t.Errorf("SYN sent again %d times, %d responses, first FIN by %v, reset by %v", r.SYNRetransmits, len(r.EachResponse), r.FirstFIN, r.Reset)
	}
	if told.Info != r.AtOpen {
		t.Errorf("the trace was told %+v", told)
	}
	want := "SYN_SENT SYN_RCVD(peer) ESTABLISHED"
	var got []string
	for _, s := range r.OpenStates {
		name := s.State.String()
		if s.Peer {
			name += "(peer)"
		}
		got = append(got, name)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("opening states %v, want %s", got, want)
	}
	if s := r.OpenStates; s[0].From != r.ConnectStart || s[0].To != r.ConnectEnd || s[2].From != r.ConnectEnd {
		t.Errorf("times of the states: %+v", s)
	}
}

func TestFactsEachResponse(t *testing.T) {
	needKernel(t)
	k, accept := acceptor(t)
	p := Pool{Facts: FactsEachResponse}
	defer p.Close(ctxBg)
	const n = maxResponseFacts + 10
	for i := range n {
		l := mustGet(t, &p, k)
		if i == 0 {
			accept()
		}
		l.Conn().Write([]byte("x"))
		l.Release()
	}
	list := recordOf(t, &p, 1).EachResponse
	if len(list) != maxResponseFacts {
		t.Fatalf("%d responses, want the newest %d", len(list), maxResponseFacts)
	}
	for i, f := range list {
		if want := n - maxResponseFacts + i + 1; f.Request != want || int(f.Info.BytesSent)+f.Info.NotSent != want {
			t.Fatalf("entry %d is of request %d with %d bytes sent and %d not yet, want %d", i, f.Request, f.Info.BytesSent, f.Info.NotSent, want)
		}
	}
}

func TestFactsNone(t *testing.T) {
	k, _ := acceptor(t)
	p := Pool{Facts: FactsNone}
	defer p.Close(ctxBg)
	mustGet(t, &p, k).Discard(nil)
	if r := recordOf(t, &p, 1); r.AtOpen != nil || r.AtClose != nil || r.OpenStates != nil || r.EachResponse != nil {
		t.Errorf("facts in %+v", r)
	}
}

func TestFirstFINAndReset(t *testing.T) {
	needKernel(t)
	for _, tt := range []struct {
		name     string
		peer     func(*net.TCPConn)
		fin, rst Closer
		why      string
	}{
		{"we close", func(*net.TCPConn) {}, ByUs, ByNobody, ""},
		{"peer closes", func(c *net.TCPConn) { c.Close() }, ByPeer, ByNobody, ""},
		{"peer half-closes", func(c *net.TCPConn) { c.CloseWrite() }, ByPeer, ByNobody, ""},
		{"peer resets", func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, ByNobody, ByPeer, "the peer sent a RST"},
		{"unread data", func(c *net.TCPConn) { c.Write(make([]byte, 100)) }, ByNobody, ByUs, "100 bytes were unread when we closed"},
		{"unread data and FIN", func(c *net.TCPConn) { c.Write(make([]byte, 100)); c.Close() }, ByPeer, ByUs, "100 bytes were unread when we closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, accept := acceptor(t)
			var p Pool
			defer p.Close(ctxBg)
			l := mustGet(t, &p, k)
			tt.peer(accept())
			l.Discard(errOop)
			r := recordOf(t, &p, 1)
			if r.FirstFIN != tt.fin || r.Reset != tt.rst || r.ResetWhy != tt.why {
				t.Errorf("first FIN by %v, reset by %v: %q; want %v, %v: %q", r.FirstFIN, r.Reset, r.ResetWhy, tt.fin, tt.rst, tt.why)
			}
		})
	}
	t.Run("SO_LINGER 0", func(t *testing.T) {
		k, _ := acceptor(t)
		var p Pool
		defer p.Close(ctxBg)
		l := mustGet(t, &p, k)
		l.Conn().(*net.TCPConn).SetLinger(0)
		l.Discard(errOop)
		if r := recordOf(t, &p, 1); r.Reset != ByUs || r.FirstFIN != ByNobody || !strings.Contains(r.ResetWhy, "SO_LINGER") {
			t.Errorf("first FIN by %v, reset by %v: %q", r.FirstFIN, r.Reset, r.ResetWhy)
		}
	})
}
