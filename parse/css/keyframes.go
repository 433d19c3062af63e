package css

import (
	"slices"
	"strings"

	"pageload/parse/dom"
)

// keyframesRule is a @keyframes rule that may have images.
type keyframesRule struct {
	name   string
	cond   int32
	frames []keyframe
}

// keyframe is a block of a @keyframes rule.
type keyframe struct {
	at          float64 // percent
	first, last int32   // its declarations are decls[first:last]
}

// activeKeyframes is a keyframesRule in its sheet.
type activeKeyframes struct {
	rule *keyframesRule
	use  *sheetUse
}

// animation is one of the animation property.
type animation struct {
	name    string
	reverse bool // it begins with its last frame
	paused  bool
	late    bool    // it has not begun: only the frame that it begins with is shown
	over    bool    // it takes no time, and its last frame stays
	at      float64 // how far it is when it begins, in percent
}

const maxKeyframes = 1000 // of a rule

// keyframes reads a @keyframes rule, p.pos being behind its brace. Rules without
// images are passed over.
func (p *sheetParser) keyframes(prelude string, ctx blockContext) {
	start := p.pos
	end := p.skipBlock(start - 1)
	if text := p.src[start:end]; !mentionsImage(text) && !strings.Contains(text, "var(") {
		p.pos = end
		return
	}
	p.pos = start // which scanning moves
	c := p.cursorOf(prelude)
	c.space()
	name := c.next()
	k := keyframesRule{name: name.text(c.src), cond: ctx.cond}
	for p.skipSpace(); p.pos < end && p.at(p.pos) != '}'; p.skipSpace() {
		at := p.pos
		open := p.scan(at, stopLBrace|stopRBrace)
		if p.at(open) != '{' {
			break
		}
		selector := p.src[at:open]
		f := keyframe{first: int32(len(p.sheet.decls))}
		p.pos = open + 1
		p.frame()
		f.last = int32(len(p.sheet.decls))
		for part := range strings.SplitSeq(selector, ",") {
			if at, ok := framePercent(part); ok && len(k.frames) < maxKeyframes {
				f.at = at
				k.frames = append(k.frames, f)
			}
		}
	}
	p.pos = end
	if len(k.frames) > 0 && hasImageProperty(p.sheet.decls[k.frames[0].first:]) && (name.kind == tokIdent || name.kind == tokString) {
		p.sheet.keyframes = append(p.sheet.keyframes, k)
	}
}

// frame reads the declarations of a keyframe and its closing brace.
func (p *sheetParser) frame() {
	for {
		p.skipSpace()
		if p.pos >= len(p.src) {
			return
		}
		if p.src[p.pos] == '}' {
			p.pos++
			return
		}
		if p.declaration() {
			continue
		}
		if p.pos = p.scan(p.pos, stopSemicolon|stopRBrace); p.at(p.pos) == ';' {
			p.pos++
		}
	}
}

func hasImageProperty(decls []declaration) bool {
	for i := range decls {
		if p := decls[i].property; firstImageProperty <= p && p < numProperties {
			return true
		}
	}
	return false
}

func mentionsImage(s string) bool {
	return strings.Contains(s, "url(") || strings.Contains(s, "image-set(") || strings.Contains(s, "URL(")
}

// framePercent reads a keyframe selector: from, to or a percentage.
func framePercent(s string) (float64, bool) {
	toks, _ := tokenize(trimHTML(s), 2)
	if len(toks) != 1 {
		return 0, false
	}
	switch t := toks[0]; {
	case t.is(trimHTML(s), "from"):
		return 0, true
	case t.is(trimHTML(s), "to"):
		return 100, true
	default:
		return t.num, t.kind == tokPercentage && 0 <= t.num && t.num <= 100
	}
}

const animationKeywords = "ease linear ease-in ease-out ease-in-out step-start step-end infinite normal alternate none forwards running auto replace add accumulate"

// parseAnimations reads animation, or animation-name: those animations that
// show something at once. One that waits does only if its fill mode says so.
func parseAnimations(c cursor, shorthand bool) (list []animation) {
	for _, part := range c.split() {
		a := animation{}
		var times [2]float64 // in seconds: how long it takes, and when it begins
		n, before, after := 0, false, false
		for ; !part.done(); part.skipValue() {
			t := part.peek()
			switch {
			case t.kind == tokDimension && n < 2:
				if times[n] = t.num; equalFold(t.text(part.src), "ms") {
					times[n] /= 1000
				}
				n++
			case t.is(part.src, "reverse"), t.is(part.src, "alternate-reverse"):
				a.reverse = true
			case t.is(part.src, "paused"):
				a.paused = true
			case t.is(part.src, "backwards"):
				before = true
			case t.is(part.src, "forwards"):
				after = true
			case t.is(part.src, "both"):
				before, after = true, true
			case t.kind == tokString, t.kind == tokIdent && !hasWord(animationKeywords, lowerASCII(t.text(part.src))):
				a.name = t.text(part.src)
			}
		}
		switch takes, begins := times[0], times[1]; {
		case a.name == "", begins > 0 && !before:
			continue
		case !shorthand: // animation-duration says more
		case begins > 0:
			a.late = true
		case takes <= 0 || -begins >= takes:
			if a.over = true; !after {
				continue
			}
		case begins < 0:
			a.at = 100 * -begins / takes
		}
		list = append(list, a)
	}
	return list
}

