package kernel

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// pair returns the two ends of a connection over loopback.
func pair(t testing.TB) (c, s *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

func raw(t testing.TB, c *net.TCPConn) syscall.RawConn {
	t.Helper()
	r, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func addrPort(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

func TestRead(t *testing.T) {
	c, s := pair(t)
	if _, err := c.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	io.ReadFull(s, make([]byte, 1000))
	i, err := Read(raw(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if i.State != Established || i.BytesReceived != 1000 || i.DataSegsIn != 1 || i.PMTU != 65535 || i.MSS <= 0 ||
		!i.SACK || !i.Timestamps || !i.WScale || i.SSThresh != InfiniteSSThresh || i.SndWnd <= 0 {
		t.Errorf("%+v", i)
	}
}

func TestReadErrors(t *testing.T) {
	c, _ := pair(t)
	r := raw(t, c)
	c.Close()
	if _, err := Read(r); !errors.Is(err, net.ErrClosed) {
		t.Errorf("of a closed connection: %v", err)
	}
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	ur, _ := u.(*net.UDPConn).SyscallConn()
	if _, err := Read(ur); !errors.Is(err, syscall.EOPNOTSUPP) && !errors.Is(err, syscall.ENOPROTOOPT) {
		t.Errorf("of a UDP socket: %v", err)
	}
}

func TestCookie(t *testing.T) {
	c, s := pair(t)
	a, err := Cookie(raw(t, c))
	b, err2 := Cookie(raw(t, s))
	again, _ := Cookie(raw(t, c))
	if err != nil || err2 != nil || a == 0 || a == b || a != again {
		t.Errorf("cookies %d, %d and %d again (%v, %v)", a, b, again, err, err2)
	}
}

func TestEnding(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(c, s *net.TCPConn)
		want Ending
	}{
		{"nothing", func(c, s *net.TCPConn) {}, Ending{Info: Info{State: Established}}},
		{"unread", func(c, s *net.TCPConn) { s.Write(make([]byte, 7)) }, Ending{Info: Info{State: Established}, Unread: 7}},
		{"unread and FIN", func(c, s *net.TCPConn) { s.Write(make([]byte, 7)); s.Close() }, Ending{Info: Info{State: CloseWait}, Unread: 7}},
		{"abort", func(c, s *net.TCPConn) { c.SetLinger(0) }, Ending{Info: Info{State: Established}, Abort: true}},
		{"linger", func(c, s *net.TCPConn) { c.SetLinger(3) }, Ending{Info: Info{State: Established}}},
		{"RST", func(c, s *net.TCPConn) { s.SetLinger(0); s.Close() }, Ending{Info: Info{State: Closed}, Err: syscall.ECONNRESET}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s := pair(t)
			tt.do(c, s)
			var e Ending
			if err := NewSocket(raw(t, c)).Ending(&e); err != nil {
				t.Fatal(err)
			}
			if e.Info.State != tt.want.Info.State || e.Unread != tt.want.Unread || e.Abort != tt.want.Abort || e.Err != tt.want.Err {
				t.Errorf("state %v, %d unread, abort %v, error %v", e.Info.State, e.Unread, e.Abort, e.Err)
			}
		})
	}
}

func TestDiscard(t *testing.T) {
	c, s := pair(t)
	k := NewSocket(raw(t, c))
	if n, err := k.Discard(10); n != 0 || err != nil {
		t.Errorf("nothing there: %d, %v", n, err)
	}
	s.Write([]byte("hello world"))
	if n, err := k.Discard(6); n != 6 || err != nil {
		t.Errorf("discarded %d, %v, want 6", n, err)
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "world" {
		t.Errorf("then read %q, %v", b, err)
	}
	s.Close()
	if n, err := k.Discard(10); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v, want EOF", n, err)
	}
	c, s = pair(t)
	s.SetLinger(0)
	s.Close()
	if n, err := NewSocket(raw(t, c)).Discard(10); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a RST: %d, %v", n, err)
	}
}

func TestSocketAllocatesNothing(t *testing.T) {
	c, s := pair(t)
	k := NewSocket(raw(t, c))
	var i Info
	var e Ending
	s.Write([]byte("x"))
	for name, f := range map[string]func(){
		"Info":    func() { k.Info(&i) },
		"Cookie":  func() { k.Cookie() },
		"Ending":  func() { k.Ending(&e) },
		"Discard": func() { k.Discard(0) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// A close by us as sock_diag sees it from first to last.
func TestDiagLookup(t *testing.T) {
	c, s := pair(t)
	ours, theirs := addrPort(c.LocalAddr()), addrPort(c.RemoteAddr())
	cookie, err := Cookie(raw(t, c))
	if err != nil {
		t.Fatal(err)
	}
	var d Diag
	defer d.Close()
	want := func(local, remote netip.AddrPort, cookie uint64, states ...State) Sock {
		t.Helper()
		got, err := d.Lookup(local, remote, cookie)
		if err != nil {
			t.Fatal(err)
		}
		if got.Local != local || got.Remote != remote {
			t.Errorf("looked up %v to %v, got %v to %v", local, remote, got.Local, got.Remote)
		}
		for _, s := range states {
			if got.State == s {
				return got
			}
		}
		t.Errorf("state %v, want one of %v", got.State, states)
		return got
	}
	if k := want(ours, theirs, cookie, Established); k.Cookie != cookie || k.Inode == 0 {
		t.Errorf("%+v", k)
	}
	want(theirs, ours, 0, Established)
	if _, err := d.Lookup(ours, theirs, cookie+1); err != ErrNoSocket {
		t.Errorf("with another cookie: %v", err)
	}
	s.Write([]byte("hello"))
	if k := want(ours, theirs, cookie, Established); k.RecvQueue != 5 {
		t.Errorf("%d bytes unread, want 5", k.RecvQueue)
	}
	c.Read(make([]byte, 5))
	c.CloseWrite()
	want(ours, theirs, cookie, FinWait1, FinWait2)
	want(theirs, ours, 0, CloseWait)
	s.Close()
	k := want(ours, theirs, cookie, TimeWait)
	if k.Timer != TimerTimeWait || k.Left < 50*time.Second || k.Left > 61*time.Second {
		t.Errorf("TIME_WAIT: timer %v with %v left", k.Timer, k.Left)
	}
	c.Close()
	want(ours, theirs, cookie, TimeWait)
	if _, err := d.Lookup(theirs, ours, 0); err != ErrNoSocket {
		t.Errorf("the peer's end: %v", err)
	}
}

func TestDiagIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var d Diag
	defer d.Close()
	k, err := d.Lookup(addrPort(c.LocalAddr()), addrPort(c.RemoteAddr()), 0)
	if err != nil || k.State != Established || k.Local != addrPort(c.LocalAddr()) || k.Remote != addrPort(c.RemoteAddr()) {
		t.Errorf("%+v, %v", k, err)
	}
}

func BenchmarkInfo(b *testing.B) {
	c, _ := pair(b)
	k := NewSocket(raw(b, c))
	var i Info
	b.ReportAllocs()
	for b.Loop() {
		k.Info(&i)
	}
}

func BenchmarkEnding(b *testing.B) {
	c, _ := pair(b)
	k := NewSocket(raw(b, c))
	var e Ending
	b.ReportAllocs()
	for b.Loop() {
		k.Ending(&e)
	}
}

func BenchmarkDiag(b *testing.B) {
	c, _ := pair(b)
	cookie, _ := Cookie(raw(b, c))
	var d Diag
	defer d.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Lookup(addrPort(c.LocalAddr()), addrPort(c.RemoteAddr()), cookie); err != nil {
			b.Fatal(err)
		}
	}
}
