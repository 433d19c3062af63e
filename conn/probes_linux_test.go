//go:build !386

// 386 has no watcher, whose tests have what is used here.

package conn

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func (l *youngList) len() (n int) {
	for c := l.first; c != nil; c = c.younger {
		n++
	}
	return n
}

// embedded does not say what it wraps.
type embedded struct{ net.Conn }

func bare(c net.Conn) net.Conn {
	if e, ok := c.(*embedded); ok {
		return e.Conn
	}
	return c
}

// Probes are switched on when a connection has been open for a while, whether
// it is idle or in use.
func TestProbesComeLater(t *testing.T) {
	a := listening(t)
	for _, c := range []struct {
		name   string
		set    func(*Dialer)
		before int // seconds of silence until a probe, as a new socket has it
		after  int // and one that is no longer new
		young  int
	}{
		{"usual", func(*Dialer) {}, 0, 45, 2},
		{"long", func(d *Dialer) { d.KeepAlive = 2 * probeAfter }, 0, 10, 2},
		{"short", func(d *Dialer) { d.KeepAlive = 7 * time.Second }, 7, 7, 0},
		{"none", func(d *Dialer) { d.KeepAlive = -1 }, 0, 0, 0},
		{"from an address", func(d *Dialer) { d.LocalAddr = netip.MustParseAddr("127.0.0.1") }, 0, 45, 2},
		{"wrapped", func(d *Dialer) { d.Wrap = func(c net.Conn) net.Conn { return &embedded{c} } }, 45, 45, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Pool
			c.set(&p.Dialer)
			defer p.Close(ctxBg)
			inUse, gone, idle := mustGet(t, &p, keyOf(a)), mustGet(t, &p, keyOf(a)), mustGet(t, &p, keyOf(a))
			now := time.Now()
			sockets := []net.Conn{bare(inUse.Conn()), bare(idle.Conn())}
			defer inUse.Discard(nil)
			gone.Discard(nil)
			idle.Release()
			check := func(want, young int) {
				t.Helper()
				for _, c := range sockets {
					checkOptions(t, c, want)
				}
				if n := p.young.len(); n != young {
					t.Errorf("%d are young, want %d", n, young)
				}
			}
			check(c.before, c.young)
			p.sweepAt(now.Add(probeAfter - time.Minute))
			check(c.before, c.young)
			if at := p.sweep.at; c.young > 0 && at.After(now.Add(probeAfter)) {
				t.Errorf("the next look is %v after the last one was opened", at.Sub(now))
			}
			p.sweepAt(now.Add(probeAfter))
			check(c.after, 0)
		})
	}
}

// Close may have to wait for connections in use, whose peers may be gone: it
// switches their probes on, since the timer does not run any more.
func TestCloseSwitchesProbesOn(t *testing.T) {
	var p Pool
	l := mustGet(t, &p, keyOf(listening(t)))
	c := l.Conn()
	closed := make(chan error)
	go func() { closed <- p.Close(ctxBg) }()
	eventually(t, "there are probes", func() (on bool) {
		rawOf(c).Control(func(fd uintptr) {
			n, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
			on = err == nil && n != 0
		})
		return on
	})
	l.Discard(nil)
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
