package loader_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/fetch"
	"pageload/loader"
	"pageload/loader/waterfall"
)

// A bad thing is a URL at which something is wrong.
type badThing struct {
	name    string
	url     string
	prepare func(w *world)
	net     string   // Chromium's name of the error
	words   []string // of the error's text; where a bound was hit, its name
	is      error    // found by errors.Is in the error for a document
	end     int      // ms after the request was made
	needed  bool     // it is only noticed where the body is needed, which an image's is not
}

// badThings are what can be wrong beneath HTTP and within it. Those that would
// last for ever are ended by a limit, the profile's or a lower one of the test's.
var badThings = []badThing{
	{name: "name that does not exist", url: "http://nowhere.test/x", net: "net::ERR_NAME_NOT_RESOLVED",
		words: []string{"dns", "nowhere.test"}, is: dnscache.ErrNotFound},
	{name: "refused port", url: "http://refused.test/x", net: "net::ERR_CONNECTION_REFUSED", words: []string{"192.0.2.200:80", "refused"}, is: syscall.ECONNREFUSED,
		prepare: func(w *world) { w.host("refused", "192.0.2.200") }},
	{name: "silent port", url: "http://silent.test/x", net: "net::ERR_CONNECTION_TIMED_OUT", words: []string{"192.0.2.201:80", "connect timeout after 5s"}, is: os.ErrDeadlineExceeded, end: 5000,
		prepare: func(w *world) {
			w.host("silent", "192.0.2.201")
			w.net.SetRule(netip.MustParseAddrPort("192.0.2.201:80"), conntest.Rule{Blackhole: true})
			w.profile.Pool.Dialer.ConnectTimeout = 5 * time.Second
		}},
	{name: "untrusted certificate", url: "https://self.test/x", net: "net::ERR_CERT_AUTHORITY_INVALID", words: []string{"tls", "192.0.2.202:443", "unknown authority"},
		prepare: func(w *world) { w.secure("self", "192.0.2.202", "self.test") }},
	{name: "certificate of another host", url: "https://other.test/x", net: "net::ERR_CERT_COMMON_NAME_INVALID", words: []string{"tls", "another.test"},
		prepare: func(w *world) {
			pool := w.secure("other", "192.0.2.203", "another.test")
			w.profile.Pool.Dialer.TLS = &tls.Config{RootCAs: pool}
		}},
	{name: "TLS to a plain port", url: "https://plain.test:80/x", net: "net::ERR_SSL_PROTOCOL_ERROR", words: []string{"tls", "192.0.2.205:80"},
		prepare: func(w *world) { w.raw("plain", "192.0.2.205", "HTTP/1.1 400 Bad Request\r\n\r\n") }},
	{name: "TLS to a port that closes", url: "https://site.test:80/x", net: "net::ERR_CONNECTION_CLOSED", words: []string{"tls", "192.0.2.1:80"}},
	{name: "garbage", url: "http://site.test/x", net: "net::ERR_INVALID_HTTP_RESPONSE", words: []string{"wait", "response"},
		prepare: func(w *world) {
			w.serve["site/x"] = respond("SSH-2.0-OpenSSH_9.7\r\n\x00\x01\x02 none of HTTP\r\n\r\n")
		}},
	{name: "two lengths", url: "http://site.test/x", net: "net::ERR_INVALID_HTTP_RESPONSE", words: []string{"Content-Length"},
		prepare: func(w *world) {
			w.serve["site/x"] = respond("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")
		}},
	{name: "closes without a word", url: "http://fresh.test/x", net: "net::ERR_EMPTY_RESPONSE", is: fetch.ErrEmptyResponse,
		prepare: func(w *world) { w.raw("fresh", "192.0.2.204", "") }},
	{name: "closes within the head", url: "http://fresh.test/x", net: "net::ERR_RESPONSE_HEADERS_TRUNCATED", words: []string{"wait"},
		prepare: func(w *world) { w.raw("fresh", "192.0.2.204", "HTTP/1.1 200 OK\r\nContent-Le") }},
	{name: "closes within the body", url: "http://site.test/x", net: "net::ERR_CONTENT_LENGTH_MISMATCH", words: []string{"receive"},
		prepare: func(w *world) {
			w.serve["site/x"] = respond("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<!doctype html><title>half</title>")
		}},
	{name: "closes between chunks", url: "http://site.test/x", net: "net::ERR_INCOMPLETE_CHUNKED_ENCODING", words: []string{"receive"},
		prepare: func(w *world) {
			w.serve["site/x"] = respond("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<p>x\r\n")
		}},
	{name: "reset", url: "http://fresh.test/x", net: "net::ERR_CONNECTION_RESET", is: syscall.ECONNRESET,
		prepare: func(w *world) {
			w.host("fresh", "192.0.2.204")
			w.listen(netip.MustParseAddrPort("192.0.2.204:80"), func(c *conntest.Conn) { c.Read(make([]byte, 1)); c.Reset() })
		}},
	{name: "head without end", url: "http://site.test/x", net: "net::ERR_RESPONSE_HEADERS_TOO_BIG", words: []string{"Limits.HeaderBytes"}, is: fetch.ErrHeaderSize,
		prepare: func(w *world) {
			w.serve["site/x"] = func(c net.Conn, _ *http.Request) bool {
				io.WriteString(c, "HTTP/1.1 200 OK\r\n")
				for i := 0; ; i++ {
					if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("x", 4000)); err != nil {
						return false
					}
				}
			}
		}},
	{name: "silent server", url: "http://site.test/x", net: "net::ERR_TIMED_OUT", words: []string{"wait", "HeaderTimeout 7s"}, is: fetch.ErrHeaderTimeout, end: 7000,
		prepare: func(w *world) {
			w.profile.Limits.HeaderTime = 7 * time.Second
			w.serve["site/x"] = func(c net.Conn, _ *http.Request) bool { c.Read(make([]byte, 1)); return false }
		}},
	{name: "body that stops", url: "http://site.test/x", net: "net::ERR_TIMED_OUT", words: []string{"receive", "IdleTimeout 8s"}, is: fetch.ErrIdleTimeout, end: 8000,
		prepare: func(w *world) {
			w.profile.Limits.IdleTime = 8 * time.Second
			w.serve["site/x"] = func(c net.Conn, _ *http.Request) bool {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<!doctype html><title>half</title>")
				c.Read(make([]byte, 1))
				return false
			}
		}},
	{name: "body without end", url: "http://site.test/x", net: "net::ERR_INSUFFICIENT_RESOURCES", words: []string{"receive", "MaxBodyBytes 1048576"}, is: fetch.ErrBodySize,
		prepare: func(w *world) {
			w.profile.Limits.BodySize = 1 << 20
			w.serve["site/x"] = endless("Content-Type: application/octet-stream", bytes.Repeat([]byte("x"), 32<<10))
		}},
	{name: "redirects in a circle", url: "http://site.test/x", net: "net::ERR_TOO_MANY_REDIRECTS", words: []string{"redirect", "MaxRedirects 20"}, is: fetch.ErrTooManyRedirects,
		prepare: func(w *world) {
			w.serve["site/x"] = func(c net.Conn, r *http.Request) bool {
				_, err := io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: "+r.URL.Path+"\r\nContent-Length: 0\r\n\r\n")
				return err == nil
			}
		}},
	{name: "redirect to a file", url: "http://site.test/x", net: "net::ERR_UNSAFE_REDIRECT", words: []string{"file"}, is: fetch.ErrScheme,
		prepare: func(w *world) {
			w.serve["site/x"] = respond("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")
		}},
	{name: "redirect to no URL", url: "http://site.test/x", net: "net::ERR_INVALID_REDIRECT", words: []string{"redirect"}, is: fetch.ErrRedirect,
		prepare: func(w *world) {
			w.serve["site/x"] = respond("HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n")
		}},
	{name: "broken gzip", url: "http://site.test/x", needed: true, net: "net::ERR_CONTENT_DECODING_FAILED", words: []string{"decode"}, is: fetch.ErrDecode,
		prepare: func(w *world) {
			w.serve["site/x"] = respond("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: 18\r\n\r\nthis is not gzip !")
		}},
}

