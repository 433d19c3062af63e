package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/examples/internal/noserver"
	"pageload/loader/waterfall"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

// An origin serves a page of four requests and counts.
type origin struct {
	*httptest.Server
	addr string

	mu    sync.Mutex
	conns int
	asked map[string]int // by path
	hosts map[string]int
	most  int // documents in the making at once
	now   int
}

const page = `<!doctype html><link rel=icon href=/icon.png><link rel=stylesheet href=/s.css><script src=/s.js></script><img src=/i.png>`

// times is how often a path was asked for.
func (o *origin) times(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked[path]
}

func serve(t *testing.T, tls bool, answer http.HandlerFunc) *origin {
	t.Helper()
	o := &origin{asked: map[string]int{}, hosts: map[string]int{}}
	o.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked[r.URL.Path]++
		o.hosts[r.Host]++
		if r.URL.Path == "/" {
			o.now++
			o.most = max(o.most, o.now)
		}
		o.mu.Unlock()
		switch {
		case answer != nil:
			answer(w, r)
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, page)
		}
		if r.URL.Path == "/" {
			o.mu.Lock()
			o.now--
			o.mu.Unlock()
		}
	}))
	o.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			o.mu.Lock()
			o.conns++
			o.mu.Unlock()
		}
	}
	if tls {
		o.StartTLS()
	} else {
		o.Start()
	}
	o.addr = o.Listener.Addr().String()
	t.Cleanup(o.Close)
	return o
}

func invoke(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err strings.Builder
	status = run(ctx, args, &out, &err)
	return status, out.String(), err.String()
}

func TestLoads(t *testing.T) {
	tests := []struct {
		name              string
		args              []string
		loads             int
		minConns, maxConn int
	}{
		{"one", nil, 1, 1, 6},
		{"warm", []string{"-n", "10"}, 10, 1, 6},
		{"warm, three at once", []string{"-n", "30", "-c", "3"}, 30, 3, 18},
		{"more at once than loads", []string{"-n", "2", "-c", "9"}, 2, 1, 12},
		{"cold", []string{"-n", "10", "-cold"}, 10, 10, 10 * perHost}, // the first opens all ahead, the others as many as it used
		{"cold, three at once", []string{"-n", "10", "-c", "3", "-cold"}, 10, 10, 10 * perHost},
		{"eager", []string{"-n", "3", "-schedule", "eager"}, 3, 1, 6},
		{"nothing remembered", []string{"-n", "3", "-remember=false"}, 3, 1, 6},
		{"remember", []string{"-n", "3", "-remember"}, 3, 1, 6},
		{"browsers that take turns", []string{"-n", "12", "-c", "2", "-profiles", "4"}, 12, 4, 60},
		{"with a time limit for each", []string{"-n", "2", "-timeout", "1m"}, 2, 1, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := serve(t, false, nil)
			status, stdout, stderr := invoke(t.Context(), append(tt.args, o.URL)...)
			if status != 0 || stderr != "" {
				t.Fatalf("exit status %d: %s", status, stderr)
			}
			for _, want := range []string{" loads in ", " 0 failed\n", "load time ", "DOMContentLoaded ", "closed model", "2xx: "} {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in %q", want, stdout)
				}
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			for _, path := range []string{"/", "/s.css", "/s.js", "/i.png", "/icon.png"} {
				if n := o.asked[path]; n != tt.loads {
					t.Errorf("%d requests for %s, want %d", n, path, tt.loads)
				}
			}
			if o.conns < tt.minConns || o.conns > tt.maxConn {
				t.Errorf("%d connections, want %d to %d", o.conns, tt.minConns, tt.maxConn)
			}
		})
	}
}

// All loads that may be in flight are: each document waits for the others.
func TestInFlight(t *testing.T) {
	const inFlight = 4
	var together sync.WaitGroup
	together.Add(inFlight)
	o := serve(t, false, func(http.ResponseWriter, *http.Request) {
		together.Done()
		together.Wait()
	})
	status, _, stderr := invoke(t.Context(), "-n", "4", "-c", "4", o.URL)
	o.mu.Lock()
	defer o.mu.Unlock()
	if status != 0 || o.most != inFlight {
		t.Errorf("exit status %d, %d at once: %s", status, o.most, stderr)
	}
}

