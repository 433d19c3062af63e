package conn

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

// onWire gives p a wire to dial over and returns the key of a server at its
// other end, which reads to the end and closes.
func onWire(t *testing.T, p *Pool, link wire.Link) (Key, *wire.Wire) {
	t.Helper()
	wire.Need(t)
	back := wire.Link{Delay: link.Delay}
	w, err := wire.Join(wire.End{Link: link}, wire.End{Link: back})
	if err != nil {
		t.Fatal(err)
	}
	a := w.Host(wire.A)
	l, err := w.Host(wire.B).Listen("tcp", "192.0.2.2:80")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1))
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-served
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	p.Dialer.Dial = func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		return a.Dial(ctx, network, addr.String())
	}
	err = a.Do(func() error { // their descriptors are of the host that they are opened in
		p.closeWatches.diag.Lookup(addr1, addr1, 0)
		if p.Paths != nil {
			p.Paths.Lookup(context.Background(), netip.MustParseAddr("192.0.2.2"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return Key{Scheme: "http", Host: "192.0.2.2", Port: 80}, w
}

// On a wire of 50 ms there and back the states last as long as their segments
// are under way.
func TestWatchCloseOnWire(t *testing.T) {
	p := Pool{WatchClose: true}
	k, _ := onWire(t, &p, wire.Link{Delay: 25 * time.Millisecond})
	const n = 6
	for range n {
		mustGet(t, &p, k).Discard(nil)
	}
	if err := p.Close(ctxBg); err != nil {
		t.Error(err)
	}
	// The least of each, since this machine has other things to do; not of the
	// first connection, which waits for ARP too.
	syn, rtt, fin := time.Hour, time.Hour, time.Hour
	for id := uint64(2); id <= n; id++ {
		r := recordOf(t, &p, id)
		checkSpans(t, r.CloseStates)
		if len(r.OpenStates) != 2 || r.SYNRetransmits != 0 {
			t.Errorf("opening: %+v", r.OpenStates)
		}
		if !matchSpans(spans(r.CloseStates), "FIN_WAIT_1 FIN_WAIT_2? TIME_WAIT") {
			t.Fatalf("states %s", spans(r.CloseStates))
		}
		syn = min(syn, r.OpenStates[0].To.Sub(r.OpenStates[0].From))
		rtt = min(rtt, r.AtOpen.RTT)
		fin = min(fin, r.CloseStates[0].To.Sub(r.CloseStates[0].From))
		if tw := r.CloseStates[len(r.CloseStates)-1]; !tw.Seen || tw.To.Sub(tw.From) < 55*time.Second {
			t.Errorf("TIME_WAIT: %+v", tw)
		}
	}
	for what, d := range map[string]time.Duration{"SYN_SENT": syn, "RTT": rtt, "FIN_WAIT_1": fin} {
		if d < 49*time.Millisecond || d > 60*time.Millisecond { // never less; more where others have the processors
			t.Errorf("%s: %v, want 50ms and little more", what, d)
		}
	}
}

// A SYN that is lost is sent again after a second, and the record says so.
func TestSYNRetransmits(t *testing.T) {
	p := Pool{BackupDelay: -1}
	defer p.Close(ctxBg)
	k, _ := onWire(t, &p, wire.Link{Rule: wire.First(1, wire.SYN, wire.Verdict{Drop: true})})
	mustGet(t, &p, k).Discard(nil)
	r := recordOf(t, &p, 1)
	if r.SYNRetransmits != 1 || r.AtOpen.Retransmits != 1 || r.AtClose.SYNRetransmits != 1 {
		t.Errorf("%d times again; at open %+v", r.SYNRetransmits, r.AtOpen)
	}
	if s := r.OpenStates[0]; s.To.Sub(s.From) < time.Second || !strings.Contains(s.Why, "sent 2 times") {
		t.Errorf("SYN_SENT: %+v", s)
	}
}

// Somebody takes the next hop's place while a connection is open.
func TestPathAndLinkChange(t *testing.T) {
	var events []Event
	closed := make(chan struct{})
	p := Pool{Paths: new(kernel.Paths), OnEvent: func(e Event) {
		events = append(events, e)
		if e.Kind == EventClosed {
			close(closed)
		}
	}}
	defer p.Paths.Close()
	k, w := onWire(t, &p, wire.Link{})
	l := mustGet(t, &p, k)
	r := recordOf(t, &p, 1)
	if r.Path == nil || r.Path.Route.Interface != "wire" || !r.Path.Route.OnLink || r.Path.Route.Protocol != "kernel" || r.Path.Neighbour.LinkAddr.String() != "02:00:00:00:00:02" {
		t.Fatalf("path %+v", r.Path)
	}
	if _, err := w.Host(wire.A).IP("neigh", "replace", "192.0.2.2", "lladdr", "02:00:00:00:00:66", "dev", "wire"); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 2*time.Millisecond; { // news is looked for once a millisecond
	}
	l.Discard(nil)
	p.Close(ctxBg)
	<-closed
	if _, err := w.Host(wire.A).IP("neigh", "replace", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "wire"); err != nil {
		t.Error(err) // or else the server waits for a FIN that goes astray
	}
	r = recordOf(t, &p, 1)
	if len(r.LinkChanges) != 1 || r.LinkChanges[0].From.String() != "02:00:00:00:00:02" || r.LinkChanges[0].To.String() != "02:00:00:00:00:66" {
		t.Errorf("changes %+v", r.LinkChanges)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind.String())
		if e.Kind == EventLink && (e.Link == nil || e.Link.Addr.String() != "192.0.2.2") {
			t.Errorf("event %+v", e)
		}
	}
	if got := strings.Join(kinds, " "); got != "connecting opened busy link closing closed" {
		t.Errorf("events %s", got)
	}
}

// Where the accept queue is full the peer's end stays in SYN_RCVD while ours is
// open, and a watching pool sees it.
func TestPeerStaysInSynRcvd(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 5)
	if err := unix.Listen(fd, 5); err != nil {
		t.Fatal(err)
	}
	sa, _ := unix.Getsockname(fd)
	k := keyOf(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*unix.SockaddrInet4).Port)))
	p := Pool{WatchClose: true, CloseWait: -1}
	defer p.Close(ctxBg)
	l := mustGet(t, &p, k)
	r := recordOf(t, &p, 1)
	if got := spans(r.OpenStates); got != "SYN_SENT SYN_RCVD ESTABLISHED" || !r.OpenStates[1].Peer || !strings.Contains(r.OpenStates[1].Why, "lasts") {
		t.Errorf("%s: %+v", got, r.OpenStates)
	}
	l.Discard(nil)
}

