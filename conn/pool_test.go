package conn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPoolReusesIdle(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		l := w.get(keyA)
		if l.Reused() || l.ID() != 1 {
			t.Errorf("first: reused %v, id %d", l.Reused(), l.ID())
		}
		l.Release()
		time.Sleep(time.Second)
		l = w.get(keyA)
		if !l.Reused() || l.ID() != 1 || l.Info().IdleFor != time.Second {
			t.Errorf("second: reused %v, id %d, idle for %v", l.Reused(), l.ID(), l.Info().IdleFor)
		}
		if l.Info().Timing != (Timing{}) {
			t.Errorf("timing of a reused connection: %+v", l.Info().Timing)
		}
		l.Release()
		w.wantLives("1 idle 2")
	})
}

func TestPoolKeysDoNotShare(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		keys := []Key{keyA, keyB, keyA, keyA}
		keys[2].Private = true
		keys[3].Partition = "https://top.test"
		for i, k := range keys {
			l := w.get(k)
			if l.ID() != uint64(i+1) {
				t.Errorf("%v got connection %d of another key", k, l.ID())
			}
			l.Release()
		}
	})
}

func TestPoolNewestUsedFirst(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		ls := w.gets(keyA, 3)
		for n := 4; n <= 5; n++ {
			w.pool.Preconnect(ctxBg, keyA, n, nil)
			w.sleep(time.Second)
		}
		for _, i := range []int{2, 0, 1} { // 2 is the oldest idle, 1 the newest
			ls[i].Release()
			w.sleep(time.Second)
		}
		var got []uint64
		for range 5 {
			got = append(got, w.get(keyA).ID())
		}
		if want := []uint64{2, 1, 3, 4, 5}; !slices.Equal(got, want) {
			t.Errorf("order of connections %v, want %v: newest used, then oldest unused", got, want)
		}
	})
}

func TestPoolLimitPerGroup(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		ls := w.gets(keyA, 6)
		seventh := w.enqueue(ctxBg, "seventh", keyA, Medium)
		w.sleep(time.Minute)
		seventh.want(false)
		if want := []string{"blocked: 6 of 6 connections of this group busy"}; !slices.Equal(seventh.trace, want) {
			t.Errorf("trace %q, want %q", seventh.trace, want)
		}
		other := w.enqueue(ctxBg, "other group", keyB, Medium)
		w.sleep(20 * ms)
		other.want(true)
		ls[3].Release()
		seventh.want(true)
		if seventh.lease.ID() != 4 || !seventh.lease.Reused() || seventh.lease.Info().Blocked == "" {
			t.Errorf("seventh got %+v", seventh.lease.Info())
		}
	})
}

func TestPoolLimitInAll(t *testing.T) {
	inWorld(t, &Pool{MaxTotal: 2}, func(w *world) {
		a, b := w.get(keyA), w.get(keyB)
		low := w.enqueue(ctxBg, "low", keyA, Low)
		high := w.enqueue(ctxBg, "high", keyC, High)
		w.sleep(time.Second)
		low.want(false)
		high.want(false)
		if got := high.trace[0]; got != "blocked: 2 of 2 connections busy" {
			t.Errorf("reason %q", got)
		}
		b.Release() // idle in its group, and closed to make room for the most urgent one
		w.sleep(20 * ms)
		high.want(true)
		low.want(false)
		w.wantLives("1 busy 1", "2 closed 1 by us: idle, and others needed the room", "3 busy 1")
		a.Release() // goes to its own group's waiter
		low.want(true)
	})
}

func TestPoolClosesOldestIdleForRoom(t *testing.T) {
	inWorld(t, &Pool{MaxTotal: 2}, func(w *world) {
		a, b := w.get(keyA), w.get(keyB)
		b.Release()
		w.sleep(time.Second)
		a.Release()
		w.get(keyC)
		w.wantLives("1 idle 1", "2 closed 1 by us: idle, and others needed the room", "3 busy 1")
	})
}

