package conn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest"
)

func TestCloseIdle(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		ls := w.gets(keyA, 2)
		ls[0].Release()
		w.pool.Preconnect(ctxBg, keyB, 1, nil)
		w.sleep(time.Second)
		w.pool.CloseIdle()
		w.wantLives("1 closed 1 by us: CloseIdle", "2 busy 1", "3 closed 0 by us: CloseIdle")
		ls[1].Release()
		w.get(keyA)
	})
}

func TestCloseWaitsForLeases(t *testing.T) {
	inWorld(t, &Pool{MaxPerHost: 1}, func(w *world) {
		w.get(keyB).Release()
		l := w.get(keyA)
		waiting := w.enqueue(ctxBg, "waiting", keyA, Medium)
		connecting := w.enqueue(ctxBg, "connecting", keyC, Medium)
		closed := make(chan error, 1)
		go func() { closed <- w.pool.Close(ctxBg) }()
		waiting.want(true)
		connecting.want(true)
		for _, v := range []*waiter{waiting, connecting} {
			if !errors.Is(v.err, ErrPoolClosed) {
				t.Errorf("%s: %v", v.name, v.err)
			}
		}
		if _, err := w.pool.Get(ctxBg, Request{Key: keyA}); err != ErrPoolClosed {
			t.Errorf("Get after Close: %v", err)
		}
		w.pool.Preconnect(ctxBg, keyA, 1, nil)
		w.sleep(time.Minute)
		select {
		case err := <-closed:
			w.Fatalf("Close returned %v while a connection was in use", err)
		default:
		}
		l.Release()
		w.settle()
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
		w.wantLives("1 closed 1 by us: conn: pool is closed", "2 closed 1 by us: conn: pool is closed",
			"3 closed 0 by nobody: conn: pool is closed")
		if err := w.pool.Close(ctxBg); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestCloseForced(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		l := w.get(keyA)
		ctx, cancel := context.WithTimeout(ctxBg, time.Second)
		defer cancel()
		err := w.pool.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 connections were in use") {
			t.Errorf("Close: %v", err)
		}
		if _, err := l.Conn().Write([]byte("x")); err == nil {
			t.Error("the connection is open")
		}
		w.wantLives("1 closed 1 by us: pool closed while in use")
		l.Release()
		w.wantLives("1 closed 1 by us: pool closed while in use")
	})
}

func TestCloseZeroPool(t *testing.T) {
	var p Pool
	p.CloseIdle()
	if err := p.Close(ctxBg); err != nil {
		t.Error(err)
	}
	if r := p.Records(); len(r) != 0 {
		t.Errorf("records %v", r)
	}
}

func TestRecordsAreBounded(t *testing.T) {
	inWorld(t, &Pool{MaxRecords: 3, IdleTimeout: -1}, func(w *world) {
		for range 5 {
			w.get(keyA).Release()
		}
		l := w.get(keyA)
		var got []uint64
		for _, r := range w.pool.Records() {
			got = append(got, r.ID)
		}
		if want := []uint64{3, 4, 5, 6}; !slices.Equal(got, want) {
			t.Errorf("records of %v, want %v", got, want)
		}
		if _, ok := w.pool.Record(2); ok {
			t.Error("record 2 is still there")
		}
		if r, ok := w.pool.Record(6); !ok || r.State != StateBusy {
			t.Errorf("record 6: %+v", r)
		}
		l.Release()
	})
	inWorld(t, &Pool{MaxRecords: -1}, func(w *world) {
		w.get(keyA).Discard(nil)
		if r := w.pool.Records(); len(r) != 0 {
			t.Errorf("records %v, want none", r)
		}
	})
}

func TestRecordOfALife(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		l := w.get(keyA)
		l.Conn().Write([]byte("hello"))
		w.sleep(time.Second)
		l.Discard(errOop)
		r, ok := w.pool.Record(1)
		if !ok {
			w.Fatal("no record")
		}
		at := func(t time.Time) string { return t.Sub(w.start).String() }
		got := fmt.Sprintln(r.Key, r.Remote, r.Proto, r.Requests, at(r.Started), at(r.ConnectStart), at(r.ConnectEnd),
			at(r.Opened), at(r.Closed), r.By, r.Reason, r.Sent, r.Received, len(r.Attempts), r.DNS.Name)
		want := fmt.Sprintln(keyA, addr1, "http/1.1", 1, "0s", "0s", "20ms", "20ms", "1.02s", "us", "oops", 5, 0, 1, "a.test")
		if got != want {
			t.Errorf("record\n %s\nwant\n %s", got, want)
		}
	})
}

func TestEvents(t *testing.T) {
	var got []string
	p := &Pool{}
	p.OnEvent = func(e Event) {
		s := fmt.Sprintf("%d %v", e.ConnID, e.Kind)
		if e.Err != nil {
			s += ": " + e.Err.Error()
		}
		got = append(got, s)
		p.Record(e.ConnID) // may call the pool
	}
	inWorld(t, p, func(w *world) {
		w.get(keyA).Release()
		w.pool.Preconnect(ctxBg, keyB, 1, nil)
		w.sleep(time.Second)
		w.get(keyA).Discard(errOop)
		w.net.SetRule(addr1, conntest.Rule{Refuse: true})
		w.pool.Get(ctxBg, Request{Key: keyA})
		w.pool.CloseIdle()
		w.settle()
	})
	want := []string{
		"1 connecting", "1 opened", "1 busy", "1 idle", "2 connecting", "2 opened", "2 idle", "1 busy", "1 closing: oops", "1 closed: oops",
		"3 connecting", "3 failed: conn: connect to a.test: 192.0.2.1:80: connection refused (after 20ms)",
		"2 closing: CloseIdle", "2 closed: CloseIdle",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
}
