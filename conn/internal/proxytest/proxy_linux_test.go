package proxytest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/fetch"
	"pageload/fetch/auth"
	"pageload/parse/weburl"
)

// A certificate is for the origin and for proxies on 127.0.0.1, signed by itself.
type certificate struct {
	tls       tls.Certificate
	roots     *x509.CertPool
	cert, key string // PEM
}

func newCertificate(t *testing.T) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "proxytest"},
		DNSNames: []string{originName}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := certificate{
		tls:   tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		roots: x509.NewCertPool(),
		cert:  string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		key:   string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
	}
	c.roots.AddCert(leaf)
	return c
}

// nobodyKnows is a Resolver that must not be needed but for literal addresses.
type nobodyKnows struct{}

func (nobodyKnows) Lookup(_ context.Context, host string) (dnscache.Answer, error) {
	return dnscache.Answer{}, &dnscache.Error{Name: host, Err: dnscache.ErrNotFound}
}

// only is a Resolver with one name.
type only struct{ host, addr string }

func (o only) Lookup(_ context.Context, host string) (dnscache.Answer, error) {
	if host != o.host {
		return nobodyKnows{}.Lookup(context.Background(), host)
	}
	return dnscache.Answer{Name: host, Addrs: []dnscache.Addr{{IP: netip.MustParseAddr(o.addr)}}}, nil
}

// An origin is a web server with and without TLS that says what it saw.
type origin struct{ plain, secure *httptest.Server }

func newOrigin(t *testing.T, c certificate) origin {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "Proxy-") {
				fmt.Fprintf(w, "%s was seen; ", name)
			}
		}
		fmt.Fprintf(w, "%s %s", r.Method, r.RequestURI)
	})
	o := origin{httptest.NewServer(h), httptest.NewUnstartedServer(h)}
	o.secure.TLS = &tls.Config{Certificates: []tls.Certificate{c.tls}}
	o.secure.StartTLS()
	t.Cleanup(o.plain.Close)
	t.Cleanup(o.secure.Close)
	return o
}

func port(s *httptest.Server) string { return s.URL[strings.LastIndexByte(s.URL, ':')+1:] }

// get loads a URL through a proxy and returns the body.
func get(t *testing.T, d *conn.Dialer, url string) (string, error) {
	t.Helper()
	pool := &conn.Pool{Dialer: conn.Dialer{Proxy: d.Proxy, TLS: d.TLS, Resolver: d.Resolver, Policy: d.Policy}}
	defer pool.Close(t.Context())
	client := &fetch.Client{Pool: pool}
	var body strings.Builder
	done := make(chan error, 1)
	client.Start(t.Context(), &fetch.Request{URL: weburl.MustParse(url)}, fetch.HandlerFuncs{
		OnData: func(p []byte) error { body.Write(p); return nil },
		OnDone: func(hop *fetch.Hop, err error) {
			if err == nil && hop.Proxy == nil {
				err = errors.New("the hop has no proxy")
			}
			done <- err
		},
	})
	err := <-done
	return body.String(), err
}

// A kind is a proxy to be tested.
type kind struct {
	name    string
	proxy   conn.Proxy
	tunnel  bool // http URLs go through a tunnel too
	says401 bool // to a wrong password, where it should say 407
}

func kinds(t *testing.T, c certificate) []kind {
	plain, secure := squid(t, c.cert, c.key)
	d := dante(t, "username")
	local := d
	local.Scheme = "socks5"
	return []kind{
		{name: "tinyproxy", proxy: tinyproxy(t), says401: true},
		{name: "squid", proxy: plain}, {name: "squid over TLS", proxy: secure},
		{name: "dante", proxy: d, tunnel: true}, {name: "dante, names resolved here", proxy: local, tunnel: true},
	}
}

func TestRealProxies(t *testing.T) {
	c := newCertificate(t)
	o := newOrigin(t, c)
	for _, k := range kinds(t, c) {
		t.Run(k.name, func(t *testing.T) {
			for _, url := range []string{
				"http://" + originName + ":" + port(o.plain) + "/path?query",
				"https://" + originName + ":" + port(o.secure) + "/path?query",
				"http://127.0.0.1:" + port(o.plain) + "/path?query",
			} {
				for _, pw := range []string{password, "wrong", ""} {
					p := k.proxy
					if pw != "" {
						p.Username, p.Password = username, pw
					}
					d := &conn.Dialer{Proxy: conn.FixedProxy(p), TLS: &tls.Config{RootCAs: c.roots}, Resolver: nobodyKnows{}}
					if p.Scheme == "socks5" {
						d.Resolver = only{originName, "127.0.0.1"}
					}
					body, err := get(t, d, url)
					if pw == password {
						if err != nil || body != "GET /path?query" {
							t.Errorf("%s: %q, %v", url, body, err)
						}
						continue
					}
					if k.says401 && pw != "" && !strings.HasPrefix(url, "https") {
						// It looks like the origin's; nobody can tell.
						if err != nil || !strings.Contains(body, "401 Unauthorized") {
							t.Errorf("%s with the password %q: %q, %v", url, pw, body, err)
						}
						continue
					}
					var pe *conn.ProxyError
					if !errors.As(err, &pe) || !errors.Is(err, conn.ErrProxyAuth) {
						t.Errorf("%s with the password %q: %q, %v, want a ProxyError", url, pw, body, err)
						continue
					}
					want := conn.ProxyRequest
					if k.tunnel {
						if want = conn.ProxyAuth; pw == "" {
							want = conn.ProxyHello
						}
					}
					if pe.Phase != want || (pe.Status/100 == 4) == k.tunnel || pe.Addr.Port() != p.Port {
						t.Errorf("%s with the password %q: phase %v, status %d: %v", url, pw, pe.Phase, pe.Status, err)
					}
				}
			}
		})
	}
	t.Run("dante without passwords", func(t *testing.T) {
		d := &conn.Dialer{Proxy: conn.FixedProxy(dante(t, "none")), Resolver: nobodyKnows{}}
		if body, err := get(t, d, "http://"+originName+":"+port(o.plain)+"/x"); err != nil || body != "GET /x" {
			t.Errorf("%q, %v", body, err)
		}
	})
}

