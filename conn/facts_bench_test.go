package conn

import (
	"net"
	"testing"

	"pageload/conn/kernel"
)

// What it costs to ask the kernel about a connection from open to close.
func BenchmarkFacts(b *testing.B) {
	a := listening(b)
	paths := new(kernel.Paths)
	defer paths.Close()
	for _, bm := range []struct {
		name string
		pool *Pool
	}{
		{"none", &Pool{Facts: FactsNone}},
		{"open and close", &Pool{}},
		{"with paths", &Pool{Paths: paths}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			p := bm.pool
			p.MaxRecords = -1
			r := Request{Key: keyOf(a)}
			b.ReportAllocs()
			for b.Loop() {
				l, err := p.Get(b.Context(), r)
				if err != nil {
					b.Fatal(err)
				}
				l.Conn().(*net.TCPConn).SetLinger(0)
				l.Discard(nil)
			}
		})
	}
}

// What it costs to ask after each response.
func BenchmarkFactsEachResponse(b *testing.B) {
	k := keyOf(listening(b))
	for _, f := range []Facts{FactsOpenClose, FactsEachResponse} {
		b.Run(f.String(), func(b *testing.B) {
			p := Pool{Facts: f}
			defer p.Close(ctxBg)
			b.ReportAllocs()
			for b.Loop() {
				mustGet(b, &p, k).Release()
			}
		})
	}
}
