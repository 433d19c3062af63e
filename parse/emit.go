package parse

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/css"
	"pageload/parse/dom"
)

// inserted implements buildHooks: it makes the events of a start tag.
func (p *Parser) inserted(id dom.ID, t *token) {
	tab := p.doc.Table
	tg := tag{p.b.z, t}
	switch tab.Namespace(id) {
	case dom.SVG:
		t.foreign = true // which only the simulator sets
		if tab.Parent(id) == 0 {
			p.body(id)
		}
		if !tab.Inert(id) {
			p.insertedSVG(id, tg)
		}
		return
	case dom.MathML:
		return
	}
	switch t.atom {
	case atom.Body:
		p.pass.inBody = true
		p.body(id)
	case atom.Title:
		p.doc.noteTitle(id)
	case atom.Frameset:
		if tab.Atom(tab.Parent(id)) == atom.Html { // not one within another
			p.body(id)
		}
	}
	if t.nattrs == 0 && t.atom != atom.Script && t.atom != atom.Style || tab.Inert(id) {
		return
	}
	switch t.atom {
	case atom.A, atom.Area, atom.Form:
		p.link(id, tg)
	case atom.Img:
		picture := chosen{}
		if parent := tab.Parent(id); parent != 0 && parent == p.picture {
			picture = p.chosen
		}
		if r, ok := p.image(&p.pass, tg, picture); ok {
			p.candidates(r, tg)
			p.ref(id, r)
		}
	case atom.Link:
		p.links(&p.pass, tg, func(r *Ref) { p.ref(id, r) })
		p.link(id, tg)
	case atom.Script:
		p.script, p.outer, p.hasSrc = p.scriptRef(&p.pass, tg, false)
		p.script.Element = id
	case atom.Source:
		p.insertedSource(id, tg)
	case atom.Video, atom.Audio:
		p.insertedMedia(id, tg)
	case atom.Track:
		if r, ok := p.newRef(&p.pass, tg, Track, tg.get("src")); ok {
			r.Default = tg.has("default")
			r.CrossOrigin = corsOf(tab, tab.Parent(id))
			p.ref(id, r)
		}
	case atom.Iframe, atom.Frame:
		p.insertedFrame(id, tg)
	case atom.Object:
		p.typed(id, tg, Object, tg.get("data"))
	case atom.Embed:
		p.typed(id, tg, Embed, tg.get("src"))
	case atom.Input:
		p.control(id, tg)
		if strings.EqualFold(tg.get("type"), "image") {
			if r, ok := p.newRef(&p.pass, tg, Image, tg.get("src")); ok {
				p.size(r, tg)
				p.ref(id, r)
			}
		}
	case atom.Select, atom.Textarea, atom.Button:
		p.control(id, tg)
	case atom.Base:
		if p.setBase(&p.pass, tg) {
			p.doc.base = p.pass.base
			p.based(id, tg)
		}
	case atom.Meta:
		p.insertedMeta(id, tg)
	case atom.Body, atom.Table, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th:
		if r, ok := p.newRef(&p.pass, tg, Background, tg.get("background")); ok {
			p.ref(id, r)
		}
	}
}

// body and based make events. An event is large: on inserted's stack it would be there while all of a document is built.
//
//go:noinline
func (p *Parser) body(id dom.ID) { p.event(Event{Kind: EventBody, Element: id}) }

//go:noinline
func (p *Parser) based(id dom.ID, t tag) {
	p.event(Event{Kind: EventBase, Element: id, Ref: Ref{URL: p.pass.base, Raw: t.get("href")}})
}

// ref adds the event of a reference.
func (p *Parser) ref(id dom.ID, r *Ref) {
	r.Element = id
	p.event(Event{Kind: EventRef, Element: id}).Ref = *r
}

