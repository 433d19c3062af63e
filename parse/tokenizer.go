package parse

import (
	"bytes"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// state is where the tokenizer stopped for want of bytes. The names are those
// of the HTML standard, section 13.2.5, where there is one.
type state uint8

const (
	stateText    state = iota // any content model; see tokenizer.model
	stateMarkup               // at "<!", waiting to see which declaration it is
	stateTagName              // this and the following are within a tag
	stateBeforeAttr
	stateAttrName
	stateAfterAttr // after attribute name
	stateBeforeValue
	stateDoubleQuoted
	stateSingleQuoted
	stateUnquoted
	stateAfterValue  // after attribute value (quoted)
	stateSelfClosing // self-closing start tag
	stateComment
	stateBogus // bogus comment
	stateDoctype
	stateCData
)

// tokenizer cuts the source into tokens. It looks at every byte a bounded
// number of times, however the source is cut into pieces: where the bytes end
// within a token it keeps its state and goes on from there.
type tokenizer struct {
	src      []byte // what has come so far
	final    bool   // nothing will follow
	clean    bool   // there is neither a CR nor a NUL in src
	pos      int    // next byte to look at
	start    int    // begin of the token, or of text not yet handed out
	hold     int    // begin of an unfinished character reference plus 1, within the text
	state    state
	model    model
	ended    atom.Atom // the element whose end tag ends raw text; all that have such text have an atom
	escape   uint8     // script data: 0, 1 escaped, 2 double escaped
	cdata    bool      // CDATA sections are recognised: the tree builder is in foreign content
	cur      token     // tag under construction
	attr     dom.SourceAttr
	attrs    []dom.SourceAttr
	seen     map[string]struct{} // attribute names of a tag with many
	maxAttrs int
	dropped  bool   // attributes beyond maxAttrs were dropped
	scratch  []byte // for names in upper case
	names    [1 << nameBits]knownName
}

// byte classes.
const (
	classSpace   = 1 << iota // tab, LF, FF, CR, space
	classTagEnd              // ends a tag name: space, / or >
	classNameEnd             // ends an attribute name: the same and =
	classOdd                 // upper case or NUL: the name is not as it stands
	classAlpha               // ASCII letter
	classRef                 // may go on in a character reference: letters and digits
	classValEnd              // ends an unquoted value: space or >
)

// classes says of each byte what it may be. It is never changed.
var classes = makeClasses()

func makeClasses() (t [256]uint8) {
	for _, c := range " \t\n\f\r" {
		t[c] |= classSpace | classTagEnd | classNameEnd | classValEnd
	}
	t['/'] |= classTagEnd | classNameEnd
	t['>'] |= classTagEnd | classNameEnd | classValEnd
	t['='] |= classNameEnd
	t[0] |= classOdd
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= classAlpha | classRef
		t[c-'a'+'A'] |= classAlpha | classRef | classOdd
	}
	for c := '0'; c <= '9'; c++ {
		t[c] |= classRef
	}
	return t
}

// next reads the next token into t. It returns false when it needs more
// bytes or, with final set, at the end.
func (z *tokenizer) next(t *token) bool {
	for {
		switch z.state {
		case stateText:
			var got, more bool
			switch z.model {
			case modelData:
				got, more = z.text(t)
			case modelScript:
				got, more = z.script(t)
			case modelPlaintext:
				got, more = z.plaintext(t)
			default:
				got, more = z.rawText(t)
			}
			if got {
				return true
			}
			if !more {
				return false
			}
		case stateMarkup:
			if !z.markup() {
				return false
			}
		case stateComment, stateBogus, stateDoctype, stateCData:
			if !z.declaration(t) {
				return false
			}
			return true
		default:
			if !z.tag() {
				return false
			}
			*t = z.cur
			z.startText(int(t.end))
			return true
		}
	}
}

// startText begins the text at off.
func (z *tokenizer) startText(off int) {
	z.pos, z.start, z.hold, z.state = off, off, 0, stateText
}

// setModel sets how the text after the start tag t is read.
func (z *tokenizer) setModel(m model, t *token) {
	z.model, z.ended, z.escape = m, t.atom, 0
}

// text reads text of the data state up to the next tag. It returns whether it
// got a token, else whether to go on in another state.
func (z *tokenizer) text(t *token) (got, more bool) {
	if z.hold > 0 {
		z.resumeReference()
	}
	for z.hold == 0 {
		i := bytes.IndexByte(z.src[z.pos:], '<')
		if i < 0 {
			z.pos = len(z.src)
			break
		}
		lt := z.pos + i
		if lt+1 >= len(z.src) {
			if z.final {
				z.pos = len(z.src)
				break
			}
			z.pos = lt
			return z.emitText(t, lt), false
		}
		c := z.src[lt+1]
		s, kind := stateTagName, startTag
		switch {
		case classes[c]&classAlpha != 0:
			z.pos = lt + 1
		case c == '/':
			kind = endTag
			if lt+2 >= len(z.src) {
				if z.final {
					z.pos = len(z.src)
					continue
				}
				z.pos = lt
				return z.emitText(t, lt), false
			}
			z.pos = lt + 2
			if c = z.src[lt+2]; classes[c]&classAlpha == 0 {
				s = stateBogus
			}
		case c == '!':
			s = stateMarkup
			z.pos = lt + 2
		case c == '?':
			s = stateBogus
			z.pos = lt + 1
		default:
			z.pos = lt + 1
			continue
		}
		got := z.emitText(t, lt)
		z.start, z.state = lt, s
		if s == stateTagName {
			z.cur = token{kind: kind, start: uint32(lt), name: dom.Span{Start: uint32(z.pos)}, attrs: int32(len(z.attrs))}
		}
		return got, true
	}
	if z.final {
		z.hold = 0
		return z.emitText(t, len(z.src)), false
	}
	end := len(z.src)
	if z.hold > 0 {
		end = z.hold - 1
	} else {
		end = z.holdBack(end)
	}
	return z.emitText(t, end), false
}

// unclean reports whether there is a CR or a NUL.
func unclean(b []byte) bool { return bytes.IndexByte(b, '\r') >= 0 || bytes.IndexByte(b, 0) >= 0 }

// emitText makes the text from z.start to end a token, if there is any.
func (z *tokenizer) emitText(t *token, end int) bool {
	if end <= z.start {
		return false
	}
	b := z.src[z.start:end]
	*t = token{
		kind:  textToken,
		model: z.model,
		start: uint32(z.start),
		end:   uint32(end),
		dirty: z.model <= modelRCData && bytes.IndexByte(b, '&') >= 0 || !z.clean && unclean(b),
	}
	z.start = end
	return true
}

// holdBack returns how much of the text that ends at end may be handed out
// although more may follow: not an unfinished character reference, which
// might turn out to be white space, and not the CR of a CRLF.
func (z *tokenizer) holdBack(end int) int {
	if end > z.start && z.src[end-1] == '\r' {
		return end - 1
	}
	for i := end - 1; i >= z.start; i-- {
		switch c := z.src[i]; {
		case c == '&':
			z.hold = i + 1
			return i
		case c != '#' && classes[c]&classRef == 0:
			return end
		}
	}
	return end
}

// resumeReference goes on over the bytes of a reference that was held back.
// A number may have any length; it is looked at once.
func (z *tokenizer) resumeReference() {
	for z.pos < len(z.src) {
		c := z.src[z.pos]
		if c != '#' && classes[c]&classRef == 0 || c == '#' && z.pos != z.hold {
			z.hold = 0
			return
		}
		z.pos++
	}
}
