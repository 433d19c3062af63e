package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// ask fetches a URL and returns the body and the hop.
func (w *world) ask(r Request) (string, *Hop, error) {
	resp, err := w.client.Do(w.Context(), &r)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), resp.Hop, err
}

// image asks for an image of a page.
func image(u string) Request {
	return Request{URL: weburl.MustParse(u), Destination: Image, Mode: NoCORS, Initiator: weburl.MustParse("http://a.test/").Origin()}
}

// expect asks and compares the body and what the cache says.
func (w *world) expect(r Request, body, outcome string) *Hop {
	w.Helper()
	got, hop, err := w.ask(r)
	switch {
	case err != nil:
		w.Errorf("%s: %v", r.URL, err)
	case got != body:
		w.Errorf("%s: body %.40q, want %.40q (%v)", r.URL, got, body, hop.Cache)
	case !strings.HasPrefix(hop.Cache.String(), outcome):
		w.Errorf("%s: cache: %q, want %q", r.URL, hop.Cache, outcome)
	}
	return hop
}

func TestCacheModes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{}
		n := 0
		var last *http.Request
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			n++
			last = r
			switch {
			case r.Method == "DELETE":
				fmt.Fprint(c, "HTTP/1.1 204 No Content\r\n\r\n")
			case r.Header.Get("If-None-Match") == `"1"`:
				fmt.Fprint(c, "HTTP/1.1 304 Not Modified\r\nX-New: 1\r\n\r\n")
			default:
				body := fmt.Sprintf("body %d", n)
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			}
			return true
		})
		r := image("http://a.test/x")
		w.expect(r, "body 1", "nothing stored; stored")
		hop := w.expect(r, "body 1", "fresh for 59 s more")
		if hop.ConnID != 0 || hop.WireBodyBytes != 0 || hop.StoredBodyBytes != 6 || hop.Status != 200 || hop.Cache.From != "memory" {
			t.Errorf("a hit: %+v", hop)
		}
		r.Discard = true
		w.expect(r, "", "fresh for 59 s more")
		r.Discard, r.Reload = false, Revalidate
		if hop = w.expect(r, "body 1", "revalidated: 304"); hop.Header.Get("X-New") != "1" || hop.Status != 200 {
			t.Errorf("revalidated: %+v", hop)
		}
		if last.Header.Get("Cache-Control") != "max-age=0" {
			t.Errorf("a reload sends %v", last.Header)
		}
		time.Sleep(61 * time.Second)
		r.Reload, r.Cache = NoReload, httpcache.OnlyIfCached
		w.expect(r, "body 1", "stale for 1 s, wanted all the same")
		r.Cache = httpcache.Normal
		w.expect(r, "body 1", "revalidated: 304")
		r.Cache = httpcache.HardReload
		w.expect(r, "body 4", "hard reload; stored")
		r.Cache = httpcache.Off
		if got, hop, err := w.ask(r); err != nil || got != "body 5" || hop.Cache != nil {
			t.Errorf("off: %q %v", got, err)
		}
		r.Cache = httpcache.Normal
		w.expect(r, "body 4", "fresh")
		r.Partition = "http://b.test"
		w.expect(r, "body 6", "nothing stored")
		r.TopLevel, r.Initiator = weburl.MustParse("http://b.test/").Origin(), weburl.MustParse("http://c.test/").Origin()
		w.expect(r, "body 7", "nothing stored")
		r = image("http://a.test/x")
		d := r
		d.Method = "DELETE"
		w.expect(d, "", "not asked: method DELETE; dropped")
		w.expect(r, "body 9", "nothing stored")
		miss := image("http://a.test/never")
		miss.Cache = httpcache.OnlyIfCached
		var e *Error
		if _, _, err := w.ask(miss); !errors.Is(err, ErrCacheMiss) || !errors.As(err, &e) || e.Net() != "net::ERR_CACHE_MISS" {
			t.Errorf("only-if-cached without anything: %v", err)
		}
	})
}

// Requests for the same wait for the first one's head and read along.
func TestCacheJoin(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{}
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			time.Sleep(100 * time.Millisecond)
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nfirst")
			time.Sleep(100 * time.Millisecond)
			fmt.Fprint(c, "other")
			return true
		})
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 30 * time.Millisecond) // before the head, and after it
				if got, hop, err := w.ask(image("http://a.test/x")); err != nil || got != "firstother" {
					t.Errorf("request %d: %q, %v (%v)", i, got, err, hop)
				}
			})
		}
		all.Wait()
		if len(w.requests) != 1 {
			t.Errorf("the server saw %q", w.requests)
		}
		ctx, cancel := context.WithCancel(w.Context())
		slow := make(chan error, 1)
		for range 2 { // the second waits for the first's head
			go func() {
				r := image("http://a.test/y")
				_, err := w.client.Do(ctx, &r)
				slow <- err
			}()
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-slow; !errors.Is(err, context.Canceled) {
				t.Errorf("given up while it waits: %v", err)
			}
		}
	})
}