func (p *Parser) insertedSVG(id dom.ID, t tag) {
	tab := p.doc.Table
	switch name := tab.Tag(id); name {
	case "image", "feImage":
		if r, ok := p.newRef(&p.pass, t, Image, t.href()); ok {
			r.ElementName = name
			p.size(r, t)
			p.ref(id, r)
		}
	case "use":
		if href := t.href(); useExternal(href) {
			if r, ok := p.newRef(&p.pass, t, SVGUse, href); ok {
				r.ElementName = name
				p.ref(id, r)
			}
		}
	case "script":
		p.script, p.outer, p.hasSrc = p.scriptRef(&p.pass, t, true)
		p.script.Element = id
	case "a":
		p.link(id, t)
	}
}

// typed adds the reference of an object or embed.
func (p *Parser) typed(id dom.ID, t tag, k Kind, raw string) {
	if r, ok := p.newRef(&p.pass, t, k, raw); ok {
		r.Type = t.get("type")
		r.Width, r.Height = dimension(t.get("width")), dimension(t.get("height"))
		p.ref(id, r)
	}
}

func (p *Parser) insertedFrame(id dom.ID, t tag) {
	src := t.get("src")
	srcdoc, has := attrValue(t.z, t.token, "srcdoc")
	has = has && t.atom == atom.Iframe
	if !has && blankURL(src) {
		return
	}
	if has {
		src = ""
	}
	r, ok := p.newRef(&p.pass, t, Frame, src)
	if !ok || !has && r.URL.Scheme() == "about" {
		return
	}
	r.HasSrcDoc, r.SrcDoc = has, srcdoc
	r.Sandbox, r.HasSandbox = attrValue(t.z, t.token, "sandbox")
	r.Lazy = t.atom == atom.Iframe && strings.EqualFold(t.get("loading"), "lazy") && p.opts.Scripting == ScriptingOn
	r.Width, r.Height = dimension(t.get("width")), dimension(t.get("height"))
	p.ref(id, r)
}

// insertedSource handles a source element of a picture, video or audio.
func (p *Parser) insertedSource(id dom.ID, t tag) {
	tab := p.doc.Table
	parent := tab.Parent(id)
	if parent == 0 || tab.Namespace(parent) != dom.HTML {
		return
	}
	switch a := tab.Atom(parent); a {
	case atom.Picture:
		if p.picture != parent {
			p.picture, p.chosen = parent, chosen{}
		}
		c, ok := p.source(t)
		if p.opts.AllCandidates {
			for _, x := range css.ParseSrcset(t.get("srcset")) {
				p.chosen.candidates = append(p.chosen.candidates, x.URL)
			}
		}
		if ok && !p.chosen.ok {
			c.candidates = p.chosen.candidates
			p.chosen = c
		}
	case atom.Video, atom.Audio:
		if _, has := tab.Attr(parent, "src"); has || !mediaType(t.get("type")) {
			return
		}
		if v := t.get("media"); v != "" && !css.ParseMedia(v).Match(p.opts.Device) {
			return
		}
		if r, ok := p.newRef(&p.pass, t, mediaKind(a), t.get("src")); ok {
			r.Preload, r.Type = p.preloadState(parent), t.get("type")
			r.Fallback = p.mediaElement == parent
			r.CrossOrigin = corsOf(tab, parent)
			p.mediaElement = parent
			p.ref(id, r)
		}
	}
}

// candidates lists all images that an img may be of.
func (p *Parser) candidates(r *Ref, t tag) {
	if !p.opts.AllCandidates {
		return
	}
	var list []string
	if r.Element = 0; p.chosen.candidates != nil {
		list, p.chosen.candidates = p.chosen.candidates, nil
	}
	for _, c := range css.ParseSrcset(t.get("srcset")) {
		list = append(list, c.URL)
	}
	list = append(list, t.get("src"))
	for _, s := range list {
		if blankURL(s) {
			continue
		}
		if u, err := p.parseURL(p.pass.base, s); err == nil {
			r.Candidates = append(r.Candidates, u)
		}
	}
}

