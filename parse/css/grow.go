package css

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// stopped is where a Collect came to the end of a document that grows. What comes
// to its end does not change what was found of the elements before, so that the
// next Collect needs to visit only those that are new and those around them. That
// is so as long as the rules are the same and no selector asks for what follows an
// element or is in it.
type stopped struct {
	run          *run
	mark         int      // of the table
	open         []dom.ID // the last element in the tree with those around it, the root first
	noAttributes bool
}

// stop keeps a run that has come to the end of the table for goOn.
func (s *Styler) stop(r *run) {
	s.stopped = nil
	if !s.Growing || r.forward || r.trailing || r.containers || r.starting || r.match.shadow || r.match.steps <= 0 || s.geometry != nil || len(r.missing) > 0 {
		return
	}
	x := &stopped{run: r, noAttributes: s.NoAttributes}
	for id := r.t.LastChild(0); id != 0; id = r.t.LastChild(id) {
		switch r.t.Atom(id) {
		case atom.Select, atom.Datalist: // which option is shown, the others decide
			return
		}
		x.open = append(x.open, id)
	}
	if len(x.open) == 0 {
		return
	}
	x.mark = r.t.Mark()
	s.stopped = x
}

// goOn lets the run that was stopped visit what came since. It returns nil where it
// must be begun anew.
func (s *Styler) goOn(t *dom.Table, base weburl.URL, d Device) *run {
	x := s.stopped
	s.stopped = nil
	if x == nil {
		return nil
	}
	r := x.run
	if r.ruleIndex != s.index || r.t != t || r.base != base || s.index.device != d || s.index.exact != s.exact ||
		s.index.quirks != t.Quirks() || t.HasShadow() || x.noAttributes != s.NoAttributes {
		return nil
	}
	touched, ok := t.Touched(x.mark)
	if !ok {
		return nil
	}
	for _, id := range touched {
		if !slices.Contains(x.open, id) {
			return nil
		}
	}
	s.hidden = maps.Clone(s.hidden) // somebody may have the other
	r.renewFaces()
	if !r.walk(x.open) || s.geometry != nil {
		return nil
	}
	return r
}

// Release gives up what the next Collect or Boxes would make anew: the index of the
// rules, and what Growing keeps. It is for a document that waits, perhaps for ever,
// for something that could change its style.
func (s *Styler) Release() { s.index, s.boxes, s.stopped = nil, nil, nil }

// renewFaces copies the faces that were given away: they change no more.
func (r *run) renewFaces() {
	renewed := map[*FontFace]*FontFace{}
	for _, list := range r.families {
		for _, f := range list {
			if f.out != nil {
				c := *f.out
				c.Next = slices.Clone(c.Next)
				renewed[f.out] = &c
				f.out = &c
			}
		}
	}
	for _, c := range renewed {
		for i, next := range c.Next {
			c.Next[i] = renewed[next]
		}
	}
	for _, list := range [...][]Fetch{r.fonts, r.controlFonts} {
		for i := range list {
			list[i].Font = renewed[list[i].Font]
		}
	}
}

// looksForward reports whether a selector may ask for what follows an element or is
// in it, as :last-child and :has() do.
func looksForward(selector string) bool {
	i := strings.IndexByte(selector, ':')
	if strings.IndexByte(selector, '\\') >= 0 {
		return true // it may be spelled in another way
	}
	for s := selector; i >= 0; i = strings.IndexByte(s, ':') {
		s = s[i+1:]
		for _, name := range [...]string{"empty", "last-", "nth-last-", "only-", "has("} {
			if len(s) >= len(name) && equalFold(s[:len(name)], name) {
				return true
			}
		}
	}
	return false
}
