package css

import "strings"

// Bounds of var() substitution: values that double themselves grow without end
// otherwise ("billion laughs"; CSS Variables 1, section 3.3).
const (
	maxSubstituted = 64 << 10 // bytes of a value
	maxVarDepth    = 64
)

// registered is an @property rule (CSS Properties and Values 1, section 2).
type registered struct {
	name     string
	initial  string
	inherits bool
	cond     int32
}

// registerProperty reads the block of an @property rule.
func (p *sheetParser) registerProperty(name string, ctx blockContext) {
	reg := registered{name: name, cond: ctx.cond}
	given := 0
	for p.skipSpace(); p.pos < len(p.src) && p.src[p.pos] != '}'; p.skipSpace() {
		name, value, _, ok := p.rawDeclaration()
		if !ok {
			if p.pos = p.scan(p.pos, stopSemicolon|stopRBrace); p.at(p.pos) == ';' {
				p.pos++
			}
			continue
		}
		switch value = strings.Trim(value, " \t\n\r\f"); lowerASCII(name) {
		case "syntax":
			given |= 1
		case "inherits":
			given |= 2
			reg.inherits = equalFold(value, "true")
		case "initial-value":
			given |= 4
			reg.initial = value
		}
	}
	if p.pos < len(p.src) {
		p.pos++
	}
	const most = 1000
	if given == 7 && strings.HasPrefix(name, "--") && len(p.sheet.registered) < most {
		p.sheet.registered = append(p.sheet.registered, reg)
	}
}

// customs are the custom properties that an element declares; the others it
// has from its parent.
type customs struct {
	parent *customs
	values []customValueOf
	index  map[string]int // of values, once there are many
}

const manyCustoms = 16

type customValueOf struct {
	name  string
	text  string
	state customState
}

type customState uint8

const (
	customRaw     customState = iota // text may have var()
	customBusy                       // being substituted
	customDone                       // text is final
	customInvalid                    // as if it were not there, and the parent's neither
)

// add declares a property; a later one with the same name wins.
func (c *customs) add(name, text string, state customState) {
	if v := c.own(name); v != nil {
		v.text, v.state = text, state
		return
	}
	c.values = append(c.values, customValueOf{name, text, state})
	switch n := len(c.values); {
	case n == manyCustoms:
		c.index = make(map[string]int)
		for i := range c.values {
			c.index[c.values[i].name] = i
		}
	case n > manyCustoms:
		c.index[name] = n - 1
	}
}

func (c *customs) own(name string) *customValueOf {
	if c.index != nil {
		if i, ok := c.index[name]; ok {
			return &c.values[i]
		}
		return nil
	}
	for i := range c.values {
		if c.values[i].name == name {
			return &c.values[i]
		}
	}
	return nil
}

func (c *customs) find(name string) (*customs, *customValueOf) {
	for ; c != nil; c = c.parent {
		if v := c.own(name); v != nil {
			return c, v
		}
	}
	return nil, nil
}

// substituter replaces var(), env() and if() in values.
type substituter struct {
	device *Device
	steps  *int // left, shared with the matcher
	stack  []*customValueOf
	over   func(limit string, max int)

	registered map[string]*registered
	inherited  *customs // the element's properties, if they are all its parent's
}

// lookup returns the value of a custom property, substituted.
func (s *substituter) lookup(env *customs, name string) (string, bool) {
	at, v := env.find(name)
	reg := s.registered[name]
	if v == nil || v.state == customInvalid || reg != nil && !reg.inherits && (at != env || at == s.inherited) {
		if reg != nil {
			return reg.initial, true
		}
		return "", false
	}
	switch v.state {
	case customDone:
		return v.text, true
	case customBusy: // a cycle: all in it are invalid
		for i := len(s.stack) - 1; i >= 0; i-- {
			s.stack[i].state = customInvalid
			if s.stack[i] == v {
				break
			}
		}
		return "", false
	}
	if len(s.stack) >= maxVarDepth {
		s.over("nested var()", maxVarDepth)
		return "", false
	}
	v.state = customBusy
	s.stack = append(s.stack, v)
	text, ok := s.substitute(at, v.text)
	s.stack = s.stack[:len(s.stack)-1]
	if v.state == customInvalid || !ok {
		v.state = customInvalid
		return "", false
	}
	v.text, v.state = text, customDone
	return text, true
}

