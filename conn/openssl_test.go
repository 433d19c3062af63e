package conn

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// A sServer is a running `openssl s_server`.
type sServer struct {
	addr  netip.AddrPort
	stdin io.Writer
	proc  *os.Process
}

// openSSL is where the program is.
func openSSL(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		const missing = "openssl is not installed: nothing but crypto/tls was tried as a TLS server"
		if os.Getenv("CI") == "true" && os.Getuid() == 0 {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return path
}

// startOpenSSL runs a server on a free port of loopback until the test ends.
func startOpenSSL(t *testing.T, args ...string) *sServer {
	t.Helper()
	path := openSSL(t)
	cmd := exec.Command(path, append([]string{"s_server", "-accept", "127.0.0.1:0"}, args...)...)
	cmd.Dir = t.TempDir() // -www serves no files, but be sure
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := make(chan string, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(addr)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if a, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok && len(addr) == 0 {
				addr <- a
			}
		}
	})
	t.Cleanup(func() {
		cmd.Process.Kill()
		wg.Wait()
		cmd.Wait()
	})
	a, err := netip.ParseAddrPort(<-addr)
	if err != nil {
		cmd.Process.Kill()
		wg.Wait()
		cmd.Wait()
		t.Fatalf("openssl s_server %q: no address: %s", args, &stderr)
	}
	return &sServer{addr: a, stdin: in, proc: cmd.Process}
}

// pemFile writes blocks to a file and returns its name.
func pemFile(t *testing.T, blocks ...*pem.Block) string {
	t.Helper()
	var b bytes.Buffer
	for _, block := range blocks {
		pem.Encode(&b, block)
	}
	return file(t, b.Bytes())
}

func file(t *testing.T, b []byte) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func certBlock(der []byte) *pem.Block { return &pem.Block{Type: "CERTIFICATE", Bytes: der} }

