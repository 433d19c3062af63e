package loader

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"pageload/fetch"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// A Recorder is an http.RoundTripper with the memory of a [Profile] and a log of
// what went through it, as a waterfall. It is for programs that have an
// http.Client, a colly.Collector or the like, and want this library's names,
// connections, cache and record with it:
//
//	var log loader.Recorder
//	client := &http.Client{Transport: &log}
//	…
//	har.Write(w, log.Waterfall(), har.Options{})
//
// Who wants no log uses [Profile.Transport]. The zero value is ready. Set the fields
// before the first use. A Recorder is safe for concurrent use and must not be
// copied after its first use.
type Recorder struct {
	// Profile is whose memory is used; nil: one of the recorder's own.
	Profile *Profile
	// Transport says how requests are made. Its Client is the profile's if it is nil,
	// and its Watch is asked as well.
	Transport fetch.Transport
	// Requests is how many requests are kept, each hop of a redirect being one: of
	// more the newest are. Zero: 10,000; negative: no bound.
	Requests int
	// Bodies keeps the bodies of responses, each up to the profile's Limits.BodyKept.
	Bodies bool
	// Observe is called for each event as it happens, one at a time, on the fetch's
	// goroutine. It should be quick and must not call the recorder.
	Observe func(waterfall.Event)

	once sync.Once
	own  Profile
	most int
	// convert is a load of which only the profile and the start are used: it turns
	// times into offsets.
	convert *load
	watch   func(*http.Request, *fetch.Request) fetch.Handler

	mu      sync.Mutex
	first   string // the URL of the first request
	entries []*entry
	lastID  int32
	dropped int
}

// An entry is a request's part of the log.
type entry struct {
	id     int32
	events []waterfall.Event
}

func (r *Recorder) init() {
	r.once.Do(func() {
		if r.Profile == nil {
			r.Profile = &r.own
		}
		r.Profile.init()
		r.most = limit(r.Requests, 10_000)
		r.convert = &load{profile: r.Profile, limits: r.Profile.Limits.resolved(), start: time.Now()}
		if r.Transport.Client == nil {
			r.Profile.describe(&r.Transport)
		}
		r.watch = r.Transport.Watch
		r.Transport.Watch = r.begin
	})
}

// RoundTrip makes one request and records it. See [fetch.Transport.RoundTrip].
func (r *Recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.init()
	return r.Transport.RoundTrip(q)
}

// CloseIdleConnections closes the connections that are not in use.
func (r *Recorder) CloseIdleConnections() {
	r.init()
	r.Transport.CloseIdleConnections()
}

// Waterfall is the record so far, beginning with the recorder's first use: its page
// is the first request's URL. Requests that go on are in it, and so are the
// connections that were used.
func (r *Recorder) Waterfall() *waterfall.Waterfall {
	r.init()
	r.mu.Lock()
	log := []waterfall.Event{{Kind: waterfall.NavigationStart, Text: r.first, Data: r.convert.start}}
	for _, e := range r.entries {
		log = append(log, e.events...)
	}
	if r.dropped > 0 {
		log = append(log, waterfall.Event{At: log[1].At, Kind: waterfall.Limit, Text: dropText(r.dropped, r.most)})
	}
	r.mu.Unlock()
	p := Page{profile: r.Profile, told: log, start: r.convert.start, end: time.Now()}
	return p.Waterfall()
}

// Forget empties the record. Of requests that go on, what is still to come is
// dropped too.
func (r *Recorder) Forget() {
	r.init()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries, r.dropped, r.first = nil, 0, ""
}

// begin is the transport's Watch.
func (r *Recorder) begin(from *http.Request, q *fetch.Request) fetch.Handler {
	h := &recording{r: r, q: q}
	if r.watch != nil {
		h.next = r.watch(from, q)
	}
	if r.Bodies {
		h.kept = &keptBody{most: r.convert.limits.BodyKept}
	}
	h.discovered(q.URL, q.Method, time.Since(r.convert.start), false)
	return h
}

// open makes a new entry, and room for it.
func (r *Recorder) open(url string) *entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lastID++; r.first == "" {
		r.first = url
	}
	e := &entry{id: r.lastID}
	if len(r.entries) >= r.most {
		r.entries[0] = nil
		r.entries = r.entries[1:]
		r.dropped++
	}
	r.entries = append(r.entries, e)
	return e
}

// note adds to an entry.
func (r *Recorder) note(e *entry, v waterfall.Event) {
	v.Request = e.id
	r.mu.Lock()
	defer r.mu.Unlock()
	e.events = append(e.events, v)
	if r.Observe != nil {
		r.Observe(v)
	}
}

