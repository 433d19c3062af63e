package waterfall

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// times returns Times in which nothing happened but what set sets.
func times(set func(t *Times)) Times {
	t := NoTimes()
	set(&t)
	return t
}

func request(start time.Duration, t Times) Request {
	return Request{Start: start, Started: start, Exchange: Exchange{Times: t}}
}

func TestPhases(t *testing.T) {
	tests := []struct {
		name string
		r    Request
		want Phases
	}{
		{"fresh connection with TLS", request(10*ms, times(func(t *Times) {
			t.Queued, t.DNSStart, t.DNSEnd, t.ConnectStart, t.TLSStart, t.TLSEnd = 10*ms, 12*ms, 32*ms, 32*ms, 52*ms, 92*ms
			t.ConnectEnd, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 92*ms, 92*ms, 93*ms, 143*ms, 143*ms, 163*ms
		})), Phases{Blocked: 2 * ms, DNS: 20 * ms, Connect: 60 * ms, SSL: 40 * ms, Send: 1 * ms, Wait: 50 * ms, Receive: 20 * ms, Total: 153 * ms}},
		{"fresh connection, no TLS, an address for a name", request(0, times(func(t *Times) {
			t.ConnectStart, t.ConnectEnd, t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 5*ms, 5*ms, 5*ms, 9*ms, 10*ms
		})), Phases{DNS: None, Connect: 5 * ms, SSL: None, Wait: 4 * ms, Receive: 1 * ms, Total: 10 * ms}},
		{"name from the browser's own cache takes no time", request(0, times(func(t *Times) {
			t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd, t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 0, 0, 5*ms, 5*ms, 5*ms, 9*ms, 10*ms
		})), Phases{DNS: 0, Connect: 5 * ms, SSL: None, Wait: 4 * ms, Receive: 1 * ms, Total: 10 * ms}},
		{"reused", request(5*ms, times(func(t *Times) {
			t.Queued, t.SendStart, t.SendEnd, t.FirstByte, t.End = 5*ms, 25*ms, 26*ms, 40*ms, 41*ms
		})), Phases{Blocked: 20 * ms, DNS: None, Connect: None, SSL: None, Send: 1 * ms, Wait: 14 * ms, Receive: 1 * ms, Total: 36 * ms}},
		{"held by the page, then by the pool", Request{Start: 0, Started: 30 * ms, Exchange: Exchange{Times: times(func(t *Times) {
			t.Queued, t.SendStart, t.SendEnd, t.FirstByte, t.End = 30*ms, 50*ms, 50*ms, 60*ms, 60*ms
		})}}, Phases{Blocked: 50 * ms, Queueing: 30 * ms, DNS: None, Connect: None, SSL: None, Wait: 10 * ms, Total: 60 * ms}},
		{"name resolved, then the six connections were busy", request(0, times(func(t *Times) {
			t.DNSStart, t.DNSEnd, t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 5*ms, 205*ms, 205*ms, 215*ms, 216*ms
		})), Phases{Blocked: 200 * ms, DNS: 5 * ms, Connect: None, SSL: None, Wait: 10 * ms, Receive: 1 * ms, Total: 216 * ms}},
		{"preconnect was under way", request(50*ms, times(func(t *Times) {
			t.DNSStart, t.DNSEnd, t.ConnectStart, t.TLSStart, t.TLSEnd, t.ConnectEnd = 10*ms, 30*ms, 30*ms, 45*ms, 60*ms, 60*ms
			t.SendStart, t.SendEnd, t.FirstByte, t.End = 60*ms, 60*ms, 70*ms, 70*ms
		})), Phases{DNS: None, Connect: 10 * ms, SSL: 10 * ms, Wait: 10 * ms, Total: 20 * ms}},
		{"preconnect was done", request(50*ms, times(func(t *Times) {
			t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd = 10*ms, 20*ms, 20*ms, 50*ms
			t.SendStart, t.SendEnd, t.FirstByte, t.End = 51*ms, 51*ms, 70*ms, 70*ms
		})), Phases{Blocked: 1 * ms, DNS: None, Connect: None, SSL: None, Wait: 19 * ms, Total: 20 * ms}},
		{"another request's connection came ready while its own was opened", request(0, times(func(t *Times) {
			t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd, t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 5*ms, 5*ms, 90*ms, 30*ms, 31*ms, 40*ms, 41*ms
		})), Phases{DNS: 5 * ms, Connect: 25 * ms, SSL: None, Send: 1 * ms, Wait: 9 * ms, Receive: 1 * ms, Total: 41 * ms}},
		{"another request took its connection", request(0, times(func(t *Times) {
			t.ConnectStart, t.ConnectEnd, t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 10*ms, 30*ms, 30*ms, 40*ms, 40*ms
		})), Phases{Blocked: 20 * ms, DNS: None, Connect: 10 * ms, SSL: None, Wait: 10 * ms, Total: 40 * ms}},
		{"lookup failed", request(0, times(func(t *Times) { t.DNSStart, t.End = 2*ms, 20*ms })),
			Phases{Blocked: 2 * ms, DNS: 18 * ms, Connect: None, SSL: None, Total: 20 * ms}},
		{"connect failed", request(0, times(func(t *Times) { t.DNSStart, t.DNSEnd, t.ConnectStart, t.End = 0, 2*ms, 2*ms, 20*ms })),
			Phases{DNS: 2 * ms, Connect: 18 * ms, SSL: None, Total: 20 * ms}},
		{"handshake failed", request(0, times(func(t *Times) { t.ConnectStart, t.TLSStart, t.End = 0, 5*ms, 20*ms })),
			Phases{DNS: None, Connect: 20 * ms, SSL: 15 * ms, Total: 20 * ms}},
		{"refused before it was sent", request(3*ms, times(func(t *Times) { t.End = 3 * ms })),
			Phases{DNS: None, Connect: None, SSL: None}},
		{"cancelled in the queue", Request{Start: 0, Started: None, Exchange: Exchange{Times: times(func(t *Times) { t.End = 30 * ms })}},
			Phases{Blocked: 30 * ms, DNS: None, Connect: None, SSL: None, Total: 30 * ms}},
		{"from the cache", Request{Start: 0, Started: 2 * ms, Exchange: Exchange{Times: times(func(t *Times) { t.Queued, t.FirstByte, t.End = 2*ms, 3*ms, 5*ms })}},
			Phases{Blocked: 2 * ms, Queueing: 2 * ms, DNS: None, Connect: None, SSL: None, Wait: 1 * ms, Receive: 2 * ms, Total: 5 * ms}},
		{"cut off while sending", request(0, times(func(t *Times) { t.SendStart, t.End = 1*ms, 10*ms })),
			Phases{Blocked: 1 * ms, DNS: None, Connect: None, SSL: None, Send: 9 * ms, Total: 10 * ms}},
		{"cut off while waiting", request(0, times(func(t *Times) { t.SendStart, t.SendEnd, t.End = 1*ms, 2*ms, 10*ms })),
			Phases{Blocked: 1 * ms, DNS: None, Connect: None, SSL: None, Send: 1 * ms, Wait: 8 * ms, Total: 10 * ms}},
		{"early answer to a long body", request(0, times(func(t *Times) { t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 9*ms, 5*ms, 10*ms })),
			Phases{DNS: None, Connect: None, SSL: None, Send: 9 * ms, Receive: 1 * ms, Total: 10 * ms}},
		{"still receiving", request(0, times(func(t *Times) { t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd = 0, 1*ms, 5*ms, 6*ms })),
			Phases{DNS: None, Connect: None, SSL: None, Send: 1 * ms, Wait: 5 * ms, Total: 6 * ms}},
		{"early hints", request(0, times(func(t *Times) { t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 0, 1*ms, 5*ms, 90*ms, 95*ms })),
			Phases{DNS: None, Connect: None, SSL: None, Send: 1 * ms, Wait: 89 * ms, Receive: 5 * ms, Total: 95 * ms}},
		{"cut off within the head", request(0, times(func(t *Times) { t.SendStart, t.SendEnd, t.FirstByte, t.End = 0, 1*ms, 5*ms, 95*ms })),
			Phases{DNS: None, Connect: None, SSL: None, Send: 1 * ms, Wait: 4 * ms, Receive: 90 * ms, Total: 95 * ms}},
		{"only made", request(5*ms, NoTimes()), Phases{DNS: None, Connect: None, SSL: None}},
		{"no time at all", Request{Start: None, Started: None, Exchange: Exchange{Times: NoTimes()}}, Phases{DNS: None, Connect: None, SSL: None}},
		{"boundaries are rounded once", request(1999, times(func(t *Times) {
			t.SendStart, t.SendEnd, t.FirstByte, t.End = 2999, 3999, 4999, 5999
		})), Phases{Blocked: 1000, DNS: None, Connect: None, SSL: None, Send: 1000, Wait: 1000, Receive: 1000, Total: 4000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.r.Phases(); got != tt.want {
				t.Errorf("Phases() =\n%+v, want\n%+v", got, tt.want)
			}
			checkSpans(t, &tt.r)
		})
	}
}

