package system

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// route returns a default route of the main table.
func route(gateway string, metric uint32, edit ...func(*rtnetlink.RouteMessage)) rtnetlink.RouteMessage {
	m := rtnetlink.RouteMessage{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST}
	if ip := net.ParseIP(gateway); ip != nil {
		m.Attributes.Gateway = ip
		if ip.To4() == nil {
			m.Family = unix.AF_INET6
		}
	}
	m.Attributes.Priority, m.Attributes.OutIface = metric, 2
	for _, e := range edit {
		e(&m)
	}
	return m
}

func TestGatewaysOf(t *testing.T) {
	hop := func(gateway string, index uint32) rtnetlink.NextHop {
		return rtnetlink.NextHop{Hop: rtnetlink.RTNextHop{IfIndex: index}, Gateway: net.ParseIP(gateway)}
	}
	tests := []struct {
		name   string
		routes []rtnetlink.RouteMessage
		want   string
	}{
		{"none", nil, "[]"},
		{"IPv4", []rtnetlink.RouteMessage{route("192.0.2.1", 0)}, "[192.0.2.1]"},
		{"IPv4 before IPv6", []rtnetlink.RouteMessage{route("2001:db8::1", 0), route("192.0.2.1", 100)}, "[192.0.2.1 2001:db8::1]"},
		{"lowest metric first", []rtnetlink.RouteMessage{route("192.0.2.1", 600), route("192.0.2.2", 100)}, "[192.0.2.2 192.0.2.1]"},
		{"link-local", []rtnetlink.RouteMessage{route("fe80::1", 0)}, "[fe80::1%if2]"},
		{"one gateway on two routes", []rtnetlink.RouteMessage{route("192.0.2.1", 0), route("192.0.2.1", 5)}, "[192.0.2.1]"},
		{"no gateway", []rtnetlink.RouteMessage{route("", 0)}, "[]"},
		{"another prefix", []rtnetlink.RouteMessage{route("192.0.2.1", 0, func(m *rtnetlink.RouteMessage) { m.DstLength = 8 })}, "[]"},
		{"another table", []rtnetlink.RouteMessage{route("192.0.2.1", 0, func(m *rtnetlink.RouteMessage) { m.Attributes.Table = 1000 })}, "[]"},
		{"unreachable", []rtnetlink.RouteMessage{route("192.0.2.1", 0, func(m *rtnetlink.RouteMessage) { m.Type = unix.RTN_UNREACHABLE })}, "[]"},
		{"link down", []rtnetlink.RouteMessage{route("192.0.2.1", 0, func(m *rtnetlink.RouteMessage) { m.Flags = unix.RTNH_F_LINKDOWN })}, "[]"},
		{"multipath", []rtnetlink.RouteMessage{route("", 0, func(m *rtnetlink.RouteMessage) {
			m.Attributes.Multipath = []rtnetlink.NextHop{hop("192.0.2.1", 2), hop("192.0.2.2", 3)}
		})}, "[192.0.2.1 192.0.2.2]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := gatewaysOf(tt.routes, func(i uint32) string { return fmt.Sprintf("if%d", i) })
			if fmt.Sprint(got) != tt.want {
				t.Errorf("gatewaysOf = %v, want %s", got, tt.want)
			}
		})
	}
}

// The kernel's own list of IPv4 routes has the same gateway.
func TestDefaultGateways(t *testing.T) {
	ips, err := defaultGateways()
	if err != nil {
		t.Fatalf("defaultGateways: %v", err)
	}
	text, err := os.ReadFile("/proc/net/route")
	if err != nil {
		t.Skipf("no list to compare with: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" || f[2] == "00000000" {
			continue
		}
		var b [4]byte
		if _, err := fmt.Sscanf(f[2], "%02X%02X%02X%02X", &b[3], &b[2], &b[1], &b[0]); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		want := netip.AddrFrom4(b)
		if !slices.Contains(ips, want) {
			t.Errorf("gateways %v, want %v among them", ips, want)
		}
	}
}
