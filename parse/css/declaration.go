package css

import (
	"slices"
	"strings"
)

type declaration struct {
	property  property
	important bool
	line      int32
	value     *value
}

// declaration reads a declaration and its semicolon, and keeps it if it is one
// that matters. It returns false, and moves nowhere, where none begins.
func (p *sheetParser) declaration() bool {
	if p.plainDeclarations(1) {
		return true
	}
	name, value, at, ok := p.rawDeclaration()
	if !ok {
		return false
	}
	p.keepDeclaration(name, value, at)
	return true
}

// What a declaration consists of that is written as almost all are.
const (
	bytePlain = 1 << iota // lower case letters, digits, hyphens
	byteStart             // lower case letters
	byteValue             // all that a scan can pass over
)

var plainBytes = func() (t [256]uint8) {
	for c := range t {
		if !scanBytes[c] {
			t[c] |= byteValue
		}
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= bytePlain | byteStart
	}
	for c := '0'; c <= '9'; c++ {
		t[c] |= bytePlain
	}
	t['-'] |= bytePlain
	return t
}()

// plainDeclarations reads so many declarations right behind each other, with a name
// in lower case, a colon right behind it, and a value without brackets, strings,
// comments or escapes. Where another comes it stops before it and returns false.
func (p *sheetParser) plainDeclarations(most int) bool {
	src := p.src
	for i := p.pos; most > 0; most-- {
		start := i
		if i+1 < len(src) && src[i] == '-' {
			i++ // -webkit-mask, but not --custom
		}
		if i >= len(src) || plainBytes[src[i]]&byteStart == 0 {
			return false
		}
		for i < len(src) && plainBytes[src[i]]&bytePlain != 0 {
			i++
		}
		if i >= len(src) || src[i] != ':' {
			return false
		}
		colon := i
		for i++; i < len(src) && plainBytes[src[i]]&byteValue != 0; {
			i++
		}
		if i >= len(src) {
			return false
		}
		end := i
		switch src[i] {
		case ';':
			i++
		case '}':
		default:
			return false
		}
		p.pos = i
		if prop, ok := p.propertyNamed(src[start:colon]); ok {
			p.keepPlain(prop, src[colon+1:end], colon+1)
		}
	}
	return true
}

// rawDeclaration cuts the next declaration. The name is as written.
func (p *sheetParser) rawDeclaration() (name, value string, at int, ok bool) {
	start := p.pos
	if !p.startsIdent(start) {
		return "", "", 0, false
	}
	end, escaped := p.name(start)
	name = p.src[start:end]
	if escaped {
		name = unescape(name, false)
	}
	p.pos = end
	p.skipSpace()
	if p.at(p.pos) != ':' {
		p.pos = start
		return "", "", 0, false
	}
	at = p.pos + 1
	custom := strings.HasPrefix(name, "--")
	stop := uint8(stopSemicolon | stopRBrace)
	if !custom {
		stop |= stopLBrace
	}
	i := p.scan(at, stop)
	if i < len(p.src) && p.src[i] == '{' {
		p.pos = start // a:hover { … }
		return "", "", 0, false
	}
	p.pos = i
	if i < len(p.src) && p.src[i] == ';' {
		p.pos++
	}
	return name, p.src[at:i], at, true
}

func (p *sheetParser) keepDeclaration(name, text string, at int) {
	s := p.sheet
	d := declaration{}
	if strings.HasPrefix(name, "--") {
		if len(name) == 2 {
			return
		}
		d.property = propCustom
		text, d.important = customValue(text)
		d.value = &value{name: name, text: text}
		if k, ok := wideWord(text); ok {
			d.value = &value{name: name, kind: k}
		}
		s.decls = append(s.decls, d)
		return
	}
	if prop, ok := p.propertyNamed(lowerASCII(name)); ok {
		p.keepProperty(prop, text, at)
	}
}

func (p *sheetParser) keepProperty(prop property, text string, at int) {
	switch {
	case prop.svgPaint() && !mentionsURL(text):
		// a colour does not undo a paint server here: both are never there in practice
	case (prop == propWidth || prop == propMaxWidth) && !p.sizes:
	case strings.IndexByte(text, '(') >= 0:
		p.parseDeclaration(prop, text, at)
	default:
		p.keepPlain(prop, text, at)
	}
}

