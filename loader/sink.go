package loader

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync"

	"pageload/fetch"
	"pageload/fetch/policy"
	"pageload/parse/weburl"
)

// A sink takes what a fetch brings and tells the page's owner. Its methods run
// on the fetch's goroutine.
type sink struct {
	l      *load
	r      *resource
	flight *flight // whose the sink is
	kind   keep
	most   int64 // of what is kept
	name   string
	buf    []byte
	got    int64
	expect int // bytes that buf will need, by the head
	credit *credit
	kept   *keptBody // for the waterfall; nil: nobody asked for bodies
	known  []record  // of the document's URL, as long as it is one of them
	same   []byte    // what came from the URL before, as long as this is the same

	head     *exchange // what was sent to the owner, whose it is then
	whole    bool      // all of the body lies in memory: the owner hears of the head with the end
	security *security // the document's when the request was sent
	foreign  bool      // the next hop's URL has a login that the document may not use
}

// A flight is what a load has of a fetch while that goes on.
type flight struct {
	request fetch.Request
	sink    sink
	subject subject                     // where the document has policies
	upgrade func(weburl.URL) weburl.URL // the method upgraded, once it was asked for; kept with the memory

	// The rest is the page's owner's.
	call          *fetch.Call
	memory        fetch.Call // the call's
	final         weburl.URL // after redirects; zero: there was none
	told          int32      // the hop of which it was said why it waited for a connection
	mime, charset string     // of the Content-Type
	nosniff       bool
}

// clear makes an ended flight empty.
func (f *flight) clear() {
	f.memory.Clear()
	f.request, f.sink, f.subject = fetch.Request{}, sink{}, subject{}
	f.call, f.final, f.told, f.mime, f.charset, f.nosniff = nil, weburl.URL{}, 0, "", "", false
}

// upgraded is where the policies let a redirect lead. It is asked before the sink is told of the redirect.
func (f *flight) upgraded(u weburl.URL) weburl.URL {
	s := f.sink.security
	f.sink.foreign = s.foreignLogin(u)
	return s.judge(&f.subject, u, true).url
}

func (s *sink) init(l *load, r *resource, out *flight) *sink {
	s.l, s.r, s.flight, s.kind, s.most, s.name, s.security = l, r, out, r.keep, l.limits.SheetSize, "Limits.SheetSize", r.from.frame.security
	if s.kind == keepStream {
		s.most, s.name = l.limits.DocumentSize, "Limits.DocumentSize"
		s.credit = newCredit()
	}
	if l.nav.Bodies {
		s.kept = &keptBody{most: l.limits.BodyKept, file: l.nav.Spool}
	}
	return s
}

// Interim passes early hints on; other interim responses say nothing to a page.
func (s *sink) Interim(_ *fetch.Hop, status int, h fetch.Header) {
	if status == 103 {
		s.l.mail.send(message{kind: msgInterim, sink: s, text: "103 early hints: " + h.Joined("Link")})
	}
}

// Redirect ends a hop.
func (s *sink) Redirect(h *fetch.Hop, next weburl.URL) error {
	x := s.l.exchange(h)
	cached(x, h, true)
	x.RedirectURL = next.String()
	child := s.r.child()
	if s.security != nil && child == nil {
		if v := s.security.judge(&s.flight.subject, next, true); v.reason != "" {
			return &errBlocked{reason: v.reason, net: "net::ERR_BLOCKED_BY_CLIENT", err: errors.New(v.why)}
		}
		if s.foreign {
			return &errBlocked{reason: policy.ReasonOrigin, net: "net::ERR_BLOCKED_BY_CLIENT", err: errors.New(s.security.whyForeign(next))}
		}
	}
	if child == nil || child.number > 0 {
		if why := s.l.profile.Scope.excludes(next, s.r.rules.Type()); why != "" {
			return &errBlocked{reason: "scope", net: "net::ERR_BLOCKED_BY_CLIENT", err: errors.New(why + " leaves out " + short(next.String()))}
		}
	}
	s.l.mail.send(message{kind: msgRedirect, sink: s, exchange: x, next: &next})
	return nil
}

// Response tells of the head.
func (s *sink) Response(h *fetch.Hop) error {
	s.head = s.l.exchange(h)
	cached(s.head, h, false)
	switch s.kind {
	case keepStream:
		if s.known = s.l.profile.Memory.known(h.URL); len(s.known) == 0 {
			s.expect = min(contentLength(h.Header), mostExpected)
		}
	case keepAll:
		if s.same = s.l.profile.Memory.body(h.URL); s.same == nil {
			s.expect = min(contentLength(h.Header), mostExpected)
		}
	}
	if s.whole = s.kind != keepStream && h.Cache != nil && h.Cache.FromMemory(); s.whole {
		return nil // its end is near
	}
	s.l.mail.send(message{kind: msgHead, sink: s, exchange: s.head, hop: h})
	return nil
}

