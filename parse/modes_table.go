package parse

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// inTable is section 13.2.6.4.9, with that of text in tables (10).
func (b *builder) inTable(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken, cdataToken:
		if o := b.top(); o.flags&(isTablePart|isTemplate) != 0 {
			b.pending = append(b.pending, tableText{
				span:  dom.Span{Start: t.start, End: t.end},
				kind:  t.textKind(dom.TextData),
				blank: b.blank(t),
			})
			return true
		}
	case startTag:
		switch t.atom {
		case atom.Caption:
			b.clearTo(atom.Table)
			b.marker()
			b.insert(t)
			b.mode = modeInCaption
			return true
		case atom.Colgroup:
			b.clearTo(atom.Table)
			b.insert(t)
			b.mode = modeInColumnGroup
			return true
		case atom.Col:
			b.clearTo(atom.Table)
			b.implied(startTag, atom.Colgroup, t)
			return false
		case atom.Tbody, atom.Tfoot, atom.Thead:
			b.clearTo(atom.Table)
			b.insert(t)
			b.mode = modeInTableBody
			return true
		case atom.Td, atom.Th, atom.Tr:
			b.clearTo(atom.Table)
			b.implied(startTag, atom.Tbody, t)
			return false
		case atom.Table:
			if !b.popUntil(tableScope, atom.Table) {
				return true
			}
			b.resetMode()
			return false
		case atom.Style, atom.Script, atom.Template:
			return b.inHead(t)
		case atom.Input:
			if v, _ := attrValue(b.z, t, "type"); strings.EqualFold(v, "hidden") {
				b.insertVoid(t)
				return true
			}
		case atom.Form:
			if b.form == 0 && b.openTemplates == 0 {
				b.form = b.insertVoid(t)
			}
			return true
		}
	case endTag:
		switch t.atom {
		case atom.Table:
			if b.popUntil(tableScope, atom.Table) {
				b.resetMode()
			}
			return true
		case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
			return true
		case atom.Template:
			return b.inHead(t)
		}
	}
	b.foster = true
	done := b.inBody(t)
	b.foster = false
	return done
}

// inCaption is section 13.2.6.4.11.
func (b *builder) inCaption(t *token) bool {
	switch t.kind {
	case startTag:
		switch t.atom {
		case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
			return !b.closeCaption()
		}
	case endTag:
		switch t.atom {
		case atom.Caption:
			b.closeCaption()
			return true
		case atom.Table:
			return !b.closeCaption()
		case atom.Body, atom.Col, atom.Colgroup, atom.Html, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
			return true
		}
	}
	return b.inBody(t)
}

func (b *builder) closeCaption() bool {
	if !b.popUntil(tableScope, atom.Caption) {
		return false
	}
	b.clearToMarker()
	b.mode = modeInTable
	return true
}

// inColumnGroup is section 13.2.6.4.12.
func (b *builder) inColumnGroup(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken:
		if !b.top().is(atom.Colgroup) {
			b.spacesOf(t, false)
			return true
		}
		space := b.cutSpace(t)
		b.insertText(&space, dom.TextData)
		if t.start >= t.end {
			return true
		}
	case startTag:
		switch t.atom {
		case atom.Html:
			return b.inBody(t)
		case atom.Col:
			b.insertVoid(t)
			return true
		case atom.Template:
			return b.inHead(t)
		}
	case endTag:
		switch t.atom {
		case atom.Colgroup:
			if b.top().is(atom.Colgroup) {
				b.pop()
				b.mode = modeInTable
			}
			return true
		case atom.Col:
			return true
		case atom.Template:
			return b.inHead(t)
		}
	}
	if !b.top().is(atom.Colgroup) {
		return true
	}
	b.pop()
	b.mode = modeInTable
	return false
}

// inTableBody is section 13.2.6.4.13.
func (b *builder) inTableBody(t *token) bool {
	switch t.kind {
	case startTag:
		switch t.atom {
		case atom.Tr:
			b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
			b.insert(t)
			b.mode = modeInRow
			return true
		case atom.Td, atom.Th:
			b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
			b.implied(startTag, atom.Tr, t)
			return false
		case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Tfoot, atom.Thead:
			return !b.closeTableBody()
		}
	case endTag:
		switch t.atom {
		case atom.Tbody, atom.Tfoot, atom.Thead:
			if b.inScope(tableScope, t.atom) >= 0 {
				b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
				b.pop()
				b.mode = modeInTable
			}
			return true
		case atom.Table:
			return !b.closeTableBody()
		case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html, atom.Td, atom.Th, atom.Tr:
			return true
		}
	}
	return b.inTable(t)
}

func (b *builder) closeTableBody() bool {
	if b.inScope(tableScope, atom.Tbody, atom.Thead, atom.Tfoot) < 0 {
		return false
	}
	b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
	b.pop()
	b.mode = modeInTable
	return true
}

// inRow is section 13.2.6.4.14.
func (b *builder) inRow(t *token) bool {
	switch t.kind {
	case startTag:
		switch t.atom {
		case atom.Td, atom.Th:
			b.clearTo(atom.Tr)
			b.insert(t)
			b.marker()
			b.mode = modeInCell
			return true
		case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr:
			return !b.closeRow()
		}
	case endTag:
		switch t.atom {
		case atom.Tr:
			b.closeRow()
			return true
		case atom.Table:
			return !b.closeRow()
		case atom.Tbody, atom.Tfoot, atom.Thead:
			return b.inScope(tableScope, t.atom) < 0 || !b.closeRow()
		case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html, atom.Td, atom.Th:
			return true
		}
	}
	return b.inTable(t)
}

func (b *builder) closeRow() bool {
	if b.inScope(tableScope, atom.Tr) < 0 {
		return false
	}
	b.clearTo(atom.Tr)
	b.pop()
	b.mode = modeInTableBody
	return true
}

// inCell is section 13.2.6.4.15.
func (b *builder) inCell(t *token) bool {
	switch t.kind {
	case startTag:
		switch t.atom {
		case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
			return !b.closeCell(atom.Td, atom.Th)
		}
	case endTag:
		switch t.atom {
		case atom.Td, atom.Th:
			b.closeCell(t.atom)
			return true
		case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html:
			return true
		case atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr:
			return b.inScope(tableScope, t.atom) < 0 || !b.closeCell(atom.Td, atom.Th)
		}
	}
	return b.inBody(t)
}

func (b *builder) closeCell(cells ...atom.Atom) bool {
	if !b.popUntil(tableScope, cells...) {
		return false
	}
	b.clearToMarker()
	b.mode = modeInRow
	return true
}

// inTemplate is section 13.2.6.4.16.
func (b *builder) inTemplate(t *token) bool {
	m := modeInBody
	switch t.kind {
	case startTag:
		switch t.atom {
		case atom.Base, atom.Basefont, atom.Bgsound, atom.Link, atom.Meta, atom.Noframes, atom.Script, atom.Style, atom.Template, atom.Title:
			return b.inHead(t)
		case atom.Caption, atom.Colgroup, atom.Tbody, atom.Tfoot, atom.Thead:
			m = modeInTable
		case atom.Col:
			m = modeInColumnGroup
		case atom.Tr:
			m = modeInTableBody
		case atom.Td, atom.Th:
			m = modeInRow
		}
	case endTag:
		if t.atom == atom.Template {
			return b.inHead(t)
		}
		return true
	default:
		return b.inBody(t)
	}
	b.templates[len(b.templates)-1] = m
	b.mode = m
	return false
}
