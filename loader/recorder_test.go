package loader_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pageload/fetch"
	"pageload/loader"
	"pageload/loader/har"
	"pageload/loader/waterfall"
)

// tinyShop is a small site with a redirect, a page to keep and one that fails.
func tinyShop() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	})
	mux.Handle("/old", http.RedirectHandler("/new", http.StatusMovedPermanently))
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	srv := httptest.NewServer(mux)
	return srv
}

func read(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func TestRecorderKeepsEachRequest(t *testing.T) {
	srv := tinyShop()
	defer srv.Close()
	for _, follow := range []bool{false, true} {
		rec := &loader.Recorder{Bodies: true, Profile: &loader.Profile{}}
		rec.Transport.FollowRedirects = follow
		var seen []string
		rec.Observe = func(e waterfall.Event) { seen = append(seen, fmt.Sprint(e.Request, " ", e.Kind)) }
		c := &http.Client{Transport: rec}
		read(t, c, srv.URL+"/old")
		read(t, c, srv.URL+"/new")
		read(t, c, srv.URL+"/cut")
		if resp, err := c.Post(srv.URL+"/form", "text/plain", strings.NewReader("data")); err != nil {
			t.Fatal(err)
		} else {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if err := rec.Profile.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		w := rec.Waterfall()
		var got []string
		for _, r := range w.Requests {
			verdict := ""
			if r.Cache != nil {
				verdict = r.Cache.Verdict
			}
			got = append(got, fmt.Sprintf("%s %s %d %q %s %q %v %v", r.Method, strings.TrimPrefix(r.URL, srv.URL), r.Status, r.Body, verdict, r.PostData, r.Err != "", r.Done))
		}
		want := []string{
			`GET /old 301 "<a href=\"/new\">Moved Permanently</a>.\n\n" miss "" false true`,
			`GET /new 200 "GET /new" miss "" false true`,
			`GET /new 200 "GET /new" hit "" false true`,
			`GET /cut 0 "" miss "" true true`,
			`POST /form 200 "POST /form" bypassed "data" false true`,
		}
		if follow {
			want[0] = `GET /old 301 "" miss "" false true`
		}
		if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
			t.Errorf("follow %v:\n%s\nwant\n%s", follow, g, w)
		}
		if w.Page.URL != srv.URL+"/old" || len(w.Connections) == 0 || w.Connections[0].Closed == waterfall.None {
			t.Errorf("page %q, %d connections", w.Page.URL, len(w.Connections))
		}
		if w.Requests[0].RedirectURL != srv.URL+"/new" {
			t.Errorf("leads to %q", w.Requests[0].RedirectURL)
		}
		if len(seen) < 4*len(got) {
			t.Errorf("observed %v", seen)
		}
		var b bytes.Buffer
		if err := har.Write(&b, w, har.Options{}); err != nil || !json.Valid(b.Bytes()) {
			t.Errorf("HAR: %v", err)
		}
	}
}

func TestRecorderIsBounded(t *testing.T) {
	srv := tinyShop()
	defer srv.Close()
	rec := &loader.Recorder{Requests: 3}
	defer rec.CloseIdleConnections()
	c := &http.Client{Transport: rec}
	if w := rec.Waterfall(); len(w.Requests) != 0 {
		t.Errorf("%d requests before the first", len(w.Requests))
	}
	for i := range 10 {
		read(t, c, fmt.Sprint(srv.URL, "/", i))
	}
	w := rec.Waterfall()
	if len(w.Requests) != 3 || w.Requests[0].URL != srv.URL+"/7" || w.Requests[2].URL != srv.URL+"/9" {
		t.Errorf("%d requests, the first %s", len(w.Requests), w.Requests[0].URL)
	}
	if len(w.Limits) != 1 || !strings.Contains(w.Limits[0].Text, "7 requests before these") {
		t.Errorf("limits: %v", w.Limits)
	}
	rec.Forget()
	read(t, c, srv.URL+"/again")
	if w = rec.Waterfall(); len(w.Requests) != 1 || w.Page.URL != srv.URL+"/again" || len(w.Limits) != 0 {
		t.Errorf("after Forget: %d requests, page %s", len(w.Requests), w.Page.URL)
	}
}

func TestRecorderSharesTheProfile(t *testing.T) {
	srv := tinyShop()
	defer srv.Close()
	p := &loader.Profile{}
	defer p.Close(context.Background())
	if _, err := p.Navigate(t.Context(), loader.Navigation{URL: srv.URL + "/page", Bodies: true}); err != nil {
		t.Fatal(err)
	}
	rec := &loader.Recorder{Profile: p}
	told := 0
	rec.Transport.Watch = func(*http.Request, *fetch.Request) fetch.Handler {
		return fetch.HandlerFuncs{OnDone: func(*fetch.Hop, error) { told++ }}
	}
	var wg sync.WaitGroup
	wg.Go(func() { rec.Waterfall() })
	c := &http.Client{Transport: rec, Jar: p.Jar}
	if got := read(t, c, srv.URL+"/page"); got != "GET /page" {
		t.Error(got)
	}
	wg.Wait()
	w := rec.Waterfall()
	if len(w.Requests) != 1 || w.Requests[0].FromCache != "memory" || told != 1 {
		t.Errorf("%d requests, from %q; the caller's watcher was told %d times", len(w.Requests), w.Requests[0].FromCache, told)
	}
	plain := &http.Client{Transport: p.Transport()}
	resp, err := plain.Get(srv.URL + "/page")
	if err != nil || resp.Header.Get("Cache-Status") == "" {
		t.Errorf("%v %v", resp, err)
	}
	resp.Body.Close()
}

func ExampleRecorder() {
	srv := tinyShop()
	defer srv.Close()
	var log loader.Recorder
	client := &http.Client{Transport: &log} // or a colly.Collector's WithTransport, resty's SetTransport, …
	for range 2 {
		resp, err := client.Get(srv.URL + "/list")
		if err != nil {
			fmt.Println(err)
			return
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	log.CloseIdleConnections()
	for _, r := range log.Waterfall().Requests {
		fmt.Println(r.Method, strings.TrimPrefix(r.URL, srv.URL), r.Status, r.Cache.Verdict)
	}
	// Output:
	// GET /list 200 miss
	// GET /list 200 hit
}