func TestSpansKeepTimeOfDay(t *testing.T) {
	r := request(10*ms, times(func(t *Times) {
		t.DNSStart, t.DNSEnd, t.ConnectStart, t.TLSStart, t.TLSEnd, t.ConnectEnd = 12*ms, 20*ms, 50*ms, 60*ms, 70*ms, 75*ms
		t.SendStart, t.SendEnd, t.FirstByte, t.End = 75*ms, 75*ms, 90*ms, 95*ms
	}))
	want := []Span{{PhaseBlocked, 10 * ms, 12 * ms}, {PhaseDNS, 12 * ms, 20 * ms}, {PhaseBlocked, 20 * ms, 50 * ms},
		{PhaseConnect, 50 * ms, 60 * ms}, {PhaseSSL, 60 * ms, 70 * ms}, {PhaseConnect, 70 * ms, 75 * ms},
		{PhaseSend, 75 * ms, 75 * ms}, {PhaseWait, 75 * ms, 90 * ms}, {PhaseReceive, 90 * ms, 95 * ms}}
	if got := r.Spans(); !slices.Equal(got, want) {
		t.Errorf("Spans() = %v, want %v", got, want)
	}
}

// checkSpans checks what holds for the spans and phases of any request at all.
func checkSpans(t *testing.T, r *Request) {
	t.Helper()
	p := r.Phases()
	var sum time.Duration
	for _, d := range []time.Duration{p.Blocked, p.DNS, p.Connect, p.Send, p.Wait, p.Receive} {
		if d != None {
			if d < 0 || d%time.Microsecond != 0 {
				t.Errorf("%+v: a part of %+v is negative or no whole microseconds", r.Times, p)
			}
			sum += d
		}
	}
	if sum != p.Total {
		t.Errorf("%+v: parts of %+v add up to %v", r.Times, p, sum)
	}
	if p.SSL != None && (p.Connect == None || p.SSL > p.Connect || p.SSL < 0) {
		t.Errorf("%+v: ssl %v is not within connect %v", r.Times, p.SSL, p.Connect)
	}
	if p.Queueing < 0 || p.Queueing > p.Blocked {
		t.Errorf("%+v: queueing %v is not within blocked %v", r.Times, p.Queueing, p.Blocked)
	}
	at := micro(r.Start)
	if r.Start == None {
		at = 0
	}
	begin := at
	spans := r.Spans()
	for i, s := range spans {
		if s.From != at || s.To < s.From || i > 0 && s.Phase == spans[i-1].Phase {
			t.Errorf("%+v: spans %v do not touch each other at %d", r.Times, spans, i)
		}
		at = s.To
	}
	if end := r.Times.End; end != None && at != max(begin, micro(end)) {
		t.Errorf("%+v: spans %v end at %v, not %v", r.Times, spans, at, end)
	}
}

