package fetch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/parse/weburl"
)

// A world is a client and scripted servers in a bubble of virtual time. Every host name is the address 192.0.2.1; the
// servers on its ports are given whole requests, one call each.
type world struct {
	*testing.T
	net    conntest.Network
	pool   conn.Pool
	client Client

	mu       sync.Mutex
	requests []string // request line and Host of each request that came
}

// inWorld runs f in a bubble and checks that all connections can be closed.
func inWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t}
		w.net.Latency = 5 * time.Millisecond
		w.pool.Dialer.Dial = w.net.Dial
		w.pool.Dialer.Resolver = resolver(func(host string) (dnscache.Answer, error) {
			if strings.HasPrefix(host, "missing") {
				return dnscache.Answer{}, &dnscache.Error{Name: host, RCode: "NXDOMAIN", Err: dnscache.ErrNotFound}
			}
			return dnscache.Answer{Name: host, Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.1")}}}, nil
		})
		w.client.Pool = &w.pool
		f(w)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.pool.Close(ctx); err != nil {
			t.Errorf("pool: %v", err)
		}
	})
}

type resolver func(host string) (dnscache.Answer, error)

func (r resolver) Lookup(_ context.Context, host string) (dnscache.Answer, error) { return r(host) }

// serve answers requests on a port: handle is called for each with the connection, and returns false to close it.
func (w *world) serve(port uint16, handle func(c *conntest.Conn, r *http.Request) bool) {
	w.Helper()
	stop, err := w.net.Serve(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), func(c *conntest.Conn) {
		br := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(r.Body)
			w.mu.Lock()
			w.requests = append(w.requests, r.Method+" "+r.Host+r.RequestURI+" "+string(body))
			w.mu.Unlock()
			if !handle(c, r) {
				return
			}
		}
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(stop)
}

// text serves whole responses by path; "" for one that is not in the map closes the connection.
func (w *world) text(port uint16, responses map[string]string) {
	w.serve(port, func(c *conntest.Conn, r *http.Request) bool {
		s := responses[r.URL.Path]
		io.WriteString(c, s)
		return s != "" && !strings.Contains(s, "Connection: close")
	})
}

// ok makes a response.
func ok(body string, fields ...string) string { return answer("200 OK", body, fields...) }

func answer(status, body string, fields ...string) string {
	s := "HTTP/1.1 " + status + "\r\n"
	for _, f := range fields {
		s += f + "\r\n"
	}
	return s + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

func redirect(status int, to string, fields ...string) string {
	return answer(fmt.Sprintf("%d x", status), "", append(fields, "Location: "+to)...)
}

// A result is what a handler was told.
type result struct {
	events    []string
	redirects []*Hop
	hop       *Hop
	body      []byte
	err       error
	done      chan struct{}
	onData    func(p []byte) error
}

func newResult() *result { return &result{done: make(chan struct{})} }

func (r *result) Interim(_ *Hop, status int, _ Header) {
	r.events = append(r.events, fmt.Sprint("interim ", status))
}

func (r *result) Redirect(hop *Hop, next weburl.URL) error {
	r.events = append(r.events, fmt.Sprint("redirect ", next))
	r.redirects = append(r.redirects, hop)
	return nil
}

func (r *result) Response(hop *Hop) error {
	r.events = append(r.events, fmt.Sprint("response ", hop.Status))
	return nil
}

func (r *result) Data(p []byte) error {
	r.body = append(r.body, p...)
	if r.onData != nil {
		return r.onData(p)
	}
	return nil
}

func (r *result) Done(hop *Hop, err error) {
	r.hop, r.err = hop, err
	close(r.done)
}

// fetch runs one request to its end.
func (w *world) fetch(r *Request) *result { return fetchAll(&w.client, r) }

func fetchAll(c *Client, r *Request) *result {
	res := newResult()
	c.Start(context.Background(), r, res)
	<-res.done
	return res
}

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func (w *world) get(url string) *result { return w.fetch(&Request{URL: weburl.MustParse(url)}) }

// quiet is a logger for servers that are provoked.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