// addKeyframes adds the @keyframes rules of a sheet; the last of a name wins.
func (x *indexer) addKeyframes(u *sheetUse) {
	for i := range u.sheet.keyframes {
		k := &u.sheet.keyframes[i]
		if u.conds[k.cond] == condFails {
			continue
		}
		if x.keyframes == nil {
			x.keyframes = map[string]activeKeyframes{}
		}
		x.keyframes[k.name] = activeKeyframes{k, u}
	}
}

// animate lists the images that an element's animations show at once.
func (r *run) animate(out *[]Fetch, id dom.ID, st *style) {
	if r.keyframes == nil {
		return
	}
	v := r.value(propAnimation, st.vars)
	if v == nil || len(v.animations) == 0 {
		return
	}
	if d := r.value(propAnimationTime, st.vars); d == nil || d.num <= 0 {
		return
	}
	for _, a := range v.animations {
		if k, known := r.keyframes[a.name]; known {
			r.animation(out, id, st, &a, k)
		}
	}
}

// animation lists the images of the frame that an animation is at, and of the
// one that it goes to: those are blended where there is something to blend with.
func (r *run) animation(out *[]Fetch, id dom.ID, st *style, a *animation, k activeKeyframes) {
	at, toward := a.at, 1.0
	if a.over {
		at = 100
	}
	if a.reverse {
		at, toward = 100-at, -1
	}
	begin, next := -1.0, 1000.0 // the frames around
	for _, f := range k.rule.frames {
		switch ahead := (f.at - at) * toward; {
		case ahead <= 0 && (begin < 0 || ahead > (begin-at)*toward):
			begin = f.at
		case ahead > 0 && ahead < (next-at)*toward || ahead > 0 && next > 100:
			next = f.at
		}
	}
	var blends [numProperties]bool
	for p := firstImageProperty; p < numProperties; p++ {
		blends[p] = begin < 0 && r.win[p].d != nil // with what the rules say
	}
	for _, f := range k.rule.frames {
		if f.at == begin {
			r.frameImages(out, id, st, k.use, f, func(p property) bool { blends[p] = true; return true })
		}
	}
	if a.paused || a.late || a.over {
		return
	}
	for _, f := range k.rule.frames {
		if f.at == next {
			r.frameImages(&r.layout, id, st, k.use, f, func(p property) bool { return blends[p] })
		}
	}
}

// startingStyle reports whether a condition is, or stands in, an @starting-style.
func (s *Sheet) startingStyle(cond int32) bool {
	for ; cond != 0; cond = s.conds[cond].parent {
		if s.conds[cond].starting {
			return true
		}
	}
	return false
}

// startingStyles lists the images of the style that an element has before its
// first one (CSS Transitions 2, section 2.3), and leaves the rules out that only
// count for it.
func (r *run) startingStyles(f *frame, parent *style, ua *uaStyle, inline *inlineStyle, hints []declaration) {
	isStarting := func(x found) bool { return x.entry.starting }
	r.pseudos = slices.DeleteFunc(r.pseudos, isStarting)
	if !slices.ContainsFunc(r.found, isStarting) {
		return
	}
	r.cascade(inline, hints)
	if r.computed(&f.st, parent, ua); f.st.display != displayNone {
		r.list(r.listOf(&f.st), f.id, &f.st)
	}
	r.found = slices.DeleteFunc(r.found, isStarting)
}

// frameImages lists the images of a keyframe, of the properties that take it.
func (r *run) frameImages(out *[]Fetch, id dom.ID, st *style, use *sheetUse, f keyframe, take func(property) bool) {
	for i := f.first; i < f.last; i++ {
		d := &use.sheet.decls[i]
		p := d.property
		if p < firstImageProperty || p >= numProperties || d.important || r.win[p].d != nil && r.win[p].d.important {
			continue
		}
		was := r.win[p]
		r.win[p] = winner{d, use}
		if v := r.value(p, st.vars); v != nil && v.kind == valueSet && len(v.images) > 0 && take(p) {
			r.emit(out, p, r.win[p], v.images, id)
		}
		r.win[p] = was
	}
}
