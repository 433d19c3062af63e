package fetch

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/fetch/auth"
)

// A digestProxy is a proxy for CONNECT that obeys RFC 7616: each challenge has a nonce of its own, which serves for a number of requests
// whose counts must grow.
type digestProxy struct {
	w        *world
	password string
	uses     int  // of a nonce before it is stale
	closes   bool // after a challenge
	noStale  bool // does not say that a nonce is

	nonces int
	counts map[string]int // nonce: the last count
	seen   []string       // scheme, nonce and count of each request, and the answer
	conns  int
}

func (p *digestProxy) serve(port uint16) {
	stop, err := p.w.net.Serve(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), func(c *conntest.Conn) {
		p.conns++
		for br := bufio.NewReader(c); ; {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			if r.Method != http.MethodConnect { // it is the origin, too
				io.WriteString(c, ok("through"))
				continue
			}
			if stale := p.judge(r); stale != "" {
				p.nonces++
				closes := ""
				if p.closes {
					closes = "Connection: close\r\n"
				}
				fmt.Fprintf(c, "HTTP/1.1 407 Who\r\n%sProxy-Authenticate: Basic realm=\"p\"\r\nProxy-Authenticate: Digest realm=\"p\", nonce=\"n%d\", qop=\"auth\", algorithm=SHA-256%s\r\nContent-Length: 7\r\n\r\nno, no\n",
					closes, p.nonces, stale)
				if p.closes {
					c.Close()
					return
				}
				continue
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		}
	})
	if err != nil {
		p.w.Fatal(err)
	}
	p.w.Cleanup(stop)
}

// judge returns "" for a request that may pass, else what is added to the challenge.
func (p *digestProxy) judge(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Proxy-Authorization"), " ")
	f := map[string]string{}
	for part := range strings.SplitSeq(rest, ", ") {
		name, value, _ := strings.Cut(part, "=")
		f[name] = strings.Trim(value, `"`)
	}
	note := func(result string) {
		p.seen = append(p.seen, strings.TrimSpace(scheme+" "+f["nonce"]+" "+strings.TrimLeft(f["nc"], "0"))+": "+result)
	}
	if scheme != "Digest" {
		note("asked")
		return " " // nothing
	}
	hash := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	want := hash(hash("ada:p:"+p.password) + ":" + f["nonce"] + ":" + f["nc"] + ":" + f["cnonce"] + ":auth:" + hash("CONNECT:"+r.RequestURI))
	count, _ := strconv.ParseInt(f["nc"], 16, 32)
	switch last, known := p.counts[f["nonce"]]; {
	case f["response"] != want || f["uri"] != r.RequestURI || r.RequestURI != r.Host:
		note("wrong")
		return " "
	case int(count) <= last || int(count) > p.uses:
		note("stale")
		if p.noStale {
			return " "
		}
		return ", stale=TRUE"
	case !known && f["nonce"] != fmt.Sprint("n", p.nonces):
		note("unknown nonce")
		return ", stale=true"
	}
	p.counts[f["nonce"]] = int(count)
	note("passed")
	return ""
}

// A proxy that wants Digest before it opens a tunnel gets it: on the same connection, and the next tunnels ask for it ahead, with the same
// nonce as long as it serves.
func TestProxyLoginDigest(t *testing.T) {
	tests := []struct {
		name   string
		proxy  digestProxy
		given  bool // the store knows the password, not the proxy's URL
		right  bool
		loads  int
		want   []string
		conns  int
		errors int
	}{
		{name: "nonce reused", proxy: digestProxy{uses: 100}, right: true, loads: 3, conns: 3,
			want: []string{"Basic: asked", "Digest n1 1: passed", "Digest n1 2: passed", "Digest n1 3: passed"}},
		{name: "never said in the open", proxy: digestProxy{uses: 100}, given: true, right: true, loads: 2, conns: 2,
			want: []string{": asked", "Digest n1 1: passed", "Digest n1 2: passed"}},
		{name: "connection closed", proxy: digestProxy{uses: 100, closes: true}, right: true, loads: 2, conns: 3,
			want: []string{"Basic: asked", "Digest n1 1: passed", "Digest n1 2: passed"}},
		{name: "stale", proxy: digestProxy{uses: 2}, right: true, loads: 4, conns: 4,
			want: []string{"Basic: asked", "Digest n1 1: passed", "Digest n1 2: passed", "Digest n1 3: stale", "Digest n2 1: passed", "Digest n2 2: passed"}},
		{name: "stale, not said, and closed", proxy: digestProxy{uses: 1, noStale: true, closes: true}, right: true, loads: 2, conns: 4,
			want: []string{"Basic: asked", "Digest n1 1: passed", "Digest n1 2: stale", "Digest n2 1: passed"}},
		{name: "wrong", proxy: digestProxy{uses: 100}, loads: 2, conns: 2, errors: 2,
			want: []string{"Basic: asked", "Digest n1 1: wrong", "Basic: asked", "Digest n3 1: wrong"}},
		{name: "always stale", proxy: digestProxy{uses: 0}, right: true, loads: 1, conns: 1, errors: 1,
			want: []string{"Basic: asked", "Digest n1 1: stale"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := tt.proxy
				p.w, p.password, p.counts = w, "machine", map[string]int{}
				p.serve(3128)
				id := auth.Identity{User: "ada", Password: "machine"}
				if !tt.right {
					id.Password = "engine"
				}
				way := conn.Proxy{Scheme: "http", Host: "proxy.test", Port: 3128, Username: id.User, Password: id.Password}
				w.client.Auth = &auth.Store{}
				if tt.given {
					way.Username, way.Password = "", ""
					w.client.Auth.Give("http://proxy.test:3128", "", id)
				}
				w.pool.Dialer.Proxy = conn.FixedProxy(way)
				w.pool.Dialer.ConnectTo = []conn.ConnectTo{{Pattern: "*", Target: "192.0.2.1:443"}} // asks for a tunnel
				w.pool.Dialer.ProxyLogin = ProxyLogin(w.client.Auth)
				failed := 0
				for i := range tt.loads {
					r := w.get(fmt.Sprintf("http://%d.test/", i))
					if r.err != nil {
						failed++
						if !errors.Is(r.err, conn.ErrProxyAuth) || strings.Contains(r.err.Error(), id.Password) {
							t.Error(r.err)
						}
					} else if string(r.body) != "through" {
						t.Errorf("%q", r.body)
					}
				}
				if !slices.Equal(p.seen, tt.want) || failed != tt.errors || p.conns != tt.conns {
					t.Errorf("%q\nwant %q; %d failed, %d connections", p.seen, tt.want, failed, p.conns)
				}
			})
		})
	}
}

// A client's own pool knows what the client does.
func TestProxyLoginOfOwnPool(t *testing.T) {
	c := &Client{}
	c.init()
	l := c.pool().Dialer.ProxyLogin(conn.Proxy{Scheme: "http", Host: "::1", Port: 3128, Username: "ada", Password: "machine"})
	if l.Ahead("a.test:443") != "" || !l.Challenged(context.Background(), []string{`Digest realm="p", nonce="n", qop="auth"`}) || !strings.Contains(l.Field("a.test:443"), `uri="a.test:443"`) {
		t.Error("it answers no challenge")
	}
	l.Accepted()
	l = c.own.Dialer.ProxyLogin(conn.Proxy{Scheme: "http", Host: "::1", Port: 3128, Username: "ada", Password: "machine"})
	if got := l.Ahead("b.test:443"); !strings.Contains(got, "nc=00000002") {
		t.Errorf("the next one says %q ahead", got)
	}
}
