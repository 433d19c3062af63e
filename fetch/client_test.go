package fetch

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

func TestHopHasTimesAndBytes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			time.Sleep(40 * time.Millisecond)
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
			time.Sleep(10 * time.Millisecond)
			io.WriteString(c, "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n3\r\nabc\r\n")
			time.Sleep(20 * time.Millisecond)
			io.WriteString(c, "2\r\nde\r\n0\r\nX-T: t\r\n\r\n")
			return true
		})
		start := time.Now()
		r := w.get("http://a.test/x?y#z")
		if r.err != nil {
			t.Fatal(r.err)
		}
		h := r.hop
		at := func(name string, got time.Time, want time.Duration) {
			t.Helper()
			if d := got.Sub(start); d != want*time.Millisecond {
				t.Errorf("%s at %v, want %v", name, d, want*time.Millisecond)
			}
		}
		at("Queued", h.Times.Queued, 0)
		at("ConnectStart", h.Opening.ConnectStart, 0)
		at("ConnectEnd", h.Opening.ConnectEnd, 10)
		at("LeaseReady", h.Times.LeaseReady, 10)
		at("SendStart", h.Times.SendStart, 10)
		at("SendEnd", h.Times.SendEnd, 10)
		at("FirstByte", h.Times.FirstByte, 60)
		at("HeadEnd", h.Times.HeadEnd, 70)
		at("End", h.Times.End, 90)
		if !h.Opening.TLSStart.IsZero() {
			t.Error("TLS times without TLS")
		}
		if h.Status != 200 || h.StatusText != "Fine" || h.Proto != "http/1.1" || h.Reused || h.ConnID == 0 ||
			h.Remote.String() != "192.0.2.1:80" || h.Opening.DNS.Name != "a.test" || string(r.body) != "abcde" {
			t.Errorf("hop %+v, body %q", h, r.body)
		}
		if got := h.Header.Values("x-a"); !slices.Equal(got, []string{"1", "2"}) {
			t.Errorf("X-A = %q", got)
		}
		if h.Trailer.Get("X-T") != "t" {
			t.Errorf("trailer %v", h.Trailer)
		}
		const interim, head = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n"
		if h.HeadBytes != int64(len(interim+head)) || h.WireBodyBytes != 5 || h.FramingBytes != int64(len("3\r\n\r\n2\r\n\r\n0\r\nX-T: t\r\n\r\n")) || h.DecodedBytes != 5 {
			t.Errorf("head %d, wire %d, framing %d, decoded %d bytes", h.HeadBytes, h.WireBodyBytes, h.FramingBytes, h.DecodedBytes)
		}
		if want := int64(len(appendHead(nil, "GET", "/x?y", h.RequestHeader))); h.SentBytes != want {
			t.Errorf("sent %d bytes, want %d", h.SentBytes, want)
		}
		if !slices.Equal(r.events, []string{"interim 103", "response 200"}) {
			t.Errorf("events %q", r.events)
		}
		if h.URL.String() != "http://a.test/x?y#z" || w.requests[0] != "GET a.test/x?y " {
			t.Errorf("URL %v, requests %q", h.URL, w.requests)
		}
	})
}

func TestConnectionIsReusedAndHopSaysSo(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok("x"), "/close": ok("y", "Connection: close")})
		first, second := w.get("http://a.test/").hop, w.get("http://a.test/").hop
		if first.Reused || !second.Reused || first.ConnID != second.ConnID || second.Opening != nil {
			t.Errorf("first %+v\nsecond %+v", first, second)
		}
		w.get("http://a.test/close")
		if h := w.get("http://a.test/").hop; h.Reused {
			t.Error("a connection that the server closes was reused")
		}
		if first.RequestID == second.RequestID {
			t.Error("two fetches share a request id")
		}
	})
}

func TestNoGoroutineWhileQueued(t *testing.T) {
	inWorld(t, func(w *world) {
		release := make(chan struct{})
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			<-release
			io.WriteString(c, ok("x"))
			return true
		})
		var all []*result
		ctx := w.Context()
		for range 200 {
			r := newResult()
			all = append(all, r)
			w.client.Start(ctx, &Request{URL: weburl.MustParse("http://a.test/")}, r)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		running := 0
		for _, stack := range conntest.Goroutines() {
			if strings.Contains(stack, "fetch.(*Call).run") {
				running++
			}
		}
		if running != 6 {
			t.Errorf("%d goroutines run 200 calls on 6 connections", running)
		}
		close(release)
		for _, r := range all {
			<-r.done
			if r.err != nil {
				t.Fatal(r.err)
			}
		}
		if b := all[199].hop.Blocked; len(b) != 1 || !strings.Contains(b[0], "6") {
			t.Errorf("Blocked = %q", b)
		}
	})
}

func TestPriorityOrdersTheQueue(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.MaxPerHost = 1
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			time.Sleep(time.Second)
			io.WriteString(c, ok("x"))
			return true
		})
		start := func(path string, p conn.Priority) (*Call, *result) {
			r := newResult()
			return w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/" + path), Destination: Image, Mode: NoCORS, Priority: p}, r), r
		}
		_, first := start("first", conn.Low)
		time.Sleep(100 * time.Millisecond)
		low, last := start("raised", conn.VeryLow)
		start("low", conn.Low)
		_, end := start("verylow", conn.VeryLow)
		low.SetPriority(conn.High)
		<-first.done
		<-last.done
		<-end.done
		want := []string{"GET a.test/first ", "GET a.test/raised ", "GET a.test/low ", "GET a.test/verylow "}
		if !slices.Equal(w.requests, want) {
			t.Errorf("order %q, want %q", w.requests, want)
		}
	})
}

func TestDiscardCountsAndDoesNotInflate(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok("no gzip", "Content-Encoding: gzip")})
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Discard: true})
		if r.err != nil || len(r.body) != 0 || r.hop.WireBodyBytes != 7 || r.hop.DecodedBytes != 0 || r.hop.Encoding != "" {
			t.Errorf("error %v, hop %+v", r.err, r.hop)
		}
		if r := w.get("http://a.test/"); !r.hop.Reused {
			t.Error("the connection was not kept")
		}
	})
}

func TestLargeUpload(t *testing.T) {
	inWorld(t, func(w *world) {
		body := strings.Repeat("u", 1<<20)
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			io.WriteString(c, ok("thanks"))
			return true
		})
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Body: []byte(body)})
		if r.err != nil || string(r.body) != "thanks" || r.hop.SentBytes < 1<<20 || !strings.HasSuffix(w.requests[0], body) {
			t.Errorf("error %v, sent %d", r.err, r.hop.SentBytes)
		}
		if r.hop.Times.SendEnd.Before(r.hop.Times.SendStart) {
			t.Error("sent before it began")
		}
	})
}
