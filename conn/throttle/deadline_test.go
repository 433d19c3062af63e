package throttle_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

func second(_ int, err error) error { return err }

func TestDeadlines(t *testing.T) {
	past := func() time.Time { return time.Now().Add(-time.Second) }
	inWorld(t, &throttle.Link{Latency: 100 * ms, Down: 80_000, Up: 80_000}, answering(1, 10_000), func(w *world) {
		c := w.dial()
		defer c.Close()
		// Before anything comes.
		c.SetReadDeadline(time.Now().Add(50 * ms))
		_, err := c.Read(make([]byte, 1))
		w.at("deadline", 150*ms)
		wantTimeout(t, err)
		c.SetReadDeadline(time.Time{})
		// While a slice is on its way: it is not lost.
		c.Write(make([]byte, 1))
		c.SetReadDeadline(time.Now().Add(150 * ms))
		n, err := io.ReadFull(c, make([]byte, 10_000))
		wantTimeout(t, err)
		w.at("second deadline", 300*ms)
		if got := second(c.Read(make([]byte, 1))); !errors.Is(got, os.ErrDeadlineExceeded) {
			t.Errorf("Read after the deadline: %v", got)
		}
		c.SetReadDeadline(time.Time{})
		if _, err := io.ReadFull(c, make([]byte, 10_000-n)); err != nil {
			t.Error(err)
		}
		w.at("all", 250*ms+100*time.Microsecond+time.Second)
		// A deadline that is set while a read waits.
		go func() {
			time.Sleep(ms)
			c.SetDeadline(past())
		}()
		_, err = c.Read(make([]byte, 1))
		wantTimeout(t, err)
		// Writes wait only for room.
		if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write: %v", err)
		}
		c.SetDeadline(time.Time{})
		c.SetWriteDeadline(time.Now().Add(time.Second))
		start := time.Now()
		n, err = c.Write(make([]byte, 1<<20))
		wantTimeout(t, err)
		if d := time.Since(start); d != time.Second || n < 64<<10 {
			t.Errorf("Write gave up after %v with %d bytes", d, n)
		}
	})
}

func wantTimeout(t *testing.T, err error) {
	t.Helper()
	var ne net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("error %v, want a timeout", err)
	}
}

func TestReadReady(t *testing.T) {
	type reader interface{ ReadReady() (int, error) }
	for _, link := range []*throttle.Link{{Latency: 100 * ms}, {Latency: 100 * ms, Down: 80_000}} {
		inWorld(t, link, func(c *conntest.Conn) {
			c.Read(make([]byte, 1))
			c.Write(make([]byte, 1000))
			c.Read(make([]byte, 1))
			c.CloseWrite()
			io.Copy(io.Discard, c)
		}, func(w *world) {
			c := w.dial()
			defer c.Close()
			want := func(n int, err error) {
				t.Helper()
				synctest.Wait()
				if got, goterr := c.(reader).ReadReady(); got != n || goterr != err {
					t.Errorf("%v: ReadReady = %d, %v, want %d, %v", time.Since(w.start), got, goterr, n, err)
				}
			}
			want(0, nil)
			c.Write([]byte("x"))
			want(0, nil)
			time.Sleep(100 * ms)
			if link.Down > 0 {
				want(0, nil) // they take 100 ms
				time.Sleep(100 * ms)
			}
			want(1000, nil)
			want(1000, nil)
			start := time.Now()
			if n, err := c.Read(make([]byte, 2000)); n != 1000 || err != nil || time.Since(start) != 0 {
				t.Errorf("Read: %d, %v after %v", n, err, time.Since(start))
			}
			want(0, nil)
			c.Write([]byte("x"))
			time.Sleep(101 * ms)
			want(0, io.EOF)
			want(0, io.EOF)
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("Read: %v", err)
			}
		})
	}
}

func TestDialIsCancelled(t *testing.T) {
	inWorld(t, &throttle.Link{Latency: time.Second}, discard, func(w *world) {
		ctx, cancel := context.WithTimeoutCause(w.Context(), 300*ms, errors.New("enough"))
		defer cancel()
		c, err := w.link.Dial(w.net.Dial)(ctx, "tcp", addr)
		if c != nil || err == nil || !strings.Contains(err.Error(), "enough") {
			t.Errorf("Dial: %v, %v", c, err)
		}
		w.at("given up", 300*ms)
	})
}
