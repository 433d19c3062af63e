package fetch

import "pageload/fetch/http2"

// A HeaderProfile is who a client says it is: the values that change with a browser's version, and the order of
// the fields. Take one from Chromium or Honest and change what you like before its first use; it is read only
// afterwards and may be shared by clients.
type HeaderProfile struct {
	// UserAgent is sent in every request; "" sends none.
	UserAgent string
	// Brands, Mobile and Platform are the client hints sec-ch-ua, sec-ch-ua-mobile and sec-ch-ua-platform in their
	// wire form (a list of quoted strings, "?0" or "?1", a quoted string). Those that are "" are not sent.
	Brands, Mobile, Platform string
	// AcceptLanguage is sent in every request; "" sends none.
	AcceptLanguage string
	// AcceptEncoding is sent to potentially trustworthy origins, AcceptEncodingInsecure to the others, where
	// middle boxes do not know the newer codings, and AcceptEncodingMedia for audio and video, which are asked
	// for in ranges.
	AcceptEncoding, AcceptEncodingInsecure, AcceptEncodingMedia string
	// AcceptDocument is for documents, frames, objects and prefetch; the others for what they say.
	AcceptDocument, AcceptImage, AcceptStyle, AcceptOther string

	// HTTP2 is what HTTP/2 connections say about themselves and their streams; nil: http2.Chromium().
	HTTP2 *http2.Profile

	orders *fieldOrders // nil: Chromium's
}

// Chromium returns the profile of a headless Chromium 156 on Linux, as recorded.
func Chromium() *HeaderProfile {
	return &HeaderProfile{
		UserAgent:              "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
		Brands:                 `"Not:A-Brand";v="8", "Chromium";v="156"`,
		Mobile:                 "?0",
		Platform:               `"Linux"`,
		AcceptLanguage:         "en-US,en;q=0.9",
		AcceptEncoding:         "gzip, deflate, br, zstd",
		AcceptEncodingInsecure: "gzip, deflate",
		AcceptEncodingMedia:    "identity",
		AcceptDocument: "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng," +
			"*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
		AcceptImage: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
		AcceptStyle: "text/css,*/*;q=0.1",
		AcceptOther: "*/*",
		HTTP2:       http2.Chromium(),
		orders:      &chromiumOrders,
	}
}

// ChromiumAndroid returns the profile of a Chromium 156 on an Android phone, which
// tells neither the model nor the version of the system (the "reduced" User-Agent
// of Chromium 110 and later). It goes with css.Phone.
func ChromiumAndroid() *HeaderProfile {
	p := Chromium()
	p.UserAgent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
	p.Mobile, p.Platform = "?1", `"Android"`
	return p
}

// Honest returns Chromium's profile under a name of its own: the product token, such as "examplebot/2.1
// (+https://example.com/bot)", is the whole User-Agent and no client hints claim a browser. An empty product is
// "pageload". Everything else is as Chromium has it, so that servers answer as they answer browsers.
func Honest(product string) *HeaderProfile {
	if product == "" {
		product = "pageload"
	}
	p := Chromium()
	p.UserAgent = product
	p.Brands, p.Mobile, p.Platform = "", "", ""
	return p
}

// slot is a field that the client computes. The order in which slots are sent is a table.
type slot uint8

const (
	slotHost slot = iota
	slotConnection
	slotContentLength
	slotPragma
	slotCacheControl
	slotProxyAuthorization
	slotOrigin
	slotContentType
	slotBrands
	slotMobile
	slotPlatform
	slotUpgrade
	slotUserAgent
	slotPurpose
	slotAccept
	slotSite
	slotMode
	slotUser
	slotDest
	slotStorageAccess
	slotReferer
	slotAuthorization
	slotAcceptEncoding
	slotAcceptLanguage
	slotCookie
	slotIfNoneMatch
	slotIfModifiedSince
	slotRange
	slotIfRange
	slotExtra // the caller's fields that are none of the others
	slotPriority

	slots
)

// slotNames has the names as Chromium writes them on HTTP/1.1; on HTTP/2 they are in lower case.
var slotNames = [slots]string{
	slotHost: "Host", slotConnection: "Connection", slotContentLength: "Content-Length", slotPragma: "Pragma",
	slotCacheControl: "Cache-Control", slotOrigin: "Origin", slotContentType: "Content-Type", slotBrands: "sec-ch-ua",
	slotMobile: "sec-ch-ua-mobile", slotPlatform: "sec-ch-ua-platform", slotUpgrade: "Upgrade-Insecure-Requests",
	slotUserAgent: "User-Agent", slotPurpose: "Sec-Purpose", slotAccept: "Accept", slotSite: "Sec-Fetch-Site",
	slotMode: "Sec-Fetch-Mode", slotUser: "Sec-Fetch-User", slotDest: "Sec-Fetch-Dest",
	slotStorageAccess: "Sec-Fetch-Storage-Access", slotReferer: "Referer", slotAuthorization: "Authorization",
	slotAcceptEncoding: "Accept-Encoding", slotAcceptLanguage: "Accept-Language", slotCookie: "Cookie",
	slotIfNoneMatch: "If-None-Match", slotIfModifiedSince: "If-Modified-Since", slotIfRange: "If-Range",
	slotRange: "Range", slotPriority: "Priority", slotProxyAuthorization: "Proxy-Authorization",
}

