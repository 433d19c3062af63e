package http2

import (
	"errors"
	"io"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
)

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
