package loader

import (
	"time"

	"pageload/conn"
	"pageload/fetch"
	"pageload/fetch/httpcache"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// request makes a new request: it gets its place in the waterfall, its priority
// and its place in the gates. It is nil where the limit of requests is reached.
func (l *load) request(f *frame, w *want) *resource {
	if l.stopped != nil {
		return nil
	}
	if int(l.lastID) >= l.limits.Requests {
		l.limitHit(nil, 0, "more than %d requests (Limits.Requests): the rest is not fetched, beginning with %s", l.limits.Requests, short(w.url.String()))
		return nil
	}
	r := w.resource(f)
	r.silent = w.url.Scheme() == "data" && (w.child == nil || w.child.number > 0)
	if w.child != nil {
		w.child.resource = r
	}
	if !r.silent {
		rules := w.rules
		rules.Type = w.typ
		r.priority, _ = f.priorities.Initial(rules)
		if w.noStale {
			r.priority = conn.VeryLow
		}
	}
	if l.nav.Bodies && r.keep == keepNothing {
		r.keep = keepMagic
	}
	l.number(r)
	r.chain = r.id
	l.open++
	if r.silent {
		if w.child != nil {
			l.later(func() { l.local(r) })
		} else {
			l.local(r)
		}
		return r
	}
	now := l.now()
	l.discovered(r, r.url, now, false)
	host := l.hosts.of(r.url.Origin())
	l.gates.Add(schedule.Item{
		ID: r.id, Frame: f.number, Host: host, Priority: r.priority,
		Free: l.http2[host], Document: w.typ == waterfall.Document && w.destination != fetch.Object && w.destination != fetch.Embed,
	})
	l.releaseAt(now)
	l.spend(l.profile.Pace.Request, "requests", r.id)
	return r
}

// local ends a request for a data: URL at once: what it asks for is in the URL.
func (l *load) local(r *resource) {
	d, err := fetch.ParseDataURL(r.url)
	x := &waterfall.Exchange{Times: waterfall.NoTimes(), HeadBytes: -1, Status: 200}
	r.flight = &flight{mime: d.Type.Essence(), charset: d.Type.Charset()}
	if c := r.child(); c != nil && err == nil {
		c.status = x.Status
		c.moveTo(r.url)
		c.secure(nil)
		if isDocument(r.flight.mime) {
			c.headAt = l.now()
			c.begin(r.url, r.flight.mime, r.flight.charset, len(d.Body))
			c.feed(d.Body, c.headAt)
		}
	}
	l.ended(r, x, d.Body, err)
}

// discovered gives the resource's present hop its row.
func (l *load) discovered(r *resource, u weburl.URL, at time.Duration, redirect bool) {
	if r.silent {
		return
	}
	if hasLogin(&u) && loginOf(u) == loginOf(l.url) {
		u = u.WithoutUserinfo() // the user's; what a page's markup has is shown as it is
	}
	d, rules := &l.row, r.rules.Resource()
	*d = waterfall.Discovery{}
	d.URL, d.Method, d.Type, d.Priority = u.WithoutFragment().String(), "GET", rules.Type, waterfall.Priority(r.priority.String())
	d.Initiator, d.Chain, d.Redirect, d.RenderBlocking = r.from.initiator, r.chain, redirect, rules.Blocks()
	d.LinkPreload, d.FoundBy, d.Offset = rules.LinkPreload, r.from.foundBy, int(r.offset)
	d.Initiator.Line = int(r.line)
	if r.rare != nil {
		d.Rule = r.rare.rule
	}
	if r.isPage() && !r.dropped {
		d.Method, d.PostData, d.PostType = l.method(), l.nav.Body, l.postType()
	}
	l.event(waterfall.Event{At: at, Kind: waterfall.Discovered, Request: r.id, Frame: r.from.frame.number, Data: d})
}

// send hands a request that has passed the gates to the fetcher.
func (l *load) send(r *resource, now time.Duration) {
	r.state = inFlight
	if !r.silent {
		l.event(waterfall.Event{At: now, Kind: waterfall.Started, Request: r.id, Frame: r.from.frame.number})
	}
	f := r.from.frame
	out := l.profile.Memory.scratch.flight()
	r.flight = out
	q := &out.request // which is empty
	q.URL, q.Destination, q.Mode, q.Credentials, q.Priority = r.url, r.destination, r.mode, r.credentials, r.priority
	q.Referrer, q.ReferrerPolicy, q.Initiator, q.TopLevel = r.from.referrer, r.from.policy, f.origin(), l.frames[0].origin()
	q.Discard, q.Inline, q.FrameDepth = r.keep == keepNothing, r.keep != keepStream, f.depth
	q.Cache, q.NoStale = l.nav.Cache, r.noStale
	if q.Cache == httpcache.Reload && !r.isPage() {
		q.Cache = httpcache.Normal // since Chromium 54
	}
	q.Runners = l.runners
	child := r.child()
	if child != nil {
		if p := child.parent; p != nil {
			q.Initiator = p.origin() // the document that is asked for has none yet
			q.Embedded = p.embedded()
		}
		q.PartitionOf = child.partitions()
	} else {
		q.Partition, q.Embedded = f.partition(), f.embedded()
	}
	if q.ReferrerPolicy == "" {
		q.ReferrerPolicy = f.referrerPolicy
	}
	if f.security != nil && child == nil {
		out.subject = r.subject()
		if out.upgrade == nil {
			out.upgrade = out.upgraded
		}
		q.Upgrade = out.upgrade
	}
	if r.isPage() {
		q.Initiator, q.TopLevel = weburl.Origin{}, weburl.Origin{}
		l.address(q)
		q.Leased = l.ahead()
	}
	out.call = l.profile.client.StartWith(&out.memory, l.calls, q, out.sink.init(l, r, out))
}

// revalidate asks again for what the cache gave stale (RFC 5861), as Blink does
// (ResourceFetcher::RevalidateStaleResource): last of all, and no event waits.
func (l *load) revalidate(r *resource) {
	w := r.want()
	w.noStale, w.lazy, w.foundBy = true, true, "stale-while-revalidate"
	w.typ = waterfall.Other
	w.rules = schedule.Resource{}
	w.child, w.media = nil, 0
	l.request(r.from.frame, &w)
}

// refuse gives a request that must not be sent its row, with the reason.
func (l *load) refuse(f *frame, w want, reason, netError, why string) {
	if l.stopped != nil || int(l.lastID) >= l.limits.Requests {
		return
	}
	r := w.resource(f)
	r.state = ended
	r.priority, _ = f.priorities.Initial(r.rules.Resource())
	l.lastID++
	r.id, r.chain = l.lastID, l.lastID
	l.discovered(r, r.url, l.now(), false)
	x := &waterfall.Exchange{Times: waterfall.NoTimes(), HeadBytes: -1, BlockedReason: reason, Err: why, NetError: netError}
	x.Times.End = l.now()
	l.event(waterfall.Event{At: l.now(), Kind: waterfall.Refused, Request: r.id, Frame: f.number, Text: reason, Data: x})
}

// raise changes a request's priority, wherever it is.
func (l *load) raise(r *resource, p conn.Priority) {
	if p == r.priority || r.state == ended {
		return
	}
	r.priority = p
	l.gates.SetPriority(r.id, p)
	if r.flight != nil && r.flight.call != nil {
		r.flight.call.SetPriority(p)
	}
	if !r.silent {
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.PriorityChanged, Request: r.id, Frame: r.from.frame.number, Text: p.String()})
	}
}

// finished ends a resource.
func (l *load) finished(r *resource, x *waterfall.Exchange, err error) {
	if r.state == ended {
		return
	}
	r.state = ended
	l.resources.put(r.id, nil)
	l.open--
	l.gates.Done(r.id)
	at := x.Times.End
	if at == waterfall.None {
		at = l.now()
		x.Times.End = at
	}
	if r.silent {
		return
	}
	e := waterfall.Event{At: at, Kind: waterfall.Finished, Request: r.id, Frame: r.from.frame.number, Data: x}
	if err != nil {
		e.Kind, e.Text = waterfall.Failed, err.Error()
		if x.Err == "" {
			x.Err, x.NetError = err.Error(), netError(err)
		}
	}
	l.event(e)
}
