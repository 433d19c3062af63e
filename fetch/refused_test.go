package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"pageload/conn"
	"pageload/parse/weburl"
)

// framed serves HTTP/2 by hand on one connection: answer is called for each request with its stream.
func framed(t *testing.T, answer func(f *http2.Framer, stream uint32, n int)) *Client {
	t.Helper()
	cert, roots := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "a.test")
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	serve := func(c net.Conn) {
		defer c.Close()
		if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		f := http2.NewFramer(c, c)
		f.WriteSettings()
		for n := 0; ; {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					f.WriteSettingsAck()
				}
			case *http2.HeadersFrame:
				n++
				answer(f, frame.StreamID, n)
			}
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	c := &Client{Pool: &conn.Pool{Dialer: loopback(l.Addr(), roots)}}
	t.Cleanup(func() {
		c.Pool.Close(context.Background())
		l.Close()
		<-ended
	})
	return c
}

func status(f *http2.Framer, stream uint32, code string) {
	var b bytes.Buffer
	hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: ":status", Value: code})
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: b.Bytes(), EndHeaders: true, EndStream: true})
}

func TestHTTP2RefusedStreamIsTriedAgain(t *testing.T) {
	c := framed(t, func(f *http2.Framer, stream uint32, n int) {
		if n == 1 {
			f.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			return
		}
		status(f, stream, "204")
	})
	r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")})
	if r.err != nil || r.hop.Status != 204 || r.hop.Retries != 1 {
		t.Errorf("error %v, hop %+v", r.err, r.hop)
	}
}

func TestHTTP2OtherResetsAreErrors(t *testing.T) {
	asked := 0
	c := framed(t, func(f *http2.Framer, stream uint32, n int) {
		if asked = n; n == 1 {
			status(f, stream, "200")
			return
		}
		f.WriteRSTStream(stream, http2.ErrCodeInternal)
	})
	for range 2 {
		fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")})
	}
	r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")})
	e, _ := r.err.(*Error)
	if e == nil || e.Net() != "net::ERR_HTTP2_PROTOCOL_ERROR" || r.hop.Retries != 0 || asked != 3 {
		t.Errorf("error %v after %d requests, hop %+v", r.err, asked, r.hop)
	}
}

func TestHTTP2ClosedByThePeerWhileIdle(t *testing.T) {
	closed := make(chan struct{})
	c, srv := secure(t, true, func(http.ResponseWriter, *http.Request) {})
	c.Pool.OnEvent = func(e conn.Event) {
		if e.Kind == conn.EventClosed {
			close(closed)
		}
	}
	if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")}); r.err != nil {
		t.Fatal(r.err)
	}
	srv.CloseClientConnections()
	<-closed // without another request
}

func TestHTTP2GoAwayMovesToAnotherConnection(t *testing.T) {
	c := framed(t, func(f *http2.Framer, stream uint32, n int) {
		status(f, stream, "200")
		f.WriteGoAway(stream, http2.ErrCodeNo, nil)
	})
	ids := make(map[uint64]bool)
	for range 3 {
		r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")})
		if r.err != nil {
			t.Fatal(r.err)
		}
		ids[r.hop.ConnID] = true
	}
	if len(ids) < 2 {
		t.Errorf("all requests went to connection %v", ids)
	}
}
