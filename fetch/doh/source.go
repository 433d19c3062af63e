package doh

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/dnscache/system"
	"pageload/fetch"
	"pageload/parse/weburl"
)

// Source is a recursing name server that is asked over HTTPS. It puts the
// questions for IPv4 and IPv6 addresses side by side, each as a POST. Its fields
// must not be changed after the first lookup; it is safe for concurrent use and
// remembers no answers.
type Source struct {
	// URL is where questions are posted to, https.
	URL string
	// Bootstrap are the addresses of the URL's host, which cannot be looked up
	// where names are what is wanted. Empty: the host must be an address.
	Bootstrap []netip.Addr
	// At is the level that answers are reported at. Zero means ISP.
	At dnscache.Level
	// Timeout is how long a question may take. Zero means 5 seconds.
	Timeout time.Duration
	// HTTPS asks for HTTPS records too.
	HTTPS bool
	// TLS is the configuration of the connections; nil means the system's roots.
	TLS *tls.Config
	// Dial opens connections; nil means the network.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	once   sync.Once
	err    error // why URL cannot be used
	url    weburl.URL
	pool   conn.Pool
	client fetch.Client
	server system.Server
}

// ErrURL is the error of a Source whose URL cannot be used.
var ErrURL = errors.New("doh: the URL must be https, and its host an address where Bootstrap is empty")

// maxMessage bounds a response; DNS messages are no larger (RFC 8484 section 6).
const maxMessage = 1<<16 - 1

func (s *Source) init() {
	u, err := weburl.Parse(s.URL)
	if err != nil || u.Scheme() != "https" {
		s.err = fmt.Errorf("%w: %q", ErrURL, s.URL)
		return
	}
	s.url = u
	host, port := u.Address()
	addrs := s.Bootstrap
	if ip, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{ip}
	}
	if len(addrs) == 0 {
		s.err = fmt.Errorf("%w: %q", ErrURL, s.URL)
		return
	}
	s.pool.Dialer = conn.Dialer{Resolver: bootstrap(addrs), TLS: s.TLS, Dial: s.Dial}
	s.client = fetch.Client{Pool: &s.pool, Profile: fetch.Honest(""), MaxRedirects: -1, MaxBodyBytes: maxMessage, MaxDecodedBytes: maxMessage}
	// The server's address is only what its steps name: connections are ours.
	s.server = system.Server{
		Upstreams: []system.Upstream{{Addr: netip.AddrPortFrom(addrs[0], port), Transport: "tcp"}},
		At:        s.At, Timeout: s.Timeout, Attempts: 1, HTTPS: s.HTTPS, Dial: s.open,
	}
}

// Level returns At, or dnscache.ISP where that is zero.
func (s *Source) Level() dnscache.Level { return (&system.Server{At: s.At}).Level() }

// Lookup returns the addresses of name, IPv6 first. Every question is a step of
// the answer, with the URL as the server and https as the transport.
func (s *Source) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	s.once.Do(s.init)
	if s.err != nil {
		return dnscache.Step{Level: s.Level(), Server: s.URL, Transport: "https", Start: time.Now()}.Failed(name, s.err)
	}
	a, err := s.server.Lookup(ctx, name)
	for i := range a.Steps {
		a.Steps[i].Server, a.Steps[i].Transport = s.URL, "https"
	}
	var e *dnscache.Error
	if errors.As(err, &e) {
		e.Steps = a.Steps
	}
	return a, err
}

// Close closes the connections.
func (s *Source) Close(ctx context.Context) error {
	s.once.Do(s.init)
	return s.pool.Close(ctx)
}

// open is a connection over TCP, as far as the asking side can tell: what is
// written to it is posted, and the response is what is read from it.
func (s *Source) open(ctx context.Context, _ string, _ netip.AddrPort) (net.Conn, error) {
	return newStream(s), nil
}

// bootstrap is the name server's own addresses.
type bootstrap []netip.Addr

// Lookup returns them, whatever the name.
func (b bootstrap) Lookup(_ context.Context, host string) (dnscache.Answer, error) {
	return dnscache.Step{Level: dnscache.Literal, Question: "A+AAAA " + host, Transport: "builtin"}.Found(host, "", b), nil
}
