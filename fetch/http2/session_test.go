package http2

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func TestWhatIsSentFirst(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		w.start(Request{Path: "/p?q", Fields: []Field{{"user-agent", "u"}, {"cookie", "a=1; b=2;c"}, {"priority", "u=0, i"}}})
		w.peer.WriteSettings()
		if got, want := w.sent(), "SETTINGS 1:65536 2:0 4:6291456 6:262144; WINDOW_UPDATE 0 15663105; HEADERS 1; SETTINGS ack"; got != want {
			t.Errorf(" got %s\nwant %s", got, want)
		}
		want := []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":authority", Value: "a.test"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/p?q"},
			{Name: "user-agent", Value: "u"}, {Name: "cookie", Value: "a=1"}, {Name: "cookie", Value: "b=2"}, {Name: "cookie", Value: "c"}, {Name: "priority", Value: "u=0, i"}}
		if got := w.peer.heads[1]; !slices.Equal(got, want) {
			t.Errorf(" got %v\nwant %v", got, want)
		}
		if got := w.peer.prios[1]; got.Weight != 255 || !got.Exclusive || got.StreamDep != 0 {
			t.Errorf("priority %+v", got)
		}
	})
}

func TestResponse(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		sent := time.Now()
		time.Sleep(time.Second)
		w.peer.head(1, false, ":status", "103", "link", "</a>")
		time.Sleep(time.Second)
		w.peer.head(1, false, ":status", "200", "a", "1", "b", "2", "a", "3")
		w.peer.WriteDataPadded(1, false, []byte("con"), make([]byte, 10))
		time.Sleep(time.Second)
		w.peer.WriteData(1, false, []byte("tent"))
		w.peer.head(1, true, "t", "r")
		w.wait(r)
		if r.err != nil || r.r.Status != 200 || string(r.body) != "content" || !slices.Equal(r.interims, []int{103}) ||
			!slices.Equal(r.r.Header, []Field{{"a", "1"}, {"b", "2"}, {"a", "3"}}) || !slices.Equal(r.r.Trailer, []Field{{"t", "r"}}) || r.r.ContentLength != -1 {
			t.Errorf("error %v, %q, %+v, interim %v", r.err, r.body, r.r, r.interims)
		}
		if first, head := r.r.FirstByte.Sub(sent), r.r.HeadEnd.Sub(sent); first != time.Second+5*time.Millisecond || head != 2*time.Second+5*time.Millisecond {
			t.Errorf("first byte after %v, head after %v", first, head)
		}
		// Heads: 103 and link, not in the table before; status 200 and a, b, a; t. Each with 9 bytes of frame.
		if r.r.ContentBytes != 7 || r.r.FrameBytes != 9+1+10+9 || r.r.HeadBytes < 3*9+10 || r.r.HeadBytes > 3*9+40 || r.r.SentBytes < 9+5+5 || r.r.SentBytes > 60 {
			t.Errorf("bytes %+v", r.r)
		}
		if got := w.c.Available(); got != 100 {
			t.Errorf("Available() = %d", got)
		}
	})
}

func TestOneByteAtATime(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		var all bytes.Buffer
		p := newPeer(nil)
		p.Framer = xhttp2.NewFramer(&all, nil)
		p.head(1, false, ":status", "200")
		p.WriteDataPadded(1, false, []byte("con"), make([]byte, 10))
		p.WritePing(false, [8]byte{1, 2})
		p.WriteData(1, true, []byte("tent"))
		for _, b := range all.Bytes() {
			w.peer.nc.Write([]byte{b})
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		if w.wait(r); r.err != nil || string(r.body) != "content" || w.sent() != "PING ack" {
			t.Errorf("%q, error %v", r.body, r.err)
		}
	})
}

func TestMaxBody(t *testing.T) {
	for _, drop := range []bool{false, true} {
		inWorld(t, Config{}, func(w *world) {
			r := w.start(Request{Drop: drop, MaxBody: 10})
			w.peer.WriteSettings()
			w.peer.head(1, false, ":status", "200")
			w.peer.WriteData(1, false, make([]byte, 11))
			w.wait(r)
			var e *Error
			if !errors.As(r.err, &e) || e.Limit != "MaxBody" || !strings.HasSuffix(w.sent(), "RST_STREAM 1 CANCEL") {
				t.Errorf("drop %v: %v", drop, r.err)
			}
		})
	}
}

func TestSinkErrorEndsTheStream(t *testing.T) {
	opened(t, Config{}, func(w *world, r *result) {
		full := errors.New("full")
		r.sink = func([]byte) error { return full }
		w.peer.head(1, false, ":status", "200")
		w.peer.WriteData(1, false, []byte("x"))
		if w.wait(r); r.err != full || w.sent() != "RST_STREAM 1 CANCEL" {
			t.Errorf("error %v", r.err)
		}
	})
}

func TestLargeRequestHead(t *testing.T) {
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ReadMetaHeaders.SetMaxStringLength(1 << 20)
		w.peer.MaxHeaderListSize = 1 << 20
		v := strings.Repeat("~", 40000)
		w.start(Request{Fields: []Field{{"a", v}}})
		w.sent()
		if got := w.peer.heads[3]; len(got) != 5 || got[4].Value != v {
			t.Errorf("%d fields", len(got))
		}
	})
}

func TestHeaderTableOfTheServer(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		w.start(Request{Fields: []Field{{"a", "b"}}})
		w.peer.WriteSettings(xhttp2.Setting{ID: 1, Val: 0})
		w.sent()
		w.peer.ReadMetaHeaders.SetMaxDynamicTableSize(0)
		w.peer.ReadMetaHeaders.SetAllowedMaxDynamicTableSize(0)
		w.start(Request{Method: "PUT", Fields: []Field{{"a", "b"}}})
		w.start(Request{Fields: []Field{{"a", "b"}}})
		w.sent()
		if len(w.peer.heads[5]) != 5 || w.peer.closed {
			t.Errorf("heads %v", w.peer.heads)
		}
	})
}