// lowerSlotNames is slotNames for HTTP/2 (RFC 9113 section 8.2.1).
var lowerSlotNames = [slots]string{
	slotHost: "host", slotConnection: "connection", slotContentLength: "content-length", slotPragma: "pragma",
	slotCacheControl: "cache-control", slotOrigin: "origin", slotContentType: "content-type", slotBrands: "sec-ch-ua",
	slotMobile: "sec-ch-ua-mobile", slotPlatform: "sec-ch-ua-platform", slotUpgrade: "upgrade-insecure-requests",
	slotUserAgent: "user-agent", slotPurpose: "sec-purpose", slotAccept: "accept", slotSite: "sec-fetch-site",
	slotMode: "sec-fetch-mode", slotUser: "sec-fetch-user", slotDest: "sec-fetch-dest",
	slotStorageAccess: "sec-fetch-storage-access", slotReferer: "referer", slotAuthorization: "authorization",
	slotAcceptEncoding: "accept-encoding", slotAcceptLanguage: "accept-language", slotCookie: "cookie",
	slotIfNoneMatch: "if-none-match", slotIfModifiedSince: "if-modified-since", slotIfRange: "if-range",
	slotRange: "range", slotPriority: "priority", slotProxyAuthorization: "proxy-authorization",
}

// fieldOrders are the orders of a browser. They differ because Chromium keeps the fields that its renderer sets in
// a hash table, whose order depends on what else is in it.
type fieldOrders struct {
	navigation []slot // documents and frames
	redirected []slot // those after a redirect, when the client hints are made anew
	secure     []slot // everything else, to potentially trustworthy origins
	insecure   []slot // everything else, to the others: no client hints, and Origin later
}

// chromiumOrders was recorded from Chromium 156 (testdata/wire). The places of Content-Length, Content-Type and
// Origin in a POST, of Pragma and Cache-Control, and of Proxy-Authorization are from Chromium's documentation and were
// not recorded.
var chromiumOrders = fieldOrders{
	navigation: []slot{slotHost, slotConnection, slotContentLength, slotPragma, slotCacheControl, slotProxyAuthorization, slotAuthorization,
		slotBrands, slotMobile, slotPlatform, slotOrigin, slotContentType, slotUpgrade, slotUserAgent, slotAccept, slotSite, slotMode, slotUser,
		slotDest, slotStorageAccess, slotReferer, slotExtra, slotAcceptEncoding, slotAcceptLanguage,
		slotCookie, slotIfNoneMatch, slotIfModifiedSince, slotRange, slotIfRange, slotPriority},
	redirected: []slot{slotHost, slotConnection, slotContentLength, slotPragma, slotCacheControl, slotProxyAuthorization, slotAuthorization,
		slotOrigin, slotContentType, slotUpgrade, slotUserAgent, slotAccept, slotSite, slotMode, slotUser,
		slotDest, slotStorageAccess, slotBrands, slotMobile, slotPlatform, slotReferer, slotExtra, slotAcceptEncoding, slotAcceptLanguage,
		slotCookie, slotIfNoneMatch, slotIfModifiedSince, slotRange, slotIfRange, slotPriority},
	secure: []slot{slotHost, slotConnection, slotContentLength, slotPragma, slotCacheControl, slotProxyAuthorization, slotAuthorization,
		slotOrigin, slotPlatform, slotUserAgent, slotBrands, slotContentType, slotPurpose, slotMobile, slotAccept, slotSite, slotMode, slotDest,
		slotStorageAccess, slotReferer, slotExtra, slotAcceptEncoding, slotAcceptLanguage, slotCookie,
		slotIfNoneMatch, slotIfModifiedSince, slotRange, slotIfRange, slotPriority},
	insecure: []slot{slotHost, slotConnection, slotContentLength, slotPragma, slotCacheControl, slotProxyAuthorization, slotAuthorization,
		slotUserAgent, slotOrigin, slotContentType, slotPurpose, slotAccept, slotReferer, slotExtra, slotAcceptEncoding, slotAcceptLanguage,
		slotCookie, slotIfNoneMatch, slotIfModifiedSince, slotRange, slotIfRange},
}

// accept returns the Accept value for a destination.
func (p *HeaderProfile) accept(d Destination) string {
	switch d {
	case Document, Frame, Object, Embed, Prefetch:
		return p.AcceptDocument
	case Image, Icon:
		return p.AcceptImage
	case Style:
		return p.AcceptStyle
	}
	return p.AcceptOther
}

// acceptEncoding returns the Accept-Encoding value.
func (p *HeaderProfile) acceptEncoding(d Destination, trustworthy bool) string {
	switch {
	case d == Audio || d == Video:
		return p.AcceptEncodingMedia
	case trustworthy:
		return p.AcceptEncoding
	}
	return p.AcceptEncodingInsecure
}
