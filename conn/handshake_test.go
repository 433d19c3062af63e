package conn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// staple is an OCSP response about cert by the authority.
func (a *authority) staple(cert tls.Certificate, edit func(*ocsp.Response)) []byte {
	leaf, _ := x509.ParseCertificate(cert.Certificate[0])
	r := ocsp.Response{
		Status: ocsp.Good, SerialNumber: leaf.SerialNumber,
		ThisUpdate: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC), NextUpdate: time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if edit != nil {
		edit(&r)
	}
	der, err := ocsp.CreateResponse(a.cert, a.cert, r, a.key)
	if err != nil {
		panic(err)
	}
	return der
}

func TestTLSFacts(t *testing.T) {
	cert := theAuthority().leaf(nil)
	cert.OCSPStaple = theAuthority().staple(cert, nil)
	sct := append([]byte{0}, make([]byte, 40)...)
	sct[1], sct[40] = 7, 9
	cert.SignedCertificateTimestamps = [][]byte{sct, {1, 2, 3}}
	own := theAuthority().leaf(func(c *x509.Certificate) {
		c.Subject, c.ExtKeyUsage = pkix.Name{CommonName: "me"}, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	for _, test := range []struct {
		name                string
		client, server      func(*tls.Config)
		version, group      string
		trips, tripsResumed int
		asked, shown        bool
		retried             bool
	}{
		{name: "TLS 1.3", version: "TLS 1.3", group: "X25519MLKEM768", trips: 1, tripsResumed: 1},
		{
			name: "another group", server: func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP256} },
			version: "TLS 1.3", group: "CurveP256", trips: 2, tripsResumed: 2, retried: true,
		},
		{
			name: "TLS 1.2", server: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
			version: "TLS 1.2", group: "X25519", trips: 2, tripsResumed: 1,
		},
		{
			name: "client certificate", client: func(c *tls.Config) { c.Certificates = []tls.Certificate{own} },
			server:  func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, theAuthority().pool },
			version: "TLS 1.3", group: "X25519MLKEM768", trips: 1, tripsResumed: 1, asked: true, shown: true,
		},
		{
			name: "chosen client certificate", client: func(c *tls.Config) {
				c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
			},
			server:  func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, theAuthority().pool },
			version: "TLS 1.3", group: "X25519MLKEM768", trips: 1, tripsResumed: 1, asked: true, shown: true,
		},
		{
			name: "no client certificate", server: func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert },
			version: "TLS 1.3", group: "X25519MLKEM768", trips: 1, tripsResumed: 1, asked: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := clientTLS()
			server := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
			if test.client != nil {
				test.client(client)
			}
			if test.server != nil {
				test.server(server)
			}
			inWorld(t, &Pool{Dialer: Dialer{TLS: client}}, func(w *world) {
				server.Time = func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
				w.serveTLS(server, echo)
				first := w.get(keyTLS)
				exchange(t, first)
				second := w.get(keyTLS)
				for i, l := range []*Lease{first, second} {
					r, _ := w.pool.Record(l.ID())
					f := r.TLSFacts()
					resumed, trips := i == 1, test.trips
					if resumed {
						trips = test.tripsResumed
					}
					if f.Version != test.version || f.Group != test.group || f.ALPN != "http/1.1" || f.ServerName != "a.test" || f.Resumed != resumed || f.Retried != test.retried {
						t.Errorf("%d: facts %+v", i, f)
					}
					if f.RoundTrips != trips || f.Sent < 200 || f.Received < 200 {
						t.Errorf("%d: %d round trips, %d bytes sent, %d received; want %d round trips", i, f.RoundTrips, f.Sent, f.Received, trips)
					}
					if d := r.TLSEnd.Sub(r.TLSStart); d != time.Duration(trips)*20*ms {
						t.Errorf("%d: took %v, want 20ms for each of %d round trips", i, d, trips)
					}
					if !resumed && (f.Asked != test.asked || (f.Shown != nil) != test.shown) {
						t.Errorf("%d: asked %v, shown %v", i, f.Asked, f.Shown)
					}
					if len(f.Chain) != 1 || f.Chain[0].Key != "ECDSA P-256" || strings.Join(f.Chain[0].Names, " ") != "*.test 192.0.2.1 127.0.0.1" ||
						f.Chain[0].NotAfter.Year() != 2100 || f.Chain[0].Serial != "2" || f.Root != "CN=test authority" {
						t.Errorf("%d: chain %+v, root %q", i, f.Chain, f.Root)
					}
					if f.OCSP == nil || f.OCSP.Status != "good" || f.OCSP.NextUpdate.Year() != 2090 {
						t.Errorf("%d: OCSP %+v", i, f.OCSP)
					}
					if len(f.SCTs) != 1 || f.SCTs[0].LogID[0] != 7 || f.SCTs[0].Time.UnixMilli() != 9 {
						t.Errorf("%d: SCTs %+v", i, f.SCTs)
					}
				}
			})
		})
	}
	if f := (&Record{}).TLSFacts(); f != nil {
		t.Errorf("facts without TLS: %+v", f)
	}
}

