package conn

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// listeningOn serves connections on 127.0.0.1 to 127.0.0.8, each with
// ephemeral ports of its own, and closes each when its peer does.
func listeningOn(t testing.TB) []netip.AddrPort {
	var addrs []netip.AddrPort
	var wg sync.WaitGroup
	var ls []net.Listener
	for i := range 8 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", i+1))
		if err != nil {
			t.Fatal(err)
		}
		ls = append(ls, l)
		addrs = append(addrs, l.Addr().(*net.TCPAddr).AddrPort())
		wg.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				wg.Go(func() {
					var b [1]byte
					for {
						if _, err := io.ReadFull(c, b[:]); err != nil {
							c.Close()
							return
						}
						c.Write(b[:])
					}
				})
			}
		})
	}
	t.Cleanup(func() {
		for _, l := range ls {
			l.Close()
		}
		wg.Wait()
	})
	return addrs
}

// openAndClose opens n connections, uses each for one exchange and closes it.
func openAndClose(t testing.TB, p *Pool, addrs []netip.AddrPort, n int) {
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			var b [1]byte
			for i := w; i < n; i += 32 {
				l, err := p.Get(ctxBg, Request{Key: keyOf(addrs[i%len(addrs)]), Trace: &Trace{}})
				if err != nil {
					t.Error(err)
					return
				}
				l.Conn().Write(b[:])
				if _, err := io.ReadFull(l.Conn(), b[:]); err != nil {
					t.Error(err)
				}
				l.Discard(nil)
			}
		})
	}
	wg.Wait()
}

// use is what the process holds.
type use struct{ descriptors, goroutines, heap int }

func used(t testing.TB) use {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return use{len(list), len(conntest.Goroutines()), int(m.HeapAlloc)}
}

// churn opens and closes n connections and reports what is left of them.
func churn(t testing.TB, n int) {
	addrs := listeningOn(t)
	p := &Pool{}
	defer p.Close(ctxBg)
	openAndClose(t, p, addrs, 2000) // fills the ring of records
	settled := func(than use) (u use) {
		end := time.Now().Add(10 * time.Second)
		for u = used(t); time.Now().Before(end) && (u.descriptors > than.descriptors || u.goroutines > than.goroutines); u = used(t) {
			runtime.Gosched() // the server's ends are still being closed
		}
		return u
	}
	before := settled(use{descriptors: 8 + 16, goroutines: 8})
	openAndClose(t, p, addrs, n)
	after := settled(before)
	if after.descriptors > before.descriptors || after.goroutines > before.goroutines {
		t.Errorf("after %d connections %+v, before %+v", n, after, before)
	}
	if grown := after.heap - before.heap; grown > 2<<20 {
		t.Errorf("after %d connections the heap is %d bytes larger", n, grown)
	}
	if p.size() != 0 || p.groupCount() != 0 || p.watched() != 0 {
		t.Errorf("pool keeps %d connections, %d groups, watches %d", p.size(), p.groupCount(), p.watched())
	}
	t.Logf("before %+v, after %+v", before, after)
}

func TestChurnLeavesNothing(t *testing.T) { churn(t, 2000) }

// The promise: 50,000 connections opened and closed on loopback leave no
// descriptor, no goroutine and no memory. It fails where they do.
func BenchmarkChurn50000(b *testing.B) {
	for b.Loop() {
		churn(b, 50_000)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/52_000, "µs/connection")
}
