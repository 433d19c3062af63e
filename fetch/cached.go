package fetch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"pageload/conn"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// lookup asks the cache for the hop.
func (x *Call) lookup() step {
	if err := x.cancellation(); err != nil {
		return x.fail(PhaseQueue, err)
	}
	if x.tx == nil {
		x.hop.Times.Queued = time.Now()
		x.tx, x.spare = x.spare, nil
		if x.tx == nil {
			x.tx = new(httpcache.Transaction)
		}
		x.c.Cache.BeginIn(x.tx, x.cacheRequest(), (*asker)(x))
	} else {
		x.blocked("another request fetches the same URL")
	}
	tx := x.tx
	x.mu.Lock()
	x.waiting = tx // which who cancels x gives up from now on
	canceled := x.canceled
	x.mu.Unlock()
	if canceled != nil {
		return x.fail(PhaseQueue, canceled)
	}
	switch tx.Next() {
	case httpcache.Wait:
		return stepWait // x is no longer ours
	case httpcache.Miss:
		x.would = nil
		return x.fail(PhaseQueue, ErrCacheMiss)
	case httpcache.Serve:
		return stepStored
	}
	return stepAcquire
}

// relook asks the cache anew, which has dropped what was damaged.
func (x *Call) relook() step {
	x.tx.Close()
	x.tx = nil
	return stepLookup
}

// asker is a call as the cache sees it.
type asker Call

// Field returns the value of a field as it is or would be sent.
func (a *asker) Field(name string) string { return (*Call)(a).requestField(name) }

// Wake goes on after a wait.
func (a *asker) Wake() { (*Call)(a).woken() }

// woken goes on after a wait for another fetch of the same. It looks at once, so
// that of several that are woken the one that came first is the next to fetch.
func (x *Call) woken() {
	s := x.lookup()
	if s == stepAcquire {
		s = x.acquire()
	}
	if s = x.aboard(s); s != stepWait {
		x.r.Runners.run(x, s)
	}
}

// cacheRequest is what the cache has to know of the hop.
func (x *Call) cacheRequest() httpcache.Request {
	r := x.r
	q := httpcache.Request{
		Method: x.method, URL: x.hop.URL.WithoutFragment().String(), Partition: x.cachePartition(), Mode: r.cacheMode(), Unread: r.Discard, ReadRedirects: x.returnsRedirects(),
		AllowStale: !r.NoStale && x.method == "GET" && !r.Destination.navigates(), Made: x.hop.Times.Queued,
	}
	m := message{r: r}
	q.Range = m.byteRange()
	for i := range r.Header {
		f := &r.Header[i]
		switch strings.ToLower(f.Name) {
		case "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range":
			q.Own = "the caller's own conditions"
		case "range":
			q.Range = f.Value
		case "pragma", "cache-control":
			demand(&q, f.Value)
		}
	}
	return q
}

// demand heeds the caller's own Cache-Control and Pragma, as Chromium does.
func demand(q *httpcache.Request, value string) {
	for d := range strings.SplitSeq(strings.ToLower(value), ",") {
		switch d = strings.TrimSpace(d); {
		case d == "no-store":
			q.Own = "the caller's no-store"
		case q.Mode != httpcache.Normal:
		case d == "no-cache":
			q.Mode = httpcache.HardReload
		case d == "max-age=0":
			q.Mode = httpcache.Reload
		}
	}
}

// cachePartition is what Chromium's network isolation key is: the site of the page and that of the frame, and whether it is the document of a
// frame (net/http/http_cache.cc, GenerateCacheKey).
func (x *Call) cachePartition() string {
	r := x.r
	p := x.partition()
	if p == "" {
		return ""
	}
	frame := r.Initiator
	if r.Destination.navigates() {
		frame = x.url.Origin()
	}
	if !r.TopLevel.Opaque() && !weburl.SameSite(r.TopLevel, frame) {
		p += " " + frame.Site()
	}
	if r.Destination.navigates() && r.Destination != Document {
		p += " frame"
	}
	return p
}

// requestField returns the value of a field as it is or would be sent.
func (x *Call) requestField(name string) string {
	fs := Header(x.hop.RequestHeader)
	if fs == nil {
		if name == "accept-encoding" && len(x.r.Header) == 0 {
			return x.c.profile.acceptEncoding(x.r.Destination, x.url.Origin().PotentiallyTrustworthy())
		}
		if x.would == nil {
			var m message
			x.message(&m, false)
			x.would = m.fields()
		}
		fs = x.would
	}
	return fs.Joined(name)
}

// stored answers the hop with what is stored.
func (x *Call) stored() step {
	if err := x.tx.Check(); err != nil {
		return x.relook()
	}
	h := x.hop
	now := h.Times.Queued
	if !x.tx.InMemory() { // else it takes less than the clock tells
		now = time.Now()
	}
	h.Times.FirstByte, h.Times.HeadEnd = now, now
	w := &x.given
	w.x = x
	x.fromCache()
	if err := x.attach(w); err != nil {
		return x.fail(PhaseReceive, err)
	}
	return x.answered(w)
}

// fromStore and toStore are a header for the other side. Neither changes one that was handed out, and the two types of fields are one struct, so
// nothing is copied.
func fromStore(h httpcache.Header) Header {
	return unsafe.Slice((*Field)(unsafe.SliceData(h)), len(h))
}

