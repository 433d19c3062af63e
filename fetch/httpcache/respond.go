package httpcache

import (
	"errors"
	"slices"
	"strconv"
	"strings"
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
		t.c.doom(t.key)
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
			t.c.doom(t.key)
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
	if t.r.Field != nil {
		h.Vary, _ = varied(h.Header, t.r.Field)
	}
	t.out.After = &h
	t.c.mu.Lock()
	delete(t.c.stale, t.key)
	t.c.mu.Unlock()
	if control(h.Header).noStore {
		t.c.store().Delete(t.key)
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
	t.out.Times, t.out.LastUse = t.entry.Used()
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
		t.c.doom(t.key)
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
	t.out.Times, t.out.LastUse = t.entry.Used()
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

// store begins to store a response, or says why not.
func (t *Transaction) store(r *Response, replaced bool) {
	h, why := t.headOf(r)
	if why == "" && t.flight == nil {
		why = "another request is storing it"
	}
	if why == "" {
		t.begin(h, r.Unread)
		return
	}
	t.refuse(why)
	if replaced {
		t.c.store().Delete(t.key)
	}
}

// refuse says why the response is not stored.
func (t *Transaction) refuse(why string) {
	t.out.Stored = "not stored: " + why
	t.finish(errStopped)
}

// headOf makes the head that is stored of a response, or says why none is (RFC 9111 section 3).
func (t *Transaction) headOf(r *Response) (*Head, string) {
	d := control(r.Header)
	switch {
	case r.Refuse != "":
		return nil, r.Refuse
	case d.noStore:
		return nil, "no-store"
	case t.r.Range != "" && r.Status != 206 && r.Status != 200:
		return nil, "the request was for a range"
	case r.Status == 304 || r.Status < 200:
		return nil, "status " + strconv.Itoa(r.Status)
	}
	vary, ok := varied(r.Header, t.r.Field)
	if !ok {
		return nil, "Vary"
	}
	h := &Head{
		Key: t.key, Status: r.Status, StatusText: strings.Clone(r.StatusText), Proto: r.Proto, Header: storable(r.Header), Vary: vary,
		Requested: r.Requested, Responded: r.Responded, Total: length(r.Header),
	}
	if r.Status == 206 && !h.whole(r.Header) {
		return nil, "a part that cannot be completed"
	}
	h.prepare()
	l := &h.life
	if l.left(h.Responded, r.Responded)+max(l.revalidate, l.ifError) <= 0 && (h.Status != 200 || !hasValidator(h)) {
		return nil, "stale at once (" + l.why + "), no validator"
	}
	return h, ""
}

func hasValidator(h *Head) bool {
	return h.Header.Get("ETag") != "" && h.Proto != "http/1.0" || h.Header.Get("Last-Modified") != ""
}

// whole makes of the head of a 206 that of the whole, if the part is its beginning and a validator tells it from others.
func (h *Head) whole(fields Header) bool {
	s, total, ok := parseContentRange(fields.Get("Content-Range"))
	if !ok || s.off != 0 || !h.strong() && s.n != total {
		return false
	}
	h.Status, h.StatusText, h.Total = 200, "OK", total
	h.Header = slices.DeleteFunc(h.Header, func(f Field) bool {
		return strings.EqualFold(f.Name, "Content-Range") || strings.EqualFold(f.Name, "Content-Length")
	})
	h.Header = append(h.Header, Field{"Content-Length", strconv.FormatInt(total, 10)})
	return true
}

// begin begins to store.
func (t *Transaction) begin(h *Head, unread bool) {
	if t.flight == nil {
		return
	}
	t.out.Stored = "stored"
	if unread {
		h.Total, t.head, t.bodiless = 0, h, true
		return
	}
	w, err := t.c.store().Create(h, t.r.Unread && !t.tail)
	if err != nil {
		t.refuse(err.Error())
		return
	}
	t.head = h
	if w == nil {
		return // its size is stored at the end
	}
	t.tee = true
	t.flight.mu.Lock()
	t.flight.writer = w
	t.flight.mu.Unlock()
	if !t.tail && h.Total >= 0 { // of others it cannot be said whether they find room
		t.flight.departed(h)
	}
}

// Stores reports whether Write wants the body, and whether Finish wants its size.
func (t *Transaction) Stores() (body, size bool) { return t.tee, t.flight != nil }

// Write takes a piece of the body. Where it cannot be stored, nothing is, and the transaction goes on.
func (t *Transaction) Write(p []byte) {
	if !t.tee {
		return
	}
	if err := t.flight.write(p); err != nil {
		t.abandon(err)
	}
}

// abandon ends storing.
func (t *Transaction) abandon(err error) {
	t.tee = false
	t.refuse(err.Error())
}

// finish ends the flight; nil stored it.
func (t *Transaction) finish(err error) {
	f := t.flight
	if f == nil {
		return
	}
	t.flight, t.tee = nil, false
	f.end(err)
	f.land()
	f.leave()
}

// Finish ends the body: err is nil where all of it came; size is what came of it, still encoded.
func (t *Transaction) Finish(err error, size int64) {
	f := t.flight
	if f == nil {
		return
	}
	if t.head == nil || t.out.Stored == "" {
		t.finish(errStopped)
		return
	}
	h := *t.head
	switch {
	case t.tee:
		size = f.written
	case t.bodiless:
		size = 0
	}
	h.Size = size
	whole := err == nil && (h.Total < 0 || h.Total == size)
	switch {
	case whole:
		h.Total = size
	case t.tee && size > 0 && size < h.Total && h.strong() && !strings.EqualFold(h.Header.Get("Accept-Ranges"), "none") && h.Status == 200:
		t.out.Stored = "stored in part: " + strconv.FormatInt(size, 10) + " of " + strconv.FormatInt(h.Total, 10) + " bytes"
	case err == nil:
		t.refuse("the body is not as long as Content-Length says")
		return
	default:
		t.out.Stored = "not stored: the body broke off"
		t.finish(err)
		return
	}
	if !f.current() {
		t.refuse("changed meanwhile")
		return
	}
	var cerr error
	if t.tee {
		cerr = f.writer.Commit(&h)
	} else {
		h.NoBody = true
		cerr = t.c.store().Put(&h)
	}
	switch {
	case errors.Is(cerr, ErrTooBig):
		t.out.Stored = "not stored: " + cerr.Error()
	case cerr != nil:
		t.out.Stored = "not stored: " + cerr.Error()
	default:
		t.out.After = &h
		t.c.mu.Lock()
		delete(t.c.stale, t.key)
		t.c.mu.Unlock()
	}
	end := err
	if whole {
		end = nil
	} else if end == nil {
		end = errStopped
	}
	t.finish(end)
}
