package parse

import (
	"math"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/css"
	"pageload/parse/weburl"
)

// pass is what one of the two finders knows of the document so far.
type pass struct {
	by      Finder
	base    weburl.URL
	hasBase bool   // a base element was seen
	policy  string // of the last meta name=referrer
	inBody  bool
	refs    int // how many were found
}

// tag gives access to the attributes of a start tag.
type tag struct {
	z *tokenizer
	*token
}

func (t tag) get(name string) string {
	v, _ := attrValue(t.z, t.token, name)
	return v
}

func (t tag) has(name string) bool { return hasAttr(t.z, t.token, name) }

// href returns the href of an SVG element, which may be the older xlink:href.
func (t tag) href() string {
	if v, ok := attrValue(t.z, t.token, "href"); ok {
		return v
	}
	return t.get("xlink:href")
}

// blankURL reports whether an attribute names nothing.
func blankURL(s string) bool { return strings.Trim(s, spaces) == "" }

// newRef begins a reference of a start tag, which is there up to the next one. It
// returns false if raw is empty or the limit is reached.
func (p *Parser) newRef(ps *pass, t tag, kind Kind, raw string) (*Ref, bool) {
	if blankURL(raw) && kind != Frame {
		return nil, false
	}
	if ps.refs >= p.opts.MaxRefs {
		p.b.tell(limitRefs, p.opts.MaxRefs)
		return nil, false
	}
	ps.refs++
	r := &p.building
	*r = Ref{
		Kind:           kind,
		FoundBy:        ps.by,
		Raw:            raw,
		Line:           p.doc.Table.LineAt(t.end),
		Offset:         p.dec.rawOffset(t.end),
		ElementName:    t.atom.String(),
		ParserInserted: true,
		MediaMatches:   true,
		Width:          -1,
		Height:         -1,
		InBody:         ps.inBody,
		ReferrerPolicy: ps.policy,
	}
	if !blankURL(raw) {
		r.URL, r.Err = p.resolve(ps, t.start, raw)
	}
	p.fetchAttrs(r, t)
	return r, true
}

// fetchAttrs reads the attributes that many elements share.
func (p *Parser) fetchAttrs(r *Ref, t tag) {
	list := t.z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)]
	for i := range list {
		a := &list[i]
		switch n := a.Name.End - a.Name.Start; {
		case n < 5 || n > 14:
		case n == 11 && a.Is(t.z.src, "crossorigin"):
			r.CrossOrigin = Anonymous
			if strings.EqualFold(a.ValueIn(t.z.src), "use-credentials") {
				r.CrossOrigin = UseCredentials
			}
		case n == 9 && a.Is(t.z.src, "integrity"):
			r.Integrity = a.ValueIn(t.z.src)
		case n == 5 && a.Is(t.z.src, "nonce"):
			r.Nonce = a.ValueIn(t.z.src)
		case n == 5 && a.Is(t.z.src, "title"):
			r.Title = a.ValueIn(t.z.src)
		case n == 14 && a.Is(t.z.src, "referrerpolicy"):
			if v := strings.ToLower(a.ValueIn(t.z.src)); validPolicy(v) {
				r.ReferrerPolicy = v
			}
		case n == 13 && t.hinted() && a.Is(t.z.src, "fetchpriority"):
			switch v := a.ValueIn(t.z.src); {
			case strings.EqualFold(v, "high"):
				r.FetchPriority = PriorityHigh
			case strings.EqualFold(v, "low"):
				r.FetchPriority = PriorityLow
			}
		case n == 8 && a.Is(t.z.src, "blocking"):
			r.Blocking = hasToken(a.ValueIn(t.z.src), "render")
		}
	}
}

// hinted reports whether fetchpriority counts: img, link, script and iframe
// have it (HTML standard), and what else loads an image has not.
func (t tag) hinted() bool {
	switch t.atom {
	case atom.Img, atom.Link, atom.Script, atom.Iframe:
		return true
	}
	return t.atom == atom.Image && !t.foreign
}

// validPolicy reports whether it is a policy of the Referrer Policy standard.
func validPolicy(s string) bool {
	switch s {
	case "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
		"strict-origin-when-cross-origin", "unsafe-url":
		return true
	}
	return false
}

// hasToken reports whether a space-separated list has the token, in any case.
func hasToken(list, token string) bool {
	for f := range strings.FieldsSeq(list) {
		if strings.EqualFold(f, token) {
			return true
		}
	}
	return false
}

