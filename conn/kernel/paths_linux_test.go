package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
)

// aHost is a host on a wire with routes of all kinds, and Paths in it.
type aHost struct {
	*testing.T
	wire  *wire.Wire
	host  *wire.Host
	paths Paths
}

func newHost(t *testing.T) *aHost {
	t.Helper()
	wire.Need(t)
	w, err := wire.Join(wire.End{MTU: 1480}, wire.End{MTU: 1480})
	if err != nil {
		t.Fatal(err)
	}
	h := &aHost{T: t, wire: w, host: w.Host(wire.A)}
	t.Cleanup(func() {
		h.paths.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *aHost) ip(command string) []byte {
	h.Helper()
	out, err := h.host.IP(strings.Fields(command)...)
	if err != nil {
		h.Fatal(err)
	}
	return out
}

// lookup is Lookup in the host.
func (h *aHost) lookup(dst string) (p Path, err error) {
	h.Helper()
	err = h.host.Do(func() error {
		p, err = h.paths.Lookup(context.Background(), netip.MustParseAddr(dst))
		return err
	})
	return p, err
}

func (h *aHost) mustLookup(dst string) Path {
	h.Helper()
	p, err := h.lookup(dst)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// talk makes host A use the address, so that it asks for its link address.
func (h *aHost) talk(addr string) {
	h.Helper()
	l, err := h.wire.Host(wire.B).Listen("tcp", net.JoinHostPort(addr, "80"))
	if err != nil {
		h.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := h.host.Dial(ctx, "tcp", l.Addr().String())
	if err != nil {
		h.Fatal(err)
	}
	c.Close()
}

// A said is what `ip -j route get` and `ip -j neigh` print, as far as it
// counts here.
type said struct {
	Type, Dst, Gateway, Dev, Prefsrc, Protocol, Lladdr string
	Via                                                struct{ Host string }
	Table                                              string
	Metric                                             uint32
	Metrics                                            []struct{ MTU int }
	State                                              []string
}

func parseSaid(t *testing.T, out []byte) said {
	t.Helper()
	var list []said
	if err := json.Unmarshal(out, &list); err != nil || len(list) != 1 {
		t.Fatalf("ip says %s (%v)", out, err)
	}
	return list[0]
}

// Routes are what ip says, whose names for everything are the users'.
func TestRoutesAgreeWithIP(t *testing.T) {
	h := newHost(t)
	for _, command := range []string{
		"route add default via 192.0.2.2 proto dhcp metric 100",
		"route add 10.1.0.0/16 via 192.0.2.2 proto ospf metric 20 mtu 1300",
		"route add 10.2.0.0/16 via 192.0.2.2 proto bgp",
		"route add 10.3.0.0/16 dev wire proto static src 192.0.2.1",
		"route add 10.4.0.0/16 via 192.0.2.2 proto bird",
		"route add 10.5.0.0/16 via inet6 2001:db8::2 proto zebra",
		"route add 10.6.0.0/16 nexthop via 192.0.2.2 weight 1 nexthop via 192.0.2.3 weight 1",
		"route add 10.7.0.0/16 via 192.0.2.2 proto 77",
		"-6 route add default via 2001:db8::2 proto ra metric 1024",
		"-6 route add 2001:db8:1::/48 via fe80::2 dev wire proto babel",
		"-6 route add 2001:db8:2::/48 via 2001:db8::2 proto static mtu 1290",
	} {
		h.ip(command)
	}
	for _, tt := range []struct {
		dst, proto, nextHop string
		mtu                 int
	}{
		{"198.51.100.1", "dhcp", "192.0.2.2", 1480},
		{"10.1.2.3", "ospf", "192.0.2.2", 1300},
		{"10.2.2.3", "bgp", "192.0.2.2", 1480},
		{"10.3.2.3", "static", "", 1480},
		{"10.4.2.3", "bird", "192.0.2.2", 1480},
		{"10.5.2.3", "zebra", "2001:db8::2", 1480},
		{"10.6.2.3", "boot", "192.0.2.*", 1480},
		{"10.7.2.3", "77", "192.0.2.2", 1480},
		{"192.0.2.9", "kernel", "", 1480},
		{"192.0.2.1", "kernel", "", 65536},
		{"127.0.0.1", "kernel", "", 65536},
		{"2001:db8:5::1", "ra", "2001:db8::2", 1480},
		{"2001:db8:1::1", "babel", "fe80::2", 1480},
		{"2001:db8:2::1", "static", "2001:db8::2", 1290},
		{"2001:db8::9", "kernel", "", 1480},
		{"::1", "kernel", "", 65536},
	} {
		t.Run(tt.dst, func(t *testing.T) {
			if tt.dst == "127.0.0.1" || tt.dst == "::1" || tt.dst == "192.0.2.1" {
				h.ip("link set lo up")
			}
			h.T = t
			r := h.mustLookup(tt.dst).Route
			hop := ""
			if r.NextHop.IsValid() {
				hop = r.NextHop.String()
			}
			if wild, ok := strings.CutSuffix(tt.nextHop, "*"); r.Protocol != tt.proto || r.MTU != tt.mtu || (hop != tt.nextHop && !(ok && strings.HasPrefix(hop, wild))) || r.OnLink != (hop == "") {
				t.Errorf("%+v, want protocol %s, next hop %q, MTU %d", r, tt.proto, tt.nextHop, tt.mtu)
			}
			got := parseSaid(t, h.ip("-j route get "+tt.dst))
			if got.Gateway == "" {
				got.Gateway = got.Via.Host
			}
			if got.Dev != r.Interface || got.Prefsrc != r.Source.String() || got.Gateway != hop {
				t.Errorf("%+v, but ip says %+v", r, got)
			}
			match := parseSaid(t, h.ip("-j -d route get fibmatch "+tt.dst))
			if match.Dst == "default" {
				match.Dst = map[bool]string{false: "0.0.0.0/0", true: "::/0"}[r.Dst.Addr().Is6()]
			}
			if !strings.Contains(match.Dst, "/") {
				match.Dst = netip.PrefixFrom(netip.MustParseAddr(match.Dst), r.Dst.Addr().BitLen()).String()
			}
			if match.Protocol != r.Protocol || match.Dst != r.Dst.String() || match.Type != r.Type || match.Metric != r.Metric {
				t.Errorf("%+v, but ip says %+v of its entry", r, match)
			}
		})
	}
}

func TestRoutesThatLeadNowhere(t *testing.T) {
	h := newHost(t)
	h.ip("route add blackhole 10.1.0.0/16")
	h.ip("route add unreachable 10.2.0.0/16")
	h.ip("route add prohibit 10.3.0.0/16")
	for dst, want := range map[string]error{
		"10.1.0.1": syscall.EINVAL, "10.2.0.1": syscall.EHOSTUNREACH, "10.3.0.1": syscall.EACCES,
		"198.51.100.1": syscall.ENETUNREACH, "2001:db8:9::1": syscall.ENETUNREACH,
	} {
		if p, err := h.lookup(dst); !errors.Is(err, want) {
			t.Errorf("to %s: %+v, %v, want %v", dst, p, err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.paths.Lookup(ctx, netip.MustParseAddr("10.1.0.1")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context's end: %v", err)
	}
}

// A route that is changed counts from the next lookup on.
func TestRouteChanges(t *testing.T) {
	h := newHost(t)
	h.ip("route add default via 192.0.2.2 proto dhcp")
	if r := h.mustLookup("10.0.0.1").Route; r.Protocol != "dhcp" || r.Dst.Bits() != 0 {
		t.Errorf("%+v", r)
	}
	h.ip("route add 10.0.0.0/8 via 192.0.2.3 proto ospf")
	h.fresh()
	if r := h.mustLookup("10.0.0.1").Route; r.Protocol != "ospf" || r.NextHop.String() != "192.0.2.3" {
		t.Errorf("after a better route came: %+v", r)
	}
	h.ip("link set dev wire mtu 1400")
	h.fresh()
	if r := h.mustLookup("10.0.0.1").Route; r.MTU != 1400 {
		t.Errorf("after the MTU was changed: %+v", r)
	}
	h.ip("route del 10.0.0.0/8")
	h.fresh()
	if r := h.mustLookup("10.0.0.1").Route; r.Protocol != "dhcp" {
		t.Errorf("after it went: %+v", r)
	}
}

// fresh lets so much time pass that the next lookup reads what the kernel has
// told.
func (h *aHost) fresh() {
	h.paths.mu.Lock()
	defer h.paths.mu.Unlock()
	for time.Since(h.paths.read) < newsFresh {
		runtime.Gosched()
	}
}

func TestNeighboursAgreeWithIP(t *testing.T) {
	h := newHost(t)
	h.ip("route add default via 192.0.2.2")
	if n := h.mustLookup("198.51.100.1").Neighbour; len(n.LinkAddr) != 0 || n.State != "" || n.Addr.String() != "192.0.2.2" {
		t.Errorf("before anybody talked to it: %+v", n)
	}
	h.talk("192.0.2.2")
	h.talk("2001:db8::2")
	for dst, hop := range map[string]string{"198.51.100.1": "192.0.2.2", "192.0.2.2": "192.0.2.2", "2001:db8::2": "2001:db8::2"} {
		n := h.mustLookup(dst).Neighbour
		got := parseSaid(t, h.ip("-j neigh show dev wire to "+hop))
		if n.LinkAddr.String() != "02:00:00:00:00:02" || got.Lladdr != n.LinkAddr.String() || got.State[0] != n.State || n.Interface != "wire" || n.Addr.String() != hop {
			t.Errorf("of %s: %+v, but ip says %+v", dst, n, got)
		}
	}
	h.ip("link set lo up")
	if n := h.mustLookup("127.0.0.1").Neighbour; len(n.LinkAddr) != 0 || n.State != "" {
		t.Errorf("of loopback: %+v", n)
	}
}

// Each change of a link address is told, one that is taken back at once too,
// and what is not one is not.
func TestLinkChanges(t *testing.T) {
	h := newHost(t)
	h.talk("192.0.2.2")
	before := h.mustLookup("192.0.2.2")
	if list, n := h.paths.Changes(0); len(list) != 0 || n != 0 {
		t.Fatalf("%v at first", list)
	}
	h.ip("neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev wire") // nobody has asked about this one
	h.ip("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:66 dev wire")
	h.ip("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev wire")
	h.ip("neigh del 192.0.2.2 dev wire")
	h.ip("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:77 dev wire")
	h.fresh()
	list, next := h.paths.Changes(0)
	var got []string
	for _, c := range list {
		got = append(got, c.From.String()[15:]+">"+c.To.String()[15:])
		if c.Addr.String() != "192.0.2.2" || c.Interface != "wire" || c.Index != before.Route.Index || !c.After.Before(c.Seen) || c.After.Before(before.Looked) {
			t.Errorf("%+v", c)
		}
	}
	if want := "02>66 66>02 02>77"; strings.Join(got, " ") != want {
		t.Errorf("changes %v, want %s", got, want)
	}
	if n := h.mustLookup("192.0.2.2").Neighbour; n.LinkAddr.String() != "02:00:00:00:00:77" || n.State != "PERMANENT" {
		t.Errorf("now %+v", n)
	}
	if list, n := h.paths.Changes(next); len(list) != 0 || n != next {
		t.Errorf("%v are new", list)
	}
}

// The kernel tells more than the socket holds: what changed is found by asking.
func TestLinkChangesAfterTooMuchNews(t *testing.T) {
	h := newHost(t)
	h.talk("192.0.2.2")
	h.mustLookup("192.0.2.2")
	var b strings.Builder
	for i := range 4000 {
		b.WriteString("neigh replace 192.0.2.200 lladdr 02:00:00:00:01:")
		b.WriteString([]string{"01", "02"}[i%2])
		b.WriteString(" dev wire\n")
	}
	b.WriteString("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:88 dev wire\n")
	c := h.host.Command(t.Context(), "ip", "-batch", "-")
	c.Stdin = strings.NewReader(b.String())
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h.fresh()
	if n := h.mustLookup("192.0.2.2").Neighbour; n.LinkAddr.String() != "02:00:00:00:00:88" {
		t.Errorf("%+v", n)
	}
	if list, _ := h.paths.Changes(0); len(list) != 1 || list[0].To.String() != "02:00:00:00:00:88" {
		t.Errorf("changes %v", list)
	}
}

func TestChangesAreBounded(t *testing.T) {
	p := Paths{nl: &netlink{fd: -1}, news: &netlink{fd: -1}}
	for i := range maxChanges + 10 {
		p.change(LinkChange{Index: i})
	}
	list, next := p.Changes(0)
	if len(list) != maxChanges || list[0].Index != 10 || next != maxChanges+10 {
		t.Errorf("%d changes from %d on, next %d", len(list), list[0].Index, next)
	}
	if list, _ = p.Changes(next - 1); len(list) != 1 || list[0].Index != maxChanges+9 {
		t.Errorf("the last one: %v", list)
	}
}

func TestPathsOnThisMachine(t *testing.T) {
	var p Paths
	defer p.Close()
	path, err := p.Lookup(context.Background(), netip.MustParseAddr("127.0.0.1"))
	if err != nil || path.Route.Interface != "lo" || path.Route.Type != "local" || path.Route.Protocol != "kernel" || !path.Route.OnLink {
		t.Errorf("%+v, %v", path, err)
	}
	p.Close()
	if _, err := p.Lookup(context.Background(), netip.MustParseAddr("::ffff:127.0.0.1")); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

func BenchmarkPathsLookup(b *testing.B) {
	var p Paths
	defer p.Close()
	dst := netip.MustParseAddr("127.0.0.1")
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Lookup(b.Context(), dst)
		}
	})
	b.Run("asked", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.mu.Lock()
			clear(p.paths)
			p.mu.Unlock()
			p.Lookup(b.Context(), dst)
		}
	})
}
