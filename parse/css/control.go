package css

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// control matches the pseudo-classes of form controls by their attributes
// (HTML section 4.16.3).
func (m *matcher) control(p pseudoClass, id dom.ID) bool {
	t := m.t
	if t.Namespace(id) != dom.HTML {
		return false
	}
	tag := t.Atom(id)
	switch p {
	case pseudoChecked:
		switch tag {
		case atom.Input:
			typ := m.inputType(id)
			return (typ == "checkbox" || typ == "radio") && m.hasAttr(id, "checked")
		case atom.Option:
			return m.hasAttr(id, "selected") || m.firstOption(id)
		}
	case pseudoDisabled:
		return m.disabled(id)
	case pseudoEnabled:
		return canBeDisabled(tag) && !m.disabled(id)
	case pseudoRequired, pseudoOptional:
		switch tag {
		case atom.Input, atom.Select, atom.Textarea:
			return m.hasAttr(id, "required") == (p == pseudoRequired)
		}
	case pseudoReadWrite:
		return m.editable(id)
	case pseudoReadOnly:
		return !m.editable(id)
	case pseudoPlaceholderShown:
		return m.placeholder(id) != ""
	case pseudoDefault:
		switch tag {
		case atom.Input:
			switch m.inputType(id) {
			case "checkbox", "radio":
				return m.hasAttr(id, "checked")
			}
			return m.defaultButton(id)
		case atom.Option:
			return m.hasAttr(id, "selected")
		case atom.Button:
			return m.defaultButton(id)
		}
	case pseudoIndeterminate:
		return tag == atom.Progress && !m.hasAttr(id, "value")
	case pseudoValid, pseudoInvalid:
		switch tag {
		case atom.Input, atom.Select, atom.Textarea:
			v, _ := t.Attr(id, "value")
			bad := m.hasAttr(id, "required") && v == "" && !t.HasText(id) && !m.disabled(id) || m.rangeOf(id) == outOfRange
			return bad == (p == pseudoInvalid)
		case atom.Form, atom.Fieldset:
			return p == pseudoValid
		}
	case pseudoInRange:
		return m.rangeOf(id) == inRange
	case pseudoOutOfRange:
		return m.rangeOf(id) == outOfRange
	}
	return false
}

func (m *matcher) inputType(id dom.ID) string {
	v, _ := m.t.Attr(id, "type")
	return lowerASCII(v)
}

func canBeDisabled(tag atom.Atom) bool {
	switch tag {
	case atom.Button, atom.Input, atom.Select, atom.Textarea, atom.Optgroup, atom.Option, atom.Fieldset:
		return true
	}
	return false
}

// disabled: the attribute, or that of a fieldset around it (outside of the
// fieldset's first legend), or of an option's optgroup.
func (m *matcher) disabled(id dom.ID) bool {
	tag := m.t.Atom(id)
	if !canBeDisabled(tag) {
		return false
	}
	if m.hasAttr(id, "disabled") {
		return true
	}
	if tag == atom.Option {
		p := m.t.Parent(id)
		return p != 0 && m.t.Atom(p) == atom.Optgroup && m.hasAttr(p, "disabled")
	}
	if tag == atom.Optgroup {
		return false
	}
	below := id
	for p := m.t.Parent(id); p != 0; below, p = p, m.t.Parent(p) {
		if m.t.Atom(p) != atom.Fieldset || !m.hasAttr(p, "disabled") {
			continue
		}
		if m.t.Atom(below) == atom.Legend && !m.typeOn(below, m.t.Prev) {
			continue
		}
		return true
	}
	return false
}

// firstOption: a drop-down shows its first option if none is selected.
func (m *matcher) firstOption(id dom.ID) bool {
	p := m.t.Parent(id)
	if p == 0 || m.t.Atom(p) != atom.Select || m.hasAttr(p, "multiple") || m.hasAttr(p, "size") || m.t.Prev(id) != 0 {
		return false
	}
	for s := m.t.Next(id); s != 0; s = m.t.Next(s) {
		if m.steps--; m.steps <= 0 || m.hasAttr(s, "selected") {
			return false
		}
	}
	return true
}

// textInput reports whether an input of this type is a field for text.
func textInput(typ string) bool {
	switch typ {
	case "checkbox", "radio", "submit", "button", "reset", "image", "hidden", "file", "range", "color":
		return false
	}
	return true
}

func (m *matcher) editable(id dom.ID) bool {
	switch m.t.Atom(id) {
	case atom.Input:
		if !textInput(m.inputType(id)) {
			return false
		}
	case atom.Textarea:
	default:
		v, ok := m.t.Attr(id, "contenteditable")
		return ok && !equalFold(v, "false")
	}
	return !m.hasAttr(id, "readonly") && !m.disabled(id)
}

// placeholder returns the text that is shown in an empty field, "" if none is.
func (m *matcher) placeholder(id dom.ID) string {
	text, ok := m.t.Attr(id, "placeholder")
	if !ok || text == "" {
		return ""
	}
	switch m.t.Atom(id) {
	case atom.Input:
		if v, _ := m.t.Attr(id, "value"); v != "" {
			return ""
		}
		switch m.inputType(id) {
		case "", "text", "search", "url", "tel", "email", "password", "number":
			return text
		default:
			if !textInput(m.inputType(id)) || strings.Contains("date month week time datetime-local", m.inputType(id)) {
				return ""
			}
			return text // an unknown type is text
		}
	case atom.Textarea:
		for s := range m.t.Texts(id) {
			if s != "" {
				return ""
			}
		}
		return text
	}
	return ""
}
