package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// watched gets a connection of a pool that watches closes, hands the peer's
// end to peer, closes ours for the reason and returns its record.
func watched(t *testing.T, p *Pool, reason error, peer func(ours *Lease, theirs *net.TCPConn)) Record {
	t.Helper()
	needKernel(t)
	k, accept := acceptor(t)
	p.WatchClose = true
	l := mustGet(t, p, k)
	peer(l, accept())
	l.Discard(reason)
	ctx, cancel := context.WithTimeout(ctxBg, 10*time.Second)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	return recordOf(t, p, 1)
}

// spans returns the states as text; those that were not seen in brackets.
func spans(list []StateSpan) string {
	var names []string
	for _, s := range list {
		name := s.State.String()
		if !s.Seen {
			name = "(" + name + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// matchSpans compares the names of states. In want, one with a question mark
// may also have passed unseen, or not have been at all if the peer was quicker.
func matchSpans(got, want string) bool {
	g := strings.Fields(got)
	for name := range strings.FieldsSeq(want) {
		name, optional := strings.CutSuffix(name, "?")
		switch {
		case len(g) > 0 && (g[0] == name || optional && g[0] == "("+name+")"):
			g = g[1:]
		case !optional:
			return false
		}
	}
	return len(g) == 0
}

// checkSpans checks what holds for all lists of states.
func checkSpans(t *testing.T, list []StateSpan) {
	t.Helper()
	for i, s := range list {
		if s.From.IsZero() || s.Why == "" || s.Error < 0 || !s.To.IsZero() && s.To.Before(s.From) {
			t.Errorf("span %d: %+v", i, s)
		}
		if i > 0 && !list[i-1].To.Equal(s.From) {
			t.Errorf("%v ends at %v, %v begins at %v", list[i-1].State, list[i-1].To, s.State, s.From)
		}
	}
}

func TestWatchClose(t *testing.T) {
	// The peer's FIN comes this much after ours, so that FIN_WAIT_2 is seen.
	const later = 60 * time.Millisecond
	for _, tt := range []struct {
		name     string
		peer     func(*Lease, *net.TCPConn)
		want     string
		fin, rst Closer
	}{
		{"by us, peer at once", func(_ *Lease, c *net.TCPConn) {
			go func() { io.Copy(io.Discard, c); c.Close() }()
		}, "FIN_WAIT_1? FIN_WAIT_2? TIME_WAIT", ByUs, ByNobody},
		{"by us, peer later", func(_ *Lease, c *net.TCPConn) {
			go func() { io.Copy(io.Discard, c); time.Sleep(later); c.Close() }()
		}, "FIN_WAIT_1? FIN_WAIT_2 TIME_WAIT", ByUs, ByNobody},
		{"by peer", func(_ *Lease, c *net.TCPConn) { c.Close() }, "CLOSE_WAIT LAST_ACK? CLOSED", ByPeer, ByNobody},
		{"peer half-closes", func(l *Lease, c *net.TCPConn) {
			c.CloseWrite()
			if n, err := l.Conn().Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("read %d, %v, want EOF", n, err)
			}
			l.Conn().Write([]byte("still here")) // the peer reads on
			b := make([]byte, 10)
			if _, err := io.ReadFull(c, b); err != nil || string(b) != "still here" {
				t.Errorf("the peer read %q, %v", b, err)
			}
			go func() { io.Copy(io.Discard, c); c.Close() }()
		}, "CLOSE_WAIT LAST_ACK? CLOSED", ByPeer, ByNobody},
		{"RST by peer", func(_ *Lease, c *net.TCPConn) { c.SetLinger(0); c.Close() }, "(CLOSED)", ByNobody, ByPeer},
		{"RST by peer after our FIN", func(_ *Lease, c *net.TCPConn) {
			go func() { io.Copy(io.Discard, c); c.SetLinger(0); c.Close() }()
		}, "FIN_WAIT_1? FIN_WAIT_2? CLOSED", ByUs, ByPeer},
		{"our RST", func(_ *Lease, c *net.TCPConn) { c.Write(make([]byte, 10)) }, "(CLOSED)", ByNobody, ByUs},
		{"data after our FIN", func(_ *Lease, c *net.TCPConn) {
			go func() { io.Copy(io.Discard, c); c.Write(make([]byte, 50_000)); c.Close() }()
		}, "FIN_WAIT_1? FIN_WAIT_2? TIME_WAIT", ByUs, ByNobody},
		{"flood after our FIN", func(_ *Lease, c *net.TCPConn) {
			go func() {
				io.Copy(io.Discard, c)
				for {
					if _, err := c.Write(make([]byte, 16<<10)); err != nil {
						return
					}
				}
			}()
		}, "FIN_WAIT_1? FIN_WAIT_2? (CLOSED)", ByUs, ByUs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p Pool
			r := watched(t, &p, errOop, tt.peer)
			if got := spans(r.CloseStates); !matchSpans(got, tt.want) {
				t.Errorf("states %s, want %s", got, tt.want)
			}
			checkSpans(t, r.CloseStates)
			if r.FirstFIN != tt.fin || r.Reset != tt.rst {
				t.Errorf("first FIN by %v, reset by %v (%s), want %v and %v", r.FirstFIN, r.Reset, r.ResetWhy, tt.fin, tt.rst)
			}
			switch tt.name {
			case "by us, peer later":
				tw := r.CloseStates[2]
				if d := tw.From.Sub(r.CloseStates[0].From); d < later-tw.Error || d > later+200*time.Millisecond {
					t.Errorf("FIN_WAIT_1 and FIN_WAIT_2 lasted %v, want %v", d, later)
				}
				if left := tw.To.Sub(tw.From); left < 59*time.Second || left > 61*time.Second {
					t.Errorf("TIME_WAIT lasts %v, want 60s", left)
				}
			case "data after our FIN":
				if r.Drained != 50_000 || r.Received != 50_000 {
					t.Errorf("drained %d of %d received, want 50000", r.Drained, r.Received)
				}
			case "flood after our FIN":
				if r.Drained <= maxDrained || r.Drained > 2*maxDrained || !strings.Contains(r.ResetWhy, "262144") {
					t.Errorf("drained %d: %s", r.Drained, r.ResetWhy)
				}
			}
			if n := p.closeWatches.n; n != 0 || len(p.closeWatches.all) != 0 {
				t.Errorf("%d watchers are left", n)
			}
		})
	}
}

// A peer that never closes is not waited for longer than CloseWait, and the
// record says in what state the kernel went on with it.
func TestWatchCloseGivesUp(t *testing.T) {
	p := Pool{CloseWait: 50 * time.Millisecond}
	start := time.Now()
	r := watched(t, &p, nil, func(*Lease, *net.TCPConn) {})
	if d := time.Since(start); d < 50*time.Millisecond || d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	if got := spans(r.CloseStates); !matchSpans(got, "FIN_WAIT_1? FIN_WAIT_2") {
		t.Fatalf("states %s", got)
	}
	s := r.CloseStates[1]
	if left := s.To.Sub(r.Closed); left < 50*time.Second || left > 61*time.Second || !strings.Contains(s.Why, "given up after") {
		t.Errorf("FIN_WAIT_2 goes on for %v: %s", left, s.Why)
	}
}

// Close that runs out of time ends the watching too, and says so.
func TestWatchCloseIsCut(t *testing.T) {
	needKernel(t)
	k, accept := acceptor(t)
	p := Pool{WatchClose: true, CloseWait: time.Hour}
	l := mustGet(t, &p, k)
	accept()
	l.Discard(nil)
	ctx, cancel := context.WithTimeout(ctxBg, 20*time.Millisecond)
	defer cancel()
	err := p.Close(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 closes were not watched to their end") {
		t.Errorf("Close: %v", err)
	}
	r := recordOf(t, &p, 1)
	if r.State != StateClosed || !strings.Contains(spans(r.CloseStates), "FIN_WAIT_1") {
		t.Errorf("%v with %s", r.State, spans(r.CloseStates))
	}
	if err := p.Close(ctxBg); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// Not more closes are watched than the bound; the others are closed at once.
func TestWatchCloseIsBounded(t *testing.T) {
	needKernel(t)
	k, _ := acceptor(t)
	p := Pool{WatchClose: true, MaxPerHost: -1, MaxTotal: -1, CloseWait: time.Hour, Facts: FactsNone}
	var list []*Lease
	for range maxWatched + 5 {
		list = append(list, mustGet(t, &p, k))
	}
	for _, l := range list {
		l.Discard(nil)
	}
	p.mu.Lock()
	n := p.closeWatches.n
	p.mu.Unlock()
	if n != maxWatched {
		t.Errorf("%d closes are watched, want %d", n, maxWatched)
	}
	r := recordOf(t, &p, maxWatched+5)
	if r.State != StateClosed || len(r.CloseStates) != 1 || !strings.Contains(r.CloseStates[0].Why, "not watched: 256 other closes are") {
		t.Errorf("the last one: %v, %+v", r.State, r.CloseStates)
	}
	done, cancel := context.WithCancel(ctxBg)
	cancel()
	p.Close(done)
}

func TestWatchCloseEvents(t *testing.T) {
	var got []string
	closed := make(chan struct{})
	p := Pool{OnEvent: func(e Event) {
		s := e.Kind.String()
		if e.Kind == EventState {
			s += " " + e.Span.State.String()
		}
		got = append(got, s)
		if e.Kind == EventClosed {
			close(closed)
		}
	}}
	watched(t, &p, nil, func(_ *Lease, c *net.TCPConn) { c.Close() })
	<-closed
	want := "[connecting opened busy closing state CLOSE_WAIT state LAST_ACK state CLOSED closed]"
	if fmt.Sprint(got) != want {
		t.Errorf("events %v, want %s", got, want)
	}
}

// Without Linux's sockets a pool that should watch closes as usual.
func TestWatchCloseInMemory(t *testing.T) {
	inWorld(t, &Pool{WatchClose: true}, func(w *world) {
		w.get(keyA).Discard(nil)
		w.wantLives("1 closed 1 by us: <nil>")
		if r, _ := w.pool.Record(1); r.CloseStates != nil || r.AtOpen != nil {
			t.Errorf("%+v", r)
		}
	})
}
