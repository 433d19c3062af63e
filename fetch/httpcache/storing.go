package httpcache

import (
	"slices"
	"strconv"
	"strings"
)

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
		t.c.store().Delete(string(t.key))
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
	vary, ok := varied(r.Header, t.field)
	if !ok {
		return nil, "Vary"
	}
	h := &Head{
		Key: string(t.key), Status: r.Status, StatusText: strings.Clone(r.StatusText), Proto: r.Proto, Header: storable(r.Header), Vary: vary,
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

// whole makes of the head of a 206 that of the whole, if the part is its beginning and a validator tells it from others. As in Chromium a
// part that is the whole needs one too (PartialData::UpdateFromStoredHeaders).
func (h *Head) whole(fields Header) bool {
	s, total, ok := parseContentRange(fields.Get("Content-Range"))
	if !ok || s.off != 0 || !h.strong() {
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
	t.out.Stored = "not stored: " + err.Error()
	t.finish(ErrAbandoned)
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

// Finish ends the body: err is nil where all of it came, and wraps [ErrAbandoned] where the server has no part in it; size is what came, still
// encoded.
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
	if why := t.commit(&h); why != "" {
		t.out.Stored = "not stored: " + why
	}
	if err == nil && !whole {
		err = errStopped
	}
	t.finish(err)
}

// commit stores what is complete, or says why not.
func (t *Transaction) commit(h *Head) (why string) {
	f := t.flight
	if !f.current() {
		return "changed meanwhile"
	}
	var err error
	if t.tee {
		err = f.writer.Commit(h)
	} else {
		h.NoBody = true
		err = t.c.store().Put(h)
	}
	if err != nil {
		return err.Error()
	}
	t.out.After = h
	t.c.mu.Lock()
	delete(t.c.stale, string(t.key))
	t.c.mu.Unlock()
	return ""
}
