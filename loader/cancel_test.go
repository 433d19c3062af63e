package loader_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// Whoever cancels gets what was loaded until then, and an error that says why.
func TestCancelHalfWay(t *testing.T) {
	stop := errors.New("interrupted by the user")
	tests := []struct {
		name  string
		after time.Duration
		cause error
		rows  string
		done  string // those that had come
	}{
		{"while the document is awaited", 50 * ms, stop, "/", ""},
		{"while the document arrives", 150 * ms, stop, "/ /a.css /slow.png", "/a.css"},
		{"while subresources are loaded", 450 * ms, stop, "/ /a.css /slow.png /b.png /held.png", "/ /a.css /b.png"},
		{"by a timeout", 450 * ms, context.DeadlineExceeded, "/ /a.css /slow.png /b.png /held.png", "/ /a.css /b.png"},
	}
	const site = `{"responses": {"/": {"delay": 100, "marks": true, "pause": 200}, "/slow.png": {"delay": 60000}, "/slow.js": {"delay": 60000}}}
-- index.html --
<!doctype html><html><head><link rel="stylesheet" href="a.css"></head><body><img src="slow.png"><!--pause--><img src="b.png"><p style="background: url(held.png)">x</p></body></html>
`
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, site, func(w *world) {
				w.serve["site/held.png"] = func(c net.Conn, _ *http.Request) bool {
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nhalf")
					c.Read(make([]byte, 1))
					return false
				}
				ctx, cancel := context.WithCancelCause(w.Context())
				defer cancel(nil)
				if test.cause == context.DeadlineExceeded {
					var end context.CancelFunc
					ctx, end = context.WithTimeout(w.Context(), test.after)
					defer end()
				} else {
					time.AfterFunc(test.after, func() { cancel(test.cause) })
				}
				start := time.Now()
				p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
				if took := time.Since(start); took != test.after {
					t.Errorf("returned after %v, want %v", took, test.after)
				}
				if !errors.Is(p.err, test.cause) {
					t.Errorf("error %v, want %v", p.err, test.cause)
				}
				if got := p.names(); got != test.rows {
					t.Errorf("requests %s, want %s", got, test.rows)
				}
				var done []string
				for i := range p.Requests {
					if r := &p.Requests[i]; !r.Failed() {
						done = append(done, p.name(r.URL))
					} else if r.NetError != "net::ERR_ABORTED" && r.NetError != "net::ERR_TIMED_OUT" {
						t.Errorf("%s: %q (%s)", p.name(r.URL), r.Err, r.NetError)
					}
				}
				if got := strings.Join(done, " "); got != test.done {
					t.Errorf("had come: %s, want %s", got, test.done)
				}
				if p.Page.Load != waterfall.None {
					t.Errorf("load at %v of a page that was cancelled", p.Page.Load)
				}
				if (p.page.Document() != nil) != (test.after > 100*ms) {
					t.Errorf("document %v after %v", p.page.Document(), test.after)
				}
			})
		})
	}
}

// A page that has been loaded is a success, also where the context ends while
// what no load event waits for is still coming.
func TestCancelAfterLoad(t *testing.T) {
	inWorld(t, `{"responses": {"/slow.png": {"delay": 60000}}}`+"\n-- index.html --\n<!doctype html><link rel=prefetch href=slow.png>x", func(w *world) {
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
		if p.err != nil || p.Page.Load == waterfall.None {
			t.Errorf("error %v, load %v", p.err, p.Page.Load)
		}
		if r := p.row("/slow.png"); !r.Failed() || inMS(r.Times.End) != "1000" {
			t.Errorf("slow.png: error %q at %v", r.Err, r.Times.End)
		}
	})
}

func TestCancelledBeforeItBegan(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
		if !errors.Is(p.err, context.Canceled) || len(w.received()) != 0 {
			t.Errorf("error %v, received %v", p.err, w.received())
		}
	})
}
