package css

import (
	"strings"

	"pageload/parse/dom"
)

// keyframesRule is a @keyframes rule with images.
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
}

const maxKeyframes = 1000 // of a rule

// keyframes reads a @keyframes rule, p.pos being behind its brace. Rules without
// images are passed over.
func (p *sheetParser) keyframes(prelude string, ctx blockContext) {
	start := p.pos
	end := p.skipBlock(start - 1)
	if !mentionsImage(p.src[start:end]) {
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
	if len(k.frames) > 0 && (name.kind == tokIdent || name.kind == tokString) {
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
// run at once. One that waits shows nothing yet, unless its fill mode says so.
func parseAnimations(c cursor, shorthand bool) (list []animation) {
	for _, part := range c.split() {
		a := animation{}
		var times [2]float64
		n, fills := 0, false
		for ; !part.done(); part.skipValue() {
			t := part.peek()
			switch {
			case t.kind == tokDimension && n < 2:
				times[n] = t.num
				n++
			case t.is(part.src, "reverse"), t.is(part.src, "alternate-reverse"):
				a.reverse = true
			case t.is(part.src, "paused"):
				a.paused = true
			case t.is(part.src, "backwards"), t.is(part.src, "both"):
				fills = true
			case t.kind == tokString, t.kind == tokIdent && !hasWord(animationKeywords, lowerASCII(t.text(part.src))):
				a.name = t.text(part.src)
			}
		}
		if a.name != "" && (!shorthand || times[0] > 0) && (times[1] <= 0 || fills) {
			list = append(list, a)
		}
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

// animate lists the images of an element's animations: of the frame that they
// begin with, and, because images are blended, of the next one.
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
		k, known := r.keyframes[a.name]
		if !known {
			continue
		}
		begin, next := 0.0, 1000.0
		if a.reverse {
			begin = 100
		}
		for _, f := range k.rule.frames {
			if f.at != begin && abs(f.at-begin) < abs(next-begin) {
				next = f.at
			}
		}
		var first [numProperties]bool
		for _, f := range k.rule.frames {
			if f.at == begin {
				r.frameImages(out, id, st, k.use, f, func(p property) bool { first[p] = true; return true })
			}
		}
		for _, f := range k.rule.frames {
			if f.at == next && !a.paused {
				r.frameImages(&r.layout, id, st, k.use, f, func(p property) bool { return first[p] })
			}
		}
	}
}

func abs(v float64) float64 { return max(v, -v) }

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
