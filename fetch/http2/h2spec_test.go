package http2

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	xhttp2 "golang.org/x/net/http2"
)

// outcome is what a client does: it takes the response, resets the stream or ends the connection with one of the codes.
type outcome struct {
	ok     bool
	reset  xhttp2.ErrCode
	goAway xhttp2.ErrCode
}

const (
	protocol = xhttp2.ErrCodeProtocol
	size     = xhttp2.ErrCodeFrameSize
	flow     = xhttp2.ErrCodeFlowControl
	closed   = xhttp2.ErrCodeStreamClosed
)

var fine = outcome{ok: true}

func ends(code xhttp2.ErrCode) outcome { return outcome{goAway: code} }

// specCases are h2spec's cases for clients by what the server does: stream 1 is open when script is called.
var specCases = map[string]struct {
	script func(p *peer)
	want   outcome
	reason string // why it is not what the case asks for
}{
	"Sends a server connection preface":     {func(p *peer) { p.ok(1, "x") }, fine, ""},
	"Sends a frame with unknown type":       {func(p *peer) { p.WriteRawFrame(0xff, 0, 0, make([]byte, 8)); p.ok(1, "x") }, fine, ""},
	"Sends a frame with undefined flag":     {func(p *peer) { p.WriteRawFrame(xhttp2.FramePing, 0x16, 0, make([]byte, 8)); p.ok(1, "x") }, fine, ""},
	"Sends a frame with reserved field bit": {func(p *peer) { p.WriteRawFrame(xhttp2.FramePing, 0, 1<<31, make([]byte, 8)); p.ok(1, "x") }, fine, ""},
	"Sends an unknown extension frame":      {func(p *peer) { p.WriteRawFrame(0x16, 0, 0, make([]byte, 8)); p.ok(1, "x") }, fine, ""},
	"Sends a DATA frame with 2^14 octets in length": {func(p *peer) {
		p.head(1, false, ":status", "200")
		p.WriteData(1, true, make([]byte, 1<<14))
	}, fine, ""},
	"Sends a large size DATA frame that exceeds the SETTINGS_MAX_FRAME_SIZE": {func(p *peer) {
		p.head(1, false, ":status", "200")
		p.WriteData(1, true, make([]byte, 1<<14+1))
	}, ends(size), ""},
	"Sends a large size HEADERS frame that exceeds the SETTINGS_MAX_FRAME_SIZE": {func(p *peer) {
		p.head(1, true, ":status", "200", "x", strings.Repeat("\x01", 1<<14))
	}, ends(size), ""},
	"Sends invalid header block fragment": {func(p *peer) {
		p.WriteRawFrame(xhttp2.FrameHeaders, 0x5, 1, []byte("\x40"))
	}, ends(xhttp2.ErrCodeCompression), ""},
	"Sends an unexpected stream identifier": {func(p *peer) { p.head(2, true, ":status", "200") }, ends(protocol), ""},
	"idle: Sends a DATA frame":              {func(p *peer) { p.WriteData(3, true, []byte("x")) }, ends(protocol), ""},
	"idle: Sends a RST_STREAM frame":        {func(p *peer) { p.WriteRSTStream(3, xhttp2.ErrCodeCancel) }, ends(protocol), ""},
	"idle: Sends a WINDOW_UPDATE frame":     {func(p *peer) { p.WriteWindowUpdate(3, 100) }, ends(protocol), ""},
	"idle: Sends a CONTINUATION frame":      {func(p *peer) { p.WriteContinuation(3, true, nil) }, ends(protocol), ""},
	"closed: Sends a DATA frame after sending RST_STREAM frame": {func(p *peer) {
		p.WriteRSTStream(1, xhttp2.ErrCodeCancel)
		p.WriteData(1, true, []byte("x"))
	}, outcome{reset: closed}, ""},
	"closed: Sends a HEADERS frame after sending RST_STREAM frame": {func(p *peer) {
		p.WriteRSTStream(1, xhttp2.ErrCodeCancel)
		p.head(1, true, ":status", "200")
	}, outcome{reset: closed}, ""},
	"closed: Sends a CONTINUATION frame after sending RST_STREAM frame": {func(p *peer) {
		p.WriteRSTStream(1, xhttp2.ErrCodeCancel)
		p.WriteContinuation(1, true, nil)
	}, ends(protocol), "RFC 9113 section 6.10: CONTINUATION that follows no HEADERS is a connection error, whatever the stream's state"},
	"closed: Sends a DATA frame":    {func(p *peer) { p.ok(1, "x"); p.WriteData(1, true, []byte("x")) }, ends(closed), ""},
	"closed: Sends a HEADERS frame": {func(p *peer) { p.ok(1, "x"); p.head(1, true, ":status", "200") }, ends(closed), ""},
	"closed: Sends a CONTINUATION frame": {func(p *peer) { p.ok(1, "x"); p.WriteContinuation(1, true, nil) }, ends(protocol),
		"as above; RFC 9113 has PROTOCOL_ERROR for it"},
	"Sends an invalid PING frame for connection close":    {func(p *peer) { p.WriteRawFrame(xhttp2.FramePing, 0, 3, make([]byte, 8)) }, ends(protocol), ""},
	"Sends an invalid PING frame to receive GOAWAY frame": {func(p *peer) { p.WriteRawFrame(xhttp2.FramePing, 0, 3, make([]byte, 8)) }, ends(protocol), ""},
	"Sends multiple CONTINUATION frames preceded by a HEADERS frame": {func(p *peer) {
		p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":status", "200"), EndStream: true})
		p.WriteContinuation(1, false, p.block("a", "b"))
		p.WriteContinuation(1, true, p.block("c", "d"))
	}, fine, ""},
	"Sends a CONTINUATION frame followed by any frame other than CONTINUATION": {func(p *peer) {
		p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":status", "200")})
		p.WriteContinuation(1, false, p.block("a", "b"))
		p.WriteData(1, true, []byte("x"))
	}, ends(protocol), ""},
	"Sends a CONTINUATION frame with 0x0 stream identifier": {func(p *peer) {
		p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":status", "200")})
		p.WriteContinuation(0, true, p.block("a", "b"))
	}, ends(protocol), ""},
	"Sends a CONTINUATION frame preceded by a HEADERS frame with END_HEADERS flag": {func(p *peer) {
		p.head(1, false, ":status", "200")
		p.WriteContinuation(1, true, p.block("a", "b"))
	}, ends(protocol), ""},
	"Sends a CONTINUATION frame preceded by a CONTINUATION frame with END_HEADERS flag": {func(p *peer) {
		p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":status", "200")})
		p.WriteContinuation(1, true, p.block("a", "b"))
		p.WriteContinuation(1, true, p.block("c", "d"))
	}, ends(protocol), ""},
	"Sends a CONTINUATION frame preceded by a DATA frame": {func(p *peer) {
		p.head(1, false, ":status", "200")
		p.WriteData(1, false, []byte("x"))
		p.WriteContinuation(1, true, p.block("a", "b"))
	}, ends(protocol), ""},
	"Sends a DATA frame with 0x0 stream identifier": {func(p *peer) { p.WriteData(0, true, []byte("x")) }, ends(protocol), ""},
	`Sends a DATA frame on the stream that is not in "open" or "half-closed (local)" state`: {func(p *peer) {
		p.ok(1, "x")
		p.WriteData(1, true, []byte("x"))
	}, ends(closed), "after END_STREAM section 5.1 makes it an error of the connection, with the code that is asked for"},
	"Sends a DATA frame with invalid pad length": {func(p *peer) {
		p.head(1, false, ":status", "200")
		p.WriteRawFrame(xhttp2.FrameData, 0x9, 1, []byte("\x06\x54\x65\x73\x74"))
	}, ends(protocol), ""},
	"Sends a HEADERS frame without the END_HEADERS flag, and a PRIORITY frame": {func(p *peer) {
		p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":status", "200")})
		p.WritePriority(1, xhttp2.PriorityParam{})
	}, ends(protocol), ""},
	"Sends a HEADERS frame with 0x0 stream identifier": {func(p *peer) { p.head(0, true, ":status", "200") }, ends(protocol), ""},
	"Sends a HEADERS frame with invalid pad length": {func(p *peer) {
		p.WriteRawFrame(xhttp2.FrameHeaders, 0xd, 1, append([]byte{100}, p.block(":status", "200")...))
	}, ends(protocol), ""},
	"Sends a PRIORITY frame with 0x0 stream identifier": {func(p *peer) { p.WriteRawFrame(xhttp2.FramePriority, 0, 0, make([]byte, 5)) }, ends(protocol), ""},
	"Sends a PRIORITY frame with a length other than 5 octets": {func(p *peer) {
		p.WriteRawFrame(xhttp2.FramePriority, 0, 1, make([]byte, 4))
	}, outcome{reset: size}, ""},
	"Sends a RST_STREAM frame with 0x0 stream identifier":        {func(p *peer) { p.WriteRSTStream(0, xhttp2.ErrCodeCancel) }, ends(protocol), ""},
	"Sends a RST_STREAM frame on a idle stream":                  {func(p *peer) { p.WriteRSTStream(5, xhttp2.ErrCodeCancel) }, ends(protocol), ""},
	"Sends a RST_STREAM frame with a length other than 4 octets": {func(p *peer) { p.WriteRawFrame(xhttp2.FrameRSTStream, 0, 1, make([]byte, 3)) }, ends(size), ""},
	"SETTINGS_INITIAL_WINDOW_SIZE (0x4): Sends the value above the maximum flow control window size": {func(p *peer) {
		p.WriteSettings(xhttp2.Setting{ID: 4, Val: 1 << 31})
	}, ends(flow), ""},
	"SETTINGS_MAX_FRAME_SIZE (0x5): Sends the value below the initial value":              {func(p *peer) { p.WriteSettings(xhttp2.Setting{ID: 5, Val: 1<<14 - 1}) }, ends(protocol), ""},
	"SETTINGS_MAX_FRAME_SIZE (0x5): Sends the value above the maximum allowed frame size": {func(p *peer) { p.WriteSettings(xhttp2.Setting{ID: 5, Val: 1 << 24}) }, ends(protocol), ""},
	"Sends a SETTINGS frame with unknown identifier":                                      {func(p *peer) { p.WriteSettings(xhttp2.Setting{ID: 0xff, Val: 1}); p.ok(1, "x") }, fine, ""},
	"Sends a SETTINGS frame without ACK flag":                                             {func(p *peer) { p.WriteSettings(); p.ok(1, "x") }, fine, ""},
	"Sends a SETTINGS frame with ACK flag and payload":                                    {func(p *peer) { p.WriteRawFrame(xhttp2.FrameSettings, 1, 0, make([]byte, 6)) }, ends(size), ""},
	"Sends a SETTINGS frame with a stream identifier other than 0x0":                      {func(p *peer) { p.WriteRawFrame(xhttp2.FrameSettings, 0, 1, make([]byte, 6)) }, ends(protocol), ""},
	"Sends a SETTINGS frame with a length other than a multiple of 6 octets":              {func(p *peer) { p.WriteRawFrame(xhttp2.FrameSettings, 0, 0, make([]byte, 3)) }, ends(size), ""},
	"Sends a PING frame":          {func(p *peer) { p.WritePing(false, [8]byte{1}); p.ok(1, "x") }, fine, ""},
	"Sends a PING frame with ACK": {func(p *peer) { p.WritePing(true, [8]byte{1}); p.ok(1, "x") }, fine, ""},
	"Sends a PING frame with a stream identifier field value other than 0x0": {func(p *peer) { p.WriteRawFrame(xhttp2.FramePing, 0, 1, make([]byte, 8)) }, ends(protocol), ""},
	"Sends a PING frame with a length field value other than 8":              {func(p *peer) { p.WriteRawFrame(xhttp2.FramePing, 0, 0, make([]byte, 6)) }, ends(size), ""},
	"Sends a GOAWAY frame with a stream identifier other than 0x0":           {func(p *peer) { p.WriteRawFrame(xhttp2.FrameGoAway, 0, 1, make([]byte, 8)) }, ends(protocol), ""},
	"Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1": {func(p *peer) {
		p.WriteWindowUpdate(0, 1<<31-1)
		p.WriteWindowUpdate(0, 1<<31-1)
	}, ends(flow), ""},
	"Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream": {func(p *peer) {
		p.WriteWindowUpdate(1, 1<<31-1)
		p.WriteWindowUpdate(1, 1<<31-1)
	}, outcome{reset: flow}, ""},
	"Sends a WINDOW_UPDATE frame with a flow control window increment of 0":             {func(p *peer) { p.WriteWindowUpdate(0, 0) }, ends(protocol), ""},
	"Sends a WINDOW_UPDATE frame with a flow control window increment of 0 on a stream": {func(p *peer) { p.WriteWindowUpdate(1, 0) }, ends(protocol), ""},
	"Sends a WINDOW_UPDATE frame with a length other than 4 octets":                     {func(p *peer) { p.WriteRawFrame(xhttp2.FrameWindowUpdate, 0, 0, make([]byte, 3)) }, ends(size), ""},
}

