package loader

import (
	"errors"
	"strings"

	"pageload/conn"
	"pageload/fetch"
	"pageload/fetch/policy"
	"pageload/loader/waterfall"
)

// handle takes one message of a fetch.
func (l *load) handle(m *message) {
	var r *resource
	if m.sink != nil {
		r = m.sink.r
	}
	switch m.kind {
	case msgNote:
		l.event(waterfall.Event{At: m.at, Kind: waterfall.Hint, Text: m.text})
	case msgInterim:
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.Hint, Request: r.id, Frame: r.from.frame.number, Text: m.text})
	case msgRedirect:
		l.redirected(r, m)
		l.profile.Memory.scratch.put(m.exchange)
	case msgHead:
		l.head(r, m)
	case msgData:
		if f := r.child(); f != nil && f.parser != nil {
			f.feed(m.data, m.at)
		}
		m.sink.credit.give(len(m.data))
	case msgFrame:
		l.open--
		m.then()
	case msgStale:
		l.revalidate(r)
	case msgDone:
		m.exchange = m.sink.final(m.hop)
		fl := m.sink.flight
		if m.sink.whole {
			l.head(r, m)
		}
		l.done(r, m)
		l.profile.Memory.scratch.put(m.exchange)
		if len(fl.request.Body) == 0 { // else it may still be being sent
			l.profile.Memory.scratch.end(fl)
		}
	}
}

// redirected ends a hop and begins the next one as a row of its own.
func (l *load) redirected(r *resource, m *message) {
	r.flight.final = *m.next
	switch m.exchange.Status { // Fetch standard, HTTP-redirect fetch, step 12
	case 301, 302, 303:
		r.dropped = true
	}
	l.waited(r, &m.exchange.Exchange)
	l.event(waterfall.Event{At: m.exchange.Times.End, Kind: waterfall.Redirected, Request: r.id, Frame: r.from.frame.number, Data: &m.exchange.Exchange})
	l.learn(r, &m.exchange.Exchange)
	old := r.id
	l.resources.put(old, nil)
	l.number(r)
	l.gates.Rename(old, r.id)
	if r.rules.Type() == waterfall.Image && r.from.foundBy == "style" {
		l.raise(r, max(r.priority, conn.High)) // layout has found it in view in the meantime
	}
	l.discovered(r, *m.next, m.exchange.Times.End, true)
	l.event(waterfall.Event{At: m.exchange.Times.End, Kind: waterfall.Started, Request: r.id, Frame: r.from.frame.number})
}

// waited says why a hop had to wait for its connection, once.
func (l *load) waited(r *resource, x *waterfall.Exchange) {
	if r.silent || r.flight.told == r.id || len(x.Waited) == 0 {
		return
	}
	r.flight.told = r.id
	l.event(waterfall.Event{At: x.Times.Queued, Kind: waterfall.Waited, Request: r.id, Frame: r.from.frame.number, Text: strings.Join(x.Waited, "; ")})
}

// learn remembers what an exchange shows of its origin.
func (l *load) learn(r *resource, x *waterfall.Exchange) {
	l.count(x)
	if x.Proto == "HTTP/2.0" {
		if l.http2 == nil {
			l.http2 = map[string]bool{}
		}
		l.http2[l.hosts.of(r.final().Origin())] = true
	}
}

// head takes a response's head.
func (l *load) head(r *resource, m *message) {
	l.waited(r, &m.exchange.Exchange)
	if !r.silent {
		l.event(waterfall.Event{At: m.exchange.Times.HeadEnd, Kind: waterfall.Responded, Request: r.id, Frame: r.from.frame.number, Data: &m.exchange.Exchange})
	}
	l.learn(r, &m.exchange.Exchange)
	h := m.hop.Header // what a hop has with the head is not changed after it
	fl := r.flight
	fl.final = m.hop.URL
	fl.mime, fl.charset = l.desk.types.of(h)
	r.noStore = noStore(h)
	switch r.rules.Type() {
	case waterfall.Stylesheet, waterfall.Script: // others are not asked about it
		if first, ok := h.Lookup("X-Content-Type-Options"); ok {
			fl.nosniff = policy.Nosniff([]string{first})
		}
	case waterfall.Media:
		if m.hop.Status < 400 {
			r.settle() // the load event waits for the first of it only
		}
	}
	if f := r.child(); f != nil {
		f.status = m.hop.Status
		f.referrerPolicy = fetch.ReferrerPolicy(h.Joined("Referrer-Policy"))
		f.moveTo(fl.final)
		f.secure(h)
		if err := f.framable(h); err != nil {
			fl.call.Cancel(err)
			return
		}
		if isDocument(fl.mime) && m.hop.Status != 204 && m.hop.Status != 205 {
			f.headAt = m.exchange.Times.HeadEnd
			f.begin(fl.final, fl.mime, fl.charset, contentLength(h))
			f.linkHeader(h)
		}
	}
}

// isDocument reports whether a document of the type refers to others. A response
// without a type is taken for HTML: sniffing would find nothing else that does.
func isDocument(mime string) bool { return mime == "" || mime == "text/html" || isXML(mime) }

