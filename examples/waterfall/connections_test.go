package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pageload/conn/capture"
)

// The HAR has what is known of the connections, the closes included, since it is
// written after the profile was closed.
func TestConnectionsInHAR(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is asked about connections")
	}
	s := serve(t, false, nil)
	for _, tt := range []struct {
		args   []string
		facts  []string
		states bool
	}{
		{nil, []string{"open", "close"}, false},
		{[]string{"-facts", "none"}, nil, false},
		{[]string{"-facts", "each", "-watch-close"}, []string{"open", "response"}, true},
	} {
		o := invoke(t, t.Context(), append(append([]string{"-har", "-"}, tt.args...), s.URL)...)
		o.want(t, 0, "")
		a := readHAR(t, o.stdout)
		c := a.Log.Connections[0]
		var facts []string
		for _, f := range c.TCPInfo {
			facts = append(facts, f.When)
		}
		if !strings.HasPrefix(strings.Join(facts, " "), strings.Join(tt.facts, " ")) || len(tt.facts) == 0 && len(facts) > 0 {
			t.Errorf("%q: facts %q, want %q", tt.args, facts, tt.facts)
		}
		if len(c.Attempts) != 1 || c.Attempts[0].Result != "connected" || len(c.Carried) == 0 || c.Close == nil || c.Close.FirstFIN != "us" {
			t.Errorf("%q: connection %+v", tt.args, c)
		}
		if seen := c.Close != nil && len(c.Close.States) > 1; seen != tt.states {
			t.Errorf("%q: states of the close %+v", tt.args, c.Close)
		}
	}
}

// A proxy is sent whole URLs; what is shown of it has no password.
func TestProxy(t *testing.T) {
	s := serve(t, false, nil)
	var asked atomic.Int32
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if r.In.URL.IsAbs() && r.In.Header.Get("Proxy-Authorization") != "" {
			asked.Add(1)
		}
		r.SetXForwarded()
	}})
	defer proxy.Close()
	url := strings.Replace(proxy.URL, "http://", "http://me:secret@", 1)
	o := invoke(t, t.Context(), "-proxy", url, "-har", "-", s.URL)
	o.want(t, 0, "")
	a := readHAR(t, o.stdout)
	if n := int(asked.Load()); n < len(a.Log.Entries) {
		t.Errorf("the proxy was asked %d times, for %d requests", n, len(a.Log.Entries))
	}
	for _, c := range a.Log.Connections {
		if len(c.Carried) > 0 && (c.Proxy == nil || c.Proxy.URL != proxy.URL) {
			t.Errorf("connection %s: proxy %v, want %s", c.ID, c.Proxy, proxy.URL)
		}
	}
	if strings.Contains(o.stdout, "secret") {
		t.Error("the HAR has the proxy's password")
	}
	t.Setenv("HTTP_PROXY", url)
	t.Setenv("NO_PROXY", "")
	before := asked.Load()
	invoke(t, t.Context(), "-proxy", "env", "-quiet", s.URL).want(t, 0, "") // an address of loopback goes by no proxy
	if asked.Load() != before {
		t.Error("a page on loopback went through the environment's proxy")
	}
	invoke(t, t.Context(), "-proxy", "http://"+closedAddr(t), "-quiet", s.URL).want(t, 1, "refused")
}

// closedAddr is where nobody listens.
func closedAddr(t *testing.T) string {
	s := httptest.NewServer(nil)
	s.Close()
	return s.Listener.Addr().String()
}

// A slow link is seen in the times of the connection.
func TestThrottle(t *testing.T) {
	s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<title>Slow</title>")
	})
	o := invoke(t, t.Context(), "-throttle", "fast4g", "-har", "-", s.URL)
	o.want(t, 0, "")
	c := readHAR(t, o.stdout).Log.Connections[0]
	if took := time.Duration((c.Connected - c.Opened) * 1e6); took < 60*time.Millisecond {
		t.Errorf("the connect took %v, less than the link's round trip", took)
	}
}

// With the privilege the packets are in the file, else one line says why they are
// not, and everything else is as ever.
func TestCapture(t *testing.T) {
	s := serve(t, true, nil)
	file := filepath.Join(t.TempDir(), "a.pcapng")
	o := invoke(t, t.Context(), "-capture", file, "-insecure", s.URL)
	o.want(t, 0, "")
	if !strings.Contains(o.stdout, "A page") {
		t.Errorf("the page is not shown:\n%s", o.stdout)
	}
	b, err := os.ReadFile(file)
	if c, deaf := capture.Start(capture.Options{}); deaf != nil {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatalf("root cannot capture: %v", deaf)
		}
		if err == nil || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, "nothing is captured: ") {
			t.Errorf("without the privilege: file error %v, standard error %q", err, o.stderr)
		}
		return
	} else if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil || o.stderr != "" {
		t.Fatalf("file error %v, standard error %q", err, o.stderr)
	}
	f, err := capture.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	ladders := f.Ladders()
	if len(ladders) == 0 || len(ladders[0].Opening()) != 3 || len(ladders[0].Closing()) == 0 {
		t.Errorf("%d connections in the file: %v", len(ladders), ladders)
	}
	if !bytes.Contains(b, []byte("CLIENT_TRAFFIC_SECRET_0")) {
		t.Error("the file has no secrets")
	}
}

// What cannot be written is said, whatever else was done.
func TestCaptureNotWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here: " + err.Error())
	}
	if c, err := capture.Start(capture.Options{}); err != nil {
		t.Skip("without the privilege nothing is written: " + err.Error())
	} else {
		c.Close()
	}
	s := serve(t, false, nil)
	invoke(t, t.Context(), "-capture", "/dev/full", "-quiet", s.URL).want(t, 1, "-capture /dev/full: ")
}
