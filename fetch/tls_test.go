package fetch

import (
	"context"
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
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/parse/weburl"
)

// certificate returns one for the names, signed by itself.
func certificate(t *testing.T, from, to time.Time, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to,
		DNSNames: names, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}

// secure starts a TLS server on loopback and returns a client for which every name is its address.
func secure(t *testing.T, h2 bool, handler http.HandlerFunc) (*Client, *httptest.Server) {
	t.Helper()
	now := time.Now()
	cert, roots := certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "a.test", "b.test")
	srv := httptest.NewUnstartedServer(handler)
	srv.EnableHTTP2 = h2
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.StartTLS()
	c := &Client{Pool: &conn.Pool{Dialer: loopback(srv.Listener.Addr(), roots)}}
	t.Cleanup(func() {
		c.Pool.Close(context.Background())
		srv.Close()
	})
	return c, srv
}

func loopback(addr net.Addr, roots *x509.CertPool) conn.Dialer {
	to := netip.MustParseAddrPort(addr.String())
	return conn.Dialer{
		TLS: &tls.Config{RootCAs: roots},
		Resolver: resolver(func(host string) (dnscache.Answer, error) {
			return dnscache.Answer{Name: host, Addrs: []dnscache.Addr{{IP: to.Addr()}}}, nil
		}),
		Dial: func(ctx context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, to.String())
		},
	}
}

func TestTLSErrorsAndTheirNames(t *testing.T) {
	now := time.Now()
	good := []time.Time{now.Add(-time.Hour), now.Add(time.Hour)}
	tests := []struct {
		name     string
		validity []time.Time
		host     string
		trusted  bool
		plain    bool
		net      string
	}{
		{"unknown issuer", good, "a.test", false, false, "net::ERR_CERT_AUTHORITY_INVALID"},
		{"other name", good, "c.test", true, false, "net::ERR_CERT_COMMON_NAME_INVALID"},
		{"expired", []time.Time{now.Add(-2 * time.Hour), now.Add(-time.Hour)}, "a.test", true, false, "net::ERR_CERT_DATE_INVALID"},
		{"not yet valid", []time.Time{now.Add(time.Hour), now.Add(2 * time.Hour)}, "a.test", true, false, "net::ERR_CERT_DATE_INVALID"},
		{"not TLS", good, "a.test", true, true, "net::ERR_SSL_PROTOCOL_ERROR"},
		{"fine", good, "a.test", true, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cert, roots := certificate(t, tt.validity[0], tt.validity[1], "a.test")
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			srv.Config.ErrorLog = quiet()
			if tt.plain {
				srv.Start()
			} else {
				srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
				srv.StartTLS()
			}
			defer srv.Close()
			if !tt.trusted {
				roots = x509.NewCertPool()
			}
			c := &Client{Pool: &conn.Pool{Dialer: loopback(srv.Listener.Addr(), roots)}}
			defer c.Pool.Close(context.Background())
			r := fetchAll(c, &Request{URL: weburl.MustParse("https://" + tt.host + "/")})
			if tt.net == "" {
				if r.err != nil || r.hop.TLS == nil || r.hop.Opening == nil || r.hop.Opening.TLSStart.IsZero() || r.hop.Opening.TLSEnd.Before(r.hop.Opening.TLSStart) {
					t.Errorf("error %v, hop %+v", r.err, r.hop)
				}
				return
			}
			var e *Error
			if !errors.As(r.err, &e) || e.Phase != PhaseTLS || e.Net() != tt.net {
				t.Errorf("error %v, Net() = %s, want %s", r.err, e.Net(), tt.net)
			}
			if r.hop.Opening == nil || r.hop.Opening.TLSStart.IsZero() {
				t.Errorf("opening %+v", r.hop.Opening)
			}
		})
	}
}

