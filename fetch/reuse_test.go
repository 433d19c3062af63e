package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

// Calls in the memory of others, which ended in every way, know nothing of those: what their hops say is what a new call's say.
func TestStartWith(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.MaxPerHost = 2
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			switch r.URL.Path {
			case "/moved":
				io.WriteString(c, redirect(302, "/ok?moved"))
			case "/long": // a redirect whose body is not worth waiting for
				io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /ok?long\r\nContent-Length: 100\r\n\r\nabc")
				time.Sleep(10 * time.Second)
				return false
			case "/cut":
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
				return false
			case "/never":
				time.Sleep(time.Hour)
				return false
			default:
				time.Sleep(30 * time.Millisecond)
				io.WriteString(c, ok("fine "+r.RequestURI, "X-Of: "+r.RequestURI))
			}
			return true
		})
		paths := []string{"/ok", "/moved", "/cut", "/ok?1", "/never", "/long", "/ok?2", "/missing", "/ok?3"}
		var lanes sync.WaitGroup
		for lane := range 5 {
			lanes.Go(func() {
				var memory Call
				for i := range 40 {
					path := paths[(i+lane)%len(paths)]
					host := "http://a.test"
					if path == "/missing" {
						host = "http://missing.test"
					}
					res := newResult()
					x := w.client.StartWith(&memory, context.Background(), &Request{URL: weburl.MustParse(host + path), Discard: i%7 == 0}, res)
					if x != &memory {
						t.Error("it is in memory of its own")
					}
					if path == "/never" {
						time.Sleep(100 * time.Millisecond)
						x.Cancel(errors.New("enough"))
					}
					<-res.done
					h := res.hop
					final := strings.Replace(path, "/moved", "/ok?moved", 1)
					final = strings.Replace(final, "/long", "/ok?long", 1)
					if h.URL.RequestTarget() != final || h.Index != len(res.redirects) || h.RequestID == 0 {
						t.Errorf("%s: hop %d of %s", path, h.Index, h.URL)
					}
					if !slices.IsSorted(h.Blocked) || len(slices.Compact(slices.Clone(h.Blocked))) != len(h.Blocked) {
						t.Errorf("%s waited: %q", path, h.Blocked)
					}
					switch path {
					case "/cut":
						if !errors.Is(res.err, ErrTruncated) || h.Status != 200 {
							t.Errorf("%s: %v, status %d", path, res.err, h.Status)
						}
					case "/never":
						if !errors.Is(res.err, context.Canceled) || !strings.Contains(res.err.Error(), "enough") || h.Status != 0 || h.Header != nil {
							t.Errorf("%s: %v, hop %+v", path, res.err, h)
						}
					case "/missing":
						if res.err == nil || h.ConnID != 0 || h.Opening == nil || h.Status != 0 {
							t.Errorf("%s: %v, hop %+v", path, res.err, h)
						}
					default:
						body := "fine " + final
						if i%7 == 0 {
							body = ""
						}
						if res.err != nil || h.Header.Get("X-Of") != final || string(res.body) != body || h.WireBodyBytes != int64(len("fine "+final)) || h.Retries != 0 {
							t.Errorf("%s: %v, %q, hop %+v", path, res.err, res.body, h)
						}
						if h.Times.End.Before(h.Times.Queued) || h.Times.End.Sub(h.Times.SendStart) != 40*time.Millisecond {
							t.Errorf("%s: times %+v", path, h.Times)
						}
					}
				}
			})
		}
		lanes.Wait()
	})
}

// A call that gets a kept connection at once notes nothing of waiting, and one that waits does.
func TestNotesAreOfCallsThatWait(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.MaxPerHost = 1
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			time.Sleep(30 * time.Millisecond)
			io.WriteString(c, ok("fine"))
			return true
		})
		var calls [2]Call
		start := func(x *Call) *result {
			res := newResult()
			w.client.StartWith(x, context.Background(), &Request{URL: weburl.MustParse("http://a.test/")}, res)
			return res
		}
		<-start(&calls[0]).done // opens the connection
		first, second := start(&calls[0]), start(&calls[1])
		<-first.done
		<-second.done
		if calls[0].notes != nil || len(first.hop.Blocked) != 0 {
			t.Errorf("a call on a kept connection has notes: %q", first.hop.Blocked)
		}
		if calls[1].notes == nil || len(second.hop.Blocked) != 1 {
			t.Errorf("a call that waited says %q, want one reason", second.hop.Blocked)
		}
	})
}

// Where the context can end, a call has memory of its own: the end may come when it is over.
func TestStartWithContext(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok("x")})
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var memory Call
		res := newResult()
		if x := w.client.StartWith(&memory, ctx, &Request{URL: weburl.MustParse("http://a.test/")}, res); x == &memory {
			t.Error("it is in the memory that may be used again")
		}
		if <-res.done; res.err != nil {
			t.Error(res.err)
		}
	})
}

// A page has ten or more requests in flight, and a program a thousand pages: this is what each takes beside its request, while it waits for a connection or an answer.
func TestCallSize(t *testing.T) {
	if n := unsafe.Sizeof(Call{}); n > 1024 {
		t.Errorf("a call with its hop has %d bytes, want 1,024 at most: what few of them need belongs behind a pointer", n)
	}
}
