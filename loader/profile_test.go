package loader_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/loader"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
)

const smallSite = `{"latency": 10, "names": {"site": 30}, "responses": {"/a.css": {"delay": 50}}}
-- index.html --
<!doctype html><html><head><title>small</title><link rel="stylesheet" href="a.css"></head><body><img src="b-200x200.png"></body></html>
-- second.html --
<!doctype html><title>second</title><img src="c-200x200.png">
`

// The second page finds the name in the browser's cache and open connections.
func TestSecondPageReuses(t *testing.T) {
	inWorld(t, smallSite, func(w *world) {
		first := w.load("/")
		time.Sleep(10 * time.Second) // of the user, between two pages
		second := w.load("/second.html")

		r := first.row("/")
		if r.Reused || inMS(r.Times.DNSEnd) != "30" || inMS(r.Times.ConnectEnd) != "50" || inMS(r.Times.End) != "70" {
			t.Errorf("first page: reused %v, name at %v, connected at %v, over at %v", r.Reused, r.Times.DNSEnd, r.Times.ConnectEnd, r.Times.End)
		}
		if len(r.DNS) != 2 || r.DNS[0].Level != "browser" || r.DNS[1].Level != "isp" {
			t.Errorf("first page: levels asked %+v, want the browser's cache and then the scripted source", r.DNS)
		}
		r = second.row("/second.html")
		if !r.Reused || r.Times.DNSStart != waterfall.None || r.Times.ConnectStart != waterfall.None || inMS(r.Times.End) != "20" {
			t.Errorf("second page: reused %v, name %v, connect %v, over at %v", r.Reused, r.Times.DNSStart, r.Times.ConnectStart, r.Times.End)
		}
		if asked := w.names.Asked("site.test"); asked != 1 {
			t.Errorf("the name was asked for %d times, want once", asked)
		}
		if n := len(w.net.Dials()); n != 3 { // the document's is busy when the other two requests are made
			t.Errorf("%d connections opened, want 3", n)
		}
		// The connection is older than the second page.
		if c := second.Connections[0]; c.Opened >= 0 || c.ID != r.ConnID {
			t.Errorf("connection %d opened at %v of the second page, want before it", c.ID, c.Opened)
		}
	})
}

// A name is forgotten when its time is over, a connection when it was idle for long.
func TestLaterPageAsksAgain(t *testing.T) {
	inWorld(t, smallSite, func(w *world) {
		w.load("/")
		time.Sleep(2 * time.Hour)
		r := w.load("/second.html").row("/second.html")
		if r.Reused || r.Times.DNSStart == waterfall.None || r.Times.ConnectStart == waterfall.None {
			t.Errorf("after two hours: reused %v, name %v, connect %v", r.Reused, r.Times.DNSStart, r.Times.ConnectStart)
		}
		if asked := w.names.Asked("site.test"); asked != 2 {
			t.Errorf("the name was asked for %d times, want twice", asked)
		}
	})
}

// Two pages at the same time share the profile's connections, cookies and names.
func TestPagesAtTheSameTime(t *testing.T) {
	inWorld(t, smallSite, func(w *world) {
		pages := make([]*loaded, 8)
		var wg sync.WaitGroup
		for i := range pages {
			wg.Go(func() {
				pages[i] = w.try(w.Context(), loader.Navigation{URL: fmt.Sprintf("http://site.test/?%d", i)})
			})
		}
		wg.Wait()
		for i, p := range pages {
			if p.err != nil {
				t.Errorf("page %d: %v", i, p.err)
				continue
			}
			p.wantRequests(fmt.Sprintf("/?%d", i), "/a.css", "/b-200x200.png")
			if p.Page.Load == waterfall.None {
				t.Errorf("page %d: no load event", i)
			}
		}
		if asked := w.names.Asked("site.test"); asked != 1 {
			t.Errorf("the name was asked for %d times, want once", asked)
		}
		if n := len(w.net.Dials()); n != 6 {
			t.Errorf("%d connections opened, want the host's 6", n)
		}
	})
}

// After Close a waterfall that is taken anew has the ends of the connections.
func TestCloseEndsConnections(t *testing.T) {
	inWorld(t, smallSite, func(w *world) {
		p := w.load("/")
		for _, c := range p.Connections {
			if c.Closed != waterfall.None {
				t.Errorf("connection %d closed at %v, want open after the load", c.ID, c.Closed)
			}
		}
		time.Sleep(time.Second)
		w.close()
		again := p.page.Waterfall()
		if len(again.Connections) != 3 {
			t.Errorf("%d connections, want 3", len(again.Connections))
		}
		carried := 0
		for _, c := range again.Connections {
			carried += c.Requests
			if c.Closed < time.Second || c.ClosedBy != "us" || c.Host != "site.test" || c.Port != 80 || c.Remote != "192.0.2.1:80" {
				t.Errorf("connection %+v, want closed by us after a second", c)
			}
		}
		if carried != 3 {
			t.Errorf("connections carried %d requests, want 3", carried)
		}
		if len(again.Requests) != len(p.Requests) || again.Page != p.Page {
			t.Errorf("the waterfall changed otherwise: %+v, was %+v", again.Page, p.Page)
		}
		time.Sleep(time.Second) // for the FINs to arrive
		if w.net.Open() != 0 {
			t.Errorf("%d ends are open after Close", w.net.Open())
		}
		late := w.try(w.Context(), loader.Navigation{URL: "http://site.test/"})
		if late.err == nil {
			t.Error("a closed profile loads pages")
		}
	})
}

