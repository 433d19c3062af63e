package doh

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"pageload/fetch"
)

// A stream carries one question and its response in the form of DNS over TCP
// (RFC 1035 section 4.2.2): two bytes of length before each message. The question
// is posted when it is whole, by the write that completes it.
type stream struct {
	source *Source

	mu       sync.Mutex
	deadline time.Time
	in       []byte        // what was written so far
	out      *bytes.Reader // the response with its length; nil until it is here
	cancel   context.CancelFunc
	expired  bool // the deadline has passed
	closed   bool
}

func newStream(s *Source) *stream { return &stream{source: s} }

// mediaType is that of DNS messages (RFC 8484 section 6).
const mediaType = "application/dns-message"

// Write takes a piece of the question.
func (c *stream) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.in = append(c.in, p...)
	whole := len(c.in) >= 2 && len(c.in) == 2+int(binary.BigEndian.Uint16(c.in))
	if !whole || c.closed {
		defer c.mu.Unlock()
		if c.closed {
			return 0, net.ErrClosed
		}
		return len(p), nil
	}
	message := c.in[2:]
	ctx, cancel := context.WithCancel(context.Background())
	if !c.deadline.IsZero() {
		ctx, cancel = context.WithDeadline(context.Background(), c.deadline)
	}
	c.cancel = cancel
	c.mu.Unlock()
	defer cancel()
	body, err := c.source.post(ctx, message)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		if c.expired || ctx.Err() == context.DeadlineExceeded {
			err = fmt.Errorf("doh: no response in time: %w", os.ErrDeadlineExceeded)
		}
		return 0, err
	}
	c.in = nil
	c.out = bytes.NewReader(append(binary.BigEndian.AppendUint16(nil, uint16(len(body))), body...))
	return len(p), nil
}

// Read returns the response.
func (c *stream) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if c.out == nil {
		return 0, io.EOF
	}
	return c.out.Read(p)
}

// post puts one question. Its ID is zero on the way, so that equal questions are
// equal requests (RFC 8484 section 4.1).
func (s *Source) post(ctx context.Context, message []byte) ([]byte, error) {
	if len(message) < 12 {
		return nil, fmt.Errorf("doh: a question of %d bytes", len(message))
	}
	id := [2]byte(message)
	question := append([]byte{0, 0}, message[2:]...)
	resp, err := s.client.Do(ctx, &fetch.Request{
		Method: "POST", URL: s.url, Destination: fetch.Empty, Mode: fetch.NoCORS, Credentials: fetch.Omit,
		Body: question, ContentType: mediaType, Header: []fetch.Field{{Name: "Accept", Value: mediaType}},
	})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.Status != 200 {
		return nil, fmt.Errorf("doh: status %d", resp.Status)
	}
	if t, _ := fetch.ContentType(resp.Header); t.Essence() != mediaType {
		return nil, fmt.Errorf("doh: media type %q is not %s", t.Essence(), mediaType)
	}
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, err
	case len(body) < 12 || len(body) > maxMessage:
		return nil, fmt.Errorf("doh: a response of %d bytes", len(body))
	}
	copy(body, id[:])
	return body, nil
}

// Close ends the stream and the request that it waits for.
func (c *stream) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.cancel != nil {
		c.cancel()
	}
	return nil
}

// SetDeadline bounds the request to come, or ends the one under way if the time
// has passed.
func (c *stream) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	if c.expired = !t.IsZero() && !t.After(time.Now()); c.expired && c.cancel != nil {
		c.cancel()
	}
	return nil
}

// SetReadDeadline is SetDeadline.
func (c *stream) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline is SetDeadline.
func (c *stream) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

// LocalAddr and RemoteAddr say that this is no socket.
func (c *stream) LocalAddr() net.Addr  { return address{} }
func (c *stream) RemoteAddr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "https" }
func (address) String() string  { return "https" }
