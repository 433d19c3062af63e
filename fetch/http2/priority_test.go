package http2

import (
	"testing"

	xhttp2 "golang.org/x/net/http2"
)

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
