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
	asked  [2]uint64       // ASCII characters that were looked at
	all    bool            // the first family has a face for every character, and it is requested
}

// ownText asks for the fonts of the text right in an element.
func (r *run) ownText(id dom.ID, st *style) {
	t := r.t
	if len(st.families) == 0 || st.noText {
		return
	}
	if t.HasText(id) {
		needs := r.needs(st)
		if needs == nil || needs.all {
			return
		}
		for s := range t.Texts(id) {
			r.text(id, st, s)
		}
		return
	}
	if t.Atom(id) != atom.Input {
		return
	}
	value, ok := t.Attr(id, "value")
	switch typ := r.match.inputType(id); typ {
	case "checkbox", "radio", "image", "range", "color", "hidden":
		return
	case "submit":
		if !ok {
			value = "Submit"
		}
	case "reset":
		if !ok {
			value = "Reset"
		}
	case "file":
		value = "Choose File No file chosen"
	}
	if value == "" {
		value, _ = t.Attr(id, "placeholder")
	}
	r.text(id, st, value)
}

// needs returns what is known for the style, nil if no face is in question.
func (r *run) needs(st *style) *textNeeds {
	if len(st.families) == 0 {
		return nil
	}
	key := textKey{&st.families[0], st.weight, st.slope, st.stretch}
	n, known := r.texts[key]
	if known {
		return n
	}
	for i := range st.families {
		f := &st.families[i]
		if faces := r.families[f.name]; faces != nil && !f.generic {
			if n == nil {
				n = &textNeeds{}
			}
			n.levels = append(n.levels, matchFaces(faces, fontWish{st.weight, st.slope, st.stretch}))
		} else if f.generic || r.local[f.name] {
			break // has a glyph for everything
		}
	}
	if r.texts == nil {
		r.texts = map[textKey]*textNeeds{}
	}
	r.texts[key] = n
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
		if f := r.request(id, n.levels, c); f != nil && f.ranges == nil {
			n.all = true
			return
		}
	}
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

// request requests the face for a character, and returns it.
func (r *run) request(id dom.ID, levels [][]*activeFace, c rune) *activeFace {
	f, rest := chooseFace(levels, c)
	if f == nil || f.local {
		return f
	}
	out := f.face(r.local)
	r.fallback(out, rest, c)
	src := out.Sources[0]
	fetch := Fetch{URL: src.URL, Kind: Font, Mode: CORS, Element: id, Property: "font-family", SheetURL: f.sheet.url, Line: src.Line, Font: out}
	if r.first(&fetch) {
		r.fonts = append(r.fonts, fetch)
	}
	return f
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