func TestNamesOfTLSFaults(t *testing.T) {
	constraint := x509.CertificateInvalidError{Reason: x509.CANotAuthorizedForThisName}
	for _, tt := range []struct {
		fault conn.TLSFault
		err   error
		net   string
	}{
		{conn.TLSRevoked, errors.New("revoked"), "net::ERR_CERT_REVOKED"},
		{conn.TLSWeak, errors.New("weak"), "net::ERR_CERT_WEAK_KEY"},
		{conn.TLSBadChain, constraint, "net::ERR_CERT_NAME_CONSTRAINT_VIOLATION"},
		{conn.TLSBadChain, x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}, "net::ERR_CERT_INVALID"},
		{conn.TLSAlert, errors.New("alert"), "net::ERR_SSL_PROTOCOL_ERROR"},
		{conn.TLSTimeout, context.DeadlineExceeded, "net::ERR_TIMED_OUT"},
	} {
		e := &Error{Phase: PhaseTLS, Err: &conn.TLSError{Fault: tt.fault, Err: tt.err}}
		if got := e.Net(); got != tt.net {
			t.Errorf("%v, %v: %s, want %s", tt.fault, tt.err, got, tt.net)
		}
	}
}

func TestHTTP2(t *testing.T) {
	var mu sync.Mutex
	bodies := make(map[string]string)
	c, _ := secure(t, true, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies[r.RequestURI] = r.Method + " " + r.Host + " " + r.Header.Get("Content-Length") + " " + string(body)
		mu.Unlock()
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/hints":
			w.Header().Set("Link", "</a.css>; rel=preload; as=style")
			w.WriteHeader(103)
			fmt.Fprint(w, "hinted")
		case "/gz":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(gzipped("unpacked"))
		case "/trailer":
			w.Header().Set("Trailer", "X-T")
			fmt.Fprint(w, "body")
			w.Header().Set("X-T", "t")
		case "/abort":
			fmt.Fprint(w, "some")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/large":
			w.Write(make([]byte, 3<<20))
		default:
			fmt.Fprint(w, r.Proto, " ", r.Header.Get("User-Agent"))
		}
	})
	get := func(path string) *result {
		t.Helper()
		return fetchAll(c, &Request{URL: weburl.MustParse("https://a.test" + path)})
	}
	first := get("/end?a=%zz|b")
	if first.err != nil || first.hop.Proto != "h2" || string(first.body) != "HTTP/2.0 "+Chromium().UserAgent || first.hop.Status != 200 {
		t.Fatalf("%q, error %v, hop %+v", first.body, first.err, first.hop)
	}
	if ts := first.hop.Times; first.hop.Opening == nil || first.hop.Opening.TLSStart.IsZero() || ts.SendStart.IsZero() || ts.SendEnd.Before(ts.SendStart) || ts.FirstByte.Before(ts.SendStart) || ts.HeadEnd.Before(ts.FirstByte) || ts.End.Before(ts.HeadEnd) {
		t.Errorf("times %+v", ts)
	}
	if _, ok := bodies["/end?a=%zz|b"]; !ok {
		t.Errorf("the path was changed on the way: %q", bodies)
	}
	r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/redirect"), Method: "POST", Body: []byte("form"), ContentType: "text/x"})
	if r.err != nil || len(r.redirects) != 1 || bodies["/redirect"] != "POST a.test 4 form" || bodies["/end"] != "POST a.test 4 form" || !r.hop.Reused || r.hop.ConnID != first.hop.ConnID {
		t.Errorf("redirect: error %v, bodies %q, hop %+v", r.err, bodies, r.hop)
	}
	if r := get("/hints"); r.err != nil || !slices.Equal(r.events, []string{"interim 103", "response 200"}) {
		t.Errorf("hints: error %v, events %q", r.err, r.events)
	}
	if r := get("/gz"); r.err != nil || string(r.body) != "unpacked" || r.hop.Encoding != "gzip" {
		t.Errorf("gzip: %q, error %v", r.body, r.err)
	}
	if r := get("/trailer"); r.err != nil || r.hop.Trailer.Get("X-T") != "t" {
		t.Errorf("trailer: %v, error %v", r.hop.Trailer, r.err)
	}
	r = get("/abort")
	var e *Error
	if !errors.As(r.err, &e) || e.Net() != "net::ERR_HTTP2_PROTOCOL_ERROR" || string(r.body) != "some" {
		t.Errorf("abort: %q, error %v", r.body, r.err)
	}
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/large"), Discard: true}); r.err != nil || r.hop.WireBodyBytes != 3<<20 || r.hop.ConnID != first.hop.ConnID {
		t.Errorf("large: error %v, %d bytes", r.err, r.hop.WireBodyBytes)
	}
	c.MaxBodyBytes = 1 << 20
	if r := get("/large"); !errors.Is(r.err, ErrBodySize) {
		t.Errorf("bound: error %v", r.err)
	}
	if r := get("/end"); r.err != nil || r.hop.ConnID != first.hop.ConnID {
		t.Errorf("after a stream was given up: error %v", r.err)
	}
}

