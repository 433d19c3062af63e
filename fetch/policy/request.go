package policy

import (
	"strings"

	"pageload/parse/weburl"
)

// Kind is what a request is for, as far as policies tell requests apart. It is CSP's "effective directive" (CSP section
// 6.8.1) and mixed content's kind of a request in one.
type Kind uint8

// The kinds.
const (
	Script     Kind = iota // script elements, modules, modulepreload, preload as=script
	Style                  // style sheets, @import, preload as=style
	Image                  // img, poster, icons, CSS images, SVG use and filters, preload as=image
	Font                   // fonts, preload as=font
	Media                  // audio, video
	Track                  // track: media-src, but mixed content does not upgrade it
	Object                 // object and embed, whatever they show
	Frame                  // iframe and frame
	Connect                // fetch, XMLHttpRequest, WebSocket, beacon, preload as=fetch
	Manifest               // link rel=manifest
	Worker                 // workers
	Prefetch               // link rel=prefetch
	Base                   // not a request: the URL of a base element
	FormAction             // the URL that a form is sent to
)

// chains are the names under which a policy may have the directive for a kind, the one that counts first (CSP section
// 6.8.3). base-uri and form-action do not fall back to default-src.
var chains = [...][]string{
	Script:     {"script-src-elem", "script-src", "default-src"},
	Style:      {"style-src-elem", "style-src", "default-src"},
	Image:      {"img-src", "default-src"},
	Font:       {"font-src", "default-src"},
	Media:      {"media-src", "default-src"},
	Track:      {"media-src", "default-src"},
	Object:     {"object-src", "default-src"},
	Frame:      {"frame-src", "child-src", "default-src"},
	Connect:    {"connect-src", "default-src"},
	Manifest:   {"manifest-src", "default-src"},
	Worker:     {"worker-src", "child-src", "script-src", "default-src"},
	Prefetch:   nil, // see refusesHint
	Base:       {"base-uri"},
	FormAction: {"form-action"},
}

var kindNames = [...]string{
	"script", "style", "image", "font", "media", "track", "object", "frame", "connect", "manifest", "worker", "prefetch",
	"base", "form-action",
}

// String returns the kind in lower case, such as "script".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Request is what a policy is asked about. Of the fields after Kind, the zero value is the plain request of an element
// without attributes.
type Request struct {
	// URL is where the request goes now: of a redirected one, the new URL. It is what mixed content and
	// upgrade-insecure-requests have made of it.
	URL  weburl.URL
	Kind Kind
	// Nonce is the nonce attribute of a script, style or link element. Modules that a script imports have that of the
	// script; a style sheet's imports have none.
	Nonce string
	// Integrity is the integrity attribute of a script: a hash in script-src allows a script from anywhere that promises
	// to have it.
	Integrity string
	// ParserInserted says that a script stands in the markup. One that is not passes where there is 'strict-dynamic',
	// since a script that passed inserted it. It means nothing for other kinds.
	ParserInserted bool
	// Redirected says that URL is not the first: paths do not count then, so that a page cannot learn by them where a
	// redirect leads (CSP section 7.6).
	Redirected bool
}

// Allows reports whether all policies allow the request. Where one does not, directive is the name of the directive
// that refused it, such as "img-src", or "default-src" where that stood in for it. Policies that only report allow
// everything. It must be asked again for every redirect.
func (c *CSP) Allows(r Request) (ok bool, directive string) {
	if c == nil {
		return true, ""
	}
	for i := range c.policies {
		if p := &c.policies[i]; p.enforced() {
			if d := p.refuses(r); d != nil {
				return false, d.name
			}
		}
	}
	return true, ""
}

// refuses returns the directive that refuses the request, nil if none does.
func (p *Policy) refuses(r Request) *directive {
	if r.Kind == Prefetch {
		return p.refusesHint(r)
	}
	if int(r.Kind) >= len(chains) {
		return nil
	}
	d := p.first(chains[r.Kind])
	if d == nil || p.allows(d, r) {
		return nil
	}
	return d
}

// refusesHint is for requests of which nobody knows what they are for: one source list that has the URL will do (CSP
// section 6.7.2.2), as long as there is a default-src.
func (p *Policy) refusesHint(r Request) *directive {
	fallback := p.find("default-src")
	if fallback == nil {
		return nil
	}
	for i := range p.directives {
		if d := &p.directives[i]; strings.HasSuffix(d.name, "-src") || strings.HasSuffix(d.name, "-src-elem") {
			if d.list.allows(r.URL, p.self, r.Redirected) || d.list.hasNonce(r.Nonce) {
				return nil
			}
		}
	}
	return fallback
}

// allows reports whether the directive allows the request (CSP section 6.1, the pre-request checks).
func (p *Policy) allows(d *directive, r Request) bool {
	l := &d.list
	switch r.Kind {
	case Script:
		// CSP section 6.7.1.1, script directives pre-request check.
		if l.hasNonce(r.Nonce) || l.hasIntegrity(r.Integrity) {
			return true
		}
		if l.dynamic {
			return !r.ParserInserted
		}
	case Worker:
		if l.dynamic {
			return true
		}
	case Style:
		if l.hasNonce(r.Nonce) {
			return true
		}
	case Frame, Object:
		if r.URL.Scheme() == "about" {
			return true // Chromium: there is nothing to fetch
		}
	}
	return l.allows(r.URL, p.self, r.Redirected)
}

// hasNonce reports whether the list has the nonce, with its case (CSP section 6.7.2.3).
func (l *sourceList) hasNonce(nonce string) bool {
	if nonce == "" {
		return false
	}
	for _, n := range l.nonces {
		if n == nonce {
			return true
		}
	}
	return false
}

// hasIntegrity reports whether the list has every hash of an integrity attribute, weak ones included.
func (l *sourceList) hasIntegrity(attribute string) bool {
	if len(l.hashes) == 0 || attribute == "" {
		return false
	}
	found := false
	for d := range metadata(attribute) {
		if found = l.hasHash(d); !found {
			return false
		}
	}
	return found
}

func (l *sourceList) hasHash(d digest) bool {
	for i := range l.hashes {
		if l.hashes[i].equal(d) {
			return true
		}
	}
	return false
}
