package loader

import (
	"slices"
	"sync"

	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/layout"
)

// passes are style passes over one recorded document, and what else was found out about it.
type passes struct {
	mu   sync.Mutex
	list []*pass // the last one first

	looked   bool // for text controls
	controls bool
}

// textControls returns what look found the first time: it needs the document parsed.
func (p *passes) textControls(look func() bool) bool {
	p.mu.Lock()
	looked, controls := p.looked, p.controls
	p.mu.Unlock()
	if !looked {
		controls = look()
		p.mu.Lock()
		p.looked, p.controls = true, controls
		p.mu.Unlock()
	}
	return controls
}

// mostPasses bounds the passes of a document: one each time that style is
// computed in a load, more where its parts come in another order.
const mostPasses = 16

// A pass is what style came to at one place of a document.
type pass struct {
	passKey
	uses          []sheetUse
	asked         bool // it depends on the window of the frame,
	width, height float64

	finding *css.Finding

	mu     sync.Mutex
	layout *layout.Layout // nil: nobody asked for it
}

// passKey is what else a pass depends on.
type passKey struct {
	place        parse.Place
	device       css.Device // without Window
	noAttributes bool
}

// A sheetUse is a style sheet in its place. What the element says of it is in the
// document, and what an import says in the sheet around it.
type sheetUse struct {
	sheet  *css.Sheet
	owner  dom.ID
	url    string
	depth  int
	number int // of the import
}

// uses lists sheets, those that they import after them.
func uses(list []sheetUse, sources []css.Source, depth int) []sheetUse {
	for i := range sources {
		s := &sources[i]
		if s.Sheet == nil {
			continue
		}
		list = append(list, sheetUse{s.Sheet, s.Owner, s.URL.String(), depth, i})
		list = uses(list, s.Imported, depth+1)
	}
	return list
}

// find returns the pass that a style pass now would repeat, nil if none.
func (p *passes) find(k *passKey, uses []sheetUse, w *css.Window) *pass {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.list {
		if x.passKey == *k && slices.Equal(x.uses, uses) && x.sized(w) {
			return x
		}
	}
	return nil
}

// sized reports whether the window has the size that the pass depends on.
func (x *pass) sized(w *css.Window) bool {
	if !x.asked {
		return true
	}
	if w == nil {
		return false
	}
	width, height := w.Size()
	return width == x.width && height == x.height
}

func (p *passes) add(x *pass) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.list {
		if o.passKey == x.passKey && slices.Equal(o.uses, x.uses) && o.asked == x.asked && o.width == x.width && o.height == x.height {
			return // another load was first
		}
	}
	p.list = append([]*pass{x}, p.list[:min(len(p.list), mostPasses-1)]...)
}

// collect computes what style fetches, or finds that it was computed before.
func (f *frame) collect() []css.Fetch {
	if f.restyled {
		f.restyled = false
		f.applied, f.appliedUses, f.unset = f.sources(), nil, true
	}
	f.pass = nil
	rec, place := f.parser.Place()
	var known *passes
	if rec != nil {
		known = f.l.profile.Memory.passesOf(f.options.URL, rec)
	}
	var x *pass
	if known != nil {
		if f.appliedUses == nil {
			f.appliedUses = uses(make([]sheetUse, 0, len(f.applied)), f.applied, 0)
		}
		key := passKey{place, f.device, f.styler.NoAttributes}
		key.device.Window = nil
		if old := known.find(&key, f.appliedUses, f.device.Window); old != nil {
			f.pass = old
			f.styler.Recall(old.finding)
			return old.finding.Fetches
		}
		x = &pass{passKey: key, uses: f.appliedUses}
	}
	f.applySources()
	doc := f.document()
	f.styler.Growing = !f.parsed
	list := f.styler.Collect(doc.Table, doc.Base(), f.device)
	if x != nil {
		x.finding = f.styler.Finding(list)
		if w := f.device.Window; w != nil && w.Asked() {
			x.asked = true
			x.width, x.height = w.Size()
		}
		f.pass = x
		known.add(x)
	}
	return list
}

// applySources gives the styler the sheets of the last pass.
func (f *frame) applySources() {
	if f.unset {
		f.unset = false
		f.styler.SetSources(f.applied)
	}
}

// laidOut computes the layout, or finds that it was computed before: after the
// same pass, and where the document has not grown since.
func (f *frame) laidOut() *layout.Layout {
	x := f.pass
	if x != nil {
		if rec, place := f.parser.Place(); rec == nil || place != x.place || f.device.Window != nil && !x.asked {
			x = nil
		}
	}
	if x != nil {
		x.mu.Lock()
		known := x.layout
		x.mu.Unlock()
		if known != nil {
			return known
		}
	}
	f.applySources()
	doc := f.document()
	l := layout.Compute(doc.Table, f.styler.Boxes(doc.Table, doc.Base(), f.device), f.device)
	if x != nil {
		x.mu.Lock()
		x.layout = l
		x.mu.Unlock()
	}
	return l
}