func TestSpansOfRandomTimes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func() time.Duration {
		if rnd.IntN(3) == 0 {
			return None
		}
		return time.Duration(rnd.IntN(40_000_000) - 10_000_000)
	}
	for range 20_000 {
		r := Request{Start: pick(), Started: pick(), Exchange: Exchange{Times: Times{
			pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick()}}}
		checkSpans(t, &r)
		if t.Failed() {
			return
		}
	}
}

func FuzzPhases(f *testing.F) {
	none := int64(None)
	f.Add(int64(0), int64(0), none, none, none, none, none, none, int64(1), int64(2), int64(3), int64(4))
	f.Add(int64(10), int64(20), int64(30), int64(40), int64(50), int64(90), int64(60), int64(80), int64(90), int64(95), int64(100), int64(200))
	f.Add(int64(1<<63-1), int64(-1<<63+1), none, int64(5), none, none, none, none, none, none, none, int64(1<<63-1))
	f.Fuzz(func(t *testing.T, start, started, dns, dnsEnd, connect, connectEnd, tls, tlsEnd, send, sendEnd, first, end int64) {
		d := func(x int64) time.Duration { return time.Duration(x) }
		r := Request{Start: d(start), Started: d(started), Exchange: Exchange{Times: Times{
			None, d(dns), d(dnsEnd), d(connect), d(connectEnd), d(tls), d(tlsEnd), d(send), d(sendEnd), d(first), None, d(end)}}}
		checkSpans(t, &r)
	})
}

func BenchmarkPhases(b *testing.B) {
	r := request(10*ms, times(func(t *Times) {
		t.DNSStart, t.DNSEnd, t.ConnectStart, t.TLSStart, t.TLSEnd, t.ConnectEnd = 12*ms, 20*ms, 50*ms, 60*ms, 70*ms, 75*ms
		t.SendStart, t.SendEnd, t.FirstByte, t.End = 75*ms, 75*ms, 90*ms, 95*ms
	}))
	b.ReportAllocs()
	for b.Loop() {
		r.Phases()
	}
}
