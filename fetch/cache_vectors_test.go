package fetch_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/fetch"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// cacheTest is a test of http-tests/cache-tests; testdata/cache-tests/README.md says what the words mean.
type cacheTest struct {
	Suite, ID, Name, Kind string
	DependsOn             []string `json:"depends_on"`
	Published             struct{ Chrome string }
	Requests              []cacheRequest
}

type cacheRequest struct {
	Method          string          `json:"request_method"`
	RequestHeaders  [][]any         `json:"request_headers"`
	RequestBody     string          `json:"request_body"`
	Cache           string          `json:"cache"`
	MagicIMS        bool            `json:"magic_ims"`
	QueryArg        string          `json:"query_arg"`
	Filename        string          `json:"filename"`
	PauseAfter      bool            `json:"pause_after"`
	Setup           bool            `json:"setup"`
	SetupTests      []string        `json:"setup_tests"`
	Disconnect      bool            `json:"disconnect"`
	MagicLocations  bool            `json:"magic_locations"`
	RFC850          []string        `json:"rfc850date"`
	ResponseHeaders [][]any         `json:"response_headers"`
	ResponseStatus  []any           `json:"response_status"`
	ResponseBody    *string         `json:"response_body"`
	Interim         []any           `json:"interim_responses"`
	Type            string          `json:"expected_type"`
	ExpectedStatus  json.RawMessage `json:"expected_status"`
	ExpectedText    json.RawMessage `json:"expected_response_text"`
	ExpectedHeaders []any           `json:"expected_response_headers"`
	MissingHeaders  []any           `json:"expected_response_headers_missing"`
	SentHeaders     []any           `json:"expected_request_headers"`
	SentMissing     []any           `json:"expected_request_headers_missing"`
	ExpectedMethod  string          `json:"expected_method"`
	CheckBody       *bool           `json:"check_body"`
}

// cacheServer answers as a test's requests say.
type cacheServer struct {
	now func() time.Time

	mu    sync.Mutex
	tests map[string]*cacheRun
}

// cacheRun is one test on its way.
type cacheRun struct {
	test *cacheTest
	mu   *sync.Mutex // the server's; guards log
	log  []stashed
}

type stashed struct {
	num     int
	method  string
	request http.Header
	sent    [][2]string
	check   [][2]string
	now     time.Time
}

func (s *cacheServer) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			r := bufio.NewReader(c)
			for {
				q, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				io.Copy(io.Discard, q.Body)
				b := s.answer(q)
				if b == nil {
					return
				}
				c.Write(b)
			}
		}()
	}
}

func httpDate(t time.Time, rfc850 bool) string {
	if rfc850 {
		return t.UTC().Format("Monday, 02-Jan-06 15:04:05 GMT")
	}
	return t.UTC().Format(http.TimeFormat)
}

// value is a header value of a test: dates are seconds from now.
func (c *cacheRequest) value(name string, v any, now time.Time) string {
	if f, ok := v.(float64); ok {
		switch strings.ToLower(name) {
		case "date", "expires", "last-modified", "if-modified-since", "if-unmodified-since":
			return httpDate(now.Add(time.Duration(f)*time.Second), slices.Contains(c.RFC850, strings.ToLower(name)))
		}
		return strconv.FormatInt(int64(f), 10)
	}
	return fmt.Sprint(v)
}

