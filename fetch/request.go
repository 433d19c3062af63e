package fetch

import (
	"pageload/conn"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// A Request says what to fetch, for what, and on whose behalf. The zero value of everything but URL asks for a
// document like an address typed by the user. A Request is not changed by the client and must not be changed while
// it runs; it may be used again.
type Request struct {
	// Method is GET if empty. CONNECT, TRACE and TRACK are refused (Fetch standard, forbidden methods).
	Method string
	// URL is http, https, data or about:blank. The fragment is kept for redirects and not sent. Userinfo becomes
	// an Authorization field.
	URL weburl.URL

	// Destination, Mode and Credentials are those of the Fetch standard; they select the header fields.
	// A navigation is always sent with credentials.
	Destination Destination
	Mode        Mode
	Credentials Credentials

	// Referrer is the full URL of the document or style sheet that asks; what of it is sent is decided by
	// ReferrerPolicy. Zero: no Referer field.
	Referrer weburl.URL
	// ReferrerPolicy is a token of the Referrer Policy standard; "" or an unknown one is
	// strict-origin-when-cross-origin.
	ReferrerPolicy string
	// Initiator is the origin of the document that asks. Zero is an opaque origin, which with Mode Navigate and
	// Destination Document means the user: Sec-Fetch-Site is none then.
	Initiator weburl.Origin
	// TopLevel is the origin of the outermost document; zero: the request is made by it, or is it.
	TopLevel weburl.Origin
	// Embedded says that the document that asks is a frame of another site than the page, or that there is one between it and
	// the page: then no cookies go along that want requests of their own site.
	Embedded bool

	// Header are fields that replace those of the profile in their place, or are added after them. A field with
	// an empty Value takes the profile's field of that name away.
	Header []Field
	// Body is sent as it is, with a Content-Length. It is not modified and is sent again where a retry or a 307 or
	// 308 redirect asks for it.
	Body []byte
	// Upload, where not nil, is a body that is read while it is sent, in place of Body. What it says about being had again holds for the
	// request then.
	Upload *Upload
	// ContentType describes the body; "" sends none.
	ContentType string

	// Priority orders the wait for a connection and becomes the priority field on HTTP/2. Navigations are sent as
	// VeryHigh whatever it says.
	Priority conn.Priority
	// Discard says that nobody wants the body: it is counted and dropped, not decoded, and Data is not called.
	Discard bool
	// Inline says that the handler may be called from inside Start, where all that the page gets lies in memory. It saves a goroutine; the handler
	// must not wait for who called Start.
	Inline bool
	// Reload adds the fields of a reload, and asks the client's cache accordingly where Cache says nothing else.
	Reload Reload
	// Cache says how much the client's cache, if it has one, may help. Reload and HardReload send the fields of a reload, too.
	Cache httpcache.Mode
	// NoStale refuses stale responses that could be revalidated meanwhile. Documents and frames are never given them. See StaleHandler.
	NoStale bool
	// Range is the value of the Range field. Media (Audio, Video) send "bytes=0-" if it is empty; "none" sends none.
	Range string
	// Partition keeps connections apart that must not be shared, such as those of another top-level site. It is
	// part of the pool's key, and of the cache's together with the site of the frame.
	Partition string
	// PartitionOf, where not nil, is asked for the partition of each hop's URL instead: a navigation may be redirected to
	// another site. It must be quick.
	PartitionOf func(weburl.URL) string
	// Leased, where not nil, is called once the first hop has its connection, before anything is sent. It must be quick and is
	// called on the fetch's goroutine.
	Leased func()
	// Redirect says what becomes of a redirect.
	Redirect Redirect
	// OwnCookies leaves the client's jar out of it, both ways: cookies are the caller's affair, who sends them in Header.
	OwnCookies bool
	// Encoded leaves the content codings on the body: Data gets it as it comes.
	Encoded bool
	// Upgrade, where not nil, may change where a redirect leads before it is followed and reported: http to https, as for mixed
	// content. It must be quick and is called on the fetch's goroutine.
	Upgrade func(weburl.URL) weburl.URL
	// Runners, where not nil, are where the call gets its goroutine from. Calls that are made one after the other are cheaper so; their goroutines rest
	// until [Runners.End].
	Runners *Runners
	// FrameDepth is 0 in the main frame. It is kept for observers; the client does not use it.
	FrameDepth int
}

// Destination is what a response will be used for (Fetch standard, request destination).
type Destination uint8

// The destinations. Prefetch and Icon are not of the standard: Chromium sends other fields for them than for what
// they are called on the wire, empty and image.
const (
	Document Destination = iota // a top-level document
	Frame                       // iframe
	Style
	Script
	Image
	Font
	Audio
	Video
	Track
	Manifest
	Object
	Embed
	Empty    // fetch(), XMLHttpRequest, preload as=fetch
	Prefetch // link rel=prefetch
	Icon     // favicon

	destinations
)

var destinationNames = [destinations]string{
	Document: "document", Frame: "iframe", Style: "style", Script: "script", Image: "image", Font: "font",
	Audio: "audio", Video: "video", Track: "track", Manifest: "manifest", Object: "object", Embed: "embed",
	Empty: "empty", Prefetch: "empty", Icon: "image",
}

// String returns the value of the Sec-Fetch-Dest field.
func (d Destination) String() string {
	if d < destinations {
		return destinationNames[d]
	}
	return "empty"
}

// navigates reports whether the destination is loaded as a document of its own, which selects its Accept value and
// field order.
func (d Destination) navigates() bool {
	return d == Document || d == Frame || d == Object || d == Embed
}

// Mode is the request's mode (Fetch standard).
type Mode uint8

// The modes. For SameOrigin a URL or redirect of another origin is an error that makes no request.
const (
	Navigate Mode = iota
	NoCORS
	CORS
	SameOrigin
)

// String returns the value of the Sec-Fetch-Mode field.
func (m Mode) String() string {
	switch m {
	case Navigate:
		return "navigate"
	case NoCORS:
		return "no-cors"
	case CORS:
		return "cors"
	}
	return "same-origin"
}

// Credentials says when cookies go along and are kept (Fetch standard, credentials mode).
type Credentials uint8

// The credentials modes. Requests without credentials use connections of their own.
const (
	Include               Credentials = iota // always
	SameOriginCredentials                    // where the URL is of the initiator's origin
	Omit                                     // never
)

// Redirect is what becomes of a redirect (Fetch standard, redirect mode).
type Redirect uint8

// The redirect modes.
const (
	FollowRedirect Redirect = iota // the next hop is made
	ReturnRedirect                 // it is the response, as with a negative Client.MaxRedirects
)

// Reload is how much of a cache's help a reload refuses.
type Reload uint8

// The kinds of reload.
const (
	NoReload   Reload = iota
	Revalidate        // Cache-Control: max-age=0, as the reload button sends for the document
	Bypass            // Pragma: no-cache, Cache-Control: no-cache, as with the shift key
)

// String returns none, revalidate or bypass.
func (r Reload) String() string {
	switch r {
	case Revalidate:
		return "revalidate"
	case Bypass:
		return "bypass"
	}
	return "none"
}

// reload returns how much of a cache's help the request's fields refuse.
func (r *Request) reload() Reload {
	switch {
	case r.Reload != NoReload:
		return r.Reload
	case r.Cache == httpcache.Reload:
		return Revalidate
	case r.Cache == httpcache.HardReload:
		return Bypass
	}
	return NoReload
}

// cacheMode returns what the cache is asked for.
func (r *Request) cacheMode() httpcache.Mode {
	switch {
	case r.Cache != httpcache.Normal:
		return r.Cache
	case r.Reload == Revalidate:
		return httpcache.Reload
	case r.Reload == Bypass:
		return httpcache.HardReload
	}
	return httpcache.Normal
}
