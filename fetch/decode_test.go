package fetch

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

func compress(w io.WriteCloser, b *bytes.Buffer, s string) []byte {
	io.WriteString(w, s)
	w.Close()
	return b.Bytes()
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	return compress(w, &b, s)
}

func namedGzip(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment, w.Extra = "file.txt", "a comment", []byte("extra")
	return compress(w, &b, s)
}

func zlibbed(s string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	return compress(w, &b, s)
}

func deflated(s string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6)
	return compress(w, &b, s)
}

func brotlied(s string) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 1)
	return compress(w, &b, s)
}

func zstded(s string) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		panic(err)
	}
	return compress(w, &b, s)
}

func TestDecode(t *testing.T) {
	text := strings.Repeat("The quick brown fox. ", 500)
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	join := func(bs ...[]byte) []byte { return bytes.Join(bs, nil) }
	wrongSum := gzipped(text)
	wrongSum[len(wrongSum)-6] ^= 0xff
	tests := []struct {
		name      string
		encoding  string
		in        []byte
		want      string // "prefix": some of the text
		truncated bool
		err       error
	}{
		{"gzip", "gzip", gzipped(text), text, false, nil},
		{"x-gzip", "X-GZIP", gzipped(text), text, false, nil},
		{"gzip header fields", "gzip", namedGzip(text), text, false, nil},
		{"gzip, garbage after", "gzip", join(gzipped(text), []byte("garbage")), text, false, nil},
		{"gzip, second member ignored", "gzip", join(gzipped(text), gzipped("more")), text, false, nil},
		{"gzip, wrong checksum", "gzip", wrongSum, text, false, nil},
		{"gzip, cut", "gzip", cut(gzipped(text)), "prefix", true, nil},
		{"gzip, cut in the header", "gzip", gzipped(text)[:5], "", true, nil},
		{"gzip, no trailer", "gzip", gzipped(text)[:len(gzipped(text))-8], text, false, nil},
		{"gzip, empty body", "gzip", nil, "", false, nil},
		{"gzip, not", "gzip", []byte("<html>"), "", true, nil},
		{"gzip, not and longer", "gzip", []byte("<html><head><title>"), "", false, ErrDecode},
		{"deflate, zlib", "deflate", zlibbed(text), text, false, nil},
		{"deflate, raw", "deflate", deflated(text), text, false, nil},
		{"deflate, one byte", "deflate", []byte("\x78"), "", true, nil},
		{"deflate, not", "deflate", []byte("\xff\xff\xff\xff"), "", false, ErrDecode},
		{"deflate, dictionary", "deflate", []byte("\x78\x20\x00\x00\x00\x00"), "", false, ErrDecode},
		{"br", "br", brotlied(text), text, false, nil},
		{"br, garbage after", "br", join(brotlied(text), []byte("garbage")), text, false, nil},
		{"br, cut", "br", cut(brotlied(text)), "prefix", true, nil},
		{"br, not", "br", []byte("\xff\xff\xff\xff\xff\xff"), "", false, ErrDecode},
		{"zstd", "zstd", zstded(text), text, false, nil},
		{"zstd, two frames", "zstd", join(zstded(text), zstded("more")), text + "more", false, nil},
		{"zstd, cut", "zstd", cut(zstded(text)), "prefix", true, nil},
		{"zstd, not", "zstd", []byte("not zstd at all"), "", false, ErrDecode},
		{"zstd, window too large", "zstd", []byte("\x28\xb5\x2f\xfd\x00\x70\x09\x00\x00x"), "", false, ErrDecode},
		{"stacked", "gzip, br", brotlied(string(gzipped(text))), text, false, nil},
		{"stacked, three", "deflate, zstd ,, gzip", gzipped(string(zstded(string(zlibbed(text))))), text, false, nil},
	}
	var pools decoders
	for _, tt := range tests {
		for size, r := range map[string]io.Reader{"whole": bytes.NewReader(tt.in), "one byte": iotest.OneByteReader(bytes.NewReader(tt.in)), "again": bytes.NewReader(tt.in)} {
			t.Run(tt.name+"/"+size, func(t *testing.T) {
				cs, err := codings(Header{{"Content-Encoding", tt.encoding}})
				if err != nil || len(cs) == 0 {
					t.Fatalf("codings: %v, %v", cs, err)
				}
				c := pools.newChain(r, cs, bounds{1 << 30, 10000}, func() int64 { return int64(len(tt.in)) })
				got, err := io.ReadAll(c)
				if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
					t.Errorf("error %v, want %v", err, tt.err)
				}
				switch {
				case tt.err != nil:
				case tt.want == "prefix":
					if !strings.HasPrefix(text, string(got)) {
						t.Errorf("got %q", got)
					}
				case string(got) != tt.want:
					t.Errorf("got %d bytes, want %d", len(got), len(tt.want))
				}
				if c.truncated != tt.truncated {
					t.Errorf("truncated = %v", c.truncated)
				}
				c.release()
			})
		}
	}
}

