package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

func TestDo(t *testing.T) {
	inWorld(t, func(w *world) {
		body := strings.Repeat("0123456789", 50000)
		w.text(80, map[string]string{"/": redirect(302, "/x"), "/x": ok(string(gzipped(body)), "Content-Encoding: gzip"), "/cut": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabc"})
		resp, err := w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != body || resp.Status != 200 || len(resp.Redirects) != 1 || resp.Encoding != "gzip" || resp.Header.Get("content-encoding") != "gzip" {
			t.Errorf("%d bytes, error %v, response %+v", len(got), err, resp)
		}
		resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("read after close")
		}

		resp, err = w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://a.test/cut")})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != "abc" || !errors.Is(err, ErrTruncated) {
			t.Errorf("%q, %v", got, err)
		}
		resp.Body.Close()

		if _, err := w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://missing.test/")}); err == nil {
			t.Error("no error")
		}
	})
}

func TestDoBodyHoldsTheSenderBack(t *testing.T) {
	inWorld(t, func(w *world) {
		sent := 0
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				time.Sleep(time.Microsecond) // so that a reset can arrive
				n, err := c.Write(make([]byte, 1<<10))
				if sent += n; err != nil {
					return false
				}
			}
		})
		resp, err := w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if sent > 256<<10 {
			t.Errorf("%d bytes were sent to a reader that does not read", sent)
		}
		resp.Body.Close() // ends the endless body
		synctest.Wait()
	})
}

func TestDoEndsWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok(strings.Repeat("x", 1<<20))})
		ctx, cancel := context.WithCancelCause(context.Background())
		resp, err := w.client.Do(ctx, &Request{URL: weburl.MustParse("http://a.test/")})
		if err != nil {
			t.Fatal(err)
		}
		cause := errors.New("left")
		cancel(cause)
		synctest.Wait() // nobody reads, nobody closes: the bubble would notice what stays
		var e *Error
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, cause) || !errors.Is(err, context.Canceled) || !errors.As(err, &e) {
			t.Errorf("error %v", err)
		}
	})
}

func TestDataURLs(t *testing.T) {
	var c Client
	r := fetchAll(&c, &Request{URL: weburl.MustParse("data:text/css;charset=utf-8,a%7Bcolor:red%7D#x"), Destination: Style, Mode: NoCORS})
	if r.err != nil || string(r.body) != "a{color:red}" || r.hop.Status != 200 || r.hop.Header.Get("Content-Type") != "text/css;charset=utf-8" || r.hop.ConnID != 0 {
		t.Errorf("%q, error %v, hop %+v", r.body, r.err, r.hop)
	}
	r = fetchAll(&c, &Request{URL: weburl.MustParse("about:blank")})
	if r.err != nil || len(r.body) != 0 || r.hop.Header.Get("Content-Type") != "text/html;charset=utf-8" {
		t.Errorf("about:blank: %q, error %v", r.body, r.err)
	}
	c.Close(context.Background())
}
