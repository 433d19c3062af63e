package parse

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// tag reads on within a tag. It returns whether the tag is complete, in z.cur.
func (z *tokenizer) tag() bool {
	if z.state == stateTagName && z.quickTag() {
		return true
	}
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

// quickTag is tag for one that is written as most are: attributes behind one space
// each, with values in double quotes. Where something else comes it returns false,
// and tag goes on from the attribute that it has come to.
func (z *tokenizer) quickTag() bool {
	src, i := z.src, z.pos
	for i < len(src) && classes[src[i]]&classTagEnd == 0 {
		i++
	}
	if z.pos = i; i == len(src) {
		return false
	}
	z.cur.name.End = uint32(i)
	z.lookup()
	for i < len(src) {
		z.pos, z.state = i, stateBeforeAttr
		if src[i] == '>' {
			z.endTag(i + 1)
			return true
		}
		if src[i] != ' ' {
			return false
		}
		i++
		name := i
		var class uint8
		for i < len(src) && classes[src[i]]&classNameEnd == 0 {
			class |= classes[src[i]]
			i++
		}
		if i == name || i+1 >= len(src) || src[i] != '=' || src[i+1] != '"' {
			return false
		}
		value := i + 2
		n := bytes.IndexByte(src[value:], '"')
		if n < 0 {
			return false
		}
		a := dom.SourceAttr{Name: dom.Span{Start: uint32(name), End: uint32(i)}, Value: dom.Span{Start: uint32(value), End: uint32(value + n)}}
		if class&classOdd != 0 {
			a.Flags |= dom.AttrUpper
		}
		z.addAttr(a)
		i = value + n + 1
	}
	z.pos, z.state = i, stateAfterValue
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

// A knownName is a tag name of at most eight bytes as it is written, and its atom.
type knownName struct {
	name uint64
	atom atom.Atom
}

// lookup finds the atom of the tag's name.
func (z *tokenizer) lookup() {
	start, end := int(z.cur.name.Start), int(z.cur.name.End)
	n := end - start
	if n > 32 { // no atom is as long
		return
	}
	if n > 8 || start+8 > len(z.src) {
		z.cur.atom = z.atomOf(z.src[start:end])
		return
	}
	name := binary.LittleEndian.Uint64(z.src[start:]) & (^uint64(0) >> (64 - 8*uint(n)))
	k := &z.names[name*0x9E3779B97F4A7C15>>(64-nameBits)]
	if k.name != name || name == 0 {
		k.name, k.atom = name, z.atomOf(z.src[start:end])
	}
	z.cur.atom = k.atom
}

// nameBits is the binary logarithm of how many tag names are kept.
const nameBits = 6

func (z *tokenizer) atomOf(name []byte) atom.Atom {
	for _, c := range name {
		if classes[c]&classOdd != 0 {
			z.scratch = appendLower(z.scratch[:0], name)
			return atom.Lookup(z.scratch)
		}
	}
	return atom.Lookup(name)
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

// endAttr adds the attribute with this value to the tag.
func (z *tokenizer) endAttr(start, end uint32) {
	a := z.attr
	a.Value = dom.Span{Start: start, End: end}
	for _, c := range z.src[a.Name.Start:a.Name.End] {
		if classes[c]&classOdd != 0 {
			a.Flags |= dom.AttrUpper
			break
		}
	}
	z.addAttr(a)
}

// addAttr adds the attribute to the tag, unless it has one of that name: the
// first wins.
func (z *tokenizer) addAttr(a dom.SourceAttr) {
	name := z.src[a.Name.Start:a.Name.End]
	if v := z.src[a.Value.Start:a.Value.End]; len(v) > 0 && (bytes.IndexByte(v, '&') >= 0 || !z.clean && unclean(v)) {
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
