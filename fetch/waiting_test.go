package fetch

import (
	"bufio"
	"context"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"unsafe"

	"pageload/conn"
	"pageload/parse/weburl"
)

// BenchmarkWaiting says what a request costs while it waits for its answer on a connection: the bytes that go once it has one, in the heap
// (Call, Hop, the exchange) and on stacks. A thousand pages in flight have six thousand of them.
func BenchmarkWaiting(b *testing.B) {
	const requests = 500
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	asked, answer := make(chan struct{}, requests), make(chan struct{})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				br := bufio.NewReader(c)
				for {
					if line, err := br.ReadString('\n'); err != nil {
						return
					} else if line != "\r\n" {
						continue
					}
					asked <- struct{}{}
					<-answer
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nCache-Control: max-age=60\r\nETag: \"1\"\r\nVary: Accept-Encoding\r\nContent-Length: 4\r\n\r\nbody")
				}
			}()
		}
	}()
	u := weburl.MustParse("http://" + l.Addr().String() + "/image.png")
	c := Client{Pool: &conn.Pool{MaxPerHost: requests, MaxTotal: requests}}
	defer c.Pool.Close(context.Background())
	round := func() {
		var ended sync.WaitGroup
		for range requests {
			ended.Add(1)
			r := &Request{URL: u, Destination: Image, Mode: NoCORS, Referrer: u, Initiator: u.Origin(), TopLevel: u.Origin(), Discard: true}
			c.Start(context.Background(), r, HandlerFuncs{OnDone: func(_ *Hop, err error) {
				if err != nil {
					b.Error(err)
				}
				ended.Done()
			}})
		}
		for range requests {
			<-asked
		}
		if b.Elapsed() > 0 {
			heap, stacks := held()
			defer func() {
				after, stacksAfter := held()
				b.ReportMetric(float64(heap-after)/requests, "heap-B/request")
				b.ReportMetric(float64(stacks-stacksAfter)/requests, "stack-B/request")
			}()
		}
		for range requests {
			answer <- struct{}{}
		}
		ended.Wait()
	}
	round() // connects
	for b.Loop() {
		round()
	}
}

// held returns the bytes in use after a collection that also empties the pools.
func held() (heap, stacks int64) {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse)
}

// An exchange of 896 bytes is one of the allocator's sizes; the next is 1024, and a thousand pages in flight have six thousand of them. What is
// needed only while a request is made or a response comes belongs into http1's pools.
func TestWire1Size(t *testing.T) {
	if size := unsafe.Sizeof(wire1{}); size > 896 {
		t.Errorf("a wire1 has %d bytes, want at most 896", size)
	}
}