// substitute returns text with its substitution functions replaced. ok is
// false where that makes the value invalid.
func (s *substituter) substitute(env *customs, text string) (string, bool) {
	if strings.IndexByte(text, '(') < 0 {
		return text, true
	}
	toks, ok := tokenize(text, maxSubstituted)
	if !ok || !hasSubstitution(cursor{src: text, toks: toks}) {
		return text, ok
	}
	var b strings.Builder
	ok = s.write(&b, env, cursor{src: text, toks: toks}, 0)
	return b.String(), ok
}

func (s *substituter) write(b *strings.Builder, env *customs, c cursor, depth int) bool {
	if depth > maxVarDepth {
		s.over("nested var()", maxVarDepth)
		return false
	}
	for !c.done() {
		t := c.peek()
		if *s.steps -= 1 + len(t.text(c.src))/16; *s.steps <= 0 {
			return false
		}
		if b.Len() > maxSubstituted {
			s.over("bytes of a value with var()", maxSubstituted)
			return false
		}
		name := ""
		if t.kind == tokFunction {
			name = lowerASCII(t.text(c.src))
		}
		switch name {
		case "var", "env":
			if !s.reference(b, env, c.block(), name, depth) {
				return false
			}
		case "if":
			if !s.branch(b, env, c.block(), depth) {
				return false
			}
		default:
			b.WriteString(c.src[t.start:t.end])
			if t.kind == tokString && t.textEnd == t.end {
				b.WriteByte(c.src[t.start]) // the end of the source had closed it
			}
			c.next()
			if !c.done() && c.toks[c.i].start > t.end {
				b.WriteString("/**/") // a comment was there
			}
		}
	}
	return true
}

// reference replaces var(--name, fallback) and env(name, fallback).
func (s *substituter) reference(b *strings.Builder, env *customs, in cursor, fn string, depth int) bool {
	in.space()
	name := in.next()
	if name.kind != tokIdent {
		return false
	}
	text, ok := "", false
	if id := name.text(in.src); fn == "var" {
		text, ok = s.lookup(env, id)
	} else if strings.HasPrefix(id, "safe-area-inset-") {
		text, ok = "0px", true
	}
	if ok {
		// comments keep the text from growing together with its neighbours
		b.WriteString("/**/")
		b.WriteString(text)
		b.WriteString("/**/")
		return b.Len() <= maxSubstituted
	}
	for !in.done() && in.peek().kind != tokComma {
		in.skipValue()
	}
	if in.done() {
		return false
	}
	in.next()
	b.WriteString("/**/")
	return s.write(b, env, cursor{src: in.src, toks: in.toks[in.i:]}, depth+1)
}

// branch replaces if(condition: value; …; else: value) (CSS Values 5, section 9).
func (s *substituter) branch(b *strings.Builder, env *customs, in cursor, depth int) bool {
	for !in.done() {
		start := in.i
		colon := -1
		for !in.done() && in.peek().kind != tokSemicolon {
			if in.peek().kind == tokColon && colon < 0 {
				colon = in.i
			}
			in.skipValue()
		}
		if colon >= 0 {
			cond := trimTokens(cursor{src: in.src, toks: in.toks[start:colon]})
			if s.holds(cond) {
				return s.write(b, env, trimTokens(cursor{src: in.src, toks: in.toks[colon+1 : min(in.i, len(in.toks))]}), depth+1)
			}
		}
		in.next()
	}
	return false
}

// holds evaluates one condition of if(). Style queries do not hold.
func (s *substituter) holds(c cursor) bool {
	t := c.peek()
	switch {
	case t.is(c.src, "else"):
		return true
	case t.isFunc(c.src, "media"):
		in := c.block()
		bare := in // a feature needs no parentheses of its own
		if f, ok := parseFeature(&bare); ok {
			return f.eval(s.device) == isTrue
		}
		return parseMediaTokens(in).match(s.device)
	case t.isFunc(c.src, "supports"):
		v, ok := supportsFunction(c.block())
		return ok && v == isTrue
	case t.is(c.src, "not"):
		c.next()
		c.space()
		if n := c.peek(); n.isFunc(c.src, "style") {
			return false
		}
		return !s.holds(c)
	}
	return false
}
