package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/fetch/httpcache"
)

// Who reads along goes on when the request that fetches is given up.
func TestReaderTakesTheWritersPlace(t *testing.T) {
	body := strings.Repeat("0123456789", 1000)
	for _, c := range []struct {
		name      string
		fields    string
		body      string
		change    string // what the server has the second time; "" for the same
		plain     string // what the page gets; "" for body
		wantRange string
		wantErr   string
		discard   bool
	}{
		{name: "the server has the rest", fields: "ETag: \"1\"\r\n", wantRange: "bytes=4000-"},
		{name: "the server sends all again", fields: "X-A: 1\r\n"},
		{name: "nobody looks at the body", fields: "X-A: 1\r\n", discard: true},
		{name: "a body that is encoded", fields: "Content-Encoding: gzip\r\nETag: W/\"1\"\r\n", body: string(zipped(body)), plain: body},
		{name: "another body", fields: "X-A: 1\r\n", change: "X" + body[1:], wantErr: "another response than that of which the beginning was read"},
		{name: "a shorter body", fields: "X-A: 1\r\n", change: body[:100], wantErr: "it is shorter"},
	} {
		if c.body == "" {
			c.body = body
		}
		if c.plain == "" {
			c.plain = c.body
		}
		if c.change == "" {
			c.change = c.body
		}
		half := len(c.body) * 4 / 10
		for _, leave := range []string{"cancelled", "its handler fails", "its context ends"} {
			t.Run(c.name+", "+leave, func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.client.Cache = &httpcache.Cache{}
					n, asked := 0, ""
					w.serve(80, func(conn *conntest.Conn, r *http.Request) bool {
						n++
						answer := c.body
						if n == 2 {
							asked, answer = r.Header.Get("Range"), c.change
						}
						var from int
						if k, _ := fmt.Sscanf(asked, "bytes=%d-", &from); k == 1 {
							fmt.Fprintf(conn, "HTTP/1.1 206 P\r\n%sContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n%s", c.fields, from, len(answer)-1, len(answer), len(answer)-from, answer[from:])
							return true
						}
						fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%sCache-Control: max-age=60\r\nContent-Length: %d\r\n\r\n", c.fields, len(answer))
						if n > 1 {
							fmt.Fprint(conn, answer)
							return true
						}
						fmt.Fprint(conn, answer[:half])
						time.Sleep(time.Second)
						fmt.Fprint(conn, answer[half:len(answer)-1])
						time.Sleep(time.Hour) // and no more, until it is given up
						return false
					})
					r := image("http://a.test/x")
					ctx, cancel := context.WithCancel(w.Context())
					defer cancel()
					var enough atomic.Bool
					first := make(chan error, 1)
					call := w.client.Start(ctx, &r, HandlerFuncs{
						OnData: func([]byte) error {
							if enough.Load() {
								return errors.New("enough")
							}
							return nil
						},
						OnDone: func(_ *Hop, err error) { first <- err },
					})
					time.Sleep(500 * time.Millisecond)
					r2 := image("http://a.test/x")
					r2.Discard = c.discard
					var got bytes.Buffer
					var hop *Hop
					second := make(chan error, 1)
					w.client.Start(w.Context(), &r2, HandlerFuncs{
						OnData: func(p []byte) error { got.Write(p); return nil },
						OnDone: func(h *Hop, err error) { hop = h; second <- err },
					})
					synctest.Wait()
					switch leave {
					case "cancelled":
						call.Cancel(nil)
					case "its context ends":
						cancel()
					default:
						enough.Store(true)
					}
					if err := <-first; err == nil {
						t.Error("the first did not fail")
					}
					err := <-second
					switch {
					case c.wantErr != "":
						if err == nil || !strings.Contains(err.Error(), c.wantErr) {
							t.Errorf("error %v, want %q", err, c.wantErr)
						}
						return
					case err != nil:
						t.Fatal(err)
					case !c.discard && got.String() != c.plain:
						t.Errorf("%d bytes, want %d", got.Len(), len(c.plain))
					case hop.WireBodyBytes+hop.StoredBodyBytes != int64(len(c.body)):
						t.Errorf("%d bytes and %d stored ones, want %d", hop.WireBodyBytes, hop.StoredBodyBytes, len(c.body))
					}
					if n != 2 || leave == "cancelled" && asked != c.wantRange {
						t.Errorf("the server was asked %d times, for %q; want 2, %q", n, asked, c.wantRange)
					}
					if s := hop.Cache.String(); !strings.Contains(s, "joined another request, which was given up") {
						t.Errorf("cache: %s", s)
					}
					w.expect(image("http://a.test/x"), c.plain, "fresh")
				})
			})
		}
	}
}

// Who went on alone can be given up like any other.
func TestRestIsGivenUp(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Cache = &httpcache.Cache{}
		n := 0
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			n++
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nfirst")
			time.Sleep(time.Hour)
			return false
		})
		var calls [2]*Call
		done := make(chan error, 2)
		for i := range calls {
			r := image("http://a.test/x")
			calls[i] = w.client.Start(w.Context(), &r, HandlerFuncs{OnDone: func(_ *Hop, err error) { done <- err }})
			time.Sleep(time.Second)
		}
		for _, c := range calls {
			c.Cancel(nil)
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("given up: %v", err)
			}
			time.Sleep(time.Second)
		}
		if n != 2 {
			t.Errorf("the server was asked %d times", n)
		}
	})
}
