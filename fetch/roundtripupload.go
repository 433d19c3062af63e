package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// readWhole is the largest body that is read before the request is sent, so that it goes out together with its head: one that lies in memory,
// which is to say that it can be had again.
const readWhole = 64 << 10

// probeTime is how long a body of unknown length is waited for, to see whether there is one at all: what net/http's Transport does.
const probeTime = 200 * time.Millisecond

// body gives q the body of r. It closes the body where it returns an error, and where it has read all of it.
func (t *Transport) body(ctx context.Context, q *Request, r *http.Request) error {
	length := r.ContentLength
	expects := strings.EqualFold(r.Header.Get("Expect"), "100-continue")
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		closeBody(r)
		return nil
	case q.Upload != nil || q.Body != nil: // Describe had another in mind
		closeBody(r)
		return nil
	case length > 0 && length <= readWhole && r.GetBody != nil && !expects:
		b, err := inTime(ctx, r.Body, func() ([]byte, error) { return wholeBody(r.Body, length) })
		q.Body = b
		return err
	}
	q.Upload = &Upload{Body: r.Body, Length: length, Again: r.GetBody}
	if length != 0 {
		return nil
	}
	q.Upload.Length = -1 // as net/http has it: 0 and a body
	if expects || !lacksBody(r.Method) {
		return nil
	}
	p, err := probed(ctx, r.Body)
	switch {
	case err != nil:
		return err
	case p == nil:
		q.Upload = nil
	default:
		q.Upload.Body = p
	}
	return nil
}

// lacksBody reports whether a request of the method seldom has a body, so that it is worth a look.
func lacksBody(method string) bool {
	switch method {
	case "", "GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "SEARCH":
		return true
	}
	return false
}

// inTime calls read on another goroutine and returns what that does, or, at the end of ctx, an error. The body is closed by then.
func inTime[T any](ctx context.Context, body io.Closer, read func() (T, error)) (v T, err error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := read()
		body.Close()
		done <- result{v, err}
	}()
	select {
	case got := <-done:
		if got.err != nil {
			return v, &Error{Phase: PhaseRequest, Err: got.err}
		}
		return got.v, nil
	case <-ctx.Done():
		body.Close() // which ends most that could be waiting in Read
		return v, &Error{Phase: PhaseRequest, Err: &canceledError{ctx.Err(), context.Cause(ctx)}}
	}
}

// wholeBody reads a body of a length that is known.
func wholeBody(from io.Reader, length int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(from, length+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrRequestBody, err)
	case int64(len(b)) > length:
		return nil, fmt.Errorf("%w: has more than the %d bytes that its length says", ErrRequestBody, length)
	case int64(len(b)) < length:
		return nil, fmt.Errorf("%w: has %d bytes, its length says %d", ErrRequestBody, len(b), length)
	}
	return b, nil
}

// A probedBody is one whose first byte was asked for.
type probedBody struct {
	io.ReadCloser
	first chan error // nil: it is taken
	b     [1]byte
	n     int
}

// probed returns a body that has its first byte, or waits for it; nil where there is nothing in it.
func probed(ctx context.Context, body io.ReadCloser) (io.ReadCloser, error) {
	p := &probedBody{ReadCloser: body, first: make(chan error, 1)}
	go func() {
		n, err := io.ReadFull(body, p.b[:])
		p.n = n
		p.first <- err
	}()
	t := time.NewTimer(probeTime)
	defer t.Stop()
	select {
	case err := <-p.first:
		if err == io.EOF {
			body.Close()
			return nil, nil
		}
		p.first <- err
	case <-t.C:
	case <-ctx.Done():
		body.Close()
		return nil, &Error{Phase: PhaseRequest, Err: &canceledError{ctx.Err(), context.Cause(ctx)}}
	}
	return p, nil
}

// Read returns the first byte by itself.
func (p *probedBody) Read(b []byte) (int, error) {
	if p.first == nil || len(b) == 0 {
		return p.ReadCloser.Read(b)
	}
	err := <-p.first
	p.first = nil
	return copy(b, p.b[:p.n]), err
}