func TestFlags(t *testing.T) {
	o := serve(t, true, nil)
	status, stdout, stderr := invoke(t.Context(), "-quiet", "-insecure", "-connect-to", "*.test="+o.addr, "-n", "2", "https://a.test/")
	o.mu.Lock()
	hosts := maps.Clone(o.hosts)
	o.mu.Unlock()
	if status != 0 || stdout != "" || stderr != "" || hosts["a.test"] != 10 {
		t.Errorf("exit status %d, %q, %q, requests %v", status, stdout, stderr, hosts)
	}
	status, stdout, _ = invoke(t.Context(), "-h")
	if status != 0 || !strings.Contains(stdout, "-remember") || !strings.Contains(stdout, "-connect-to PATTERN=HOST:PORT") {
		t.Errorf("-h: exit status %d, %s", status, stdout)
	}
}

// A cold load is a stranger to the server: it resumes no TLS session. A browser
// whose turn comes again does.
func TestSessions(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"-cold"}, false},
		{[]string{"-c", "1", "-profiles", "2"}, true},
	} {
		var resumed atomic.Bool
		o := serve(t, true, func(_ http.ResponseWriter, r *http.Request) {
			if r.TLS.DidResume {
				resumed.Store(true)
			}
		})
		status, _, stderr := invoke(t.Context(), append(tt.args, "-insecure", "-n", "6", "-quiet", o.URL)...)
		o.Close()
		if status != 0 || resumed.Load() != tt.want {
			t.Errorf("%q: exit status %d, %q; resumed %v, want %v", tt.args, status, stderr, resumed.Load(), tt.want)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, tt := range []struct {
		args   []string
		stderr string
	}{
		{nil, "one URL is needed"},
		{[]string{"http://a/", "http://b/"}, "one URL is needed"},
		{[]string{"-n", "0", "http://a/"}, "-n 0: it is at least 1"},
		{[]string{"-c", "-1", "http://a/"}, "-c -1: it is at least 1"},
		{[]string{"-n", "x", "http://a/"}, `invalid value "x" for flag -n`},
		{[]string{"-schedule", "x", "http://a/"}, "it is chromium or eager"},
		{[]string{"-connect-to", "x", "http://a/"}, `no "="`},
		{[]string{"-c", "4", "-profiles", "3", "http://a/"}, "-profiles 3: it is at least -c, 4"},
		{[]string{"-cold", "-profiles", "3", "http://a/"}, "-cold gives each load a virtual browser"},
		{[]string{"-duration", "10", "http://a/"}, "it is a time with its unit"},
		{[]string{"-rate", "5", "http://a/"}, "not defined: -rate"},
		{[]string{"example.com"}, "write http://example.com or https://example.com"},
	} {
		status, stdout, stderr := invoke(t.Context(), tt.args...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, tt.stderr) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit status %d, %q, %q; want 2, and %q on standard error", tt.args, status, stdout, stderr, tt.stderr)
		}
	}
}

func TestFailures(t *testing.T) {
	refused := noserver.Addr(t)
	status, stdout, stderr := invoke(t.Context(), "-n", "3", "http://"+refused)
	if status != 1 || !strings.HasPrefix(stdout, "3 loads in ") || !strings.Contains(stdout, "3 failed\n") ||
		stderr != "loadtest: 3 of 3 loads did not get their document; the first: http://"+refused+"/: connect: "+refused+": connection refused\n" {
		t.Errorf("refused: exit status %d, %q, %q", status, stdout, stderr)
	}

	missing := serve(t, false, http.NotFound)
	status, stdout, stderr = invoke(t.Context(), "-n", "2", missing.URL)
	if status != 0 || !strings.Contains(stdout, "documents by status: 404: 2\n") {
		t.Errorf("not found: exit status %d, %q, %q", status, stdout, stderr)
	}

	var errs strings.Builder
	if status := run(t.Context(), []string{missing.URL}, full{}, &errs); status != 1 || !strings.Contains(errs.String(), "no space left") {
		t.Errorf("full standard output: exit status %d, %q", status, errs.String())
	}
}

