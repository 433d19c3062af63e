package policy

import (
	"strings"

	"pageload/parse/weburl"
)

// FrameAncestors reports whether the frame-ancestors directives allow documents of these origins above the one that the
// policies came with: its parent first, the top document last (CSP section 6.4.2.1). An opaque origin, such as that of
// a sandboxed frame, is allowed only where no policy has the directive.
func (c *CSP) FrameAncestors(ancestors []weburl.Origin) bool {
	if c == nil {
		return true
	}
	for i := range c.policies {
		p := &c.policies[i]
		d := p.find("frame-ancestors")
		if d == nil || !p.enforced() {
			continue
		}
		for _, origin := range ancestors {
			u, err := weburl.Parse(origin.String())
			if err != nil || origin.Opaque() || !d.list.allows(u, p.self, true) {
				return false
			}
		}
	}
	return true
}

// hasFrameAncestors reports whether an enforced policy has the directive, which turns X-Frame-Options off.
func (c *CSP) hasFrameAncestors() bool {
	if c == nil {
		return false
	}
	for i := range c.policies {
		if p := &c.policies[i]; p.enforced() && p.find("frame-ancestors") != nil {
			return true
		}
	}
	return false
}

// FrameAllowed reports whether the response to a frame's navigation may be shown there, and if not, why: the frame is
// empty then (ERR_BLOCKED_BY_RESPONSE) and its load event fires. xfo are the values of the X-Frame-Options fields, csp
// what the response has, self the origin of its URL, ancestors the origins above the frame as in
// [CSP.FrameAncestors]; without ancestors it is the top document and nothing is asked.
//
// X-Frame-Options does not count beside frame-ancestors (HTML standard, check a navigation response's adherence to
// X-Frame-Options). Unknown values are ignored; different values in one response contradict each other and forbid.
func FrameAllowed(xfo []string, csp *CSP, self weburl.Origin, ancestors []weburl.Origin) (ok bool, why string) {
	if len(ancestors) == 0 {
		return true, ""
	}
	if csp.hasFrameAncestors() {
		if !csp.FrameAncestors(ancestors) {
			return false, "Content-Security-Policy: frame-ancestors"
		}
		return true, ""
	}
	switch options := frameOptions(xfo); {
	case options == "deny", options == "conflict":
		return false, "X-Frame-Options: " + options
	case options == "sameorigin":
		for _, origin := range ancestors {
			if !weburl.SameOrigin(origin, self) {
				return false, "X-Frame-Options: sameorigin"
			}
		}
	}
	return true, ""
}

// frameOptions returns the value that all members have, "conflict" where they differ and one of them means something.
func frameOptions(fields []string) string {
	first, differ, known := "", false, false
	count := 0
	for _, field := range fields {
		for member := range strings.SplitSeq(field, ",") {
			member = lower(strings.Trim(member, space))
			known = known || member == "deny" || member == "sameorigin" || member == "allowall"
			differ = differ || count > 0 && member != first
			if count == 0 {
				first = member
			}
			count++
		}
	}
	switch {
	case !differ:
		return first
	case known:
		return "conflict"
	}
	return ""
}
