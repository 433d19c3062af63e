package loader

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/fetch"
	"pageload/fetch/cookies"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
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
	// file and the system's resolver), certificates by its TLS configuration.
	Pool conn.Pool
	// Identity is who the profile says it is, in which fields and in which
	// order; nil is Chromium's.
	Identity *fetch.HeaderProfile
	// Jar keeps cookies; nil means a jar of the profile's own in memory.
	Jar http.CookieJar
	// Device is what media queries and srcset are answered for. The zero value
	// is a window of 1280x720 with one device pixel a CSS pixel.
	Device css.Device
	// Schedule decides what is held back; the zero value is Chromium's.
	Schedule schedule.Kind
	// Icons says whether a page's icon is fetched after the load event.
	Icons Icons
	// Limits bound what a page may cost.
	Limits Limits

	once   sync.Once
	client fetch.Client
}

// Icons says which icons are fetched. A browser asks for the icon once the load
// event is over; it delays nothing.
type Icons uint8

// The choices.
const (
	NamedIcons Icons = iota // what the page names with rel=icon
	NoIcons
	AllIcons // /favicon.ico as well, where the page names none
)

// Limits are the bounds of one page load. Zero means the default, a negative
// value no bound. What is hit is named in the waterfall, and what was loaded
// until then stays.
type Limits struct {
	Requests     int           // requests of a page, redirects and refused ones included; 10,000
	Frames       int           // documents in frames; 1,000
	Depth        int           // frames within frames; 10
	Sheets       int           // uses of style sheets in a document: one that is imported twice counts twice; 5,000
	ImportDepth  int           // style sheets that import style sheets, modules that import modules; 32
	Redirects    int           // of one request; 20, as the Fetch standard says
	DocumentSize int64         // decoded bytes of a document; 100 MB
	SheetSize    int64         // decoded bytes of a style sheet or module; 16 MB
	BodySize     int64         // bytes of any body, before decoding; 1 GB
	BodyKept     int64         // bytes kept of a body where bodies are asked for; 16 MB
	Elements     int           // of a document; 1,000,000
	References   int           // of a document; 100,000
	HeaderTime   time.Duration // for a response's head once the request is sent; 60 s
	IdleTime     time.Duration // between two pieces of a body; 60 s
}

func limit[T int | int64 | time.Duration](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return T(math.MaxInt64 / 4) // as good as none, and safe to add to
	}
	return v
}

func (l Limits) resolved() Limits {
	return Limits{
		Requests:     limit(l.Requests, 10_000),
		Frames:       limit(l.Frames, 1_000),
		Depth:        limit(l.Depth, 10),
		Sheets:       limit(l.Sheets, 5_000),
		ImportDepth:  limit(l.ImportDepth, 32),
		Redirects:    l.Redirects,
		DocumentSize: limit(l.DocumentSize, 100<<20),
		SheetSize:    limit(l.SheetSize, 16<<20),
		BodySize:     limit(l.BodySize, 1<<30),
		BodyKept:     limit(l.BodyKept, 16<<20),
		Elements:     l.Elements,
		References:   l.References,
		HeaderTime:   limit(l.HeaderTime, time.Minute),
		IdleTime:     limit(l.IdleTime, time.Minute),
	}
}

func (p *Profile) init() {
	p.once.Do(func() {
		l := p.Limits.resolved()
		if p.Pool.Dialer.Resolver == nil {
			p.Pool.Dialer.Resolver = &dnscache.Resolver{}
		}
		p.client = fetch.Client{
			Pool: &p.Pool, Jar: p.Jar, Profile: p.Identity, MaxRedirects: l.Redirects,
			MaxBodyBytes: l.BodySize, HeaderTimeout: l.HeaderTime, IdleTimeout: l.IdleTime,
		}
		if p.Jar == nil {
			p.client.Jar = cookies.New()
		}
	})
}

// Close ends the profile: its idle connections are closed, and it waits until
// those in use are, or ctx ends. A waterfall taken afterwards has the closes.
func (p *Profile) Close(ctx context.Context) error {
	p.init()
	return p.Pool.Close(ctx)
}

// A Navigation is a page to load and how.
type Navigation struct {
	// URL is the page's; it must be http, https, data or about:blank.
	URL string
	// Method is GET if empty, or POST for a form.
	Method string
	// Body is what POST sends; ContentType is application/x-www-form-urlencoded if empty.
	Body        []byte
	ContentType string
	// Header are fields of the document's request: each replaces the profile's
	// or is added.
	Header []fetch.Field
	// Referrer is the page that the user came from; empty for the address bar.
	Referrer string
	// Bodies keeps the bodies of all responses in the waterfall.
	Bodies bool
	// Observe is called for each event as it happens, one at a time, on the
	// page's goroutine: it holds the load up, so it should be quick. Times of an
	// exchange are told when its head or its end is in.
	Observe func(waterfall.Event)
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

// A SizeError says that a body was larger than a limit of the profile.
type SizeError struct {
	Limit string // the field, such as "Limits.DocumentSize"
	Bytes int64  // its value
}

// Error names the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("loader: larger than %d bytes (%s)", e.Bytes, e.Limit)
}
