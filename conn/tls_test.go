package conn

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// An authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority() *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	a.cert, _ = x509.ParseCertificate(der)
	a.pool.AddCert(a.cert)
	return a
}

var theAuthority = sync.OnceValue(newAuthority)

// leaf returns a certificate for *.test, 192.0.2.1 and 127.0.0.1, changed by edit.
func (a *authority) leaf(edit func(*x509.Certificate)) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"*.test"},
		IPAddresses: []net.IP{net.ParseIP("192.0.2.1"), net.ParseIP("127.0.0.1")},
		NotBefore:   time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if edit != nil {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

var (
	tlsAddr = netip.MustParseAddrPort("192.0.2.1:443")
	keyTLS  = Key{Scheme: "https", Host: "a.test", Port: 443}
)

// serveTLS serves TLS at tlsAddr.
func (w *world) serveTLS(config *tls.Config, f func(*tls.Conn)) {
	w.serve(tlsAddr, func(c *conntest.Conn) {
		tc := tls.Server(c, config)
		if tc.Handshake() == nil {
			f(tc)
		}
	})
}

// echo keeps a connection open until the peer closes it.
func echo(c *tls.Conn) { io.Copy(c, c) }

func clientTLS() *tls.Config { return &tls.Config{RootCAs: theAuthority().pool} }

func TestTLSHandshake(t *testing.T) {
	for _, test := range []struct {
		name   string
		client []string
		server []string
		proto  string
	}{
		{"h2", nil, []string{"h2", "http/1.1"}, "h2"},
		{"http/1.1", nil, []string{"http/1.1"}, "http/1.1"},
		{"no ALPN", nil, nil, "http/1.1"},
		{"own ALPN", []string{"http/1.1"}, []string{"h2", "http/1.1"}, "http/1.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := clientTLS()
			config.NextProtos = test.client
			inWorld(t, &Pool{Dialer: Dialer{TLS: config}}, func(w *world) {
				sni := make(chan string, 1)
				w.serveTLS(&tls.Config{
					NextProtos: test.server,
					GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
						sni <- h.ServerName
						c := theAuthority().leaf(nil)
						return &c, nil
					},
				}, echo)
				l := w.get(keyTLS)
				if l.Proto() != test.proto || l.TLS() == nil || l.TLS().Version != tls.VersionTLS13 {
					t.Errorf("proto %q, TLS %+v", l.Proto(), l.TLS())
				}
				if got := <-sni; got != "a.test" {
					t.Errorf("server name %q", got)
				}
				i := l.Info()
				if i.TLSStart.Sub(w.start) != 20*ms || i.TLSEnd.Sub(w.start) != 40*ms {
					t.Errorf("TLS from %v to %v, want from 20ms to 40ms", i.TLSStart.Sub(w.start), i.TLSEnd.Sub(w.start))
				}
				if _, ok := l.Conn().(*tls.Conn); !ok {
					t.Errorf("Conn is a %T", l.Conn())
				}
			})
		})
	}
}

func TestTLSFaults(t *testing.T) {
	past, future := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	stranger := newAuthority()
	serve := func(a *authority, edit func(*x509.Certificate)) func(*conntest.Conn) {
		return func(c *conntest.Conn) {
			tls.Server(c, &tls.Config{Certificates: []tls.Certificate{a.leaf(edit)}}).Handshake()
			io.Copy(io.Discard, c)
		}
	}
	tests := []struct {
		name  string
		serve func(*conntest.Conn)
		host  string
		fault TLSFault
		text  string
	}{
		{"expired", serve(theAuthority(), func(c *x509.Certificate) { c.NotAfter = past }), "a.test", TLSExpired, "certificate expired"},
		{"not yet valid", serve(theAuthority(), func(c *x509.Certificate) { c.NotBefore = future }), "a.test", TLSNotYetValid, "not valid yet"},
		{"wrong host", serve(theAuthority(), nil), "other.example", TLSWrongHost, "other.example"},
		{"wrong IP", serve(theAuthority(), func(c *x509.Certificate) { c.IPAddresses = nil }), "192.0.2.1", TLSWrongHost, "192.0.2.1"},
		{"unknown issuer", serve(stranger, nil), "a.test", TLSUnknownIssuer, "unknown authority"},
		{"wrong usage", serve(theAuthority(), func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}), "a.test", TLSBadChain, "key usage"},
		{"plain HTTP", func(c *conntest.Conn) {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			io.Copy(io.Discard, c)
		}, "a.test", TLSNotTLS, "does not speak TLS"},
		{"alert", func(c *conntest.Conn) {
			tls.Server(c, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10,
				Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			io.Copy(io.Discard, c)
		}, "a.test", TLSAlert, "protocol version"},
		{"closed", func(c *conntest.Conn) { c.Read(make([]byte, 1)); c.CloseWrite(); io.Copy(io.Discard, c) }, "a.test", TLSClosed, "EOF"},
		{"reset", func(c *conntest.Conn) { c.Reset() }, "a.test", TLSClosed, "reset"},
		{"hangs", func(c *conntest.Conn) { io.Copy(io.Discard, c) }, "a.test", TLSTimeout, "tls timeout after 7s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := names{"a.test": {"192.0.2.1"}, "other.example": {"192.0.2.1"}}
			inWorld(t, &Pool{Dialer: Dialer{Resolver: r, TLS: clientTLS(), TLSTimeout: 7 * time.Second}}, func(w *world) {
				w.serve(tlsAddr, test.serve)
				_, err := w.pool.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: test.host, Port: 443}})
				var te *TLSError
				if !errors.As(err, &te) {
					w.Fatalf("error %v, want a TLSError", err)
				}
				if te.Fault != test.fault || !strings.Contains(err.Error(), test.text) {
					t.Errorf("fault %v, error %v; want %v, %q", te.Fault, err, test.fault, test.text)
				}
				if te.Addr != tlsAddr || te.Host != test.host || te.Start.Sub(w.start) != 20*ms {
					t.Errorf("at %v of %s, start %v", te.Addr, te.Host, te.Start.Sub(w.start))
				}
				if test.fault == TLSTimeout && (!errors.Is(err, os.ErrDeadlineExceeded) || te.End.Sub(te.Start) != 7*time.Second) {
					t.Errorf("timeout: %v after %v", err, te.End.Sub(te.Start))
				}
			})
		})
	}
}