// TestH2spec does what h2spec's servers do (testdata/h2spec-client-cases.jsonl) and compares what the client does with what it must do.
func TestH2spec(t *testing.T) {
	data, err := os.ReadFile("testdata/h2spec-client-cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	cases, otherwise := 0, 0
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); cases++ {
		var v struct {
			Section    string
			ServerDoes string `json:"server_does"`
			ClientMust string `json:"client_must"`
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		tt, ok := specCases[v.ServerDoes]
		if !ok {
			t.Errorf("no script for: %s %s", v.Section, v.ServerDoes)
			continue
		}
		t.Run(v.Section+" "+v.ServerDoes, func(t *testing.T) {
			asked := strings.Contains(v.ClientMust, "connection error") || strings.Contains(v.ClientMust, "GOAWAY")
			if tt.reason != "" {
				otherwise++
				t.Logf("%s: %s", v.ClientMust, tt.reason)
			} else if code := tt.want.goAway | tt.want.reset; code != 0 && strings.Contains(v.ClientMust, "_") && !strings.Contains(v.ClientMust, code.String()) && asked {
				t.Errorf("the table has %v, the case asks: %s", code, v.ClientMust)
			}
			opened(t, Config{}, func(w *world, first *result) {
				tt.script(w.peer)
				w.sent()
				got := outcome{reset: w.peer.resets[1]}
				if w.peer.goAway != nil {
					got.goAway = *w.peer.goAway
				}
				got.ok = first.ended() && first.err == nil && got.reset == 0 && got.goAway == 0
				if got != tt.want {
					t.Errorf("%s:\n got %+v, error %v\nwant %+v", v.ClientMust, got, first.err, tt.want)
				}
				if (got.goAway != 0) != (w.c.Err() != nil) || (w.c.Available() == 0) != (w.c.Err() != nil) || (w.last() != nil) != (w.c.Err() != nil) {
					t.Errorf("Err %v, Available %d, Ended %v", w.c.Err(), w.c.Available(), w.last())
				}
				switch v.ServerDoes {
				case "Sends a PING frame":
					if w.peer.pongs != 1 {
						t.Errorf("%d answers to PING", w.peer.pongs)
					}
				case "Sends a PING frame with ACK":
					if w.peer.pongs != 0 {
						t.Error("the answer is answered")
					}
				case "Sends a SETTINGS frame without ACK flag":
					if w.peer.acks != 2 {
						t.Errorf("%d acknowledgements of 2 SETTINGS", w.peer.acks)
					}
				}
			})
		})
	}
	if cases != 57 {
		t.Errorf("%d cases, want 57", cases)
	}
	t.Logf("%d cases, %d with another outcome for the reason given", cases, otherwise)
}

// TestServerFaults are those that h2spec has no case for.
func TestServerFaults(t *testing.T) {
	tests := []struct {
		name   string
		script func(p *peer)
		want   outcome
		text   string
	}{
		{"a response before SETTINGS", nil, ends(protocol), "http2: stream 1: HEADERS: the first frame is not SETTINGS (PROTOCOL_ERROR)"},
		{"PUSH_PROMISE", func(p *peer) {
			p.WritePushPromise(xhttp2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: p.block(":path", "/"), EndHeaders: true})
		}, ends(protocol), "http2: stream 1: PUSH_PROMISE: pushing is not allowed (RFC 9113 section 8.4) (PROTOCOL_ERROR)"},
		{"ENABLE_PUSH", func(p *peer) { p.WriteSettings(xhttp2.Setting{ID: 2, Val: 1}) }, ends(protocol), "http2: SETTINGS: ENABLE_PUSH is 1 (PROTOCOL_ERROR)"},
		{"DATA before the head", func(p *peer) { p.WriteData(1, false, []byte("x")) }, outcome{reset: protocol}, "http2: stream 1: DATA: before the head (PROTOCOL_ERROR)"},
		{"too much content", func(p *peer) {
			p.head(1, false, ":status", "200", "content-length", "3")
			p.WriteData(1, true, []byte("four"))
		}, outcome{reset: protocol}, "http2: stream 1: DATA: 4 bytes of content, Content-Length says 3 (PROTOCOL_ERROR)"},
		{"too little content", func(p *peer) {
			p.head(1, false, ":status", "200", "content-length", "5")
			p.WriteData(1, true, []byte("four"))
		}, outcome{reset: protocol}, "http2: stream 1: DATA: END_STREAM after 4 bytes of content, Content-Length says 5 (PROTOCOL_ERROR)"},
		{"no content", func(p *peer) { p.head(1, true, ":status", "200", "content-length", "5") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: END_STREAM without content, Content-Length says 5 (PROTOCOL_ERROR)"},
		{"content of a 204", func(p *peer) { p.head(1, false, ":status", "204"); p.WriteData(1, true, []byte("x")) }, outcome{reset: protocol}, "http2: stream 1: DATA: content where there is none (PROTOCOL_ERROR)"},
		{"two lengths", func(p *peer) { p.head(1, true, ":status", "200", "content-length", "0", "content-length", "1") }, outcome{reset: protocol}, `http2: stream 1: HEADERS: malformed: Content-Length "1" (PROTOCOL_ERROR)`},
		{"no status", func(p *peer) { p.head(1, true, "a", "b") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: no :status (PROTOCOL_ERROR)"},
		{"two statuses", func(p *peer) { p.head(1, true, ":status", "200", ":status", "200") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: two :status fields (PROTOCOL_ERROR)"},
		{"status of 4 digits", func(p *peer) { p.head(1, true, ":status", "2000") }, outcome{reset: protocol}, `http2: stream 1: HEADERS: malformed: :status "2000" (PROTOCOL_ERROR)`},
		{"a request's field", func(p *peer) { p.head(1, true, ":status", "200", ":path", "/") }, outcome{reset: protocol}, `http2: stream 1: HEADERS: malformed: pseudo-header field ":path" (PROTOCOL_ERROR)`},
		{"status late", func(p *peer) { p.head(1, true, "a", "b", ":status", "200") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: pseudo-header field after others (PROTOCOL_ERROR)"},
		{"upper case", func(p *peer) { p.head(1, true, ":status", "200", "Server", "x") }, outcome{reset: protocol}, `http2: stream 1: HEADERS: malformed: field name "Server" (PROTOCOL_ERROR)`},
		{"field of a connection", func(p *peer) { p.head(1, true, ":status", "200", "transfer-encoding", "chunked") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: field transfer-encoding belongs to HTTP/1.1 (PROTOCOL_ERROR)"},
		{"line feed in a value", func(p *peer) { p.head(1, true, ":status", "200", "a", "b\nc") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: a control character in the value of field a (PROTOCOL_ERROR)"},
		{"101", func(p *peer) { p.head(1, false, ":status", "101") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: status 101 (PROTOCOL_ERROR)"},
		{"103 that ends", func(p *peer) { p.head(1, true, ":status", "103") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: status 103 ends the stream (PROTOCOL_ERROR)"},
		{"two heads", func(p *peer) { p.head(1, false, ":status", "200"); p.head(1, false, ":status", "200") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: malformed: :status in a trailer (PROTOCOL_ERROR)"},
		{"trailer that does not end", func(p *peer) { p.head(1, false, ":status", "200"); p.head(1, false, "a", "b") }, outcome{reset: protocol}, "http2: stream 1: HEADERS: a trailer without END_STREAM (PROTOCOL_ERROR)"},
		{"depends on itself", func(p *peer) { p.WritePriority(1, xhttp2.PriorityParam{StreamDep: 1}) }, outcome{reset: protocol}, "http2: stream 1: PRIORITY: the stream depends on itself (PROTOCOL_ERROR)"},
		{"too many interim responses", func(p *peer) {
			for range 33 {
				p.head(1, false, ":status", "103")
			}
		}, outcome{reset: xhttp2.ErrCodeEnhanceYourCalm}, "http2: stream 1: HEADERS: more than 32 interim responses (Limits.Interim)"},
		{"too many fields", func(p *peer) {
			fields := []string{":status", "200"}
			for range 2001 {
				fields = append(fields, "a", "b")
			}
			p.head(1, true, fields...)
		}, outcome{reset: xhttp2.ErrCodeEnhanceYourCalm}, "http2: stream 1: HEADERS: a head larger than 2000 (Limits.Fields)"},
		{"too large a head", func(p *peer) {
			b := p.block(":status", "200", "a", strings.Repeat("x", 3900))
			b = append(b, bytes.Repeat([]byte{0xbe}, 70)...) // the same again, from the table
			p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: b, EndHeaders: true, EndStream: true})
		}, outcome{reset: xhttp2.ErrCodeEnhanceYourCalm}, "http2: stream 1: HEADERS: a head larger than 262144 (Limits.HeaderBytes)"},
		{"CONTINUATION without end", func(p *peer) {
			p.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(":status", "200")})
			for range 100 {
				p.WriteContinuation(1, false, nil)
			}
		}, ends(xhttp2.ErrCodeEnhanceYourCalm), "http2: stream 1: CONTINUATION: more than 64 frames of one head (Limits.Continuations)"},
		{"empty DATA without end", func(p *peer) {
			p.head(1, false, ":status", "200")
			for range 10001 {
				p.WriteData(1, false, nil)
			}
		}, ends(xhttp2.ErrCodeEnhanceYourCalm), "http2: DATA: the last of 10000 frames in a second that achieve nothing (Limits.Idle)"},
		{"GOAWAY too short", func(p *peer) { p.WriteRawFrame(xhttp2.FrameGoAway, 0, 0, make([]byte, 7)) }, ends(size), "http2: GOAWAY: 7 bytes are too few (FRAME_SIZE_ERROR)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, Config{}, func(w *world) {
				first := w.start(Request{})
				if tt.script != nil {
					w.peer.WriteSettings()
					w.sent()
					tt.script(w.peer)
				} else {
					w.peer.ok(1, "x")
				}
				w.sent()
				got := outcome{reset: w.peer.resets[1]}
				if w.peer.goAway != nil {
					got.goAway = *w.peer.goAway
				}
				if got != tt.want || !first.ended() || first.err == nil || first.err.Error() != tt.text {
					t.Errorf("got %+v, error %v\nwant %+v, %s", got, first.err, tt.want, tt.text)
				}
				if got.goAway == 0 { // the connection goes on, and so does the table of fields
					second := w.start(Request{})
					synctest.Wait()
					w.peer.ok(3, "x")
					time.Sleep(time.Second)
					if !second.ended() || second.err != nil {
						t.Errorf("the next request: %v", second.err)
					}
				}
			})
		})
	}
}
