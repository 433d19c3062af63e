package http2

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func TestWhatIsSentFirst(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		w.start(Request{Path: "/p?q", Fields: []Field{{"user-agent", "u"}, {"cookie", "a=1; b=2;c"}, {"priority", "u=0, i"}}})
		w.peer.WriteSettings()
		if got, want := w.sent(), "SETTINGS 1:65536 2:0 4:6291456 6:262144; WINDOW_UPDATE 0 15663105; HEADERS 1; SETTINGS ack"; got != want {
			t.Errorf(" got %s\nwant %s", got, want)
		}
		want := []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":authority", Value: "a.test"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/p?q"},
			{Name: "user-agent", Value: "u"}, {Name: "cookie", Value: "a=1"}, {Name: "cookie", Value: "b=2"}, {Name: "cookie", Value: "c"}, {Name: "priority", Value: "u=0, i"}}
		if got := w.peer.heads[1]; !slices.Equal(got, want) {
			t.Errorf(" got %v\nwant %v", got, want)
		}
		if got := w.peer.prios[1]; got.Weight != 255 || !got.Exclusive || got.StreamDep != 0 {
			t.Errorf("priority %+v", got)
		}
	})
}

func TestResponse(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		sent := time.Now()
		time.Sleep(time.Second)
		w.peer.head(1, false, ":status", "103", "link", "</a>")
		time.Sleep(time.Second)
		w.peer.head(1, false, ":status", "200", "a", "1", "b", "2", "a", "3")
		w.peer.WriteDataPadded(1, false, []byte("con"), make([]byte, 10))
		time.Sleep(time.Second)
		w.peer.WriteData(1, false, []byte("tent"))
		w.peer.head(1, true, "t", "r")
		w.wait(r)
		if r.err != nil || r.r.Status != 200 || string(r.body) != "content" || !slices.Equal(r.interims, []int{103}) ||
			!slices.Equal(r.r.Header, []Field{{"a", "1"}, {"b", "2"}, {"a", "3"}}) || !slices.Equal(r.r.Trailer, []Field{{"t", "r"}}) || r.r.ContentLength != -1 {
			t.Errorf("error %v, %q, %+v, interim %v", r.err, r.body, r.r, r.interims)
		}
		if first, head := r.r.FirstByte.Sub(sent), r.r.HeadEnd.Sub(sent); first != time.Second+5*time.Millisecond || head != 2*time.Second+5*time.Millisecond {
			t.Errorf("first byte after %v, head after %v", first, head)
		}
		// Heads: 103 and link, not in the table before; status 200 and a, b, a; t. Each with 9 bytes of frame.
		if r.r.ContentBytes != 7 || r.r.FrameBytes != 9+1+10+9 || r.r.HeadBytes < 3*9+10 || r.r.HeadBytes > 3*9+40 || r.r.SentBytes < 9+5+5 || r.r.SentBytes > 60 {
			t.Errorf("bytes %+v", r.r)
		}
		if got := w.c.Available(); got != 100 {
			t.Errorf("Available() = %d", got)
		}
	})
}

func TestOneByteAtATime(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		var all bytes.Buffer
		p := newPeer(nil)
		p.Framer = xhttp2.NewFramer(&all, nil)
		p.head(1, false, ":status", "200")
		p.WriteDataPadded(1, false, []byte("con"), make([]byte, 10))
		p.WritePing(false, [8]byte{1, 2})
		p.WriteData(1, true, []byte("tent"))
		for _, b := range all.Bytes() {
			w.peer.nc.Write([]byte{b})
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		if w.wait(r); r.err != nil || string(r.body) != "content" || w.sent() != "PING ack" {
			t.Errorf("%q, error %v", r.body, r.err)
		}
	})
}

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

