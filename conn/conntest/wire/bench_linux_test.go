package wire_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
)

// BenchmarkBulk carries b.N times 1 MB from B to A, which is a process of its own, at
// 25 ms each way. It tells how much of a processor this process takes, which is the wire
// and B.
func BenchmarkBulk(b *testing.B) {
	for _, row := range []struct {
		name string
		rate int64
	}{{"100 Mbit", 100e6}, {"as fast as it goes", 0}} {
		b.Run(row.name, func(b *testing.B) {
			link := wire.Link{Delay: 25 * ms, Rate: row.rate, Queue: -1}
			w := join(b, wire.End{Link: link}, wire.End{Link: link})
			payload := make([]byte, 1<<20)
			serve(b, w, func(c net.Conn) {
				for range b.N {
					if _, err := c.Write(payload); err != nil {
						return
					}
				}
			})
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			before := cpu()
			var got fetched
			b.ResetTimer()
			if err := w.Host(wire.A).Run(b.Context(), "fetch", exchange{Addr: "192.0.2.2:80"}, &got); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			b.ReportMetric(float64(got.Bytes)*8/1e6/(got.Total-got.Connect).Seconds(), "Mbit/s")
			b.ReportMetric((cpu()-before).Seconds()/got.Total.Seconds(), "processors")
			b.ReportMetric(float64(w.Counts(wire.B).Late.Microseconds()), "µs-late")
		})
	}
}

// cpu is the processor time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
