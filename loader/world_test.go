package loader_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/loader"
	"pageload/loader/waterfall"
)

const ms = time.Millisecond

// A world is a site on an in-memory network, names for its hosts and a profile
// that loads from it, in a bubble of virtual time. Host number i of the site has
// the address 192.0.2.i, in the order of their names; all ports 80 are served.
type world struct {
	*testing.T
	site    *site
	net     conntest.Network
	names   dnstest.Source
	profile loader.Profile
	serve   map[string]handler // by "HOST/path": instead of the site
	endings []ending           // the same by the path's ending, where serve has none
	tap     bool

	mu       sync.Mutex
	requests []*http.Request // that came, bodies read into Form["body"]
	wire     []onWire        // where tap is set: requests and frames as they came, see tls_site_test.go
}

// A handler answers one request and reports whether the connection goes on.
type handler func(c net.Conn, r *http.Request) bool

type ending struct {
	suffix string
	handle handler
}

// inWorld runs f with a site. The profile may be changed before the first load.
// In the end the profile is closed, and nothing may be left open.
func inWorld(t *testing.T, text string, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		w := &world{T: t, site: parseSite(t, ".test", []byte(text)), serve: map[string]handler{}}
		f(w.start())
		w.close()
	})
}

// start brings the site's hosts up.
func (w *world) start() *world {
	w.Helper()
	w.net.Latency = time.Duration(w.site.Latency) * ms
	w.profile.Pool.Dialer.Dial = w.net.Dial
	w.profile.Pool.Dialer.Resolver = &dnscache.Resolver{Sources: []dnscache.Source{&w.names}}
	for i, host := range w.site.hosts() {
		ip := netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
		w.names.Set(host+w.site.domain, dnstest.Host{Addrs: []netip.Addr{ip}, TTL: time.Hour, Delay: time.Duration(w.site.Names[host]) * ms})
		w.listen(netip.AddrPortFrom(ip, 80), func(c *conntest.Conn) {
			if w.tap {
				w.listened(c, "http")
			} else {
				w.converse(c)
			}
		})
	}
	return w
}

func (w *world) listen(addr netip.AddrPort, handle func(*conntest.Conn)) {
	w.Helper()
	stop, err := w.net.Serve(addr, handle)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(stop)
}

// address is where a host of the site is served.
func (w *world) address(host string) netip.AddrPort {
	for i, h := range w.site.hosts() {
		if h == host {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), 80)
		}
	}
	w.Fatalf("no host %q", host)
	return netip.AddrPort{}
}

func (w *world) close() {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.profile.Close(ctx); err != nil {
		w.Errorf("closing the profile: %v", err)
	}
}

// converse serves one connection.
func (w *world) converse(c net.Conn) {
	br := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Form = map[string][]string{"body": {string(body)}}
		w.mu.Lock()
		w.requests = append(w.requests, r)
		w.mu.Unlock()
		if !w.handler(r)(c, r) {
			return
		}
	}
}

// handler is what answers a request.
func (w *world) handler(r *http.Request) handler {
	if h := w.serve[w.site.label(r.Host)+r.URL.Path]; h != nil {
		return h
	}
	for _, e := range w.endings {
		if strings.HasSuffix(r.URL.Path, e.suffix) {
			return e.handle
		}
	}
	return w.answer
}

// answer sends what the site has.
func (w *world) answer(c net.Conn, r *http.Request) bool {
	host := w.site.label(r.Host)
	a := w.site.answer(host, r.URL.Path)
	if len(a.Early) > 0 {
		fmt.Fprintf(c, "HTTP/1.1 103 Early Hints\r\nLink: %s\r\n\r\n", strings.Join(a.Early, ", "))
	}
	time.Sleep(time.Duration(a.Delay)*ms + w.site.late(host, r.URL.Path))
	if a.unchanged(r) {
		_, err := io.WriteString(c, "HTTP/1.1 304 Not Modified\r\n\r\n")
		return err == nil
	}
	return a.write(c)
}