func TestUpload(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KB
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ok(1, "")
		r := w.start(Request{Method: "POST", Body: body})
		w.sent()
		if n := len(w.peer.data[3]); n != 65535 {
			t.Fatalf("%d bytes were sent at once", n)
		}
		w.peer.WriteSettings(xhttp2.Setting{ID: 4, Val: 10}) // the stream's window is negative now
		w.peer.WriteWindowUpdate(0, 1<<20)
		w.peer.WriteWindowUpdate(3, 65525)
		if w.sent(); len(w.peer.data[3]) != 65535 {
			t.Fatalf("%d bytes were sent without a window", len(w.peer.data[3]))
		}
		w.peer.WriteWindowUpdate(3, 1)
		if got := w.sent(); got != "DATA 3 1" {
			t.Errorf("with a window of 1: %s", got)
		}
		w.peer.head(3, false, ":status", "200") // an early answer
		w.peer.WriteWindowUpdate(3, 1<<20)
		w.sent()
		if !bytes.Equal(w.peer.data[3], body) {
			t.Fatalf("%d bytes came", len(w.peer.data[3]))
		}
		w.peer.WriteData(3, true, []byte("thanks"))
		if w.wait(r); r.err != nil || string(r.body) != "thanks" || r.r.SentBytes < int64(len(body))+100 {
			t.Errorf("%q, error %v, %+v", r.body, r.err, r.r)
		}
		if got := w.sent(); got != "" {
			t.Errorf("after that: %s", got)
		}
	})
}

func TestUploadStops(t *testing.T) {
	body := make([]byte, 200000)
	tests := map[string]struct {
		do     func(w *world, r *result)
		status int
		err    string
		sent   string
	}{
		"when it is answered": {func(w *world, r *result) {
			w.peer.head(3, true, ":status", "413")
		}, 413, "", "RST_STREAM 3 CANCEL"},
		"when it is answered and not wanted": {func(w *world, r *result) {
			w.peer.head(3, true, ":status", "413")
			w.peer.WriteRSTStream(3, xhttp2.ErrCodeNo)
		}, 413, "", ""},
		"when it is reset":     {func(w *world, r *result) { w.peer.WriteRSTStream(3, xhttp2.ErrCodeInternal) }, 0, "http2: stream 3: RST_STREAM: the server ended the stream (INTERNAL_ERROR)", ""},
		"when it is cancelled": {func(w *world, r *result) { r.s.Cancel(errors.New("left")) }, 0, "left", "RST_STREAM 3 CANCEL"},
		"when the connection ends": {func(w *world, r *result) {
			w.peer.nc.Close()
		}, 0, "http2: stream 3: the server closed the connection before the response: EOF", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			opened(t, Config{}, func(w *world, first *result) {
				w.peer.ok(1, "")
				r := w.start(Request{Method: "POST", Body: body})
				w.sent()
				tt.do(w, r)
				w.wait(r)
				if text := ""; r.err != nil && r.err.Error() != tt.err || r.err == nil && tt.err != text || r.r.Status != tt.status {
					t.Errorf("status %d, error %v", r.r.Status, r.err)
				}
				if got := w.sent(); got != tt.sent {
					t.Errorf("sent %q, want %q", got, tt.sent)
				}
			})
		})
	}
}

func TestStreamsWaitForAPlace(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		if got := w.c.Available(); got != 100 {
			t.Errorf("Available() = %d before SETTINGS", got)
		}
		first := w.start(Request{})
		w.peer.WriteSettings(xhttp2.Setting{ID: 3, Val: 1})
		w.sent()
		second, third, fourth := w.start(Request{}), w.start(Request{}), w.start(Request{})
		if got := w.sent(); got != "" || w.c.Available() != 0 || w.c.Grown() {
			t.Errorf("sent %q, Available() = %d", got, w.c.Available())
		}
		third.s.Cancel(errors.New("left"))
		w.peer.ok(1, "x")
		if got := w.sent(); got != "HEADERS 3" || !first.ended() || !third.ended() {
			t.Errorf("after the first one: %s", got)
		}
		w.peer.WriteSettings(xhttp2.Setting{ID: 3, Val: 1000})
		if got := w.sent(); got != "SETTINGS ack; HEADERS 5" && got != "HEADERS 5; SETTINGS ack" {
			t.Errorf("after SETTINGS: %s", got)
		}
		if got := w.c.Available(); got != 254 || !w.c.Grown() || w.c.Grown() {
			t.Errorf("Available() = %d", got)
		}
		w.peer.ok(3, "x")
		w.peer.ok(5, "x")
		w.wait(second)
		if w.wait(fourth); second.err != nil || fourth.err != nil {
			t.Error(second.err, fourth.err)
		}
	})
}