// host gives a name an address.
func (w *world) host(label, ip string) {
	w.names.Set(label+w.site.domain, dnstest.Host{Addrs: dnstest.IPs(ip), TTL: time.Hour})
}

// raw is a host that answers every connection with the same bytes.
func (w *world) raw(label, ip, answer string) {
	w.host(label, ip)
	w.listen(netip.AddrPortFrom(netip.MustParseAddr(ip), 80), func(c *conntest.Conn) {
		if n, _ := c.Read(make([]byte, 64<<10)); n > 0 {
			io.WriteString(c, answer)
		}
	})
}

// secure is a host with TLS and a certificate of its own for a name; it serves
// the site. It returns what a client that trusts the certificate trusts.
func (w *world) secure(label, ip, name string) *x509.CertPool {
	w.host(label, ip)
	cert, pool := selfSigned(w, name)
	w.listenTLS(netip.AddrPortFrom(netip.MustParseAddr(ip), 443), cert)
	return pool
}

// listenTLS serves the site over TLS.
func (w *world) listenTLS(addr netip.AddrPort, cert tls.Certificate) {
	w.Helper()
	w.listen(addr, func(c *conntest.Conn) {
		tc := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		if tc.Handshake() == nil {
			w.converse(tc)
			tc.Close()
		}
	})
}

