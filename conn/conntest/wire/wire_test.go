package wire_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
)

const ms = time.Millisecond

// join is a wire with the same link both ways until the test ends.
func join(t testing.TB, a, b wire.End) *wire.Wire {
	t.Helper()
	wire.Need(t)
	w, err := wire.Join(a, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// serve answers each connection to B at port 80 with what f does, until the test ends.
func serve(t testing.TB, w *wire.Wire, f func(net.Conn)) {
	t.Helper()
	for _, addr := range []string{"192.0.2.2:80", "[2001:db8::2]:80"} {
		l, err := w.Host(wire.B).Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				wg.Go(func() {
					defer c.Close()
					f(c)
				})
			}
		})
		t.Cleanup(func() {
			l.Close()
			wg.Wait()
		})
	}
}

func echo(c net.Conn) { io.Copy(c, c) }

func TestHostsSeeEachOther(t *testing.T) {
	w := join(t, wire.End{}, wire.End{})
	serve(t, w, echo)
	for _, addr := range []string{"192.0.2.2:80", "[2001:db8::2]:80"} {
		c, err := w.Host(wire.A).Dial(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Repeat([]byte("0123456789"), 20000)
		go func() {
			c.Write(want)
			c.(*net.TCPConn).CloseWrite()
		}()
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v, want %d", addr, len(got), err, len(want))
		}
		c.Close()
	}
	for _, s := range []wire.Side{wire.A, wire.B} {
		if c := w.Counts(s); c.Frames != c.Carried || c.Delivered+c.Refused < c.Carried-2 || c.Bytes < 400000 {
			t.Errorf("%v: %+v", s, c)
		}
	}
	out, err := w.Host(wire.A).IP("-br", "link", "show", "dev", "wire")
	if err != nil || !strings.Contains(string(out), "02:00:00:00:00:01") {
		t.Errorf("device of A: %q, %v", out, err)
	}
}

// The delay is the time between two sightings of a ping: that of its request and that of
// the reply, which B sends when it gets the request.
func TestDelay(t *testing.T) {
	const delay = 50 * ms
	w := join(t, wire.End{Link: wire.Link{Delay: delay}}, wire.End{})
	asked, took := time.Time{}, make(chan time.Duration, 100)
	w.Observe(func(s wire.Sighting) {
		if p, ok := s.Packet(); !ok || p.Protocol != 1 {
			return
		}
		if s.From == wire.A {
			asked = s.Time
			if d := s.Due.Sub(s.Time); d != delay {
				t.Errorf("due after %v", d)
			}
		} else {
			took <- s.Time.Sub(asked)
		}
	})
	best := time.Hour
	for range 10 {
		echoRequest(t, w)
		d := <-took
		if best = min(best, d); d < delay {
			t.Errorf("a request took %v", d)
		}
	}
	// Who answers and who looks may be late too, though not each time.
	if late := w.Counts(wire.A).Late; best > delay+late+5*ms {
		t.Errorf("a request took %v at least, the wire was late by %v at most", best, late)
	}
	t.Logf("late by %v at most", w.Counts(wire.A).Late)
}

// A forged answer to ARP is believed, as those of a real network are.
func TestInject(t *testing.T) {
	w := join(t, wire.End{}, wire.End{})
	a := w.Host(wire.A)
	if err := a.Sysctl("net/ipv4/neigh/wire/locktime", "0"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.IP("neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "wire", "nud", "stale"); err != nil {
		t.Fatal(err)
	}
	forged := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2}, // Ethernet, and that it is a reply
		2, 0, 0, 0, 0, 9, 192, 0, 2, 2, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1)
	for deadline := time.Now().Add(10 * time.Second); ; {
		w.Inject(wire.A, forged) // the first may come in the same jiffy as the entry, and then is not believed
		out, err := a.IP("neigh", "show", "192.0.2.2")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("neighbour %q, %v", out, err)
		}
		if strings.Contains(string(out), "02:00:00:00:00:09") {
			break
		}
	}
}