// Requests and connections are bound as late as can be: a request that waits
// for a connect takes what becomes free before, and the connect serves the next.
func TestPoolLateBinding(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		first := w.get(keyA)
		second := w.enqueue(ctxBg, "second", keyA, Medium)
		w.sleep(10 * ms)
		second.want(false)
		first.Release()
		second.want(true)
		if second.lease.ID() != 1 || second.lease.Info().Timing != (Timing{}) {
			t.Errorf("second got %+v", second.lease.Info())
		}
		third := w.enqueue(ctxBg, "third", keyA, Medium) // takes the second's connect
		w.sleep(10 * ms)
		third.want(true)
		info := third.lease.Info()
		if info.ConnID != 2 || info.Reused {
			t.Errorf("third got %+v", info)
		}
		// Half of that connect had passed when it came.
		if got := info.ConnectEnd.Sub(info.ConnectStart); got != 10*ms || !info.ConnectStart.Equal(info.Queued) {
			t.Errorf("third waited %v for the connect, want 10ms from when it was queued", got)
		}
		if len(w.lives()) != 2 {
			t.Errorf("records %q, want two connections", w.lives())
		}
	})
}

func TestPoolUnwantedConnectBecomesIdle(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		ctx, cancel := context.WithCancelCause(ctxBg)
		v := w.enqueue(ctx, "canceled", keyA, Medium)
		w.sleep(10 * ms)
		cancel(errOop)
		v.want(true)
		if !errors.Is(v.err, context.Canceled) || !errors.Is(v.err, errOop) {
			t.Errorf("error %v, want Canceled and its cause", v.err)
		}
		w.sleep(10 * ms)
		w.wantLives("1 idle 0")
		if l := w.get(keyA); l.ID() != 1 || l.Reused() {
			t.Errorf("got %+v", l.Info())
		}
	})
}

func TestPoolQueueOrder(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		l := w.get(keyA)
		var vs []*waiter
		for i, p := range []Priority{Low, Medium, VeryHigh, Medium, VeryLow, High, VeryHigh} {
			vs = append(vs, w.enqueue(ctxBg, fmt.Sprintf("%d %v", i, p), keyA, p))
			w.sleep(ms)
		}
		vs[4].ticket.SetPriority(High)     // older ones of its new priority stay before it
		vs[2].ticket.SetPriority(VeryLow)  // last
		vs[0].ticket.SetPriority(VeryHigh) // oldest of the first
		var got []string
		for range vs {
			l.Release()
			w.settle()
			i := slices.IndexFunc(vs, func(v *waiter) bool { return v.done && !slices.Contains(got, v.name) })
			if i < 0 {
				w.Fatalf("nobody was served after %q", got)
			}
			got = append(got, vs[i].name)
			l = vs[i].lease
		}
		want := "0 Low, 6 VeryHigh, 4 VeryLow, 5 High, 1 Medium, 3 Medium, 2 VeryHigh"
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("served %s\nwant   %s", s, want)
		}
	})
}

func TestPoolPriorityTakesConnectOfOther(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		low := w.enqueue(ctxBg, "low", keyA, Low)
		w.sleep(10 * ms)
		high := w.enqueue(ctxBg, "high", keyA, High)
		w.sleep(10 * ms)
		high.want(true)
		low.want(false)
		high.lease.Release()
		low.want(true)
		// It did not wait for others when it came, but then it did.
		if got, want := low.trace[len(low.trace)-2], "blocked: 1 of 1 connections of this group busy"; got != want || low.lease.Info().Blocked == "" {
			t.Errorf("trace %q, want %q in it; info %+v", low.trace, want, low.lease.Info())
		}
	})
}

func TestPoolFailedConnectFailsFirst(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 2}, func(w *world) {
		k := Key{Scheme: "http", Host: "a.test", Port: 81}
		var vs []*waiter
		for i := range 5 {
			vs = append(vs, w.enqueue(ctxBg, fmt.Sprint(i), k, Medium))
		}
		high := w.enqueue(ctxBg, "high", k, High)
		w.sleep(20 * ms) // two connects fail
		high.want(true)
		vs[0].want(true)
		vs[1].want(false)
		var de *DialError
		if !errors.As(high.err, &de) || len(de.Attempts) != 1 || de.Host != "a.test" {
			t.Errorf("error %v, want a DialError with one attempt", high.err)
		}
		w.sleep(40 * ms)
		for _, v := range vs {
			v.want(true)
		}
		if got := len(w.net.Dials()); got != 6 {
			t.Errorf("%d dials, want one for each request", got)
		}
	})
}

