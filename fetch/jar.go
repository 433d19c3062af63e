package fetch

import (
	"strings"

	"pageload/fetch/cookies"
)

// cookie returns the Cookie field for the hop, "" for none, and notes in the hop what was held back.
func (x *Call) cookie() string {
	if x.c.Jar == nil || x.r.OwnCookies {
		return ""
	}
	r := x.cookieRequest()
	field, blocked := x.c.Jar.Field(&r)
	x.hop.BlockedCookies = blocked
	return field
}

// keepCookies gives the hop's Set-Cookie fields to the jar, and notes in the hop what it does not keep.
func (x *Call) keepCookies() {
	if x.c.Jar == nil || x.r.OwnCookies || !x.credentials() {
		return
	}
	var r cookies.Request
	for i := range x.hop.Header {
		f := &x.hop.Header[i]
		if len(f.Name) != len(setCookie) || !strings.EqualFold(f.Name, setCookie) {
			continue
		}
		if r.URL.IsZero() {
			r = x.cookieRequest()
		}
		if b, ok := x.c.Jar.Keep(&r, f.Value); !ok {
			x.hop.BlockedCookies = append(x.hop.BlockedCookies, b)
		}
	}
}

const setCookie = "Set-Cookie"

// cookieRequest is the hop as the jar sees it.
func (x *Call) cookieRequest() cookies.Request {
	r := cookies.Request{
		URL: x.url, Method: x.method, Navigation: x.r.Mode == Navigate && x.r.Destination == Document, ByUser: x.site == siteNone,
		Initiator: x.r.Initiator, TopLevel: x.r.TopLevel, Embedded: x.r.Embedded,
	}
	if r.TopLevel.Opaque() {
		r.TopLevel = r.Initiator // the page itself asks
	}
	return r
}
