package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/examples/internal/noserver"
)

func TestMain(m *testing.M) {
	os.Exit(conntest.Alone(func() int { return conntest.VerifyNoLeaks(m) })) // segments are captured
}

var update = flag.Bool("update", false, "rewrite the golden file")

// journey runs the program. Where it fails it says why in one line.
func journey(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	status = run(ctx, append([]string{"-hosts", hosts}, args...), &out, &errs)
	if lines := strings.Count(errs.String(), "\n"); lines != min(status, 1) {
		t.Errorf("journey %q: %d lines on standard error with status %d: %s", args, lines, status, errs.String())
	}
	return status, out.String(), errs.String()
}

// told is what -json prints.
type told struct {
	URL    string
	Stages []struct {
		Stage          int
		Title, Package string
		Lines          []struct {
			MS   *float64
			Text string
		}
	}
}

func read(t *testing.T, stdout string) told {
	t.Helper()
	var s told
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	return s
}

// stages are the numbers of the stages, in order.
func (s told) stages() (list []int) {
	for _, x := range s.Stages {
		list = append(list, x.Stage)
	}
	return list
}

// has reports whether a line of a stage has the text.
func (s told) has(stage int, text string) bool {
	for _, x := range s.Stages {
		for _, l := range x.Lines {
			if x.Stage == stage && strings.Contains(l.Text, text) {
				return true
			}
		}
	}
	return false
}

// The figures of a load are its own; what is told with them is not.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`#\d+`), "#N"},
	{regexp.MustCompile(`\.test:\d+`), ".test"},
	{regexp.MustCompile(`(port +)\d+( \(the scheme's own\))?$`), "${1}PORT"},
	{regexp.MustCompile(`byte \d+`), "byte N"}, // it depends on the site's port
	{regexp.MustCompile(`127\.0\.0\.\d+:\d+`), "IP:PORT"},
	{regexp.MustCompile(`127\.0\.0\.\d+`), "IP"},
	{regexp.MustCompile(`/\S*/hosts `), "HOSTS "},
	{regexp.MustCompile(`, new;`), ";"},
	{regexp.MustCompile(`; waited [^;]*: [^;]*`), ""},
	{regexp.MustCompile(`(decoded from gzip to) \d+`), "$1 N"},
	{regexp.MustCompile(`Date: .*`), "Date: DATE"},
	{regexp.MustCompile(`HeadlessChrome/[\d.]+`), "HeadlessChrome/VERSION"},
	{regexp.MustCompile(`[\d.]+ ?(us|ms|µs|s)\b`), "TIME"},
	{regexp.MustCompile(`\d+ (byte|event|segment|connection|request)s?\b`), "N ${1}s"},
	{regexp.MustCompile(`\d+ (sent|received|out|in)\b`), "N $1"},
	// The document comes in pieces, the second one from line 37 on. What is in it is the scanner's if the parser waits for
	// a sheet or a script at that moment, or if both pieces come at once.
	{regexp.MustCompile(`( line (?:3[7-9]|[45]\d): \S+ \S+, by the )(?:scanner|parser)$`), "${1}scanner or parser"},
	{regexp.MustCompile(`(/js/new\.js|/old\.js), Medium then High;`), "$1, High;"}, // the script of that piece, and where it leads
}

// varying begin lines that a machine has or has not: states that were passed
// unseen, routes, options of its TCP.
var varying = regexp.MustCompile(`^(SYN_|ESTABLISHED|FIN_|CLOS|LAST_ACK|TIME_WAIT|route |loopback|no link address|link address|the kernel says|idle for|the others)`)

func mask(text string) string {
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	return text
}

// masked is the story without what differs from load to load, a line for each
// thing. The lines of stages in which many things happen at a time are sorted.
func masked(s told) string {
	var b strings.Builder
	for _, x := range s.Stages {
		var lines []string
		for _, l := range x.Lines {
			text := l.Text
			if varying.MatchString(text) {
				continue
			}
			text = mask(text)
			if l.MS != nil {
				text = "+ " + text
			}
			lines = append(lines, "    "+text)
		}
		if x.Stage == 2 || x.Stage >= 7 && x.Stage <= 9 {
			slices.Sort(lines)
		}
		b.WriteString(strings.Join(append([]string{mask(x.Title) + " (" + x.Package + ")"}, lines...), "\n") + "\n")
	}
	return b.String()
}

func TestDemo(t *testing.T) {
	status, stdout, stderr := journey(t, "-json", "-all", "-segments=false")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	s := read(t, stdout)
	if got, want := s.stages(), []int{1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(got, want) {
		t.Errorf("stages %v, want %v", got, want)
	}
	got, file := masked(s), filepath.Join("testdata", "demo.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d differs:\n%s\nwant\n%s\nin\n%s", file, i+1, append(g, make([]string, len(w))...)[i], append(w, make([]string, len(g))...)[i], got)
		}
	}
}

const page = `<!doctype html><title>A page</title><link rel=stylesheet href=/s.css><p>` + "\n" + `<img src="/a.png">`

