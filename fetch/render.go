package fetch

import (
	"strconv"
	"strings"

	"pageload/conn"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// message is what the header of one hop is made from: the request, and what redirects and the cookie jar made of it.
type message struct {
	profile  *HeaderProfile
	r        *Request
	url      weburl.URL
	method   string
	body     []byte
	upload   *sending
	policy   string // referrer policy
	referrer weburl.URL
	site     site
	priority conn.Priority
	origin   string // of the Origin field, "" for none
	cookie   string

	authorization, proxyAuthorization string // "" for none, or for the proxy what it was given beforehand
	h2                                bool
	proxy                             *conn.Proxy // the peer, where it is an HTTP proxy that is to make the request; else nil
	// abroad says that redirects left the origin that the caller's Authorization, Cookie and Host were meant for.
	abroad bool
	// unhinted says that redirects led here from an origin that gets no client hints: those of a document are made anew, those of
	// anything else once, for its first URL.
	unhinted    bool
	redirected  bool
	credentials bool
	trustworthy bool
	thirdParty  bool              // cookies are sent to third parties
	conditions  []httpcache.Field // of the cache
}

const keepAlive = "keep-alive"

// chunked stands for a length that is not known.
const chunked = "chunked"

// fields returns the header fields in the order in which they are sent.
func (m *message) fields() []Field {
	orders := m.profile.orders
	if orders == nil {
		orders = &chromiumOrders
	}
	order := orders.insecure
	switch {
	case m.r.Destination.navigates() && m.redirected:
		order = orders.redirected
	case m.r.Destination.navigates():
		order = orders.navigation
	case m.trustworthy:
		order = orders.secure
	}
	names := &slotNames
	if m.h2 {
		names = &lowerSlotNames
	}
	fs := make([]Field, 0, len(order)+len(m.r.Header))
	for _, s := range order {
		if s == slotExtra {
			fs = m.appendExtra(fs, order)
			continue
		}
		v := m.value(s)
		if len(m.r.Header) > 0 {
			v = m.override(s, v)
		}
		if v == "" {
			continue
		}
		name := names[s]
		if s == slotContentLength && v == chunked {
			name = "Transfer-Encoding" // which Chromium sends in its place
		}
		if s == slotConnection && m.proxy != nil && v == keepAlive {
			name = "Proxy-Connection" // as Chromium
		}
		fs = append(fs, Field{name, v})
	}
	return fs
}

// override returns the caller's value for a slot, or v if the caller has none.
func (m *message) override(s slot, v string) string {
	for i := range m.r.Header {
		f := &m.r.Header[i]
		if !strings.EqualFold(f.Name, slotNames[s]) {
			continue
		}
		switch s {
		case slotContentLength:
			return v
		case slotConnection:
			if m.h2 {
				return v
			}
		case slotHost:
			if m.h2 || m.abroad {
				return v
			}
		case slotAuthorization, slotCookie:
			if m.abroad {
				return v
			}
		case slotProxyAuthorization:
			if m.proxy == nil {
				return v // an origin must not see it
			}
		}
		return f.Value
	}
	return v
}

// appendExtra appends those of the caller's fields that have no slot in the order.
func (m *message) appendExtra(fs []Field, order []slot) []Field {
next:
	for _, f := range m.r.Header {
		for _, s := range order {
			if s != slotExtra && strings.EqualFold(f.Name, slotNames[s]) {
				continue next
			}
		}
		if m.h2 {
			f.Name = strings.ToLower(f.Name)
		}
		fs = append(fs, f)
	}
	return fs
}

// value returns what the browser would send for a slot, "" for nothing.
func (m *message) value(s slot) string {
	r, p := m.r, m.profile
	switch s {
	case slotHost:
		if !m.h2 {
			return m.url.Host()
		}
	case slotConnection:
		if !m.h2 {
			return keepAlive
		}
	case slotProxyAuthorization:
		switch {
		case m.proxyAuthorization != "":
			return m.proxyAuthorization
		case m.proxy != nil:
			return m.proxy.Authorization()
		}
	case slotContentLength:
		switch {
		case m.upload == nil:
		case m.upload.u.Length >= 0:
			return strconv.FormatInt(m.upload.u.Length, 10)
		case m.h2:
			return ""
		default:
			return chunked
		}
		if len(m.body) > 0 || m.method == "POST" || m.method == "PUT" {
			return strconv.Itoa(len(m.body)) // RFC 9110 section 8.6
		}
	case slotContentType:
		if len(m.body) > 0 || m.upload != nil || m.method == "POST" || m.method == "PUT" {
			return r.ContentType // an empty form has a type, too
		}
	case slotPragma:
		if r.reload() == Bypass {
			return "no-cache"
		}
	case slotCacheControl:
		switch r.reload() {
		case Revalidate:
			return "max-age=0"
		case Bypass:
			return "no-cache"
		}
	case slotOrigin:
		return m.origin
	case slotBrands, slotMobile, slotPlatform:
		return m.hint(s)
	case slotUpgrade:
		if r.Destination.navigates() {
			return "1"
		}
	case slotUserAgent:
		return p.UserAgent
	case slotPurpose:
		if r.Destination == Prefetch {
			return "prefetch"
		}
	case slotAccept:
		return p.accept(r.Destination)
	case slotSite, slotMode, slotUser, slotDest, slotStorageAccess:
		if m.trustworthy {
			return m.metadata(s)
		}
	case slotReferer:
		return Referrer(m.policy, m.referrer, m.url)
	case slotAuthorization:
		return m.authorization
	case slotAcceptEncoding:
		return p.acceptEncoding(r.Destination, m.trustworthy)
	case slotAcceptLanguage:
		return p.AcceptLanguage
	case slotCookie:
		return m.cookie
	case slotIfNoneMatch, slotIfModifiedSince, slotIfRange:
		return m.condition(slotNames[s])
	case slotRange:
		if v := m.condition("Range"); v != "" {
			return v
		}
		return m.byteRange()
	case slotPriority:
		if m.h2 {
			return priorityField(r.Destination, m.priority)
		}
	}
	return ""
}

// hint returns a client hint. They go to potentially trustworthy origins only (Client Hints Infrastructure section 3.1).
func (m *message) hint(s slot) string {
	if !m.trustworthy || m.elsewhere() || m.unhinted && !m.r.Destination.navigates() {
		return ""
	}
	switch s {
	case slotBrands:
		return m.profile.Brands
	case slotMobile:
		return m.profile.Mobile
	}
	return m.profile.Platform
}

// elsewhere reports whether a document of another origin than the page's is asked for within it: as recorded, it gets no client hints
// unless it comes to that by a redirect.
func (m *message) elsewhere() bool {
	return !m.redirected && m.r.Destination.navigates() && !m.r.TopLevel.Opaque() && !weburl.SameOrigin(m.r.TopLevel, m.url.Origin())
}

// metadata returns a Sec-Fetch field (Fetch Metadata section 2).
func (m *message) metadata(s slot) string {
	switch s {
	case slotSite:
		return m.site.String()
	case slotMode:
		return m.r.Mode.String()
	case slotUser:
		if m.site == siteNone {
			return "?1"
		}
	case slotDest:
		return m.r.Destination.String()
	case slotStorageAccess:
		if m.credentials && !m.r.TopLevel.Opaque() {
			return m.storageAccess()
		}
	}
	return ""
}

// storageAccess says of a cross-site request with credentials whether it has all its cookies (Storage Access Headers section 3). The
// Storage Access API is scripts'; without it, as recorded, there is access where nothing is blocked, and what is blocked could ask for
// it if it is of the page's site.
func (m *message) storageAccess() string {
	same := weburl.SameSite(m.r.TopLevel, m.url.Origin())
	switch {
	case same && !m.r.Embedded:
		return ""
	case m.thirdParty:
		return "active"
	case same:
		return "inactive"
	}
	return "none"
}

// condition returns what the cache adds to a field.
func (m *message) condition(name string) string {
	for _, f := range m.conditions {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func (m *message) byteRange() string {
	switch {
	case m.r.Range == "none":
		return ""
	case m.r.Range != "":
		return m.r.Range
	case m.r.Destination == Audio || m.r.Destination == Video:
		return "bytes=0-"
	}
	return ""
}

// priorityField is Chromium's value of the priority field (RFC 9218): the urgency, left out where it is the default
// of 3, and i for what can be used piece by piece.
func priorityField(d Destination, p conn.Priority) string {
	if d == Document || d == Frame {
		p = conn.VeryHigh
	}
	incremental := true
	switch d {
	case Style, Script, Font, Manifest:
		incremental = false
	}
	var u string
	switch p {
	case conn.VeryHigh:
		u = "u=0"
	case conn.High:
		u = "u=1"
	case conn.Medium:
		u = "u=2"
	case conn.VeryLow:
		u = "u=4"
	}
	switch {
	case !incremental:
		return u
	case u == "":
		return "i"
	}
	return u + ", i"
}

// appendHead renders an HTTP/1.1 request head.
func appendHead(b []byte, method, target string, fields []Field) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, target...)
	return appendRest(b, fields)
}

// appendRest renders what of a head stands behind the target.
func appendRest(b []byte, fields []Field) []byte {
	b = append(b, " HTTP/1.1\r\n"...)
	for i := range fields {
		b = append(b, fields[i].Name...)
		b = append(b, ": "...)
		b = append(b, fields[i].Value...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}