// mostExpected bounds the room that a head's word alone makes for a body.
const mostExpected = 64 << 10

// contentLength is what a head says of the length of its body, in its coded form
// where it has one; 0 if it says nothing.
func contentLength(h fetch.Header) int {
	n, err := strconv.ParseUint(h.Get("Content-Length"), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// Data takes a piece of the body.
func (s *sink) Data(p []byte) error {
	if s.kept != nil {
		s.kept.write(p)
	}
	s.got += int64(len(p))
	switch s.kind {
	case keepMagic:
		if len(s.buf) < 4 {
			s.buf = append(s.buf, p[:min(4-len(s.buf), len(p))]...)
		}
	case keepAll:
		if s.got > s.most {
			return &SizeError{Limit: s.name, Bytes: s.most}
		}
		from := s.got - int64(len(p))
		if s.same != nil {
			if s.got <= int64(len(s.same)) && bytes.Equal(s.same[from:s.got], p) {
				return nil
			}
			s.buf, s.same = append(s.buf, s.same[:from]...), nil
		}
		if s.buf == nil {
			s.buf = make([]byte, 0, max(s.expect, len(p)))
		}
		s.buf = append(s.buf, p...)
	case keepStream:
		if s.got > s.most {
			return &SizeError{Limit: s.name, Bytes: s.most}
		}
		if err := s.credit.spend(s.l.ctx, len(p)); err != nil {
			return err
		}
		var data []byte
		if len(s.known) > 0 {
			data, s.known = matching(s.known, s.got-int64(len(p)), p)
		}
		if data == nil { // the parser takes the first piece's room for what follows
			data = append(make([]byte, 0, max(s.expect, len(p))), p...)
			s.expect = 0
		}
		s.l.mail.send(message{kind: msgData, sink: s, data: data, at: s.l.now()})
	}
	return nil
}

// Done ends the fetch.
func (s *sink) Done(h *fetch.Hop, err error) {
	if s.same != nil {
		s.buf = s.same[:s.got:s.got]
	}
	s.l.mail.send(message{kind: msgDone, sink: s, hop: h, err: err, data: s.buf})
}

// Stale says that a stale response was given, which is to be revalidated.
func (s *sink) Stale() { s.l.mail.send(message{kind: msgStale, sink: s}) }

// final is the exchange of a hop that has ended. It completes what was made of its
// head, on the goroutine of the page's owner, who may be at work on that.
func (s *sink) final(h *fetch.Hop) *exchange {
	x := s.head
	if x == nil {
		x = s.l.exchange(h)
	}
	cached(x, h, true)
	s.l.times(&x.Times, h)
	x.BodyBytes, x.DecodedBytes, x.SentBytes, x.Retries = h.WireBodyBytes, h.DecodedBytes, h.SentBytes, h.Retries
	if s.kind == keepNothing {
		// Nobody wanted the body, so it was not decoded. Without a coding its
		// size is known all the same.
		if x.DecodedBytes = -1; h.Header.Get("Content-Encoding") == "" {
			x.DecodedBytes = h.WireBodyBytes + h.StoredBodyBytes
		}
	}
	return x
}

// credit bounds how much of a document lies in the mailbox, where its pieces
// are until the page's owner has time for them. What the owner has taken is
// kept by the parser, which Limits.DocumentSize bounds.
type credit struct {
	mu    sync.Mutex
	left  int
	freed chan struct{} // holds a token after credit came back
}

// waitingBytes is how much of a document may wait: what Chromium's data pipe
// for a navigation holds (services/network, 512 KB).
const waitingBytes = 512 << 10

func newCredit() *credit { return &credit{left: waitingBytes, freed: make(chan struct{}, 1)} }

// spend takes credit for n bytes and waits while there is none. One goroutine
// spends.
func (c *credit) spend(ctx context.Context, n int) error {
	for {
		c.mu.Lock()
		if c.left > 0 {
			c.left -= n
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		select {
		case <-c.freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// give returns credit.
func (c *credit) give(n int) {
	c.mu.Lock()
	c.left += n
	c.mu.Unlock()
	select {
	case c.freed <- struct{}{}:
	default:
	}
}
