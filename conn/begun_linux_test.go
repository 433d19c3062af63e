package conn

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pageload/conn/conntest"
)

// A connection to this machine is there when Enqueue returns.
func TestEnqueueConnectsAtOnce(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil && host == "::1" {
			t.Log("no IPv6 on this machine: ", err)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		p := Pool{}
		defer p.Close(ctxBg)
		a := l.Addr().(*net.TCPAddr).AddrPort()
		var steps []string
		r := Request{Key: keyOf(a), Trace: &Trace{
			ConnectStart: func(to netip.AddrPort) { steps = append(steps, "start "+to.String()) },
			ConnectDone:  func(to netip.AddrPort, err error) { steps = append(steps, "done") },
			GotConn:      func(LeaseInfo) { steps = append(steps, "got") },
		}}
		var lease *Lease
		ticket := p.Enqueue(ctxBg, r, func(l *Lease, err error) { lease = l })
		if lease == nil {
			continue // the kernel was busy (ksoftirqd), and the connect goes on
		}
		if ticket != nil {
			t.Error("a ticket, although the request was served")
		}
		if len(steps) != 3 || steps[0] != "start "+a.String() || steps[2] != "got" {
			t.Errorf("steps %q", steps)
		}
		rec := recordOf(t, &p, 1)
		if len(rec.Attempts) != 1 || rec.Attempts[0].Addr != a || rec.Attempts[0].Local != lease.LocalAddr() || rec.AtOpen == nil {
			t.Errorf("record %+v", rec)
		}
		p.sweepAt(time.Now().Add(probeAfter))
		checkOptions(t, lease.Conn(), 45)
		lease.Discard(nil)
	}
}

// checkOptions looks at TCP_NODELAY and the keep-alive probes; idle 0 is none.
func checkOptions(t *testing.T, c net.Conn, idle int) {
	t.Helper()
	get := func(level, name int) (v int) {
		if err := rawOf(c).Control(func(fd uintptr) { v, _ = unix.GetsockoptInt(int(fd), level, name) }); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if get(unix.IPPROTO_TCP, unix.TCP_NODELAY) != 1 {
		t.Error("no TCP_NODELAY")
	}
	on := get(unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	if (on == 1) != (idle > 0) || idle > 0 && get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE) != idle {
		t.Errorf("keep-alive %d, idle %d s, want %d s", on, get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), idle)
	}
}

// full returns a server of this machine whose accept queue is full: the
// kernel does not answer further SYNs until accept is called.
func full(t *testing.T) (a netip.AddrPort, accept func()) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	a = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*unix.SockaddrInet4).Port))
	c, err := net.Dial("tcp", a.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return a, func() {
		n, _, err := unix.Accept(fd)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { unix.Close(n) })
	}
}

// A connect to this machine that takes longer goes on beside its request: with
// the same socket, whose SYN is sent again after a second.
func TestBegunConnectGoesOn(t *testing.T) {
	for _, keep := range []time.Duration{7 * time.Second, -1} {
		a, accept := full(t)
		p := Pool{Dialer: Dialer{KeepAlive: keep}, BackupDelay: -1}
		defer p.Close(ctxBg)
		got := make(chan *Lease, 1)
		starts := 0
		trace := &Trace{ConnectStart: func(netip.AddrPort) { starts++ }}
		ticket := p.Enqueue(ctxBg, Request{Key: keyOf(a), Trace: trace}, func(l *Lease, err error) {
			if err != nil {
				t.Error(err)
			}
			got <- l
		})
		select {
		case <-got:
			t.Fatal("connected, although the accept queue is full")
		default:
		}
		if ticket == nil {
			t.Fatal("no ticket, although the request waits")
		}
		accept()
		l := <-got
		if l == nil {
			return
		}
		r := recordOf(t, &p, 1)
		if r.SYNRetransmits != 1 || len(r.Attempts) != 1 || r.Attempts[0].Duration < time.Second/2 || starts != 1 || r.Local != l.LocalAddr() {
			t.Errorf("%d retransmits, %d starts, attempts %+v", r.SYNRetransmits, starts, r.Attempts)
		}
		if _, ok := l.Conn().(*net.TCPConn); !ok {
			t.Errorf("a %T", l.Conn())
		}
		checkOptions(t, l.Conn(), max(0, int(keep.Seconds())))
		l.Discard(nil)
		if err := p.Close(ctxBg); err != nil {
			t.Error(err)
		}
	}
}

// What ends a connect that goes on leaves no descriptor and no goroutine.
func TestBegunConnectEnds(t *testing.T) {
	a, _ := full(t)
	before := used(t)
	for _, c := range []struct {
		name string
		most time.Duration
		end  func(*Pool)
		want string
	}{
		{"timeout", 20 * time.Millisecond, func(*Pool) {}, "connect timeout after 20ms"},
		{"closed", 0, func(p *Pool) { p.Close(ctxBg) }, ErrPoolClosed.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Pool{Dialer: Dialer{ConnectTimeout: c.most}, BackupDelay: -1}
			got := make(chan error, 1)
			p.Enqueue(ctxBg, Request{Key: keyOf(a)}, func(l *Lease, err error) { got <- err })
			c.end(&p)
			if err := <-got; err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			p.Close(ctxBg)
			if n := p.Dialer.own.gates.under(a.Addr()); n != 0 {
				t.Errorf("%d connects are counted still", n)
			}
		})
	}
	if after := used(t); after.descriptors > before.descriptors {
		t.Errorf("%d descriptors, %d before", after.descriptors, before.descriptors)
	}
	if g := conntest.Goroutines(); len(g) > before.goroutines {
		t.Errorf("goroutines: %q", g)
	}
}

// A refusal comes on another goroutine, so that who asks again right away does
// not do so inside of his own call.
func TestBegunConnectRefused(t *testing.T) {
	a := refusing(t)
	var p Pool
	defer p.Close(ctxBg)
	got := make(chan error)
	p.Enqueue(ctxBg, Request{Key: keyOf(a)}, func(l *Lease, err error) { got <- err })
	if err := <-got; !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error %v", err)
	}
}

// A connection that is opened ahead is begun so too, on a goroutine of its own:
// to an accept queue that is full the first SYN is not answered.
func TestPreconnectGoesOn(t *testing.T) {
	a, accept := full(t)
	p := Pool{BackupDelay: -1}
	defer p.Close(ctxBg)
	started, done := make(chan struct{}), make(chan error, 1)
	p.Preconnect(ctxBg, keyOf(a), 1, &Trace{
		ConnectStart: func(netip.AddrPort) { close(started) },
		ConnectDone:  func(_ netip.AddrPort, err error) { done <- err },
	})
	<-started
	accept()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	l := mustGet(t, &p, keyOf(a))
	r := recordOf(t, &p, 1)
	if r.ID != 1 || len(r.Attempts) != 1 || r.Attempts[0].Addr != a || r.Attempts[0].Local != l.LocalAddr() || r.AtOpen == nil {
		t.Errorf("record %+v", r)
	}
	p.sweepAt(time.Now().Add(probeAfter))
	checkOptions(t, l.Conn(), 45)
	l.Discard(nil)
	if err := p.Close(ctxBg); err != nil {
		t.Error(err)
	}
	if n := p.Dialer.own.gates.under(a.Addr()); n != 0 {
		t.Errorf("%d connects are counted still", n)
	}
}