// full is a standard output that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestStopped(t *testing.T) {
	for _, of := range [][]string{{"-n", "1000000"}, {"-duration", "1h"}} {
		ctx, stop := context.WithCancelCause(t.Context())
		var n atomic.Int32
		o := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 3 {
				stop(errors.New("that was enough"))
				<-r.Context().Done()
			}
		})
		status, stdout, stderr := invoke(ctx, append(of, o.URL)...)
		if status != 1 || !strings.HasPrefix(stdout, "2 loads in ") || !strings.Contains(stdout, " 0 failed, 1 cut off\n") ||
			!strings.HasPrefix(stderr, "loadtest: stopped after 2 ") || !strings.HasSuffix(stderr, ": that was enough\n") {
			t.Errorf("%q: exit status %d, %q, %q", of, status, stdout, stderr)
		}
		stop(nil)
	}
}

// -duration completes what is under way at its end.
func TestDuration(t *testing.T) {
	o := serve(t, false, nil)
	began := time.Now()
	status, stdout, stderr := invoke(t.Context(), "-duration", "100ms", "-c", "2", "-json", o.URL)
	var s summary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || status != 0 || stderr != "" {
		t.Fatalf("exit status %d, %q, %q: %v", status, stdout, stderr, err)
	}
	if took := time.Since(began); took < 100*time.Millisecond || s.Loads < 2 || s.Failed+s.CutOff != 0 || s.Seconds < 0.1 {
		t.Errorf("%v, %+v", took, s)
	}
	if n := o.times("/"); n != s.Loads || int(s.Requests) != 5*s.Loads || s.Status["2xx"] != s.Requests {
		t.Errorf("%d documents asked for; %+v", n, s)
	}
}

func TestTimeout(t *testing.T) {
	o := serve(t, false, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	status, stdout, stderr := invoke(t.Context(), "-n", "2", "-timeout", "20ms", o.URL)
	if status != 1 || !strings.Contains(stdout, "2 timeout of the load; the first: -timeout 20ms is over\n") || !strings.Contains(stderr, "2 of 2 loads") {
		t.Errorf("exit status %d, %q, %q", status, stdout, stderr)
	}
}

// With -cache the second load asks for nothing that is fresh.
func TestCache(t *testing.T) {
	o := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=600")
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, page)
		}
	})
	status, stdout, stderr := invoke(t.Context(), "-n", "3", "-cache", "-json", o.URL)
	var s summary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || status != 0 {
		t.Fatalf("exit status %d, %q, %q: %v", status, stdout, stderr, err)
	}
	if s.Requests != 15 || s.Cached == 0 || o.times("/i.png") != 1 || s.Bytes.Bodies != int64(len(page)) {
		t.Errorf("%d requests for the image, %+v", o.times("/i.png"), s)
	}
}

func TestFailuresByKind(t *testing.T) {
	o := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, page)
		case "/i.png":
			panic(http.ErrAbortHandler)
		case "/s.js":
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "half")
		default:
			w.WriteHeader(503)
		}
	})
	status, stdout, stderr := invoke(t.Context(), "-n", "4", "-json", o.URL)
	var s summary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || status != 0 || stderr != "" {
		t.Fatalf("exit status %d, %q, %q: %v", status, stdout, stderr, err)
	}
	got := map[string]int{}
	for _, e := range s.Errors {
		got[e.Of+" "+e.Kind] = e.Count
	}
	want := map[string]int{"subresource net::ERR_CONTENT_LENGTH_MISMATCH": 4, "subresource net::ERR_EMPTY_RESPONSE": 4}
	if !maps.Equal(got, want) || s.Loads != 4 || s.Status["5xx"] != 8 {
		t.Errorf("%v, want %v; %+v", got, want, s)
	}
}

