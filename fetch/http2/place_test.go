package http2

import (
	"errors"
	"testing"

	xhttp2 "golang.org/x/net/http2"
)

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