func TestWaitForAPlaceIsBounded(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		first := w.start(Request{})
		w.peer.WriteSettings(xhttp2.Setting{ID: 3, Val: 1})
		w.sent()
		r := w.start(Request{})
		if w.wait(r); r.err != errLate || first.ended() && first.err != errLate {
			t.Errorf("errors %v, %v", r.err, first.err)
		}
	})
}

func TestGoAway(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		second := w.start(Request{})
		w.peer.WriteGoAway(1, xhttp2.ErrCodeNo, []byte("bye\n"))
		w.sent()
		if !second.ended() || !errors.Is(second.err, ErrUnprocessed) || first.ended() {
			t.Errorf("second: %v, first ended %v", second.err, first.ended())
		}
		if w.c.Available() != 0 || w.last() == nil || w.last().Error() != "http2: GOAWAY: the server ends the session: bye. (NO_ERROR)" {
			t.Errorf("Available() = %d, Ended %v", w.c.Available(), w.last())
		}
		third := w.start(Request{})
		if w.wait(third); !errors.Is(third.err, ErrUnprocessed) {
			t.Errorf("third: %v", third.err)
		}
		w.peer.ok(1, "x")
		if w.wait(first); first.err != nil || string(first.body) != "x" {
			t.Errorf("first: %v", first.err)
		}
	})
}

func TestEndOfTheConnection(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		second := w.start(Request{})
		w.peer.head(1, false, ":status", "200")
		w.peer.WriteData(1, false, []byte("some"))
		w.sent()
		w.peer.nc.Close()
		w.wait(second)
		w.wait(first)
		if !errors.Is(second.err, ErrNoResponse) || !errors.Is(second.err, io.EOF) {
			t.Errorf("without a response: %v", second.err)
		}
		if errors.Is(first.err, ErrNoResponse) || !errors.Is(first.err, io.EOF) || string(first.body) != "some" {
			t.Errorf("within a response: %q, %v", first.body, first.err)
		}
	})
}

func TestResets(t *testing.T) {
	for code := xhttp2.ErrCodeNo; code <= xhttp2.ErrCodeHTTP11Required+1; code++ {
		opened(t, Config{}, func(w *world, r *result) {
			w.peer.WriteRSTStream(1, code)
			w.wait(r)
			var e *Error
			if !errors.As(r.err, &e) || e.Kind != Reset || uint32(e.Code) != uint32(code) || errors.Is(r.err, ErrUnprocessed) != (code == xhttp2.ErrCodeRefusedStream) ||
				errors.Is(r.err, ErrHTTP11Required) != (code == xhttp2.ErrCodeHTTP11Required) ||
				code < xhttp2.ErrCodeHTTP11Required && e.Code.String() != code.String() {
				t.Errorf("%v: error %v", code, r.err)
			}
			if got := w.sent(); got != "" {
				t.Errorf("answered: %s", got)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	left := errors.New("left")
	opened(t, Config{}, func(w *world, first *result) {
		second := w.start(Request{})
		w.peer.head(1, false, ":status", "200")
		w.peer.WriteData(1, false, make([]byte, 100))
		w.sent()
		first.s.Cancel(left)
		if w.wait(first); first.err != left {
			t.Errorf("error %v", first.err)
		}
		if got := w.sent(); got != "RST_STREAM 1 CANCEL" {
			t.Errorf("sent %s", got)
		}
		w.peer.WriteData(1, false, make([]byte, 100)) // on its way
		w.peer.head(1, true, "t", "r")
		w.peer.ok(3, "x")
		if w.wait(second); second.err != nil || w.c.unacked != 201 {
			t.Errorf("the other one: %v, %d bytes to give back", second.err, w.c.unacked)
		}
	})
}

func TestCancelWithinAWriteThatDoesNotGetOn(t *testing.T) {
	left := errors.New("left")
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.mu.Lock()
		w.peer.deaf = make(chan struct{})
		w.peer.mu.Unlock()
		w.peer.WritePing(false, [8]byte{}) // it reads this frame's answer, and no more
		w.peer.WriteSettings(xhttp2.Setting{ID: 4, Val: 1<<31 - 1})
		w.peer.WriteWindowUpdate(0, 1<<30)
		time.Sleep(time.Second)
		var all []*result
		for range 40 {
			all = append(all, w.start(Request{Method: "POST", Body: make([]byte, 60000)}))
		}
		time.Sleep(time.Second)
		begun := time.Now()
		for _, r := range all {
			r.s.Cancel(left)
		}
		for _, r := range all {
			if w.wait(r); r.err != left {
				t.Errorf("error %v", r.err)
			}
		}
		if d := time.Since(begun); d != stuckAfter {
			t.Errorf("after %v", d)
		}
		if w.wait(first); !errors.Is(first.err, ErrNoResponse) {
			t.Errorf("the others: %v", first.err)
		}
	})
}

func TestTimeouts(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		begun := time.Now()
		if w.wait(r); r.err != errLate || time.Since(begun) > time.Minute {
			t.Errorf("no head: %v after %v", r.err, time.Since(begun))
		}
	})
	for _, drop := range []bool{false, true} {
		inWorld(t, Config{}, func(w *world) {
			r := w.start(Request{Drop: drop})
			w.peer.WriteSettings()
			w.peer.head(1, false, ":status", "200")
			for range 5 {
				time.Sleep(50 * time.Second)
				w.peer.WriteData(1, false, []byte("x"))
			}
			begun := time.Now()
			if w.wait(r); r.err != errLate || r.r.ContentBytes != 5 || time.Since(begun) != time.Minute+5*time.Millisecond {
				t.Errorf("drop %v: %v after %v, %d bytes", drop, r.err, time.Since(begun), r.r.ContentBytes)
			}
		})
	}
}