// keepPlain is keepProperty for a value without functions.
func (p *sheetParser) keepPlain(prop property, text string, at int) {
	s := p.sheet
	if prop.svgPaint() || (prop == propWidth || prop == propMaxWidth) && !p.sizes {
		return
	}
	if p.short == nil || len(text) > maxShortValue || len(text) == 0 {
		p.parseDeclaration(prop, text, at)
		return
	}
	short := &p.short[shortSlot(prop, text)]
	if short.property == prop && short.text == text {
		if len(short.decls) == 1 {
			s.decls = append(s.decls, short.decls[0])
		} else {
			s.decls = append(s.decls, short.decls...)
		}
		return
	}
	first := len(s.decls)
	p.parseDeclaration(prop, text, at)
	*short = shortValue{prop, text, slices.Clone(s.decls[first:])} // the rule may yet be dropped, and its place used again
}

// propertyNamed looks up a property that this parser keeps.
func (p *sheetParser) propertyNamed(name string) (property, bool) {
	if !p.boxes {
		return propertyByName(name)
	}
	if b, ok := boxNames[name]; ok {
		return b, true
	}
	prop, ok := propertyByName(name)
	return prop, ok && (prop == shortAll || prop == shortContainer || prop == propContainerName || prop == propContainerType)
}

// shortValue is a declaration without functions, such as display: block, and what
// it sets: the same few are in most rules, so they are parsed once a sheet.
type shortValue struct {
	property property
	text     string
	decls    []declaration
}

const (
	maxShortValue = 24
	shortValues   = 32 // that are kept; a power of two
)

// shortSlot is where a value that is not empty is kept.
func shortSlot(p property, text string) int {
	return (int(p)*31 + len(text)*7 + int(text[0])*3 + int(text[len(text)-1])) & (shortValues - 1)
}

// parseDeclaration appends what a declaration sets, if it is valid.
func (p *sheetParser) parseDeclaration(prop property, text string, at int) {
	s := p.sheet
	d := declaration{}
	toks, ok := appendTokens(p.toks[:0], text, maxSelectorTokens)
	p.toks = toks
	if !ok {
		p.problem("tokens of a value", maxSelectorTokens)
		return
	}
	c := cursor{src: text}
	c.toks, d.important = cutImportant(cursor{src: text, toks: toks})
	ctx := valueContext{base: s.base}
	if mayHaveURL(toks) {
		ctx.line = p.lineOf(at + len(text) - len(strings.TrimLeft(text, " \t\n\r\f")))
	}
	p.out, ok = parseValue(p.out[:0], prop, c, &ctx)
	if !ok {
		return
	}
	d.line = int32(ctx.line)
	for i := range p.out {
		d.property, d.value = p.out[i].property, new(p.out[i].value)
		s.decls = append(s.decls, d)
	}
}

// mentionsURL reports whether a text may have a url(), or a variable.
func mentionsURL(s string) bool {
	i := strings.IndexByte(s, '(')
	return i >= 3 && strings.ContainsAny(s[:i], "lLrR\\")
}

// mayHaveURL reports whether it is worth knowing the line of the value.
func mayHaveURL(toks []token) bool {
	for i := range toks {
		if k := toks[i].kind; k == tokURL || k == tokFunction {
			return true
		}
	}
	return false
}

// customValue trims the value of a custom property and cuts its !important.
func customValue(s string) (string, bool) {
	s = strings.Trim(s, " \t\n\r\f")
	i := strings.LastIndexByte(s, '!')
	if i < 0 || !equalFold(strings.Trim(s[i+1:], " \t\n\r\f"), "important") {
		return s, false
	}
	return strings.TrimRight(s[:i], " \t\n\r\f"), true
}

func wideWord(s string) (valueKind, bool) {
	if len(s) < 5 || len(s) > 12 {
		return 0, false
	}
	toks, _ := tokenize(s, 2)
	return wideKeyword(&cursor{src: s, toks: toks})
}
