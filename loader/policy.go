package loader

import (
	"errors"
	"fmt"
	"strings"

	"pageload/fetch"
	"pageload/fetch/policy"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/weburl"
)

// security is what a document's policies say of what it may fetch. It is
// replaced, not changed, so that fetches on other goroutines may read it.
type security struct {
	csp     policy.CSP
	self    weburl.Origin // of the document
	top     weburl.Origin // of the page
	upgrade bool          // upgrade-insecure-requests
	login   login         // of the document's URL
	none    bool          // there is no policy
	mixed   bool          // what is not secure is mixed content
}

// A login is the name and password of a URL.
type login struct{ user, password string }

func loginOf(u weburl.URL) login { return login{u.Username(), u.Password()} }

// hasLogin reports whether a URL has a name or password.
func hasLogin(u *weburl.URL) bool { return u.Username() != "" || u.Password() != "" }

// with returns the security with further policies.
func (s *security) with(list []policy.Policy) *security {
	n := &security{self: s.self, top: s.top, login: s.login, mixed: s.mixed}
	n.csp.Add(s.csp.Policies()...)
	n.csp.Add(list...)
	n.upgrade = n.csp.UpgradeInsecureRequests()
	return n
}

// secure begins a document's security from its response.
func (f *frame) secure(h fetch.Header) {
	top := f.l.frames[0]
	f.security = &security{self: f.addressOrigin(), top: top.origin()}
	if f.number == 0 {
		f.security.top = f.security.self
	}
	if r := f.resource; r != nil && weburl.SameOrigin(r.url.Origin(), f.security.self) {
		f.security.login = loginOf(r.url)
	}
	f.security.none, f.security.mixed = true, policy.RestrictsMixed(f.security.self, f.security.top)
	var list []policy.Policy
	for _, v := range h.Values("Content-Security-Policy") {
		list = append(list, policy.ParseCSP(v, f.addressOrigin(), policy.Header)...)
	}
	f.addPolicies(list)
}

// addPolicies adds to what the document may do; it counts from here on.
func (f *frame) addPolicies(list []policy.Policy) {
	if len(list) == 0 {
		return
	}
	f.security = f.security.with(list)
	f.styler.NoAttributes = !f.security.csp.AllowsInline(policy.StyleAttribute, "", "")
}

// inheritSecurity gives a srcdoc document what its parent's policies say
// (HTML standard, 7.3.2, policy containers).
func (f *frame) inheritSecurity() {
	f.security = f.parent.security
	f.styler.NoAttributes = f.parent.styler.NoAttributes
}

// metaPolicy adds the policy of a meta element.
func (f *frame) metaPolicy(content string) {
	f.addPolicies(policy.ParseCSP(content, f.addressOrigin(), policy.Meta))
}

// A verdict is what policies say of a request.
type verdict struct {
	url    weburl.URL // to fetch: http may have become https
	reason string     // why it must not be sent, as DevTools names it; empty if it may
	why    string
}

// A subject is what policies ask about of a request beside its URL.
type subject struct {
	kind             policy.Kind
	nonce, integrity string
	imageSet         bool // an image chosen from srcset or picture
}

func (w *want) subject() subject {
	return subject{policyKind(w.typ, w.destination), w.nonce, w.integrity, w.imageSet}
}

func (r *resource) subject() subject {
	s := subject{kind: policyKind(r.rules.Type(), r.destination), imageSet: r.imageSet}
	if r.rare != nil {
		s.nonce, s.integrity = r.rare.nonce, r.rare.integrity
	}
	return s
}

// judge says whether a request may be sent, and where to. redirected: it is
// where a redirect leads.
func (s *security) judge(w *subject, u weburl.URL, redirected bool) verdict {
	kind := w.kind
	v := verdict{url: u}
	mixed := policy.MixedAllow
	if s.upgrade {
		v.url = policy.Upgrade(u, false, true)
	}
	if s.mixed {
		page := s.self
		if page.Scheme != "https" {
			page = s.top
		}
		v.url, mixed = policy.Mixed(page, v.url, kind, w.imageSet)
	}
	ok, directive := s.csp.Allows(policy.Request{
		URL: v.url, Kind: kind, Nonce: w.nonce, Integrity: w.integrity, ParserInserted: true, Redirected: redirected,
	})
	switch {
	case !ok:
		v.reason, v.why = policy.ReasonCSP, fmt.Sprintf("loader: %s: the document's Content-Security-Policy forbids it (%s)", short(v.url.String()), directive)
	case mixed == policy.MixedBlock:
		v.reason, v.why = policy.ReasonMixedContent, "loader: "+short(u.String())+": a secure page may not load it over http (Mixed Content, section 4)"
	case s.foreignLogin(u):
		v.reason, v.why = policy.ReasonOrigin, s.whyForeign(u)
	}
	return v
}

// foreignLogin reports whether a URL has a name or password that are not those of the document's own, as all that is relative to that has. No
// document may use such a URL (Chromium, FrameFetchContext::ShouldBlockFetchAsCredentialedSubresource; for frames NavigationRequest::
// CheckCredentialedSubresource).
func (s *security) foreignLogin(u weburl.URL) bool {
	l := loginOf(u)
	return l != (login{}) && (l != s.login || !weburl.SameOrigin(u.Origin(), s.self))
}

func (s *security) whyForeign(u weburl.URL) string {
	return "loader: " + short(u.WithoutUserinfo().String()) + ": its URL has a name and password, which a document may not use but its own's"
}