func TestHTTP2SharesOneConnection(t *testing.T) {
	release := make(chan struct{})
	var arrived sync.WaitGroup
	arrived.Add(50)
	c, _ := secure(t, true, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/font" {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			return
		}
		arrived.Done()
		<-release
	})
	var all []*result
	for range 50 {
		r := newResult()
		all = append(all, r)
		c.Start(context.Background(), &Request{URL: weburl.MustParse("https://a.test/")}, r)
	}
	arrived.Wait() // all of them at once
	close(release)
	ids := make(map[uint64]bool)
	for _, r := range all {
		<-r.done
		if r.err != nil {
			t.Fatal(r.err)
		}
		ids[r.hop.ConnID] = true
	}
	if len(ids) != 1 {
		t.Errorf("%d connections for one host", len(ids))
	}
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/font"), Destination: Font, Mode: CORS, Credentials: Omit,
		Initiator: weburl.MustParse("https://a.test/").Origin()}); r.err != nil || ids[r.hop.ConnID] {
		t.Errorf("error %v; a request without credentials shares the connection of those with: %v", r.err, ids[r.hop.ConnID])
	}
}

func TestHTTP2CancelAndTimeouts(t *testing.T) {
	stop := make(chan struct{})
	c, _ := secure(t, true, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
		}
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	defer close(stop)
	c.HeaderTimeout, c.IdleTimeout = 50*time.Millisecond, 60*time.Millisecond
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")}); !errors.Is(r.err, ErrHeaderTimeout) || !errors.Is(r.err, context.DeadlineExceeded) {
		t.Errorf("no head: error %v", r.err)
	}
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/body")}); !errors.Is(r.err, ErrIdleTimeout) || string(r.body) != "x" {
		t.Errorf("no more body: %q, error %v", r.body, r.err)
	}
	c2 := &Client{Pool: c.Pool}
	cause := errors.New("left")
	r := newResult()
	var call *Call
	begun := make(chan struct{})
	r.onData = func([]byte) error { close(begun); return nil }
	call = c2.Start(context.Background(), &Request{URL: weburl.MustParse("https://a.test/body")}, r)
	<-begun
	call.Cancel(cause)
	<-r.done
	var e *Error
	if !errors.Is(r.err, cause) || !errors.As(r.err, &e) || e.Net() != "net::ERR_ABORTED" {
		t.Errorf("cancel: error %v", r.err)
	}
}

func TestHTTP2RetriesWhereTheSessionDied(t *testing.T) {
	c, srv := secure(t, true, func(w http.ResponseWriter, r *http.Request) {})
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")}); r.err != nil {
		t.Fatal(r.err)
	}
	srv.CloseClientConnections()
	r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/"), Method: "POST", Body: []byte("x")})
	if r.err != nil || r.hop.Reused {
		t.Errorf("error %v, hop %+v", r.err, r.hop)
	}
}

func TestHTTPSWithoutHTTP2(t *testing.T) {
	c, _ := secure(t, false, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Repeat("x", 100000)) })
	for range 3 {
		r := fetchAll(c, &Request{URL: weburl.MustParse("https://b.test/")})
		if r.err != nil || r.hop.Proto != "http/1.1" || len(r.body) != 100000 {
			t.Errorf("error %v, hop %+v", r.err, r.hop)
		}
	}
}