// media reads the media attribute.
func (p *Parser) media(r *Ref, t tag) {
	if v := t.get("media"); v != "" {
		r.Media = css.ParseMedia(v)
		r.MediaMatches = r.Media.Match(p.opts.Device)
	}
}

// dimension is a width or height attribute as an image has it (HTML standard,
// section 2.3.4.4), -1 where it says nothing in pixels.
func dimension(s string) int {
	s = strings.TrimLeft(s, spaces)
	n, digits := 0, 0
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		n = min(n*10+int(s[digits]-'0'), math.MaxInt32)
		digits++
	}
	if digits == 0 || strings.HasPrefix(strings.TrimLeft(s[digits:], ".0123456789"), "%") {
		return -1
	}
	return n
}

// smallImage is the largest area that Chromium takes for an image not worth
// preferring (kSmallImageThreshold).
const smallImage = 10_000

// size fills in what is known of an image's size. Chromium's scanner looks at
// the size of img elements only: posters, inputs and SVG images are never small.
func (p *Parser) size(r *Ref, t tag) {
	r.Width, r.Height = dimension(t.get("width")), dimension(t.get("height"))
	w := float64(r.Width)
	if v := t.get("sizes"); v != "" && t.atom != atom.Input {
		w = css.ParseSizes(v).Resolve(p.opts.Device)
	}
	img := t.atom == atom.Img || t.atom == atom.Image && !t.foreign
	r.Small = img && (w == 0 || r.Height == 0 || w > 0 && r.Height > 0 && w*float64(r.Height) <= smallImage)
}

// chosen is the outcome of an element that names several images.
type chosen struct {
	url        string
	candidates []string
	ok         bool
	auto       string // the srcset, if sizes begins with auto
}

// choose selects among srcset and src.
func (p *Parser) choose(srcset, sizes, src string) chosen {
	c := chosen{url: src, ok: !blankURL(src)}
	if srcset == "" {
		return c
	}
	c.url, c.ok = css.SelectSrcset(srcset, sizes, src, p.opts.Device)
	if autoSizes(sizes) {
		c.auto = srcset
	}
	return c
}

// autoSizes reports whether a sizes attribute begins with the keyword auto.
func autoSizes(sizes string) bool {
	return len(sizes) >= 4 && strings.EqualFold(sizes[:4], "auto") && css.ParseSizes(sizes).Auto()
}

// source handles a source element of a picture: whether it is chosen.
func (p *Parser) source(t tag) (chosen, bool) {
	srcset := t.get("srcset")
	if blankURL(srcset) || !css.SupportedImageType(t.get("type")) {
		return chosen{}, false
	}
	if v := t.get("media"); v != "" && !css.ParseMedia(v).Match(p.opts.Device) {
		return chosen{}, false
	}
	c := p.choose(srcset, t.get("sizes"), "")
	return c, c.ok && !blankURL(c.url)
}

// image makes the reference of an img, whose picture may have chosen for it.
func (p *Parser) image(ps *pass, t tag, picture chosen) (*Ref, bool) {
	src, srcset, sizes := t.get("src"), t.get("srcset"), t.get("sizes")
	c := picture
	if !c.ok {
		c = p.choose(srcset, sizes, src)
	}
	if !c.ok {
		return nil, false
	}
	r, ok := p.newRef(ps, t, Image, c.url)
	if !ok {
		return r, false
	}
	p.size(r, t)
	r.ImageSet = picture.ok || srcset != ""
	if r.Lazy = strings.EqualFold(t.get("loading"), "lazy") && p.opts.Scripting == ScriptingOn; r.Lazy {
		r.AutoSizes = c.auto
	}
	return r, true
}