// unchanged reports whether the request's conditions say that the client has the answer.
func (a *answer) unchanged(r *http.Request) bool {
	tag, modified := a.Headers["ETag"], a.Headers["Last-Modified"]
	if tag != "" {
		return r.Header.Get("If-None-Match") == tag
	}
	return modified != "" && r.Header.Get("If-Modified-Since") == modified
}

func (a *answer) write(c net.Conn) bool {
	var head strings.Builder
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", a.Status, http.StatusText(a.Status))
	chunked, keep := false, true
	for _, f := range a.header {
		fmt.Fprintf(&head, "%s: %s\r\n", f[0], f[1])
		chunked = chunked || f[0] == "Transfer-Encoding"
		keep = keep && !(f[0] == "Connection" && f[1] == "close")
	}
	head.WriteString("\r\n")
	if !chunked {
		body := a.pieces[0]
		last := len(body)
		if a.html && bytes.HasSuffix(body, []byte("\n")) {
			// Whether a document is over when its text is read decides what the host's limit lets out. It is not
			// until the end of its last line has come, a moment later.
			last--
		}
		_, err := io.WriteString(c, head.String()+string(body[:last]))
		if last < len(body) {
			time.Sleep(500 * time.Nanosecond)
			_, err = c.Write(body[last:])
		}
		return keep && err == nil
	}
	io.WriteString(c, head.String())
	for i, p := range a.pieces {
		if i > 0 {
			time.Sleep(time.Duration(a.Pause) * ms)
		}
		if len(p) > 0 {
			if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(p), p); err != nil {
				return false
			}
		}
	}
	_, err := io.WriteString(c, "0\r\n\r\n")
	return keep && err == nil
}

// ServeHTTP serves the site by net/http, for tests on loopback.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	a := w.site.answer(w.site.label(r.Host), r.URL.Path)
	for _, f := range a.header {
		if f[0] != "Transfer-Encoding" {
			rw.Header().Set(f[0], f[1])
		}
	}
	rw.WriteHeader(a.Status)
	for _, p := range a.pieces {
		rw.Write(p)
		http.NewResponseController(rw).Flush()
	}
}

// respond is a handler that writes raw bytes and closes.
func respond(raw string) handler {
	return func(c net.Conn, _ *http.Request) bool {
		io.WriteString(c, raw)
		return false
	}
}

// received lists the requests that came, as "METHOD host/path".
func (w *world) received() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, r := range w.requests {
		list = append(list, r.Method+" "+w.site.label(r.Host)+r.URL.RequestURI())
	}
	return list
}

// request returns the last request that came for "host/path".
func (w *world) request(key string) *http.Request {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.requests) - 1; i >= 0; i-- {
		if r := w.requests[i]; w.site.label(r.Host)+r.URL.Path == key {
			return r
		}
	}
	w.Fatalf("no request for %s came", key)
	return nil
}

// A loaded page and its waterfall.
type loaded struct {
	*waterfall.Waterfall
	w    *world
	page *loader.Page
	err  error
}

// load loads a page of the host "site", which must succeed.
func (w *world) load(path string) *loaded {
	w.Helper()
	p := w.try(w.Context(), loader.Navigation{URL: "http://site" + w.site.domain + path})
	if p.err != nil {
		w.Errorf("load %s: %v", path, p.err)
	}
	return p
}

// try loads a page, which may fail. Whatever happens, there is a page and it has
// a waterfall that agrees with the error.
func (w *world) try(ctx context.Context, n loader.Navigation) *loaded {
	w.Helper()
	page, err := w.profile.Navigate(ctx, n)
	if page == nil {
		w.Fatalf("Navigate(%q) returned no page (error %v)", n.URL, err)
	}
	p := &loaded{page.Waterfall(), w, page, err}
	if got := p.Page.Err != ""; got != (err != nil) {
		w.Errorf("the waterfall's error is %q, that of Navigate %v", p.Page.Err, err)
	}
	for i := range p.Requests {
		if r := &p.Requests[i]; !r.Done {
			w.Errorf("%s has not ended when Navigate returns", p.name(r.URL))
		}
	}
	return p
}