func TestPoolTotalLimitSurvivesFailures(t *testing.T) {
	inWorld(t, &Pool{MaxTotal: 1}, func(w *world) {
		bad := Key{Scheme: "http", Host: "a.test", Port: 81}
		v1 := w.enqueue(ctxBg, "fails", bad, Medium)
		v2 := w.enqueue(ctxBg, "good", keyB, Medium)
		w.sleep(20 * ms)
		v1.want(true)
		v2.want(false)
		w.sleep(20 * ms)
		v2.want(true)
	})
}

func TestPoolIdleTimeouts(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		w.pool.Preconnect(ctxBg, keyB, 1, nil)
		w.sleep(20 * ms)
		w.get(keyA).Release() // used, idle from 40 ms on
		w.sleep(60*time.Second - 20*ms - 1)
		w.wantLives("1 idle 0", "2 idle 1")
		w.sleep(1)
		w.wantLives("1 closed 0 by us: idle for 1m0s", "2 idle 1")
		w.sleep(20*ms + 240*time.Second - 1)
		w.wantLives("1 closed 0 by us: idle for 1m0s", "2 idle 1")
		w.sleep(1)
		w.wantLives("1 closed 0 by us: idle for 1m0s", "2 closed 1 by us: idle for 5m0s")
		if r, ok := w.pool.Record(2); !ok || r.Closed.Sub(w.start) != 40*ms+300*time.Second {
			t.Errorf("closed at %v", r.Closed.Sub(w.start))
		}
	})
}

func TestPoolIdleTimeoutCountsFromLastUse(t *testing.T) {
	inWorld(t, &Pool{IdleTimeout: 10 * time.Second}, func(w *world) {
		w.get(keyA).Release()
		for range 5 {
			w.sleep(9 * time.Second)
			w.get(keyA).Release()
		}
		w.sleep(10*time.Second - 1)
		w.wantLives("1 idle 6")
		w.sleep(1)
		w.wantLives("1 closed 6 by us: idle for 10s")
	})
}

func TestPoolNegativeTimeoutKeepsNothing(t *testing.T) {
	inWorld(t, &Pool{IdleTimeout: -1}, func(w *world) {
		w.get(keyA).Release()
		w.wantLives("1 closed 1 by us: idle connections are not kept")
	})
}

func TestPoolDiscardMakesRoom(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		l := w.get(keyA)
		v := w.enqueue(ctxBg, "next", keyA, Medium)
		w.sleep(time.Second)
		l.Discard(errOop)
		w.sleep(20 * ms)
		v.want(true)
		if v.lease.ID() != 2 || v.lease.Reused() {
			t.Errorf("got %+v", v.lease.Info())
		}
		w.wantLives("1 closed 1 by us: oops", "2 busy 1")
		l.Discard(errOop) // too late: without effect
		l.Release()
		w.wantLives("1 closed 1 by us: oops", "2 busy 1")
	})
}

func TestPoolPreconnect(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 3, MaxTotal: 4}, func(w *world) {
		w.pool.Preconnect(ctxBg, keyA, 2, nil)
		w.pool.Preconnect(ctxBg, keyA, 2, nil) // has two already
		if got := w.pool.size(); got != 2 {
			t.Errorf("%d connects, want 2", got)
		}
		v := w.enqueue(ctxBg, "request", keyA, Medium) // uses one of them
		if v.trace != nil {
			t.Errorf("trace %q, want nothing: a connect is under way", v.trace)
		}
		w.sleep(10 * ms)
		w.pool.Preconnect(ctxBg, keyA, 9, nil)
		w.pool.Preconnect(ctxBg, keyB, 9, nil)
		if got := w.pool.size(); got != 4 {
			t.Errorf("%d connects, want 4: the limits hold", got)
		}
		w.sleep(20 * ms)
		v.want(true)
		if v.lease.ID() != 1 && v.lease.ID() != 2 {
			t.Errorf("got connection %d", v.lease.ID())
		}
	})
}

