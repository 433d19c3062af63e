package parse

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// LinkKind says what kind of link it is.
type LinkKind uint8

// The kinds of links. None is ever fetched for the page itself.
const (
	Anchor    LinkKind = iota + 1 // a href, in SVG too
	Area                          // area href
	FormLink                      // form; see Link.Form
	Canonical                     // link rel=canonical
	NextPage                      // link rel=next
	PrevPage                      // link rel=prev
	Alternate                     // link rel=alternate that is no style sheet
	OtherLink                     // any other link element; see Link.Rel
)

var linkNames = [...]string{"", "anchor", "area", "form", "canonical", "next", "prev", "alternate", "other"}

// String returns the kind in lower case.
func (k LinkKind) String() string {
	if int(k) < len(linkNames) {
		return linkNames[k]
	}
	return ""
}

// Link is a way from the document to another, for crawlers.
type Link struct {
	Kind    LinkKind
	URL     weburl.URL // zero if Err is not nil
	Raw     string     // as in the document, decoded
	Err     error      // why it is no URL
	Element dom.ID
	Line    int
	Rel     string // rel attribute
	Type    string // type attribute
	Lang    string // hreflang attribute
	Media   string // media attribute
	Target  string // target attribute
	Text    string // of an anchor, white space collapsed; only from Document.Links
	Form    *Form  // of a form
}

// Form is a form and what it would send.
type Form struct {
	Action  weburl.URL
	Method  string  // "GET", "POST" or "DIALOG"
	Enctype string  // "application/x-www-form-urlencoded", "multipart/form-data" or "text/plain"
	Fields  []Field // only from Document.Links
}

// Field is a control of a form.
type Field struct {
	Name  string
	Type  string // the type attribute of an input or button in lower case, else "select", "option", "textarea"
	Value string
	// Checked is for a checkbox, radio button or option: whether it counts.
	Checked  bool
	Disabled bool
}

// owner is a control and the form that it belongs to by its place.
type owner struct{ control, form dom.ID }

// maxText bounds the text of a link.
const maxText = 1 << 10

// link notes an element that may be a link, and adds its event if it is one.
func (p *Parser) link(id dom.ID, t tag) {
	switch t.atom {
	case atom.A, atom.Area, atom.Form, atom.Link:
	default:
		return
	}
	p.doc.linked = append(p.doc.linked, id)
	if p.opts.NoLinks {
		return
	}
	if l, ok := p.doc.link(id); ok {
		p.event(Event{Kind: EventLink, Element: id, Link: &l})
	}
}

// link makes the link of an element, as the base URL is now; ok is false if it is none.
func (d *Document) link(id dom.ID) (l Link, ok bool) {
	t := d.Table
	get := func(name string) string { v, _ := t.Attr(id, name); return v }
	l = Link{Element: id, Rel: get("rel"), Line: t.Line(id)}
	raw, ok := t.Attr(id, "href")
	switch t.Atom(id) {
	case atom.A:
		l.Kind = Anchor
		if !ok {
			raw, ok = t.Attr(id, "xlink:href")
		}
	case atom.Area:
		l.Kind = Area
	case atom.Form:
		l.Kind, ok = FormLink, true
		raw = get("action")
	case atom.Link:
		l.Kind = linkKind(parseRel(l.Rel))
		ok = ok && l.Kind != 0
	}
	if !ok {
		return l, false
	}
	l.Raw = raw
	if l.URL, l.Err = resolve(d.base, raw, d.dec); l.Kind == FormLink && blankURL(raw) {
		l.URL, l.Err = d.URL(), nil
	}
	l.Type, l.Lang, l.Media, l.Target = get("type"), get("hreflang"), get("media"), get("target")
	if l.Kind == FormLink {
		l.Form = &Form{Action: l.URL, Method: formMethod(get("method")), Enctype: formEnctype(get("enctype"))}
	}
	return l, true
}

// linkKind is the kind of a link element that is not fetched, 0 for one that is.
func linkKind(s relSet) LinkKind {
	switch {
	case s.has(relCanonical):
		return Canonical
	case s.has(relNext):
		return NextPage
	case s.has(relPrev):
		return PrevPage
	case s.has(relStylesheet | relIcon | relPreload | relModulePreload | relPrefetch | relPreconnect | relDNSPrefetch | relManifest):
		return 0
	case s.has(relAlternate):
		return Alternate
	}
	return OtherLink
}

func formMethod(s string) string {
	switch s = strings.ToUpper(s); s {
	case "POST", "DIALOG":
		return s
	}
	return "GET"
}

