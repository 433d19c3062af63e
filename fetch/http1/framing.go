package http1

import (
	"bytes"
	"math"
)

// frame decides how the body ends and whether the connection may be kept, from the fields in r: RFC 9112 section 6.3,
// in its order.
//
//  1. no body, whatever the fields say: HEAD, 204, 304 (and 2xx to CONNECT, which begins a tunnel)
//  2. Transfer-Encoding and Content-Length together: an error ("ought to be handled as an error"; Chromium lets the former win)
//  3. Transfer-Encoding: chunked: chunks. Any other transfer coding was not asked for (no TE field), and is an error
//  4. Content-Length: that many bytes. Several that differ, or one that is no number, are an error
//  5. neither: until the connection ends
func (r *Response) frame(method string) error {
	var te coding
	length := int64(-1)
	var lengthErr error
	closes, keeps := false, false
	for i := range r.fields {
		switch r.fields[i].known {
		case contentLength:
			_, v := r.Header.At(i)
			if lengthErr == nil {
				length, lengthErr = parseLength(v, length)
			}
		case transferEncoding:
			_, v := r.Header.At(i)
			te.add(v)
		case connection:
			_, v := r.Header.At(i)
			for token := range bytes.SplitSeq(v, comma) {
				token = trim(token)
				closes = closes || equalFold(token, "close")
				keeps = keeps || equalFold(token, "keep-alive")
			}
		}
	}
	if lengthErr == nil {
		r.ContentLength = length
	}
	r.persist = persists(r.Proto, closes, keeps)
	if method == "HEAD" || r.Status == 204 || r.Status == 304 {
		r.Framing = NoBody
		return nil
	}
	if method == "CONNECT" && r.Status < 300 {
		r.Framing, r.persist = NoBody, false
		return nil
	}
	if lengthErr != nil {
		return lengthErr
	}
	if err := te.check(); err != nil {
		return err
	}
	switch {
	case te.chunked && length >= 0:
		return syntaxError("framing", "both Transfer-Encoding and Content-Length")
	case te.chunked && r.Proto == "HTTP/1.0":
		// RFC 9112 section 6.1: HTTP/1.0 has no transfer codings; the framing is faulty. Chromium and net/http
		// ignore the field, so the body is what comes until the end.
		r.Framing, r.persist = Close, false
	case te.chunked:
		r.Framing = Chunked
	case length >= 0:
		r.Framing = Length
		if te.seen {
			r.persist = false
		}
	default:
		r.Framing, r.persist = Close, false
	}
	return nil
}

var comma = []byte{','}

// persists is RFC 9112 section 9.3: "close" wins; otherwise 1.1 persists, and 1.0 with "keep-alive".
func persists(proto string, closes, keeps bool) bool {
	return !closes && (keeps || proto == "HTTP/1.1")
}

// parseLength reads one Content-Length value; before is what an earlier field said, or -1. A list of equal numbers is that number
// (RFC 9112 section 6.3 rule 5, RFC 9110 section 8.6: such lists come from combining duplicates).
func parseLength(v []byte, before int64) (int64, error) {
	const part = "Content-Length"
	if n, ok := plainLength(v); ok && before < 0 {
		return n, nil
	}
	for item := range bytes.SplitSeq(v, comma) {
		item = trim(item)
		if len(item) == 0 {
			return 0, syntaxErrorf(part, "not a number: %q", clip(v))
		}
		n := int64(0)
		for _, b := range item {
			if !digit(b) {
				return 0, syntaxErrorf(part, "not a number: %q", clip(v))
			}
			if d := int64(b - '0'); n > (math.MaxInt64-d)/10 {
				return 0, syntaxErrorf(part, "too large: %q", clip(v))
			} else {
				n = n*10 + d
			}
		}
		if before >= 0 && before != n {
			return 0, syntaxErrorf(part, "both %d and %d", before, n)
		}
		before = n
	}
	return before, nil
}

// plainLength reads one number without anything around it that cannot overflow, which is what servers send.
func plainLength(v []byte) (n int64, ok bool) {
	if len(v) == 0 || len(v) > 18 {
		return 0, false
	}
	for _, b := range v {
		if !digit(b) {
			return 0, false
		}
		n = n*10 + int64(b-'0')
	}
	return n, true
}

// coding collects what the Transfer-Encoding fields say, in their order. "identity", of RFC 2616, means nothing, as in Chromium;
// it must not follow chunked.
type coding struct {
	seen    bool
	chunked bool
	bad     []byte // the first coding that is not understood where it stands
	isBad   bool
}

func (t *coding) add(v []byte) {
	t.seen = true
	for name := range bytes.SplitSeq(v, comma) {
		name = trim(name)
		switch {
		case !t.chunked && equalFold(name, "identity"):
		case !t.chunked && equalFold(name, "chunked"):
			t.chunked = true
		case !t.isBad:
			t.bad, t.isBad = name, true
		}
	}
}

func (t *coding) check() error {
	switch {
	case !t.isBad:
		return nil
	case t.chunked:
		// RFC 9112 section 6.1: chunked is applied once and last.
		return syntaxErrorf("Transfer-Encoding", "%q beside chunked", clip(t.bad))
	}
	return syntaxErrorf("Transfer-Encoding", "unknown coding %q", clip(t.bad))
}