func (s *cacheServer) answer(q *http.Request) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid := strings.Split(q.URL.Path, "/")[2]
	run := s.tests[uuid]
	num, _ := strconv.Atoi(q.Header.Get("Req-Num"))
	cfg := &run.test.Requests[num-1]
	now := s.now()
	e := stashed{num: num, method: q.Method, request: q.Header, now: now}
	status, text := 200, "OK"
	if len(cfg.ResponseStatus) > 0 {
		status, text = int(cfg.ResponseStatus[0].(float64)), fmt.Sprint(cfg.ResponseStatus[1])
	}
	if strings.HasSuffix(cfg.Type, "validated") {
		status, text = 999, "304 Not Generated"
		for _, h := range run.test.Requests[num-2].ResponseHeaders {
			if strings.EqualFold(fmt.Sprint(h[0]), "ETag") && q.Header.Get("If-None-Match") == h[1] {
				status, text = 304, "Not Modified"
			}
		}
		for _, p := range run.log {
			if p.num != num-1 {
				continue
			}
			for _, h := range p.sent {
				if strings.EqualFold(h[0], "Last-Modified") && q.Header.Get("If-Modified-Since") == h[1] {
					status, text = 304, "Not Modified"
				}
			}
		}
	}
	base := q.URL.RequestURI()
	e.sent = [][2]string{{"Server-Base-Url", base}, {"Server-Request-Count", strconv.Itoa(len(run.log) + 1)},
		{"Client-Request-Count", strconv.Itoa(num)}, {"Server-Now", strconv.FormatInt(now.UnixMilli(), 10)}}
	nums := ""
	for _, p := range append(run.log, e) {
		nums += " " + strconv.Itoa(p.num)
	}
	e.sent = append(e.sent, [2]string{"Request-Numbers", nums[1:]})
	for _, h := range cfg.ResponseHeaders {
		name, v := fmt.Sprint(h[0]), cfg.value(fmt.Sprint(h[0]), h[1], now)
		if cfg.MagicLocations && (strings.EqualFold(name, "Location") || strings.EqualFold(name, "Content-Location")) {
			v = strings.TrimSuffix(base+"/"+v, "/")
		}
		e.sent = append(e.sent, [2]string{name, v})
		if len(h) < 3 || h[2] != false {
			e.check = append(e.check, [2]string{name, v})
		}
	}
	run.log = append(run.log, e)
	if cfg.Disconnect {
		return nil
	}
	body := uuid
	if cfg.ResponseBody != nil {
		body = *cfg.ResponseBody
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, text)
	has := func(name string) bool {
		return slices.ContainsFunc(e.sent, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
	}
	for _, h := range e.sent {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if !has("Content-Type") {
		b.WriteString("Content-Type: text/plain\r\n")
	}
	empty := status == 204 || status == 304 || q.Method == "HEAD"
	if !has("Content-Length") && !has("Transfer-Encoding") && status != 204 && status != 304 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	if !empty {
		b.WriteString(body)
	}
	return b.Bytes()
}

// TestCacheVectors runs the tests of http-tests/cache-tests for browsers with a moved clock. All that are required must pass, and of the optimal
// ones those that Chromium passes.
func TestCacheVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/cache-tests/tests.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var tests []*cacheTest
	for line := range bytes.Lines(data) {
		c := new(cacheTest)
		if err := json.Unmarshal(line, c); err != nil {
			t.Fatal(err)
		}
		tests = append(tests, c)
	}
	for _, s := range []struct {
		name  string
		cache func() *httpcache.Cache
	}{
		{"memory", func() *httpcache.Cache { return &httpcache.Cache{} }},
		{"disk", func() *httpcache.Cache {
			d, err := httpcache.OpenDisk(t.TempDir(), 0)
			if err != nil {
				t.Fatal(err)
			}
			return &httpcache.Cache{Store: d}
		}},
	} {
		t.Run(s.name, func(t *testing.T) { runCacheVectors(t, tests, s.cache()) })
	}
}

