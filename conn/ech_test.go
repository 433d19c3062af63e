package conn

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"testing"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

// echKey makes a key for ECH, and the ECHConfigList with its public half (RFC
// 9849 section 4). The name that may be seen is public.test.
func echKey(id byte) (tls.EncryptedClientHelloKey, []byte) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	short := func(b, v []byte) []byte { return append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...) }
	contents := []byte{id, 0, 0x20} // DHKEM(X25519, HKDF-SHA256)
	contents = short(contents, private.PublicKey().Bytes())
	contents = short(contents, []byte{0, 1, 0, 1}) // HKDF-SHA256, AES-128-GCM
	contents = append(append(contents, 0, byte(len("public.test"))), "public.test"...)
	contents = short(contents, nil) // extensions
	config := short([]byte{0xfe, 0x0d}, contents)
	return tls.EncryptedClientHelloKey{Config: config, PrivateKey: private.Bytes(), SendAsRetry: true}, short(nil, config)
}

func TestECH(t *testing.T) {
	key, list := echKey(1)
	other, otherList := echKey(2)
	unknown := []byte{0, 8, 0xfa, 0xfa, 0, 4, 1, 2, 3, 4}
	for _, tt := range []struct {
		name   string
		list   []byte // of the HTTPS record
		server []tls.EncryptedClientHelloKey
		edit   func(*tls.Config)
		port   uint16 // of the record; where it is not the service that is connected to, nothing is hidden
		seen   []string
		hidden bool
	}{
		{"accepted", list, []tls.EncryptedClientHelloKey{key}, nil, 0, []string{"a.test"}, true},
		{"none in the record", nil, []tls.EncryptedClientHelloKey{key}, nil, 0, []string{"a.test"}, false},
		{"the server has a newer one", list, []tls.EncryptedClientHelloKey{other}, nil, 0, []string{"public.test", "a.test"}, true},
		{"the server has none any more", list, nil, nil, 0, []string{"public.test", "a.test"}, false},
		{"certificates are not checked", list, []tls.EncryptedClientHelloKey{other}, func(c *tls.Config) { c.RootCAs, c.InsecureSkipVerify = nil, true }, 0, []string{"public.test", "a.test"}, true},
		{"of a kind that is not known", unknown, []tls.EncryptedClientHelloKey{key}, nil, 0, []string{"a.test"}, false},
		{"damaged", list[:len(list)-3], []tls.EncryptedClientHelloKey{key}, nil, 0, []string{"a.test"}, false},
		{"no TLS 1.3", list, nil, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, 0, []string{"a.test"}, false},
		{"the caller's own list", list, []tls.EncryptedClientHelloKey{other}, func(c *tls.Config) { c.EncryptedClientHelloConfigList = otherList }, 0, []string{"a.test"}, true},
		{"the service refuses", list, []tls.EncryptedClientHelloKey{key}, nil, 8443, []string{"a.test"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := clientTLS()
			if tt.edit != nil {
				tt.edit(config)
			}
			a := dnscache.Answer{
				Addrs: []dnscache.Addr{{IP: tlsAddr.Addr()}},
				HTTPS: []dnscache.HTTPS{{Priority: 1, Target: "a.test", ECH: tt.list, Port: tt.port, ALPN: []string{"h2"}}},
			}
			p := &Pool{Dialer: Dialer{TLS: config, Resolver: answers{"a.test": a}}}
			inWorld(t, p, func(w *world) {
				var seen []string
				w.net.SetRule(netip.AddrPortFrom(tlsAddr.Addr(), 8443), conntest.Rule{Refuse: true})
				w.serve(tlsAddr, func(c *conntest.Conn) {
					tc := tls.Server(c, &tls.Config{
						Certificates: []tls.Certificate{theAuthority().leaf(nil)}, EncryptedClientHelloKeys: tt.server,
						GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
							seen = append(seen, h.ServerName)
							return nil, nil
						},
					})
					if tc.Handshake() == nil {
						io.Copy(io.Discard, tc)
					}
				})
				l := w.get(keyTLS)
				s := l.TLS()
				if s.ECHAccepted != tt.hidden || s.ServerName != "a.test" {
					t.Errorf("accepted %v for %q, want %v", s.ECHAccepted, s.ServerName, tt.hidden)
				}
				if len(seen) != len(tt.seen) || seen[0] != tt.seen[0] || seen[len(seen)-1] != tt.seen[len(seen)-1] {
					t.Errorf("the server was asked for %q, want %q", seen, tt.seen)
				}
				info := l.Info()
				if tm := info.Timing; tm.ConnectEnd.Before(tm.ConnectStart) || tm.TLSStart.Before(tm.ConnectEnd) || tm.TLSEnd.Before(tm.TLSStart) {
					t.Errorf("times out of order: %+v", tm)
				}
			})
		})
	}
}

// A server that rejects its own list too is given up, and so is one whose
// certificate is not for the name that may be seen.
func TestECHFails(t *testing.T) {
	_, list := echKey(1)
	wrong, _ := echKey(1)
	for _, tt := range []struct {
		name string
		edit func(*tls.Config)
		want int // connections
		is   func(error) bool
	}{
		{"rejects its own", func(c *tls.Config) {
			c.GetEncryptedClientHelloKeys = func(*tls.ClientHelloInfo) ([]tls.EncryptedClientHelloKey, error) {
				again, _ := echKey(3)
				return []tls.EncryptedClientHelloKey{again}, nil
			}
		}, 2, func(err error) bool { var e *tls.ECHRejectionError; return errors.As(err, &e) }},
		{"certificate", func(c *tls.Config) {
			c.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{wrong}
			c.Certificates = []tls.Certificate{newAuthority().leaf(nil)}
		}, 1, func(err error) bool { var e *TLSError; return errors.As(err, &e) && e.Fault == TLSUnknownIssuer }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := dnscache.Answer{Addrs: []dnscache.Addr{{IP: tlsAddr.Addr()}}, HTTPS: []dnscache.HTTPS{{Priority: 1, ECH: list}}}
			p := &Pool{Dialer: Dialer{TLS: clientTLS(), Resolver: answers{"a.test": a}}}
			inWorld(t, p, func(w *world) {
				n := 0
				w.serve(tlsAddr, func(c *conntest.Conn) {
					n++
					config := &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}
					tt.edit(config)
					tls.Server(c, config).Handshake()
				})
				_, err := p.Get(context.Background(), Request{Key: keyTLS})
				if err == nil || !tt.is(err) || n != tt.want {
					t.Errorf("%v after %d connections, want %d", err, n, tt.want)
				}
			})
		})
	}
}
