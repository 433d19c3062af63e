package conn

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
)

// A stingy connection lets some bytes of a server through and then does
// something else.
type stingy struct {
	*conntest.Conn
	left int
	then func(*conntest.Conn)
}

func (s *stingy) Write(p []byte) (int, error) {
	n := min(len(p), s.left)
	if n > 0 {
		s.Conn.Write(p[:n])
		s.left -= n
	}
	if n < len(p) && s.then != nil {
		s.then(s.Conn)
		s.then = nil
	}
	return len(p), nil
}

// record is a TLS record, with a length that may be a lie.
func record(kind byte, length int, body ...byte) []byte {
	return append([]byte{kind, 3, 3, byte(length >> 8), byte(length)}, body...)
}

// What peers do to a handshake: each has its error, with the phase, the
// address and the time.
func TestBadTLSPeers(t *testing.T) {
	say := func(b ...byte) func(*conntest.Conn) {
		return func(c *conntest.Conn) {
			c.Read(make([]byte, 4096))
			c.Write(b)
			io.Copy(io.Discard, c)
		}
	}
	cut := func(n int, then func(*conntest.Conn)) func(*conntest.Conn) {
		return func(c *conntest.Conn) {
			tls.Server(&stingy{c, n, then}, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			io.Copy(io.Discard, c)
		}
	}
	fin := func(c *conntest.Conn) { c.CloseWrite() }
	rst := func(c *conntest.Conn) { c.Reset() }
	const bytesOf = " bytes received)"
	tests := []struct {
		name  string
		serve func(*conntest.Conn)
		fault TLSFault
		text  string
	}{
		{"hangs before anything", cut(0, nil), TLSTimeout, "timeout: tls timeout after 7s (after 7s, 0" + bytesOf},
		{"hangs within a record's header", cut(3, nil), TLSTimeout, "(after 7s, 3" + bytesOf},
		{"hangs within the first record", cut(50, nil), TLSTimeout, "(after 7s, 50" + bytesOf},
		{"hangs between records", cut(1220, nil), TLSTimeout, "(after 7s, 1220" + bytesOf},
		{"ends before anything", cut(0, fin), TLSClosed, "peer closed the connection: EOF (after 20ms, 0" + bytesOf},
		{"ends within the first record", cut(50, fin), TLSClosed, "unexpected EOF (after 20ms, 50" + bytesOf},
		{"ends between records", cut(1220, fin), TLSClosed, "(after 20ms, 1220" + bytesOf},
		{"resets", cut(0, rst), TLSClosed, "peer closed the connection: connection reset by peer (after 20ms, 0" + bytesOf},
		{"resets within the first record", cut(50, rst), TLSClosed, "reset by peer (after 20ms, 50" + bytesOf},
		{"trickles", func(c *conntest.Conn) {
			c.Read(make([]byte, 4096))
			c.Write(record(22, 16000))
			for i := 0; i < 1000; i++ {
				time.Sleep(time.Second)
				if _, err := c.Write([]byte{2}); err != nil {
					return
				}
			}
		}, TLSTimeout, "timeout: tls timeout after 7s (after 7s, 11" + bytesOf},
		{"plain HTTP", say([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")...), TLSNotTLS, "peer does not speak TLS (it answers in plain HTTP)"},
		{"another protocol", say([]byte("SSH-2.0-OpenSSH_9.9\r\n")...), TLSNotTLS, "peer does not speak TLS: tls: first record does not look like a TLS handshake"},
		{"zeros", say(make([]byte, 100)...), TLSNotTLS, "does not look like"},
		{"random bytes", say(0x93, 0x11, 0xfe, 0x07, 0x5a, 0xc0, 0x88), TLSNotTLS, "does not look like"},
		{"our own bytes", func(c *conntest.Conn) { io.Copy(c, c) }, TLSOther, "handshake failed: tls: received unexpected handshake message"},
		{"oversized record", say(record(22, 20000, make([]byte, 20000)...)...), TLSOther, "handshake failed: tls: oversized record received with length 20000"},
		{"oversized message", say(record(22, 4, 2, 0x10, 0, 0)...), TLSOther, "exceeds maximum of 65536 bytes"},
		{"empty records", say(bytes.Repeat(record(22, 0), 1000)...), TLSOther, "handshake failed: tls: unexpected message"},
		{"application data", say(record(23, 5, []byte("hello")...)...), TLSNotTLS, "does not look like"},
		{"SSL 3", say(0x16, 3, 0, 0, 40, 2, 0, 0, 36, 3, 0), TLSTimeout, "tls timeout"},
		{"warnings", say(bytes.Repeat(record(21, 2, 1, 112), 1000)...), TLSOther, "handshake failed: tls: too many ignored records"},
		{"handshake_failure", say(record(21, 2, 2, 40)...), TLSAlert, "remote error: tls: handshake failure"},
		{"unrecognized_name", say(record(21, 2, 2, 112)...), TLSAlert, "remote error: tls: unrecognized name"},
		{"no_application_protocol", say(record(21, 2, 2, 120)...), TLSAlert, "no application protocol"},
		{"internal_error", say(record(21, 2, 2, 80)...), TLSAlert, "internal error"},
		{"unknown alert", say(record(21, 2, 2, 233)...), TLSAlert, "alert(233)"},
		{"close_notify", say(record(21, 2, 1, 0)...), TLSClosed, "EOF"},
		{"broken flight", func(c *conntest.Conn) {
			tls.Server(flipping{c}, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			io.Copy(io.Discard, c)
		}, TLSOther, "bad record MAC"},
		{"wrong key", func(c *conntest.Conn) {
			cert := theAuthority().leaf(nil)
			cert.PrivateKey = newAuthority().key
			tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
			io.Copy(io.Discard, c)
		}, TLSOther, "invalid signature by the server certificate"},
		{"old version", func(c *conntest.Conn) {
			tls.Server(c, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
				Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			io.Copy(io.Discard, c)
		}, TLSAlert, "protocol version not supported"},
		{"no common cipher", func(c *conntest.Conn) {
			tls.Server(c, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
				Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			io.Copy(io.Discard, c)
		}, TLSAlert, "handshake failure"},
		{"signature by SHA-1", func(c *conntest.Conn) {
			tls.Server(c, &tls.Config{Certificates: []tls.Certificate{sha1Leaf}}).Handshake()
			io.Copy(io.Discard, c)
		}, TLSWeak, "certificate too weak"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := clientTLS()
			client.RootCAs = theAuthority().pool.Clone()
			client.RootCAs.AddCert(sha1Root)
			inWorld(t, &Pool{Dialer: Dialer{TLS: client, TLSTimeout: 7 * time.Second}}, func(w *world) {
				w.serve(tlsAddr, test.serve)
				_, err := w.pool.Get(ctxBg, Request{Key: keyTLS})
				var te *TLSError
				if !errors.As(err, &te) {
					w.Fatalf("error %v, want a TLSError", err)
				}
				t.Log(err) // with -v, the table of errors
				if te.Fault != test.fault || !strings.Contains(err.Error(), test.text) {
					t.Errorf("fault %v, error %v; want %v, %q", te.Fault, err, test.fault, test.text)
				}
				if !strings.HasPrefix(err.Error(), "conn: tls with a.test at 192.0.2.1:443: ") || te.Start.Sub(w.start) != 20*ms || te.End.Before(te.Start) {
					t.Errorf("error %v from %v to %v", err, te.Start.Sub(w.start), te.End.Sub(w.start))
				}
				if te.Timeout() != (test.fault == TLSTimeout) || errors.Is(err, os.ErrDeadlineExceeded) != te.Timeout() {
					t.Errorf("Timeout() = %v: %v", te.Timeout(), err)
				}
				if r := w.pool.Records()[0]; r.Remote != tlsAddr || !r.TLSStart.Equal(te.Start) || !r.TLSEnd.Equal(te.End) || r.Handshake.Sent == 0 || r.Reason != err {
					t.Errorf("record %+v", r)
				}
			})
		})
	}
}

// flipping changes a bit of each flight that is encrypted in TLS 1.3.
type flipping struct{ *conntest.Conn }

func (f flipping) Write(p []byte) (int, error) {
	p = bytes.Clone(p)
	if len(p) > 1300 {
		p[1300] ^= 1
	}
	return f.Conn.Write(p)
}

// A chain that is signed with SHA-1.
var sha1Root, sha1Leaf = func() (*x509.Certificate, tls.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old authority"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	root, _ := x509.ParseCertificate(der)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"a.test"}, SignatureAlgorithm: x509.SHA1WithRSA,
		NotBefore: time.Unix(0, 0), NotAfter: template.NotAfter,
	}
	if der, err = x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, key); err != nil {
		panic(err)
	}
	return root, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}()

// Before the handshake, connections hang where nobody answers, and after it
// between bytes: then a deadline is the caller's.
func TestHangs(t *testing.T) {
	t.Run("connect", func(t *testing.T) {
		inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS(), ConnectTimeout: 3 * time.Second}}, func(w *world) {
			w.net.SetRule(tlsAddr, conntest.Rule{Blackhole: true})
			_, err := w.pool.Get(ctxBg, Request{Key: keyTLS})
			if want := "conn: connect to a.test: 192.0.2.1:443: connect timeout after 3s (after 3s)"; err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	})
	t.Run("between bytes", func(t *testing.T) {
		inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS()}}, func(w *world) {
			w.serveTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, func(c *tls.Conn) {
				c.Read(make([]byte, 5))
				c.Write([]byte("he"))
				echo(c)
			})
			l := w.get(keyTLS)
			l.Conn().SetDeadline(time.Now().Add(5 * time.Second))
			io.WriteString(l.Conn(), "hello")
			start := time.Now()
			n, err := io.ReadFull(l.Conn(), make([]byte, 5))
			var ne net.Error
			if n != 2 || !errors.As(err, &ne) || !ne.Timeout() || time.Since(start) != 5*time.Second {
				t.Errorf("read %d, %v after %v", n, err, time.Since(start))
			}
			l.Discard(err)
			synctest.Wait()
			if r, _ := w.pool.Record(1); r.State != StateClosed || r.By != ByUs || r.Reason != err {
				t.Errorf("record: closed by %v: %v", r.By, r.Reason)
			}
		})
	})
}
