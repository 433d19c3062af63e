package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest"
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
		{"one", nil, 1, 1, 4},
		{"warm", []string{"-n", "10"}, 10, 1, 4},
		{"warm, three at once", []string{"-n", "30", "-c", "3"}, 30, 3, 12},
		{"more at once than loads", []string{"-n", "2", "-c", "9"}, 2, 1, 8},
		{"cold", []string{"-n", "10", "-cold"}, 10, 10, 40},
		{"cold, three at once", []string{"-n", "10", "-c", "3", "-cold"}, 10, 10, 40},
		{"eager", []string{"-n", "3", "-schedule", "eager"}, 3, 1, 4},
		{"nothing remembered", []string{"-n", "3", "-remember=false"}, 3, 1, 4},
		{"remember", []string{"-n", "3", "-remember"}, 3, 1, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := serve(t, false, nil)
			status, stdout, stderr := invoke(t.Context(), append(tt.args, o.URL)...)
			if status != 0 || stderr != "" {
				t.Fatalf("exit status %d: %s", status, stderr)
			}
			for _, want := range []string{" loads in ", " 0 failed\n", "load time: least "} {
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
	if status, _, stderr := invoke(t.Context(), "-n", "4", "-c", "4", o.URL); status != 0 || o.most != inFlight {
		t.Errorf("exit status %d, %d at once: %s", status, o.most, stderr)
	}
}

func TestFlags(t *testing.T) {
	o := serve(t, true, nil)
	status, stdout, stderr := invoke(t.Context(), "-quiet", "-insecure", "-connect-to", "*.test="+o.addr, "-n", "2", "https://a.test/")
	if status != 0 || stdout != "" || stderr != "" || o.hosts["a.test"] != 10 {
		t.Errorf("exit status %d, %q, %q, requests %v", status, stdout, stderr, o.hosts)
	}
	status, stdout, _ = invoke(t.Context(), "-h")
	if status != 0 || !strings.Contains(stdout, "-remember") || !strings.Contains(stdout, "-connect-to PATTERN=HOST:PORT") {
		t.Errorf("-h: exit status %d, %s", status, stdout)
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := l.Addr().String()
	l.Close()
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
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	n := 0
	o := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 3 {
			stop(errors.New("that was enough"))
			<-r.Context().Done()
		}
	})
	status, stdout, stderr := invoke(ctx, "-n", "1000000", o.URL)
	if status != 1 || !strings.HasPrefix(stdout, "3 loads in ") || stderr != "loadtest: stopped after 2 of 1000000 loads: that was enough\n" {
		t.Errorf("exit status %d, %q, %q", status, stdout, stderr)
	}
}

func TestPrint(t *testing.T) {
	r := &result{wanted: 11, all: 2 * time.Second, failed: 1, statuses: map[int]int{200: 8, 503: 2}}
	for i := range 10 {
		r.took = append(r.took, time.Duration(10-i)*time.Millisecond)
	}
	var b strings.Builder
	if err := r.print(&b); err != nil {
		t.Fatal(err)
	}
	const want = "11 loads in 2s, 5.0 a second, 1 failed\n" +
		"load time: least 1ms, median 5ms, 90 % 9ms, 99 % 10ms, most 10ms\n" +
		"documents by status: 200: 8, 503: 2\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
