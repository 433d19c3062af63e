package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

// A preconnected connection that nobody used may have been closed as well as one that was used: requests on both are
// sent again.
func TestRetryOnPreconnectedConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		first := true
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			if first {
				first = false
				return false
			}
			io.WriteString(c, ok("x"))
			return true
		})
		w.pool.Preconnect(context.Background(), conn.Key{Scheme: "http", Host: "a.test", Port: 80}, 1, nil)
		time.Sleep(time.Second)
		r := w.get("http://a.test/")
		if r.err != nil || r.hop.Retries != 1 || r.hop.Reused || r.hop.ConnID != 2 || len(w.requests) != 2 {
			t.Errorf("error %v, hop %+v, requests %q", r.err, r.hop, w.requests)
		}
	})
}

func TestResponsesThatAskForAnotherTry(t *testing.T) {
	late, misdirected := answer("408 Request Timeout", "late"), answer("421 Misdirected Request", "wrong", "Set-Cookie: a=b")
	tests := []struct {
		name    string
		before  string // "used" or "preconnected": the first connection
		answers []string
		status  int
		conns   []uint64 // of the requests
	}{
		{"408 on a fresh connection", "", []string{late}, 408, []uint64{1}},
		{"408 on a used one", "used", []string{ok("x"), late, ok("y")}, 200, []uint64{1, 1, 2}},
		{"408 on a preconnected one", "preconnected", []string{late, ok("y")}, 200, []uint64{1, 2}},
		{"408 and again on the fresh one", "used", []string{ok("x"), late, late}, 408, []uint64{1, 1, 2}},
		{"421", "", []string{misdirected, ok("y")}, 200, []uint64{1, 2}},
		{"421 twice", "", []string{misdirected, misdirected}, 421, []uint64{1, 2}},
		{"421 on a used one", "used", []string{ok("x"), misdirected, ok("y")}, 200, []uint64{1, 1, 2}},
		{"421 for each hop", "", []string{misdirected, redirect(302, "/next"), misdirected, ok("y")}, 200, []uint64{1, 2, 2, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var conns []uint64
				seen := map[*conntest.Conn]uint64{}
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
					if seen[c] == 0 {
						seen[c] = uint64(len(seen) + 1)
					}
					conns = append(conns, seen[c])
					io.WriteString(c, tt.answers[len(conns)-1])
					return true
				})
				switch tt.before {
				case "used":
					w.get("http://a.test/before")
				case "preconnected":
					w.pool.Preconnect(context.Background(), conn.Key{Scheme: "http", Host: "a.test", Port: 80}, 1, nil)
					time.Sleep(time.Second)
				}
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Body: []byte("b")})
				if r.err != nil || r.hop.Status != tt.status || len(conns) != len(tt.answers) {
					t.Fatalf("status %d, error %v, requests on %v", r.hop.Status, r.err, conns)
				}
				for i, c := range conns {
					if c != tt.conns[i] {
						t.Errorf("requests on connections %v, want %v", conns, tt.conns)
						break
					}
				}
				if n := strings.Count(strings.Join(r.events, " "), "response"); n != 1 {
					t.Errorf("events %q", r.events)
				}
			})
		})
	}
}

// Two hosts of one certificate and address share an HTTP/2 connection, until the server answers 421 for the second.
func TestHTTP2CoalescingAndMisdirected(t *testing.T) {
	var mu sync.Mutex
	refuse := false
	first := map[string]string{} // host the connection was opened for, by the client's port
	c, _ := secure(t, true, func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if first[r.RemoteAddr] == "" {
			first[r.RemoteAddr] = r.Host
		}
		if refuse && first[r.RemoteAddr] != r.Host {
			rw.WriteHeader(http.StatusMisdirectedRequest)
		}
		io.WriteString(rw, r.Host)
	})
	get := func(host string) *result {
		t.Helper()
		r := fetchAll(c, &Request{URL: weburl.MustParse("https://" + host + "/")})
		if r.err != nil || string(r.body) != host || r.hop.Status != 200 {
			t.Errorf("%s: %q, status %d, error %v", host, r.body, r.hop.Status, r.err)
		}
		return r
	}
	a, b := get("a.test"), get("b.test")
	if a.hop.ConnID != b.hop.ConnID || !b.hop.Reused || b.hop.Retries != 0 {
		t.Errorf("connections %d and %d", a.hop.ConnID, b.hop.ConnID)
	}
	if h := b.hop; h.Opening.DNSStart.IsZero() || !h.Opening.ConnectStart.IsZero() || h.Opening.DNS.Name != "b.test" {
		t.Errorf("times %+v", h.Times)
	}
	mu.Lock()
	refuse = true
	mu.Unlock()
	again := get("b.test")
	if again.hop.ConnID == a.hop.ConnID || again.hop.Retries != 1 || again.hop.Reused {
		t.Errorf("hop %+v", again.hop)
	}
	if third := get("b.test"); third.hop.ConnID != again.hop.ConnID || third.hop.Retries != 0 {
		t.Errorf("hop %+v", third.hop)
	}
	if get("a.test").hop.ConnID != a.hop.ConnID {
		t.Error("a.test has another connection")
	}
}

// What a server says of its origins (RFC 8336) changes nothing: the certificate decides.
func TestHTTP2OriginFrameIsIgnored(t *testing.T) {
	c := framed(t, func(f *http2.Framer, stream uint32, n int) {
		entry := "https://b.test"
		f.WriteRawFrame(0xc, 0, 0, append([]byte{0, byte(len(entry))}, entry...))
		status(f, stream, "204")
	})
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")}); r.err != nil {
		t.Fatal(r.err)
	}
	r := fetchAll(c, &Request{URL: weburl.MustParse("https://b.test/")}) // not in the certificate
	var e *conn.TLSError
	if !errors.As(r.err, &e) || e.Fault != conn.TLSWrongHost {
		t.Errorf("error %v, want that b.test is not in the certificate of its own connection", r.err)
	}
	for _, rec := range c.Pool.Records() {
		if rec.Key.Host == "a.test" && rec.Requests != 1 {
			t.Errorf("connection of a.test had %d requests", rec.Requests)
		}
	}
}
