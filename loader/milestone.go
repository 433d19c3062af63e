package loader

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/loader/waterfall"
	"pageload/parse/dom"
)

// milestone says that the page has reached one, and its title so far.
func (l *load) milestone(name string) {
	e := waterfall.Event{At: l.now(), Kind: waterfall.Milestone, Text: name}
	if p := l.frames[0].parser; p != nil {
		e.Data = p.Title()
	}
	l.event(e)
}

// interactive says that the tree builder has come to the end.
func (f *frame) interactive() {
	if f.parsed {
		return
	}
	f.parsed, f.dirty = true, true
	f.forms = f.parser != nil && f.hasTextControls()
	if f.number == 0 {
		f.l.milestone(waterfall.DOMInteractive)
	}
}

// hasTextControls reports whether the document has a control that a form filler
// looks at: text, selects and text areas, not buttons, boxes and hidden ones.
func (f *frame) hasTextControls() bool {
	if !f.renderBlocked() { // it makes no difference
		return false
	}
	if rec, _ := f.parser.Place(); rec != nil {
		if known := f.l.profile.Memory.passesOf(f.options.URL, rec); known != nil {
			return known.textControls(func() bool { return textControls(f.document().Table) })
		}
	}
	return textControls(f.document().Table)
}

func textControls(t *dom.Table) bool {
	for id := dom.ID(1); int(id) <= t.Len(); id++ {
		switch t.Atom(id) {
		case atom.Select, atom.Textarea:
			return true
		case atom.Input:
			switch kind, _ := t.Attr(id, "type"); strings.ToLower(kind) {
			case "hidden", "checkbox", "radio", "submit", "button", "reset", "image", "file", "range", "color":
			default:
				return true
			}
		}
	}
	return false
}

// milestones lets documents reach DOMContentLoaded and load, frames before the
// documents that hold them.
func (l *load) milestones() {
	for i := len(l.frames) - 1; i >= 0; i-- {
		f := l.frames[i]
		if !f.ready && f.parsed && f.deferredDone() {
			f.ready = true
			if f.number == 0 {
				l.milestone(waterfall.DOMContentLoaded)
			}
			if f.forms && f.renderBlocked() {
				f.measureForms()
			}
			f.style()
		}
		if !f.loaded && f.ready && f.settled() {
			f.loaded = true
			if f.number == 0 && !f.failed {
				l.milestone(waterfall.Load)
				f.fetchIcons()
			}
		}
	}
}

// deferredDone reports whether what DOMContentLoaded waits for is here: scripts
// that run after parsing, in order, and the style sheets that they wait for
// (HTML standard, 13.2.7, the end).
func (f *frame) deferredDone() bool {
	for _, s := range f.deferred {
		if !s.arrived() {
			return false
		}
	}
	return len(f.deferred) == 0 || !f.sheetsPending()
}

// settled reports whether all that delays the load event is here.
func (f *frame) settled() bool {
	if f.delaying > 0 || f.styleDue() {
		return false
	}
	for _, c := range f.children {
		if !c.loaded {
			return false
		}
	}
	return true
}
