package kerneltest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

// A found path: what package kernel says, and what ip does.
type found struct {
	Path  kernel.Path
	Error string
	Route []ipRoute // ip -j route get
	Neigh []ipNeigh // ip -j neigh show of the next hop
}

type ipRoute struct {
	Dst, Gateway, Dev, PrefSrc, Protocol, Type string
	Metrics                                    []struct{ MTU int }
}

type ipNeigh struct {
	Dst, Dev, LLAddr string
	State            []string
}

// paths looks up addresses, in host A.
func paths(ctx context.Context, addrs []netip.Addr) ([]found, error) {
	var p kernel.Paths
	defer p.Close()
	var list []found
	for _, a := range addrs {
		var f found
		var err error
		f.Path, err = p.Lookup(ctx, a)
		f.Error = text(err)
		list = append(list, f)
		if err != nil {
			continue
		}
		hop := a
		if f.Path.Route.NextHop.IsValid() {
			hop = f.Path.Route.NextHop
		}
		family := "-4"
		if a.Is6() {
			family = "-6"
		}
		if err := errors.Join(
			ip(ctx, &list[len(list)-1].Route, family, "route", "get", a.String()),
			ip(ctx, &list[len(list)-1].Neigh, family, "neigh", "show", hop.String()),
		); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ip decodes what ip says.
func ip(ctx context.Context, v any, args ...string) error {
	out, err := exec.CommandContext(ctx, "ip", append([]string{"-j", "-d"}, args...)...).Output()
	if err != nil {
		return fmt.Errorf("ip %s: %w", strings.Join(args, " "), err)
	}
	if len(strings.TrimSpace(string(out))) == 0 {
		return nil
	}
	return json.Unmarshal(out, v)
}

// Routes and neighbours are those that ip tells of, however they were learnt.
func TestPathsAgreeWithIP(t *testing.T) {
	x := strangers(t, wire.End{}, wire.End{})
	a := x.Host(wire.A)
	tests := []struct {
		addr, protocol string
		route          string // for ip; "" where there is one already
		want           string // interface, next hop, source, mtu
	}{
		{"192.0.2.2", "kernel", "", "wire - 192.0.2.1 1500"},
		{"2001:db8::2", "kernel", "", "wire - 2001:db8::1 1500"},
		{"192.0.2.1", "kernel", "", "lo - 192.0.2.1 65536"},
		{"127.0.0.1", "kernel", "", "lo - 127.0.0.1 65536"},
		{"198.51.100.1", "static", "198.51.100.0/24 via 192.0.2.2 proto static mtu 1400", "wire 192.0.2.2 192.0.2.1 1400"},
		{"203.0.113.1", "boot", "203.0.113.0/25 via 192.0.2.2", "wire 192.0.2.2 192.0.2.1 1500"},
		{"203.0.113.129", "bgp", "203.0.113.128/25 via 192.0.2.2 proto bgp", "wire 192.0.2.2 192.0.2.1 1500"},
		{"198.18.0.1", "dhcp", "198.18.0.0/24 dev wire proto dhcp", "wire - 192.0.2.1 1500"},
		{"198.18.1.1", "ospf", "198.18.1.0/24 via 192.0.2.2 proto ospf src 192.0.2.1", "wire 192.0.2.2 192.0.2.1 1500"},
		{"2001:db8:1::1", "ra", "2001:db8:1::/48 via 2001:db8::2 proto ra", "wire 2001:db8::2 2001:db8::1 1500"},
	}
	var addrs []netip.Addr
	for _, tt := range tests {
		addrs = append(addrs, netip.MustParseAddr(tt.addr))
		if tt.route != "" {
			if _, err := a.IP(append([]string{"route", "add"}, strings.Fields(tt.route)...)...); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, hop := range []string{"192.0.2.2", "2001:db8::2"} {
		if _, err := a.IP("neigh", "replace", hop, "lladdr", "02:00:00:00:00:02", "dev", "wire", "nud", "permanent"); err != nil {
			t.Fatal(err)
		}
	}
	var list []found
	if err := a.Run(t.Context(), "paths", append(addrs, netip.MustParseAddr("8.8.8.8")), &list); err != nil {
		t.Fatal(err)
	}
	hops := 0 // with a link address
	for i, tt := range tests {
		f, r := list[i], list[i].Path.Route
		if f.Error != "" || len(f.Route) != 1 {
			t.Errorf("%s: %d routes, %s", tt.addr, len(f.Route), f.Error)
			continue
		}
		hop := "-"
		if !r.OnLink {
			hop = r.NextHop.String()
		}
		if got := fmt.Sprintf("%s %s %v %d", r.Interface, hop, r.Source, r.MTU); got != tt.want || r.Protocol != tt.protocol {
			t.Errorf("%s: %s by %s, want %s by %s", tt.addr, got, r.Protocol, tt.want, tt.protocol)
		}
		says := f.Route[0]
		if says.Gateway == "" {
			says.Gateway = "-"
		}
		if says.Dev != r.Interface || says.Gateway != hop || says.PrefSrc != r.Source.String() {
			t.Errorf("%s: ip says %+v, kernel %+v", tt.addr, says, r)
		}
		n := f.Path.Neighbour
		if len(f.Neigh) == 0 {
			if n.LinkAddr != nil {
				t.Errorf("%s: a neighbour %+v that ip does not know", tt.addr, n)
			}
			continue
		}
		hops++
		if m := f.Neigh[0]; m.Dst != n.Addr.String() || m.LLAddr != n.LinkAddr.String() || !slices.Contains(m.State, n.State) {
			t.Errorf("%s: ip says %+v, kernel %+v", tt.addr, m, n)
		}
	}
	if hops < 7 {
		t.Errorf("ip knows only %d next hops", hops)
	}
	if e := list[len(tests)].Error; !strings.Contains(e, "network is unreachable") {
		t.Errorf("no route: %q", e)
	}
}

// The record of a connection through a next hop has the way, with the link address that
// ARP has found out for it.
func TestRecordHasPath(t *testing.T) {
	far := netip.MustParseAddr("198.51.100.7")
	x := strangers(t, wire.End{}, wire.End{})
	if _, err := x.Host(wire.B).IP("address", "add", far.String()+"/32", "dev", "lo"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Host(wire.A).IP("route", "add", "198.51.100.0/24", "via", "192.0.2.2", "proto", "dhcp"); err != nil {
		t.Fatal(err)
	}
	x.accept(netip.AddrPortFrom(far, 80).String(), greet)
	l, _ := x.one(task{Exchanges: hello, Addrs: []netip.Addr{far}, Paths: true})
	if l.Path == nil {
		t.Fatal("no path")
	}
	if r := l.Path.Route; r.NextHop != peer || r.Protocol != "dhcp" || r.Interface != "wire" || r.OnLink || r.Source != l.Local.Addr() {
		t.Errorf("route %+v", r)
	}
	if n := l.Path.Neighbour; n.Addr != peer || n.LinkAddr.String() != x.End(wire.B).LinkAddr.String() {
		t.Errorf("neighbour %+v", n)
	}
	if len(l.LinkChanges) != 0 {
		t.Errorf("changes %+v", l.LinkChanges)
	}
	if asked := x.frames(wire.A, isARP); len(asked) == 0 || !strings.Contains(asked[0].String(), "who has 192.0.2.2") {
		t.Errorf("nobody asked for the next hop: %v", asked)
	}
}

// While a connection is open somebody else says that he is the peer. That is seen.
func TestLinkAddressChanges(t *testing.T) {
	evil := net.HardwareAddr{2, 0, 0, 0, 0, 0x66}
	x := strangers(t, wire.End{}, wire.End{})
	if err := x.Host(wire.A).Sysctl("net/ipv4/neigh/wire/locktime", "0"); err != nil {
		t.Fatal(err)
	}
	honest := x.End(wire.B).LinkAddr
	x.serve(func(c *net.TCPConn) {
		text := make([]byte, 5)
		if _, err := io.ReadFull(c, text); err != nil {
			return
		}
		for _, who := range []net.HardwareAddr{evil, honest} {
			x.persuade(who)
		}
		c.Write(text)
		io.Copy(io.Discard, c)
	})
	l, got := x.one(task{Exchanges: hello, Paths: true})
	if got.Error != "" {
		t.Error(got.Error)
	}
	if n := len(l.LinkChanges); n == 0 {
		t.Fatal("nothing was noticed")
	}
	c := l.LinkChanges[0]
	if c.Addr != peer || c.From.String() != honest.String() || c.To.String() != evil.String() || c.Interface != "wire" || c.Seen.Before(l.Opened) {
		t.Errorf("%+v", c)
	}
}

// persuade sends host A answers to ARP, as if they came from peer, until it believes that
// peer has the link address: one that comes in the same tick as the last change does not
// count.
func (x *bench) persuade(is net.HardwareAddr) {
	a := x.End(wire.A)
	reply := slices.Concat(a.LinkAddr, is, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 2},
		is, peer.AsSlice(), a.LinkAddr, a.Addrs[0].Addr().AsSlice())
	for deadline := time.Now().Add(20 * time.Second); ; {
		x.Inject(wire.A, reply)
		out, err := a.Host.IP("neigh", "show", peer.String())
		if err != nil || time.Now().After(deadline) {
			x.t.Errorf("host A says %q, %v", out, err)
			return
		}
		if strings.Contains(string(out), is.String()) {
			return
		}
	}
}
