package css

import (
	"slices"
	"strings"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// Source is a style sheet of a document, in the place where it applies.
type Source struct {
	Sheet    *Sheet     // nil: not loaded, or failed
	Media    MediaList  // of the link or style element
	Imported []Source   // by index of Sheet.Imports(); shorter, or with zero entries, while imports are missing
	Owner    dom.ID     // the link or style element
	URL      weburl.URL // the sheet's own URL, by which fetches name it; zero for a style element
}

// Styler finds the fetches of one document's style. The zero value has no
// sheets: then only style attributes count. It is used by one goroutine at a time.
type Styler struct {
	LocalFonts []string // names of installed fonts, for local() and font-family; nil: none
	// NoAttributes leaves style attributes out, as a Content-Security-Policy may demand.
	NoAttributes bool
	MaxSteps     int // bound of selector steps a Collect may take; 0: 50 million, some seconds
	// Layout says where boxes come to lie. It is asked where style depends on that:
	// for container queries and content-visibility: auto. Without it containers
	// are as wide as their style says, and everything is in view.
	Layout func(*Boxes) Geometry
	// Growing says that the table will grow: Collect keeps what the next one needs to
	// go on from where it was.
	Growing bool

	sources  []Source
	index    *ruleIndex // of the sources, for a device; nil: to be made
	boxes    *ruleIndex // the same for Boxes
	problems []Problem
	hidden   map[dom.ID]hiding // by the last Collect
	stopped  *stopped          // where that was; nil: the next begins anew
	geometry Geometry          // that Collect asked for; nil: none
	visited  int               // elements, by all
	steps    int               // that the last Collect took
	boxSteps int               // and the last Boxes
	exact    bool              // some font depends on what stands in lines: display, float and position count everywhere
}

// hiding is how an element hides.
type hiding uint8

const (
	hidesItself hiding = iota + 1 // with all that is in it
	hidesInside                   // only what is in it
)

// Displayed reports whether the last Collect found that an element is rendered:
// neither it nor an element around it has display: none, and none around it has
// content-visibility: hidden, as hidden=until-found gives it. It is true of
// elements that were added since.
func (s *Styler) Displayed(t *dom.Table, id dom.ID) bool {
	if len(s.hidden) == 0 {
		return true
	}
	inside := hidesItself
	for ; id != 0; id, inside = t.Parent(id), hidesInside {
		if h := s.hidden[id]; h != 0 && h <= inside && !t.ShadowRoot(id) {
			return false
		}
	}
	return true
}

const defaultSteps = 50_000_000

// maxImportDepth bounds imports in imports; a sheet that imports itself would go on for ever.
const maxImportDepth = 32

// SetSources sets the document's sheets in cascade order, which is the order of
// their elements. It keeps the slice; call it again after changing one.
func (s *Styler) SetSources(sources []Source) {
	s.sources = sources
	s.index, s.boxes, s.stopped = nil, nil, nil
}

// Problems returns the limits that the last Collect reached; those of the
// sheets are told by [Sheet.Problems].
func (s *Styler) Problems() []Problem { return append([]Problem(nil), s.problems...) }

func (s *Styler) problem(limit string, max int) {
	for _, p := range s.problems {
		if p.Limit == limit {
			return
		}
	}
	s.problems = append(s.problems, Problem{Limit: limit, Max: max})
}

// Collect lists what the style of the table's elements fetches on a device, in
// the order in which Chromium requests it: images by element in tree order, then
// those of first lines and letters, those that only layout finds, and fonts. base is the document's base
// URL. A URL is listed once for each kind and mode.
//
// It may be called again when the table or the sources have grown; the caller
// then leaves out what it has fetched.
func (s *Styler) Collect(t *dom.Table, base weburl.URL, d Device) []Fetch {
	d = d.resolved()
	var names map[string]bool // custom properties that style attributes use
	r := s.goOn(t, base, d)
	if r == nil {
		s.geometry = nil
	}
	for {
		if r == nil {
			if s.index == nil || s.index.exact != s.exact || s.index.device != d || !s.index.knows(names) || s.index.quirks != t.Quirks() {
				s.index = newRuleIndex(s, t, d, names)
			}
			s.problems = append([]Problem(nil), s.index.problems...)
			s.hidden = map[dom.ID]hiding{}
			r = newRun(s, t, base)
			r.walk(nil)
		}
		if more := r.missing; len(more) > 0 && names == nil {
			names, r = more, nil
			continue // once: now with the rules that declare them
		}
		fonts := len(r.fonts)
		known := r.layoutFonts()
		r.trailing = r.trailing || len(r.fonts) != fonts
		if !known && !s.exact {
			s.exact, r = true, nil
			continue
		}
		if s.steps = r.maxSteps - r.match.steps; r.match.steps <= 0 {
			s.problem("selector steps", r.maxSteps)
		}
		s.stop(r)
		return slices.Concat(r.images, r.late, r.layout, r.controlFonts, r.fonts)
	}
}

// sheetUse is a sheet in its place in a document.
type sheetUse struct {
	scope dom.ID // the shadow root that it stands in
	sheet *Sheet
	url   weburl.URL
	conds []condState // by index of sheet.conds
}

type condState uint8

const (
	condHolds condState = iota
	condFails
	condByElement // has a container query or a scope
)

// layerNode is a cascade layer and those inside of it.
type layerNode struct {
	kids map[string]*layerNode
	list []*layerNode // kids in order of appearance
	rank int32
}

func (n *layerNode) path(p string) *layerNode {
	for name := range strings.SplitSeq(p, ".") {
		k := n.kids[name]
		if k == nil {
			k = &layerNode{}
			if n.kids == nil {
				n.kids = map[string]*layerNode{}
			}
			n.kids[name] = k
			n.list = append(n.list, k)
		}
		n = k
	}
	return n
}

// number gives ranks: layers before the one around them, and that after them
// (CSS Cascade 5, section 6.4.3).
func (n *layerNode) number(next int32) int32 {
	for _, k := range n.list {
		next = k.number(next)
	}
	n.rank = next
	return next + 1
}