// exchange sends a few bytes to an echo and reads them back.
func exchange(t *testing.T, l *Lease) {
	t.Helper()
	b := make([]byte, 5)
	if _, err := l.Conn().Write([]byte("hello")); err != nil {
		t.Error(err)
	}
	if _, err := l.Conn().Read(b); err != nil || string(b) != "hello" {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestStaples(t *testing.T) {
	cert := theAuthority().leaf(nil)
	revokedBy := func(edit func(*ocsp.Response)) []byte {
		return theAuthority().staple(cert, func(r *ocsp.Response) {
			r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, time.Date(1999, 5, 6, 0, 0, 0, 0, time.UTC), ocsp.KeyCompromise
			if edit != nil {
				edit(r)
			}
		})
	}
	stranger := newAuthority()
	for _, test := range []struct {
		name     string
		staple   []byte
		insecure bool
		err      string // "": the connection is used
		status   string
	}{
		{"none", nil, false, "", "none"},
		{"good", theAuthority().staple(cert, nil), false, "", "good"},
		{"unknown", theAuthority().staple(cert, func(r *ocsp.Response) { r.Status = ocsp.Unknown }), false, "", "unknown"},
		{
			"revoked", revokedBy(nil), false,
			"certificate revoked: certificate was revoked on 1999-05-06 (key compromise), by the OCSP response that the server staples", "",
		},
		{"revoked, unverified", revokedBy(nil), true, "", "revoked"},
		{"revoked, long ago", revokedBy(func(r *ocsp.Response) { r.NextUpdate = time.Date(1999, 12, 2, 0, 0, 0, 0, time.UTC) }), false, "", "revoked"},
		{"another certificate", revokedBy(func(r *ocsp.Response) { r.SerialNumber = big.NewInt(77) }), false, "", ""},
		{"another authority", stranger.staple(cert, func(r *ocsp.Response) { r.Status = ocsp.Revoked }), false, "", ""},
		{"garbage", []byte("garbage"), false, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := clientTLS()
			client.InsecureSkipVerify = test.insecure
			c := cert
			c.OCSPStaple = test.staple
			inWorld(t, &Pool{Dialer: Dialer{TLS: client}}, func(w *world) {
				w.serveTLS(&tls.Config{Certificates: []tls.Certificate{c}}, echo)
				l, err := w.pool.Get(ctxBg, Request{Key: keyTLS})
				if test.err != "" {
					te, ok := err.(*TLSError)
					if !ok || te.Fault != TLSRevoked || !strings.Contains(err.Error(), test.err) {
						t.Errorf("error %v, want %s", err, test.err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				r, _ := w.pool.Record(l.ID())
				f := r.TLSFacts().OCSP
				switch {
				case test.status == "none":
					if f != nil {
						t.Errorf("facts %+v", f)
					}
				case f == nil || f.Status != test.status || (f.Err == nil) != (f.Status != ""):
					t.Errorf("facts %+v, want %q", f, test.status)
				}
			})
		})
	}
}

// A VerifyConnection of the caller is asked as well.
func TestOwnVerifyConnection(t *testing.T) {
	client := clientTLS()
	client.VerifyConnection = func(s tls.ConnectionState) error { return errOop }
	inWorld(t, &Pool{Dialer: Dialer{TLS: client}}, func(w *world) {
		w.serveTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, echo)
		if _, err := w.pool.Get(ctxBg, Request{Key: keyTLS}); err == nil || !strings.Contains(err.Error(), "oops") {
			t.Errorf("error %v", err)
		}
	})
}

// below returns an authority whose certificate a signed.
func (a *authority) below(name string, edit func(*x509.Certificate)) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if edit != nil {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	b := &authority{key: key}
	b.cert, _ = x509.ParseCertificate(der)
	return b
}

// Intermediates may come in any order, with others among them; the host's
// certificate must come first.
func TestChains(t *testing.T) {
	one := theAuthority().below("one", nil)
	two := one.below("two", nil)
	cert := two.leaf(nil)
	leaf := cert.Certificate[0]
	other := newAuthority()
	itself := other.leaf(func(c *x509.Certificate) { c.Subject = other.cert.Subject })
	constrained := theAuthority().below("constrained", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example.org"} })
	short := theAuthority().below("short", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	long := short.below("long", nil)
	late := theAuthority().below("late", func(c *x509.Certificate) { c.NotAfter = time.Unix(1000, 0) })
	noCA := theAuthority().below("no CA", func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature })
	for _, test := range []struct {
		name  string
		chain [][]byte
		key   *ecdsa.PrivateKey
		fault TLSFault
		text  string // "": it is accepted
	}{
		{"in order", [][]byte{leaf, two.cert.Raw, one.cert.Raw}, two.key, 0, ""},
		{"wrong order", [][]byte{leaf, one.cert.Raw, two.cert.Raw}, two.key, 0, ""},
		{"with the root, others, and twice", [][]byte{leaf, theAuthority().cert.Raw, other.cert.Raw, one.cert.Raw, one.cert.Raw, two.cert.Raw}, two.key, 0, ""},
		{
			"reversed", [][]byte{one.cert.Raw, two.cert.Raw, leaf}, one.key, TLSWrongHost,
			"certificate is for another host (number 3 of those sent is for this one, but the first counts)",
		},
		{"one is missing", [][]byte{leaf, two.cert.Raw}, two.key, TLSUnknownIssuer, "certificate from an unknown issuer: tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{"self-signed", [][]byte{itself.Certificate[0]}, other.key, TLSUnknownIssuer, "certificate from an unknown issuer (it signed itself)"},
		{"name constraints", [][]byte{constrained.leaf(nil).Certificate[0], constrained.cert.Raw}, constrained.key, TLSBadChain, "is not permitted"},
		{"path too long", [][]byte{long.leaf(nil).Certificate[0], long.cert.Raw, short.cert.Raw}, long.key, TLSBadChain, "too many intermediates"},
		{"expired intermediate", [][]byte{late.leaf(nil).Certificate[0], late.cert.Raw}, late.key, TLSExpired, "certificate expired"},
		{"issuer is no authority", [][]byte{noCA.leaf(nil).Certificate[0], noCA.cert.Raw}, noCA.key, TLSUnknownIssuer, "parent certificate cannot sign"},
		{"not a certificate", [][]byte{[]byte("garbage")}, one.key, TLSOther, "failed to parse certificate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS()}}, func(w *world) {
				// The key that signs the handshake does not matter where the chain fails before.
				w.serveTLS(&tls.Config{Certificates: []tls.Certificate{{Certificate: test.chain, PrivateKey: test.key}}}, echo)
				l, err := w.pool.Get(ctxBg, Request{Key: keyTLS})
				if test.text == "" {
					if err != nil {
						t.Fatal(err)
					}
					r, _ := w.pool.Record(l.ID())
					if f := r.TLSFacts(); f.Root != "CN=test authority" || len(f.Chain) != len(test.chain) {
						t.Errorf("facts %+v", f)
					}
					return
				}
				t.Log(err)
				te, ok := err.(*TLSError)
				if !ok || te.Fault != test.fault || !strings.Contains(err.Error(), test.text) {
					t.Errorf("error %v, want %v, %s", err, test.fault, test.text)
				}
			})
		})
	}
}

// Whatever a peer staples or sends as timestamps: nothing panics, there is a
// fact for each that can be read and none else, and only what the issuer signed
// revokes.
func FuzzStapled(f *testing.F) {
	cert := theAuthority().leaf(nil)
	leaf, _ := x509.ParseCertificate(cert.Certificate[0])
	signed := theAuthority().staple(cert, nil)
	f.Add(signed, append([]byte{0}, make([]byte, 46)...))
	f.Add([]byte{0x30, 0x03, 0x0a, 0x01, 0x06}, []byte{1, 2, 3})
	f.Add([]byte("garbage"), make([]byte, 41))
	f.Fuzz(func(t *testing.T, staple, sct []byte) {
		s := &tls.ConnectionState{
			PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf, theAuthority().cert}},
			OCSPResponse: staple, SignedCertificateTimestamps: [][]byte{sct, nil},
		}
		facts := tlsFacts(s, Handshake{})
		if (facts.OCSP != nil) != (len(staple) > 0) {
			t.Errorf("OCSP %+v of %d bytes", facts.OCSP, len(staple))
		}
		if facts.OCSP != nil && facts.OCSP.Status == "revoked" {
			t.Errorf("revoked by %x", staple)
		}
		if good := len(sct) >= 41 && sct[0] == 0; (len(facts.SCTs) == 1) != good {
			t.Errorf("%d facts of %x", len(facts.SCTs), sct)
		}
	})
}
