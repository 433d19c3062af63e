package httpcache

import (
	"testing"
	"time"
)

// Who gives up before the wait, while it is waited, or when it is over, is not left waiting.
func TestGiveUp(t *testing.T) {
	for _, test := range []struct {
		name   string
		giveUp func(waiter *Transaction) (ended bool, next Action)
		ended  bool
		next   Action
	}{
		{"before", func(w *Transaction) (bool, Action) { ended := w.GiveUp(); return ended, w.Next() }, false, Send},
		{"in the wait", func(w *Transaction) (bool, Action) {
			if a := w.Next(); a != Wait {
				return false, a
			}
			ended := w.GiveUp()
			return ended, w.Next()
		}, true, Send},
		{"twice", func(w *Transaction) (bool, Action) { w.Next(); w.GiveUp(); return w.GiveUp(), w.Next() }, false, Send},
	} {
		c := &Cache{Now: func() time.Time { return noon }}
		r := Request{Method: "GET", URL: "http://a.test/x"}
		writer := c.Begin(r, asker(""))
		if a := writer.Next(); a != Send {
			t.Fatalf("the first is to %v", a)
		}
		waiter := c.Begin(r, asker(""))
		ended, next := test.giveUp(waiter)
		if ended != test.ended || next != test.next || waiter.Outcome().Kind != Bypassed {
			t.Errorf("%s: a wait ended: %v, then action %v, %v; want %v, %v", test.name, ended, next, waiter.Outcome(), test.ended, test.next)
		}
		waiter.Close()
		writer.Close()
		c.mu.Lock()
		if len(c.flights) != 0 {
			t.Errorf("%s: %d flights are left", test.name, len(c.flights))
		}
		c.mu.Unlock()
	}
}
