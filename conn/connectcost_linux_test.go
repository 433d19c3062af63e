package conn

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// cpuTime returns what the process has used, of both ends of its connections.
func cpuTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// medianRatio returns the median of the ratios of each round.
func medianRatio(of, to []float64) float64 {
	var list []float64
	for i := range of {
		list = append(list, of[i]/to[i])
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// The promise: opening and closing a connection takes at most 1.2 times what
// net.Dialer takes, with the trace and the records on. Both are done in turn,
// a few at a time, so that what else the machine does meets both; what is
// reported is the median of these rounds. The time is the processor's, of both
// ends and of the kernel; wall-ratio is of the clock on the wall. One
// connection is opened at a time, the worst case for what is done beside it.
func BenchmarkConnectCost(b *testing.B) {
	const batch = 100
	a := listening(b)
	text := a.String()
	var nd net.Dialer
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	bare := func() {
		c, err := nd.DialContext(ctx, "tcp", text)
		if err != nil {
			b.Fatal(err)
		}
		abort(c)
	}
	var d Dialer
	dialer := func() {
		c, err := d.DialContext(ctx, "tcp", text)
		if err != nil {
			b.Fatal(err)
		}
		abort(c)
	}
	var p Pool
	defer p.Close(ctxBg)
	seen := 0
	r := Request{Key: keyOf(a), Trace: &Trace{
		ConnectStart: func(netip.AddrPort) { seen++ }, ConnectDone: func(netip.AddrPort, error) { seen++ },
		ConnectFacts: func(OpenFacts) { seen++ }, GotConn: func(LeaseInfo) { seen++ },
	}}
	pool := func() {
		l, err := p.Get(ctx, r)
		if err != nil {
			b.Fatal(err)
		}
		l.Conn().(*net.TCPConn).SetLinger(0)
		l.Discard(nil)
	}
	measured := func(f func()) (cpu, wall float64) {
		start, used := time.Now(), cpuTime(b)
		for range batch {
			f()
		}
		return float64(cpuTime(b)-used) / batch, float64(time.Since(start)) / batch
	}
	for _, f := range []func(){bare, dialer, pool} { // fills the ring of records
		for range 1200 {
			f()
		}
	}
	var cpu, wall [3][]float64
	seen = 0
	for b.Loop() {
		for i, f := range []func(){bare, dialer, pool} {
			c, w := measured(f)
			cpu[i], wall[i] = append(cpu[i], c), append(wall[i], w)
		}
	}
	if seen != 4*batch*b.N {
		b.Fatalf("%d steps were traced, want %d", seen, 4*batch*b.N)
	}
	b.ReportMetric(medianRatio(cpu[1], cpu[0]), "dialer-ratio")
	b.ReportMetric(medianRatio(cpu[2], cpu[0]), "pool-ratio")
	b.ReportMetric(medianRatio(wall[2], wall[0]), "pool-wall-ratio")
	slices.Sort(cpu[0])
	b.ReportMetric(cpu[0][len(cpu[0])/2]/1000, "bare-µs")
}

// What a pooled connection takes of the heap, beside what a net.Conn does.
func BenchmarkPooledMemory(b *testing.B) {
	const n = 500
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	var bare, pooled float64
	for b.Loop() {
		l, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts
		if err != nil {
			b.Fatal(err)
		}
		a := l.Addr().(*net.TCPAddr).AddrPort()
		before := heap()
		var conns [n]net.Conn
		for i := range conns {
			if conns[i], err = net.Dial("tcp", a.String()); err != nil {
				b.Fatal(err)
			}
		}
		bare = (heap() - before) / n
		for _, c := range conns {
			abort(c)
		}
		p := &Pool{MaxPerHost: -1, MaxTotal: -1, WatchAfter: -1, MaxRecords: -1}
		before = heap()
		var leases [n]*Lease
		for i := range leases {
			leases[i] = mustGet(b, p, keyOf(a))
		}
		for _, l := range leases {
			l.Release()
		}
		pooled = (heap() - before) / n
		for _, c := range p.conns {
			c.raw.(*net.TCPConn).SetLinger(0)
		}
		p.Close(ctxBg)
		l.Close()
	}
	b.ReportMetric(bare, "bare-B")
	b.ReportMetric(pooled, "pooled-B")
}

// What a fresh virtual browser pays for the connections of its first page.
func BenchmarkPreconnect(b *testing.B) {
	const n = 6
	key := keyOf(listening(b))
	done := make(chan struct{}, n)
	t := &Trace{ConnectDone: func(netip.AddrPort, error) { done <- struct{}{} }}
	b.ReportAllocs()
	used := cpuTime(b)
	for b.Loop() {
		p := Pool{Facts: FactsNone, MaxRecords: -1}
		p.Preconnect(ctxBg, key, n, t)
		for range n {
			<-done
		}
		p.Close(ctxBg)
	}
	b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N)/n, "cpu-ns/conn")
}
