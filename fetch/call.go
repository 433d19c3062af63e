package fetch

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// A Call is a fetch that was started. Its methods may be called from any goroutine, also after its end, when they do
// nothing.
//
// One goroutine at a time runs it, and none while it waits in the pool's queue: then the fields below are nobody's,
// and whoever is given the connection goes on. Only what stands under mu is touched by others.
type Call struct {
	c   *Client
	ctx context.Context
	r   *Request
	h   Handler

	hop       *Hop
	url       weburl.URL // of the hop, with userinfo
	method    string
	body      []byte
	upload    *sending    // a body that is read while it is sent; nil: none
	policy    string      // referrer policy; redirects may change it
	referrer  *weburl.URL // r's, or what redirects left of it
	site      site
	redirects int
	abroad    bool // redirected away from the first origin
	tainted   bool // redirected from one foreign origin to another: the origin is told as null
	unhinted  bool // redirected from an origin that gets no client hints
	foreign   bool // mode CORS, and some hop was of another origin: responses need permission
	retries   int

	login *credentialed // nil: no credentials were asked for or sent so far

	lay         bool // the connection had been used or lay idle: its peer may have closed it already
	misdirected bool // the hop was answered with 421 once
	raw         bool // it is another call's rest: its body is given as it came

	tx    *httpcache.Transaction // of the hop; nil without a cache
	last  *httpcache.Transaction // that was closed: its outcome is in a hop
	spare *httpcache.Transaction // memory for the next one
	rest  atomic.Pointer[Call]   // which fetches what another request left
	given storedWire             // what the cache gives
	would Header                 // the request's fields as they would be sent, once the cache has asked for one

	lease   *conn.Lease
	err     error // what Done is given
	unwatch func() bool
	notes   *waitNotes
	handoff atomic.Uint32 // see acquire

	mu       sync.Mutex
	priority conn.Priority
	ticket   *conn.Ticket           // while queued
	wire     wire                   // while on a connection
	waiting  *httpcache.Transaction // while the cache may let it wait
	canceled error                  // why it was given up
	ended    bool

	first Hop
}

// step is what a call does next.
type step uint8

const (
	stepHop      step = iota // a URL is set: check it
	stepLookup               // may have been stored
	stepStored               // was stored
	stepAcquire              // needs a connection
	stepWait                 // the pool has it, and leased goes on; or the cache, and woken does
	stepOpen                 // has a connection
	stepExchange             // and a wire on it
	stepLocal                // needs none
	stepSecure               // is redirected to https
	stepFinish               // err is set, or the body has ended
)

func newCall(ctx context.Context, c *Client, r *Request, h Handler) *Call {
	x := new(Call)
	x.init(ctx, c, r, h)
	return x
}

func (x *Call) init(ctx context.Context, c *Client, r *Request, h Handler) {
	if x.c != nil { // it has ended
		x.Clear()
	}
	x.c, x.ctx, x.r, x.h = c, ctx, r, h
	x.url, x.method, x.body, x.policy, x.referrer = r.URL, r.Method, r.Body, r.ReferrerPolicy, &r.Referrer
	x.site, x.priority = firstSite(r), r.Priority
	if x.method == "" {
		x.method = "GET"
	}
	x.upload = newSending(r)
	x.hop = &x.first
	x.hop.RequestID = c.ids.Add(1)
}

// Clear lets go of all that a call refers to which has ended and nobody uses any more. It is for memory that is kept for [Client.StartWith].
func (x *Call) Clear() {
	spare := x.spare
	if x.last != nil && x.last.Clear() {
		spare = x.last
	}
	*x = Call{}
	x.spare = spare
}

// run carries the call on from s until it ends or waits.
func (x *Call) run(s step) {
	for {
		switch s {
		case stepHop:
			s = x.beginHop()
		case stepLookup:
			s = x.lookup()
		case stepStored:
			s = x.stored()
		case stepAcquire:
			s = x.acquire()
		case stepOpen: // HTTP/2, most often; see aboard
			needStack(x.retries)
			s = x.opened()
		case stepExchange:
			s = x.exchange()
		case stepLocal:
			s = x.local()
		case stepSecure:
			s = x.secure()
		case stepFinish:
			x.finish()
			return
		case stepWait:
			return
		}
	}
}

// fail ends the call with an error of the current hop.
func (x *Call) fail(p Phase, err error) step {
	x.err = x.wrap(p, err)
	return stepFinish
}

// wrap makes err an *Error. A cancellation takes the place of what it caused, so that nobody takes it for a fault of the network.
func (x *Call) wrap(p Phase, err error) error {
	var h *handlerError
	if errors.As(err, &h) {
		return h.err
	}
	if c := x.cancellation(); c != nil {
		err = c
	} else if f := x.upload.fault(); f != nil {
		p, err = PhaseSend, f
	}
	e := &Error{Phase: p, URL: x.hop.URL, Err: err}
	var l *limitError
	if errors.As(err, &l) {
		e.Err, e.Limit = l.err, l.limit
	}
	var t *timeoutError
	if errors.As(err, &t) {
		e.Limit = t.limit()
	}
	return e
}

