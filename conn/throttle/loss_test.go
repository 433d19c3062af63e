package throttle_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

// Losses delay, keep the order, lose nothing, and are the same each time.
func TestLoss(t *testing.T) {
	run := func(seed uint64) (took time.Duration) {
		data := make([]byte, 500_000)
		for i := range data {
			data[i] = byte(i * 7 >> 3)
		}
		link := &throttle.Link{Latency: 50 * ms, Down: 8_000_000, Up: 8_000_000, Loss: 0.02, Seed: seed}
		inWorld(t, link, func(c *conntest.Conn) { io.Copy(c, c) }, func(w *world) {
			c := w.dial()
			defer c.Close()
			go func() {
				c.Write(data)
				c.(interface{ CloseWrite() error }).CloseWrite()
			}()
			var got bytes.Buffer
			buf := make([]byte, len(data))
			for got.Len() < len(data) {
				n, err := c.Read(buf)
				if err != nil {
					t.Fatal(err)
				}
				got.Write(buf[:n])
			}
			if !bytes.Equal(got.Bytes(), data) {
				t.Error("other bytes came")
			}
			took = time.Since(w.start)
		})
		return took
	}
	a, b, c := run(1), run(1), run(2)
	if a != b || a == c {
		t.Errorf("took %v and %v with one seed, %v with another", a, b, c)
	}
	if a < 700*ms { // without losses it is 100 ms and 500 ms
		t.Errorf("took %v: no losses", a)
	}
}

func TestLostSYN(t *testing.T) {
	inWorld(t, &throttle.Link{Loss: 1}, discard, func(w *world) {
		c := w.dial()
		defer c.Close()
		w.at("connected", 63*time.Second)
	})
}