func TestTLSGivenUpByClose(t *testing.T) {
	inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS()}}, func(w *world) {
		w.serve(tlsAddr, func(c *conntest.Conn) { io.Copy(io.Discard, c) })
		v := w.enqueue(ctxBg, "v", keyTLS, Medium)
		w.sleep(time.Second)
		if err := w.pool.Close(ctxBg); err != nil {
			t.Error(err)
		}
		if !errors.Is(v.err, ErrPoolClosed) {
			t.Errorf("error %v", v.err)
		}
	})
}

func TestTLSInsecure(t *testing.T) {
	inWorld(t, &Pool{Dialer: Dialer{TLS: &tls.Config{InsecureSkipVerify: true}}}, func(w *world) {
		w.serveTLS(&tls.Config{Certificates: []tls.Certificate{newAuthority().leaf(nil)}}, echo)
		w.get(keyTLS)
	})
}

func TestDialTLSHook(t *testing.T) {
	called := ""
	p := &Pool{Dialer: Dialer{TLS: clientTLS()}}
	p.Dialer.DialTLS = func(ctx context.Context, c net.Conn, config *tls.Config) (net.Conn, tls.ConnectionState, error) {
		called = config.ServerName + " " + strings.Join(config.NextProtos, " ")
		tc := tls.Client(c, config)
		err := tc.HandshakeContext(ctx)
		return tc, tc.ConnectionState(), err
	}
	inWorld(t, p, func(w *world) {
		w.serveTLS(&tls.Config{NextProtos: []string{"h2"}, Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, echo)
		if l := w.get(keyTLS); l.Proto() != "h2" || called != "a.test h2 http/1.1" {
			t.Errorf("proto %q, hook saw %q", l.Proto(), called)
		}
	})
}

// A TLS 1.3 server sends session tickets that an unused connection has not
// read: that does not make it stale, and the tickets are taken in.
func TestUnreadTicketsAreNotStale(t *testing.T) {
	inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS()}}, func(w *world) {
		// A Go server that asks for a client certificate sends its tickets
		// after the client's last flight, as other servers always do.
		w.serveTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}, ClientAuth: tls.RequestClientCert}, echo)
		w.pool.Preconnect(ctxBg, keyTLS, 1, nil)
		w.sleep(time.Second)
		if n, err := w.pool.conns[1].raw.(*conntest.Conn).ReadReady(); n == 0 {
			w.Fatalf("the server sent no tickets (%v): the test shows nothing", err)
		}
		l := w.get(keyTLS)
		if l.ID() != 1 || l.TLS().DidResume {
			t.Errorf("got connection %d, resumed %v", l.ID(), l.TLS().DidResume)
		}
		if _, err := io.WriteString(l.Conn(), "hello"); err != nil {
			t.Error(err)
		}
		b := make([]byte, 5)
		if _, err := io.ReadFull(l.Conn(), b); err != nil || string(b) != "hello" {
			t.Errorf("read %q, %v", b, err)
		}
		if l2 := w.get(keyTLS); !l2.TLS().DidResume {
			t.Error("the second handshake did not resume the session")
		}
		private := keyTLS
		private.Private = true
		if l3 := w.get(private); l3.TLS().DidResume {
			t.Error("a session was shared with a private connection")
		}
	})
}

