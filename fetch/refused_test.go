package fetch

import (
	"bufio"
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

// framed serves HTTP/2 by hand, and 204 to all over HTTP/1.1: answer is called for each request with its stream, others for frames that are neither
// HEADERS nor SETTINGS.
func framed(t *testing.T, answer func(f *http2.Framer, stream uint32, n int), others ...func(*http2.Framer, http2.Frame)) *Client {
	t.Helper()
	cert, roots := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "a.test")
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	serve := func(c net.Conn) {
		defer c.Close()
		if tc := c.(*tls.Conn); tc.HandshakeContext(t.Context()) == nil && tc.ConnectionState().NegotiatedProtocol == "http/1.1" {
			in := bufio.NewReader(tc)
			for {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				io.WriteString(tc, "HTTP/1.1 204 No Content\r\n\r\n")
			}
		}
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
			default:
				for _, other := range others {
					other(f, frame)
				}
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

func TestHTTP2NamesOfErrors(t *testing.T) {
	for code, want := range map[http2.ErrCode]string{
		http2.ErrCodeInternal: "net::ERR_HTTP2_PROTOCOL_ERROR", http2.ErrCodeFlowControl: "net::ERR_HTTP2_FLOW_CONTROL_ERROR",
		http2.ErrCodeFrameSize: "net::ERR_HTTP2_FRAME_SIZE_ERROR", http2.ErrCodeCompression: "net::ERR_HTTP2_COMPRESSION_ERROR",
		http2.ErrCodeInadequateSecurity: "net::ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY",
		http2.ErrCodeRefusedStream:      "net::ERR_HTTP2_SERVER_REFUSED_STREAM",
	} {
		c := framed(t, func(f *http2.Framer, stream uint32, n int) { f.WriteRSTStream(stream, code) })
		r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")})
		e, _ := r.err.(*Error)
		if e == nil || e.Net() != want || (r.hop.Retries > 0) != (code == http2.ErrCodeRefusedStream) {
			t.Errorf("%v: error %v after %d retries, want %s", code, r.err, r.hop.Retries, want)
		}
	}
}

func TestHTTP2PriorityThatChangesIsTold(t *testing.T) {
	asked := make(chan struct{})
	told := make(chan *http2.PriorityFrame, 1)
	c := framed(t, func(*http2.Framer, uint32, int) { asked <- struct{}{} }, func(f *http2.Framer, frame http2.Frame) {
		if p, ok := frame.(*http2.PriorityFrame); ok {
			told <- p
			status(f, 1, "204")
			status(f, 3, "204")
		}
	})
	u := weburl.MustParse("https://a.test/")
	first, second := newResult(), newResult()
	c.Start(context.Background(), &Request{URL: u, Destination: Image, Mode: NoCORS, Priority: conn.Low}, first)
	<-asked
	call := c.Start(context.Background(), &Request{URL: u, Destination: Image, Mode: NoCORS, Priority: conn.Low}, second)
	<-asked
	call.SetPriority(conn.High)
	if p := <-told; p.StreamID != 3 || p.StreamDep != 0 || p.Weight != 219 || !p.Exclusive {
		t.Errorf("PRIORITY %v", p)
	}
	<-first.done
	if <-second.done; first.err != nil || second.err != nil {
		t.Error(first.err, second.err)
	}
}

func TestHTTP2GoAwayOfARequestIsTriedAgain(t *testing.T) {
	again := 0
	c := framed(t, func(f *http2.Framer, stream uint32, n int) {
		if again++; again == 1 {
			f.WriteGoAway(0, http2.ErrCodeNo, nil)
			return
		}
		status(f, stream, "204")
	})
	r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/"), Method: "POST", Body: []byte("x")})
	if r.err != nil || r.hop.Status != 204 || r.hop.Retries != 1 || again != 2 || r.hop.ConnID != 2 {
		t.Errorf("error %v after %d requests, hop %+v", r.err, again, r.hop)
	}
}

func TestHTTP2BytesAreCounted(t *testing.T) {
	c, _ := secure(t, true, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 20000)) })
	for _, discard := range []bool{false, true} {
		h := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/"), Discard: discard}).hop
		if h.WireBodyBytes != 20000 || h.HeadBytes < 9+1 || h.HeadBytes > 300 || h.FramingBytes < 2*9 || h.FramingBytes%9 != 0 || h.SentBytes < 9+5+5 || h.SentBytes > 1000 {
			t.Errorf("discard %v: %+v", discard, h)
		}
	}
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

// As Chromium's HttpNetworkTransaction::HandleHttp11Required: the request is sent again over HTTP/1.1, and the host's later ones too.
func TestHTTP11Required(t *testing.T) {
	for _, how := range []string{"stream", "session", "after the head"} {
		t.Run(how, func(t *testing.T) {
			asked := 0
			c := framed(t, func(f *http2.Framer, stream uint32, n int) {
				asked++
				switch how {
				case "stream":
					f.WriteRSTStream(stream, http2.ErrCodeHTTP11Required)
				case "session":
					f.WriteGoAway(0, http2.ErrCodeHTTP11Required, nil)
				default:
					var b bytes.Buffer
					hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
					f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: b.Bytes(), EndHeaders: true})
					f.WriteRSTStream(stream, http2.ErrCodeHTTP11Required)
				}
			})
			r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/"), Method: "POST", Body: []byte("x")})
			if how == "after the head" {
				e, _ := r.err.(*Error)
				if e == nil || e.Net() != "net::ERR_HTTP_1_1_REQUIRED" || r.hop.Retries != 0 {
					t.Errorf("error %v, hop %+v", r.err, r.hop)
				}
				return
			}
			if r.err != nil || r.hop.Status != 204 || r.hop.Retries != 1 || r.hop.Proto != "http/1.1" || r.hop.ConnID != 2 {
				t.Errorf("error %v, hop %+v", r.err, r.hop)
			}
			r = fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/")})
			if r.err != nil || r.hop.Retries != 0 || r.hop.Proto != "http/1.1" || asked != 1 {
				t.Errorf("later: error %v after %d requests on HTTP/2, hop %+v", r.err, asked, r.hop)
			}
		})
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
