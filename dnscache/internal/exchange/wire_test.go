package exchange_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// wire is a server in memory whose responses a function gives.
type wire struct {
	answer func(network string, q *dns.Msg) []*dns.Msg
	tls    *tls.Config // not nil: "tcp" is TLS
	once   bool        // a stream is closed after one response

	mu    sync.Mutex
	dials int
	sizes []int // of the questions
}

func (w *wire) dial(_ context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	w.dials++
	w.mu.Unlock()
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		if network == "udp" {
			w.datagrams(far)
		} else if w.tls != nil {
			w.stream(tls.Server(far, w.tls))
		} else {
			w.stream(far)
		}
	}()
	return near, nil
}

// listen serves over TLS on loopback until the test ends.
func (w *wire) listen(t *testing.T) netip.AddrPort {
	l, err := tls.Listen("tcp", "127.0.0.1:0", w.tls)
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() { l.Close(); served.Wait() })
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { w.stream(c) })
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func (w *wire) datagrams(c net.Conn) {
	in := make([]byte, 4096)
	n, err := c.Read(in)
	if err != nil {
		return
	}
	for _, out := range w.respond("udp", in[:n]) {
		if _, err := c.Write(out); err != nil {
			return
		}
	}
	io.Copy(io.Discard, c)
}

func (w *wire) stream(c net.Conn) {
	defer c.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		in := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, in); err != nil {
			return
		}
		for _, out := range w.respond("tcp", in) {
			if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)); err != nil {
				return
			}
		}
		if w.once {
			return
		}
	}
}

func (w *wire) respond(network string, in []byte) (out [][]byte) {
	q := new(dns.Msg)
	if err := q.Unpack(in); err != nil {
		panic(err)
	}
	w.mu.Lock()
	w.sizes = append(w.sizes, len(in))
	w.mu.Unlock()
	for _, m := range w.answer(network, q) {
		b, err := m.Pack()
		if err != nil {
			panic(err)
		}
		out = append(out, b)
	}
	return out
}

// address responds to q with one address.
func address(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	rr, err := dns.NewRR(q.Question[0].Name + " 60 IN A 192.0.2.1")
	if err != nil {
		panic(err)
	}
	m.Answer = []dns.RR{rr}
	return m
}

// always responds with what f makes of a good response.
func always(f func(*dns.Msg)) func(string, *dns.Msg) []*dns.Msg {
	return func(_ string, q *dns.Msg) []*dns.Msg {
		m := address(q)
		f(m)
		return []*dns.Msg{m}
	}
}

// certificate returns a server's configuration for a name or address, and a client's that trusts it.
func certificate(t testing.TB, name string) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{name},
	}
	if ip := net.ParseIP(strings.Trim(name, "[]")); ip != nil {
		c.DNSNames, c.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}},
		&tls.Config{RootCAs: roots, ServerName: name}
}
