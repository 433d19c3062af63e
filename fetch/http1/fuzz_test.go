package http1

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzResponse holds that how the bytes are cut changes nothing, that nothing beyond the message is used, that a buffer never stays
// behind, and that where net/http accepts the message too it has understood the same.
func FuzzResponse(f *testing.F) {
	for i, tt := range rows {
		f.Add(unlines(tt.in), i%7 == 0, uint16(i))
	}
	f.Fuzz(func(t *testing.T, in string, head bool, cut uint16) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		limits := Limits{HeaderBytes: 4096, Fields: 20, Interim: 3, TrailerBytes: 256, ChunkExtBytes: 64}
		whole := exchange(method, limits, io.EOF, in)
		compare := func(how string, pieces ...string) {
			o := exchange(method, limits, io.EOF, pieces...)
			o.keep = whole.keep // bytes that come after the end are seen only if they come with it
			if got, want := o.complete(), whole.complete(); got != want {
				t.Fatalf("%s of %q: got  %s\nwhole: %s", how, in, got, want)
			}
		}
		compare("byte by byte", strings.Split(in, "")...)
		at := int(cut) % (len(in) + 1)
		compare(fmt.Sprintf("cut at %d", at), in[:at], in[at:])
		if whole.err != nil {
			return
		}
		used := whole.counts[0] + whole.counts[1] + whole.counts[2]
		if used > int64(len(in)) || whole.framing == Close && used != int64(len(in)) {
			t.Fatalf("%q: used %d bytes of %d", in, used, len(in))
		}
		if whole.keep && used != int64(len(in)) {
			t.Fatalf("%q: kept after %d bytes of %d", in, used, len(in))
		}
		alone := exchange(method, limits, io.EOF, in[:used])
		alone.keep = whole.keep
		if got, want := alone.complete(), whole.complete(); got != want {
			t.Fatalf("%q: what follows the message matters:\n%s\n%s", in, got, want)
		}
		compareNetHTTP(t, method, in, whole)
	})
}

// compareNetHTTP compares a response that was accepted with what net/http makes of it, if it accepts it.
func compareNetHTTP(t *testing.T, method, in string, o outcome) {
	br := bufio.NewReader(strings.NewReader(in))
	req := &http.Request{Method: method}
	var resp *http.Response
	for {
		var err error
		if resp, err = http.ReadResponse(br, req); err != nil {
			return
		}
		if resp.StatusCode >= 200 {
			break
		}
	}
	if resp.ProtoMajor != 1 {
		return
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return
	}
	status := strings.TrimSpace(fmt.Sprintf("HTTP/1.%d %d", min(resp.ProtoMinor, 1), resp.StatusCode))
	if !strings.HasPrefix(o.head, status) {
		t.Errorf("%q: status %q, net/http %q", in, o.head, status)
	}
	if string(body) != o.body {
		t.Errorf("%q: body %q, net/http %q", in, o.body, body)
	}
	// The stricter reader's framing fields are not in net/http's map.
	got := map[string][]string{}
	for line := range strings.SplitSeq(o.fields, ";") {
		if n, v, ok := strings.Cut(line, "="); ok && !strings.Contains(in, ";") && !strings.Contains(in, "=") {
			n = http.CanonicalHeaderKey(n)
			got[n] = append(got[n], strings.Join(strings.Fields(v), " "))
		}
	}
	for n, vs := range got {
		switch n {
		case "Content-Length", "Transfer-Encoding", "Trailer", "Connection":
			continue
		}
		want := slices.Clone(resp.Header[n])
		for i := range want {
			want[i] = strings.Join(strings.Fields(want[i]), " ") // folds differ in how many spaces they leave
		}
		if !slices.Equal(vs, want) {
			t.Errorf("%q: %s is %q, net/http %q", in, n, vs, want)
		}
	}
}

// FuzzChunked holds that a body cut into chunks of any sizes, with extensions and trailers, comes out as it went in; that
// parseChunkSize reads back what is written; and that a damaged coding never yields more than was sent.
func FuzzChunked(f *testing.F) {
	f.Add("hello, world", uint64(3), ";a=b", "5;x\r\nhello\r\n0\r\n\r\n")
	f.Add("", uint64(0), "", "0\r\nA: b\r\n\r\n")
	f.Add(strings.Repeat("x", 300), uint64(0x1234567), "  ; q=\"1\"", "ffffffffffffffff\r\n")
	f.Add("ab", uint64(1<<63), "\r", "1\r\nab")
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	f.Fuzz(func(t *testing.T, body string, seed uint64, ext, raw string) {
		if ext != "" && (ext[0] != ';' || forbidden([]byte(ext)) >= 0 || len(ext) > 40) {
			ext = ""
		}
		var b strings.Builder
		b.WriteString(head)
		for rest := body; rest != ""; seed = seed*6364136223846793005 + 1 {
			n := min(len(rest), 1+int(seed>>33)%40)
			fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n, ext, rest[:n])
			rest = rest[n:]
		}
		fmt.Fprintf(&b, "0%s\r\nTail: 1\r\n\r\n", ext)
		wire := b.String()
		o := exchange("GET", Limits{ChunkExtBytes: 1 << 20}, io.EOF, wire[:len(wire)/2], wire[len(wire)/2:])
		if o.err != nil || o.body != body || o.trailer != "Tail=1;" || !o.keep || o.counts[2] != int64(len(wire)-len(head)) {
			t.Fatalf("%q: got %s", wire, o.complete())
		}

		n := int64(seed &^ (1 << 63))
		if got, _, err := parseChunkSize(fmt.Appendf(nil, "%x%s\r\n", n, ext)); got != n || err != nil {
			t.Fatalf("parseChunkSize(%x) = %x, %v", n, got, err)
		}
		if n == math.MaxInt64 {
			return
		}

		damaged := exchange("GET", Limits{}, io.EOF, head+raw)
		if len(damaged.body) > len(raw) {
			t.Fatalf("%q became %q", raw, damaged.body)
		}
		again := exchange("GET", Limits{}, io.EOF, strings.Split(head+raw, "")...)
		again.keep = damaged.keep
		if got, want := again.complete(), damaged.complete(); got != want {
			t.Fatalf("%q byte by byte: %s\nwhole: %s", raw, got, want)
		}
	})
}
