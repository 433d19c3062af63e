package css

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// run is one Collect.
type run struct {
	*ruleIndex
	s        *Styler
	t        *dom.Table
	base     weburl.URL
	match    matcher
	sub      substituter
	maxSteps int

	images, late, layout []Fetch // in this order, and the fonts behind them:
	controlFonts, fonts  []Fetch
	waits                []fontWait // fonts that layout asks for: for texts
	struts               []fontWait // and for lines
	seen                 map[fetchKey]bool
	done                 map[doneKey]bool // values whose images are listed
	inline               map[string]*inlineStyle
	pending              map[pendingKey][]declared
	texts                map[textKey]*textNeeds
	lastText             textKey         // the one that was asked for last; zero: none was
	lastNeeds            *textNeeds      // what is known of it
	missing              map[string]bool // custom properties that style attributes use and the index lacks

	found   []found // of the element at hand
	pseudos []found
	win     []winner // by property
	won     bool     // some property has one
	vars    []winner
	hinted  []declaration
	stack   []frame
	depth   int16             // of the shadow tree of the element at hand
	roots   map[dom.ID]dom.ID // shadow roots that elements lie in, where there are shadow trees
	tags    tagTraits
	// trailing says that something was listed for the end of an element behind the
	// last one that was visited, or for lines: it stands before what comes later.
	trailing bool
	traits   []trait         // of the elements on the stack, and of the one at hand
	above    *ancestorFilter // of the stack; nil: not worthwhile
}

// doneKey is a value as it was listed for a property.
type doneKey struct {
	p     property
	image *image
}

// found is a rule that matched.
type found struct {
	entry  *entry
	pseudo pseudoElement
}

// winner is the declaration that a property has so far.
type winner struct {
	d   *declaration
	use *sheetUse // nil: the element's markup
}

// frame is an element whose children are being visited.
type frame struct {
	id     dom.ID
	st     style
	after  []found // its ::after rules, nil for none
	skip   bool    // children are not rendered
	lined  bool    // it has lines, and the font for them
	traits int     // where run.traits has those of the element
}

// style is a computed style, as far as it is needed.
type style struct {
	display   float64
	hidesKids bool // content-visibility: hidden
	noText    bool // it has no boxes for text, nor has what is in it
	late      bool // its style is computed at layout
	families  []family
	weight    float64
	slope     float64
	stretch   float64
	needs     *textNeeds // of texts with these fonts, if knowNeeds
	knowNeeds bool
	listNone  bool // list-style-type: none
	listImage bool // list-style-image is not none
	vars      *customs
	width     float64 // of the content, as far as it is known; 0: unknown
	container containment
	autoHides bool   // content-visibility: auto
	names     string // of the container, separated by spaces
}

// inlineStyle is a parsed style attribute.
type inlineStyle struct {
	decls     []declaration
	important bool
}

func newRun(s *Styler, t *dom.Table, base weburl.URL) *run {
	steps := s.MaxSteps
	if steps <= 0 {
		steps = defaultSteps
	}
	kept := numProperties
	if s.index.boxes {
		kept = endBox
	}
	r := &run{ruleIndex: s.index, win: make([]winner, kept), s: s, t: t, base: base, maxSteps: steps, seen: map[fetchKey]bool{}, done: map[doneKey]bool{}}
	r.match = matcher{shadow: t.HasShadow(), t: t, quirks: s.index.quirks, steps: steps}
	r.sub = substituter{device: &r.device, steps: &r.match.steps, over: s.problem, registered: s.index.registered}
	if s.index.withAbove >= worthwhile {
		r.above = new(ancestorFilter)
	}
	for _, list := range r.families {
		for _, f := range list {
			f.out, f.asked = nil, false
		}
	}
	return r
}

// walk visits the elements in tree order, leaving out what is not rendered. Of
// those before the last one of open, which are those around it with it, it visits
// only these: the others were visited before. It returns false, and stops, where one
// of them fetches something that it did not then, as its own text may.
func (r *run) walk(open []dom.ID) bool {
	id, again := r.t.FirstChild(0), 0 // how many are left of open, the one at hand too
	if len(open) > 0 {
		id, again = open[0], len(open)
	}
	root := style{weight: 400, stretch: 100, display: displayBlock}
	if r.containers {
		root.width = r.device.width()
	}
	for id != 0 {
		parent := &root
		if n := len(r.stack); n > 0 {
			parent = &r.stack[n-1].st
		}
		f := r.enter(id)
		if r.match.shadow {
			r.expose(id)
		}
		listed := r.listed()
		rendered := !r.t.Inert(id) && r.element(&f, parent)
		if again > 0 && r.listed() != listed {
			return false
		}
		again--
		if rendered && !f.skip && r.t.FlatFirst(id) != 0 {
			r.stack = append(r.stack, f)
			if r.above != nil {
				r.above.add(r.traits[f.traits:], 1)
			}
			if again > 0 {
				id = open[len(open)-again]
			} else {
				id = r.t.FlatFirst(id)
			}
			continue
		}
		again = 0
		if rendered {
			r.leave(&f)
		} else {
			r.s.hidden[id] = hidesItself
		}
		r.traits = r.traits[:f.traits]
		id = r.t.FlatNext(id)
		for id == 0 && len(r.stack) > 0 {
			n := len(r.stack) - 1
			r.leave(&r.stack[n])
			id = r.t.FlatNext(r.stack[n].id)
			r.pop()
		}
	}
	return true
}