func TestPingBeforeARequestAfterAPause(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ok(1, "x")
		w.sent()
		time.Sleep(9 * time.Second)
		r := w.start(Request{})
		if got := w.sent(); got != "HEADERS 3" {
			t.Errorf("after 9 s: %s", got)
		}
		w.peer.ok(3, "x")
		w.wait(r)
		time.Sleep(11 * time.Second)
		r = w.start(Request{})
		if got := w.sent(); got != "WINDOW_UPDATE 0 2; PING; HEADERS 5" {
			t.Errorf("after 11 s: %s", got)
		}
		begun := time.Now()
		if w.wait(r); !errors.Is(r.err, ErrNoResponse) || r.err.Error() != "http2: stream 5: nothing came after a PING in 10s before the response" ||
			time.Since(begun) > 10*time.Second || w.last() == nil {
			t.Errorf("error %v after %v", r.err, time.Since(begun))
		}
	})
}

func TestPriorityChanges(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		a, b, c := w.start(Request{Level: 3}), w.start(Request{Level: 1}), w.start(Request{Level: 3})
		w.peer.WriteSettings()
		w.sent()
		for id, want := range map[uint32]xhttp2.PriorityParam{1: {Weight: 146, Exclusive: true}, 3: {Weight: 219, Exclusive: true}, 5: {StreamDep: 1, Weight: 146, Exclusive: true}} {
			if got := w.peer.prios[id]; got != want {
				t.Errorf("stream %d: %+v, want %+v", id, got, want)
			}
		}
		c.s.SetLevel(0)
		if got := w.sent(); got != "PRIORITY 5 on 0 weight 256" {
			t.Errorf("the last one first: %s", got)
		}
		b.s.SetLevel(4)
		if got := w.sent(); got != "PRIORITY 1 on 5 weight 147; PRIORITY 3 on 1 weight 110" {
			t.Errorf("the middle one last: %s", got)
		}
		a.s.SetLevel(3)
		a.s.SetLevel(2)
		if got := w.sent(); got != "" {
			t.Errorf("in its place: %s", got)
		}
		for _, id := range []uint32{1, 3, 5} {
			w.peer.ok(id, "")
		}
		w.wait(a)
		if got := w.sent(); got != "" || w.c.chain.last(4) != 0 {
			t.Errorf("afterwards: %s, chain %v", got, w.c.chain)
		}
	})
}