func TestText(t *testing.T) {
	r := newResult(&options{loads: 11, inFlight: 2})
	for i := range 10 {
		s := seen{took: time.Duration(10-i) * time.Millisecond, marks: [2]time.Duration{time.Duration(i+1) * 100 * time.Microsecond, waterfall.None}}
		s.requests, s.heads, s.bodies, s.decoded, s.sent, s.connections = 5, 100, 2000, 9000, 300, 1
		s.status[2], s.status[5] = 3, 1
		s.faults = []fault{{"net::ERR_CONNECTION_RESET", "fetch: http://a/i.png: wait: connection reset"}}
		r.add(&s, []int{200, 503}[i/8])
	}
	r.add(&seen{end: failed, err: errors.New("loader: no"), kind: "net::ERR_FAILED"}, 0)
	r.took, r.begun = 2*time.Second, 11
	const want = `11 loads in 2s, 5.0 a second, 1 failed
2 in flight; each begins when the one before is over, so that a slow server is asked less (closed model)

load time              least    median      90 %      95 %      99 %    99.9 %      most      mean
DOMContentLoaded       100µs     500µs     900µs       1ms       1ms       1ms       1ms     550µs
all requests             1ms       5ms    9.01ms      10ms      10ms      10ms      10ms     5.5ms

requests    50, 25.0 a second; 10 connections
status      2xx: 30, 5xx: 10
documents by status: 200: 8, 503: 2
bytes       21 kB received, 10.5 kB a second (heads 1 kB, bodies 20 kB, decoded 90 kB); 3 kB sent
documents that failed
       1 net::ERR_FAILED; the first: no
subresources that failed
      10 net::ERR_CONNECTION_RESET; the first: http://a/i.png: wait: connection reset
`
	if got, _, _ := strings.Cut(r.text(), "cost"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	const line = "11 of 11 loads, 2s, 5.0 a second, 0 under way, 1 failed, 10 subresources failed"
	if got := r.line(r.start.Add(2 * time.Second)); got != line {
		t.Errorf("got %q, want %q", got, line)
	}
}

func TestMachineLimits(t *testing.T) {
	l := limits{files: 1000, hard: 2000, ports: 600, timeWait: 7000}
	for _, tt := range []struct {
		inFlight int
		fits     bool
		why      string
	}{
		{50, true, ""},
		{100, true, ""},
		{101, true, "-c 101 may want 606 connections, up to 6 a load, and this machine has 600 ports to connect from to one address (net.ipv4.ip_local_port_range) less those of its connections in TIME_WAIT (of all peers: 7000)"},
		{200, true, "-c 200 may want 1200 connections, up to 6 a load, and this process may open 1000 files (RLIMIT_NOFILE, ulimit -n; the hard limit is 2000)"},
		{1000, false, "-c 1000: each load takes one connection at least, and this process may open 1000 files (RLIMIT_NOFILE, ulimit -n; the hard limit is 2000)"},
	} {
		if why, fits := l.fit(tt.inFlight); why != tt.why || fits != tt.fits {
			t.Errorf("%d in flight: %q, %v, want %q, %v", tt.inFlight, why, fits, tt.why, tt.fits)
		}
	}
	if why, fits := (limits{}).fit(1e6); why != "" || !fits {
		t.Errorf("unknown limits: %q, %v", why, fits)
	}
}

func TestProfiles(t *testing.T) {
	o := serve(t, false, nil)
	dir := t.TempDir()
	cpu, mem := filepath.Join(dir, "cpu"), filepath.Join(dir, "mem")
	if status, _, stderr := invoke(t.Context(), "-quiet", "-cpuprofile", cpu, "-memprofile", mem, o.URL); status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	for _, name := range []string{cpu, mem} {
		if b, err := os.ReadFile(name); err != nil || len(b) < 3 || b[0] != 0x1f || b[1] != 0x8b { // gzip
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
	if status, _, stderr := invoke(t.Context(), "-cpuprofile", filepath.Join(dir, "no", "cpu"), o.URL); status != 2 || !strings.Contains(stderr, "no such file") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}