// Squid wants Digest for tunnels and for requests that it makes itself, and new nonces in between.
func TestRealDigest(t *testing.T) {
	c := newCertificate(t)
	o := newOrigin(t, c)
	plain, secure := digestSquid(t, c.cert, c.key)
	for name, p := range map[string]conn.Proxy{"plain": plain, "over TLS": secure} {
		t.Run(name, func(t *testing.T) {
			for _, pw := range []string{password, "wrong"} {
				store := &auth.Store{}
				store.Give(p.String(), "", auth.Identity{User: username, Password: pw}) // so that nothing is said before squid asks
				pool := &conn.Pool{Dialer: conn.Dialer{Proxy: conn.FixedProxy(p), ProxyLogin: fetch.ProxyLogin(store), Resolver: nobodyKnows{},
					TLS: &tls.Config{RootCAs: c.roots}, ProxyTLS: &tls.Config{RootCAs: c.roots}}}
				client := &fetch.Client{Pool: pool, Auth: store}
				for i := range 3 * digestUses {
					for _, url := range []string{"https://" + originName + ":" + port(o.secure) + "/path", "http://" + originName + ":" + port(o.plain) + "/path"} {
						r, err := client.Do(t.Context(), &fetch.Request{URL: weburl.MustParse(url), Partition: fmt.Sprint(i)}) // a connection each
						if pw != password {
							if !errors.Is(err, conn.ErrProxyAuth) {
								t.Fatalf("%s with a wrong password: %v", url, err)
							}
							continue
						}
						if err != nil {
							t.Fatalf("%s, %d: %v", url, i, err)
						}
						body, err := io.ReadAll(r.Body)
						r.Body.Close()
						if err != nil || string(body) != "GET /path" {
							t.Errorf("%s, %d: %q, %v", url, i, body, err)
						}
					}
					if pw != password {
						break
					}
				}
				if err := pool.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A tunnel begins with the first byte that the other end sends, although that
// may come together with the proxy's answer, and carries all of them.
func TestRealTunnels(t *testing.T) {
	const size = 1 << 20
	c := newCertificate(t)
	sent := make([]byte, size)
	rand.Read(sent)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Write(sent) // at once
				io.Copy(c, c)
			}()
		}
	}()
	for _, k := range kinds(t, c) {
		t.Run(k.name, func(t *testing.T) {
			p := k.proxy
			p.Username, p.Password = username, password
			d := &conn.Dialer{
				Proxy: conn.FixedProxy(p), ProxyTLS: &tls.Config{RootCAs: c.roots}, Resolver: nobodyKnows{},
				DialTLS: func(_ context.Context, c net.Conn, _ *tls.Config) (net.Conn, tls.ConnectionState, error) {
					return c, tls.ConnectionState{}, nil // the bare tunnel
				},
			}
			for range 20 {
				tunnel, err := d.DialTLSContext(t.Context(), "tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				tunnel.SetDeadline(time.Now().Add(20 * time.Second))
				got := make([]byte, size+5)
				if _, err := tunnel.Write([]byte("hello")); err != nil {
					t.Error(err)
				}
				if n, err := io.ReadFull(tunnel, got); err != nil || string(got) != string(sent)+"hello" {
					t.Errorf("%d of %d bytes came, %v; they are the same: %v", n, len(got), err, string(got[:n]) == (string(sent) + "hello")[:n])
				}
				tunnel.Close()
			}
		})
	}
}

// What the proxies say where the target is not there, or not allowed.
func TestRealRefusals(t *testing.T) {
	c := newCertificate(t)
	closed := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	for _, k := range kinds(t, c) {
		t.Run(k.name, func(t *testing.T) {
			p := k.proxy
			p.Username, p.Password = username, password
			d := &conn.Dialer{Proxy: conn.FixedProxy(p), ProxyTLS: &tls.Config{RootCAs: c.roots}, Resolver: only{"missing.test", "127.0.0.66"}}
			targets := []string{closed, "missing.test:443"}
			for _, target := range targets {
				_, err := d.DialTLSContext(t.Context(), "tcp", target)
				var pe *conn.ProxyError
				if !errors.As(err, &pe) || pe.Phase != conn.ProxyRequest || pe.Target == "" {
					t.Errorf("%s: %v, want a ProxyError", target, err)
					continue
				}
				if k.tunnel && pe.Reply == 0 || !k.tunnel && pe.Status < 500 {
					t.Errorf("%s: status %d, reply %d: %v", target, pe.Status, pe.Reply, err)
				}
			}
		})
	}
}
