package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/fetch/auth"
	"pageload/parse/weburl"
)

// A stream is a body that knows what is done with it.
type stream struct {
	io.Reader
	read, closed atomic.Int64
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.read.Add(int64(n))
	return n, err
}

func (s *stream) Close() error { s.closed.Add(1); return nil }

// uploads are the bodies of one Upload, in order.
type uploads struct {
	Upload
	all []*stream
}

// newUpload makes an Upload of text whose length is known where length says so; it can be had again where again does.
func newUpload(text string, length, again bool) *uploads {
	u := &uploads{}
	open := func() *stream {
		s := &stream{Reader: strings.NewReader(text)}
		u.all = append(u.all, s)
		return s
	}
	u.Body, u.Length = open(), -1
	if length {
		u.Length = int64(len(text))
	}
	if again {
		u.Again = func() (io.ReadCloser, error) { return open(), nil }
	}
	return u
}

// closedAll reports whether all bodies were closed.
func (u *uploads) closedAll() bool {
	return !slices.ContainsFunc(u.all, func(s *stream) bool { return s.closed.Load() == 0 })
}

// What happens to a hop happens to its body: retries, challenges and redirects send it again where it can be had, and where not that shows.
func TestUploadAgain(t *testing.T) {
	const text = "the whole body"
	cases := []struct {
		name   string
		answer func(c *conntest.Conn, n int, r *http.Request) bool // to the n-th request
		again  bool
		status int
		err    error
		sent   []string // "METHOD body" of each request
	}{
		{name: "sent once", status: 200, sent: []string{"POST " + text}},
		{name: "idle connection closed", again: true, status: 200, sent: []string{"POST " + text, "POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool { return n != 0 }},
		{name: "idle connection closed, and it is gone", err: errNoResponse, sent: []string{"POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool { return n != 0 }},
		{name: "408", again: true, status: 200, sent: []string{"POST " + text, "POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				if n == 0 {
					io.WriteString(c, answer("408 Late", "", "Connection: close"))
				}
				return n != 0
			}},
		{name: "408, and it is gone", status: 408, sent: []string{"POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				io.WriteString(c, answer("408 Late", "", "Connection: close"))
				return false
			}},
		{name: "401", again: true, status: 200, sent: []string{"POST " + text, "POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				if n == 0 {
					io.WriteString(c, answer("401 Who", "", `WWW-Authenticate: Basic realm="r"`))
				}
				return true
			}},
		{name: "401, and it is gone", status: 401, sent: []string{"POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				io.WriteString(c, answer("401 Who", "", `WWW-Authenticate: Basic realm="r"`))
				return true
			}},
		{name: "307", again: true, status: 200, sent: []string{"POST " + text, "POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				if n == 0 {
					io.WriteString(c, redirect(307, "/to"))
				}
				return true
			}},
		{name: "308, and it is gone", err: ErrRequestBody, sent: []string{"POST " + text},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				io.WriteString(c, redirect(308, "/to"))
				return true
			}},
		{name: "303", status: 200, sent: []string{"POST " + text, "GET "},
			answer: func(c *conntest.Conn, n int, r *http.Request) bool {
				if n == 0 {
					io.WriteString(c, redirect(303, "/to"))
				}
				return true
			}},
	}
	for _, tt := range cases {
		for _, length := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, length %v", tt.name, length), func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.client.Auth = &auth.Store{}
					w.client.Auth.Give("http://a.test", "", auth.Identity{User: "ada", Password: "machine"})
					n := -1 // the first makes the connection one that has been used
					w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
						if n++; n > 0 && tt.answer != nil {
							before, _ := c.Transferred()
							more := tt.answer(c, n-1, r)
							if after, _ := c.Transferred(); !more || after != before {
								return more
							}
						}
						io.WriteString(c, ok("fine"))
						return true
					})
					w.get("http://a.test/")
					u := newUpload(text, length, tt.again)
					r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Upload: &u.Upload, ContentType: "text/plain"})
					if tt.err != nil && !errors.Is(r.err, tt.err) || tt.err == nil && (r.err != nil || r.hop.Status != tt.status) {
						t.Errorf("status %d, error %v", r.hop.Status, r.err)
					}
					var sent []string
					for _, line := range w.requests[1:] {
						method, rest, _ := strings.Cut(line, " ")
						_, body, _ := strings.Cut(rest, " ")
						sent = append(sent, method+" "+body)
					}
					if !slices.Equal(sent, tt.sent) || !u.closedAll() {
						t.Errorf("sent %q, want %q; all closed %v", sent, tt.sent, u.closedAll())
					}
				})
			})
		}
	}
}

