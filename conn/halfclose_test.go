package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"testing"
)

// Our half is closed first: the peer's answer is read to its end.
func TestCloseWrite(t *testing.T) {
	for _, watch := range []bool{false, true} {
		k, accept := acceptor(t)
		p := Pool{WatchClose: watch}
		l := mustGet(t, &p, k)
		srv := accept()
		go func() {
			io.Copy(io.Discard, srv)
			srv.Write([]byte("all of it"))
			srv.Close()
		}()
		if err := l.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(l.Conn()); string(b) != "all of it" || err != nil {
			t.Errorf("read %q, %v", b, err)
		}
		if !l.PeerClosed() {
			t.Error("the peer has not closed, after EOF")
		}
		l.Release()
		if err := p.Close(ctxBg); err != nil {
			t.Error(err)
		}
		r := recordOf(t, &p, 1)
		if r.State != StateClosed || r.By != ByUs || r.Reason != errHalfClosed || r.FirstFIN != ByUs || r.Reset != ByNobody {
			t.Errorf("%v by %v: %v; first FIN by %v, reset by %v", r.State, r.By, r.Reason, r.FirstFIN, r.Reset)
		}
		if watch && spans(r.CloseStates) != "TIME_WAIT" {
			t.Errorf("states %s, want TIME_WAIT: %+v", spans(r.CloseStates), r.CloseStates)
		}
	}
}

// The peer's half is closed first: it can still be written to, and then ours
// is closed, or all at once.
func TestPeerClosesItsHalf(t *testing.T) {
	needKernel(t)
	for _, half := range []bool{true, false} {
		k, accept := acceptor(t)
		p := Pool{WatchClose: true}
		l := mustGet(t, &p, k)
		srv := accept()
		if l.PeerClosed() {
			t.Error("the peer has closed already")
		}
		srv.CloseWrite()
		if !l.PeerClosed() {
			t.Error("the peer's FIN is not seen")
		}
		if n, err := l.Conn().Write([]byte("still here")); n != 10 || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		if half {
			if err := l.CloseWrite(); err != nil {
				t.Error(err)
			}
			l.Release()
		} else {
			l.Discard(nil)
		}
		if b, err := io.ReadAll(srv); string(b) != "still here" || err != nil {
			t.Errorf("the peer read %q, %v", b, err)
		}
		srv.Close()
		if err := p.Close(ctxBg); err != nil {
			t.Error(err)
		}
		r := recordOf(t, &p, 1)
		if r.FirstFIN != ByPeer || r.Reset != ByNobody || r.CloseStates[len(r.CloseStates)-1].State.String() != "CLOSED" {
			t.Errorf("first FIN by %v, reset by %v, %s", r.FirstFIN, r.Reset, spans(r.CloseStates))
		}
	}
}

// With TLS the close_notify goes before the FIN.
func TestCloseWriteTLS(t *testing.T) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			got <- err
			return
		}
		defer c.Close()
		_, err = io.ReadAll(c) // io.ErrUnexpectedEOF without close_notify
		c.Write([]byte("bye"))
		got <- err
	}()
	p := Pool{Dialer: Dialer{TLS: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}}
	defer p.Close(ctxBg)
	k := keyOf(l.Addr().(*net.TCPAddr).AddrPort())
	k.Scheme = "https"
	lease := mustGet(t, &p, k)
	if err := lease.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("the peer: %v", err)
	}
	if b, err := io.ReadAll(lease.Conn()); string(b) != "bye" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
	lease.Release()
}

func TestCloseWriteInMemory(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		l := w.get(keyA) // its server reads to the end, then closes
		if err := l.CloseWrite(); err != nil {
			t.Error(err)
		}
		if b, err := io.ReadAll(l.Conn()); len(b) != 0 || err != nil {
			t.Errorf("read %q, %v", b, err)
		}
		if !l.PeerClosed() {
			t.Error("the peer's close is not seen")
		}
		l.Release()
		w.wantLives("1 closed 1 by us: its holder has ended what we send")
	})
}

func TestCloseWriteUnsupported(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		dial := w.pool.Dialer.Dial
		w.pool.Dialer.Dial = func(ctx context.Context, network string, a netip.AddrPort) (net.Conn, error) {
			c, err := dial(ctx, network, a)
			return struct{ net.Conn }{c}, err
		}
		l := w.get(keyA)
		if err := l.CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v", err)
		}
		l.Release()
		w.wantLives("1 idle 1")
	})
}

// The session tickets of a connection that was never used lie unread: they are
// taken in before the close, which would be a RST otherwise.
func TestCloseUnusedTLS(t *testing.T) {
	needKernel(t)
	for _, watch := range []bool{false, true} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
			Certificates: []tls.Certificate{theAuthority().leaf(nil)},
			ClientAuth:   tls.RequestClientCert, // Go's server sends its tickets last then, as others always do
		})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		got := make(chan error, 1)
		ready := make(chan struct{})
		go func() {
			c, err := l.Accept()
			if err != nil {
				got <- err
				return
			}
			defer c.Close()
			c.(*tls.Conn).Handshake() // sends the tickets too
			close(ready)
			_, err = io.ReadAll(c)
			got <- err
		}()
		p := Pool{WatchClose: watch, TLSSessions: 1, Dialer: Dialer{TLS: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}}
		k := keyOf(l.Addr().(*net.TCPAddr).AddrPort())
		k.Scheme = "https"
		p.Preconnect(ctxBg, k, 1, nil)
		<-ready
		for r := (Record{}); r.Opened.IsZero(); r, _ = p.Record(1) {
			runtime.Gosched()
		}
		p.CloseIdle()
		if err := p.Close(ctxBg); err != nil {
			t.Error(err)
		}
		if err := <-got; err != nil {
			t.Errorf("the peer: %v, want close_notify and FIN", err)
		}
		if r := recordOf(t, &p, 1); r.Reset != ByNobody || r.FirstFIN != ByUs || r.TLS.Version != tls.VersionTLS13 {
			t.Errorf("reset by %v: %s; first FIN by %v", r.Reset, r.ResetWhy, r.FirstFIN)
		}
	}
}