func keyFile(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemFile(t, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// serving are the arguments for a certificate of a.test.
func serving(t *testing.T, args ...string) []string {
	t.Helper()
	cert := theAuthority().leaf(nil)
	return append([]string{"-cert", pemFile(t, certBlock(cert.Certificate[0])), "-key", keyFile(t, theAuthority().key)}, args...)
}

// to returns a pool that connects to the server whatever the name.
func (s *sServer) pool(t *testing.T, config *tls.Config) *Pool {
	p := &Pool{Dialer: Dialer{TLS: config, ConnectTo: []ConnectTo{{"*:443", s.addr.String()}}}}
	t.Cleanup(func() { p.Close(ctxBg) })
	return p
}

// page gets the page of s_server -www, which says what it knows of the connection.
func page(t *testing.T, p *Pool, key Key) (*Lease, string) {
	t.Helper()
	l, err := p.Get(ctxBg, Request{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	l.Conn().SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(l.Conn(), "GET / HTTP/1.0\r\n\r\n")
	b, err := io.ReadAll(l.Conn())
	if err != nil {
		t.Errorf("page: %v, after %q", err, b)
	}
	l.Discard(io.EOF)
	return l, string(b)
}

func TestOpenSSLResumes(t *testing.T) {
	for _, version := range []string{"1.3", "1.2"} {
		t.Run(version, func(t *testing.T) {
			s := startOpenSSL(t, serving(t, "-www", "-tls"+strings.ReplaceAll(version, ".", "_"), "-alpn", "http/1.1")...)
			p := s.pool(t, clientTLS())
			for i, want := range []string{"New, TLSv" + version, "Reused, TLSv" + version, "Reused, TLSv" + version} {
				l, text := page(t, p, keyTLS)
				if !strings.Contains(text, want) {
					t.Errorf("connection %d: the server says %q, want %q", i, text, want)
				}
				r, _ := p.Record(l.ID())
				f := r.TLSFacts()
				if f.Resumed != (i > 0) || f.Version != "TLS "+version || f.ALPN != "http/1.1" || f.ServerName != "a.test" || r.Remote != s.addr {
					t.Errorf("facts %+v", f)
				}
				if !strings.Contains(text, f.Cipher) && version == "1.3" {
					t.Errorf("cipher %s, the server says %q", f.Cipher, text)
				}
			}
			for _, key := range []Key{
				{Scheme: "https", Host: "a.test", Port: 443, Private: true},
				{Scheme: "https", Host: "a.test", Port: 443, Partition: "https://b.test"},
			} {
				if _, text := page(t, p, key); !strings.Contains(text, "New, ") {
					t.Errorf("%v shares a session: %q", key, text)
				}
			}
		})
	}
}

// Tickets that came while a connection was idle are no reason to drop it, and
// the next connection uses them.
func TestOpenSSLUnreadTickets(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says how much has come to a socket, so that one knows the tickets are there")
	}
	s := startOpenSSL(t, serving(t, "-www", "-tls1_3", "-num_tickets", "4")...)
	p := s.pool(t, clientTLS())
	p.Preconnect(ctxBg, keyTLS, 1, nil)
	for end := time.Now().Add(10 * time.Second); ; <-time.After(time.Millisecond) {
		r, _ := p.Record(1)
		if p.mu.Lock(); len(p.conns) == 1 {
			_, r.Received = p.conns[1].transferred(p.conns[1].inspect())
		}
		p.mu.Unlock()
		if r.Received > r.Handshake.Received && r.Handshake.Received > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no tickets came: %+v", r)
		}
	}
	l, text := page(t, p, keyTLS)
	if l.ID() != 1 || !strings.Contains(text, "New, TLSv1.3") {
		t.Errorf("connection %d, %q", l.ID(), text)
	}
	if _, text := page(t, p, keyTLS); !strings.Contains(text, "Reused, TLSv1.3") {
		t.Errorf("the second connection: %q", text)
	}
}

func TestOpenSSLClientCertificate(t *testing.T) {
	own := theAuthority().leaf(func(c *x509.Certificate) {
		c.Subject.CommonName, c.ExtKeyUsage = "someone we know", []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	for _, version := range []string{"-tls1_3", "-tls1_2"} {
		t.Run(version, func(t *testing.T) {
			s := startOpenSSL(t, serving(t, "-www", version, "-Verify", "1", "-verify_return_error",
				"-CAfile", pemFile(t, certBlock(theAuthority().cert.Raw)))...)
			config := clientTLS()
			config.Certificates = []tls.Certificate{own}
			p := s.pool(t, config)
			l, text := page(t, p, keyTLS)
			if !strings.Contains(text, "someone we know") {
				t.Errorf("the server says %q", text)
			}
			if r, _ := p.Record(l.ID()); !r.Handshake.Asked || r.Handshake.Shown == nil || r.Handshake.Shown.Subject.CommonName != "someone we know" {
				t.Errorf("handshake %+v", r.Handshake)
			}
			// Without one: TLS 1.2 says so in the handshake, TLS 1.3 after it.
			p = s.pool(t, clientTLS())
			l, err := p.Get(ctxBg, Request{Key: keyTLS})
			if err == nil {
				l.Conn().SetDeadline(time.Now().Add(10 * time.Second))
				_, err = l.Conn().Read(make([]byte, 1))
				l.Discard(err)
			} else if te, ok := err.(*TLSError); !ok || te.Fault != TLSAlert || !te.Handshake.Asked || te.Handshake.Shown != nil {
				t.Errorf("error %v", err)
			}
			if err == nil || !strings.Contains(err.Error(), "remote error: tls: ") {
				t.Errorf("without a certificate: %v", err)
			}
		})
	}
}

func TestOpenSSLServerName(t *testing.T) {
	args := serving(t, "-www", "-servername", "a.test", "-servername_fatal")
	s := startOpenSSL(t, append(args, "-cert2", args[1], "-key2", args[3])...)
	p := s.pool(t, clientTLS())
	page(t, p, keyTLS)
	page(t, p, Key{Scheme: "https", Host: "127.0.0.1", Port: 443}) // no name is sent
	_, err := p.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: "b.test", Port: 443}})
	if te, ok := err.(*TLSError); !ok || te.Fault != TLSAlert || te.Host != "b.test" || te.Addr != s.addr || !strings.Contains(err.Error(), "unrecognized name") {
		t.Errorf("another name: %v", err)
	}
	_, err = p.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: "127.0.0.9", Port: 443}})
	if te, ok := err.(*TLSError); !ok || te.Fault != TLSWrongHost {
		t.Errorf("another address: %v", err)
	}
}

// What the server logs of its secrets and what we log is the same, and we log
// nothing unless asked.
func TestOpenSSLKeyLog(t *testing.T) {
	theirs := filepath.Join(t.TempDir(), "theirs")
	ours := filepath.Join(t.TempDir(), "ours")
	t.Setenv("SSLKEYLOGFILE", ours)
	s := startOpenSSL(t, serving(t, "-www", "-tls1_3", "-keylogfile", theirs)...)
	page(t, s.pool(t, clientTLS()), keyTLS)
	if _, err := os.Stat(ours); err == nil {
		t.Error("SSLKEYLOGFILE was written unasked")
	}
	var b bytes.Buffer
	config := clientTLS()
	config.KeyLogWriter = &b
	page(t, s.pool(t, config), keyTLS)
	log, err := os.ReadFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) < 4 {
		t.Errorf("we logged %q", lines)
	}
	for _, line := range lines {
		if !bytes.Contains(log, []byte(line)) {
			t.Errorf("the server did not log %q", line)
		}
	}
}

