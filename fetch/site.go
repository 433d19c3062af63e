package fetch

import "pageload/parse/weburl"

// site is the relation of a request to its initiator, ordered by distance (Fetch Metadata section 2.3).
type site uint8

const (
	siteNone site = iota // the user asked
	siteSameOrigin
	siteSameSite
	siteCross
)

func (s site) String() string {
	switch s {
	case siteNone:
		return "none"
	case siteSameOrigin:
		return "same-origin"
	case siteSameSite:
		return "same-site"
	}
	return "cross-site"
}

// firstSite is the relation before any URL was looked at.
func firstSite(r *Request) site {
	if r.Initiator.Opaque() && r.Mode == Navigate && r.Destination == Document {
		return siteNone
	}
	return siteSameOrigin
}

// with returns the relation of a chain of URLs so far, with one more: the farthest counts (Fetch Metadata section 2.3,
// "set the Sec-Fetch-Site header", walks the URL list).
func (s site) with(initiator, next weburl.Origin) site {
	if s == siteNone || s == siteCross {
		return s
	}
	switch {
	case !initiator.Opaque() && initiator == next:
		return s
	case !initiator.Opaque() && weburl.SameSite(initiator, next):
		return siteSameSite
	}
	return siteCross
}