// policyKind is what a request is to policies.
func policyKind(typ waterfall.Type, to fetch.Destination) policy.Kind {
	switch typ {
	case waterfall.Stylesheet:
		return policy.Style
	case waterfall.Script:
		return policy.Script
	case waterfall.Font:
		return policy.Font
	case waterfall.Media:
		return policy.Media
	case waterfall.TextTrack:
		return policy.Track
	case waterfall.Manifest:
		return policy.Manifest
	case waterfall.Document:
		if to == fetch.Object || to == fetch.Embed {
			return policy.Object
		}
		return policy.Frame
	case waterfall.Image:
		if to == fetch.Object || to == fetch.Embed {
			return policy.Object
		}
		return policy.Image
	}
	switch to {
	case fetch.Prefetch:
		return policy.Prefetch
	case fetch.Empty:
		return policy.Connect
	}
	return policy.Image // icons, SVG documents
}

// admit applies the document's policies to a want. If it may not be fetched,
// the tree builder's and style's turn gives it a row; the scanner is silent.
func (f *frame) admit(w *want) bool {
	if !f.inScope(w) {
		return false
	}
	if s := f.security; s == nil || s.none && (!s.mixed || w.url.Scheme() == "https") && !hasLogin(&w.url) {
		return true
	}
	about := w.subject()
	v := f.security.judge(&about, w.url, false)
	if v.reason == "" {
		w.url = v.url
		return true
	}
	if w.rules.Scanner {
		rules := w.rules
		rules.Type = w.typ
		f.priorities.Initial(rules) // it counts among the first images all the same, as recorded
	} else if w.typ == waterfall.Media { // as recorded: the element does not come to ask (HTMLMediaElement::IsSafeToLoadURL)
		if f.once("blocked " + w.url.String()) {
			f.l.skipped(f, "%s", v.why)
		}
	} else if f.once("blocked " + w.foundBy + " " + w.url.String()) {
		f.l.refuse(f, *w, v.reason, "net::ERR_BLOCKED_BY_CLIENT", v.why)
	}
	return false
}

// allowsInline reports whether an inline style or script counts.
func (f *frame) allowsInline(kind policy.InlineKind, nonce, text string) bool {
	return f.security == nil || f.security.csp.AllowsInline(kind, nonce, text)
}

// errBlocked is the error of a fetch that a policy ended on its way.
type errBlocked struct {
	reason, net string
	err         error
}

func (e *errBlocked) Error() string { return e.err.Error() }
func (e *errBlocked) Unwrap() error { return e.err }

// framable reports whether a response may be shown in its frame.
func (f *frame) framable(h fetch.Header) error {
	if f.parent == nil || f.resource == nil {
		return nil
	}
	var ancestors []weburl.Origin
	for p := f.parent; p != nil; p = p.parent {
		ancestors = append(ancestors, p.origin())
	}
	var csp policy.CSP
	for _, v := range h.Values("Content-Security-Policy") {
		csp.Add(policy.ParseCSP(v, f.resource.final().Origin(), policy.Header)...)
	}
	ok, why := policy.FrameAllowed(h.Values("X-Frame-Options"), &csp, f.resource.final().Origin(), ancestors)
	if ok {
		return nil
	}
	return &errBlocked{reason: policy.ReasonOther, net: policy.NetBlockedByResponse, err: errors.New("loader: not shown in a frame: " + why)}
}

// unusable says why a response that came whole is of no use, as DevTools does.
func (r *resource) unusable(x *waterfall.Exchange, body []byte) (why, net, reason string) {
	typ := r.rules.Type()
	if typ != waterfall.Stylesheet && typ != waterfall.Script || r.silent {
		return "", "", ""
	}
	if x.Status >= 400 {
		return fmt.Sprintf("loader: status %d: not taken for a %s", x.Status, strings.ToLower(string(typ))), policy.NetAborted, ""
	}
	sameOrigin := func() bool { return weburl.SameOrigin(r.final().Origin(), r.from.frame.origin()) }
	ok, fl := true, r.flight
	switch {
	case typ == waterfall.Stylesheet:
		if fl.mime == "text/css" {
			break
		}
		quirks := r.from.frame.parser != nil && r.from.frame.table().Quirks()
		ok, why = policy.SheetUsable(fl.mime, fl.nosniff, quirks, sameOrigin())
	case r.rules.Module():
		ok, why = policy.ModuleUsable(fl.mime)
		if fl.mime == "application/json" || fl.mime == "text/css" {
			ok = true // imports with a type attribute
		}
	case fl.mime == "text/javascript", fl.mime == "application/javascript":
	default:
		ok, why = policy.ScriptUsable(fl.mime, fl.nosniff)
	}
	if !ok {
		return "loader: " + why, policy.NetAborted, policy.ReasonContentType
	}
	if r.rare == nil || r.rare.integrity == "" {
		return "", "", ""
	}
	in := policy.ParseIntegrity(r.rare.integrity)
	switch {
	case in.Empty():
	case !in.Eligible(sameOrigin(), r.mode == fetch.CORS):
		return "loader: integrity cannot be checked of another origin's response without CORS", "net::ERR_FAILED", ""
	case !in.Matches(body):
		return "loader: the body is not what the integrity attribute promises", "net::ERR_FAILED", ""
	}
	return "", "", ""
}

// refPolicy takes from a reference what policies ask about.
func (w *want) refPolicy(ref *parse.Ref) {
	w.nonce, w.integrity, w.imageSet = ref.Nonce, ref.Integrity, ref.ImageSet
	if w.integrity != "" && (w.typ == waterfall.Script || w.typ == waterfall.Stylesheet) {
		w.keep = keepAll
	}
}
