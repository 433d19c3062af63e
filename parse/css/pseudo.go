package css

import "strings"

// pseudoElement is what a selector's rule styles instead of the element.
type pseudoElement uint8

const (
	elementItself pseudoElement = iota
	pseudoBefore
	pseudoAfter
	pseudoMarker
	pseudoFirstLine
	pseudoFirstLetter
	pseudoPlaceholder
	pseudoShadow // an element in or around a shadow tree: ::slotted(), ::part()
	pseudoOther  // valid, but not there: ::selection, ::backdrop, parts of controls
)

// pseudoClass is a pseudo-class without arguments that can match.
type pseudoClass uint8

const (
	pseudoRoot pseudoClass = iota + 1
	pseudoScope
	pseudoEmpty
	pseudoFirstChild
	pseudoLastChild
	pseudoOnlyChild
	pseudoFirstOfType
	pseudoLastOfType
	pseudoOnlyOfType
	pseudoLink
	pseudoChecked
	pseudoDisabled
	pseudoEnabled
	pseudoRequired
	pseudoOptional
	pseudoReadOnly
	pseudoReadWrite
	pseudoPlaceholderShown
	pseudoDefault
	pseudoIndeterminate
	pseudoDefined
	pseudoOpen
	pseudoValid
	pseudoInvalid
	pseudoInRange
	pseudoOutOfRange
)

// pseudoClassByName tells what a name matches; those that need a user, a history
// or a script never match on a page that was just loaded. Kind 0 is unknown.
func pseudoClassByName(name string) (pseudoClass, simpleKind) {
	switch name {
	case "root":
		return pseudoRoot, selPseudo
	case "scope":
		return pseudoScope, selPseudo
	case "empty":
		return pseudoEmpty, selPseudo
	case "first-child":
		return pseudoFirstChild, selPseudo
	case "last-child":
		return pseudoLastChild, selPseudo
	case "only-child":
		return pseudoOnlyChild, selPseudo
	case "first-of-type":
		return pseudoFirstOfType, selPseudo
	case "last-of-type":
		return pseudoLastOfType, selPseudo
	case "only-of-type":
		return pseudoOnlyOfType, selPseudo
	case "link", "any-link", "-webkit-any-link":
		return pseudoLink, selPseudo
	case "checked":
		return pseudoChecked, selPseudo
	case "disabled":
		return pseudoDisabled, selPseudo
	case "enabled":
		return pseudoEnabled, selPseudo
	case "required":
		return pseudoRequired, selPseudo
	case "optional":
		return pseudoOptional, selPseudo
	case "read-only":
		return pseudoReadOnly, selPseudo
	case "read-write":
		return pseudoReadWrite, selPseudo
	case "placeholder-shown":
		return pseudoPlaceholderShown, selPseudo
	case "default":
		return pseudoDefault, selPseudo
	case "indeterminate":
		return pseudoIndeterminate, selPseudo
	case "defined":
		return pseudoDefined, selPseudo
	case "open":
		return pseudoOpen, selPseudo
	case "valid":
		return pseudoValid, selPseudo
	case "in-range":
		return pseudoInRange, selPseudo
	case "out-of-range":
		return pseudoOutOfRange, selPseudo
	case "invalid":
		return pseudoInvalid, selPseudo
	case "hover", "active", "focus", "focus-visible", "focus-within", "visited", "target", "target-current", "target-before", "target-after", "fullscreen", "-webkit-full-screen",
		"-webkit-full-screen-ancestor", "-webkit-full-page-media", "modal", "picture-in-picture", "playing", "paused", "seeking", "buffering", "stalled", "muted", "volume-locked",
		"popover-open", "user-valid", "user-invalid", "autofill", "-webkit-autofill", "-webkit-drag", "past", "future", "current", "active-view-transition",
		"xr-overlay", "has-slotted", "interest-source", "interest-target", "-webkit-autofill-selected":
		return 0, selNever
	}
	return 0, 0
}

// pseudoSelector reads what begins with a colon. A pseudo-element is noted in
// the parser and yields a simple of kind 0.
func (p *selectorParser) pseudoSelector() (s simple, ok bool) {
	c := p.c
	colon := c.next()
	double := c.peek().kind == tokColon && c.peek().start == colon.end
	if double {
		colon = c.next()
	}
	t := c.peek()
	if t.start != colon.end || t.kind != tokIdent && t.kind != tokFunction {
		return s, false
	}
	name := lowerASCII(t.text(c.src))
	if !double && t.kind == tokIdent {
		switch name {
		case "before", "after", "first-line", "first-letter":
			double = true
		}
	}
	if double {
		return s, p.pseudoElement(name, t.kind == tokFunction)
	}
	if t.kind == tokIdent {
		c.next()
		p.spec.b++
		if s.pseudo, s.kind = pseudoClassByName(name); name == "host" {
			s.kind = selHost
		}
		if p.pseudo != 0 {
			// ::before:hover, ::-webkit-scrollbar-thumb:horizontal: states that nothing is in
			p.pseudo = pseudoOther
			return simple{kind: selNever}, true
		}
		return s, s.kind != 0
	}
	if p.pseudo != 0 {
		return s, false
	}
	return p.functional(name)
}

