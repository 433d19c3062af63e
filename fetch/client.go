package fetch

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"pageload/conn"
	"pageload/fetch/altsvc"
	"pageload/fetch/auth"
	"pageload/fetch/cookies"
	"pageload/fetch/hsts"
	"pageload/fetch/httpcache"
)

// A Client fetches. The zero value is ready: it has a pool of its own, keeps no cookies, and looks like a Chromium.
// Set the fields before the first use. A Client is safe for concurrent use.
type Client struct {
	// Pool is where connections come from; nil: one of the client's own, which Close closes. One that goes through proxies that ask for
	// Digest wants a ProxyLogin.
	Pool *conn.Pool
	// Jar keeps cookies; nil: none are kept or sent. For a jar of another kind see cookies.Wrap.
	Jar *cookies.Jar
	// HSTS has the hosts that are asked over TLS only, and is told which want to; nil: none. What it upgrades is a hop of its own, of
	// status 307, that no connection was needed for.
	HSTS *hsts.Store
	// AltSvc is told where else servers say that they can be had; nil: nobody is. Nothing asks it so far, see its package.
	AltSvc *altsvc.Store
	// Auth has names and passwords for servers and proxies that ask; nil: none but those that are in a URL, which are sent to its origin
	// once that asks.
	Auth *auth.Store
	// Cache keeps responses; nil: none. Several clients may share one.
	Cache *httpcache.Cache
	// Profile is who the client says it is; nil: Chromium().
	Profile *HeaderProfile
	// Templates are shared with other clients that have the same Profile; nil: there are none.
	Templates *Templates
	// Heads has response headers that came before, perhaps to other clients; nil: each is made anew.
	Heads *Heads

	// MaxRedirects bounds the redirects of one fetch; the one after it fails with ErrTooManyRedirects. Zero: 20
	// (Fetch standard, HTTP-redirect fetch). Negative: redirects are not followed but are the response.
	MaxRedirects int
	// HeaderTimeout bounds the time from the request's last byte to the end of the response's head, interim
	// responses included. Zero: 300 s, Firefox's figure (Chromium has none). Negative: no bound.
	HeaderTimeout time.Duration
	// IdleTimeout bounds the time without a byte within a body, in both directions. Zero: 300 s, as above.
	// Negative: no bound.
	IdleTimeout time.Duration
	// MaxBodyBytes bounds a body as it comes, so that a body without end does end. Zero: 1 GiB, more than a page's
	// part ever has. Negative: no bound.
	MaxBodyBytes int64
	// MaxDecodedBytes bounds what one fetch gives to Data. Zero: 256 MiB, which is above what a browser shows and
	// below what stops a machine. Negative: no bound.
	MaxDecodedBytes int64
	// MaxRatio bounds decoded bytes by wire bytes, once 16 MiB were decoded; small bodies of zeros are common and
	// harmless. Zero: 200, where text has 3 to 20 and deflate cannot pass 1,032. Negative: no bound.
	MaxRatio int

	ids     atomic.Uint64
	once    sync.Once
	own     conn.Pool
	profile *HeaderProfile // resolved once
	decoders
	codecs
	templates templates
}

// The bounds' defaults; their reasons stand at the fields.
const (
	defaultMaxRedirects    = 20
	defaultHeaderTimeout   = 300 * time.Second
	defaultIdleTimeout     = 300 * time.Second
	defaultMaxBodyBytes    = 1 << 30
	defaultMaxDecodedBytes = 256 << 20
	defaultMaxRatio        = 200
	ratioFloor             = 16 << 20
)

// limit resolves a bound of the client: zero is the default, negative is no bound, which is 0 in the result.
func limit[T int | int64 | time.Duration](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return 0
	}
	return v
}

func (c *Client) init() {
	c.once.Do(func() {
		c.profile = c.Profile
		if c.profile == nil {
			c.profile = Chromium()
		}
		if c.Pool == nil {
			c.own.Dialer.ProxyLogin = ProxyLogin(c.Auth)
		}
		c.deadlines = new(deadlines)
	})
}

func (c *Client) pool() *conn.Pool {
	if c.Pool != nil {
		return c.Pool
	}
	return &c.own
}

// Start begins a fetch and returns at once. The handler is told everything, up to Done. Cancelling ctx, or the
// Call, ends it early.
func (c *Client) Start(ctx context.Context, r *Request, h Handler) *Call {
	c.init()
	x := newCall(ctx, c, r, h)
	x.start()
	return x
}

// StartWith is Start in the memory of x, and saves that of a new call: x is a zero Call, or one that has ended, which nobody uses any more, nor
// any Hop that its handler was given. Where ctx can end a call needs memory of its own, for the end may still be on its way to one that
// is over; that is what is returned then.
func (c *Client) StartWith(x *Call, ctx context.Context, r *Request, h Handler) *Call {
	if ctx.Done() != nil {
		return c.Start(ctx, r, h)
	}
	c.init()
	x.init(ctx, c, r, h)
	x.start()
	return x
}

// start begins the call's first hop.
func (x *Call) start() {
	x.watch()
	s := x.beginHop()
	if s == stepLookup {
		s = x.lookup()
	}
	if s == stepStored && x.r.Inline && x.tx.InMemory() {
		s = x.stored()
		if s == stepFinish {
			x.finish()
			return
		}
	}
	if s == stepAcquire {
		s = x.acquire()
	}
	if s = x.aboard(s); s != stepWait {
		x.r.Runners.run(x, s)
	}
}

// Close closes the client's own pool and waits for its connections to end, as conn.Pool.Close does. A pool that was
// given is left alone.
func (c *Client) Close(ctx context.Context) error {
	if c.Pool != nil {
		return nil
	}
	return c.own.Close(ctx)
}