func TestEnqueueTicketIsNilWhenServed(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		w.get(keyA).Release()
		v := w.enqueue(ctxBg, "served", keyA, Medium)
		if v.ticket != nil || !v.done {
			t.Errorf("ticket %v, done %v", v.ticket, v.done)
		}
		v.ticket.SetPriority(High)
		v.ticket.Cancel()
		bad := w.enqueue(ctxBg, "bad key", Key{Scheme: "http", Host: "a.test"}, Medium)
		if !bad.done || bad.err == nil {
			t.Error("a key without a port was accepted")
		}
	})
}

func TestTicketCancel(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		l := w.get(keyA)
		a := w.enqueue(ctxBg, "a", keyA, Medium)
		b := w.enqueue(ctxBg, "b", keyA, Medium)
		a.ticket.Cancel()
		if !a.done || !errors.Is(a.err, context.Canceled) {
			t.Errorf("done %v, error %v", a.done, a.err)
		}
		a.ticket.Cancel()
		l.Release()
		b.want(true)
		b.ticket.Cancel()
		if b.err != nil {
			t.Errorf("cancel after it was served: %v", b.err)
		}
	})
}

func TestGetEndsWithContext(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		w.get(keyA)
		ctx, cancel := context.WithTimeout(ctxBg, time.Second)
		defer cancel()
		_, err := w.pool.Get(ctx, Request{Key: keyA})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		if got := time.Since(w.start); got != 1020*ms {
			t.Errorf("returned at %v", got)
		}
		if _, err := w.pool.Get(ctx, Request{Key: keyB}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with an ended context: %v", err)
		}
	})
}

func TestTraceOfFreshConnection(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		w.pool.Dialer.Resolver = slow{w.pool.Dialer.Resolver, 5 * ms}
		v := w.enqueue(ctxBg, "v", keyA, Medium)
		w.sleep(time.Second)
		want := []string{"resolve a.test", "connect 192.0.2.1:80", "connected 192.0.2.1:80: <nil>", "got 1 reused false"}
		if !slices.Equal(v.trace, want) {
			t.Errorf("trace %q\nwant  %q", v.trace, want)
		}
		i := v.lease.Info()
		for _, c := range []struct {
			what string
			got  time.Time
			want time.Duration
		}{
			{"Queued", i.Queued, 0}, {"DNSStart", i.DNSStart, 0}, {"DNSEnd", i.DNSEnd, 5 * ms},
			{"ConnectStart", i.ConnectStart, 5 * ms}, {"ConnectEnd", i.ConnectEnd, 25 * ms}, {"Ready", i.Ready, 25 * ms},
		} {
			if got := c.got.Sub(w.start); got != c.want {
				t.Errorf("%s at %v, want %v", c.what, got, c.want)
			}
		}
		if i.DNS.Name != "a.test" || v.lease.RemoteAddr() != addr1 || !v.lease.LocalAddr().IsValid() {
			t.Errorf("info %+v", i)
		}
	})
}

// Who asks and who gives back may have read the clock before they come to the pool, in another order than they come.
func TestPoolClocksOfCallers(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		l := w.get(keyA)
		before := time.Now()
		w.sleep(ms)
		made := time.Now()
		w.sleep(ms)
		var got *Lease
		w.pool.Enqueue(ctxBg, Request{Key: keyA, Made: made}, func(l *Lease, err error) { got = l })
		l.ReleaseAt(before)
		if i := got.Info(); !i.Queued.Equal(made) || !i.Ready.Equal(made) {
			t.Errorf("queued %v, ready %v; want both when it was made, %v", i.Queued.Sub(made), i.Ready.Sub(made), made)
		}
		got.Release()
		w.sleep(time.Second)
		if l, err := w.pool.Get(ctxBg, Request{Key: keyA, Made: made}); err != nil || l.Info().IdleFor != 0 || !l.LayIdle() {
			t.Errorf("%v; idle for %v, want 0 for a request that was made before", err, l.Info().IdleFor)
		} else {
			l.Release()
		}
	})
}