// descriptors lowers the process's limit until the test ends or undo is
// called. 0 is what leaves none free.
func descriptors(t *testing.T, limit uint64) (undo func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if limit == 0 {
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Fatal(err)
		}
		limit = uint64(f.Fd()) // the lowest one that is free
		f.Close()
	}
	undo = func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old) }
	t.Cleanup(undo)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	return undo
}

// Without a descriptor for sock_diag the close is watched as far as our own
// goes, and the record says what was not seen and why.
func TestWatchCloseWithoutDescriptor(t *testing.T) {
	k, accept := acceptor(t)
	p := Pool{WatchClose: true}
	l := mustGet(t, &p, k)
	srv := accept()
	p.closeWatches.diag.Close()
	go func() {
		srv.Read(make([]byte, 1))
		srv.Close()
	}()
	undo := descriptors(t, 3)
	l.Discard(nil)
	p.Close(ctxBg)
	undo()
	r := recordOf(t, &p, 1)
	last := r.CloseStates[len(r.CloseStates)-1]
	if last.State != kernel.TimeWait || last.Seen || !strings.Contains(last.Why, "not seen: kernel: netlink: socket: too many open files") {
		t.Errorf("%s: %+v", spans(r.CloseStates), last)
	}
	if r.FirstFIN != ByUs || r.State != StateClosed {
		t.Errorf("%v, first FIN by %v", r.State, r.FirstFIN)
	}
}

// A connect that finds no descriptor free takes that of a close that is being
// watched.
func TestConnectCutsWatchedClose(t *testing.T) {
	k, accept := acceptor(t)
	closed := make(chan struct{}, 2)
	p := Pool{WatchClose: true, CloseWait: time.Hour, OnEvent: func(e Event) {
		if e.Kind == EventClosed {
			closed <- struct{}{}
		}
	}}
	l := mustGet(t, &p, k)
	accept()
	l.Discard(nil) // the peer does not close
	undo := descriptors(t, 0)
	start := time.Now()
	l, err := p.Get(ctxBg, Request{Key: k})
	undo()
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	<-closed // its descriptor was free before its record was complete
	r := recordOf(t, &p, 1)
	if r.State != StateClosed || !strings.Contains(r.CloseStates[len(r.CloseStates)-1].Why, "without a descriptor") {
		t.Errorf("%v: %+v", r.State, r.CloseStates)
	}
	l.Discard(nil)
	done, cancel := context.WithCancel(ctxBg)
	cancel()
	p.Close(done)
}
