package cookies

import (
	"fmt"
	"time"
)

// A Cookie is what a jar keeps of one.
type Cookie struct {
	// Name may be empty: then Value alone is sent.
	Name, Value string
	// Domain is a host, in lower case and without a leading dot; IPv6 addresses are in brackets.
	Domain string
	// HostOnly says that the cookie goes to Domain alone, not to the names below it.
	HostOnly bool
	// Path is the prefix of paths that the cookie goes to, "/" if empty.
	Path string
	// Created orders cookies of the same path length; a cookie that is set again with the same value keeps it. Zero: now.
	Created time.Time
	// LastUsed is when it was set or sent, to the minute. Zero: Created.
	LastUsed time.Time
	// Expires is when the cookie ends, at most 400 days from when it was set; zero: with the session, that is never by itself.
	Expires time.Time
	// Secure cookies are sent over https, and to localhost.
	Secure bool
	// HTTPOnly cookies are kept from scripts, of which there are none here.
	HTTPOnly bool
	// SameSite says whether requests of other sites have the cookie.
	SameSite SameSite
	// Priority says which cookies of a site go first when there are too many.
	Priority Priority
	// Partition is the page's site that a partitioned cookie is bound to; zero: it is not partitioned.
	Partition Partition
}

// SameSite is the value of the attribute of that name (RFC 6265bis section 5.6.7).
type SameSite uint8

// The values of SameSite.
const (
	Unspecified SameSite = iota // as Lax, but for two minutes also on POST navigations of other sites
	None
	Lax
	Strict
)

var sameSiteNames = [...]string{Unspecified: "", None: "None", Lax: "Lax", Strict: "Strict"}

// String returns the attribute's value, "" for Unspecified.
func (s SameSite) String() string {
	if int(s) < len(sameSiteNames) {
		return sameSiteNames[s]
	}
	return fmt.Sprintf("SameSite(%d)", uint8(s))
}

// Priority is the value of the attribute of that name (draft-west-cookie-priority).
type Priority uint8

// The priorities. Medium is that of cookies that name none.
const (
	Medium Priority = iota
	Low
	High
)

var priorityNames = [...]string{Medium: "Medium", Low: "Low", High: "High"}

// String returns the attribute's value.
func (p Priority) String() string {
	if int(p) < len(priorityNames) {
		return priorityNames[p]
	}
	return fmt.Sprintf("Priority(%d)", uint8(p))
}

// A Partition is what partitioned cookies are bound to (draft-cutler-httpbis-partitioned-cookies section 2.1).
type Partition struct {
	// Site is that of the page, such as "https://example.com".
	Site string
	// CrossSite says that the cookie's site is not the page's, or that between the two there is a frame of a third (the
	// cross-site ancestor bit). A page that another site embeds so has other cookies there.
	CrossSite bool
}

// String returns the site, with " cross-site" after it where that is said; "" if zero.
func (p Partition) String() string {
	if p.CrossSite {
		return p.Site + " cross-site"
	}
	return p.Site
}
