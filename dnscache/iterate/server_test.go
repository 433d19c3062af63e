package iterate

import (
	"net/netip"
	"testing"
	"time"
)

func TestServerOrder(t *testing.T) {
	a, b, c := netip.MustParseAddrPort("192.0.2.1:53"), netip.MustParseAddrPort("192.0.2.2:53"), netip.MustParseAddrPort("192.0.2.3:53")
	v6 := netip.MustParseAddrPort("[2001:db8::1]:53")
	now := time.Unix(1_000_000, 0)
	ms := time.Millisecond
	tests := []struct {
		what  string
		learn func(s *servers)
		addrs []netip.AddrPort
		want  []netip.AddrPort
		after time.Duration
	}{
		{"by time", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			s.answered(b, 40*ms, true, now)
			s.answered(c, 60*ms, true, now)
		}, []netip.AddrPort{a, b, c}, []netip.AddrPort{b, c, a}, 0},
		{"unknown before slow", func(s *servers) { s.answered(a, 80*ms, true, now) }, []netip.AddrPort{a, b}, []netip.AddrPort{b, a}, 0},
		{"unknown that is being asked after slow", func(s *servers) { s.answered(a, 80*ms, true, now); s.asking(b, now) }, []netip.AddrPort{a, b}, []netip.AddrPort{a, b}, 0},
		{"silent last", func(s *servers) { s.answered(a, 80*ms, true, now); s.asking(b, now); s.silence(b, false, now) }, []netip.AddrPort{b, a}, []netip.AddrPort{a, b}, 0},
		{"silent a while ago", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			s.asking(b, now)
			s.silence(b, false, now)
		}, []netip.AddrPort{b, a}, []netip.AddrPort{b, a}, 10 * time.Second},
		{"silent again and again", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			for range 5 {
				s.asking(b, now)
				s.silence(b, false, now)
			}
		}, []netip.AddrPort{b, a}, []netip.AddrPort{a, b}, 50 * time.Second},
		{"silent, then well", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			s.silence(b, false, now)
			s.answered(b, 20*ms, true, now)
		}, []netip.AddrPort{a, b}, []netip.AddrPort{b, a}, 0},
		{"lame after slow", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			s.answered(b, 20*ms, true, now)
			s.incapable(b, "test.", now)
		}, []netip.AddrPort{b, a}, []netip.AddrPort{a, b}, 0},
		{"lame for another zone", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			s.answered(b, 20*ms, true, now)
			s.incapable(b, "other.", now)
		}, []netip.AddrPort{a, b}, []netip.AddrPort{b, a}, 0},
		{"slow one gets another chance", func(s *servers) {
			s.answered(a, 80*ms, true, now)
			s.answered(b, 60*ms, true, now.Add(9*time.Minute))
		}, []netip.AddrPort{b, a}, []netip.AddrPort{a, b}, 10 * time.Minute},
		{"no IPv6 here", func(s *servers) { s.answered(a, 80*ms, true, now); s.unroutable(v6, now) }, []netip.AddrPort{v6, a}, []netip.AddrPort{a, v6}, 0},
	}
	for _, tt := range tests {
		var s servers
		tt.learn(&s)
		for range 5 {
			got := s.order(tt.addrs, "test.", now.Add(tt.after))
			for i := range got {
				if got[i].addr != tt.want[i] {
					t.Fatalf("%s: %v, want %v", tt.what, got, tt.want)
				}
			}
		}
	}
	var s servers
	for i := range 2 * maxKnown {
		s.answered(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 53), ms, true, now)
	}
	if len(s.known) > maxKnown {
		t.Errorf("%d servers known, want at most %d", len(s.known), maxKnown)
	}
}
