package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

func TestRetryOnlyWhereAReusedConnectionDied(t *testing.T) {
	// The server answers the first request of each connection and resets or closes on the second.
	die := map[string]func(c *conntest.Conn){
		"closed":      func(c *conntest.Conn) {},
		"reset":       func(c *conntest.Conn) { c.Reset() },
		"half a head": func(c *conntest.Conn) { io.WriteString(c, "HTTP/1.1 200") },
	}
	for name, end := range die {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				n := make(map[*conntest.Conn]int)
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
					w.mu.Lock()
					n[c]++
					dead := n[c] > 1
					w.mu.Unlock()
					if dead {
						end(c)
						return false
					}
					io.WriteString(c, ok("x"))
					return true
				})
				w.get("http://a.test/")
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Body: []byte("again")})
				if name == "half a head" {
					var e *Error
					if !errors.As(r.err, &e) || e.Net() != "net::ERR_RESPONSE_HEADERS_TRUNCATED" || len(w.requests) != 2 {
						t.Errorf("error %v after %d requests", r.err, len(w.requests))
					}
					return
				}
				if r.err != nil || r.hop.Retries != 1 || r.hop.Reused || len(w.requests) != 3 || !strings.HasSuffix(w.requests[2], "again") {
					t.Errorf("error %v, hop %+v, requests %q", r.err, r.hop, w.requests)
				}
			})
		})
	}
	t.Run("the time of the failed try counts", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.net.Latency = 0
			n := 0
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				if n++; n == 2 {
					time.Sleep(time.Second)
					return false
				}
				io.WriteString(c, ok("x"))
				return true
			})
			w.get("http://a.test/")
			if h := w.get("http://a.test/").hop; h.Retries != 1 || h.Times.End.Sub(h.Times.Queued) != time.Second {
				t.Errorf("hop %+v", h)
			}
		})
	})
	t.Run("never on a fresh one", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool { return false })
			r := w.get("http://a.test/")
			var e *Error
			if !errors.Is(r.err, ErrEmptyResponse) || !errors.As(r.err, &e) || e.Net() != "net::ERR_EMPTY_RESPONSE" || len(w.requests) != 1 {
				t.Errorf("error %v after %d requests", r.err, len(w.requests))
			}
		})
	})
	t.Run("as often as a pool has connections", func(t *testing.T) {
		inWorld(t, func(w *world) {
			restarted := false
			n := make(map[*conntest.Conn]int)
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				w.mu.Lock()
				n[c]++
				dead := restarted && n[c] > 1
				w.mu.Unlock()
				if dead {
					return false
				}
				time.Sleep(time.Second)
				io.WriteString(c, ok("x"))
				return true
			})
			var all []*result
			for range 6 {
				r := newResult()
				all = append(all, r)
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")}, r)
			}
			for _, r := range all {
				<-r.done
			}
			w.mu.Lock()
			restarted = true
			w.mu.Unlock()
			if r := w.get("http://a.test/"); r.err != nil || r.hop.Retries != 6 {
				t.Errorf("error %v after %d retries", r.err, r.hop.Retries)
			}
		})
	})
}