func TestCodings(t *testing.T) {
	tests := []struct {
		fields []string
		want   string
		err    bool
	}{
		{nil, "", false},
		{[]string{""}, "", false},
		{[]string{"GZip"}, "gzip", false},
		{[]string{"gzip", "br"}, "gzip, br", false},
		{[]string{"gzip,\tdeflate"}, "gzip, deflate", false},
		{[]string{"identity"}, "", false},
		{[]string{"gzip, identity"}, "", false},
		{[]string{"snappy"}, "", false},
		{[]string{"gzip, snappy"}, "", false},
		{[]string{"gzip, gzip, gzip, gzip, gzip"}, "gzip, gzip, gzip, gzip, gzip", false},
		{[]string{"gzip, gzip, gzip, gzip, gzip, gzip"}, "", true},
	}
	for _, tt := range tests {
		var h Header
		for _, f := range tt.fields {
			h = append(h, Field{"content-encoding", f})
		}
		cs, err := codings(h)
		got := ""
		if len(cs) > 0 {
			got = codingList(cs)
		}
		if got != tt.want || (err != nil) != tt.err {
			t.Errorf("codings(%q) = %q, %v, want %q", tt.fields, got, err, tt.want)
		}
	}
}

func TestBombsAreStopped(t *testing.T) {
	zeros := strings.Repeat("\x00", 20<<20)
	bomb := gzipped(zeros)
	// Expands in the middle and gives nothing at the end: a gzip header whose name goes on.
	named := gzipped("\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x00" + strings.Repeat("n", 20<<20))
	tests := []struct {
		name     string
		in       []byte
		encoding string
		b        bounds
		want     error
		most     int64
	}{
		{"ratio", bomb, "gzip", bounds{defaultMaxDecodedBytes, defaultMaxRatio}, ErrRatio, ratioFloor + decodeBuffer},
		{"size", bomb, "gzip", bounds{1 << 20, defaultMaxRatio}, ErrDecodedSize, 1<<20 + decodeBuffer},
		{"stacked", gzipped(string(bomb)), "gzip, gzip", bounds{defaultMaxDecodedBytes, defaultMaxRatio}, ErrRatio, ratioFloor + decodeBuffer},
		{"in the middle", named, "gzip, gzip", bounds{defaultMaxDecodedBytes, defaultMaxRatio}, ErrRatio, 0},
		{"brotli", brotlied(zeros), "br", bounds{defaultMaxDecodedBytes, defaultMaxRatio}, ErrRatio, ratioFloor + decodeBuffer},
		{"zstd", zstded(zeros), "zstd", bounds{defaultMaxDecodedBytes, defaultMaxRatio}, ErrRatio, ratioFloor + decodeBuffer},
		{"no bounds", gzipped(zeros[:17<<20]), "gzip", bounds{}, nil, 17 << 20},
	}
	var pools decoders
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cs, err := codings(Header{{"Content-Encoding", tt.encoding}})
			if err != nil {
				t.Fatal(err)
			}
			c := pools.newChain(bytes.NewReader(tt.in), cs, tt.b, func() int64 { return int64(len(tt.in)) })
			n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, c, make([]byte, decodeBuffer))
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if n > tt.most {
				t.Errorf("%d bytes came out, want at most %d", n, tt.most)
			}
			c.release()
		})
	}
}

func TestReadErrorIsNoDecodingError(t *testing.T) {
	broken := errors.New("wire cut")
	for name, in := range map[string][]byte{"gzip": gzipped("text"), "deflate": zlibbed("text"), "br": brotlied("text"), "zstd": zstded("text")} {
		cs, _ := codings(Header{{"Content-Encoding", name}})
		var pools decoders
		c := pools.newChain(io.MultiReader(bytes.NewReader(in[:len(in)/2]), iotest.ErrReader(broken)), cs, bounds{}, func() int64 { return 1 })
		if _, err := io.ReadAll(c); !errors.Is(err, broken) || errors.Is(err, ErrDecode) || c.truncated {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
