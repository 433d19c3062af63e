package css

import (
	"strconv"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// rangeState is where the value of an input lies.
type rangeState uint8

const (
	noRange rangeState = iota // nothing limits it
	inRange
	outOfRange
)

// rangeOf compares the value of an input with its min and max (HTML section
// 4.16.3, :in-range).
func (m *matcher) rangeOf(id dom.ID) rangeState {
	if m.t.Atom(id) != atom.Input || m.disabled(id) {
		return noRange
	}
	typ := m.inputType(id)
	number := false
	switch typ {
	case "range":
		return inRange // the value is put there
	case "number":
		number = true
	case "date", "month", "week", "time", "datetime-local":
	default:
		return noRange
	}
	low, hasLow := m.t.Attr(id, "min")
	high, hasHigh := m.t.Attr(id, "max")
	if !hasLow && !hasHigh || m.hasAttr(id, "readonly") {
		return noRange
	}
	v, _ := m.t.Attr(id, "value")
	if below(v, low, number) || below(high, v, number) {
		return outOfRange
	}
	return inRange
}

// below compares values of controls. Dates and times are written so that their
// text compares as they do; what is empty or no number is not compared.
func below(a, b string, number bool) bool {
	if !number {
		return a != "" && b != "" && a < b
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && x < y
}

// defaultButton reports whether an element is the first of its form's submit buttons.
func (m *matcher) defaultButton(id dom.ID) bool {
	if !m.submits(id) {
		return false
	}
	form := m.formOf(id)
	if form == 0 {
		return false
	}
	for other := range m.t.Descendants(0) {
		if other == id {
			return true
		}
		if m.steps--; m.steps <= 0 || m.submits(other) && m.formOf(other) == form {
			return false
		}
	}
	return false
}

func (m *matcher) submits(id dom.ID) bool {
	switch m.t.Atom(id) {
	case atom.Button:
		typ, _ := m.t.Attr(id, "type")
		return !equalFold(typ, "button") && !equalFold(typ, "reset")
	case atom.Input:
		typ := m.inputType(id)
		return typ == "submit" || typ == "image"
	}
	return false
}

// formOf returns the form that owns a control, 0 for none.
func (m *matcher) formOf(id dom.ID) dom.ID {
	if name, ok := m.t.Attr(id, "form"); ok {
		for e := range m.t.Descendants(0) {
			if m.steps--; m.steps <= 0 {
				return 0
			}
			if name != "" && m.t.IDAttr(e) == name {
				if m.t.Atom(e) == atom.Form {
					return e
				}
				return 0
			}
		}
		return 0
	}
	for p := m.t.Parent(id); p != 0; p = m.t.Parent(p) {
		if m.t.Atom(p) == atom.Form {
			return p
		}
	}
	return 0
}