func serve(t *testing.T, secure bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("X-Odd", "caf\xe9")
			io.WriteString(w, page)
		case "/s.css":
			w.Header().Set("Content-Type", "text/css")
			io.WriteString(w, "\np { background: url(b.png) }")
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// What is told fits the width, and nothing reaches the terminal but ASCII.
func TestText(t *testing.T) {
	s := serve(t, false)
	status, stdout, stderr := journey(t, "-segments=false", s.URL+"/?q=1#part")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	for line := range strings.Lines(stdout) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > 80 || strings.HasSuffix(line, " ") {
			t.Errorf("a line of %d columns: %q", len(line), line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Errorf("it has %q: %q", line[i], line)
		}
	}
	for _, want := range []string{"The journey of http://127.0.0.1:", "fragment   part", "query      q=1", "| GET /?q=1 HTTP/1.1", "| HTTP/1.1 200 OK",
		fmt.Sprintf("byte %d, line 1: stylesheet", strings.Index(page, "<p>")), fmt.Sprintf("byte %d, line 2: image", len(page)), "by background-image at line 2 of", "load: all that", "closed by our FIN"} {
		if unfold := func(s string) string { return strings.Join(strings.Fields(s), " ") }; !strings.Contains(unfold(stdout), unfold(want)) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestTLS(t *testing.T) {
	s := serve(t, true)
	status, stdout, stderr := journey(t, "-json", "-segments=false", "-insecure", s.URL)
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	story := read(t, stdout)
	for stage, want := range map[int]string{4: "TLS 1.3, TLS_", 6: "| HTTP/2.0 200", 8: "on connection #1"} {
		if !story.has(stage, want) {
			t.Errorf("stage %d does not say %q:\n%s", stage, want, stdout)
		}
	}
}

// With the privilege the segments are told, else one line says why they are not,
// and the states stand in their place.
func TestSegments(t *testing.T) {
	s := serve(t, false)
	status, stdout, stderr := journey(t, "-json", s.URL)
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	story := read(t, stdout)
	if story.has(3, "segments are not shown: ") {
		t.Log("without the privilege to capture")
		if !story.has(3, "SYN_SENT") || strings.Count(stdout, "not shown") != 1 {
			t.Errorf("no states, or not told once:\n%s", stdout)
		}
		return
	}
	for stage, want := range map[int][]string{
		3: {"-> SYN seq ", "<- SYN+ACK seq ", " = the SYN's seq + 1", "-> ACK seq "},
		5: {"-> data 1-"}, 6: {"<- data 1-"}, 11: {"-> FIN+ACK", "<- FIN+ACK", " = the FIN's seq + 1"},
	} {
		for _, text := range want {
			if !story.has(stage, text) {
				t.Errorf("stage %d has no %q:\n%s", stage, text, stdout)
			}
		}
	}
}

// What could not be done is told where it happened.
func TestNotLoaded(t *testing.T) {
	refused := noserver.Addr(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // connected to, and never accepted from
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	secure := serve(t, true)
	tests := []struct {
		name   string
		args   []string
		stage  int
		says   string
		stderr string
	}{
		{"refused", []string{"http://" + refused + "/"}, 3, "connection refused", "connection refused"},
		{"no name", []string{"-levels", "browser,os", "http://nowhere.test/"}, 2, "not known at this level", "nowhere.test"},
		{"certificate", []string{secure.URL}, 4, "certificate", "-insecure accepts any certificate"},
		{"timeout", []string{"-timeout", "20ms", "http://" + silent.Addr().String() + "/"}, 10, "not reached: load", "-timeout 20ms is over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := journey(t, append([]string{"-json", "-segments=false"}, tt.args...)...)
			if status != 1 || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit status %d, %q; want 1 and %q", status, stderr, tt.stderr)
			}
			if !read(t, stdout).has(tt.stage, tt.says) {
				t.Errorf("stage %d does not say %q:\n%s", tt.stage, tt.says, stdout)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	tests := []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"-h"}, 0, "usage: journey [flags] [URL]"},
		{[]string{"data:text/html,<title>x"}, 0, "data:text/html"},
		{[]string{"about:blank"}, 0, "about:blank"},
		{[]string{"example.com"}, 2, "has no scheme"},
		{[]string{"http://a.test/", "b"}, 2, "one URL at most"},
		{[]string{"-no-such-flag"}, 2, "-h tells"},
		{[]string{"-timeout", "5", "http://a.test/"}, 2, "with its unit"},
		{[]string{"-proxy", "ftp://a", "http://a.test/"}, 2, "unknown scheme"},
		{[]string{"-facts", "all", "http://a.test/"}, 2, "it is none, openclose or each"},
	}
	for _, tt := range tests {
		status, stdout, stderr := journey(t, tt.args...)
		if status != tt.status || !strings.Contains(stdout+stderr, tt.says) {
			t.Errorf("%q: exit status %d, want %d, with %q:\n%s%s", tt.args, status, tt.status, tt.says, stdout, stderr)
		}
	}
}