func (p *selectorParser) pseudoElement(name string, function bool) bool {
	c := p.c
	if p.ctx.noPseudo || p.ctx.inHas {
		return false
	}
	p.spec.c++
	was := p.pseudo
	if function {
		in := c.block()
		switch name {
		case "slotted", "part":
			return p.shadowPseudo(name, in)
		case "cue", "cue-region", "highlight", "picker", "scroll-button", "column", "view-transition-group", "view-transition-group-children", "view-transition-image-pair",
			"view-transition-old", "view-transition-new":
			in.space()
			p.pseudo = pseudoOther
			return !in.done()
		}
		return false
	}
	c.next()
	switch name {
	case "before":
		p.pseudo = pseudoBefore
	case "after":
		p.pseudo = pseudoAfter
	case "marker":
		p.pseudo = pseudoMarker
	case "first-line":
		p.pseudo = pseudoFirstLine
	case "first-letter":
		p.pseudo = pseudoFirstLetter
	case "placeholder", "-webkit-input-placeholder":
		p.pseudo = pseudoPlaceholder
	case "selection", "backdrop", "cue", "target-text", "spelling-error", "grammar-error", "search-text", "view-transition", "details-content", "file-selector-button",
		"scroll-marker", "scroll-marker-group", "checkmark", "picker-icon", "column", "permission-icon":
		p.pseudo = pseudoOther
	default:
		if !strings.HasPrefix(name, "-webkit-") {
			return false
		}
		p.pseudo = pseudoOther // any -webkit- name is valid (Selectors 4, appendix B)
	}
	if was != 0 && was != pseudoShadow {
		p.pseudo = pseudoOther // ::before::marker and the like
	}
	return true
}

// functional reads a pseudo-class with arguments; p.c stands at the function.
func (p *selectorParser) functional(name string) (s simple, ok bool) {
	in := p.c.block()
	ctx := *p.ctx
	ctx.depth++
	ctx.noPseudo, ctx.forgiving, ctx.nested, ctx.scoped = true, false, false, false
	var err error
	switch name {
	case "is", "where", "matches", "-webkit-any":
		ctx.forgiving = name != "-webkit-any"
		if name == "matches" {
			return s, false
		}
		s.kind = selIs
		s.list, err = parseSelectorList(in, ctx)
		if name != "where" {
			p.spec.add(maxSpecificity(s.list))
		}
	case "not":
		s.kind = selNot
		s.list, err = parseSelectorList(in, ctx)
		p.spec.add(maxSpecificity(s.list))
	case "has":
		if ctx.inHas {
			return s, false
		}
		ctx.inHas = true
		s.kind = selHas
		s.list, err = parseSelectorList(in, ctx)
		p.spec.add(maxSpecificity(s.list))
	case "nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type":
		s.kind = selNth
		s.nth, err = parseNthSelector(&in, name, ctx)
		p.spec.b++
		if err == nil {
			p.spec.add(maxSpecificity(s.nth.of))
		}
	case "lang":
		s.kind = selLang
		s.value, ok = langRanges(&in)
		p.spec.b++
		return s, ok
	case "dir":
		in.space()
		t := in.next()
		in.space()
		s.kind, s.value = selDir, lowerASCII(t.text(in.src))
		p.spec.b++
		return s, t.kind == tokIdent && in.done()
	case "host", "host-context":
		s.kind = selHost
		if name == "host-context" {
			s.kind = selHostContext
		}
		s.list, err = parseSelectorList(in, ctx)
		p.spec.b++
		p.spec.add(maxSpecificity(s.list))
		return s, err == nil && len(s.list) == 1
	case "state", "active-view-transition-type":
		s.kind = selNever
		p.spec.b++
	default:
		return s, false
	}
	return s, err == nil
}

// langRanges reads the comma separated ranges of :lang(), joined by commas.
func langRanges(in *cursor) (string, bool) {
	var list []string
	for _, part := range in.split() {
		part.space()
		t := part.next()
		if part.space(); t.kind != tokIdent && t.kind != tokString || !part.done() {
			return "", false
		}
		list = append(list, lowerASCII(t.text(in.src)))
	}
	return strings.Join(list, ","), len(list) > 0
}