// A recording is the handler of one request: the goroutine of its fetch owns it.
type recording struct {
	r     *Recorder
	q     *fetch.Request
	next  fetch.Handler // may be nil
	kept  *keptBody     // nil: bodies are not kept
	entry *entry        // of the present hop
	chain int32
	told  bool // of a wait, of the present hop
}

// discovered begins a hop's entry.
func (h *recording) discovered(u weburl.URL, method string, at time.Duration, redirect bool) {
	d := &waterfall.Discovery{
		URL: u.WithoutUserinfo().WithoutFragment().String(), Method: method, Type: typeOf(h.q.Destination), Priority: priorityOf(h.q),
		Initiator: waterfall.Initiator{Type: "other"}, Redirect: redirect, FoundBy: "caller", PostData: h.q.Body, PostType: h.contentType(),
	}
	if d.Method == "" {
		d.Method = "GET"
	}
	if !h.q.Referrer.IsZero() {
		d.Initiator = waterfall.Initiator{Type: "script", URL: h.q.Referrer.String()}
	}
	if d.Method == "GET" {
		d.PostData, d.PostType = nil, ""
	}
	h.entry, h.told = h.r.open(d.URL), false
	if h.chain == 0 {
		h.chain = h.entry.id
	}
	d.Chain = h.chain
	h.note(waterfall.Event{At: at, Kind: waterfall.Discovered, Data: d})
	h.note(waterfall.Event{At: at, Kind: waterfall.Started})
}

func (h *recording) contentType() string {
	for _, f := range h.q.Header {
		if strings.EqualFold(f.Name, "Content-Type") {
			return f.Value
		}
	}
	return h.q.ContentType
}

func (h *recording) note(e waterfall.Event) { h.r.note(h.entry, e) }

// exchange is what the waterfall keeps of a hop.
func (h *recording) exchange(hop *fetch.Hop, ended bool) *exchange {
	x := h.r.convert.exchange(hop)
	cached(x, hop, ended)
	if len(x.Waited) > 0 && !h.told {
		h.told = true
		h.note(waterfall.Event{At: x.Times.Queued, Kind: waterfall.Waited, Text: strings.Join(x.Waited, "; ")})
	}
	return x
}

func (h *recording) Interim(hop *fetch.Hop, status int, header fetch.Header) {
	if h.next != nil {
		h.next.Interim(hop, status, header)
	}
}

func (h *recording) Redirect(hop *fetch.Hop, next weburl.URL) error {
	x := h.exchange(hop, true)
	x.RedirectURL = next.String()
	h.note(waterfall.Event{At: x.Times.End, Kind: waterfall.Redirected, Data: &x.Exchange})
	method := hop.Method
	if hop.Status != 307 && hop.Status != 308 && method != "HEAD" {
		method = "GET" // Fetch standard, HTTP-redirect fetch, step 12
	}
	h.discovered(next, method, x.Times.End, true)
	if h.next != nil {
		return h.next.Redirect(hop, next)
	}
	return nil
}

func (h *recording) Response(hop *fetch.Hop) error {
	x := h.exchange(hop, false)
	h.note(waterfall.Event{At: x.Times.HeadEnd, Kind: waterfall.Responded, Data: &x.Exchange})
	if h.next != nil {
		return h.next.Response(hop)
	}
	return nil
}

func (h *recording) Data(p []byte) error {
	if h.kept != nil {
		h.kept.write(p)
	}
	if h.next != nil {
		return h.next.Data(p)
	}
	return nil
}

func (h *recording) Done(hop *fetch.Hop, err error) {
	x := h.exchange(hop, true)
	if h.kept != nil {
		data, note := h.kept.end()
		h.note(waterfall.Event{At: x.Times.End, Kind: waterfall.Body, Data: data})
		if note != "" {
			h.note(waterfall.Event{At: x.Times.End, Kind: waterfall.Limit, Text: note})
		}
	}
	switch hop.Status {
	case 301, 302, 303, 307, 308:
		if to, perr := hop.URL.Parse(hop.Header.Get("Location")); perr == nil && hop.Header.Get("Location") != "" {
			x.RedirectURL = to.String()
		}
	}
	e := waterfall.Event{At: x.Times.End, Kind: waterfall.Finished, Data: &x.Exchange}
	if err != nil {
		e.Kind, e.Text = waterfall.Failed, err.Error()
		x.Err, x.NetError = err.Error(), netError(err)
	}
	h.note(e)
	if h.next != nil {
		h.next.Done(hop, err)
	}
}
