package exchange_test

import (
	"crypto/tls"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/internal/exchange"
)

// secure returns a server over TLS in memory and how to reach it.
func secure(t *testing.T) (*wire, exchange.To) {
	theirs, ours := certificate(t, "dns.test")
	to := server
	to.TLS = ours
	return &wire{answer: always(func(*dns.Msg) {}), tls: theirs}, to
}

func TestTLSIsUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, to := secure(t)
		c := exchange.Client{Dial: w.dial}
		defer c.CloseIdle()
		for i := range 3 {
			r := c.Ask(ctx, to, question(t, "a.test"), nil)
			if describe(r) != "tls NOERROR 1" || r.Reused != (i > 0) {
				t.Errorf("question %d: %s, reused %v", i, describe(r), r.Reused)
			}
			time.Sleep(5 * time.Second)
		}
		time.Sleep(10 * time.Second) // over the limit for idle ones
		if r := c.Ask(ctx, to, question(t, "a.test"), nil); r.Reused || r.Err != nil || w.dials != 2 {
			t.Errorf("after a long time: %s, reused %v, %d dials, want a new connection", describe(r), r.Reused, w.dials)
		}
		for _, n := range w.sizes {
			if n%128 != 0 {
				t.Errorf("questions of %d octets, want multiples of 128", w.sizes)
				break
			}
		}
	})
}

// Over sockets, where a server's goodbye waits in the kernel until the connection is wanted again.
func TestTLSClosedMeanwhile(t *testing.T) {
	w, to := secure(t)
	w.once = true
	to.Addr = w.listen(t)
	var c exchange.Client
	defer c.CloseIdle()
	for i := range 3 {
		if r := c.Ask(ctx, to, question(t, "a.test"), nil); describe(r) != "tls NOERROR 1" || r.Reused {
			t.Errorf("question %d: %s, reused %v, want a new connection", i, describe(r), r.Reused)
		}
	}
}

func TestTLSKeepsFew(t *testing.T) {
	w, to := secure(t)
	var asking sync.WaitGroup
	w.answer = func(_ string, q *dns.Msg) []*dns.Msg {
		asking.Done()
		asking.Wait() // until all have a connection
		return []*dns.Msg{address(q)}
	}
	c := exchange.Client{Dial: w.dial}
	defer c.CloseIdle()
	for range 2 {
		done := make(chan exchange.Result)
		asking.Add(5)
		for range 5 {
			go func() { done <- c.Ask(ctx, to, question(t, "a.test"), nil) }()
		}
		for range 5 {
			if r := <-done; r.Err != nil {
				t.Error(r.Err)
			}
		}
	}
	if w.dials != 8 {
		t.Errorf("%d connections for two times five questions at once, want 8: two are kept", w.dials)
	}
}

func TestTLSRefusesCertificates(t *testing.T) {
	w, to := secure(t)
	to.TLS = to.TLS.Clone()
	to.TLS.ServerName = "other.test"
	c := exchange.Client{Dial: w.dial}
	r := c.Ask(ctx, to, question(t, "a.test"), nil)
	var wrong *tls.CertificateVerificationError
	if r.Msg != nil || !errors.As(r.Err, &wrong) {
		t.Errorf("other name: %v, want a certificate error", r.Err)
	}
}

func TestTLSNeverFallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, to := secure(t)
		w.answer = func(string, *dns.Msg) []*dns.Msg { return nil }
		c := exchange.Client{Dial: w.dial}
		start := time.Now()
		var how []string
		r := c.Ask(ctx, to, question(t, "a.test"), func(r exchange.Result) { how = append(how, r.Transport) })
		if !exchange.IsTimeout(r.Err) || strings.Join(how, " ") != "tls" || time.Since(start) != exchange.DefaultTimeout {
			t.Errorf("silence: %v over %v after %v", r.Err, how, time.Since(start))
		}
	})
}
