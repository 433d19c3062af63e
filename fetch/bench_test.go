package fetch

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"pageload/parse/weburl"
)

// origin answers every request with 1 KB, at the cost of one read and one write.
func origin(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	response := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nCache-Control: max-age=60\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				br := bufio.NewReader(c)
				for {
					for {
						line, err := br.ReadSlice('\n')
						if err != nil {
							return
						}
						if len(line) == 2 {
							break
						}
					}
					if _, err := c.Write(response); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/style.css"
}

// BenchmarkGet fetches 1 KB on a kept connection: this package both ways, and net/http with the same header fields.
func BenchmarkGet(b *testing.B) {
	url := origin(b)
	u := weburl.MustParse(url)
	page := weburl.MustParse("http://127.0.0.1/")
	req := &Request{URL: u, Destination: Style, Mode: NoCORS, Referrer: page, Initiator: page.Origin(), TopLevel: page.Origin()}
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)

	b.Run("Start", func(b *testing.B) {
		var c Client
		defer c.Close(ctx)
		done := make(chan error, 1)
		h := HandlerFuncs{OnDone: func(_ *Hop, err error) { done <- err }}
		b.ReportAllocs()
		for b.Loop() {
			c.Start(ctx, req, h)
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Do", func(b *testing.B) {
		var c Client
		defer c.Close(ctx)
		b.ReportAllocs()
		for b.Loop() {
			resp, err := c.Do(ctx, req)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, resp.Body); n != 1024 || err != nil {
				b.Fatal(n, err)
			}
			resp.Body.Close()
		}
	})
	b.Run("net-http", func(b *testing.B) {
		var t http.Transport
		defer t.CloseIdleConnections()
		c := http.Client{Transport: &t}
		x := newCall(ctx, func() *Client { c := new(Client); c.init(); return c }(), req, HandlerFuncs{})
		x.beginHop()
		var m message
		x.message(&m, false)
		fields := m.fields()
		b.ReportAllocs()
		for b.Loop() {
			r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
			if err != nil {
				b.Fatal(err)
			}
			for _, f := range fields {
				if f.Name != "Host" && f.Name != "Connection" {
					r.Header.Add(f.Name, f.Value)
				}
			}
			resp, err := c.Do(r)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, resp.Body); n != 1024 || err != nil {
				b.Fatal(n, err)
			}
			resp.Body.Close()
		}
	})
}