// handlerError carries an error that the handler returned through layers that must not change it.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return e.err.Error() }

// finish reports the end. The call is not touched afterwards.
func (x *Call) finish() {
	x.mu.Lock()
	x.ended = true
	x.ticket, x.wire, x.waiting = nil, nil, nil
	x.mu.Unlock()
	if x.unwatch != nil {
		x.unwatch()
	}
	x.notes.end()
	if x.hop.Times.End.IsZero() {
		x.hop.Times.End = time.Now()
	}
	x.closeCache()
	x.upload.close()
	x.h.Done(x.hop, x.err)
}

// watch makes the end of the context end the call: one context.AfterFunc for all of its hops.
func (x *Call) watch() {
	if x.ctx.Done() == nil {
		return
	}
	if err := x.ctx.Err(); err != nil {
		x.cancel(&canceledError{err, context.Cause(x.ctx)})
		return
	}
	x.unwatch = context.AfterFunc(x.ctx, func() {
		x.cancel(&canceledError{x.ctx.Err(), context.Cause(x.ctx)})
	})
}

// Abort ends the fetch as the end of ctx would, were it the fetch's own. Who starts many fetches that end together saves
// each its look at the context so.
func (x *Call) Abort(ctx context.Context) {
	x.cancel(&canceledError{ctx.Err(), context.Cause(ctx)})
}

// Cancel ends the fetch; Done follows with cause, which is context.Canceled if nil.
func (x *Call) Cancel(cause error) {
	x.cancel(&canceledError{context.Canceled, cause})
}

func (x *Call) cancel(err error) {
	x.mu.Lock()
	if x.ended || x.canceled != nil {
		x.mu.Unlock()
		return
	}
	x.canceled = err
	t, w, tx := x.ticket, x.wire, x.waiting
	if w != nil {
		w.interrupt() // under the lock, so that it cannot hit the connection's next user
	}
	x.mu.Unlock()
	if t != nil {
		t.Cancel()
	}
	if tx != nil && tx.GiveUp() {
		go x.run(stepLookup)
	}
	if d, ok := x.h.(cancelable); ok {
		d.cancel(&Error{Phase: PhaseReceive, URL: x.r.URL.WithoutUserinfo(), Err: err})
	}
}

// cancellation returns why the call was given up, nil if it was not.
func (x *Call) cancellation() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.canceled
}

// SetPriority changes the place in the queue for a connection, and what later hops say. A server that is at work on the request over
// HTTP/2 is told.
func (x *Call) SetPriority(p conn.Priority) {
	x.mu.Lock()
	x.priority = p
	t := x.ticket
	if x.wire != nil && !x.urgent() {
		x.wire.prioritize(p) // under the lock, as interrupt
	}
	x.mu.Unlock()
	if t != nil {
		t.SetPriority(p)
	}
}

func (x *Call) currentPriority() conn.Priority {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.priority
}

// attach says what a cancellation has to interrupt from now on.
func (x *Call) attach(w wire) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.canceled != nil {
		return x.canceled
	}
	x.wire = w
	return nil
}

// detach says that nothing is to be interrupted any more: the connection is about to be another's.
func (x *Call) detach() {
	x.mu.Lock()
	x.wire = nil
	x.mu.Unlock()
}

// The states of handoff: who goes on when the pool has answered. Enqueue may call leased before it returns, on this goroutine or
// another; whoever is second finds the other's mark.
const (
	handoffAsking uint32 = iota
	handoffAnswered
	handoffWaiting
)

// acquire asks the pool for a connection. While it waits, no goroutine does.
func (x *Call) acquire() step {
	host, port := x.url.Address()
	var made time.Time
	if x.hop.Times.Queued.IsZero() { // else this is a retry
		made = time.Now()
		x.hop.Times.Queued = made
	}
	var trace *conn.Trace
	if t, ok := x.h.(tracer); ok {
		made = time.Time{} // it may take its time
		trace = (*queued)(x).QueueTrace()
		t.acquires(host, port, trace)
	}
	x.handoff.Store(handoffAsking)
	ctx := x.ctx
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx) // the call itself watches it
	}
	t := x.c.pool().Enqueue(ctx, conn.Request{
		Key: conn.Key{Scheme: x.url.Scheme(), Host: host, Port: port, Private: !x.credentials(),
			Partition: x.partition()},
		Priority: x.queuePriority(),
		Made:     made,
		Trace:    trace,
		Tracer:   (*queued)(x),
	}, x.leased)
	x.mu.Lock()
	x.ticket = t
	canceled := x.canceled != nil
	x.mu.Unlock()
	if canceled {
		t.Cancel()
	}
	if x.handoff.CompareAndSwap(handoffAsking, handoffWaiting) {
		return stepWait // x is no longer ours
	}
	return x.leaseStep()
}