func (p *Parser) insertedMeta(id dom.ID, t tag) {
	content := t.get("content")
	m := Meta{Content: content}
	switch equiv, name := strings.ToLower(t.get("http-equiv")), strings.ToLower(t.get("name")); {
	case equiv == "refresh" && content != "":
		m.Kind = MetaRefresh
		seconds, raw, ok := parseRefresh(content)
		if !ok {
			return
		}
		m.Seconds = seconds
		if raw != "" {
			m.URL, m.Err = p.linkURL(p.pass.base, raw)
		}
		if p.doc.refresh.Kind == 0 {
			p.doc.refresh = m
		}
	case equiv == "content-security-policy" && content != "":
		m.Kind = MetaCSP
	case equiv == "content-type" && content != "":
		m.Kind, m.Content = MetaCharset, metaCharset(content)
	case name == "referrer":
		v := referrerPolicy(content)
		if v == "" {
			return
		}
		p.pass.policy = v
		m.Kind = MetaReferrer
	case name == "viewport":
		m.Kind = MetaViewport
	case t.has("charset"):
		m.Kind, m.Content = MetaCharset, t.get("charset")
	default:
		return
	}
	p.event(Event{Kind: EventMeta, Element: id, Meta: m})
}

// parseRefresh reads the content of a meta refresh (HTML standard, section
// 4.2.5.3, "shared declarative refresh steps").
func parseRefresh(s string) (seconds float64, url string, ok bool) {
	s = strings.TrimLeft(s, spaces)
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n == 0 && (s == "" || s[0] != '.') {
		return 0, "", false
	}
	seconds, _ = strconv.ParseFloat("0"+s[:n], 64)
	s = strings.TrimLeft(s[n:], "0123456789.")
	if s == "" {
		return seconds, "", true
	}
	if c := s[0]; c != ';' && c != ',' && classes[c]&classSpace == 0 {
		return 0, "", false
	}
	s = strings.TrimLeft(s, spaces)
	if s != "" && (s[0] == ';' || s[0] == ',') {
		s = s[1:]
	}
	s = strings.TrimLeft(s, spaces)
	if len(s) >= 3 && strings.EqualFold(s[:3], "url") {
		if rest := strings.TrimLeft(s[3:], spaces); rest != "" && rest[0] == '=' {
			s = strings.TrimLeft(rest[1:], spaces)
		} else {
			return seconds, s, true
		}
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		q := s[0]
		s = s[1:]
		if i := strings.IndexByte(s, q); i >= 0 {
			s = s[:i]
		}
	}
	return seconds, s, true
}

// textEnd implements buildHooks: a script or style element is complete.
func (p *Parser) textEnd(id dom.ID, t *token) {
	tab := p.doc.Table
	if tab.Inert(id) {
		return
	}
	if tab.Atom(id) == atom.Style {
		p.styleEnd(id)
		return
	}
	if t == nil || p.script.Element != id {
		return // at the end of the document: it is not run
	}
	r := p.script
	p.script = Ref{}
	if p.outer {
		p.ref(id, &r)
		return
	}
	text := p.textOf(id)
	if p.hasSrc || text == "" {
		return
	}
	r.Line = tab.LineAt(tab.Offset(id))
	p.event(Event{Kind: EventInlineScript, Element: id, Ref: r, Text: text})
}

func (p *Parser) styleEnd(id dom.ID) {
	tab := p.doc.Table
	r := Ref{ElementName: "style", Element: id, MediaMatches: true, InBody: p.pass.inBody, ParserInserted: true}
	r.Type, _ = tab.Attr(id, "type")
	if r.Type != "" && essence(r.Type) != "text/css" {
		return
	}
	if v, _ := tab.Attr(id, "media"); v != "" {
		r.Media = css.ParseMedia(v)
		r.MediaMatches = r.Media.Match(p.opts.Device)
	}
	r.Title, _ = tab.Attr(id, "title")
	r.Nonce, _ = tab.Attr(id, "nonce")
	blocking, _ := tab.Attr(id, "blocking")
	r.Blocking = hasToken(blocking, "render")
	r.Line = tab.Line(id)
	p.event(Event{Kind: EventInlineStyle, Element: id, Ref: r, Text: p.textOf(id)})
}

// textOf returns the text of an element without that of its children.
func (p *Parser) textOf(id dom.ID) string {
	var all string
	for s := range p.doc.Table.Texts(id) {
		if all == "" {
			all = s
		} else {
			all += s
		}
	}
	return all
}
