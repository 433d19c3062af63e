package fetch

import (
	"context"
	"io"
	"sync/atomic"

	"pageload/parse/weburl"
)

// A Response is what Do returns: the last hop, with the body to read. Status, Header and the rest are the hop's; those of its fields that
// say how the body went are complete when Body has been read to its end.
type Response struct {
	*Hop
	// Redirects are the hops before, in order.
	Redirects []*Hop
	// Body is the decoded body, never nil. Close it: it ends the fetch if it has not ended. Read returns io.EOF if all of the body
	// came, else an *Error. One goroutine at a time may read; Close may be called from another.
	Body io.ReadCloser
}

// Do fetches and returns when the final response's head is in. Cancelling ctx also ends the reading of the body. An error status
// is no error. The sender is slowed down by a slow reader.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	d := &doer{head: make(chan struct{})}
	d.r, d.w = io.Pipe()
	d.call.Store(c.Start(ctx, r, d))
	<-d.head
	if d.err != nil {
		return nil, d.err
	}
	return &Response{Hop: d.hop, Redirects: d.redirects, Body: (*doBody)(d)}, nil
}

// A cancelable is a handler that may be waiting for who reads: cancel ends that, on any goroutine.
type cancelable interface{ cancel(error) }

// doer is the handler of Do. The goroutine of the call writes its fields until it closes head, and the pipe after that.
type doer struct {
	r         *io.PipeReader
	w         *io.PipeWriter
	call      atomic.Pointer[Call]
	head      chan struct{} // closed by the call's goroutine when there is a response or an error
	open      bool          // head was closed by Response
	hop       *Hop
	redirects []*Hop
	err       error
}

func (d *doer) Interim(*Hop, int, Header) {}

func (d *doer) Redirect(hop *Hop, _ weburl.URL) error {
	d.redirects = append(d.redirects, hop)
	return nil
}

func (d *doer) Response(hop *Hop) error {
	d.hop, d.open = hop, true
	close(d.head)
	return nil
}

func (d *doer) Data(p []byte) error {
	_, err := d.w.Write(p)
	return err
}

func (d *doer) Done(_ *Hop, err error) {
	if !d.open {
		d.err = err
		close(d.head)
		return
	}
	if err == nil {
		err = io.EOF
	}
	d.w.CloseWithError(err)
}

// cancel ends the call's wait for a reader that may never come, on any goroutine.
func (d *doer) cancel(err error) { d.w.CloseWithError(err) }

// doBody is the reader's side.
type doBody doer

func (b *doBody) Read(p []byte) (int, error) { return b.r.Read(p) }

func (b *doBody) Close() error {
	b.r.CloseWithError(ErrBodyClosed)
	b.call.Load().Cancel(ErrBodyClosed)
	return nil
}
