package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache/dnstest"
	"pageload/examples/internal/harcheck/valid"
)

func TestMain(m *testing.M) {
	os.Exit(conntest.Alone(func() int { return conntest.VerifyNoLeaks(m) })) // segments are captured
}

// An outcome is what came of a run of the program.
type outcome struct {
	status         int
	stdout, stderr string
}

// invoke runs the program. Where it fails it says why in one line.
func invoke(t *testing.T, ctx context.Context, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	o := outcome{status: run(ctx, args, &stdout, &stderr)}
	o.stdout, o.stderr = stdout.String(), stderr.String()
	lines := strings.Count(o.stderr, "\n")
	verbose := slices.Contains(args, "-v")
	if o.status == 0 && o.stderr != "" && !verbose && !slices.Contains(args, "-capture") && !slices.Contains(args, "-cache") && !slices.Contains(args, "-cookies") || o.status != 0 && (lines != 1 && !verbose || !strings.Contains(o.stderr, "waterfall: ")) {
		t.Errorf("%q: exit status %d with %q on standard error", args, o.status, o.stderr)
	}
	return o
}

// want checks the exit status and that standard error has a text.
func (o outcome) want(t *testing.T, status int, stderr string) {
	t.Helper()
	if o.status != status || !strings.Contains(o.stderr, stderr) {
		t.Errorf("exit status %d, want %d; standard error %q, want one with %q", o.status, status, o.stderr, stderr)
	}
}

// archive is what the tests read of a HAR.
type archive struct {
	Log struct {
		Pages []struct {
			PageTimings struct{ OnContentLoad, OnLoad float64 }
		}
		Entries     []entry
		Connections []connection `json:"_connections"`
	}
}

type connection struct {
	ID       string
	Proxy    *struct{ URL string }
	Attempts []struct{ Address, Result string }
	Carried  []struct{ Request int }
	TCPInfo  []struct{ When string }
	Path     *struct{ Interface string }
	Close    *struct {
		FirstFIN string
		States   []struct{ State string }
	}
	Opened, Connected float64
}

type entry struct {
	Request struct {
		Method, URL string
		PostData    struct{ MimeType, Text string }
	}
	Response struct {
		Status  int
		Content struct{ Text string }
	}
	Connection string
	Error      string `json:"_error"`
	Blocked    string `json:"_blockedReason"`
}

// readHAR reads a HAR, which must be valid, with exact sums.
func readHAR(t *testing.T, text string) archive {
	t.Helper()
	if _, faults := valid.HAR([]byte(text), valid.Rules{Entries: 1}); len(faults) > 0 {
		t.Fatalf("no good HAR: %q\n%s", faults, text)
	}
	var a archive
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// find returns the entry whose URL ends in suffix.
func (a archive) find(t *testing.T, suffix string) entry {
	t.Helper()
	i := slices.IndexFunc(a.Log.Entries, func(e entry) bool { return strings.HasSuffix(e.Request.URL, suffix) })
	if i < 0 {
		t.Fatalf("no entry for %s", suffix)
	}
	return a.Log.Entries[i]
}

// An origin is a server that remembers what was asked for.
type origin struct {
	*httptest.Server
	addr string

	mu    sync.Mutex
	asked []request
}

type request struct {
	*http.Request
	body string
}

// page is a page with an image in different sizes, a style sheet and nothing else.
const page = `<!doctype html><title>A page</title><link rel=stylesheet href=/s.css>
<img src=/1x.png srcset="/1x.png 1x, /2x.png 2x"><img sizes=100vw srcset="/400.png 400w, /1600.png 1600w">`

// serve serves the page, and what else handle has to say to a request.
func serve(t *testing.T, tls bool, handle http.HandlerFunc) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.asked = append(o.asked, request{r, string(b)})
		o.mu.Unlock()
		switch {
		case handle != nil:
			handle(w, r)
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, page)
		}
	}))
	o.Config.ErrorLog = log.New(io.Discard, "", 0)
	if tls {
		o.StartTLS()
	} else {
		o.Start()
	}
	o.addr = o.Listener.Addr().String()
	t.Cleanup(o.Close)
	return o
}