// A body that broke off is completed by its rest.
func TestCacheResumes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{}
		whole := strings.Repeat("0123456789", 100)
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			if g := r.Header.Get("Range"); g != "" {
				if g != "bytes=400-" || r.Header.Get("If-Range") != `"1"` {
					t.Errorf("asked for %q if %q", g, r.Header.Get("If-Range"))
				}
				fmt.Fprintf(c, "HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\nContent-Range: bytes 400-999/1000\r\nContent-Length: 600\r\nCache-Control: max-age=60\r\n\r\n%s", whole[400:])
				return true
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nCache-Control: max-age=60\r\nContent-Length: 1000\r\n\r\n%s", whole[:400])
			return false
		})
		if got, _, err := w.ask(image("http://a.test/x")); !errors.Is(err, ErrTruncated) || len(got) != 400 {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		hop := w.expect(image("http://a.test/x"), whole, "resumed: 206; stored")
		if hop.Status != 200 || hop.WireBodyBytes != 600 || hop.StoredBodyBytes != 400 {
			t.Errorf("resumed: %+v", hop)
		}
		w.expect(image("http://a.test/x"), whole, "fresh")
		part := image("http://a.test/x")
		part.Range = "bytes=10-19"
		hop = w.expect(part, "0123456789", "fresh")
		if hop.Status != 206 || hop.Header.Get("Content-Range") != "bytes 10-19/1000" || hop.Header.Get("Content-Length") != "10" {
			t.Errorf("a part of what is stored: %d %v", hop.Status, hop.Header)
		}
	})
}

// What is stale but may be revalidated meanwhile is given at once.
func TestCacheRevalidatesBehind(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{StaleIfError: true}
		n := 0
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			n++
			if strings.HasPrefix(r.URL.Path, "/down") && n > 3 {
				fmt.Fprint(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown")
				return true
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nCache-Control: max-age=1, stale-while-revalidate=60, stale-if-error=60\r\nContent-Length: 1\r\n\r\n%d", n)
			return true
		})
		w.expect(image("http://a.test/x"), "1", "nothing stored; stored")
		time.Sleep(2 * time.Second)
		w.expect(image("http://a.test/x"), "1", "stale for 1 s, stale-while-revalidate")
		time.Sleep(500 * time.Millisecond)
		w.expect(image("http://a.test/x"), "2", "fresh")
		w.expect(image("http://a.test/down"), "3", "nothing stored; stored")
		time.Sleep(2 * time.Second)
		r := image("http://a.test/down")
		r.NoStale = true
		w.expect(r, "3", "stale for 1 s, the server failed: status 503")
	})
}

// A redirect that is stored takes no request, and its body is not read.
func TestCacheRedirect(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{}
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			if r.URL.Path == "/x" {
				fmt.Fprint(c, "HTTP/1.1 301 Moved Permanently\r\nLocation: /y\r\nContent-Length: 4\r\n\r\nover")
				return true
			}
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 1\r\n\r\ny")
			return true
		})
		for range 2 {
			w.expect(image("http://a.test/x"), "y", "nothing stored; not stored: no-store")
		}
		if len(w.requests) != 3 {
			t.Errorf("the server saw %q", w.requests)
		}
	})
}

// Inline calls the handler from inside Start, where all of the response lies in memory, and else as always.
func TestInline(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{}
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			switch r.URL.Path {
			case "/moved":
				fmt.Fprint(c, "HTTP/1.1 301 Moved\r\nLocation: /fresh\r\nContent-Length: 0\r\n\r\n")
			case "/fresh":
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Encoding: gzip\r\nContent-Length: "+fmt.Sprint(len(zipped("body")))+"\r\n\r\n"+string(zipped("body")))
			case "/stale":
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nbody")
			}
			return true
		})
		start := func(u string, inline bool) (inside bool, body string) {
			var got strings.Builder
			done := make(chan error, 1)
			r := image(u)
			r.Inline = inline
			w.client.Start(w.Context(), &r, HandlerFuncs{
				OnData: func(p []byte) error { got.Write(p); return nil },
				OnDone: func(_ *Hop, err error) {
					time.Sleep(time.Millisecond) // until who is not waited for has gone on
					done <- err
				},
			})
			inside = len(done) > 0
			if err := <-done; err != nil {
				t.Errorf("%s: %v", u, err)
			}
			return inside, got.String()
		}
		for _, c := range []struct {
			path         string
			inline, want bool
		}{
			{"/fresh", true, false}, {"/fresh", true, true}, {"/fresh", false, false}, {"/moved", true, false}, {"/moved", true, false}, {"/stale", true, false},
		} {
			if inside, body := start("http://a.test"+c.path, c.inline); inside != c.want || body != "body" {
				t.Errorf("%s, inline %v: inside Start %v, want %v; body %q", c.path, c.inline, inside, c.want, body)
			}
		}
		time.Sleep(2 * time.Minute)
		if inside, _ := start("http://a.test/stale", true); inside {
			t.Error("stale, and given inside Start")
		}
		d, err := httpcache.OpenDisk(t.TempDir(), 0)
		if err != nil {
			t.Fatal(err)
		}
		w.client.Cache = &httpcache.Cache{Store: d}
		for range 2 {
			if inside, body := start("http://a.test/fresh", true); inside || body != "body" {
				t.Errorf("from disk: inside Start %v, %q", inside, body)
			}
		}
	})
}