func selfSigned(t testing.TB, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pageload test"}, DNSNames: names,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// endless sends a body chunk by chunk until the client is gone.
func endless(field string, chunk []byte) handler {
	return func(c net.Conn, _ *http.Request) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\n"+field+"\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
				return false
			}
		}
	}
}

// Each bad thing, named by an image, a style sheet and a frame of a page: the
// row says what was wrong, and everything else of the page is there.
func TestBadSubresource(t *testing.T) {
	for _, bad := range badThings {
		for _, markup := range []string{`<link rel="stylesheet" href="%s">`, `<img src="%s">`, `<iframe src="%s"></iframe>`} {
			t.Run(bad.name+" as "+strings.Trim(strings.Fields(markup)[0], "<"), func(t *testing.T) {
				text := "\n-- index.html --\n<!doctype html><html><head><title>t</title></head><body><img src=\"before-200x200.png\">" + fmt.Sprintf(markup, bad.url) +
					"<iframe src=\"after.html\"></iframe><p style=\"background: url(last-200x200.png)\">x</p></body></html>\n-- after.html --\nframe\n"
				inWorld(t, text, func(w *world) {
					if bad.prepare != nil {
						bad.prepare(w)
					}
					p := w.load("/")
					row := p.row(p.name(bad.url))
					if bad.needed && strings.Contains(markup, "img") {
						if row.Err != "" || row.DecodedBytes != -1 {
							t.Errorf("error %q, %d bytes decoded, want neither", row.Err, row.DecodedBytes)
						}
						return
					}
					if row.Err == "" || row.NetError != bad.net {
						t.Errorf("error %q (%s), want %s", row.Err, row.NetError, bad.net)
					}
					for _, word := range bad.words {
						if !strings.Contains(row.Err, word) {
							t.Errorf("error %q does not say %q", row.Err, word)
						}
					}
					if got := row.Times.End - p.chain(row).Start; got < time.Duration(bad.end)*ms || got >= time.Duration(bad.end+1000)*ms {
						t.Errorf("took %v, want %d ms and less than a second more", got, bad.end)
					}
					for _, name := range []string{"/", "/before-200x200.png", "/after.html", "/last-200x200.png"} {
						if r := p.row(name); r.Failed() || r.Status != 200 {
							t.Errorf("%s: status %d, error %q", name, r.Status, r.Err)
						}
					}
					if p.Page.Load < row.Times.End {
						t.Errorf("load at %v, before the failure at %v was known", p.Page.Load, row.Times.End)
					}
				})
			})
		}
	}
}

// Each bad thing as the page itself: Load returns the error and a page whose
// waterfall has the row.
func TestBadDocument(t *testing.T) {
	for _, bad := range badThings {
		t.Run(bad.name, func(t *testing.T) {
			inWorld(t, "\n-- index.html --\nx", func(w *world) {
				if bad.prepare != nil {
					bad.prepare(w)
				}
				p := w.try(w.Context(), loader.Navigation{URL: bad.url})
				var fe *fetch.Error
				if !errors.As(p.err, &fe) {
					w.Fatalf("error %v is no *fetch.Error", p.err)
				}
				if fe.Net() != bad.net {
					t.Errorf("%s, want %s (%v)", fe.Net(), bad.net, p.err)
				}
				for _, word := range bad.words {
					if !strings.Contains(p.err.Error(), word) {
						t.Errorf("error %q does not say %q", p.err, word)
					}
				}
				if bad.is != nil && !errors.Is(p.err, bad.is) {
					t.Errorf("error %v is not %v", p.err, bad.is)
				}
				if len(p.Requests) == 0 || p.Requests[len(p.Requests)-1].Err == "" {
					t.Errorf("the waterfall does not have the failed request:\n%s", p)
				}
				if p.page.Document() == nil && p.Page.Load != waterfall.None {
					t.Errorf("load at %v of a page without document", p.Page.Load)
				}
			})
		})
	}
}

