package css

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// uaStyle is what the user agent's sheet says about an element (HTML section
// 15.3, and Chromium's html.css).
type uaStyle struct {
	display   float64
	weight    float64 // 0: inherited
	italic    bool
	mono      bool
	control   bool // a form control: it does not inherit fonts
	hard      bool // never rendered, whatever the page says
	skip      bool // its children are no content to be rendered
	noText    bool // its text is not rendered
	list      bool // its list-style-type is not that of its parent
	late      bool // what is in it has its style at layout
	hidesKids bool // hidden=until-found
	plain     bool // has no fonts of its own
}

var (
	hidingNames = dom.NamesOf("hidden", "popover")
	styleName   = dom.NamesOf("style")
	keyNames    = dom.NamesOf("id", "class")
)

var systemFont = []family{{name: "system-ui", generic: true}}
var monospaceFont = []family{{name: "monospace", generic: true}}

func (u *uaStyle) fonts(st, parent *style) {
	if u.control {
		st.families, st.weight, st.slope, st.stretch = systemFont, 400, 0, 100
	}
	if u.mono {
		st.families = monospaceFont
	}
	if u.weight != 0 {
		st.weight = relativeWeight(parent.weight, u.weight)
	}
	if u.italic {
		st.slope = slopeItalic
	}
}

// uaDefaults returns the user agent's style. noScript renders noscript.
func uaDefaults(t *dom.Table, id dom.ID, noScript bool) uaStyle {
	u := uaStyle{plain: true}
	has := func(name string) bool {
		_, ok := t.Attr(id, name)
		return ok
	}
	tag := t.Atom(id)
	if ns := t.Namespace(id); ns != dom.HTML {
		switch tag {
		case atom.Script, atom.Style:
			u.display, u.hard = displayNone, tag == atom.Script
		case atom.Title, atom.Desc:
			u.noText, u.skip = true, true
		default:
			if ns == dom.SVG && t.Tag(id) == "metadata" {
				u.noText, u.skip = true, true
			}
		}
		return u
	}
	switch tag {
	case atom.Area, atom.Base, atom.Basefont, atom.Datalist, atom.Head, atom.Link, atom.Meta, atom.Noembed, atom.Noframes, atom.Param, atom.Rp, atom.Script, atom.Style,
		atom.Title:
		u.display = displayNone
	case atom.Template:
		u.display, u.hard = displayNone, true
	case atom.Noscript:
		u.display = displayInline
		u.hard = !noScript
	case atom.Html, atom.Body, atom.Div, atom.P, atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Dd, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption,
		atom.Figure, atom.Footer, atom.Form, atom.Header, atom.Hgroup, atom.Hr, atom.Legend, atom.Main, atom.Nav, atom.Search, atom.Section,
		atom.Details, atom.Caption, atom.Td:
		u.display = displayBlock
	case atom.Optgroup, atom.Option:
		u.display, u.noText = displayBlock, true // the select shows one of them
		for p := t.Parent(id); p != 0; p = t.Parent(p) {
			if t.Atom(p) == atom.Select {
				_, multiple := t.Attr(p, "multiple")
				_, size := t.Attr(p, "size")
				u.noText = !multiple && !size
				break
			}
		}
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		u.display, u.list = displayBlock, true
	case atom.Li, atom.Summary:
		u.display = displayListItem
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		u.display, u.weight, u.plain = displayBlock, 700, false
	case atom.Th:
		u.display, u.weight, u.plain = displayBlock, 700, false
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Col, atom.Colgroup:
		u.display = displayOther
	case atom.B, atom.Strong:
		u.weight, u.plain = weightBolder, false
	case atom.I, atom.Em, atom.Cite, atom.Dfn, atom.Var:
		u.italic, u.plain = true, false
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		u.mono, u.plain = true, false
	case atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext:
		u.display, u.mono, u.plain = displayBlock, true, false
	case atom.Button, atom.Select:
		u.display, u.control, u.plain = displayInlineBlock, true, false
	case atom.Input:
		u.display, u.control, u.plain = displayInlineBlock, true, false
		if v, _ := t.Attr(id, "type"); equalFold(v, "hidden") {
			u.display, u.hard = displayNone, true
		}
	case atom.Textarea:
		u.display, u.control, u.mono, u.plain = displayInlineBlock, true, true, false
	case atom.Dialog:
		u.display = displayBlock
		if !has("open") {
			u.display = displayNone
		}
	case atom.Audio:
		u.skip, u.noText = true, true
		if !has("controls") {
			u.display = displayNone
		}
	case atom.Iframe, atom.Video, atom.Embed, atom.Frame:
		u.skip, u.noText = true, true
	case atom.Frameset:
		u.noText = true
	case atom.Meter, atom.Progress:
		u.display = displayInlineBlock
	case atom.Canvas:
		u.noText = true // what is in it has a style, but no boxes
	case atom.Object:
		// one that names nothing shows what is in it
		if v, _ := t.Attr(id, "data"); v != "" || has("type") {
			u.skip, u.noText = true, true
		} else {
			u.late = true
		}
	}
	if !t.MayHave(id, hidingNames) || u.display == displayNone {
		return u
	}
	if v, ok := t.Attr(id, "hidden"); ok {
		if equalFold(v, "until-found") {
			u.hidesKids, u.plain = true, false
		} else if tag != atom.Embed {
			u.display = displayNone
		}
	}
	if has("popover") {
		u.display = displayNone
	}
	return u
}