func formEnctype(s string) string {
	switch s = strings.ToLower(s); s {
	case "multipart/form-data", "text/plain":
		return s
	}
	return "application/x-www-form-urlencoded"
}

// control notes to which form a control belongs.
func (p *Parser) control(id dom.ID, t tag) {
	if !t.has("form") && p.b.form != 0 {
		p.doc.owners = append(p.doc.owners, owner{id, p.b.form})
	}
}

// Links returns the links that the tree builder has come to, with the text of
// anchors and the fields of forms, resolved against the base URL as it is now.
// The slice belongs to the caller.
func (d *Document) Links() []Link {
	links := make([]Link, 0, len(d.linked))
	var fields map[dom.ID][]Field
	for _, id := range d.linked {
		l, ok := d.link(id)
		if !ok {
			continue
		}
		switch l.Kind {
		case Anchor:
			l.Text = strings.Join(strings.Fields(d.Table.TextContent(id, maxText)), " ")
		case FormLink:
			if fields == nil {
				fields = d.fields()
			}
			l.Form.Fields = fields[id]
		}
		links = append(links, l)
	}
	return links
}

// fields collects the controls of each form in document order.
func (d *Document) fields() map[dom.ID][]Field {
	t := d.Table
	byID := make(map[string]dom.ID)
	owners := make(map[dom.ID]dom.ID, len(d.owners))
	for _, o := range d.owners {
		owners[o.control] = o.form
	}
	for _, id := range d.linked {
		if t.Atom(id) == atom.Form {
			if s := t.IDAttr(id); s != "" && byID[s] == 0 {
				byID[s] = id
			}
		}
	}
	fields := make(map[dom.ID][]Field)
	for id := range t.Descendants(0) {
		switch t.Atom(id) {
		case atom.Input, atom.Select, atom.Textarea, atom.Button:
		default:
			continue
		}
		if t.Inert(id) || t.Namespace(id) != dom.HTML {
			continue
		}
		form := owners[id]
		if s, ok := t.Attr(id, "form"); ok {
			form = byID[s]
		}
		if form != 0 {
			fields[form] = append(fields[form], controlFields(t, id)...)
		}
	}
	return fields
}

// controlFields returns the field of a control, of a select its options.
func controlFields(t *dom.Table, id dom.ID) []Field {
	name, _ := t.Attr(id, "name")
	f := Field{Name: name}
	_, f.Disabled = t.Attr(id, "disabled")
	f.Value, _ = t.Attr(id, "value")
	typ, _ := t.Attr(id, "type")
	switch t.Atom(id) {
	case atom.Input:
		if f.Type = strings.ToLower(typ); f.Type == "" {
			f.Type = "text"
		}
		_, f.Checked = t.Attr(id, "checked")
		if _, ok := t.Attr(id, "value"); !ok && (f.Type == "checkbox" || f.Type == "radio") {
			f.Value = "on"
		}
	case atom.Button:
		if f.Type = strings.ToLower(typ); f.Type != "reset" && f.Type != "button" {
			f.Type = "submit"
		}
	case atom.Textarea:
		f.Type = "textarea"
		f.Value = t.TextContent(id, 0)
	case atom.Select:
		return options(t, id, f)
	}
	return []Field{f}
}

// options returns the options of a select, each a field. Of a list that shows
// one and selects none the first that is not disabled is selected.
func options(t *dom.Table, id dom.ID, sel Field) []Field {
	list := []Field{{Name: sel.Name, Type: "select", Disabled: sel.Disabled}}
	selected := false
	first := 0
	for o := range t.Descendants(id) {
		if t.Atom(o) != atom.Option {
			continue
		}
		f := Field{Name: sel.Name, Type: "option", Disabled: sel.Disabled}
		if _, ok := t.Attr(o, "disabled"); ok {
			f.Disabled = true
		}
		var ok bool
		if f.Value, ok = t.Attr(o, "value"); !ok {
			f.Value = strings.Join(strings.Fields(t.TextContent(o, 0)), " ")
		}
		_, f.Checked = t.Attr(o, "selected")
		selected = selected || f.Checked
		if first == 0 && !f.Disabled {
			first = len(list)
		}
		list = append(list, f)
	}
	if _, multiple := t.Attr(id, "multiple"); !selected && !multiple && first > 0 {
		list[first].Checked = true
	}
	for i := range list {
		if list[i].Checked && list[0].Value == "" {
			list[0].Value = list[i].Value
		}
	}
	return list
}