// A server may close a connection that is idle; the next page opens another one
// without an error being seen, and the waterfall says who closed.
func TestServerClosesIdleConnection(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		w.serve["site/x.html"] = func(c net.Conn, r *http.Request) bool {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx")
			time.Sleep(time.Second)
			return false
		}
		first := w.load("/x.html")
		time.Sleep(time.Minute)
		if r := w.load("/").row("/"); r.Reused || r.Retries != 0 || r.Failed() {
			t.Errorf("second page: reused %v, %d retries, error %q", r.Reused, r.Retries, r.Err)
		}
		if c := first.page.Waterfall().Connections; len(c) != 1 || c[0].ClosedBy != "peer" {
			t.Errorf("connections %+v, want one that the peer closed", c)
		}
	})
}

// Eager starts everything at once; only the connections hold it up.
func TestEagerSchedule(t *testing.T) {
	const site = `{"responses": {"/a.css": {"delay": 100}, "/b.js": {"delay": 200}}}
-- index.html --
<!doctype html><html><head><link rel="stylesheet" href="a.css"><script src="b.js"></script><script async src="c.js"></script><script async src="d.js"></script></head>
<body><img src="e-200x200.png"><img src="f-200x200.png"><img src="g-200x200.png"></body></html>
`
	for _, test := range []struct {
		kind schedule.Kind
		c    int // when the async script is sent
	}{{schedule.Chromium, 100}, {schedule.Eager, 0}} {
		inWorld(t, site, func(w *world) {
			w.profile.Schedule = test.kind
			p := w.load("/")
			p.wantTimes("/c.js", 0, test.c, test.c)
			if test.kind == schedule.Eager {
				for i := range p.Requests {
					for _, wait := range p.Requests[i].Waits {
						if !strings.Contains(wait.Reason, "connections") {
							t.Errorf("eager: %s waits for %q", p.name(p.Requests[i].URL), wait.Reason)
						}
					}
				}
			}
			p.wantMilestones(200, 200, 200)
		})
	}
}

func TestConnectionsPerHost(t *testing.T) {
	for _, most := range []int{1, 3, 6} {
		inWorld(t, "\n-- index.html --\n<!doctype html>"+numbered(12, `<script src="%d.js"></script>`), func(w *world) {
			w.profile.Pool.MaxPerHost = most
			w.load("/")
			if n := len(w.net.Dials()); n != most {
				t.Errorf("MaxPerHost %d: %d connections opened", most, n)
			}
		})
	}
}

func TestCookiesComeBack(t *testing.T) {
	const site = `{"responses": {"/": {"headers": {"Set-Cookie": "id=7; Path=/; HttpOnly"}}, "cdn/x.png": {"headers": {"Set-Cookie": "cdn=1"}}}}
-- index.html --
<!doctype html><img src="a-200x200.png"><img src="http://cdn.test/x.png">
-- second.html --
<!doctype html><img src="http://cdn.test/y.png"><img crossorigin src="http://cdn.test/z.png">
`
	inWorld(t, site, func(w *world) {
		w.load("/")
		w.load("/second.html")
		for key, want := range map[string]string{
			"site/": "", "site/a-200x200.png": "id=7", "site/second.html": "id=7",
			"cdn/y.png": "", // what another site's image sets is Lax by default, and so not kept
			"cdn/z.png": "", // without credentials
		} {
			if got := w.request(key).Header.Get("Cookie"); got != want {
				t.Errorf("%s was sent the cookies %q, want %q", key, got, want)
			}
		}
	})
}

// The context of a load ends with the load: it does not end what the profile keeps.
func TestProfileOutlivesContext(t *testing.T) {
	inWorld(t, smallSite, func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		w.try(ctx, loader.Navigation{URL: "http://site.test/"})
		cancel()
		if r := w.load("/second.html").row("/second.html"); !r.Reused {
			t.Error("the connection of a load whose context ended afterwards is gone")
		}
	})
}

// A reused connection that dies before a byte of the response is replaced
// silently, once; one that was fresh is not.
func TestDeadConnectionIsReplaced(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		w.serve["site/dies.html"] = func(net.Conn, *http.Request) bool { return false }
		w.load("/")
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/dies.html"})
		r := p.row("/dies.html")
		if r.Retries != 1 || r.NetError != "net::ERR_EMPTY_RESPONSE" {
			t.Errorf("%d retries, %s (%q); want one and the error of the fresh connection", r.Retries, r.NetError, r.Err)
		}
		if got := len(w.received()); got != 3 {
			t.Errorf("%d requests came, want 3: %v", got, w.received())
		}
	})
}

// Close while a page is loaded: what is in flight when its context ends fails.
func TestCloseWhileLoading(t *testing.T) {
	inWorld(t, `{"responses": {"/slow.png": {"delay": 60000}}}`+"\n-- index.html --\n<!doctype html><img src=slow.png><img src=a-200x200.png>", func(w *world) {
		var closed error
		done := make(chan struct{})
		time.AfterFunc(time.Second, func() {
			defer close(done)
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			closed = w.profile.Close(ctx)
		})
		start := time.Now()
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/"})
		<-done
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("the load went on for %v after Close", took)
		}
		if a := p.row("/a-200x200.png"); a.Failed() {
			t.Errorf("what had come is lost: %q", a.Err)
		}
		if r := p.row("/slow.png"); !r.Failed() {
			t.Errorf("slow.png: status %d at %v", r.Status, r.Times.End)
		}
		if closed == nil {
			t.Error("Close returned no error though a connection was still in use when its context ended")
		}
	})
}
