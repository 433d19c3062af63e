package http2

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
)

// A body that is read while it is sent goes as far as the windows allow, and no more of it is read than that and a piece.
func TestSource(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KB
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"the end comes later": func(r io.Reader) io.Reader { return r }, "the end comes with data": iotest.DataErrReader, "small pieces": iotest.HalfReader,
	} {
		t.Run(name, func(t *testing.T) {
			opened(t, Config{}, func(w *world, first *result) {
				w.peer.ok(1, "")
				from := bytes.NewReader(body)
				r := w.start(Request{Method: "POST", Source: &Source{Reader: wrap(from), Stall: time.Minute}})
				w.sent()
				if n := len(w.peer.data[3]); n != 65535 {
					t.Fatalf("%d bytes were sent at once", n)
				}
				if n := len(body) - from.Len(); n > 2*atOnce {
					t.Errorf("%d bytes were read", n)
				}
				w.peer.WriteWindowUpdate(0, 1<<20)
				w.peer.WriteWindowUpdate(3, 1)
				w.sent()
				if n := len(w.peer.data[3]); n != 65536 {
					t.Errorf("%d bytes were sent with a window of 1 more", n)
				}
				w.peer.head(3, false, ":status", "200") // an early answer
				w.peer.WriteWindowUpdate(3, 1<<20)
				if got := w.sent(); !bytes.Equal(w.peer.data[3], body) || !strings.HasSuffix(got, " end") || strings.Count(got, "end") != 1 {
					t.Fatalf("%d bytes came: %s", len(w.peer.data[3]), got)
				}
				w.peer.WriteData(3, true, []byte("thanks"))
				if w.wait(r); r.err != nil || string(r.body) != "thanks" || r.r.SentBytes < int64(len(body))+100 {
					t.Errorf("%q, error %v, %+v", r.body, r.err, r.r)
				}
				if got := w.sent(); got != "" {
					t.Errorf("after that: %s", got)
				}
			})
		})
	}
}

// Nothing and an end is a body, too.
func TestEmptySource(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ok(1, "")
		r := w.start(Request{Method: "POST", Source: &Source{Reader: strings.NewReader("")}})
		if got := w.sent(); got != "HEADERS 3; DATA 3 0 end" {
			t.Error(got)
		}
		w.peer.ok(3, "fine")
		if w.wait(r); r.err != nil || string(r.body) != "fine" {
			t.Errorf("%q, error %v", r.body, r.err)
		}
	})
}

// A reader that does not come back holds up nothing, and what it brings later harms nobody.
func TestSourceIsLeft(t *testing.T) {
	var to *io.PipeWriter
	whileSending(t, func(w *world) *result {
		var from *io.PipeReader
		from, to = io.Pipe()
		r := w.start(Request{Method: "POST", Source: &Source{Reader: from, Stall: time.Second}})
		to.Write([]byte("begun"))
		if got := w.sent(); got != "HEADERS 3; DATA 3 5" {
			t.Errorf("sent %q", got)
		}
		time.Sleep(time.Hour) // the reader takes its time, and that is not the server's fault
		return r
	}, func(w *world, r *result) {
		r.s.Bind(w.c) // another's now
		to.Write([]byte("too late"))
		if got := w.sent(); got != "" {
			t.Errorf("sent %q", got)
		}
		w.c.mu.Lock()
		defer w.c.mu.Unlock()
		if w.c.uploads != 0 {
			t.Errorf("%d uploads", w.c.uploads)
		}
	})
}

// Where the server takes nothing, or does not answer, that has a bound.
func TestSourceStalls(t *testing.T) {
	for name, size := range map[string]int{"no window": 100_000, "no answer": 10} {
		t.Run(name, func(t *testing.T) {
			opened(t, Config{}, func(w *world, first *result) {
				w.peer.ok(1, "")
				start := time.Now()
				r := w.start(Request{Method: "POST", Source: &Source{Reader: bytes.NewReader(make([]byte, size)), Stall: 20 * time.Second}})
				if w.wait(r); r.err != errLate || time.Since(start).Round(time.Second) != 20*time.Second {
					t.Errorf("error %v after %v", r.err, time.Since(start))
				}
			})
		})
	}
}

// noted is a reader that knows whether it was read.
type noted struct {
	r    io.Reader
	read atomic.Bool
}

func (n *noted) Read(p []byte) (int, error) {
	n.read.Store(true)
	return n.r.Read(p)
}

func TestSourceWaits(t *testing.T) {
	for name, do := range map[string]func(w *world){
		"asked for":    func(w *world) { w.peer.head(3, false, ":status", "100"); w.sent(); w.peer.ok(3, "") },
		"not answered": func(w *world) { time.Sleep(time.Second); w.sent(); w.peer.ok(3, "") },
		"not wanted":   func(w *world) { w.peer.ok(3, "") },
	} {
		t.Run(name, func(t *testing.T) {
			opened(t, Config{}, func(w *world, first *result) {
				w.peer.ok(1, "")
				from := &noted{r: strings.NewReader("body")}
				r := w.start(Request{Method: "POST", Source: &Source{Reader: from, Wait: time.Second}})
				if got := w.sent(); got != "HEADERS 3" || from.read.Load() {
					t.Errorf("sent %q", got)
				}
				do(w)
				w.wait(r)
				w.sent()
				if r.err != nil || from.read.Load() != (name != "not wanted") || (len(w.peer.data[3]) == 4) != (name != "not wanted") {
					t.Errorf("error %v, read %v, %q came", r.err, from.read.Load(), w.peer.data[3])
				}
			})
		})
	}
}

// A reader that fails stops the body; who gave it cancels the stream.
func TestSourceFails(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ok(1, "")
		var r *result
		failed := errors.New("no more")
		from := io.MultiReader(strings.NewReader("some"), iotest.ErrReader(failed))
		r = w.start(Request{Method: "POST", Source: &Source{Reader: from}})
		if got := w.sent(); got != "HEADERS 3; DATA 3 4" {
			t.Errorf("sent %q", got)
		}
		r.s.Cancel(failed)
		if w.wait(r); r.err != failed {
			t.Errorf("error %v", r.err)
		}
		if got := w.sent(); got != "RST_STREAM 3 CANCEL" {
			t.Errorf("sent %q", got)
		}
	})
}
