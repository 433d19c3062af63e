package http2

import (
	"strings"
	"testing"
	"time"
)

// narrow is Chromium's profile with windows of 48 KB a stream and 120 KB a connection.
func narrow() Config {
	p := Chromium()
	p.Settings[2].Value, p.Window = 48<<10, 120<<10-defaultWindow
	return Config{Profile: p}
}

func TestWindowUpdates(t *testing.T) {
	send := func(w *world, n int) {
		for ; n > 0; n -= 8192 {
			w.peer.WriteData(1, false, make([]byte, min(n, 8192)))
		}
	}
	for _, drop := range []bool{false, true} {
		inWorld(t, narrow(), func(w *world) {
			r := w.start(Request{Drop: drop})
			w.peer.WriteSettings()
			w.peer.head(1, false, ":status", "200")
			w.sent()
			for _, step := range []struct {
				n    int
				want string
			}{
				{24 << 10, ""},
				{1, "WINDOW_UPDATE 1 24577"}, // more than half of it
				{24 << 10, ""},
				{12 << 10, "both"}, // as soon as it is beyond half
			} {
				send(w, step.n)
				got := w.sent()
				if strings.Contains(got, "WINDOW_UPDATE 0 ") && strings.Contains(got, "WINDOW_UPDATE 1 ") && strings.Count(got, ";") == 1 {
					got = "both"
				}
				if got != step.want {
					t.Errorf("drop %v: after %d bytes more: %q, want %q", drop, step.n, got, step.want)
				}
			}
			time.Sleep(6 * time.Second)
			send(w, 100)
			if got := w.sent(); !strings.Contains(got, "WINDOW_UPDATE 0 ") || !strings.Contains(got, "WINDOW_UPDATE 1 ") {
				t.Errorf("drop %v: 6 s later: %s", drop, got)
			}
			w.peer.WriteData(1, true, nil)
			if w.wait(r); r.err != nil || r.r.ContentBytes != 60<<10+1+100 {
				t.Errorf("drop %v: error %v, %d bytes", drop, r.err, r.r.ContentBytes)
			}
		})
	}
}

func TestChromiumsWindows(t *testing.T) {
	c := NewConn(nil, Config{})
	if c.winStart != 6<<20 || c.winConn != 15<<20 || c.due(3<<20, 6<<20, c.updated, c.updated) || !c.due(3<<20+1, 6<<20, c.updated, c.updated) ||
		!c.due(1, 6<<20, c.updated, c.updated.Add(5*time.Second)) || c.due(0, 6<<20, c.updated, c.updated.Add(5*time.Second)) {
		t.Errorf("windows of %d and %d", c.winStart, c.winConn)
	}
}

func TestWindowsBoundWhatIsHeld(t *testing.T) {
	opened(t, narrow(), func(w *world, r *result) {
		release := make(chan struct{})
		r.sink = func([]byte) error { <-release; return nil }
		w.peer.head(1, false, ":status", "200")
		for range 6 {
			w.peer.WriteData(1, false, make([]byte, 8192))
		}
		if w.sent(); w.peer.resets[1] != 0 {
			t.Fatalf("within the window: %v", w.peer.resets)
		}
		w.peer.WriteData(1, false, []byte{1})
		w.sent()
		close(release)
		if w.wait(r); r.err == nil || r.err.Error() != "http2: stream 1: DATA: 1 bytes beyond the stream's window (FLOW_CONTROL_ERROR)" || len(r.body) != 48<<10 {
			t.Errorf("%d bytes, error %v", len(r.body), r.err)
		}
	})
	opened(t, narrow(), func(w *world, r *result) {
		second, third := w.start(Request{}), w.start(Request{})
		release := make(chan struct{})
		for _, r := range []*result{r, second, third} {
			r.sink = func([]byte) error { <-release; return nil }
		}
		for i := range 15 {
			if i < 3 {
				w.peer.head(uint32(1+2*i), false, ":status", "200")
			}
			w.peer.WriteData(uint32(1+i%3*2), false, make([]byte, 8192))
		}
		if w.sent(); w.peer.goAway != nil {
			t.Fatal("within the connection's window")
		}
		w.peer.WriteData(1, false, []byte{1})
		w.sent()
		close(release)
		if w.wait(r); r.err == nil || r.err.Error() != "http2: DATA: 1 bytes beyond the connection's window (FLOW_CONTROL_ERROR)" {
			t.Errorf("error %v", r.err)
		}
	})
}
