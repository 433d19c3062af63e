package loader_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/loader"
	"pageload/loader/waterfall"
)

const proxiedSite = `{"about": "a page behind a proxy", "latency": 10, "names": {"cdn": 1}}
-- index.html --
<!doctype html><html><head><link rel="preconnect" href="http://cdn.test"><link rel="dns-prefetch" href="//a.test"></head>
<body><img src="hero-200x200.png"><img src="http://cdn.test/logo-200x200.png"></body></html>
`

// Through a proxy a page asks for no name here, not even where its markup
// would have it asked ahead.
func TestPageThroughProxy(t *testing.T) {
	inWorld(t, proxiedSite, func(w *world) {
		names := &asked{Resolver: w.profile.Pool.Dialer.Resolver}
		w.profile.Pool.Dialer.Resolver = names
		w.profile.Pool.Dialer.Proxy = conn.FixedProxy(conn.Proxy{Scheme: "http", Host: "192.0.2.1", Port: 80, Username: "u", Password: "p"})
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/"})
		if p.err != nil {
			t.Fatal(p.err)
		}
		for i := range p.Requests {
			if r := &p.Requests[i]; r.Status != 200 {
				t.Errorf("%s: %d %s", r.URL, r.Status, r.Err)
			}
		}
		if len(p.Requests) != 3 || len(names.hosts) != 0 {
			t.Errorf("%d requests; names asked: %v", len(p.Requests), names.hosts)
		}
		for _, r := range w.requests {
			if r.URL.Scheme != "http" || r.Header.Get("Proxy-Authorization") == "" {
				t.Errorf("the proxy saw %s, credentials %q", r.RequestURI, r.Header.Get("Proxy-Authorization"))
			}
		}
		hint := "dns-prefetch a.test: its connections need no lookup here"
		if !slices.ContainsFunc(p.Hints, func(n waterfall.Note) bool { return n.Text == hint }) {
			t.Errorf("hints %v, want %q", p.Hints, hint)
		}
		for _, r := range w.profile.Pool.Records() {
			if r.Proxy == nil || r.Remote.String() != "192.0.2.1:80" {
				t.Errorf("connection %d: proxy %v, remote %v", r.ID, r.Proxy, r.Remote)
			}
		}
	})
}

// A subresource that is redirected to a private address is refused by the
// address policy; the page goes on.
func TestSubresourceRedirectedToPrivateAddress(t *testing.T) {
	inWorld(t, proxiedSite, func(w *world) {
		own := netip.MustParsePrefix("192.0.2.0/24") // the world's
		w.profile.Pool.Dialer.Policy = func(a netip.AddrPort) error {
			if own.Contains(a.Addr()) {
				return nil
			}
			return conn.PublicOnly()(a)
		}
		w.serve["site/hero-200x200.png"] = respond("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/"})
		if p.err != nil {
			t.Fatal(p.err)
		}
		i := slices.IndexFunc(p.Requests, func(r waterfall.Request) bool { return strings.Contains(r.URL, "169.254.169.254") })
		if i < 0 {
			t.Fatal("the redirected request has no row")
		}
		if r := p.Requests[i]; r.NetError != "net::ERR_BLOCKED_BY_CLIENT" || !strings.Contains(r.Err, "refused by policy: 169.254.0.0/16: link-local") || r.Status != 0 {
			t.Errorf("status %d, %s, %s", r.Status, r.NetError, r.Err)
		}
		if r := p.row("cdn/logo-200x200.png"); r.Status != 200 {
			t.Errorf("the other image: %d %s", r.Status, r.Err)
		}
	})
}

// A document whose name is bound to a private address between two loads.
func TestDocumentRebound(t *testing.T) {
	inWorld(t, proxiedSite, func(w *world) {
		w.profile.Pool.Dialer.Policy = conn.Deny(netip.MustParsePrefix("10.0.0.0/8"))
		if p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/"}); p.err != nil {
			t.Fatal(p.err)
		}
		w.profile.Pool.CloseIdle()
		w.profile.Pool.Dialer.Resolver.(*dnscache.Resolver).Flush()
		w.names.Set("site.test", dnstest.Host{Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}})
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/"})
		var refused *conn.PolicyError
		if !errors.As(p.err, &refused) || refused.Addr.Addr().String() != "10.0.0.1" {
			t.Errorf("error %v, want a PolicyError", p.err)
		}
	})
}

// asked is a Resolver that notes what it was asked.
type asked struct {
	conn.Resolver
	mu    sync.Mutex
	hosts []string
}

func (a *asked) Lookup(ctx context.Context, host string) (dnscache.Answer, error) {
	a.mu.Lock()
	a.hosts = append(a.hosts, host)
	a.mu.Unlock()
	return a.Resolver.Lookup(ctx, host)
}