func runCacheVectors(t *testing.T, tests []*cacheTest, cache *httpcache.Cache) {
	var moved time.Duration
	var mu sync.Mutex
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(moved)
	}
	cache.Now = now
	server := &cacheServer{now: now, tests: map[string]*cacheRun{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go server.serve(l)
	client := &fetch.Client{Cache: cache}
	defer client.Close(context.Background())
	results := map[string]string{}
	type count struct{ pass, all int }
	counts := map[string]*count{}
	for i, c := range tests {
		uuid := fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
		run := &cacheRun{test: c, mu: &server.mu}
		server.mu.Lock()
		server.tests[uuid] = run
		server.mu.Unlock()
		why := playCacheTest(client, "http://"+l.Addr().String(), uuid, run, func() {
			mu.Lock()
			moved += 3 * time.Second
			mu.Unlock()
		})
		for _, d := range c.DependsOn {
			if results[d] != "" {
				why = "dependency: " + d
			}
		}
		results[c.ID] = why
		key := c.Suite + " " + c.Kind
		if counts[key] == nil {
			counts[key] = &count{}
		}
		counts[key].all++
		if why == "" {
			counts[key].pass++
			continue
		}
		must := c.Kind == "required" && !strings.HasPrefix(why, "dependency") || c.Kind == "optimal" && c.Published.Chrome == "pass"
		switch {
		case must:
			t.Errorf("%s (%s): %s", c.ID, c.Kind, why)
		case c.Kind == "check" && c.Published.Chrome == "yes", c.Published.Chrome == "pass":
			t.Logf("%s (%s; Chromium: %s): %s", c.ID, c.Kind, c.Published.Chrome, why)
		}
	}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		t.Logf("%-26s %d of %d", k, counts[k].pass, counts[k].all)
	}
}