func TestOpenSSLStaple(t *testing.T) {
	cert := theAuthority().leaf(nil)
	key := keyFile(t, theAuthority().key)
	for _, status := range []int{ocsp.Good, ocsp.Revoked} {
		der := theAuthority().staple(cert, func(r *ocsp.Response) {
			r.Status, r.RevokedAt, r.RevocationReason = status, time.Now().Add(-time.Hour), ocsp.Superseded
		})
		s := startOpenSSL(t, "-cert", pemFile(t, certBlock(cert.Certificate[0])), "-key", key, "-www", "-status_file", file(t, der))
		p := s.pool(t, clientTLS())
		if status == ocsp.Good {
			l, _ := page(t, p, keyTLS)
			if r, _ := p.Record(l.ID()); r.TLSFacts().OCSP == nil || r.TLSFacts().OCSP.Status != "good" {
				t.Errorf("OCSP %+v", r.TLSFacts().OCSP)
			}
			continue
		}
		_, err := p.Get(ctxBg, Request{Key: keyTLS})
		if te, ok := err.(*TLSError); !ok || te.Fault != TLSRevoked || !strings.Contains(err.Error(), "(superseded)") {
			t.Errorf("revoked: %v", err)
		}
	}
}

func TestOpenSSLChainOrder(t *testing.T) {
	one := theAuthority().below("one", nil)
	two := one.below("two", nil)
	cert := two.leaf(nil)
	s := startOpenSSL(t, "-cert", pemFile(t, certBlock(cert.Certificate[0])), "-key", keyFile(t, two.key), "-www",
		"-cert_chain", pemFile(t, certBlock(one.cert.Raw), certBlock(two.cert.Raw)))
	p := s.pool(t, clientTLS())
	l, _ := page(t, p, keyTLS)
	if r, _ := p.Record(l.ID()); len(r.TLSFacts().Chain) != 3 || r.TLSFacts().Chain[1].Subject != "CN=one" {
		t.Errorf("chain %+v", r.TLSFacts().Chain)
	}
}

func TestOpenSSLFaults(t *testing.T) {
	fails := func(t *testing.T, s *sServer, fault TLSFault, text string) {
		t.Helper()
		p := s.pool(t, clientTLS())
		p.Dialer.TLSTimeout = 10 * time.Second
		_, err := p.Get(ctxBg, Request{Key: keyTLS})
		te, ok := err.(*TLSError)
		if !ok || te.Fault != fault || te.Addr != s.addr || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want %v, %q", err, fault, text)
		}
	}
	t.Run("TLS 1.1", func(t *testing.T) {
		fails(t, startOpenSSL(t, serving(t, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")...), TLSAlert, "protocol version not supported")
	})
	t.Run("weak key", func(t *testing.T) {
		path := openSSL(t)
		key, err := exec.Command(path, "genrsa", "512").Output()
		if err != nil {
			t.Skipf("this openssl makes no weak keys: %v", err)
		}
		block, _ := pem.Decode(key)
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Skipf("this Go reads no weak keys: %v", err)
		}
		template, _ := x509.ParseCertificate(theAuthority().leaf(nil).Certificate[0])
		der, err := x509.CreateCertificate(rand.Reader, template, theAuthority().cert, parsed.(crypto.Signer).Public(), theAuthority().key)
		if err != nil {
			t.Fatal(err)
		}
		fails(t, startOpenSSL(t, "-cert", pemFile(t, certBlock(der)), "-key", file(t, key), "-tls1_2", "-cipher", "ALL:@SECLEVEL=0"), TLSWeak, "certificate too weak")
	})
	t.Run("stopped", func(t *testing.T) {
		s := startOpenSSL(t, serving(t)...)
		stopProcess(t, s.proc)
		p := s.pool(t, clientTLS())
		p.Dialer.TLSTimeout = 200 * time.Millisecond
		_, err := p.Get(ctxBg, Request{Key: keyTLS})
		te, ok := err.(*TLSError)
		if !ok || te.Fault != TLSTimeout || !errors.Is(err, os.ErrDeadlineExceeded) || te.Handshake.Received != 0 || te.Handshake.Sent == 0 {
			t.Errorf("error %v", err)
		}
	})
	t.Run("renegotiation", func(t *testing.T) {
		s := startOpenSSL(t, serving(t, "-tls1_2")...)
		l, err := s.pool(t, clientTLS()).Get(ctxBg, Request{Key: keyTLS})
		if err != nil {
			t.Fatal(err)
		}
		l.Conn().SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(s.stdin, "r\n") // s_server asks its client to begin again
		_, err = l.Conn().Read(make([]byte, 1))
		if err == nil || !strings.Contains(err.Error(), "no renegotiation") {
			t.Errorf("Read: %v", err)
		}
		l.Discard(err)
	})
}