// request returns the request for a path, nil if there was none.
func (o *origin) request(path string) *request {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.asked {
		if o.asked[i].URL.Path == path {
			return &o.asked[i]
		}
	}
	return nil
}

// names serves a zone without names and returns its address.
func names(t *testing.T) netip.AddrPort {
	t.Helper()
	s := &dnstest.Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Addr()
}

func TestDemo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.har")
	// The demo's delays come to two seconds. The bound leaves room for a machine
	// that runs other tests at the same time, with the race detector.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	began := time.Now()
	o := invoke(t, ctx, "-har", file)
	t.Logf("the demo took %v", time.Since(began))
	o.want(t, 0, "")
	for _, want := range []string{"The demo site", "render start ", "DOMContentLoaded ", "load ", "46 requests (3 redirected, 2 failed, 1 refused)",
		"GET  301     document   VeryHigh demo.test", "refused image", "blocked image", "no name image", "9 hosts", "6 name lookups"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
	if strings.Contains(o.stdout, "\x1b") {
		t.Error("colours where standard output is no terminal")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := readHAR(t, string(b))
	hosts := map[string]bool{}
	for _, e := range a.Log.Entries {
		host, _, _ := strings.Cut(strings.TrimPrefix(e.Request.URL, "http://"), "/")
		host, _, _ = strings.Cut(host, ":")
		hosts[host] = true
	}
	for _, h := range []string{"demo.test", "www.demo.test", "static.demo.test", "img.demo.test", "fonts.demo.test", "ads.other.test", "nowhere.test"} {
		if !hosts[h] {
			t.Errorf("no request to %s", h)
		}
	}
	if p := a.Log.Pages[0].PageTimings; !(0 < p.OnContentLoad && p.OnContentLoad <= p.OnLoad) {
		t.Errorf("milestones %v", p)
	}
	for path, want := range map[string]entry{
		"/refused.png": {Error: "net::ERR_CONNECTION_REFUSED"}, "/nothing.png": {Error: "net::ERR_NAME_NOT_RESOLVED"},
		"/blocked.png": {Error: "net::ERR_UNSAFE_PORT", Blocked: "port"}, "/clip.mp4": {},
	} {
		if e := a.find(t, path); e.Error != want.Error || e.Blocked != want.Blocked {
			t.Errorf("%s: error %q, blocked %q; want %q, %q", path, e.Error, e.Blocked, want.Error, want.Blocked)
		}
	}
}

// What was loaded is written when the load is stopped, whoever stops it.
func TestStopped(t *testing.T) {
	for _, tt := range []struct{ name, path string }{{"in the document", "/"}, {"in an image", "/silent.png"}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					w.Header().Set("Content-Type", "text/html")
					io.WriteString(w, "<title>Cut</title><img src=/silent.png><p>")
				}
				if r.URL.Path == tt.path {
					http.NewResponseController(w).Flush()
					stop(fmt.Errorf("that was enough"))
					<-r.Context().Done()
				} else if r.URL.Path != "/" {
					<-r.Context().Done()
				}
			})
			file := filepath.Join(t.TempDir(), "a.har")
			o := invoke(t, ctx, "-har", file, s.URL)
			o.want(t, 1, "waterfall: "+s.URL)
			o.want(t, 1, ": that was enough\n")
			if !strings.Contains(o.stdout, "GET  200") && tt.path != "/" {
				t.Errorf("no row in\n%s", o.stdout)
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := readHAR(t, string(b))
			if tt.path != "/" && (a.find(t, "/").Response.Status != 200 || a.find(t, "/silent.png").Error == "") {
				t.Errorf("entries %+v", a.Log.Entries)
			}
		})
	}
}

// A page whose last image never comes ends with -timeout; what came until then
// is written.
func TestTimeout(t *testing.T) {
	s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<img src=/silent.png>")
			return
		}
		<-r.Context().Done()
	})
	o := invoke(t, t.Context(), "-timeout", "500ms", "-har", "-", s.URL)
	o.want(t, 1, "-timeout 500ms is over\n")
	if e := readHAR(t, o.stdout).find(t, "/silent.png"); e.Error != "net::ERR_TIMED_OUT" {
		t.Errorf("the image that never came has the error %q", e.Error)
	}
}
