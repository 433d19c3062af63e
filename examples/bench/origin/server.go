package origin

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A Server serves the pages small, typical and deep, each at /NAME/, on
// loopback. It is safe for concurrent use.
type Server struct {
	HTTP   string // http://127.0.0.1:PORT, without a slash
	HTTPS1 string // over TLS, HTTP/1.1 only
	HTTPS2 string // over TLS, HTTP/2 or HTTP/1.1

	site      *site
	delay     atomic.Int64 // nanoseconds, before each answer and once before a connection's first
	open      atomic.Int64 // connections
	mostOpen  atomic.Int64
	opened    atomic.Int64 // connections since Reset
	unknown   atomic.Int64 // requests for nothing that is there
	firstOpen atomic.Int64 // Unix nanoseconds
	lastSent  atomic.Int64

	listeners []net.Listener
	conns     sync.Map // of net.Conn
	done      sync.WaitGroup
	tls       *http.Server
}

// Start starts a server.
func Start() (*Server, error) {
	s := &Server{site: newSite()}
	cert, err := certificate()
	if err != nil {
		return nil, err
	}
	var addrs [3]string
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.Close()
			return nil, err
		}
		s.listeners = append(s.listeners, &counted{l, s})
		addrs[i] = l.Addr().String()
	}
	s.HTTP, s.HTTPS1, s.HTTPS2 = "http://"+addrs[0], "https://"+addrs[1], "https://"+addrs[2]
	s.done.Go(func() { s.accept(s.listeners[0]) })
	s.done.Go(func() {
		s.accept(tls.NewListener(s.listeners[1], &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}))
	})
	s.tls = &http.Server{Handler: s, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, ErrorLog: log.New(io.Discard, "", 0)}
	s.done.Go(func() { s.tls.ServeTLS(s.listeners[2], "", "") })
	return s, nil
}

// Close ends the server and waits until it has ended.
func (s *Server) Close() {
	for _, l := range s.listeners {
		l.Close()
	}
	if s.tls != nil {
		s.tls.Close()
	}
	s.conns.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
	s.done.Wait()
}

// counted counts the connections of a listener.
type counted struct {
	net.Listener
	s *Server
}

type countedConn struct {
	net.Conn
	s    *Server
	once sync.Once
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := l.s
	s.firstOpen.CompareAndSwap(0, time.Now().UnixNano())
	s.opened.Add(1)
	n := s.open.Add(1)
	for most := s.mostOpen.Load(); n > most && !s.mostOpen.CompareAndSwap(most, n); {
		most = s.mostOpen.Load()
	}
	return &countedConn{Conn: c, s: s}, nil
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.s.open.Add(-1) })
	return c.Conn.Close()
}

func (s *Server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.done.Go(func() {
			s.conns.Store(c, nil)
			s.converse(c)
			s.conns.Delete(c)
			c.Close()
		})
	}
}

// converse speaks HTTP/1.1: one read and one write a request, as a rule.
func (s *Server) converse(c net.Conn) {
	s.wait()
	buf := make([]byte, 8<<10) // a request's head has to fit in
	n := 0
	for {
		end := bytes.Index(buf[:n], []byte("\r\n\r\n"))
		for end < 0 {
			m, err := c.Read(buf[n:])
			if err != nil || n+m == len(buf) {
				return
			}
			from := max(0, n-3)
			n += m
			if i := bytes.Index(buf[from:n], []byte("\r\n\r\n")); i >= 0 {
				end = from + i
			}
		}
		words := bytes.SplitN(buf[:end], []byte(" "), 3)
		if len(words) < 3 {
			return
		}
		f := s.site.files[string(words[1])]
		s.count(f)
		if err := s.answer(c, f); err != nil {
			return
		}
		s.sent()
		n = copy(buf, buf[end+4:n])
	}
}

func (s *Server) answer(c net.Conn, f *file) error {
	s.wait()
	if f == nil {
		_, err := io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		return err
	}
	if f.pieces == nil {
		_, err := c.Write(f.answer)
		return err
	}
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", f.mime)
	for i, p := range f.pieces {
		if i > 0 {
			time.Sleep(f.pause)
		}
		fmt.Fprintf(c, "%x\r\n%s\r\n", len(p), p)
	}
	_, err := io.WriteString(c, "0\r\n\r\n")
	return err
}

// ServeHTTP answers over TLS.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.wait()
	f := s.site.files[r.URL.Path]
	s.count(f)
	defer s.sent()
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "max-age=3600")
	if f.pieces == nil {
		h.Set("Content-Length", strconv.Itoa(len(f.body)))
		w.Write(f.body)
		return
	}
	for i, p := range f.pieces {
		if i > 0 {
			time.Sleep(f.pause)
		}
		w.Write(p)
		w.(http.Flusher).Flush()
	}
}

func (s *Server) wait() {
	if d := s.delay.Load(); d > 0 {
		time.Sleep(time.Duration(d))
	}
}

// count counts a request. It comes before the answer, for a loader may be done
// before the goroutine that answered it goes on.
func (s *Server) count(f *file) {
	if f == nil {
		s.unknown.Add(1)
	} else {
		f.asked.Add(1)
	}
}

func (s *Server) sent() { s.lastSent.Store(time.Now().UnixNano()) }

// certificate is one that nobody has signed but its own key.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "benchmark"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "benchmark"}}, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