// playCacheTest returns why the test failed, "" if it did not.
func playCacheTest(client *fetch.Client, base, uuid string, run *cacheRun, pause func()) string {
	var serverNow time.Time
	for i := range run.test.Requests {
		cfg := &run.test.Requests[i]
		n := i + 1
		u := base + "/test/" + uuid
		if cfg.Filename != "" {
			u += "/" + cfg.Filename
		}
		if cfg.QueryArg != "" {
			u += "?" + cfg.QueryArg
		}
		q := &fetch.Request{URL: weburl.MustParse(u), Method: cfg.Method, Destination: fetch.Empty, Mode: fetch.CORS,
			Initiator: weburl.MustParse(base + "/").Origin(), Body: []byte(cfg.RequestBody)}
		q.Header = []fetch.Field{{Name: "Test-ID", Value: run.test.ID}, {Name: "Req-Num", Value: strconv.Itoa(n)}}
		for _, h := range cfg.RequestHeaders {
			v := cfg.value(fmt.Sprint(h[0]), h[1], serverNow)
			q.Header = append(q.Header, fetch.Field{Name: fmt.Sprint(h[0]), Value: strings.TrimSpace(v)})
		}
		if cfg.Cache == "no-cache" {
			q.Cache = httpcache.Reload
		}
		resp, err := client.Do(context.Background(), q)
		if err != nil {
			if !cfg.Disconnect || strings.HasSuffix(cfg.Type, "cached") && cfg.Type == "cached" {
				return fmt.Sprintf("request %d: %v", n, err)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return fmt.Sprintf("request %d: body: %v", n, err)
		}
		if ms, err := strconv.ParseInt(resp.Header.Get("Server-Now"), 10, 64); err == nil {
			serverNow = time.UnixMilli(ms)
		}
		if why := checkCached(cfg, n, uuid, resp, body, serverNow); why != "" {
			return fmt.Sprintf("request %d: %s (%v)", n, why, resp.Cache)
		}
		if cfg.PauseAfter {
			pause()
		}
	}
	run.mu.Lock() // a revalidation in the background may still come
	defer run.mu.Unlock()
	return checkSent(run)
}

func checkCached(cfg *cacheRequest, n int, uuid string, resp *fetch.Response, body []byte, now time.Time) string {
	count, err := strconv.Atoi(resp.Header.Get("Server-Request-Count"))
	switch {
	case cfg.Type == "cached" && !(err == nil && count < n) && !(resp.Status == 304 && err != nil):
		return "it does not come from the cache"
	case cfg.Type == "not_cached" && count != n:
		return "it comes from the cache"
	}
	want := 200
	if len(cfg.ResponseStatus) > 0 {
		want = int(cfg.ResponseStatus[0].(float64))
	}
	if len(cfg.ExpectedStatus) > 0 {
		if string(cfg.ExpectedStatus) == "null" {
			want = 0
		} else {
			want, _ = strconv.Atoi(string(cfg.ExpectedStatus))
		}
	}
	if want != 0 && resp.Status != want && (len(cfg.ExpectedStatus) > 0 || len(cfg.ResponseStatus) > 0 || resp.Status == 999 || resp.Status != 200) {
		return fmt.Sprintf("status %d, not %d", resp.Status, want)
	}
	for _, h := range cfg.ExpectedHeaders {
		l, ok := h.([]any)
		if !ok {
			l = []any{h}
		}
		name := fmt.Sprint(l[0])
		_, there := resp.Header.Lookup(name)
		got := resp.Header.Joined(name)
		switch {
		case !there:
			return name + " is missing"
		case len(l) == 2 && got != cfg.value(name, l[1], now):
			return fmt.Sprintf("%s is %q, not %v", name, got, l[1])
		case len(l) == 3 && l[1] == "=" && got != resp.Header.Joined(fmt.Sprint(l[2])):
			return fmt.Sprintf("%s is %q, not %s", name, got, l[2])
		case len(l) == 3 && l[1] == ">":
			if v, _ := strconv.ParseFloat(got, 64); v <= l[2].(float64) {
				return fmt.Sprintf("%s is %q", name, got)
			}
		}
	}
	for _, h := range cfg.MissingHeaders {
		if l, ok := h.([]any); ok {
			if strings.Contains(resp.Header.Joined(fmt.Sprint(l[0])), fmt.Sprint(l[1])) {
				return fmt.Sprintf("%s has %v", l[0], l[1])
			}
		} else if _, there := resp.Header.Lookup(fmt.Sprint(h)); there {
			return fmt.Sprintf("%v is there", h)
		}
	}
	if cfg.CheckBody != nil && !*cfg.CheckBody || resp.Status == 204 || resp.Status == 304 || cfg.Method == "HEAD" || string(cfg.ExpectedText) == "null" {
		return ""
	}
	text := uuid
	if cfg.ResponseBody != nil {
		text = *cfg.ResponseBody
	}
	if len(cfg.ExpectedText) > 0 {
		json.Unmarshal(cfg.ExpectedText, &text)
	}
	if string(body) != text {
		return fmt.Sprintf("body is %.40q, not %.40q", body, text)
	}
	return ""
}

// checkSent looks at what reached the server.
func checkSent(run *cacheRun) string {
	log := run.log
	for i := range run.test.Requests {
		cfg := &run.test.Requests[i]
		if cfg.Type == "cached" {
			// Its own request, if any, is a revalidation in the background.
			continue
		}
		at := slices.IndexFunc(log, func(e stashed) bool { return e.num == i+1 })
		if at < 0 {
			if cfg.Type != "" || len(cfg.SentHeaders)+len(cfg.SentMissing) > 0 {
				return fmt.Sprintf("request %d did not reach the server", i+1)
			}
			continue
		}
		e := log[at]
		if slices.ContainsFunc(log[at+1:], func(e stashed) bool { return e.num == i+1 }) {
			return fmt.Sprintf("request %d was sent twice", i+1)
		}
		switch {
		case cfg.Type == "etag_validated" && e.request.Get("If-None-Match") == "":
			return fmt.Sprintf("request %d has no If-None-Match", i+1)
		case cfg.Type == "lm_validated" && e.request.Get("If-Modified-Since") == "":
			return fmt.Sprintf("request %d has no If-Modified-Since", i+1)
		case cfg.ExpectedMethod != "" && e.method != cfg.ExpectedMethod:
			return fmt.Sprintf("request %d is %s", i+1, e.method)
		}
		for _, h := range cfg.SentHeaders {
			l, ok := h.([]any)
			if !ok {
				l = []any{h}
			}
			got := strings.Join(e.request.Values(fmt.Sprint(l[0])), ", ")
			if got == "" || len(l) > 1 && got != fmt.Sprint(l[1]) {
				return fmt.Sprintf("request %d has %v %q", i+1, l, got)
			}
		}
		for _, h := range cfg.SentMissing {
			l, ok := h.([]any)
			if !ok {
				l = []any{h}
			}
			if got := e.request.Get(fmt.Sprint(l[0])); got != "" && (len(l) == 1 || strings.Contains(got, fmt.Sprint(l[1]))) {
				return fmt.Sprintf("request %d has %v", i+1, l)
			}
		}
	}
	return ""
}