// How long a body is shows in the head.
func TestUploadHead(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []string
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			seen = append(seen, fmt.Sprint(r.Method, r.ContentLength, r.TransferEncoding, r.Header["Content-Type"]))
			io.WriteString(c, ok(""))
			return true
		})
		for _, method := range []string{"POST", "GET"} {
			for _, length := range []bool{true, false} {
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: method, Upload: &newUpload("body", length, false).Upload, ContentType: "text/x"})
				if r.err != nil || r.hop.SentBytes < 100 || r.hop.Times.SendEnd.Before(r.hop.Times.SendStart) || len(r.hop.RequestHeader) == 0 {
					t.Errorf("%v, %+v", r.err, r.hop)
				}
			}
		}
		if want := []string{"POST4 [] [text/x]", "POST-1 [chunked] [text/x]", "GET4 [] [text/x]", "GET-1 [chunked] [text/x]"}; !slices.Equal(seen, want) {
			t.Errorf("seen %q, want %q", seen, want)
		}
		if n := len(w.pool.Records()); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// What goes wrong with a body is the request's error, and it is closed whatever happens.
func TestUploadFails(t *testing.T) {
	failed := errors.New("disk on fire")
	cases := map[string]struct {
		from   io.Reader
		length int64
		err    error
		text   string
	}{
		"reader fails":           {io.MultiReader(strings.NewReader("some"), iotest.ErrReader(failed)), -1, failed, "request body: disk on fire"},
		"reader fails at once":   {iotest.ErrReader(failed), 10, failed, "request body: disk on fire"},
		"too short":              {strings.NewReader("body"), 5, ErrRequestBody, "has 4 bytes, its length says 5"},
		"too long":               {strings.NewReader("body"), 3, ErrRequestBody, "has more than the 3 bytes"},
		"nothing, and announced": {strings.NewReader(""), 5, ErrRequestBody, "has 0 bytes"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool { return true }) // never answers
				body := &stream{Reader: tt.from}
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Upload: &Upload{Body: body, Length: tt.length}})
				var e *Error
				if !errors.As(r.err, &e) || !errors.Is(r.err, tt.err) || !errors.Is(r.err, ErrRequestBody) || e.Phase != PhaseSend || !strings.Contains(r.err.Error(), tt.text) {
					t.Errorf("error %v", r.err)
				}
				if body.closed.Load() == 0 || r.hop.Retries != 0 {
					t.Errorf("closed %d times, %d retries", body.closed.Load(), r.hop.Retries)
				}
			})
		})
	}
	inWorld(t, func(w *world) {
		for url, change := range map[string]func(*Request){
			"http://missing.test/": func(*Request) {}, "ftp://a.test/": func(*Request) {}, "data:,x": func(*Request) {},
			"http://a.test/": func(r *Request) { r.Body = []byte("too") }, "http://b.test/": func(r *Request) { r.Method = "TRACE" },
		} {
			body := &stream{Reader: strings.NewReader("x")}
			q := &Request{URL: weburl.MustParse(url), Method: "POST", Upload: &Upload{Body: body, Length: 1}}
			change(q)
			if r := w.fetch(q); (r.err == nil) != (url == "data:,x") || body.closed.Load() != 1 || body.read.Load() != 0 {
				t.Errorf("%s: error %v, closed %d times", url, r.err, body.closed.Load())
			}
		}
		if r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Upload: &Upload{}}); !errors.Is(r.err, ErrBadRequest) {
			t.Error(r.err)
		}
	})
}

// The time that a reader takes is its own; the server's begins with the last byte.
func TestUploadTimes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.HeaderTimeout = 10 * time.Second
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool { return true }) // never answers
		from, to := io.Pipe()
		start := time.Now()
		go func() {
			time.Sleep(time.Hour)
			io.WriteString(to, "body")
			to.Close()
		}()
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Upload: &Upload{Body: from, Length: -1}})
		if took := time.Since(start).Round(time.Second); !errors.Is(r.err, ErrHeaderTimeout) || took != time.Hour+10*time.Second {
			t.Errorf("%v after %v", r.err, took)
		}
		ctx, cancel := context.WithCancel(context.Background())
		from, to = io.Pipe()
		res := newResult()
		w.client.Start(ctx, &Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Upload: &Upload{Body: from, Length: 5}}, res)
		synctest.Wait()
		cancel()
		if <-res.done; !errors.Is(res.err, context.Canceled) {
			t.Error(res.err)
		}
		if _, err := io.WriteString(to, "x"); err != io.ErrClosedPipe {
			t.Errorf("the body is not closed: %v", err)
		}
	})
}

