package loader

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/fetch"
	"pageload/fetch/altsvc"
	"pageload/fetch/auth"
	"pageload/fetch/cookies"
	"pageload/fetch/hsts"
	"pageload/fetch/httpcache"
	"pageload/loader/schedule"
	"pageload/parse/css"
	"pageload/parse/weburl"
)

// A Profile is a virtual browser: what a browser keeps between pages (names,
// connections, cookies), and how it loads them. The zero value is ready. Fields
// must not be changed after the first load. A Profile is safe for concurrent
// use: pages that it loads at the same time share its connections, as tabs do.
type Profile struct {
	// Pool keeps the profile's connections, and its Dialer opens them: names by
	// its Resolver (nil: a browser cache of the profile's own before the hosts
	// file and the system's resolver), certificates by its TLS configuration,
	// through its Proxy where that is set. With Chromium's schedule its timers
	// that are zero are Chromium's, see [conn.Dialer.Chromium].
	// Its Facts are on by default, at open and close of each connection; WatchClose
	// and Paths are for who looks at single pages.
	Pool conn.Pool
	// Identity is who the profile says it is, in which fields and in which
	// order; nil is Chromium's.
	Identity *fetch.HeaderProfile
	// Jar keeps cookies. Nil means a jar of the profile's own that blocks third-party
	// cookies, as recorded of a headless Chromium: one that does not is
	// &cookies.Jar{}. For a jar of another kind see cookies.Wrap.
	Jar *cookies.Jar
	// HSTS has the hosts that are asked over TLS only; nil means a store of the profile's own, in which there are those that said so.
	HSTS *hsts.Store
	// AltSvc has where else servers say that they can be had, for HTTP/3 one day; nil means a store of the profile's own.
	AltSvc *altsvc.Store
	// Auth has names and passwords for servers and proxies that ask, and remembers where they were accepted; nil means a store of the
	// profile's own, which knows those of URLs only.
	Auth *auth.Store
	// Cache keeps responses, so that a page costs less when it is loaded again. Nil
	// means a cache of the profile's own, in memory, of which the bodies that no one
	// reads are only counted. To do without one, see Navigation.Cache.
	Cache *httpcache.Cache
	// Device is what media queries and srcset are answered for. The zero value
	// is a window of 1280x720 with one device pixel a CSS pixel.
	Device css.Device
	// Schedule decides what is held back; the zero value is Chromium's.
	Schedule schedule.Kind
	// Icons says whether a page's icon is fetched after the load event.
	Icons Icons
	// Pace is how long a browser's main thread takes for what arrives; the zero
	// value takes no time. See [ChromiumPace].
	Pace Pace
	// Preconnect is how many connections a page's host has at least while its
	// document is awaited, so that what the document names finds them open; zero
	// means the document's own. A headless Chromium 156 has two. Where Memory knows
	// the page there are no more than it used before. A host that is spoken to over
	// TLS gets no more than its document's: HTTP/2 needs one.
	Preconnect int
	// Scope widens or narrows what is fetched; the zero value is a browser's.
	Scope Scope
	// InView decides which lazy images and frames are fetched, each time that the
	// page is laid out anew and for those that were not fetched before. Nil: those
	// near the window, as package layout estimates where they lie. It is called
	// while the page loads and must not wait.
	InView func(LazyElement) bool
	// Limits bound what a page may cost.
	Limits Limits
	// Memory keeps what was learnt from documents and style sheets, so that a page
	// that is loaded again costs less. Nil means a memory of the profile's own; to share
	// one between profiles, point them to it.
	Memory *Memory

	once     sync.Once
	client   fetch.Client
	ownLogin bool // Pool.Dialer.ProxyLogin is of this profile's Auth

	ends ends
	crew crew
}

func (p *Profile) init() {
	p.once.Do(func() {
		l := p.Limits.resolved()
		if p.Memory == nil {
			p.Memory = &Memory{}
		}
		if p.Pool.Dialer.Resolver == nil {
			p.Pool.Dialer.Resolver = &dnscache.Resolver{}
		}
		if p.Pool.Resumptions == nil {
			p.Pool.Resumptions = &conn.Resumptions{Most: p.Pool.TLSSessions}
		}
		if p.Schedule == schedule.Chromium {
			p.Pool.Dialer.Chromium()
		}
		if p.Jar == nil {
			p.Jar = &cookies.Jar{BlockThirdParty: true}
		}
		if p.Auth == nil {
			p.Auth = &auth.Store{}
		}
		if p.Pool.Dialer.ProxyLogin == nil {
			p.Pool.Dialer.ProxyLogin = fetch.ProxyLogin(p.Auth)
			p.ownLogin = true
		}
		if p.AltSvc == nil {
			p.AltSvc = &altsvc.Store{}
		}
		if p.HSTS == nil {
			p.HSTS = &hsts.Store{}
		}
		if p.Cache == nil {
			p.Cache = &httpcache.Cache{}
		}
		p.Memory.init()
		p.crew.sets = &p.Memory.scratch.crews
		identity := p.Identity
		if identity == nil {
			identity = p.Memory.identity
		}
		p.client = fetch.Client{
			Pool: &p.Pool, Jar: p.Jar, HSTS: p.HSTS, AltSvc: p.AltSvc, Auth: p.Auth, Cache: p.Cache, Profile: identity, Templates: &p.Memory.templates, Heads: &p.Memory.heads, MaxRedirects: l.Redirects,
			MaxBodyBytes: l.BodySize, HeaderTimeout: l.HeaderTime, IdleTimeout: l.IdleTime,
		}
	})
}

// Close ends the profile: its idle connections are closed, and it waits until
// those in use are, or ctx ends. A waterfall taken afterwards has the closes.
// Without it connections end when they have been idle for their time, and
// goroutines of the last load a second after it.
func (p *Profile) Close(ctx context.Context) error {
	p.init()
	p.crew.close()
	return p.Pool.Close(ctx)
}

// Load loads a page and waits until nothing of it is in flight any more. The
// error says why the document could not be loaded, or that ctx ended; failed
// subresources are no error. The page is never nil and has what was loaded.
func (p *Profile) Load(ctx context.Context, url string) (*Page, error) {
	return p.Navigate(ctx, Navigation{URL: url})
}

// Navigate is Load with all that can be said about a navigation.
func (p *Profile) Navigate(ctx context.Context, n Navigation) (*Page, error) {
	p.init()
	u, err := weburl.Parse(n.URL)
	if err != nil {
		err = fmt.Errorf("loader: %w", err)
		return failedPage(p, n, err), err
	}
	if !u.IsHTTP() && u.Scheme() != "data" && u.String() != "about:blank" {
		err := fmt.Errorf("loader: %q: %w: %s", n.URL, ErrScheme, u.Scheme())
		return failedPage(p, n, err), err
	}
	l := newLoad(ctx, p, n, u)
	return l.run()
}

// ErrScheme is the error for URLs of schemes that a page is not loaded from.
var ErrScheme = errors.New("scheme is not loaded")