// links calls yield for each reference of a link element.
func (p *Parser) links(ps *pass, t tag, yield func(*Ref)) {
	rel, href := t.get("rel"), t.get("href")
	if rel == "" {
		return
	}
	l := parseRel(rel)
	scanner := ps.by == Scanner
	typ := t.get("type")
	if l.has(relStylesheet) && !t.has("disabled") && (typ == "" || essence(typ) == "text/css") && !(scanner && l.has(relAlternate|relIcon)) {
		if r, ok := p.newRef(ps, t, Stylesheet, href); ok {
			p.media(r, t)
			r.Type, r.Alternate = typ, l.has(relAlternate)
			if !scanner || r.MediaMatches {
				yield(r)
			}
			if scanner {
				return // one request, of the first that fits
			}
		}
	}
	if l.has(relModulePreload) {
		if r, ok := p.newRef(ps, t, ModulePreload, href); ok {
			p.media(r, t)
			r.As, r.Script = strings.ToLower(t.get("as")), Module
			if r.MediaMatches {
				yield(r)
			}
		}
	}
	if l.has(relPreload) {
		if r, ok := p.preload(ps, t, href, typ); ok {
			yield(r)
		}
	}
	if scanner {
		return
	}
	for _, k := range [...]struct {
		rel  relSet
		kind Kind
	}{{relPrefetch, Prefetch}, {relPreconnect, Preconnect}, {relDNSPrefetch, DNSPrefetch}, {relIcon, Icon}, {relManifest, Manifest}} {
		if !l.has(k.rel) {
			continue
		}
		if r, ok := p.newRef(ps, t, k.kind, href); ok {
			p.media(r, t)
			r.Type = typ
			r.As = strings.ToLower(t.get("as"))
			yield(r)
		}
	}
}

// preload makes the reference of a link rel=preload, if one is to be fetched.
func (p *Parser) preload(ps *pass, t tag, href, typ string) (*Ref, bool) {
	as := strings.ToLower(t.get("as"))
	ok := true
	switch as {
	case "script", "fetch":
	case "style":
		ok = typ == "" || essence(typ) == "text/css"
	case "image":
		ok = css.SupportedImageType(typ)
		if set := t.get("imagesrcset"); set != "" {
			if u, chose := css.SelectSrcset(set, t.get("imagesizes"), href, p.opts.Device); chose {
				href = u
			}
		}
	case "font":
		ok = fontType(essence(typ))
	case "track":
		ok = typ == "" || essence(typ) == "text/vtt"
	default:
		return nil, false // no request (reference, section 1.5)
	}
	if !ok {
		return nil, false
	}
	r, ok := p.newRef(ps, t, Preload, href)
	if !ok {
		return r, false
	}
	r.As, r.Type = as, typ
	p.media(r, t)
	return r, r.MediaMatches
}

// scriptRef makes the reference of an external script. For an inline one, and
// for one that is not fetched, external is false; the fields of r that do not
// depend on a URL are filled in then.
func (p *Parser) scriptRef(ps *pass, t tag, svg bool) (r Ref, external, hasSrc bool) {
	typ, hasType := attrValue(t.z, t.token, "type")
	kind := scriptKind(typ, hasType, t.get("language"))
	src, hasSrc := attrValue(t.z, t.token, "src")
	if svg {
		src = t.href()
		hasSrc = t.has("href") || t.has("xlink:href")
	}
	if hasSrc && (kind == Classic || kind == Module) {
		var x *Ref
		if x, external = p.newRef(ps, t, Script, src); external {
			r = *x
		}
	}
	if !external {
		r = Ref{ElementName: "script", ParserInserted: true, MediaMatches: true, Nonce: t.get("nonce"), InBody: ps.inBody}
	}
	r.Script, r.Type = kind, typ
	r.Async = t.has("async")
	r.Defer = kind == Classic && hasSrc && t.has("defer")
	r.NoModule = kind == Classic && t.has("nomodule")
	return r, external, hasSrc
}

// setBase handles a base element: the first with an href that is a URL wins, and
// data and javascript URLs do not count (HTML standard, section 4.2.3).
func (p *Parser) setBase(ps *pass, t tag) bool {
	href, ok := attrValue(t.z, t.token, "href")
	if !ok || ps.hasBase {
		return false
	}
	ps.hasBase = true
	u, err := p.linkURL(p.opts.Base, href)
	if err != nil || u.Scheme() == "data" || u.Scheme() == "javascript" {
		return false
	}
	ps.base = u
	return true
}

// referrerPolicy is the policy that a meta name=referrer sets, "" if none.
func referrerPolicy(content string) string {
	switch content = strings.ToLower(strings.Trim(content, spaces)); content {
	case "never":
		return "no-referrer"
	case "default":
		return "strict-origin-when-cross-origin"
	case "always":
		return "unsafe-url"
	case "origin-when-crossorigin":
		return "origin-when-cross-origin"
	}
	if validPolicy(content) {
		return content
	}
	return ""
}

// useExternal reports whether the href of an SVG use names another document.
func useExternal(href string) bool {
	href = strings.Trim(href, spaces)
	return href != "" && href[0] != '#'
}