// A body waits for the server's word where the request says so, and costs nothing where the server refuses.
func TestUploadExpects(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		read   bool
		status int
	}{
		"asked for": {"HTTP/1.1 100 Continue\r\n\r\n", true, 200}, "not answered": {"", true, 200}, "refused": {answer("413 No", ""), false, 413},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				stop, err := w.net.Serve(addr("192.0.2.1:80"), func(c *conntest.Conn) {
					head := ""
					for b := make([]byte, 1); !strings.HasSuffix(head, "\r\n\r\n"); head += string(b) {
						if _, err := c.Read(b); err != nil {
							return
						}
					}
					io.WriteString(c, tt.answer)
					if b := make([]byte, 4); tt.read {
						io.ReadFull(c, b)
						io.WriteString(c, ok(string(b)))
					}
					io.Copy(io.Discard, c)
				})
				if err != nil {
					t.Fatal(err)
				}
				defer stop()
				u := newUpload("body", true, false)
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Upload: &u.Upload, Header: []Field{{"Expect", "100-continue"}}})
				if r.err != nil || r.hop.Status != tt.status || tt.read != (string(r.body) == "body") || tt.read != (u.all[0].read.Load() > 0) || !u.closedAll() {
					t.Errorf("%v, status %d, %q; %d bytes read", r.err, r.hop.Status, r.body, u.all[0].read.Load())
				}
			})
		})
	}
}

// Over a gigabyte is read no sooner than the server takes it, over both protocols, and the answer may come meanwhile.
func TestUploadIsBounded(t *testing.T) {
	const most = 8 << 20 // what systems' buffers may take
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprint("h2 ", h2), func(t *testing.T) {
			left := make(chan struct{})
			c, _ := secure(t, h2, func(w http.ResponseWriter, r *http.Request) {
				http.NewResponseController(w).EnableFullDuplex()
				w.WriteHeader(200)
				io.WriteString(w, "early")
				w.(http.Flusher).Flush()
				<-left
			})
			body := &stream{Reader: zeros{}}
			came := make(chan struct{})
			var once atomic.Bool
			done := make(chan error, 1)
			call := c.Start(t.Context(), &Request{URL: weburl.MustParse("https://a.test/"), Method: "POST", Upload: &Upload{Body: body, Length: 1 << 30}}, HandlerFuncs{
				OnData: func([]byte) error {
					if !once.Swap(true) {
						close(came)
					}
					return nil
				},
				OnDone: func(_ *Hop, err error) { done <- err },
			})
			<-came
			if n := body.read.Load(); n > most {
				t.Errorf("%d bytes were read", n)
			}
			call.Cancel(nil)
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if n := body.read.Load(); n > most || body.closed.Load() == 0 {
				t.Errorf("%d bytes were read, closed %d times", n, body.closed.Load())
			}
			close(left)
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Both directions may go on at the same time.
func TestUploadEcho(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprint("h2 ", h2), func(t *testing.T) {
			c, _ := secure(t, h2, func(w http.ResponseWriter, r *http.Request) {
				control := http.NewResponseController(w)
				control.EnableFullDuplex()
				w.WriteHeader(200)
				control.Flush()
				for b := make([]byte, 100); ; {
					n, err := r.Body.Read(b)
					w.Write(b[:n])
					control.Flush()
					if err != nil {
						return
					}
				}
			})
			tr := &Transport{Client: c}
			from, to := io.Pipe()
			r, _ := http.NewRequest("POST", "https://a.test/", from)
			resp, err := tr.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			for _, word := range []string{"ping", "pong", "done"} {
				io.WriteString(to, word)
				b := make([]byte, len(word))
				if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != word {
					t.Fatalf("%q, %v", b, err)
				}
			}
			to.Close()
			if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("at the end: %d, %v", n, err)
			}
		})
	}
}

// A server that neither takes a body nor answers is left, as one that does not answer.
func TestUploadStalls(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprint("h2 ", h2), func(t *testing.T) {
			left := make(chan struct{})
			c, _ := secure(t, h2, func(w http.ResponseWriter, r *http.Request) { <-left })
			defer close(left)
			c.HeaderTimeout, c.IdleTimeout = 100*time.Millisecond, 100*time.Millisecond
			body := &stream{Reader: zeros{}}
			r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/"), Method: "POST", Upload: &Upload{Body: body, Length: 1 << 40}})
			if !errors.Is(r.err, ErrHeaderTimeout) || body.closed.Load() == 0 {
				t.Errorf("error %v, closed %d times", r.err, body.closed.Load())
			}
		})
	}
}
