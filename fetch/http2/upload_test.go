package http2

import (
	"bytes"
	"errors"
	"testing"

	xhttp2 "golang.org/x/net/http2"
)

func TestUpload(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KB
	opened(t, Config{}, func(w *world, first *result) {
		w.peer.ok(1, "")
		r := w.start(Request{Method: "POST", Body: body})
		w.sent()
		if n := len(w.peer.data[3]); n != 65535 {
			t.Fatalf("%d bytes were sent at once", n)
		}
		w.peer.WriteSettings(xhttp2.Setting{ID: 4, Val: 10}) // the stream's window is negative now
		w.peer.WriteWindowUpdate(0, 1<<20)
		w.peer.WriteWindowUpdate(3, 65525)
		if w.sent(); len(w.peer.data[3]) != 65535 {
			t.Fatalf("%d bytes were sent without a window", len(w.peer.data[3]))
		}
		w.peer.WriteWindowUpdate(3, 1)
		if got := w.sent(); got != "DATA 3 1" {
			t.Errorf("with a window of 1: %s", got)
		}
		w.peer.head(3, false, ":status", "200") // an early answer
		w.peer.WriteWindowUpdate(3, 1<<20)
		w.sent()
		if !bytes.Equal(w.peer.data[3], body) {
			t.Fatalf("%d bytes came", len(w.peer.data[3]))
		}
		w.peer.WriteData(3, true, []byte("thanks"))
		if w.wait(r); r.err != nil || string(r.body) != "thanks" || r.r.SentBytes < int64(len(body))+100 {
			t.Errorf("%q, error %v, %+v", r.body, r.err, r.r)
		}
		if got := w.sent(); got != "" {
			t.Errorf("after that: %s", got)
		}
	})
}

func TestUploadStops(t *testing.T) {
	body := make([]byte, 200000)
	whileSending(t, func(w *world) *result {
		r := w.start(Request{Method: "POST", Body: body})
		w.sent()
		return r
	}, func(*world, *result) {})
}

// whileSending ends requests, of which begin sends the first part, in every way that there is. What is to hold after that, after checks.
func whileSending(t *testing.T, begin func(w *world) *result, after func(w *world, r *result)) {
	t.Helper()
	tests := map[string]struct {
		do     func(w *world, r *result)
		status int
		err    string
		sent   string
	}{
		"when it is answered": {func(w *world, r *result) {
			w.peer.head(3, true, ":status", "413")
		}, 413, "", "RST_STREAM 3 CANCEL"},
		"when it is answered and not wanted": {func(w *world, r *result) {
			w.peer.head(3, true, ":status", "413")
			w.peer.WriteRSTStream(3, xhttp2.ErrCodeNo)
		}, 413, "", ""},
		"when it is reset":     {func(w *world, r *result) { w.peer.WriteRSTStream(3, xhttp2.ErrCodeInternal) }, 0, "http2: stream 3: RST_STREAM: the server ended the stream (INTERNAL_ERROR)", ""},
		"when it is cancelled": {func(w *world, r *result) { r.s.Cancel(errors.New("left")) }, 0, "left", "RST_STREAM 3 CANCEL"},
		"when the connection ends": {func(w *world, r *result) {
			w.peer.nc.Close()
		}, 0, "http2: stream 3: the server closed the connection before the response: EOF", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			opened(t, Config{}, func(w *world, first *result) {
				w.peer.ok(1, "")
				r := begin(w)
				tt.do(w, r)
				w.wait(r)
				if r.err != nil && r.err.Error() != tt.err || r.err == nil && tt.err != "" || r.r.Status != tt.status {
					t.Errorf("status %d, error %v", r.r.Status, r.err)
				}
				if got := w.sent(); got != tt.sent {
					t.Errorf("sent %q, want %q", got, tt.sent)
				}
				after(w, r)
			})
		})
	}
}
