package css

import (
	"slices"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// textKey is a style as far as it chooses fonts.
type textKey struct {
	families               *family // the first of the list: lists are made once
	weight, slope, stretch float64
}

// textNeeds is what is known of the texts with one style.
type textNeeds struct {
	levels [][]*activeFace // by family, up to one that is there anyway
	first  bool            // the first of them is the first family of the list
	asked  [2]uint64       // ASCII characters that were looked at
	all    bool            // the first family has a face for every character, and it is requested
	line   bool            // its font for lines is asked for
}

// ownText asks for the fonts of the text right in an element.
func (r *run) ownText(id dom.ID, st *style) {
	t := r.t
	switch t.Atom(id) {
	case atom.Input:
		r.inputText(id, st)
		return
	case atom.Select:
		r.selectText(id, st)
		return
	case atom.Textarea:
		r.strut(id, st) // it is so many characters wide
	case atom.Pre:
		for range t.Texts(id) {
			r.strut(id, st) // blanks have a width too
			break
		}
	}
	own := t.FlatText(id)
	if own == 0 || !t.HasText(own) {
		return
	}
	needs := r.needs(st)
	if needs == nil || needs.all {
		return
	}
	for s := range t.Texts(own) {
		r.text(id, st, s)
	}
}

func (st *style) textKey() textKey {
	k := textKey{weight: st.weight, slope: st.slope, stretch: st.stretch}
	if len(st.families) > 0 {
		k.families = &st.families[0]
	}
	return k
}

// needs returns what is known for the style, nil if no face is in question. Most
// styles have it from their parents.
func (r *run) needs(st *style) *textNeeds {
	if st.knowNeeds {
		return st.needs
	}
	var n *textNeeds
	if len(st.families) > 0 {
		key := st.textKey()
		if key != r.lastText {
			known := false
			if n, known = r.texts[key]; !known {
				n = r.textNeeds(st)
				if r.texts == nil {
					r.texts = map[textKey]*textNeeds{}
				}
				r.texts[key] = n
			}
			r.lastText, r.lastNeeds = key, n
		}
		n = r.lastNeeds
	}
	st.needs, st.knowNeeds = n, true
	return n
}

// textNeeds finds out what there is to know for a style.
func (r *run) textNeeds(st *style) (n *textNeeds) {
	for i := range st.families {
		f := &st.families[i]
		if faces := r.families[f.name]; faces != nil && !f.generic {
			if n == nil {
				n = &textNeeds{first: i == 0}
			}
			n.levels = append(n.levels, matchFaces(faces, fontWish{st.weight, st.slope, st.stretch}))
		} else if f.generic || r.local[f.name] {
			break // has a glyph for everything
		}
	}
	return n
}

// text asks for the faces that the characters of a text need.
func (r *run) text(id dom.ID, st *style, text string) {
	if text == "" || st.noText {
		return
	}
	n := r.needs(st)
	if n == nil || n.all || isBlank(text) {
		return
	}
	for _, c := range text {
		if c < 0x80 {
			if c < 0x20 || n.asked[c>>6]&(1<<(c&63)) != 0 {
				continue
			}
			n.asked[c>>6] |= 1 << (c & 63)
		}
		if r.match.steps--; r.match.steps <= 0 {
			return
		}
		f, _ := chooseFace(n.levels, c)
		if f == nil {
			continue
		}
		if f.asked || n.atOnce(f, text) {
			r.request(&r.fonts, id, n.levels, c)
		} else if !f.local {
			r.waits = append(r.waits, fontWait{id, n, c})
		}
		if f.ranges == nil {
			n.all = true
			return
		}
	}
}

// atOnce reports whether Chromium requests a face when it makes the box of a
// text. It looks at the faces of the first family, the last rule first, up to one
// that the text needs or that is on its way (Blink, CSSSegmentedFontFace). What
// else the text needs is requested when it is laid out.
func (n *textNeeds) atOnce(f *activeFace, text string) bool {
	if !n.first || f.local {
		return false
	}
	for _, g := range n.levels[0] {
		if g == f {
			return true
		}
		if g.asked || g.local || g.coversAny(text) {
			return false
		}
	}
	return false
}

func isBlank(s string) bool {
	for i := range len(s) {
		if !isHTMLSpace(s[i]) {
			return false
		}
	}
	return true
}

// chooseFace returns the face for a character and the levels behind its own.
func chooseFace(levels [][]*activeFace, c rune) (*activeFace, [][]*activeFace) {
	for i, faces := range levels {
		for _, f := range faces {
			if f.covers(c) {
				return f, levels[i+1:]
			}
		}
	}
	return nil, nil
}

// request requests the face for a character.
func (r *run) request(list *[]Fetch, id dom.ID, levels [][]*activeFace, c rune) {
	f, rest := chooseFace(levels, c)
	if f == nil || f.local {
		return
	}
	f.asked = true
	out := f.face(r.local)
	r.fallback(out, rest, c)
	src := out.Sources[0]
	fetch := Fetch{URL: src.URL, Kind: Font, Mode: CORS, Element: id, Property: "font-family", SheetURL: f.sheet.url, Line: src.Line, Font: out}
	if r.first(&fetch) {
		*list = append(*list, fetch)
	}
}

// fallback notes which faces a character needs if a face fails.
func (r *run) fallback(out *FontFace, rest [][]*activeFace, c rune) {
	for {
		f, after := chooseFace(rest, c)
		if f == nil || f.local {
			return
		}
		next := f.face(r.local)
		if next == out || slices.Contains(out.Next, next) {
			return
		}
		out.Next = append(out.Next, next)
		out, rest = next, after
	}
}

// face returns the request for an activeFace, made once for each Collect.
func (f *activeFace) face(local map[string]bool) *FontFace {
	if f.out != nil {
		return f.out
	}
	f.out = &FontFace{Family: f.name}
	for i := range f.sources {
		src := &f.sources[i]
		if src.local != "" {
			if local[src.local] {
				break
			}
			continue
		}
		if src.url.IsZero() {
			continue
		}
		if src.url.Scheme() == "data" {
			break
		}
		f.out.Sources = append(f.out.Sources, FontSource{URL: src.url, Raw: src.raw, Line: src.line})
	}
	return f.out
}
