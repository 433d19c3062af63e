package loader

import (
	"time"

	"pageload/conn"
	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// A resource is something that a frame asked for, from its discovery to its
// last byte. Its redirects are rows of their own in the waterfall but one
// resource here.
type resource struct {
	id    int32 // of the present hop
	chain int32 // of the first hop
	frame *frame
	want
	priority conn.Priority // as it is now
	reached  conn.Priority // as it is once the tree builder has come to the element
	blocking string        // Chromium's word
	silent   bool          // data: URLs make no row
	dropped  bool          // a redirect turned the method into GET
	told     int32         // the hop of which it was said why it waited for a connection

	state    state
	call     *fetch.Call
	exchange *waterfall.Exchange
	err      error
	noStore  bool
	charset  string // of the Content-Type
	nosniff  bool
	mime     string
	final    weburl.URL // after redirects
	delays   bool       // the load event waits for it
	sheet    *css.Sheet // of a style sheet that has arrived
	users    []*sheet   // that use it
	body     []byte     // of a module
	module   *module
	fonts    []*fontRequest // that wait for it
	usable   bool           // a font that has arrived and can be decoded
	used     bool           // an element or a rule uses it, not only the scanner or a preload
	credit   *credit        // of a document that arrives
}

// state is a resource's life.
type state uint8

const (
	waiting  state = iota // in a gate; leaves by send
	inFlight              // with the fetcher; leaves by its Done
	ended                 // well or not
)

// A want is what is asked for.
type want struct {
	url         weburl.URL
	typ         waterfall.Type
	rules       schedule.Resource
	destination fetch.Destination
	mode        fetch.Mode
	credentials fetch.Credentials
	referrer    weburl.URL
	policy      string // referrer policy, empty for the frame's
	initiator   waterfall.Initiator
	foundBy     string
	keep        keep
	header      []fetch.Field
	nonce       string
	integrity   string
	imageSet    bool   // an image chosen from srcset or picture
	lazy        bool   // it does not delay the load event
	child       *frame // whose document it is
	media       dom.ID // the media element whose source it is; 0 if it has none to fall back to
}

// keep says what of a body the loader needs.
type keep uint8

const (
	keepNothing keep = iota // counted and dropped
	keepMagic               // the first four bytes: is it a font?
	keepAll                 // style sheets, modules
	keepStream              // documents
)

// request makes a new request: it gets its place in the waterfall, its priority
// and its place in the gates. It is nil where the limit of requests is reached.
func (l *load) request(f *frame, w want) *resource {
	if l.stopped != nil {
		return nil
	}
	if int(l.lastID) >= l.limits.Requests {
		l.limitHit(nil, 0, "more than %d requests (Limits.Requests): the rest is not fetched, beginning with %s", l.limits.Requests, short(w.url.String()))
		return nil
	}
	r := &resource{frame: f, want: w, final: w.url, silent: w.url.Scheme() == "data" && (w.child == nil || w.child.number > 0)}
	r.rules.Type = w.typ
	if r.child != nil {
		r.child.resource = r
	}
	if !r.silent {
		r.priority, r.blocking = f.priorities.Initial(r.rules)
	}
	r.reached = r.priority
	if l.nav.Bodies && r.keep == keepNothing {
		r.keep = keepMagic
	}
	l.lastID++
	r.id, r.chain = l.lastID, l.lastID
	l.resources[r.id] = r
	l.open++
	if r.silent {
		l.local(r)
		return r
	}
	l.discovered(r, l.now(), false)
	l.gates.Add(schedule.Item{
		ID: r.id, Frame: f.number, Host: r.url.Origin().String(), Priority: r.priority,
		Free: l.http2[r.url.Origin().String()], Document: w.typ == waterfall.Document && w.destination != fetch.Object && w.destination != fetch.Embed,
	})
	l.release()
	return r
}

// local ends a request for a data: URL at once: what it asks for is in the URL.
func (l *load) local(r *resource) {
	d, err := fetch.ParseDataURL(r.url)
	x := &waterfall.Exchange{Times: waterfall.NoTimes(), HeadBytes: -1, Status: 200}
	r.mime, r.charset = d.Type.Essence(), d.Type.Charset()
	if c := r.child; c != nil && err == nil {
		c.status = x.Status
		c.url = r.url
		c.secure(nil)
		if isHTML(r.mime) {
			c.begin(r.url, r.charset)
			c.feed(d.Body)
		}
	}
	l.ended(r, x, d.Body, err)
}

// discovered gives the resource's present hop its row.
func (l *load) discovered(r *resource, at time.Duration, redirect bool) {
	if r.silent {
		return
	}
	d := &waterfall.Discovery{
		URL: r.url.WithoutFragment().String(), Method: "GET", Type: r.typ, Priority: waterfall.Priority(r.priority.String()),
		Initiator: r.initiator, RenderBlocking: r.blocking, Chain: r.chain, Redirect: redirect,
		LinkPreload: r.rules.LinkPreload, FoundBy: r.foundBy,
	}
	if r.isPage() && !r.dropped {
		d.Method, d.PostData, d.PostType = l.method(), l.nav.Body, l.postType()
	}
	l.event(waterfall.Event{At: at, Kind: waterfall.Discovered, Request: r.id, Frame: r.frame.number, Data: d})
}

// isPage reports whether the resource is the page's own document.
func (r *resource) isPage() bool { return r.child != nil && r.child.number == 0 }

// send hands a request that has passed the gates to the fetcher.
func (l *load) send(r *resource) {
	r.state = inFlight
	if !r.silent {
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.Started, Request: r.id, Frame: r.frame.number})
	}
	f := r.frame
	q := &fetch.Request{
		URL: r.url, Destination: r.destination, Mode: r.mode, Credentials: r.credentials,
		Referrer: r.referrer, ReferrerPolicy: r.policy, Initiator: f.origin(), TopLevel: l.frames[0].origin(),
		Header: r.header, Priority: r.priority, Discard: r.keep == keepNothing, FrameDepth: f.depth,
	}
	if q.ReferrerPolicy == "" {
		q.ReferrerPolicy = f.referrerPolicy
	}
	if r.isPage() {
		q.Initiator, q.TopLevel = weburl.Origin{}, weburl.Origin{}
		l.address(q)
	}
	r.call = l.profile.client.Start(l.ctx, q, newSink(l, r))
}

