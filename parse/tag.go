package parse

import (
	"bytes"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// tag reads on within a tag. It returns whether the tag is complete, in z.cur.
func (z *tokenizer) tag() bool {
	src, i := z.src, z.pos
	for i < len(src) {
		switch z.state {
		case stateTagName:
			for i < len(src) && classes[src[i]]&classTagEnd == 0 {
				i++
			}
			if i == len(src) {
				break
			}
			z.cur.name.End = uint32(i)
			z.lookup()
			z.state = stateBeforeAttr
		case stateBeforeAttr:
			switch c := src[i]; {
			case classes[c]&classSpace != 0:
				i++
			case c == '/':
				i++
				z.state = stateSelfClosing
			case c == '>':
				z.endTag(i + 1)
				return true
			default: // "=" too
				z.attr = dom.SourceAttr{Name: dom.Span{Start: uint32(i)}}
				i++
				z.state = stateAttrName
			}
		case stateAttrName:
			for i < len(src) && classes[src[i]]&classNameEnd == 0 {
				i++
			}
			if i == len(src) {
				break
			}
			z.attr.Name.End = uint32(i)
			z.state = stateAfterAttr
		case stateAfterAttr:
			switch c := src[i]; {
			case classes[c]&classSpace != 0:
				i++
			case c == '=':
				i++
				z.state = stateBeforeValue
			default:
				z.endAttr(0, 0)
				z.state = stateBeforeAttr
			}
		case stateBeforeValue:
			switch c := src[i]; {
			case classes[c]&classSpace != 0:
				i++
			case c == '"':
				i++
				z.attr.Value.Start = uint32(i)
				z.state = stateDoubleQuoted
			case c == '\'':
				i++
				z.attr.Value.Start = uint32(i)
				z.state = stateSingleQuoted
			case c == '>':
				z.endAttr(0, 0)
				z.state = stateBeforeAttr
			default:
				z.attr.Value.Start = uint32(i)
				z.state = stateUnquoted
			}
		case stateDoubleQuoted, stateSingleQuoted:
			q := byte('"')
			if z.state == stateSingleQuoted {
				q = '\''
			}
			n := bytes.IndexByte(src[i:], q)
			if n < 0 {
				i = len(src)
				break
			}
			z.endAttr(z.attr.Value.Start, uint32(i+n))
			i += n + 1
			z.state = stateAfterValue
		case stateUnquoted:
			for i < len(src) && classes[src[i]]&classValEnd == 0 {
				i++
			}
			if i == len(src) {
				break
			}
			z.endAttr(z.attr.Value.Start, uint32(i))
			z.state = stateBeforeAttr
		case stateAfterValue:
			z.state = stateBeforeAttr // what is neither space, / nor > too
		case stateSelfClosing:
			if src[i] == '>' {
				z.cur.selfClosing = true
				z.endTag(i + 1)
				return true
			}
			z.state = stateBeforeAttr
		}
	}
	z.pos = i
	return false
}

func (z *tokenizer) endTag(end int) {
	z.pos = end
	z.cur.end = uint32(end)
	if z.cur.kind == endTag { // attributes of end tags mean nothing
		z.attrs = z.attrs[:z.cur.attrs]
		z.cur.nattrs = 0
		z.cur.selfClosing = false
	}
	z.seen = nil
}

// lookup finds the atom of the tag's name.
func (z *tokenizer) lookup() {
	b := z.src[z.cur.name.Start:z.cur.name.End]
	if len(b) > 32 { // no atom is as long
		return
	}
	for _, c := range b {
		if classes[c]&classOdd != 0 {
			b = appendLower(z.scratch[:0], b)
			z.scratch = b
			break
		}
	}
	z.cur.atom = atom.Lookup(b)
}

func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == 0:
			dst = append(dst, "\uFFFD"...)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// manyAttrs is the number of attributes from which on a map finds repeats.
const manyAttrs = 24

// endAttr adds the attribute with this value to the tag, unless it has one of
// that name: the first wins.
func (z *tokenizer) endAttr(start, end uint32) {
	a := z.attr
	a.Value = dom.Span{Start: start, End: end}
	name := z.src[a.Name.Start:a.Name.End]
	for _, c := range name {
		if classes[c]&classOdd != 0 {
			a.Flags |= dom.AttrUpper
			break
		}
	}
	if v := z.src[start:end]; len(v) > 0 && (bytes.IndexByte(v, '&') >= 0 || bytes.IndexByte(v, '\r') >= 0 || bytes.IndexByte(v, 0) >= 0) {
		a.Flags |= dom.AttrDirty
	}
	if z.repeated(&a, name) {
		return
	}
	if int(z.cur.nattrs) >= z.maxAttrs {
		z.dropped = true
		return
	}
	z.attrs = append(z.attrs, a)
	z.cur.nattrs++
}

// repeated reports whether the tag has an attribute of this name already.
func (z *tokenizer) repeated(a *dom.SourceAttr, name []byte) bool {
	have := z.attrs[z.cur.attrs:]
	if len(have) >= manyAttrs {
		if z.seen == nil {
			z.seen = make(map[string]struct{}, 2*manyAttrs)
			for i := range have {
				z.seen[have[i].NameIn(z.src)] = struct{}{}
			}
		}
		if a.Flags&dom.AttrUpper != 0 {
			name = []byte(a.NameIn(z.src))
		}
		if _, ok := z.seen[string(name)]; ok {
			return true
		}
		if len(have) < z.maxAttrs {
			z.seen[string(name)] = struct{}{}
		}
		return false
	}
	for i := range have {
		h := &have[i]
		if (h.Flags|a.Flags)&dom.AttrUpper != 0 {
			if h.Is(z.src, a.NameIn(z.src)) {
				return true
			}
			continue
		}
		if h.Name.End-h.Name.Start == uint32(len(name)) && string(z.src[h.Name.Start:h.Name.End]) == string(name) {
			return true
		}
	}
	return false
}