func TestPriorityUpdate(t *testing.T) {
	p := Chromium()
	p.Weights, p.PriorityUpdate = [Levels]int{}, true
	inWorld(t, Config{Profile: p}, func(w *world) {
		r := w.start(Request{Level: 3})
		w.sent()
		if w.peer.prios[1] != (xhttp2.PriorityParam{}) {
			t.Errorf("HEADERS say a priority: %+v", w.peer.prios[1])
		}
		r.s.SetLevel(0)
		if got := w.sent(); got != "PRIORITY_UPDATE 0" {
			t.Errorf("sent %s", got)
		}
	})
}

// floods is what a server does that wants to be answered and does not read.
func TestFloodsOfAServerThatDoesNotRead(t *testing.T) {
	for name, write := range map[string]func(p *peer){
		"PING":                               func(p *peer) { p.WritePing(false, [8]byte{}) },
		"SETTINGS":                           func(p *peer) { p.WriteSettings(xhttp2.Setting{ID: 4, Val: 1}) },
		"DATA of a stream that it has reset": func(p *peer) { p.WriteData(1, false, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			opened(t, Config{Limits: Limits{Idle: 1 << 30}}, func(w *world, first *result) {
				w.peer.WriteRSTStream(1, xhttp2.ErrCodeCancel)
				w.wait(first)
				w.peer.mu.Lock()
				w.peer.deaf = make(chan struct{})
				w.peer.mu.Unlock()
				w.peer.nc.SetWriteDeadline(time.Now().Add(time.Hour))
				for range 20000 {
					write(w.peer)
				}
				time.Sleep(time.Second)
				var e *Error
				if !errors.As(w.c.Err(), &e) || e.Kind != Limit || e.Limit != "Queued" || cap(w.c.out)+cap(w.c.spare) > 1<<20 {
					t.Errorf("error %v, %d bytes queued", w.c.Err(), len(w.c.out))
				}
			})
		})
	}
	opened(t, Config{}, func(w *world, first *result) {
		for range 10000 {
			w.peer.WritePing(false, [8]byte{})
		}
		w.sent()
		if err := w.c.Err(); err == nil || err.Error() != "http2: PING: the last of 10000 frames in a second that achieve nothing (Limits.Idle)" {
			t.Errorf("a flood of PING that is answered: %v", err)
		}
	})
}

func TestMaxBody(t *testing.T) {
	for _, drop := range []bool{false, true} {
		inWorld(t, Config{}, func(w *world) {
			r := w.start(Request{Drop: drop, MaxBody: 10})
			w.peer.WriteSettings()
			w.peer.head(1, false, ":status", "200")
			w.peer.WriteData(1, false, make([]byte, 11))
			w.wait(r)
			var e *Error
			if !errors.As(r.err, &e) || e.Limit != "MaxBody" || !strings.HasSuffix(w.sent(), "RST_STREAM 1 CANCEL") {
				t.Errorf("drop %v: %v", drop, r.err)
			}
		})
	}
}

func TestSinkErrorEndsTheStream(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		full := errors.New("full")
		r.sink = func([]byte) error { return full }
		w.peer.head(1, false, ":status", "200")
		w.peer.WriteData(1, false, []byte("x"))
		if w.wait(r); r.err != full || w.sent() != "RST_STREAM 1 CANCEL" {
			t.Errorf("error %v", r.err)
		}
	})
}

func TestLargeRequestHead(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ReadMetaHeaders.SetMaxStringLength(1 << 20)
		w.peer.MaxHeaderListSize = 1 << 20
		v := strings.Repeat("~", 40000)
		w.start(Request{Fields: []Field{{"a", v}}})
		w.sent()
		if got := w.peer.heads[3]; len(got) != 5 || got[4].Value != v {
			t.Errorf("%d fields", len(got))
		}
	})
}

func TestHeaderTableOfTheServer(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		w.start(Request{Fields: []Field{{"a", "b"}}})
		w.peer.WriteSettings(xhttp2.Setting{ID: 1, Val: 0})
		w.sent()
		w.peer.ReadMetaHeaders.SetMaxDynamicTableSize(0)
		w.peer.ReadMetaHeaders.SetAllowedMaxDynamicTableSize(0)
		w.start(Request{Method: "PUT", Fields: []Field{{"a", "b"}}})
		w.start(Request{Fields: []Field{{"a", "b"}}})
		w.sent()
		if len(w.peer.heads[5]) != 5 || w.peer.closed {
			t.Errorf("heads %v", w.peer.heads)
		}
	})
}