func TestTimeouts(t *testing.T) {
	slow := func(c *conntest.Conn) { c.Read(make([]byte, 1)) }
	tests := []struct {
		name   string
		answer string
		want   error
		phase  Phase
		after  time.Duration
	}{
		{"no head", "", ErrHeaderTimeout, PhaseWait, 3 * time.Second},
		{"half a head", "HTTP/1.1 200 OK\r\nX", ErrHeaderTimeout, PhaseWait, 3 * time.Second},
		{"only hints", "HTTP/1.1 103 x\r\n\r\n", ErrHeaderTimeout, PhaseWait, 3 * time.Second},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\nx", ErrIdleTimeout, PhaseReceive, 2 * time.Second},
		{"half a coded body", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n\x1f\x8b", ErrIdleTimeout, PhaseReceive, 2 * time.Second},
	}
	for _, tt := range tests {
		for _, discard := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.client.HeaderTimeout, w.client.IdleTimeout = 3*time.Second, 2*time.Second
					w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
						io.WriteString(c, tt.answer)
						slow(c)
						return false
					})
					start := time.Now()
					r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Discard: discard})
					var e *Error
					if !errors.Is(r.err, tt.want) || !errors.Is(r.err, context.DeadlineExceeded) || !errors.Is(r.err, os.ErrDeadlineExceeded) ||
						!errors.As(r.err, &e) || e.Phase != tt.phase || !e.Timeout() || e.Net() != "net::ERR_TIMED_OUT" {
						t.Errorf("error %v", r.err)
					}
					if d := time.Since(start); d < tt.after || d > tt.after+100*time.Millisecond {
						t.Errorf("after %v, want %v", d, tt.after)
					}
				})
			})
		}
	}
	t.Run("a slow handler is none", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.client.HeaderTimeout, w.client.IdleTimeout = 3*time.Second, 2*time.Second
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				for _, s := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "a", "b", "c"} {
					io.WriteString(c, s)
					time.Sleep(time.Second)
				}
				return true
			})
			for range 2 { // on the same connection
				done, got := make(chan error), ""
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")}, HandlerFuncs{
					OnResponse: func(*Hop) error { time.Sleep(10 * time.Second); return nil },
					OnData:     func(p []byte) error { got += string(p); time.Sleep(10 * time.Second); return nil },
					OnDone:     func(h *Hop, err error) { done <- err },
				})
				if err := <-done; err != nil || got != "abc" {
					t.Errorf("%q, error %v", got, err)
				}
			}
		})
	})
	t.Run("a body without a bound outlasts that of the head", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.client.HeaderTimeout, w.client.IdleTimeout = 3*time.Second, -1
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
				time.Sleep(time.Hour)
				io.WriteString(c, "x")
				return true
			})
			for _, discard := range []bool{false, true} {
				if r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Discard: discard}); r.err != nil || r.hop.WireBodyBytes != 1 {
					t.Errorf("%d bytes, error %v", r.hop.WireBodyBytes, r.err)
				}
			}
		})
	})
	t.Run("each of several at its time", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.client.HeaderTimeout = 3 * time.Second
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool { slow(c); return false })
			start := time.Now()
			var after [4]time.Duration
			var all sync.WaitGroup
			for i := range after {
				all.Add(1)
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")}, HandlerFuncs{OnDone: func(_ *Hop, err error) {
					if after[i] = time.Since(start).Truncate(100 * time.Millisecond); !errors.Is(err, ErrHeaderTimeout) {
						t.Errorf("error %v", err)
					}
					all.Done()
				}})
				time.Sleep(700 * time.Millisecond)
			}
			all.Wait()
			if want := [4]time.Duration{3e9, 37e8, 44e8, 51e8}; after != want {
				t.Errorf("after %v, want %v", after, want)
			}
		})
	})
	t.Run("a slow body that goes on is none", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.client.HeaderTimeout, w.client.IdleTimeout = 3*time.Second, 2*time.Second
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
				for range 10 {
					time.Sleep(1900 * time.Millisecond)
					io.WriteString(c, "x")
				}
				return true
			})
			if r := w.get("http://a.test/"); r.err != nil || len(r.body) != 10 {
				t.Errorf("%d bytes, error %v", len(r.body), r.err)
			}
		})
	})
}

func TestCancel(t *testing.T) {
	cause := errors.New("the page was left")
	hang := func(answer string) func(*world) {
		return func(w *world) {
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				io.WriteString(c, answer)
				c.Read(make([]byte, 1))
				return false
			})
		}
	}
	tests := []struct {
		name  string
		setup func(*world)
		phase Phase
	}{
		{"while connecting", func(w *world) {
			w.net.SetRule(addr("192.0.2.1:80"), conntest.Rule{Blackhole: true})
		}, PhaseQueue},
		{"while in the queue", func(w *world) {
			hang("")(w)
			for range 6 {
				r := newResult()
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/busy")}, r)
				w.Cleanup(func() { <-r.done })
			}
		}, PhaseQueue},
		{"while waiting", hang(""), PhaseWait},
		{"in the body", hang("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"), PhaseReceive},
		{"in a coded body", hang("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 10\r\n\r\nx"), PhaseReceive},
	}
	for _, tt := range tests {
		for _, by := range []string{"context", "call", "deadline"} {
			t.Run(tt.name+" by "+by, func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.pool.Dialer.ConnectTimeout = 10 * time.Second
					w.client.HeaderTimeout = 20 * time.Second
					tt.setup(w)
					ctx, cancel := context.WithCancelCause(context.Background())
					defer cancel(nil)
					kind := context.Canceled
					if by == "deadline" {
						var stop context.CancelFunc
						ctx, stop = context.WithTimeoutCause(ctx, time.Second, cause)
						defer stop()
						kind = context.DeadlineExceeded
					}
					r := newResult()
					call := w.client.Start(ctx, &Request{URL: weburl.MustParse("http://a.test/")}, r)
					time.Sleep(time.Second)
					switch by {
					case "context":
						cancel(cause)
					case "call":
						call.Cancel(cause)
					}
					synctest.Wait()
					select {
					case <-r.done:
					default:
						t.Fatal("not done at once")
					}
					var e *Error
					if !errors.Is(r.err, cause) || !errors.Is(r.err, kind) || !errors.As(r.err, &e) || e.Phase != tt.phase {
						t.Errorf("error %v", r.err)
					}
					if want := map[string]string{"deadline": "net::ERR_TIMED_OUT"}[by]; e.Net() != want && (want != "" || e.Net() != "net::ERR_ABORTED") {
						t.Errorf("Net() = %s", e.Net())
					}
					call.Cancel(nil) // does nothing
					call.SetPriority(conn.High)
				})
			})
		}
	}
}

func TestContextThatHasEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := w.client.Do(ctx, &Request{URL: weburl.MustParse("http://a.test/")}); !errors.Is(err, context.Canceled) || len(w.net.Dials()) != 0 {
			t.Errorf("error %v, dials %v", err, w.net.Dials())
		}
	})
}
