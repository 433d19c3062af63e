package http2_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/fetch/http2"
	"pageload/fetch/internal/bench"
)

// serverEnv says that this is the benchmark's servers.
const serverEnv = "HTTP2_BENCH_SERVER"

func TestMain(m *testing.M) {
	if bench.Serves(serverEnv) {
		serve()
		return
	}
	os.Exit(verify(m))
}

// hosts is how many hosts a page has in the benchmark.
const hosts = 6

// serve runs the servers, which answer GET /N with N bytes, prints their addresses, and ends when its standard input does.
func serve() {
	for range hosts {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
			for name, v := range map[string]string{"Server": "bench", "Content-Type": "text/html; charset=utf-8", "Cache-Control": "public, max-age=3600",
				"ETag": `"5f3c-18b"`, "Vary": "Accept-Encoding", "Content-Length": strconv.Itoa(n)} {
				w.Header().Set(name, v)
			}
			w.Write(make([]byte, n))
		}))
		s.EnableHTTP2 = true
		s.StartTLS()
		fmt.Println(s.Listener.Addr())
	}
	bench.Wait()
}

func dial(tb testing.TB, addr string) net.Conn {
	tb.Helper()
	nc, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { nc.Close() })
	return nc
}

// browserFields are sent with each request.
var browserFields = []http2.Field{
	{Name: "sec-ch-ua-platform", Value: `"Linux"`}, {Name: "user-agent", Value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},
	{Name: "sec-ch-ua-mobile", Value: "?0"}, {Name: "accept", Value: "image/avif,image/webp,image/apng,*/*;q=0.8"},
	{Name: "sec-fetch-site", Value: "same-origin"}, {Name: "sec-fetch-mode", Value: "no-cors"}, {Name: "sec-fetch-dest", Value: "image"},
	{Name: "referer", Value: "https://site.test/"}, {Name: "accept-encoding", Value: "gzip, deflate, br, zstd"},
	{Name: "accept-language", Value: "en-US,en;q=0.9"}, {Name: "priority", Value: "u=2, i"},
}

// clients make one GET from a host and drop the body.
var clients = []struct {
	name string
	new  func(tb testing.TB, addr string, size int) func() error
}{
	{"http2", func(tb testing.TB, addr string, size int) func() error { return newGet(tb, addr, size, true) }},
	{"http2-body", func(tb testing.TB, addr string, size int) func() error { return newGet(tb, addr, size, false) }},
	{"net-http", func(tb testing.TB, addr string, size int) func() error {
		t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, DisableCompression: true}
		tb.Cleanup(t.CloseIdleConnections)
		req, _ := http.NewRequest("GET", fmt.Sprintf("https://%s/%d", addr, size), nil)
		for _, f := range browserFields {
			req.Header.Set(f.Name, f.Value)
		}
		return func() error {
			resp, err := t.RoundTrip(req)
			if err != nil {
				return err
			}
			io.Copy(io.Discard, resp.Body)
			return resp.Body.Close()
		}
	}},
}

func newGet(tb testing.TB, addr string, size int, drop bool) func() error {
	c := http2.NewConn(dial(tb, addr), http2.Config{})
	q := http2.Request{Method: "GET", Scheme: "https", Authority: "site.test", Path: fmt.Sprintf("/%d", size), Fields: browserFields, Drop: drop, Level: 2}
	var s http2.Stream
	sink := func([]byte) error { return nil }
	if drop {
		sink = nil
	}
	return func() error {
		var r http2.Response
		s.Bind(c)
		defer s.Close()
		if err := s.Send(&q, time.Now().Add(time.Minute), io.ErrNoProgress); err != nil {
			return err
		}
		if err := s.ReadHead(&r); err != nil {
			return err
		}
		return s.ReadBody(&r, sink, time.Minute, io.ErrNoProgress)
	}
}

// BenchmarkGet is a page's fetches: 6 hosts, one request at a time to each.
func BenchmarkGet(b *testing.B) {
	addrs := bench.Start(b, serverEnv, hosts)
	for _, size := range []int{1 << 10, 30 << 10} {
		for _, client := range clients {
			b.Run(fmt.Sprintf("%dKB/%s", size>>10, client.name), func(b *testing.B) {
				gets := make([]func() error, hosts)
				for i, addr := range addrs {
					gets[i] = client.new(b, addr, size)
				}
				bench.Run(b, gets)
			})
		}
	}
}

// TestAgainstNetHTTP exchanges with net/http's server, many streams at a time, in both directions.
func TestAgainstNetHTTP(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum")
		n, _ := io.Copy(w, r.Body)
		w.Header().Set("Sum", strconv.FormatInt(n, 10))
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	nc, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com", NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c := http2.NewConn(nc, http2.Config{})
	var all sync.WaitGroup
	for i := range 150 { // more than are allowed at a time before SETTINGS
		all.Go(func() {
			body := strings.Repeat(strconv.Itoa(i)+" ", i*300)
			var s http2.Stream
			var r http2.Response
			var got strings.Builder
			s.Bind(c)
			defer s.Close()
			err := s.Send(&http2.Request{Method: "POST", Scheme: "https", Authority: "example.com", Path: "/", Body: []byte(body)}, time.Time{}, nil)
			if err == nil {
				err = s.ReadHead(&r)
			}
			if err == nil {
				err = s.ReadBody(&r, func(p []byte) error { got.Write(p); return nil }, 0, nil)
			}
			if err != nil || got.String() != body || len(r.Trailer) != 1 || r.Trailer[0].Value != strconv.Itoa(len(body)) {
				t.Errorf("%d: error %v, %d of %d bytes, trailer %v", i, err, got.Len(), len(body), r.Trailer)
			}
		})
	}
	all.Wait()
	if c.Err() != nil {
		t.Error(c.Err())
	}
}
