package system

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"pageload/dnscache"
)

// defaultAttempts is that of resolv.conf(5).
const defaultAttempts = 2

// Server is a source that asks recursing name servers, one after the other until one answers. It puts the questions for
// IPv4 and IPv6 addresses side by side, each over UDP from a port of its own with an ID of its own (RFC 5452), over TCP
// where the answer is truncated. A response that is not the one that was asked for is as if it had not come.
//
// The zero value has nobody to ask and fails. A Server is safe for concurrent use; its fields must not change meanwhile.
// It remembers no answers: each Lookup asks. Most users need no more than Addrs; [ISP] asks the servers that the machine
// is configured with.
type Server struct {
	// Addrs are asked in this order, then Upstreams, which may be asked over TLS. One that responds with a failure
	// (SERVFAIL, REFUSED, …) or cannot be reached is not asked again in a lookup; one that is silent is, when all others
	// were tried.
	Addrs     []netip.AddrPort
	Upstreams []Upstream

	// At is the level that answers are reported at. Zero means ISP.
	At dnscache.Level

	// Timeout is how long one try may last, and Attempts how often each server is tried. Zero means 5 seconds and 2.
	Timeout  time.Duration
	Attempts int

	// CacheFirst asks without recursion first, and with it where that gives no answer. A step then tells with Cached
	// whether the server had the answer. It costs a round trip where it had not. Some servers refuse such questions, which
	// the step's Note tells; dnsmasq passes them on without a look into its own cache, so that what answers is the cache
	// of the server behind it.
	CacheFirst bool

	// HTTPS asks for HTTPS records too. They are waited for until 50 ms after the addresses.
	HTTPS bool

	// TLS is the configuration for upstreams over TLS; the server name is set for each. Nil means the system's roots.
	TLS *tls.Config

	// Dial opens connections; network is "udp" or "tcp", and a read or write on the former is one message. Nil means
	// net.Dialer. A test has dnstest.Server.Dial here.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	line    line
	secrets secrets
}

// Level returns At, or [dnscache.ISP] where that is zero.
func (s *Server) Level() dnscache.Level { return cmp.Or(s.At, dnscache.ISP) }

// Lookup returns the addresses of name, IPv6 first. Every exchange of messages is a step of the answer.
func (s *Server) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	k := asker{
		level: s.Level(), label: plainLabel, client: s.line.to(s.Dial), ttls: &s.line.ttls,
		to: s.secrets.servers(s.Addrs, s.Upstreams, s.TLS, s.Timeout), attempts: s.Attempts, first: s.CacheFirst, https: s.HTTPS,
	}
	return k.lookup(ctx, name)
}

// CloseIdle closes the connections over TLS that are kept for the next questions: two for each upstream at most, for ten
// seconds.
func (s *Server) CloseIdle() { s.line.client.CloseIdle() }
