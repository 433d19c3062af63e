package httpcache

import (
	"strconv"
	"time"
)

// A Response is a response's head as it came from the network.
type Response struct {
	Status     int
	StatusText string
	Proto      string // "http/1.0", "http/1.1", "h2"
	Header     Header
	Requested  time.Time // when the request was sent; a cache with a clock of its own heeds only the time between the two
	Responded  time.Time // when the head was in
	// Refuse says why the response must not be stored, such as a certificate that was not verified; "" if it may.
	Refuse string
	// Unread says that nobody will read the body, as where a redirect is followed.
	Unread bool
}

// Respond takes the head of the network's response and says what the page gets: Send, this response; Serve, what is stored; Splice, both; or Again.
// After Send and Splice, Write takes the body where Stores says so, and Finish its end.
func (t *Transaction) Respond(r *Response) Action {
	if t.out.Kind == Bypassed {
		t.invalidate(r)
		return Send
	}
	t.out.Status = r.Status
	if t.c.Now != nil {
		delay := r.Responded.Sub(r.Requested)
		r.Responded = t.c.Now()
		r.Requested = r.Responded.Add(-delay)
	}
	switch {
	case t.r.Method == "HEAD":
		t.headed(r)
		return Send
	case t.tail:
		return t.rest(r)
	case r.Status == 304 && len(t.conds) > 0:
		if t.Check() != nil {
			return Again
		}
		t.revalidated(r)
		return Serve
	case r.Status >= 500 && t.mayFail():
		t.out.Why = "status " + strconv.Itoa(r.Status)
		t.finish(errStopped)
		return Serve
	}
	replaced := t.entry != nil
	if t.entry != nil {
		t.entry.Close()
		t.entry, t.head = nil, nil
	}
	t.store(r, replaced)
	return Send
}

// invalidate drops what a request that changes something makes wrong (RFC 9111 section 4.4).
func (t *Transaction) invalidate(r *Response) {
	switch t.r.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return
	}
	if r.Status >= 200 && r.Status < 400 {
		t.c.doom(string(t.key))
		t.out.Stored = "dropped what was stored"
	}
}

// headed compares a HEAD's response with what is stored (RFC 9111 section 4.3.5).
func (t *Transaction) headed(r *Response) {
	if t.entry == nil || r.Status != 200 {
		return
	}
	h := t.head.Header
	for _, name := range [...]string{"ETag", "Last-Modified", "Content-Length"} {
		if v := r.Header.Get(name); v != "" && v != h.Get(name) {
			t.c.doom(string(t.key))
			t.out.Stored = "dropped what was stored: another " + name
			return
		}
	}
	t.update(r)
}

// update gives what is stored the fields of the response.
func (t *Transaction) update(r *Response) {
	h := *t.head
	h.Header = merged(h.Header, r.Header)
	h.Requested, h.Responded = r.Requested, r.Responded
	h.prepare()
	h.Vary, _ = varied(h.Header, t.field)
	t.out.After = &h
	t.c.mu.Lock()
	delete(t.c.stale, string(t.key))
	t.c.mu.Unlock()
	if control(h.Header).noStore {
		t.c.store().Delete(string(t.key))
		t.out.Stored, t.out.After = "not stored: no-store", nil
	} else if _, ok := t.entry.(*along); !ok {
		t.out.Stored = "updated"
		if err := t.c.store().Update(t.entry, &h); err != nil {
			t.out.Stored = "not updated: " + err.Error()
		}
	}
	t.head = &h
}

// revalidated takes a 304.
func (t *Transaction) revalidated(r *Response) {
	t.out.Kind, t.out.From = Revalidated, t.c.store().Name()
	t.out.Times, t.out.LastUse = t.entry.Used(t.c.now())
	if t.part.n == 0 {
		t.part = span{0, t.head.Size}
		if _, ok := t.entry.(*along); ok {
			t.part.n = all
		}
	}
	t.update(r)
	if t.flight != nil {
		t.flight.land()
		t.flight.leave()
		t.flight = nil
	}
}

// rest takes the response to a request for the rest of a body that broke off.
func (t *Transaction) rest(r *Response) Action {
	s, total, ok := parseContentRange(r.Header.Get("Content-Range"))
	h := t.head
	switch {
	case r.Status == 206 && ok && s.off == h.Size && total == h.Total && s.off+s.n == total && sameTag(h.Header, r.Header) && t.entry.Check() == nil:
	case r.Status == 206 || r.Status == 304 || r.Status == 416:
		t.c.doom(string(t.key))
		if t.flight != nil {
			t.Finish(errStopped, 0)
		}
		t.drop()
		return Again
	default:
		t.entry.Close()
		t.entry, t.head, t.tail = nil, nil, false
		t.store(r, true)
		return Send
	}
	t.out.Kind, t.out.From = Resumed, t.c.store().Name()
	t.out.Times, t.out.LastUse = t.entry.Used(t.c.now())
	t.part = span{0, h.Size}
	now := *h
	now.Header = merged(h.Header, r.Header)
	now.Requested, now.Responded = r.Requested, r.Responded
	now.prepare()
	t.begin(&now, false)
	t.head = &now
	if t.tee {
		if err := t.entry.Copy(0, h.Size, t.flight.write); err != nil {
			t.abandon(err)
		}
	}
	return Splice
}

func sameTag(a, b Header) bool { return b.Get("ETag") == "" || a.Get("ETag") == b.Get("ETag") }

// mayFail reports whether what is stored may be given because the server fails.
func (t *Transaction) mayFail() bool {
	if !t.c.StaleIfError || t.entry == nil || t.head.life.ifError <= -t.out.Left || t.Check() != nil {
		return false
	}
	t.out.Kind, t.out.From = StaleOnError, t.c.store().Name()
	t.part = span{0, t.head.Size}
	return true
}

// Fail says that there is no response. It returns Serve where what is stored may take its place.
func (t *Transaction) Fail(err error) Action {
	if t.out.Kind != Bypassed && !t.tail && t.r.Method == "GET" && t.r.Range == "" && t.mayFail() {
		t.out.Why = err.Error()
		t.finish(errStopped)
		return Serve
	}
	t.Close()
	return Send
}