// What a peer does to an idle connection is seen when it is taken.
func TestStaleConnectionsAreDropped(t *testing.T) {
	type peer func(c net.Conn, tc *tls.Conn)
	tests := []struct {
		name string
		do   peer
		want string // the record
	}{
		{"FIN", func(c net.Conn, _ *tls.Conn) { c.(*conntest.Conn).CloseWrite() }, "by peer: EOF"},
		{"RST", func(c net.Conn, _ *tls.Conn) { c.(*conntest.Conn).Reset() }, "connection reset by peer"},
		{"data", func(c net.Conn, tc *tls.Conn) {
			if tc != nil {
				c = tc
			}
			io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n")
		}, "by us: data that nobody asked for"},
		{"close_notify", func(c net.Conn, tc *tls.Conn) {
			if tc != nil {
				tc.CloseWrite()
			} else {
				c.(*conntest.Conn).CloseWrite()
			}
		}, "by peer: EOF"},
	}
	for _, test := range tests {
		for _, key := range []Key{keyA, keyTLS} {
			t.Run(test.name+" "+key.Scheme, func(t *testing.T) {
				inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS()}}, func(w *world) {
					act := make(chan bool)
					addr3 := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.3"), key.Port)
					w.pool.Dialer.Resolver = names{"a.test": {"192.0.2.3"}}
					w.serve(addr3, func(c *conntest.Conn) {
						var tc *tls.Conn
						if key.Secure() {
							tc = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
							tc.Handshake()
						}
						if <-act {
							test.do(c, tc)
						}
						io.Copy(io.Discard, c)
					})
					l := w.get(key)
					l.Release()
					act <- true
					w.sleep(time.Second)
					l = w.get(key)
					act <- false
					if l.ID() != 2 || l.Reused() {
						t.Errorf("got connection %d", l.ID())
					}
					if got := w.lives()[0]; !strings.Contains(got, test.want) {
						t.Errorf("record %q, want %q", got, test.want)
					}
				})
			})
		}
	}
}

// A connection whose peer closed it before it was given back goes to no waiter.
func TestStaleConnectionIsNotHandedOver(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		l := w.get(keyA)
		v := w.enqueue(ctxBg, "next", keyA, Medium)
		srv := l.Conn().(*conntest.Conn)
		srv.CloseWrite() // the server closes in return
		w.sleep(time.Second)
		l.Release()
		w.sleep(20 * ms)
		v.want(true)
		w.wantLives("1 closed 1 by peer: EOF", "2 busy 1")
	})
}

// Connections that can say nothing about themselves are looked at by a read
// whose deadline has passed.
func TestStaleWithoutSocket(t *testing.T) {
	for _, secure := range []bool{false, true} {
		peers := make(chan net.Conn, 2)
		p := &Pool{Dialer: Dialer{TLS: clientTLS()}}
		p.Dialer.Dial = func(context.Context, string, netip.AddrPort) (net.Conn, error) {
			c, s := net.Pipe()
			if secure {
				go tls.Server(s, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			}
			peers <- s
			return c, nil
		}
		k := Key{Scheme: "http", Host: "127.0.0.1", Port: 80}
		if secure {
			k.Scheme = "https"
		}
		var ids []uint64
		for i := range 3 {
			l, err := p.Get(ctxBg, Request{Key: k})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, l.ID())
			l.Release()
			if i == 1 {
				(<-peers).Close()
			}
		}
		if ids[1] != 1 || ids[2] != 2 {
			t.Errorf("secure %v: connections %v, want 1, 1 and, once the peer closed it, 2", secure, ids)
		}
		(<-peers).Close() // before: a pipe would hold up the close_notify
		p.Close(ctxBg)
	}
}

// The server name that is sent is the URL's host; a trailing dot and IP
// addresses are not sent, and the certificate must fit them all the same.
func TestServerName(t *testing.T) {
	for _, test := range []struct{ host, sent string }{
		{"a.test", "a.test"},
		{"a.test.", "a.test"},
		{"xn--bcher-kva.test", "xn--bcher-kva.test"},
		{"192.0.2.1", ""},
		{"2001:db8::1", ""},
	} {
		t.Run(test.host, func(t *testing.T) {
			p := &Pool{Dialer: Dialer{TLS: clientTLS(), ConnectTo: []ConnectTo{{"*:443", tlsAddr.String()}}}}
			inWorld(t, p, func(w *world) {
				var sent string
				cert := theAuthority().leaf(func(c *x509.Certificate) { c.IPAddresses = append(c.IPAddresses, net.ParseIP("2001:db8::1")) })
				w.serveTLS(&tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
					sent = h.ServerName
					return &cert, nil
				}}, echo)
				w.get(Key{Scheme: "https", Host: test.host, Port: 443})
				if sent != test.sent {
					t.Errorf("server name %q, want %q", sent, test.sent)
				}
				for _, other := range []string{"other.example", "a.b.test", "192.0.2.77", "2001:db8::2"} {
					_, err := w.pool.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: other, Port: 443}})
					if te, ok := err.(*TLSError); !ok || te.Fault != TLSWrongHost || te.Host != other || te.Addr != tlsAddr {
						t.Errorf("%s: %v", other, err)
					}
				}
			})
		})
	}
}