// isXML reports whether the type is one of those XML documents that a browser
// shows as they are.
func isXML(mime string) bool {
	switch mime {
	case "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml":
		return true
	}
	return false
}

// done takes the end of a fetch.
func (l *load) done(r *resource, m *message) {
	x := &m.exchange.Exchange
	if kept := m.sink.kept; kept != nil {
		data, note := kept.end()
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.Body, Request: r.id, Frame: r.from.frame.number, Data: data})
		if note != "" {
			l.event(waterfall.Event{At: l.now(), Kind: waterfall.Limit, Request: r.id, Frame: r.from.frame.number, Text: note})
		}
	}
	if m.err != nil {
		blockedBy(x, m.err)
	}
	if m.sink.head == nil { // else it was learnt with that
		l.learn(r, x)
		l.waited(r, x)
	}
	l.ended(r, x, m.data, m.err)
}

// blockedBy notes what forbade a request, if that is the error.
func blockedBy(x *waterfall.Exchange, err error) {
	var blocked *errBlocked
	if errors.As(err, &blocked) {
		x.Err, x.NetError, x.BlockedReason = err.Error(), blocked.net, blocked.reason
	}
}

// ended ends a resource and lets go on what waited for it. body is what was
// kept of it.
func (l *load) ended(r *resource, x *waterfall.Exchange, body []byte, err error) {
	if err == nil {
		x.Err, x.NetError, x.BlockedReason = r.unusable(x, body)
	}
	l.finished(r, x, err)
	r.settle()
	mime, charset := r.land()
	if r.noStale {
		return // it was for the cache
	}
	usable := err == nil && x.Err == ""
	r.failed = !usable || x.Status >= 400 && (r.rules.Type() == waterfall.Script || r.rules.Type() == waterfall.Stylesheet)
	f := r.from.frame
	switch {
	case r.child() != nil:
		l.documentDone(r, err)
	case r.rules.Type() == waterfall.Stylesheet && r.keep == keepAll:
		if usable {
			enc, _ := f.parser.Encoding()
			base := r.final()
			if r.silent { // nothing can be resolved against a data: URL
				base = f.base()
			}
			parsed := l.profile.Memory.sheet(body, charset, enc, base)
			r.product().sheet = parsed
			l.sheetProblems(r, f, parsed.Problems())
		}
		if r.made != nil {
			for _, s := range r.made.users {
				f.sheetArrived(s)
			}
		}
		f.dirty = true
	case r.rules.Type() == waterfall.Script && r.keep == keepAll:
		if usable {
			p := r.product()
			p.body, p.mime = body, mime
		}
		f.moduleArrived(r)
	case r.rare != nil && r.rare.media != 0 && (err != nil || x.Status >= 400):
		f.nextSource(r.rare.media)
	case r.rules.Type() == waterfall.Font:
		f.fontArrived(r, usable && x.Status < 400 && isFont(body))
	}
}

// land ends the flight, if there was one, and returns what of it is still of use.
func (r *resource) land() (mime, charset string) {
	fl := r.flight
	if fl == nil {
		return "", ""
	}
	if !fl.final.IsZero() && fl.final != r.url {
		final := fl.final
		r.product().final = &final
	}
	mime, charset = fl.mime, fl.charset
	r.flight = nil
	return mime, charset
}

// settle says that the load event waits for the resource no longer.
func (r *resource) settle() {
	if r.delays {
		r.delays = false
		r.from.frame.delaying--
	}
}

// documentDone ends the document of a frame.
func (l *load) documentDone(r *resource, err error) {
	f := r.child()
	if err != nil && f.parser == nil {
		f.fail()
		if f.number == 0 {
			l.failure = err
		}
		return
	}
	if err != nil && f.number == 0 {
		l.failure = err // what came of it is still parsed
	}
	f.whole = err == nil
	f.goOn(err != nil)
	f.complete()
	if f.whole && f.arrived {
		f.l.profile.Memory.share(f)
	}
}

// types are the Content-Type fields that were come upon last, and what they say: pages' responses have few of them.
type types struct {
	list [8]contentType
	next int
}

const mostTypeKept = 128 // bytes of a field

// A contentType is what the Content-Type says: the essence and the charset.
type contentType struct{ field, mime, charset string }

// of returns what the Content-Type of a response says.
func (t *types) of(h fetch.Header) (mime, charset string) {
	v := h.Joined("Content-Type")
	if v == "" {
		return "", ""
	}
	for i := range t.list {
		if c := &t.list[i]; c.field == v {
			return c.mime, c.charset
		}
	}
	var c contentType
	if m, ok := fetch.ContentType(fetch.Header{{Name: "Content-Type", Value: v}}); ok {
		c.mime, c.charset = m.Essence(), m.Charset()
	}
	if len(v) <= mostTypeKept {
		c.field = strings.Clone(v) // which is a piece of a head
		t.list[t.next] = c
		t.next = (t.next + 1) % len(t.list)
	}
	return c.mime, c.charset
}

// noStore reports whether a response says that it must not be stored.
func noStore(h fetch.Header) bool {
	v := h.Joined("Cache-Control")
	return len(v) >= len("no-store") && strings.Contains(strings.ToLower(v), "no-store")
}
