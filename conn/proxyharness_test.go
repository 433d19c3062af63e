package conn

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"pageload/conn/conntest"
)

var (
	proxyAddr = netip.MustParseAddrPort("192.0.2.99:3128")
	httpProxy = Proxy{Scheme: "http", Host: "proxy.test", Port: 3128}
	withNames = names{
		"proxy.test": {"192.0.2.99"}, "a.test": {"192.0.2.1"}, "b.test": {"192.0.2.1"},
		"two.test": {"192.0.2.7", "192.0.2.1"}, "private.test": {"10.0.0.1"}, "mixed.test": {"10.0.0.1", "192.0.2.1"},
	}
)

// bareTLS stands for a handshake: what is read and written is the tunnel's.
func bareTLS(_ context.Context, c net.Conn, _ *tls.Config) (net.Conn, tls.ConnectionState, error) {
	return c, tls.ConnectionState{}, nil
}

// throughProxy is a pool whose connections all go through p.
func throughProxy(p Proxy) *Pool {
	return &Pool{Dialer: Dialer{Proxy: FixedProxy(p), Resolver: withNames, DialTLS: bareTLS}}
}

// connectProxy is a proxy that does what CONNECT asks for, and notes it.
func (w *world) connectProxy(heads *[]string) func(*conntest.Conn) {
	return func(c *conntest.Conn) { w.serveConnect(c, heads) }
}

func (w *world) serveConnect(c net.Conn, heads *[]string) {
	defer c.Close()
	r := bufio.NewReader(c)
	head := ""
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		head += line
	}
	*heads = append(*heads, head)
	target := strings.Fields(head)[1]
	if strings.HasPrefix(target, "a.test:") {
		target = "192.0.2.1:" + target[len("a.test:"):]
	}
	up, err := w.net.Dial(ctxBg, "tcp", netip.MustParseAddrPort(target))
	if err != nil {
		io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
		return
	}
	io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	pump(struct {
		io.Reader
		io.WriteCloser
	}{r, c}, up)
}

// pump moves bytes both ways until one side ends.
func pump(a, b io.ReadWriteCloser) {
	done := make(chan struct{})
	go func() {
		io.Copy(a, b)
		a.Close()
		b.Close()
		close(done)
	}()
	io.Copy(b, a)
	a.Close()
	b.Close()
	<-done
}

func (w *world) say(c net.Conn, text, want string) {
	w.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		w.Fatalf("write: %v", err)
	}
	b := make([]byte, len(want))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != want {
		w.Fatalf("read %q, %v, want %q", b, err, want)
	}
}

// readHead reads a request's head.
func readHead(c net.Conn) {
	var b [1]byte
	last := ""
	for last != "\r\n\r\n" {
		if _, err := c.Read(b[:]); err != nil {
			return
		}
		if last += string(b[:]); len(last) > 4 {
			last = last[1:]
		}
	}
}

func (w *world) wantProxyError(err error, phase ProxyPhase, text string) {
	w.Helper()
	var pe *ProxyError
	if !errors.As(err, &pe) {
		w.Fatalf("error %v, want a ProxyError", err)
	}
	if pe.Phase != phase || !strings.Contains(err.Error(), text) {
		w.Errorf("error in %v: %v\nwant in %v: %q", pe.Phase, err, phase, text)
	}
	if pe.Proxy.Host == "" || pe.Target == "" || pe.Start.IsZero() || pe.End.IsZero() || (phase > ProxyConnect) != pe.Addr.IsValid() {
		w.Errorf("incomplete: %+v", pe)
	}
	if pe.Proxy.Password != "" || strings.Contains(fmt.Sprintf("%+v", pe), "secret") {
		w.Errorf("the error tells the password: %+v", pe)
	}
}
