package policy

import (
	"net/netip"
	"strings"

	"pageload/parse/weburl"
)

// MixedVerdict is what happens to a request for an insecure URL.
type MixedVerdict uint8

// The verdicts.
const (
	MixedAllow   MixedVerdict = iota // it is fetched as it is
	MixedUpgrade                     // it is fetched with https instead, and not again with http should that fail
	MixedBlock                       // it is not fetched: mixed-content
)

var mixedNames = [...]string{"allow", "upgrade", "block"}

// String returns "allow", "upgrade" or "block".
func (v MixedVerdict) String() string {
	if int(v) < len(mixedNames) {
		return mixedNames[v]
	}
	return "unknown"
}

// RestrictsMixed reports whether documents of the origin may not load insecure content: those of https. Chromium asks
// for the frame's own document and for the top one; a frame is restricted if one of the two is.
func RestrictsMixed(document, top weburl.Origin) bool {
	return document.Scheme == "https" || top.Scheme == "https"
}

// Mixed decides about a request of a document and returns the URL to fetch (Mixed Content section 4). page is the
// origin of the document's URL, also where the document is sandboxed and its own origin is opaque. Images, icons, audio
// and video are upgraded; everything else is blocked, and so are images chosen from srcset or picture, for which
// imageSet is set. Not mixed are data:, blob: and about: URLs, local addresses and names, and the target of a form. Of
// images on an IP address no other variant is sought: Chromium loads them as they are.
//
// For a frame in a secure page that is not secure itself, page is the origin of the top document: see RestrictsMixed.
// Upgrade, if the document asks for it, comes first. It must be asked again for every redirect, as a redirect to an
// insecure URL is upgraded or blocked too.
func Mixed(page weburl.Origin, u weburl.URL, kind Kind, imageSet bool) (weburl.URL, MixedVerdict) {
	if page.Scheme != "https" || !insecure(u) || kind == Base || kind == FormAction {
		return u, MixedAllow
	}
	if imageSet || kind != Image && kind != Media {
		return u, MixedBlock
	}
	if hostIsAddress(u) {
		return u, MixedAllow
	}
	return secureOf(u), MixedUpgrade
}

// Upgrade returns the URL that a document with upgrade-insecure-requests fetches instead of u: https for http, wss for
// ws, where u is not local (Upgrade Insecure Requests, upgrade request). It is for everything but navigations of the top
// document; a link is upgraded only to the document's own host, which sameHost says.
func Upgrade(u weburl.URL, navigation, sameHost bool) weburl.URL {
	if !insecure(u) || navigation && !sameHost {
		return u
	}
	return secureOf(u)
}

// secureOf returns an insecure URL's secure variant. A port that is written stays, 80 apart.
func secureOf(u weburl.URL) weburl.URL {
	if u.Scheme() == "ws" {
		return u.WithScheme("wss")
	}
	return u.WithScheme("https")
}

// insecure reports whether the URL is fetched over something that can be eavesdropped on (Secure Contexts section 3.2).
// Schemes that no document may fetch are left to who refuses them, as in Chromium.
func insecure(u weburl.URL) bool {
	switch u.Scheme() {
	case "http", "ws":
		return !u.PotentiallyTrustworthy()
	}
	return false
}

// hostIsAddress reports whether the host is an IP address.
func hostIsAddress(u weburl.URL) bool {
	host := u.Hostname()
	if strings.HasPrefix(host, "[") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}
