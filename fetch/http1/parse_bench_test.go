package http1

import (
	"io"
	"strings"
	"testing"
)

// repeat is a connection on which the same response comes again and again.
type repeat struct {
	script
	in string
	at int
}

func (s *repeat) Read(p []byte) (int, error) {
	n := copy(p, s.in[s.at:])
	s.at = (s.at + n) % len(s.in)
	return n, nil
}

// BenchmarkParse is an exchange without a network: what the codec itself costs.
func BenchmarkParse(b *testing.B) {
	fields := "Server: nginx|Date: Sun, 22 Nov 2026 12:00:00 GMT|Content-Type: text/html; charset=utf-8|Connection: keep-alive|Vary: Accept-Encoding|" +
		"Cache-Control: public, max-age=31536000, immutable|ETag: \"65f1c0de-2a3b\"|Last-Modified: Wed, 18 Nov 2026 09:12:44 GMT|" +
		"Strict-Transport-Security: max-age=63072000; includeSubDomains; preload|X-Content-Type-Options: nosniff|"
	for _, tt := range []struct{ name, in string }{
		{"small", "HTTP/1.1 200 OK|Content-Length: 5||hello"},
		{"usual", "HTTP/1.1 200 OK|" + fields + "Content-Length: 1024||" + strings.Repeat("x", 1024)},
		{"chunked", "HTTP/1.1 200 OK|" + fields + "Transfer-Encoding: chunked||" + strings.Repeat("400|"+strings.Repeat("x", 1024)+"|", 16) + "0||"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			in := unlines(tt.in)
			c := NewConn(&repeat{script: script{end: io.EOF}, in: in})
			var r Response
			sink := func([]byte) error { return nil }
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				c.state = awaiting
				if err := c.ReadResponse(&r, "GET"); err != nil {
					b.Fatal(err)
				}
				if err := c.ReadBody(&r, sink); err != nil || !r.KeepAlive() {
					b.Fatal(err)
				}
			}
		})
	}
}