// partition is what keeps the hop apart from those of other sites' pages.
func (x *Call) partition() string {
	if x.r.PartitionOf != nil {
		return x.r.PartitionOf(x.url)
	}
	return x.r.Partition
}

// leased is called by the pool, once for each acquire.
func (x *Call) leased(l *conn.Lease, err error) {
	x.lease, x.err = l, err
	if !x.handoff.CompareAndSwap(handoffAsking, handoffAnswered) {
		x.r.Runners.run(x, x.aboard(x.leaseStep()))
	}
}

// leaseStep looks at what the pool answered.
func (x *Call) leaseStep() step {
	x.mu.Lock()
	x.ticket = nil
	x.mu.Unlock()
	if x.err == nil {
		if f := x.r.Leased; f != nil && x.hop.Index == 0 && x.retries == 0 {
			f()
		}
		return stepOpen
	}
	err := x.err
	x.noteFailedOpening(err)
	return x.failed(openingPhase(err), err)
}

// openingPhase returns which step towards a connection failed.
func openingPhase(err error) Phase {
	var resolve *conn.ResolveError
	var name *dnscache.Error
	var dial *conn.DialError
	var tls *conn.TLSError
	var proxy *conn.ProxyError
	switch {
	case errors.As(err, &proxy): // its name and TLS with it too: the origin was not spoken to
		return PhaseConnect
	case errors.As(err, &tls):
		return PhaseTLS
	case errors.As(err, &dial):
		return PhaseConnect
	case errors.As(err, &resolve), errors.As(err, &name):
		return PhaseDNS
	}
	return PhaseQueue
}

// noteFailedOpening puts the times that a failed connection's error has into the hop.
func (x *Call) noteFailedOpening(err error) {
	t := new(Opening)
	defer func() {
		if t.Timing != (conn.Timing{}) || t.DNS.Name != "" {
			x.hop.Opening = t
		}
	}()
	var resolve *conn.ResolveError
	if errors.As(err, &resolve) {
		t.DNSStart, t.DNSEnd = resolve.Start, resolve.End
	}
	var name *dnscache.Error
	if errors.As(err, &name) {
		t.DNS = dnscache.Answer{Name: name.Name, Level: name.Level, RCode: name.RCode, Steps: name.Steps}
	}
	var dial *conn.DialError
	if errors.As(err, &dial) {
		for _, a := range dial.Attempts {
			if t.ConnectStart.IsZero() || a.Start.Before(t.ConnectStart) {
				t.ConnectStart = a.Start
			}
			if end := a.Start.Add(a.Duration); end.After(t.ConnectEnd) {
				t.ConnectEnd = end
			}
			x.hop.Remote = a.Addr
		}
	}
	var tls *conn.TLSError
	var proxy *conn.ProxyError
	if errors.As(err, &proxy) {
		x.hop.Proxy = &proxy.Proxy
		if proxy.Phase > conn.ProxyConnect {
			t.ProxyStart, t.ProxyEnd = proxy.Start, proxy.End
			x.hop.Remote = proxy.Addr
		}
	} else if errors.As(err, &tls) {
		t.TLSStart, t.TLSEnd = tls.Start, tls.End
		x.hop.Remote = tls.Addr
	}
	for _, start := range []*time.Time{&t.DNSStart, &t.ConnectStart, &t.ProxyStart, &t.TLSStart} {
		if !start.IsZero() && start.Before(x.hop.Times.Queued) {
			*start = x.hop.Times.Queued // begun for another, joined
		}
	}
}

// waitNotes take from the pool why a call waits. The pool may say so a moment after the call has its connection, when its memory may
// be another call's.
type waitNotes struct {
	trace conn.Trace
	mu    sync.Mutex
	x     *Call // nil after its end
}

// queued is a call that the pool has to let wait: one that gets a connection at once has nothing to note.
type queued Call

// QueueTrace is called by the pool before Enqueue returns, while the call is acquire's.
func (q *queued) QueueTrace() *conn.Trace {
	x := (*Call)(q)
	if x.notes == nil {
		n := &waitNotes{x: x}
		n.trace.Blocked = n.blocked
		x.notes = n
	}
	return &x.notes.trace
}

// blocked is the pool's hook.
func (n *waitNotes) blocked(reason string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.x != nil {
		n.x.blocked(reason)
	}
}

func (n *waitNotes) end() {
	if n == nil {
		return
	}
	n.mu.Lock()
	n.x = nil
	n.mu.Unlock()
}

// blocked notes a reason for which the hop has to wait, once.
func (x *Call) blocked(reason string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, b := range x.hop.Blocked {
		if b == reason {
			return
		}
	}
	x.hop.Blocked = append(x.hop.Blocked, reason)
}

// queuePriority is the priority for the pool's queue and for the stream.
func (x *Call) queuePriority() conn.Priority {
	if x.urgent() {
		return conn.VeryHigh
	}
	return x.currentPriority()
}

// urgent reports whether nothing is more urgent, whatever the request says.
func (x *Call) urgent() bool { return x.r.Destination == Document || x.r.Destination == Frame }
