package loader_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// A waterfall taken while connections are open has them open; one taken after
// the profile was closed has the closes.
func TestConnectionRows(t *testing.T) {
	nobody := httptest.NewServer(nil)
	nobody.Close() // so that its port refuses
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/" {
			io.WriteString(w, `<img src=/a.png><img src=`+nobody.URL+`/no.png>`)
		}
	}))
	defer s.Close()
	var p loader.Profile
	page, err := p.Load(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	row := func(wf *waterfall.Waterfall, connected bool) *waterfall.ConnectionRow {
		t.Helper()
		for i := range wf.Connections {
			if (wf.Connections[i].Connected != waterfall.None) == connected {
				return &wf.Connections[i]
			}
		}
		t.Fatalf("no such connection in %+v", wf.Connections)
		return nil
	}
	c := row(page.Waterfall(), true)
	if c.Closed != waterfall.None || c.Closing != nil || c.ClosedBy != "" {
		t.Errorf("before Close: closed at %v by %q, %+v", c.Closed, c.ClosedBy, c.Closing)
	}
	if len(c.Attempts) != 1 || c.Attempts[0].Addr != s.Listener.Addr().String() || c.Attempts[0].Err != "" || c.Attempts[0].To < c.Attempts[0].From {
		t.Errorf("attempts %+v, want one that succeeded", c.Attempts)
	}
	if len(c.Carried) == 0 || c.Carried[0].Request != 1 || c.Carried[0].From < c.Ready() {
		t.Errorf("carried %+v, want request 1 first, after %v", c.Carried, c.Ready())
	}
	if !(c.Started <= c.Opened && c.Opened <= c.Connected && c.Connected >= 0) {
		t.Errorf("started %v, opened %v, connected %v", c.Started, c.Opened, c.Connected)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	c = row(page.Waterfall(), true)
	if c.Closed == waterfall.None || c.ClosedBy != "us" {
		t.Errorf("after Close: closed at %v by %q", c.Closed, c.ClosedBy)
	}
	failed := row(page.Waterfall(), false)
	if len(failed.Attempts) != 1 || failed.Attempts[0].Err == "" || failed.ClosedBy != "nobody" {
		t.Errorf("a refused connection: %+v", failed)
	}
	if runtime.GOOS != "linux" {
		return // the kernel is not asked
	}
	if n := len(c.Facts); n != 2 || c.Facts[0].When != "open" || c.Facts[0].State != "ESTABLISHED" || c.Facts[1].When != "close" ||
		c.Facts[1].BytesSent == 0 || c.Facts[0].MSS == 0 {
		t.Errorf("facts %+v, want those at open and close", c.Facts)
	}
	if c.Closing == nil || c.Closing.FirstFIN != "us" || c.Closing.Reset != "" {
		t.Errorf("close %+v, want our FIN", c.Closing)
	}
	if n := len(c.Opening); n < 2 || c.Opening[0].Name != "SYN_SENT" || c.Opening[n-1].Name != "ESTABLISHED" {
		t.Errorf("opened by way of %+v", c.Opening)
	}
}
