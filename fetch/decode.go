package fetch

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxCodings bounds the codings of one body; curl has the same figure (MAX_ENCODE_STACK).
const maxCodings = 5

// maxZstdWindow is RFC 9659's bound for zstd as a content coding.
const maxZstdWindow = 8 << 20

// coding is a content coding that can be taken off.
type coding uint8

const (
	gzipCoding coding = iota
	deflateCoding
	brotliCoding
	zstdCoding
)

var codingNames = [...]string{"gzip", "deflate", "br", "zstd"}

// codings returns the content codings of a response in the order in which they were applied. As in Chromium, a body
// with a coding that is unknown, or identity, is passed on as it is: known is empty then.
func codings(h Header) (known []coding, err error) {
	for i := range h {
		if !strings.EqualFold(h[i].Name, "Content-Encoding") {
			continue
		}
		for token := range strings.SplitSeq(h[i].Value, ",") {
			switch strings.ToLower(strings.Trim(token, " \t")) {
			case "gzip", "x-gzip":
				known = append(known, gzipCoding)
			case "deflate":
				known = append(known, deflateCoding)
			case "br":
				known = append(known, brotliCoding)
			case "zstd":
				known = append(known, zstdCoding)
			case "":
			default:
				return nil, nil
			}
			if len(known) > maxCodings {
				return nil, fmt.Errorf("%w: more than %d codings", ErrDecode, maxCodings)
			}
		}
	}
	return known, nil
}

// decoders are the decoders that no body uses at the moment.
type decoders struct {
	inflaters, brotlis, zstds, buffers sync.Pool
}

// A chain takes the codings of one body off. It is used by one goroutine.
type chain struct {
	pools  *decoders
	stages []stage
	bounds bounds
	wire   func() int64 // bytes of the body that have come
	// truncated is set when a coding ended before its end mark with all of the body there.
	truncated bool
}

// stage is one coding, with the bytes that came out of it. Every stage is bounded, since what the last one gives may be
// little where one in the middle gives much.
type stage struct {
	c      *chain
	coding coding
	r      io.Reader
	out    int64
	src    *sourceError
}

// bounds are the client's bounds on what comes out of a decoder; zero is none.
type bounds struct {
	decoded int64
	ratio   int64
}

// check returns the error of the bound that out bytes from wire bytes pass.
func (b bounds) check(out, wire int64) error {
	switch {
	case b.decoded > 0 && out > b.decoded:
		return &limitError{ErrDecodedSize, fmt.Sprintf("Client.MaxDecodedBytes %d", b.decoded)}
	case b.ratio > 0 && out > ratioFloor && out/b.ratio > wire:
		return &limitError{ErrRatio, fmt.Sprintf("Client.MaxRatio %d", b.ratio)}
	}
	return nil
}

// limitError is a bound that was hit; it becomes the Limit of an Error.
type limitError struct {
	err   error
	limit string
}

func (e *limitError) Error() string { return e.err.Error() }
func (e *limitError) Unwrap() error { return e.err }

// sourceError keeps apart the errors of what is decoded from those of decoding.
type sourceError struct {
	r   io.Reader
	err error
}

func (s *sourceError) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// newChain returns a reader of the decoded body. Codings are taken off in reverse order.
func (d *decoders) newChain(src io.Reader, cs []coding, b bounds, wire func() int64) *chain {
	c := &chain{pools: d, bounds: b, wire: wire, stages: make([]stage, len(cs))}
	for i := range cs {
		s := &c.stages[i]
		*s = stage{c: c, coding: cs[len(cs)-1-i], src: &sourceError{r: src}}
		s.r = d.take(s.coding, s.src)
		src = s
	}
	return c
}

// Read returns decoded bytes.
func (c *chain) Read(p []byte) (int, error) { return c.stages[len(c.stages)-1].Read(p) }

// release gives the decoders back.
func (c *chain) release() {
	for i := range c.stages {
		c.pools.give(c.stages[i].coding, c.stages[i].r)
		c.stages[i].r = nil
	}
}

// Read returns what comes out of the stage. It forgives what browsers forgive: bytes after the end, and an end that
// comes too early while the body itself is whole.
func (s *stage) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.out += int64(n)
	if lerr := s.c.bounds.check(s.out, s.c.wire()); lerr != nil {
		return n, lerr
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if s.src.err != nil {
		return n, s.src.err
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		s.c.truncated = true
		return n, io.EOF
	case s.coding == brotliCoding && err.Error() == "brotli: excessive input":
		return n, io.EOF // the package has no other way to tell
	}
	return n, fmt.Errorf("%w: %s: %w", ErrDecode, codingNames[s.coding], err)
}

// take returns a decoder that reads from src.
func (d *decoders) take(c coding, src io.Reader) io.Reader {
	switch c {
	case brotliCoding:
		r, _ := d.brotlis.Get().(*brotli.Reader)
		if r == nil {
			return brotli.NewReader(src)
		}
		r.Reset(src)
		return r
	case zstdCoding:
		r, _ := d.zstds.Get().(*zstd.Decoder)
		if r == nil {
			var err error
			// One at a time: no goroutines, so nothing to close.
			r, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxZstdWindow))
			if err != nil {
				return failedReader{err}
			}
		}
		if err := r.Reset(src); err != nil {
			return failedReader{err}
		}
		return r
	}
	r, _ := d.inflaters.Get().(*inflater)
	if r == nil {
		r = newInflater()
	}
	r.reset(src, c == gzipCoding)
	return r
}

// give takes a decoder back, without what it read from.
func (d *decoders) give(c coding, r io.Reader) {
	switch r := r.(type) {
	case *brotli.Reader:
		r.Reset(nothing{})
		d.brotlis.Put(r)
	case *zstd.Decoder:
		if r.Reset(nil) == nil {
			d.zstds.Put(r)
		}
	case *inflater:
		r.reset(nothing{}, false)
		d.inflaters.Put(r)
	}
}

// decodeBuffer is how much is decoded before it is handed on: large enough to make calls rare, small enough to stay
// in a processor's cache.
const decodeBuffer = 32 << 10

func (d *decoders) buffer() *[]byte {
	if b, ok := d.buffers.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, decodeBuffer)
	return &b
}

type failedReader struct{ err error }

func (r failedReader) Read([]byte) (int, error) { return 0, r.err }

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }
