package css

import (
	"strconv"
	"strings"
)

// atRule reads an at-rule, p.pos being at its @.
func (p *sheetParser) atRule(ctx blockContext, top bool) {
	at := p.pos
	end, escaped := p.lexer.name(at + 1)
	name := p.src[at+1 : end]
	if escaped {
		name = unescape(name, false)
	}
	name = lowerASCII(name)
	stop := uint8(stopSemicolon | stopLBrace)
	if !top {
		stop |= stopRBrace
	}
	i := p.scan(end, stop)
	prelude := p.src[end:i]
	p.pos = i
	block := i < len(p.src) && p.src[i] == '{'
	if !block {
		if i < len(p.src) && p.src[i] == ';' {
			p.pos++
		}
		p.statement(name, prelude, ctx, top, at)
		return
	}
	p.importsOK = false
	p.pos = i + 1
	switch name {
	case "font-face":
		p.fontFace(ctx)
		return
	case "property":
		p.registerProperty(strings.Trim(prelude, " \t\n\r\f"), ctx)
		return
	case "keyframes", "-webkit-keyframes":
		p.keyframes(prelude, ctx)
		return
	case "media":
		media := p.cursorOf(prelude)
		p.group(ctx, groupCondition{media: parseMediaTokens(media)})
		return
	case "supports":
		c := p.cursorOf(prelude)
		if t, ok := parseSupports(&c, 0); ok && t == isTrue {
			p.nested(ctx)
			return
		}
	case "layer":
		c := p.cursorOf(prelude)
		layer := "\x00" // anonymous: unlike all others
		if c.space(); c.done() {
			p.anonymous++
			layer += strconv.Itoa(p.anonymous)
		} else if n, ok := parseLayerName(&c); ok {
			layer = n
		} else {
			break
		}
		ctx.layer = p.layer(ctx.layer, layer)
		p.nested(ctx)
		return
	case "starting-style":
		p.group(ctx, groupCondition{starting: true})
		return
	case "container":
		if q, ok := parseContainerQuery(p.cursorOf(prelude)); ok {
			p.group(ctx, groupCondition{container: q})
			return
		}
	case "scope":
		if s, ok := p.scopePrelude(prelude, ctx); ok {
			ctx.rule, ctx.scoped = nil, true
			p.group(ctx, groupCondition{scope: s})
			return
		}
	}
	p.pos = p.skipBlock(i)
}

// statement reads an at-rule without a block.
func (p *sheetParser) statement(name, prelude string, ctx blockContext, top bool, at int) {
	s := p.sheet
	switch name {
	case "charset":
	case "layer":
		c := p.cursorOf(prelude)
		var names []string
		for _, part := range c.split() {
			n, ok := parseLayerName(&part)
			if !ok {
				return
			}
			names = append(names, n)
		}
		for _, n := range names {
			p.layer(ctx.layer, n)
		}
	case "import":
		if !top || !p.importsOK {
			return
		}
		imp, ok := parseImportPrelude(prelude)
		if !ok {
			return
		}
		if len(s.imports) >= p.limits.Imports {
			p.problem("imports", p.limits.Imports)
			return
		}
		u, err := s.base.Parse(imp.raw)
		if err == nil && u.WithoutFragment().String() == s.base.WithoutFragment().String() {
			return // itself, such as @import "": Chromium requests no sheet in itself
		}
		s.order = append(s.order, layerEvent{layer: -1, imp: int32(len(s.imports))})
		s.imports = append(s.imports, Import{
			URL: u, Raw: imp.raw, Line: p.lineOf(at), Media: imp.media, Layer: imp.layer, HasLayer: imp.layered,
			SupportsOK: !imp.invalid,
		})
	case "namespace":
		p.importsOK = false
		c := p.cursorOf(prelude)
		c.space()
		prefix := c.next()
		c.space()
		if uri, ok := parseURLValue(&c); ok && prefix.kind == tokIdent {
			if s.namespaces == nil {
				s.namespaces = map[string]string{}
			}
			s.namespaces[prefix.text(c.src)] = uri
		}
	default:
		if knownAtRule(name) {
			p.importsOK = false
		}
	}
}

// cursorOf makes tokens of a prelude; they are good until the next call.
func (p *sheetParser) cursorOf(s string) cursor {
	toks, ok := appendTokens(p.toks[:0], s, maxMediaTokens)
	p.toks = toks
	if !ok {
		p.problem("tokens of a prelude", maxMediaTokens)
	}
	return cursor{src: s, toks: toks}
}

// layer returns the index of a layer, which is new or known, by its name below
// the layer around it.
func (p *sheetParser) layer(parent int32, name string) int32 {
	s := p.sheet
	if parent >= 0 {
		name = s.layers[parent] + "." + name
	}
	if i, known := p.layers[name]; known {
		return i
	}
	const maxLayers = 4096
	if len(s.layers) >= maxLayers {
		p.problem("layers", maxLayers)
		return parent
	}
	if p.layers == nil {
		p.layers = map[string]int32{}
	}
	p.layers[name] = int32(len(s.layers))
	s.layers = append(s.layers, name)
	s.order = append(s.order, layerEvent{layer: int32(len(s.layers) - 1), imp: -1})
	return int32(len(s.layers) - 1)
}

// group reads the block of a conditional group.
func (p *sheetParser) group(ctx blockContext, g groupCondition) {
	g.parent = ctx.cond
	p.sheet.conds = append(p.sheet.conds, g)
	ctx.cond = int32(len(p.sheet.conds) - 1)
	p.nested(ctx)
}

// nested reads the block of a group: rules, or in a style rule or @scope
// declarations too.
func (p *sheetParser) nested(ctx blockContext) {
	if ctx.rule != nil || ctx.scoped {
		p.block(ctx)
		return
	}
	if p.enter() {
		p.rules(ctx, false)
		p.depth--
	}
}

// scopePrelude reads (<roots>)? [to (<limits>)]?
func (p *sheetParser) scopePrelude(prelude string, ctx blockContext) (*scopeRule, bool) {
	c := p.cursorOf(prelude)
	toks := append([]token(nil), c.toks...) // the parent's selector may need the room
	c.toks = toks
	s := &scopeRule{}
	sc := selectorContext{noPseudo: true, namespaces: p.sheet.namespaces}
	if ctx.rule != nil {
		sc.parent = p.selectors(ctx.rule)
		sc.nested = sc.parent != nil
	}
	var err error
	c.space()
	if c.peek().kind == tokLParen {
		if s.roots, err = parseSelectorList(c.block(), sc); err != nil {
			return nil, false
		}
		c.space()
	} else if ctx.rule != nil {
		s.roots = sc.parent
	}
	if c.peekIs("to") {
		c.next()
		c.space()
		if c.peek().kind != tokLParen {
			return nil, false
		}
		sc.scoped = true
		if s.limits, err = parseSelectorList(c.block(), sc); err != nil {
			return nil, false
		}
		c.space()
	}
	return s, c.done()
}

// containerQuery is an @container condition. Sizes of containers are known to
// layout only: without one, where neither a container nor those around it say how
// wide they are, it is taken to be as wide as the viewport, and always as high.
type containerQuery struct {
	name   string      // "": any container
	cond   *condition  // nil: none
	needs  containment // of the container, for cond
	sized  bool        // cond asks for sizes
	styles []string    // custom properties that it asks for
}

func parseContainerQuery(c cursor) (*containerQuery, bool) {
	q := &containerQuery{}
	c = trimTokens(c)
	if t := c.peek(); t.kind == tokIdent && !t.is(c.src, "not") && !t.is(c.src, "none") {
		q.name = t.text(c.src)
		c.next()
		if c.space(); c.done() {
			return q, true
		}
	}
	cond, ok := parseCondition(&c, true, 0)
	c.space()
	q.cond = &cond
	cond.walk(func(c *condition) {
		switch c.op {
		case condStyle:
			q.styles = append(q.styles, c.style.property)
		case condFeature, condUnknown:
			q.sized = true
		}
	})
	if q.sized {
		q.needs = widthContained
		for _, word := range []string{"height", "block-size", "aspect-ratio", "orientation"} {
			if strings.Contains(lowerASCII(c.src), word) {
				q.needs = sizeContained
			}
		}
	}
	return q, ok && c.done()
}

// parseStyleQuery reads the argument of style(), if it is about one custom property.
func parseStyleQuery(in cursor) (q styleQuery, ok bool) {
	in = trimTokens(in)
	name := in.next()
	q.property = name.text(in.src)
	if in.space(); in.peek().kind == tokColon {
		in.next()
		in = trimTokens(cursor{src: in.src, toks: in.toks[in.i:]})
		if n := len(in.toks); n > 0 {
			q.value = in.src[in.toks[0].start:in.toks[n-1].end]
		}
		in.i = len(in.toks)
	}
	return q, in.done() && name.kind == tokIdent && strings.HasPrefix(q.property, "--")
}
