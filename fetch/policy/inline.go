package policy

// InlineKind is a kind of code that stands in the markup.
type InlineKind uint8

// The kinds of inline code.
const (
	InlineScript    InlineKind = iota // the text of a script element, import maps included
	InlineStyle                       // the text of a style element
	StyleAttribute                    // the value of a style attribute
	ScriptAttribute                   // the value of an event handler attribute
	JavaScriptURL                     // a javascript: URL, its text being all of it
)

// inlineChains are the directives for a kind, the one that counts first (CSP sections 6.8.2 and 6.8.3).
var inlineChains = [...][]string{
	InlineScript:    {"script-src-elem", "script-src", "default-src"},
	InlineStyle:     {"style-src-elem", "style-src", "default-src"},
	StyleAttribute:  {"style-src-attr", "style-src", "default-src"},
	ScriptAttribute: {"script-src-attr", "script-src", "default-src"},
	JavaScriptURL:   {"script-src-elem", "script-src", "default-src"},
}

// element reports whether the kind is an element's text, which can have a nonce.
func (k InlineKind) element() bool { return k == InlineScript || k == InlineStyle }

func (k InlineKind) style() bool { return k == InlineStyle || k == StyleAttribute }

// AllowsInline reports whether all policies allow the code: what an inline style sheet that is not allowed names is not
// fetched. nonce is the element's nonce attribute, "" where there is none. text is the text of the element, or the
// attribute's value, as hashes are made of it: as it stands in the document tree, in UTF-8. Scripts count as inserted
// by the parser.
func (c *CSP) AllowsInline(kind InlineKind, nonce, text string) bool {
	if c == nil || int(kind) >= len(inlineChains) {
		return true
	}
	for i := range c.policies {
		p := &c.policies[i]
		if !p.enforced() {
			continue
		}
		if d := p.first(inlineChains[kind]); d != nil && !d.list.allowsInline(kind, nonce, text) {
			return false
		}
	}
	return true
}

// allowsInline is CSP section 6.7.3.3, does element match source list for type and source.
func (l *sourceList) allowsInline(kind InlineKind, nonce, text string) bool {
	if l.allInline(kind) {
		return true
	}
	if kind.element() && l.hasNonce(nonce) {
		return true
	}
	return (kind.element() || l.unsafeHashes) && l.hasHashOf(text)
}

// allInline reports whether 'unsafe-inline' counts: a browser that knows nonces, hashes and 'strict-dynamic' ignores it
// beside them, so that one list serves old browsers too (CSP section 6.7.3.2).
func (l *sourceList) allInline(kind InlineKind) bool {
	return l.unsafeInline && len(l.nonces) == 0 && len(l.hashes) == 0 && (kind.style() || !l.dynamic)
}

// hasHashOf reports whether the list has a hash of the text. The text is hashed once with each algorithm of the list.
func (l *sourceList) hasHashOf(text string) bool {
	var sums [len(algorithms)][]byte
	for i := range l.hashes {
		d := &l.hashes[i]
		if sums[d.algorithm] == nil {
			h := d.algorithm.new()
			h.Write([]byte(text))
			sums[d.algorithm] = h.Sum(nil)
		}
		if d.equal(digest{d.algorithm, sums[d.algorithm]}) {
			return true
		}
	}
	return false
}
