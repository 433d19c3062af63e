package parse

import "bytes"

// markup decides what follows "<!" (HTML standard, section 13.2.5.42). It
// returns false while it cannot know.
func (z *tokenizer) markup() bool {
	i := z.start + 2
	for _, d := range [...]struct {
		prefix string
		fold   bool
		to     state
	}{{"--", false, stateComment}, {"doctype", true, stateDoctype}, {"[CDATA[", false, stateCData}} {
		b := z.src[i:min(i+len(d.prefix), len(z.src))]
		if string(b) != d.prefix[:len(b)] && !(d.fold && len(b) > 0 && bytes.EqualFold(b, []byte(d.prefix[:len(b)]))) {
			continue
		}
		if len(b) == len(d.prefix) {
			if d.to == stateCData && !z.cdata {
				break // a bogus comment
			}
			z.state, z.pos = d.to, i+len(d.prefix)
			return true
		}
		if !z.final {
			return false
		}
	}
	z.state, z.pos = stateBogus, i
	return true
}

// declaration reads to the end of a comment, a bogus comment, a doctype or a
// CDATA section. It returns whether the token is complete.
func (z *tokenizer) declaration(t *token) bool {
	for {
		i := bytes.IndexByte(z.src[z.pos:], '>')
		if i < 0 {
			z.pos = len(z.src)
			break
		}
		end := z.pos + i
		z.pos = end + 1
		switch z.state {
		case stateComment:
			if !z.commentEnds(end) {
				continue
			}
		case stateCData:
			first := z.start + len("<![CDATA[")
			if end-2 < first || z.src[end-1] != ']' || z.src[end-2] != ']' {
				continue
			}
			z.emitDeclaration(t, end+1)
			t.start, t.end = uint32(first), uint32(end-2)
			return true
		}
		z.emitDeclaration(t, end+1)
		return true
	}
	if !z.final || z.start >= len(z.src) {
		return false
	}
	cdata := z.state == stateCData
	first := z.start + len("<![CDATA[")
	z.emitDeclaration(t, len(z.src))
	if cdata {
		t.start = uint32(first)
	}
	return true
}

// commentEnds reports whether the ">" at i ends the comment: after "--" or
// "--!", or at once, as in "<!-->" and "<!--->".
func (z *tokenizer) commentEnds(i int) bool {
	first := z.start + len("<!--")
	b := z.src[first:i]
	switch len(b) {
	case 0:
		return true
	case 1:
		return b[0] == '-'
	}
	return bytes.HasSuffix(b[max(0, len(b)-2):], []byte("--")) || bytes.HasSuffix(b[max(0, len(b)-3):], []byte("--!"))
}

func (z *tokenizer) emitDeclaration(t *token, end int) {
	*t = token{kind: commentToken, start: uint32(z.start), end: uint32(end)}
	switch z.state {
	case stateDoctype:
		t.kind = doctypeToken
	case stateCData:
		t.kind = cdataToken
		b := z.src[z.start:end]
		t.dirty = bytes.IndexByte(b, '\r') >= 0 || bytes.IndexByte(b, 0) >= 0
	case stateBogus:
		t.cdataLike = bytes.HasPrefix(z.src[z.start:end], []byte("<![CDATA["))
	}
	z.startText(end)
}