// hiddenInDetails reports whether a child of a closed details element is not
// its summary.
func hiddenInDetails(t *dom.Table, details, child dom.ID) bool {
	if _, open := t.Attr(details, "open"); open {
		return false
	}
	if t.Atom(child) != atom.Summary {
		return true
	}
	for s := t.Prev(child); s != 0; s = t.Prev(s) {
		if t.Atom(s) == atom.Summary {
			return true
		}
	}
	return false
}

// hints returns the presentational hints of the element: rules without
// specificity before all of the author's (HTML sections 15.3.3, 15.3.8; SVG 2,
// section 6.6).
func (r *run) hints(id dom.ID) []declaration {
	t := r.t
	if t.Namespace(id) == dom.SVG {
		return r.svgHints(id)
	}
	switch t.Atom(id) {
	case atom.Body, atom.Table, atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Col, atom.Colgroup:
		if raw, ok := t.Attr(id, "background"); ok && raw != "" {
			ctx := valueContext{base: r.base}
			return []declaration{{property: propBackground, value: &value{images: []image{ctx.image(trimHTML(raw))}}}}
		}
	case atom.Font:
		if face, ok := t.Attr(id, "face"); ok && r.families != nil {
			return r.hint(nil, propFontFamily, face)
		}
	}
	return nil
}

// svgHints returns what the presentation attributes of an element of SVG say, as
// far as it matters.
func (r *run) svgHints(id dom.ID) (hints []declaration) {
	if r.t.NumAttrs(id) == 0 {
		return nil
	}
	for name, text := range r.t.Attrs(id) {
		switch name {
		case "fill", "stroke", "marker-start", "marker-mid", "marker-end", "mask", "filter", "clip-path", "cursor":
			if !mentionsURL(text) {
				continue
			}
		case "display":
		case "font-family", "font-weight", "font-style", "font-stretch":
			if r.families == nil {
				continue
			}
		default:
			continue
		}
		p, _ := propertyByName(name)
		hints = r.hint(hints, p, text)
	}
	return hints
}

// hint appends what an attribute says about a property, if it is valid.
func (r *run) hint(hints []declaration, p property, text string) []declaration {
	toks, ok := tokenize(text, maxMediaTokens)
	if !ok {
		return hints
	}
	list, ok := parseValue(nil, p, trimTokens(cursor{src: text, toks: toks}), &valueContext{base: r.base})
	if !ok {
		return hints
	}
	for i := range list {
		hints = append(hints, declaration{property: list[i].property, value: &list[i].value})
	}
	return hints
}

func trimHTML(s string) string {
	for s != "" && isHTMLSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isHTMLSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// inlineOf returns the parsed style attribute, nil if there is none that matters.
func (r *run) inlineOf(id dom.ID) *inlineStyle {
	if !r.t.MayHave(id, styleName) {
		return nil
	}
	text, ok := r.t.Attr(id, "style")
	if !ok || text == "" || r.s.NoAttributes {
		return nil
	}
	if s, known := r.inline[text]; known {
		return s
	}
	var s *inlineStyle
	sheet := &Sheet{base: r.base, src: text}
	p := sheetParser{lexer: lexer{src: text}, sheet: sheet, limits: Limits{}.resolved(), line: 1, sizes: r.containers, boxes: r.boxes}
	for {
		p.skipSpace()
		if p.pos >= len(text) {
			break
		}
		if p.declaration() {
			continue
		}
		i := p.scan(p.pos, stopSemicolon)
		p.pos = min(i+1, len(text))
	}
	if len(sheet.decls) > 0 {
		s = &inlineStyle{decls: sheet.decls}
		for i := range s.decls {
			s.important = s.important || s.decls[i].important
		}
	}
	if r.inline == nil {
		r.inline = map[string]*inlineStyle{}
	}
	r.inline[text] = s
	return s
}
