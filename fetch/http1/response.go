package http1

import "time"

// Framing is how the end of a response's body is known (RFC 9112 section 6.3).
type Framing int

const (
	NoBody  Framing = iota // there is none: HEAD, 204, 304
	Length                 // Content-Length says
	Chunked                // the last chunk says
	Close                  // the end of the connection says
)

var framingNames = [...]string{"none", "length", "chunked", "close"}

// String returns "none", "length", "chunked" or "close".
func (f Framing) String() string {
	if f < 0 || int(f) >= len(framingNames) {
		return "unknown"
	}
	return framingNames[f]
}

// Response is a response as it came. The zero value is ready, and may be used for one response after the other: Conn.ReadResponse resets
// everything but Interim and Drop. Between them Free lets go of its buffers. It belongs to one goroutine, and not to the connection that it was read from.
type Response struct {
	// Interim is called for every interim response (1xx) before the final one, on the goroutine that
	// reads; h is valid during the call. Nil: they are dropped.
	Interim func(status int, h Header)

	// Drop announces that ReadBody will get a nil sink, which then costs less for bodies of more than a few KB.
	Drop bool

	Proto         string // "HTTP/1.1" or "HTTP/1.0"
	Status        int    // 200 to 999
	Reason        []byte // as sent, may be empty; valid as long as Header
	Header        Header
	Trailer       Header // fields after a chunked body, once it has been read; never merged into Header (RFC 9110 section 6.5.1)
	Framing       Framing
	ContentLength int64 // as declared, also where there is no body; -1 if not declared

	HeadBytes    int64 // bytes of the final head, from its first byte to the empty line
	InterimBytes int64 // bytes of the interim heads before it
	BodyBytes    int64 // bytes of the body so far as they came: with chunk sizes and trailers
	ContentBytes int64 // bytes of the body so far without them: what was handed on

	SendEnd    time.Time // when the request had been written; by Exchange only, and before the end of a large body (see Conn.Sent)
	FirstByte  time.Time // when the read returned that brought the first byte, of an interim response if there was one
	FinalStart time.Time // the same for the final response
	HeadEnd    time.Time // when the read returned that completed the final head

	persist  bool // the head allows another request
	reusable bool // … and everything after it went well

	buf    []byte  // the head's and trailers' bytes
	fields []field // the head's and trailers' fields
	kept   *kept   // where both begin; nil between Free and the next head
}

// KeepAlive reports whether the connection may carry another request now: the response has been read to its end, the server
// did not say that it closes (RFC 9112 section 9.3), the request was sent whole, and nothing came after the response.
func (r *Response) KeepAlive() bool { return r.reusable }

// keepBuf is how large a head's buffer a Response keeps for the next one.
const keepBuf = 16 << 10

// reset empties r, keeping Interim, Drop and the buffers. Inlined it would take stack of functions that wait.
//
//go:noinline
func (r *Response) reset() {
	buf, fields := r.buf[:0], r.fields[:0]
	if cap(buf) > keepBuf {
		buf, fields = r.kept.text[:0], r.kept.fields[:0]
	}
	*r = Response{Interim: r.Interim, Drop: r.Drop, ContentLength: -1, buf: buf, fields: fields, kept: r.kept}
}

// hold makes room for a head.
func (r *Response) hold() {
	if r.kept == nil {
		r.kept = keptPool.Get().(*kept)
		keptGuard.Taken(r.kept.text[:])
		r.buf, r.fields = r.kept.text[:0], r.kept.fields[:0]
	}
}

// Free lets go of the head and the trailers, so that a Response which waits for its next use holds nothing. Header, Reason and Trailer
// are empty then.
func (r *Response) Free() {
	if r.kept == nil {
		return
	}
	k := r.kept
	r.Reason, r.Header, r.Trailer, r.buf, r.fields, r.kept = nil, Header{}, Header{}, nil, nil, nil
	keptGuard.Returned(k.text[:])
	keptPool.Put(k)
}