func toStore(h Header) httpcache.Header {
	return unsafe.Slice((*httpcache.Field)(unsafe.SliceData(h)), len(h))
}

// Should one of the types change, this does not compile.
var _ = Field(httpcache.Field{})

// fromCache makes the stored head the hop's.
func (x *Call) fromCache() {
	h := x.hop
	var fields httpcache.Header
	h.Status, h.StatusText, h.Proto, fields = x.tx.Head()
	h.Header = fromStore(fields)
	h.Cache = x.tx.Outcome()
}

// consult asks the cache what the page gets now that the network has answered. It is nil where the request is to be sent anew.
func (x *Call) consult(w wire) wire {
	h := x.hop
	r := httpcache.Response{Status: h.Status, StatusText: h.StatusText, Proto: h.Proto, Header: toStore(h.Header),
		Requested: h.Times.SendStart, Responded: h.Times.HeadEnd}
	if h.TLS != nil && len(h.TLS.VerifiedChains) == 0 {
		r.Refuse = "the certificate was not verified" // as Chromium after a certificate error
	}
	_, r.Unread = x.location()
	switch x.tx.Respond(&r) {
	case httpcache.Again:
		x.drain(w)
		x.again()
		return nil
	case httpcache.Serve:
		x.drain(w)
		x.fromCache()
		return x.onStored(&storedWire{x: x})
	case httpcache.Splice:
		x.fromCache()
		return x.onStored(&spliceWire{wire: x.teed(w), x: x})
	}
	h.Cache = x.tx.Outcome()
	return x.teed(w)
}

// onStored makes w what a cancellation interrupts.
func (x *Call) onStored(w wire) wire {
	if x.attach(w) != nil {
		w.interrupt()
	}
	return w
}

// teed returns w, or where the body is stored one that does that beside.
func (x *Call) teed(w wire) wire {
	if body, _ := x.tx.Stores(); body {
		return &teeWire{w, x.tx}
	}
	return w
}

// stopStoring ends the body for the cache.
func (x *Call) stopStoring(err error) {
	if x.tx == nil {
		return
	}
	if err != nil {
		err = x.excused(err)
	}
	x.tx.Finish(err, x.hop.WireBodyBytes)
}

// excused says of an error that the server has no part in it: it is no business of those who read along.
func (x *Call) excused(err error) error {
	var h *handlerError
	if x.cancellation() != nil || errors.As(err, &h) {
		return fmt.Errorf("%w: %w", httpcache.ErrAbandoned, err)
	}
	return err
}

// closeCache ends the hop's part with the cache, and revalidates what was given stale.
func (x *Call) closeCache() {
	if x.tx == nil {
		return
	}
	x.hop.Cache = x.tx.Outcome()
	x.tx.Close()
	x.tx, x.last = nil, x.tx
	if x.hop.Cache.Revalidate {
		if h, ok := x.h.(StaleHandler); ok {
			h.Stale()
			return
		}
		r := *x.r
		r.URL, r.NoStale, r.Priority = x.url, true, conn.VeryLow
		x.c.Start(context.WithoutCancel(x.ctx), &r, HandlerFuncs{})
	}
}

// failed ends the call because no response came, unless what is stored takes its place.
func (x *Call) failed(p Phase, err error) step {
	if x.tx != nil && x.cancellation() == nil && x.tx.Fail(err) == httpcache.Serve {
		x.err = nil
		return stepStored
	}
	return x.fail(p, err)
}

// storedWire is a body that the cache gives.
type storedWire struct {
	x *Call
}

func (w *storedWire) prepare() {}

func (w *storedWire) send() (Phase, error) { return PhaseReceive, nil }

func (w *storedWire) receive(sink func([]byte) error) error { return w.x.receiveStored(sink) }

// receiveStored hands the stored body on; who wants none of it is told its size.
func (x *Call) receiveStored(sink func([]byte) error) error {
	h := x.hop
	if n := x.tx.Size(); sink == nil && n >= 0 {
		h.StoredBodyBytes = n
		return nil
	}
	err := x.tx.Copy(func(p []byte) error {
		h.StoredBodyBytes += int64(len(p))
		if sink == nil {
			return nil
		}
		return sink(p)
	})
	if errors.Is(err, httpcache.ErrAbandoned) && x.cancellation() == nil {
		return x.goOn(sink)
	}
	return err
}

func (w *storedWire) end(error) {}

func (w *storedWire) interrupt() {
	w.x.tx.Stop()
	if r := w.x.rest.Load(); r != nil {
		r.Cancel(nil)
	}
}

func (w *storedWire) prioritize(conn.Priority) {}

// teeWire is a body that is stored while it comes.
type teeWire struct {
	wire
	tx *httpcache.Transaction
}

func (w *teeWire) receive(sink func([]byte) error) error {
	return w.wire.receive(func(p []byte) error {
		w.tx.Write(p)
		if sink == nil {
			return nil
		}
		return sink(p)
	})
}

// spliceWire is a body whose beginning the cache gives and whose rest comes from the network.
type spliceWire struct {
	wire
	x *Call
}

func (w *spliceWire) receive(sink func([]byte) error) error {
	if err := w.x.receiveStored(sink); err != nil {
		return err
	}
	return w.wire.receive(sink)
}