// Three hosts and two wires: the one in the middle forwards, and tells the first of the
// second wire's MTU.
func TestRouter(t *testing.T) {
	wire.Need(t)
	router, err := wire.NewHost("router")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { router.Close() })
	prefixes := func(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }
	near := join(t, wire.End{Addrs: prefixes("192.0.2.1/24")}, wire.End{Host: router, Device: "near", Addrs: prefixes("192.0.2.2/24")})
	far := join(t, wire.End{Host: router, Device: "far", Addrs: prefixes("198.51.100.1/24"), MTU: 1000},
		wire.End{Addrs: prefixes("198.51.100.2/24")})
	if err := router.Sysctl("net/ipv4/ip_forward", "1"); err != nil {
		t.Fatal(err)
	}
	for h, via := range map[*wire.Host]string{near.Host(wire.A): "192.0.2.2", far.Host(wire.B): "198.51.100.1"} {
		if _, err := h.IP("route", "add", "default", "via", via); err != nil {
			t.Fatal(err)
		}
	}
	l, err := far.Host(wire.B).Listen("tcp", "198.51.100.2:80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan int64, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		n, _ := io.Copy(io.Discard, c)
		got <- n
	}()
	c, err := near.Host(wire.A).Dial(t.Context(), "tcp", "198.51.100.2:80")
	if err != nil {
		t.Fatal(err)
	}
	const n = 100_000
	if _, err := c.Write(make([]byte, n)); err != nil {
		t.Error(err)
	}
	c.Close()
	if got := <-got; got != n {
		t.Errorf("%d bytes, want %d", got, n)
	}
	route, err := near.Host(wire.A).IP("route", "get", "198.51.100.2")
	if err != nil || !strings.Contains(string(route), "mtu 1000") {
		t.Errorf("route %q, %v; want it to have learnt the MTU", route, err)
	}
}

// What is set holds for the next frame; what is on its way is not touched.
func TestSet(t *testing.T) {
	w := join(t, wire.End{Link: wire.Link{Delay: time.Hour}}, wire.End{})
	pings := make(chan wire.Sighting, 10)
	w.Observe(func(s wire.Sighting) {
		if p, ok := s.Packet(); ok && p.Protocol == 1 && s.From == wire.A {
			s.Frame = nil
			pings <- s
		}
	})
	if _, err := w.Host(wire.A).IP("neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "wire", "nud", "permanent"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		link wire.Link
		fate wire.Fate
	}{{wire.Link{Loss: 1}, wire.Lost}, {wire.Link{MTU: 10}, wire.TooLong}, {wire.Link{}, wire.Carried}} {
		w.Set(wire.A, tt.link)
		echoRequest(t, w)
		if s := <-pings; s.Fate != tt.fate {
			t.Errorf("%+v: %v, want %v", w.Link(wire.A), s.Fate, tt.fate)
		}
	}
	if c := w.Counts(wire.A); c.Lost < 1 || c.TooLong < 1 { // more where the kernel says something of its own meanwhile, as IPv6 does when it comes up
		t.Errorf("%+v", c)
	}
}

// echoRequest sends a ping from A to B.
func echoRequest(t testing.TB, w *wire.Wire) {
	t.Helper()
	c, err := w.Host(wire.A).Dial(t.Context(), "ip4:icmp", "192.0.2.2")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
}

func TestRole(t *testing.T) {
	w := join(t, wire.End{}, wire.End{})
	a := w.Host(wire.A)
	var got []string
	if err := a.Run(t.Context(), "devices", 20, &got); err != nil || len(got) != 20 {
		t.Fatalf("%v, %v", got, err)
	}
	for _, s := range got {
		if s != "lo wire" {
			t.Errorf("a goroutine sees %q, want lo and wire", s)
		}
	}
	if err := a.Run(t.Context(), "fail", "", nil); err == nil || !strings.HasSuffix(err.Error(), "fail in host a: as it should") {
		t.Errorf("fail: %v", err)
	}
	if err := a.Run(t.Context(), "exit", "", nil); err == nil || !strings.Contains(err.Error(), "exit status 7") || !strings.Contains(err.Error(), "last words") {
		t.Errorf("exit: %v", err)
	}
	if err := a.Run(t.Context(), "no such", "", nil); err == nil || !strings.Contains(err.Error(), "TestMain does not name it") {
		t.Errorf("unknown role: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
	defer cancel()
	if err := a.Run(ctx, "wait", "", nil); err == nil {
		t.Error("a role that waits for its end has none")
	}
}

// Of a process that is killed nothing is left once another makes a host.
func TestLeftovers(t *testing.T) {
	wire.Need(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("wire-%d-1-left", dead.Process.Pid)
	if err := exec.Command("ip", "netns", "add", name).Run(); err != nil {
		t.Fatal(err)
	}
	h, err := wire.NewHost("x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/run/netns/" + name); err == nil {
		t.Errorf("%s is still there", name)
		exec.Command("ip", "netns", "delete", name).Run()
	}
	other, err := wire.NewHost("x")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []*wire.Host{h, other} {
		if _, err := os.Stat("/run/netns/" + h.Namespace()); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat("/run/netns/" + h.Namespace()); err == nil {
			t.Errorf("%s is still there", h.Namespace())
		}
	}
}
