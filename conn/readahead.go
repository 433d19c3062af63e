package conn

import "sync"

// aheadSize is how much one read of a readAhead brings at most, but for what fits into the reader's own slice. A
// larger read is cheaper by far than several: each makes the kernel tell the peer that there is room again.
const aheadSize = 48 << 10

// aheadFront is the room before that for what was read into the reader's slice and is not its due: a TLS record and a bit (RFC 8446
// section 5.2 allows 16 KB and 256 bytes).
const aheadFront = 17 << 10

// aheadPool holds plain byte arrays and nothing else, so they carry no state from one connection to the next; all share it because one is
// held only from a read until what it brought has been taken.
var aheadPool = sync.Pool{New: func() any { return new([aheadFront + aheadSize]byte) }}

// records finds the ends of TLS records in a stream of bytes (RFC 8446 section 5.1).
type records struct {
	head [5]byte
	n    int // bytes of head that have come; 0 within a record's content and at its end
	left int // bytes of the content still to come
}

// advance goes through b up to the end of the record, and returns how many bytes that is. What is no TLS is cut somehow.
func (r *records) advance(b []byte) int {
	i := 0
	if r.left == 0 {
		i = copy(r.head[r.n:], b)
		if r.n += i; r.n < len(r.head) {
			return i
		}
		r.n, r.left = 0, int(r.head[3])<<8|int(r.head[4])
	}
	n := min(r.left, len(b)-i)
	r.left -= n
	return i + n
}

// due is advance, but goes on where an alert follows: crypto/tls looks whether a close_notify came with the last data, which TLS before
// 1.3 shows from outside.
func (r *records) due(b []byte) int {
	const alert = 21
	n := r.advance(b)
	for n < len(b) && b[n] == alert && r.left == 0 && r.n == 0 {
		n += r.advance(b[n:])
	}
	return n
}

// ends reports whether the record that begins with b, or goes on with it, ends in it.
func (r records) ends(b []byte) bool {
	return len(b) > 0 && r.advance(b) > 0 && r.left == 0 && r.n == 0
}
