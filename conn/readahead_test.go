package conn

import (
	"bytes"
	"testing"
)

// tlsRecord makes one of this type; its content is as good as any.
func tlsRecord(kind byte, n int) []byte {
	return append([]byte{kind, 3, 3, byte(n >> 8), byte(n)}, bytes.Repeat([]byte{kind ^ 0x55}, n)...)
}

func TestRecordsEnds(t *testing.T) {
	data, alert := tlsRecord(23, 300), tlsRecord(21, 2)
	for _, test := range []struct {
		name string
		b    []byte
		want int
	}{
		{"nothing", nil, 0},
		{"part of a head", data[:3], 3},
		{"a head", data[:5], 5},
		{"part of a record", data[:100], 100},
		{"a record", data, 305},
		{"and a half", append(data[:305:305], data[:100]...), 305},
		{"none in it", tlsRecord(23, 0), 5},
		{"an alert after it", append(data[:305:305], alert...), 312},
		{"half an alert after it", append(data[:305:305], alert[:3]...), 308},
		{"an alert and a record after it", append(append(data[:305:305], alert...), data...), 312},
	} {
		var r records
		if got := r.due(test.b); got != test.want {
			t.Errorf("%s: %d bytes are due, want %d", test.name, got, test.want)
		}
	}
}

// Wherever the stream is cut, records end where they end.
func FuzzRecords(f *testing.F) {
	f.Add(append(tlsRecord(22, 40), tlsRecord(23, 0)...), uint8(3))
	f.Add(append(tlsRecord(23, 700), tlsRecord(21, 2)...), uint8(5))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		ends := func(size int) (at []int) {
			var r records
			for i := 0; i < len(stream); {
				piece := stream[i:min(len(stream), i+size)]
				whole := r.ends(piece)
				n := r.advance(piece)
				if n < 1 || n > len(piece) {
					t.Fatalf("%d bytes of %d", n, len(piece))
				}
				i += n
				if r.left == 0 && r.n == 0 {
					at = append(at, i)
				} else if whole {
					t.Fatalf("at %d no record ends, although it was said to", i)
				}
			}
			return at
		}
		all, cut := ends(len(stream)+1), ends(int(step)+1)
		for i := range max(len(all), len(cut)) {
			if i >= len(all) || i >= len(cut) || all[i] != cut[i] {
				t.Fatalf("records end at %v, in pieces of %d at %v", all, int(step)+1, cut)
			}
		}
	})
}
