package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
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

// cacheRun is one test on its way.
type cacheRun struct {
	test *cacheTest
	mu   *sync.Mutex // the server's; guards log
	log  []stashed
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
