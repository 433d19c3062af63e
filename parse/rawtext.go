package parse

import (
	"bytes"

	"pageload/parse/dom"
)

// endTagAt reports whether an end tag of the element z.ended begins at lt,
// where there is a "<". unsure means that more bytes must come to say so.
func (z *tokenizer) endTagAt(lt int) (yes, unsure bool) {
	return z.nameAt(lt+1, true, z.ended.String())
}

// nameAt reports whether at i there is name, after a slash if so asked, and
// then white space, a slash or ">".
func (z *tokenizer) nameAt(i int, slash bool, name string) (yes, unsure bool) {
	if slash {
		if i >= len(z.src) {
			return false, !z.final
		}
		if z.src[i] != '/' {
			return false, false
		}
		i++
	}
	b := z.src[i:min(i+len(name)+1, len(z.src))]
	for j, c := range b {
		if j == len(name) {
			return classes[c]&classTagEnd != 0, false
		}
		if c|0x20 != name[j] || classes[c]&classAlpha == 0 {
			return false, false
		}
	}
	return false, !z.final
}

// finishRaw hands out the raw text that ends at lt, if there is any, and
// goes on with the end tag there.
func (z *tokenizer) finishRaw(t *token, lt int) (got, more bool) {
	got = z.emitText(t, lt)
	z.start, z.pos = lt, lt+2
	z.state = stateTagName
	z.model = modelData
	z.cur = token{kind: endTag, start: uint32(lt), name: dom.Span{Start: uint32(lt + 2)}, attrs: int32(len(z.attrs))}
	return got, true
}

// rawText reads RCDATA and RAWTEXT: one token up to the end tag.
func (z *tokenizer) rawText(t *token) (got, more bool) {
	for {
		i := bytes.IndexByte(z.src[z.pos:], '<')
		if i < 0 {
			z.pos = len(z.src)
			break
		}
		lt := z.pos + i
		yes, unsure := z.endTagAt(lt)
		if yes {
			return z.finishRaw(t, lt)
		}
		if unsure {
			z.pos = lt
			return false, false
		}
		z.pos = lt + 1
	}
	return z.final && z.emitText(t, len(z.src)), false
}

// script reads script data, in which "<!--" makes that "<script" nests
// (HTML standard, sections 13.2.5.4 and 13.2.5.15 to 31).
func (z *tokenizer) script(t *token) (got, more bool) {
	for z.pos < len(z.src) {
		i := z.nextInScript()
		if i < 0 {
			z.pos = len(z.src)
			break
		}
		if z.src[i] == '>' { // only looked for where escaped
			// The dashes may be those of "<!--" itself.
			if i-2 >= z.start && z.src[i-1] == '-' && z.src[i-2] == '-' {
				z.escape = 0
			}
			z.pos = i + 1
			continue
		}
		var yes, unsure bool
		switch z.escape {
		case 0, 1:
			if yes, unsure = z.endTagAt(i); yes {
				return z.finishRaw(t, i)
			}
			if unsure {
				break
			}
			if z.escape == 0 {
				if yes, unsure = z.prefixAt(i+1, "!--"); yes {
					z.escape = 1
					z.pos = i + 4
					continue
				}
			} else if yes, unsure = z.nameAt(i+1, false, "script"); yes {
				z.escape = 2
			}
		case 2:
			if yes, unsure = z.endTagAt(i); yes {
				z.escape = 1
			}
		}
		if unsure {
			z.pos = i
			return false, false
		}
		z.pos = i + 1
	}
	return z.final && z.emitText(t, len(z.src)), false
}

// nextInScript finds the next byte that may matter in script data.
func (z *tokenizer) nextInScript() int {
	if z.escape == 0 {
		if i := bytes.IndexByte(z.src[z.pos:], '<'); i >= 0 {
			return z.pos + i
		}
		return -1
	}
	for i := z.pos; i < len(z.src); i++ {
		if c := z.src[i]; c == '<' || c == '>' {
			return i
		}
	}
	return -1
}

func (z *tokenizer) prefixAt(i int, prefix string) (yes, unsure bool) {
	b := z.src[min(i, len(z.src)):min(i+len(prefix), len(z.src))]
	if string(b) == prefix {
		return true, false
	}
	return false, !z.final && prefix[:len(b)] == string(b)
}

// plaintext reads all there is.
func (z *tokenizer) plaintext(t *token) (got, more bool) {
	end := len(z.src)
	if !z.final && end > z.start && z.src[end-1] == '\r' {
		end--
	}
	z.pos = len(z.src)
	return z.emitText(t, end), false
}