// enter begins the visit of an element.
func (r *run) enter(id dom.ID) frame {
	r.trailing = false
	r.s.visited++
	f := frame{id: id, traits: len(r.traits)}
	r.traits = r.tags.traits(r.traits, r.t, id)
	return f
}

// pop ends the visit of the element whose children were visited last.
func (r *run) pop() {
	f := &r.stack[len(r.stack)-1]
	if r.above != nil {
		r.above.add(r.traits[f.traits:], ^uint32(0))
	}
	r.traits = r.traits[:f.traits]
	r.stack = r.stack[:len(r.stack)-1]
}

func (r *run) leave(f *frame) {
	if f.after == nil && (r.families == nil || r.t.Atom(f.id) != atom.Q) {
		return
	}
	before := r.listed()
	defer func() { r.trailing = r.trailing || r.listed() != before }()
	if f.after != nil {
		r.pseudo(f.id, &f.st, f.after, pseudoAfter)
	} else {
		r.text(f.id, &f.st, "”")
	}
}

// listed is how much was found so far.
func (r *run) listed() int {
	return len(r.images) + len(r.late) + len(r.layout) + len(r.controlFonts) + len(r.fonts) + len(r.waits) + len(r.struts)
}

// element computes the style of an element and lists what it fetches. It
// returns false if the element is not rendered.
func (r *run) element(f *frame, parent *style) bool {
	id := f.id
	ua := uaDefaults(r.t, id, r.device.NoScript)
	if ua.hard {
		return false
	}
	if n := len(r.stack); n > 0 {
		p := &r.stack[n-1]
		if r.t.Atom(p.id) == atom.Details && ua.display != displayNone && hiddenInDetails(r.t, p.id, id) {
			return false
		}
	}
	r.found, r.pseudos = r.found[:0], r.pseudos[:0]
	r.gatherAll(false, f)
	inline := r.inlineOf(id)
	hints := r.hints(id)
	if len(r.found) == 0 && inline == nil && hints == nil && len(r.pseudos) == 0 && ua.plain && ua.display != displayNone {
		f.st.inherit(parent)
		f.st.display = ua.display
		f.st.listNone = f.st.listNone && !ua.list
		if r.containers {
			f.st.width = parent.widthFor(&f.st)
		}
		r.vars = r.vars[:0]
		r.clear() // not those of the element before
	} else {
		if r.starting {
			r.startingStyles(f, parent, &ua, inline, hints)
		}
		r.cascade(inline, hints)
		r.computed(&f.st, parent, &ua)
		if (f.st.display == displayNone || r.fetches() || len(r.pseudos) > 0) && len(r.weak.entries) > 0 {
			r.gatherAll(true, f)
			r.cascade(inline, hints)
			r.computed(&f.st, parent, &ua)
		}
	}
	if f.st.display == displayNone {
		if !r.innerSVG(id) {
			return false
		}
		// Chromium computes the style of what is in it all the same
		r.s.hidden[id] = hidesItself
		f.st.noText = true
		return true
	}
	if f.st.autoHides && r.farAway(id) {
		f.st.hidesKids = true
	}
	r.list(r.listOf(&f.st), id, &f.st)
	r.animate(r.listOf(&f.st), id, &f.st)
	if f.st.hidesKids {
		f.skip = true
		r.s.hidden[id] = hidesInside
		return true
	}
	f.skip = ua.skip
	r.pseudoElements(f)
	f.st.noText = f.st.noText || ua.noText
	f.st.late = f.st.late || ua.late || f.st.container != notContained || f.st.autoHides
	if r.families != nil {
		r.fontsOf(f)
	}
	return true
}

// listOf returns the list for the images of an element.
func (r *run) listOf(st *style) *[]Fetch {
	if st.late {
		return &r.layout
	}
	return &r.images
}

// innerSVG reports whether an element of SVG stands in another one.
func (r *run) innerSVG(id dom.ID) bool {
	return r.t.Namespace(id) == dom.SVG && r.t.Parent(id) != 0 && r.t.Namespace(r.t.Parent(id)) == dom.SVG
}

// gather finds the rules whose selectors match, for the element, which has these
// traits, and its pseudo-elements.
func (r *run) gather(b *bucket, id dom.ID, has []trait) {
	if len(b.entries) == 0 {
		return
	}
	for _, f := range has {
		r.try(b, f, id)
	}
	r.try(b, 0, id)
}

// try asks the entries with a key whether they match.
func (r *run) try(b *bucket, key trait, id dom.ID) {
	n := b.any
	if key != 0 {
		n = *b.head(key)
	}
	turned := 0
	for n != 0 && r.match.steps > 0 {
		e := &b.entries[n-1]
		n = e.next
		if turned++; turned&7 == 0 { // turning a rule away costs something too
			r.match.steps--
		}
		if e.key != key || r.above != nil && r.above.lacks(&e.above) || e.sel == nil && !r.resolve(e) {
			continue
		}
		if e.byElement {
			if !r.conditions(e, id) {
				continue
			}
		} else if !r.match.complex(e.sel, id) {
			continue
		}
		f := found{entry: e, pseudo: e.sel.pseudo}
		if f.pseudo == elementItself {
			r.found = append(r.found, f)
		} else {
			r.pseudos = append(r.pseudos, f)
		}
	}
}
