package conn

import (
	"context"
	"errors"
	"testing"
	"time"
)

// byHost sends the hosts of a table through proxies, others directly.
func byHost(table map[string]*Proxy) func(context.Context, Key) (*Proxy, error) {
	return func(_ context.Context, k Key) (*Proxy, error) {
		if k.Host == "fails.test" {
			return nil, errOop
		}
		return table[k.Host], nil
	}
}

func TestProxiesHaveBoundsOfTheirOwn(t *testing.T) {
	one := &Proxy{Scheme: "http", Host: "192.0.2.1", Port: 80}
	two := &Proxy{Scheme: "http", Host: "192.0.2.1", Port: 80, Username: "two"}
	p := &Pool{MaxTotal: 2, MaxPerProxy: 3, Dialer: Dialer{Proxy: byHost(map[string]*Proxy{"b.test": one, "c.test": one, "d.test": two})}}
	inWorld(t, p, func(w *world) {
		keyD := Key{Scheme: "http", Host: "d.test", Port: 80}
		direct := w.gets(keyA, 2)
		b := w.gets(keyB, 3)
		c := w.enqueue(ctxBg, "c", keyC, Medium)
		if got, want := c.trace[0], "blocked: 3 of 3 connections through proxy http://192.0.2.1:80 busy"; got != want {
			t.Errorf("reason %q, want %q", got, want)
		}
		w.gets(keyD, 3) // the same proxy as somebody else
		more := w.enqueue(ctxBg, "direct", keyA, Medium)
		if got := more.trace[0]; got != "blocked: 2 of 2 connections busy" {
			t.Errorf("reason %q", got)
		}
		direct[0].Release() // no room for the proxy's
		more.want(true)
		w.sleep(time.Second)
		c.want(false)
		more.lease.Release()
		w.sleep(time.Second)
		c.want(false)
		b[1].Release() // closed to make room in its own way
		w.sleep(20 * ms)
		c.want(true)
		if i := c.lease.Info(); i.Proxy == nil || *i.Proxy != *one || i.Blocked == "" {
			t.Errorf("got %+v", i)
		}
		if r, _ := p.Record(b[1].ID()); r.State != StateClosed || r.Reason != errRoom {
			t.Errorf("%v: %v", r.State, r.Reason)
		}
	})
	if len(p.proxied) != 0 {
		t.Errorf("%d ways are kept", len(p.proxied))
	}
}

// The proxy that a request is sent through is part of what may be shared.
func TestProxyIsPartOfTheGroup(t *testing.T) {
	one := &Proxy{Scheme: "http", Host: "192.0.2.1", Port: 80}
	table := map[string]*Proxy{"a.test": one}
	inWorld(t, &Pool{Dialer: Dialer{Proxy: byHost(table)}}, func(w *world) {
		l := w.get(keyA)
		l.Release()
		delete(table, "a.test") // a rotating proxy, say
		if l = w.get(keyA); l.ID() != 2 || l.Proxy() != nil {
			t.Errorf("got connection %d, proxy %v", l.ID(), l.Proxy())
		}
		table["a.test"] = &Proxy{Scheme: "http", Host: "192.0.2.1", Port: 80} // equal, not the same
		if l = w.get(keyA); l.ID() != 1 || *l.Proxy() != *one {
			t.Errorf("got connection %d, proxy %v", l.ID(), l.Proxy())
		}
		l.Release()
		w.sleep(300 * time.Second)
		if n := len(w.pool.proxied); n != 0 {
			t.Errorf("%d ways are kept", n)
		}
	})
}

func TestProxyDefaultBound(t *testing.T) {
	p := &Pool{MaxPerHost: -1, Dialer: Dialer{Proxy: FixedProxy(Proxy{Scheme: "http", Host: "192.0.2.1", Port: 80})}}
	inWorld(t, p, func(w *world) {
		w.net.Backlog = 200
		vs := w.enqueueN(keyA, 129)
		w.sleep(time.Second)
		if n := served(vs); n != 128 {
			t.Errorf("%d served, want 128", n)
		}
	})
}

func TestPoolProxyFunctionFails(t *testing.T) {
	inWorld(t, &Pool{Dialer: Dialer{Proxy: byHost(nil)}}, func(w *world) {
		bad := Key{Scheme: "http", Host: "fails.test", Port: 80}
		if _, err := w.pool.Get(ctxBg, Request{Key: bad}); !errors.Is(err, errOop) {
			t.Errorf("error %v", err)
		}
		w.pool.Preconnect(ctxBg, bad, 1, nil)
		v := w.enqueue(ctxBg, "v", bad, Medium)
		if !v.done || !errors.Is(v.err, errOop) || v.ticket != nil {
			t.Errorf("done %v, error %v", v.done, v.err)
		}
		w.wantLives()
	})
}