// What came of a document before it broke is kept, and so is what that named.
func TestBrokenDocumentKeepsWhatCame(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		w.serve["site/half.html"] = respond("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 9999\r\n\r\n" +
			"<!doctype html><title>half</title><a href=there>x</a><img src=a-200x200.png><img src=")
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/half.html"})
		if !errors.Is(p.err, fetch.ErrTruncated) {
			t.Errorf("error %v, want ErrTruncated", p.err)
		}
		p.wantRequests("/half.html", "/a-200x200.png")
		if r := p.row("/a-200x200.png"); r.Status != 200 || r.Failed() {
			t.Errorf("image: %d %q", r.Status, r.Err)
		}
		if got := len(p.page.Links()); got != 1 {
			t.Errorf("%d links, want 1", got)
		}
		if p.page.Status() != 200 || p.page.Document() == nil {
			t.Errorf("status %d, document %v", p.page.Status(), p.page.Document())
		}
	})
}

// A small response that expands to much is stopped by the bound of what it is.
func TestDecompressionBomb(t *testing.T) {
	var bomb bytes.Buffer
	zw, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	zeros := bytes.Repeat([]byte(" "), 1<<20)
	for range 20 { // the bound on the ratio begins at 16 MiB
		zw.Write(zeros)
	}
	zw.Close()
	answer := func(mediaType string) handler {
		return respond(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", mediaType, bomb.Len(), bomb.String()))
	}
	tests := []struct {
		name   string
		markup string
		limits loader.Limits
		words  []string // none: it is not decoded at all
	}{
		{"style sheet, by its ratio", `<link rel="stylesheet" href="bomb">`, loader.Limits{SheetSize: -1}, []string{"MaxRatio 200"}},
		{"style sheet, by its size", `<link rel="stylesheet" href="bomb">`, loader.Limits{SheetSize: 1 << 20}, []string{"Limits.SheetSize", "1048576"}},
		{"module, by its size", `<script type="module" src="bomb"></script>`, loader.Limits{SheetSize: 1 << 20}, []string{"Limits.SheetSize"}},
		{"frame, by its size", `<iframe src="bomb"></iframe>`, loader.Limits{DocumentSize: 1 << 20}, []string{"Limits.DocumentSize"}},
		{"image, which nobody needs decoded", `<img src="bomb">`, loader.Limits{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, "\n-- index.html --\n<!doctype html><img src=\"a-200x200.png\">"+test.markup, func(w *world) {
				w.profile.Limits = test.limits
				mediaType := "text/html"
				switch {
				case strings.Contains(test.markup, "stylesheet"):
					mediaType = "text/css"
				case strings.Contains(test.markup, "script"):
					mediaType = "text/javascript"
				}
				w.serve["site/bomb"] = answer(mediaType)
				p := w.load("/")
				r := p.row("/bomb")
				if (r.Err != "") != (test.words != nil) {
					t.Errorf("error %q (%s)", r.Err, r.NetError)
				}
				for _, word := range test.words {
					if !strings.Contains(r.Err, word) {
						t.Errorf("error %q does not say %q", r.Err, word)
					}
				}
				if test.words == nil && r.DecodedBytes != -1 {
					t.Errorf("%d bytes decoded, want none", r.DecodedBytes)
				}
				if a := p.row("/a-200x200.png"); a.Failed() {
					t.Errorf("the other image: %q", a.Err)
				}
			})
		})
	}
}

// A host that a policy forbids is named, and no connection to it is opened.
func TestForbiddenAddress(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<img src=http://inside.test/x.png>", func(w *world) {
		w.host("inside", "10.0.0.1")
		w.profile.Pool.Dialer.Policy = func(a netip.AddrPort) error {
			if a.Addr().IsPrivate() {
				return errors.New("private address")
			}
			return nil
		}
		p := w.load("/")
		r := p.wantError("inside/x.png", "net::ERR_BLOCKED_BY_CLIENT", "10.0.0.1", "private address")
		if r.ConnID != 0 {
			t.Errorf("connection %d was used", r.ConnID)
		}
		var pe *conn.PolicyError
		d := w.try(w.Context(), loader.Navigation{URL: "http://inside.test/"})
		if !errors.As(d.err, &pe) {
			t.Errorf("error %v is no *conn.PolicyError", d.err)
		}
	})
}
