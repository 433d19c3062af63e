package exchange_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/dnstest"
	"pageload/dnscache/internal/exchange"
)

var (
	ctx    = context.Background()
	server = exchange.To{Addr: netip.MustParseAddrPort("192.0.2.53:53")}
)

// question returns the question for the IPv4 addresses of name.
func question(t testing.TB, name string) exchange.Question {
	t.Helper()
	q, err := exchange.New(name, dns.TypeA)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestAsk(t *testing.T) {
	many := make([]netip.Addr, 200)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
	}
	zone := dnstest.Zone{
		"a.test":    {Addrs: dnstest.IPs("192.0.2.1"), Delay: 20 * time.Millisecond},
		"many.test": {Addrs: many},
		"dead.test": {Silent: true},
		"fail.test": {RCode: "SERVFAIL"},
	}
	tests := []struct {
		name, want string // transport and outcome of each exchange
		tcp        bool
		takes      time.Duration
	}{
		{"a.test", "udp NOERROR 1", false, 20 * time.Millisecond},
		{"a.test", "tcp NOERROR 1", true, 20 * time.Millisecond},
		{"many.test", "udp answer truncated, tcp NOERROR 200", false, 0},
		{"fail.test", "udp SERVFAIL 0", false, 0},
		{"dead.test", "udp no response", false, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &dnstest.Server{Zone: zone}
				c := exchange.Client{Dial: d.Dial}
				to := server
				to.TCP = tt.tcp
				var got []string
				last := c.Ask(ctx, to, question(t, tt.name), func(r exchange.Result) { got = append(got, describe(r)) })
				if s := strings.Join(got, ", "); s != tt.want || describe(last) != got[len(got)-1] || last.Duration != tt.takes {
					t.Errorf("Ask: %q after %v, want %q after %v", s, last.Duration, tt.want, tt.takes)
				}
			})
		})
	}
}

// describe writes a result as its transport and outcome.
func describe(r exchange.Result) string {
	if r.Err != nil {
		return r.Transport + " " + r.Err.Error()
	}
	return r.Transport + " " + exchange.RCode(r.Msg.Rcode) + " " + strconv.Itoa(len(r.Msg.Answer))
}

func TestFaultsAreTold(t *testing.T) {
	l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	closed := l.LocalAddr().(*net.UDPAddr).AddrPort()
	l.Close()
	var c exchange.Client
	for transport, tcp := range map[string]bool{"udp": false, "tcp": true} {
		r := c.Ask(t.Context(), exchange.To{Addr: closed, TCP: tcp}, question(t, "a.test"), nil)
		if r.Err == nil || r.Err.Error() != "connection refused" || !errors.Is(r.Err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v, want connection refused", transport, r.Err)
		}
	}
	silent, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	to := exchange.To{Addr: silent.LocalAddr().(*net.UDPAddr).AddrPort(), Timeout: 10 * time.Millisecond}
	if r := c.Ask(t.Context(), to, question(t, "a.test"), nil); r.Err == nil || r.Err.Error() != "no response" || !exchange.IsTimeout(r.Err) {
		t.Errorf("silence: %v, want no response, and a timeout", r.Err)
	}
}