// address completes the request of the page's document from the navigation.
func (l *load) address(q *fetch.Request) {
	q.Method, q.Header = l.method(), l.nav.Header
	if len(l.nav.Body) > 0 || q.Method == "POST" {
		q.Body, q.ContentType = l.nav.Body, l.postType()
	}
	if u, err := weburl.Parse(l.nav.Referrer); l.nav.Referrer != "" && err == nil {
		q.Referrer, q.Initiator = u, u.Origin()
	}
}

func (l *load) method() string {
	switch {
	case l.nav.Method != "":
		return l.nav.Method
	case len(l.nav.Body) > 0:
		return "POST"
	}
	return "GET"
}

func (l *load) postType() string {
	if l.nav.ContentType == "" && (len(l.nav.Body) > 0 || l.method() == "POST") {
		return "application/x-www-form-urlencoded"
	}
	return l.nav.ContentType
}

// refuse gives a request that must not be sent its row, with the reason.
func (l *load) refuse(f *frame, w want, reason, netError, why string) {
	if l.stopped != nil || int(l.lastID) >= l.limits.Requests {
		return
	}
	r := &resource{frame: f, want: w, state: ended}
	r.rules.Type = w.typ
	r.priority, r.blocking = f.priorities.Initial(r.rules)
	l.lastID++
	r.id, r.chain = l.lastID, l.lastID
	l.discovered(r, l.now(), false)
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
	if r.call != nil {
		r.call.SetPriority(p)
	}
	if !r.silent {
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.PriorityChanged, Request: r.id, Frame: r.frame.number, Text: p.String()})
	}
}

// finished ends a resource.
func (l *load) finished(r *resource, x *waterfall.Exchange, err error) {
	if r.state == ended {
		return
	}
	r.state, r.err, r.exchange = ended, err, x
	delete(l.resources, r.id)
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
	e := waterfall.Event{At: at, Kind: waterfall.Finished, Request: r.id, Frame: r.frame.number, Data: x}
	if err != nil {
		e.Kind, e.Text = waterfall.Failed, err.Error()
		if x.Err == "" {
			x.Err, x.NetError = err.Error(), netError(err)
		}
	}
	l.event(e)
}
