package fetch

import (
	"sync"

	"pageload/conn"
	"pageload/fetch/http2"
	"pageload/parse/weburl"
)

// A template is the header of requests that differ in nothing but their target: most of those of a page for one destination. It is made
// once; its fields are in the hops of all of them.
type template struct {
	key    templateKey
	fields []Field
	rest   string        // of an HTTP/1.1 head: all that stands behind the target
	sent   []http2.Field // of an HTTP/2 one: the fields
}

// templateKey is all that the header of a plain request is made from, beside the client's profile.
type templateKey struct {
	destination Destination
	mode        Mode
	site        site
	reload      Reload
	credentials bool
	redirected  bool
	unhinted    bool
	embedded    bool
	thirdParty  bool

	h2       bool
	priority conn.Priority // with h2

	scheme, host, origin string
	referrer, policy     string
	cookie, byteRange    string
	top                  weburl.Origin
}

// templates are the newest templates of a client: a page needs one for each destination, and one more for each host or referrer.
type templates struct {
	mu   sync.Mutex
	list [8]*template
	next int // where the next one goes
}

func (t *templates) find(k *templateKey) *template {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.list {
		if e != nil && e.key == *k {
			return e
		}
	}
	return nil
}

func (t *templates) add(e *template) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list[t.next] = e
	t.next = (t.next + 1) % len(t.list)
}

// Templates are request headers that clients with one Profile may share, so that thousands of them do not each have their own of the
// same text. Only headers without cookies are shared. The zero value is ready; it is safe for concurrent use and must not be copied.
type Templates struct {
	mu   sync.Mutex
	kept map[sharedKey]*template
}

type sharedKey struct {
	profile *HeaderProfile
	templateKey
}

// Clear forgets all. Clients remember the few that they use all the same.
func (t *Templates) Clear() {
	t.mu.Lock()
	t.kept = nil
	t.mu.Unlock()
}

// mostTemplates bounds how many are shared; then all are forgotten.
const mostTemplates = 256

// shared returns the template that is kept under a key, made if there is none.
func (t *Templates) shared(p *HeaderProfile, k templateKey, make func() *template) *template {
	key := sharedKey{p, k}
	t.mu.Lock()
	e := t.kept[key]
	t.mu.Unlock()
	if e != nil {
		return e
	}
	e = make()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= mostTemplates {
		t.kept = map[sharedKey]*template{}
	}
	t.kept[key] = e
	return e
}

// template returns the template for the hop's request, nil where it has something of its own: a body, the caller's or the
// cache's fields, a password.
func (x *Call) template(h2 bool) *template {
	r := x.r
	if x.method != "GET" || len(x.body) > 0 || x.upload != nil || len(r.Header) > 0 || x.lease.AbsoluteForm() || !x.login.plain() ||
		x.tx != nil && len(x.tx.Conditions()) > 0 {
		return nil
	}
	return x.sharedHeader(h2)
}

// sharedHeader returns the template of a request that may have one.
func (x *Call) sharedHeader(h2 bool) *template {
	r := x.r
	k := templateKey{
		destination: r.Destination, mode: r.Mode, site: x.site, reload: r.reload(), credentials: x.credentials(), redirected: x.redirects > 0,
		scheme: x.url.Scheme(), host: x.url.Host(), origin: x.originField(),
		unhinted: x.unhinted, embedded: r.Embedded, thirdParty: x.thirdParty(), h2: h2, referrer: x.referrer.String(), policy: x.policy, byteRange: r.Range, top: r.TopLevel,
	}
	if k.credentials {
		k.cookie = x.cookie()
	}
	if h2 {
		k.priority = x.currentPriority()
	}
	if t := x.c.templates.find(&k); t != nil {
		return t
	}
	return x.newTemplate(k)
}

// thirdParty reports whether cookies are sent to third parties.
func (x *Call) thirdParty() bool { return x.c.Jar != nil && !x.c.Jar.BlockThirdParty }

// newTemplate makes a template, or finds another client's. It is a function of its own so that the others need less stack.
//
//go:noinline
func (x *Call) newTemplate(k templateKey) *template {
	make := func() *template {
		var m message
		x.message(&m, k.h2)
		m.priority = k.priority // which may be another by now
		t := &template{key: k, fields: m.fields()}
		if k.h2 {
			t.sent = appendSent(nil, t.fields)
		} else {
			t.rest = string(appendRest(nil, t.fields))
		}
		return t
	}
	var t *template
	if x.c.Templates != nil && k.cookie == "" {
		t = x.c.Templates.shared(x.c.profile, k, make)
	} else {
		t = make()
	}
	x.c.templates.add(t)
	return t
}

// render makes the head of the hop's request over HTTP/1.1 in b, and puts the fields into the hop.
func (x *Call) render(b []byte) []byte {
	if t := x.template(false); t != nil {
		x.hop.RequestHeader = t.fields
		b = append(b, x.method...)
		b = append(b, ' ')
		b = append(b, x.url.RequestTarget()...)
		return append(b, t.rest...)
	}
	return x.renderOwn(b)
}

// renderOwn is render without a template.
//
//go:noinline
func (x *Call) renderOwn(b []byte) []byte {
	var m message
	x.message(&m, false)
	x.hop.RequestHeader = m.fields()
	target := x.url.RequestTarget()
	if x.lease.AbsoluteForm() {
		target = x.url.Scheme() + "://" + x.url.Host() + target // RFC 9112 section 3.2.2
	}
	return appendHead(b, x.method, target, x.hop.RequestHeader)
}
