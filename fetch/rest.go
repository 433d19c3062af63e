package fetch

import (
	"bytes"
	"errors"
	"fmt"

	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// goOn fetches the rest of a body that was read along with another request, which is given up: this one takes its place. What of the body was handed
// on already must come again as it was; the cache asks for less where the response allows it.
func (x *Call) goOn(sink func([]byte) error) error {
	r := *x.r
	r.URL, r.Discard, r.Inline = x.url, false, false
	if x.r.cacheMode() == httpcache.OnlyIfCached {
		return ErrCacheMiss
	}
	h := &restHandler{x: x, sink: sink, left: x.hop.StoredBodyBytes, done: make(chan error, 1)}
	c := newCall(x.ctx, x.c, &r, h)
	c.raw = true
	c.method, c.policy, c.site, c.redirects = x.method, x.policy, x.site, x.redirects
	c.abroad, c.tainted, c.foreign = x.abroad, x.tainted, x.foreign
	c.priority = x.currentPriority()
	x.rest.Store(c)
	c.start()
	if x.cancellation() != nil { // perhaps before it was to be seen
		c.Cancel(nil)
	}
	return <-h.done
}

// errChanged: what was read along with is not what the server has now.
var errChanged = errors.New("another response than that of which the beginning was read")

// restHandler hands the rest of a body on.
type restHandler struct {
	x        *Call
	sink     func([]byte) error
	at, left int64      // of what came before and has to come again
	more     int64      // bytes after that
	done     chan error // takes the end
}

func (h *restHandler) Interim(*Hop, int, Header) {}

func (h *restHandler) Redirect(*Hop, weburl.URL) error { return errChanged }

// Response compares what says whether it is the same response.
func (h *restHandler) Response(hop *Hop) error {
	x := h.x.hop
	if hop.Status != x.Status {
		return fmt.Errorf("%w: status %d, not %d", errChanged, hop.Status, x.Status)
	}
	for _, name := range [...]string{"ETag", "Last-Modified", "Content-Encoding"} {
		if hop.Header.Get(name) != x.Header.Get(name) {
			return fmt.Errorf("%w: its %s is %q", errChanged, name, clip(hop.Header.Get(name)))
		}
	}
	return nil
}

func (h *restHandler) Data(p []byte) error {
	if n := min(h.left, int64(len(p))); n > 0 {
		q := p[:n]
		err := h.x.tx.CopyAgain(h.at, n, func(b []byte) error {
			if !bytes.HasPrefix(q, b) {
				return errChanged
			}
			q = q[len(b):]
			return nil
		})
		if err != nil {
			return err
		}
		h.at, h.left, p = h.at+n, h.left-n, p[n:]
	}
	if h.more += int64(len(p)); len(p) == 0 || h.sink == nil {
		return nil
	}
	return h.sink(p)
}

func (h *restHandler) Done(hop *Hop, err error) {
	x := h.x.hop
	x.WireBodyBytes += hop.WireBodyBytes
	x.StoredBodyBytes = max(0, x.StoredBodyBytes+h.more-hop.WireBodyBytes) // the sum is the body's size
	x.HeadBytes += hop.HeadBytes
	x.SentBytes += hop.SentBytes
	var e *Error
	if errors.As(err, &e) {
		err = e.Err
	}
	if err == nil && h.left > 0 {
		err = fmt.Errorf("%w: it is shorter", errChanged)
	}
	h.done <- err
}
