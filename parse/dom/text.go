package dom

import (
	"bytes"
	"iter"
	"sort"
	"unsafe"
)

// TextKind says what a range of the source needs before it is text.
type TextKind uint8

// The kinds of text.
const (
	// TextPlain is text as it stands.
	TextPlain TextKind = iota
	// TextData may hold character references, carriage returns and NULs,
	// which are dropped as in the body of a document.
	TextData
	// TextRCData is the same in a title or a textarea, and in foreign
	// content: NULs become U+FFFD.
	TextRCData
	// TextRaw is the text of a script or style: no character references;
	// carriage returns are normalised and NULs become U+FFFD.
	TextRaw
	// TextCData is a CDATA section: as TextRaw, but NULs are dropped.
	TextCData
)

type text struct {
	Span
	next int32 // in Table.texts plus 1
	kind TextKind
}

// view returns a string that shares memory with src. It is sound because
// bytes of a source never change once written: it is only appended to, and a
// bigger copy leaves the old one as it was.
func view(src []byte, s Span) string {
	if s.Start >= s.End {
		return ""
	}
	return unsafe.String(&src[s.Start], int(s.End-s.Start))
}

func (x *text) decode(src []byte) string {
	s := view(src, x.Span)
	if x.kind == TextPlain {
		return s
	}
	return DecodeText(s, x.kind)
}

// Texts returns the text nodes that are direct children of the element, in
// the order of the source, decoded. What tags do not separate is one text.
func (t *Table) Texts(id ID) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := t.at(id).text; i != 0; i = t.texts[i-1].next {
			if s := t.texts[i-1].decode(t.src); s != "" && !yield(s) {
				return
			}
		}
	}
}

// TextSpans is [Table.Texts] with the offset in the source at which each
// text begins.
func (t *Table) TextSpans(id ID) iter.Seq2[uint32, string] {
	return func(yield func(uint32, string) bool) {
		for i := t.at(id).text; i != 0; i = t.texts[i-1].next {
			if s := t.texts[i-1].decode(t.src); s != "" && !yield(t.texts[i-1].Start, s) {
				return
			}
		}
	}
}

// HasText reports whether a direct text child of the element holds more than
// ASCII white space.
func (t *Table) HasText(id ID) bool { return t.at(id).flags&flagText != 0 }

// TextContent returns the text of the element and of all below it, in the
// order of the source, at most max bytes of it; 0 is no bound. Template
// contents are left out.
func (t *Table) TextContent(id ID, max int) string {
	var b []byte
	b = t.textContent(b, id, max)
	if max > 0 && len(b) > max {
		b = b[:max]
	}
	return string(b)
}

func (t *Table) textContent(b []byte, root ID, max int) []byte {
	// Text and elements are merged by their place in the source.
	type piece struct {
		at uint32
		n  int32
	}
	var pieces []piece
	add := func(id ID) {
		for i := t.at(id).text; i != 0; i = t.texts[i-1].next {
			pieces = append(pieces, piece{t.texts[i-1].Start, i - 1})
		}
	}
	add(root)
	for id := range t.Descendants(root) {
		if !t.Inert(id) || t.Inert(root) {
			add(id)
		}
	}
	sort.Slice(pieces, func(i, j int) bool { return pieces[i].at < pieces[j].at })
	for _, p := range pieces {
		b = append(b, t.texts[p.n].decode(t.src)...)
		if max > 0 && len(b) >= max {
			break
		}
	}
	return b
}

// Source returns the text that the table's ranges point into: of a parsed
// document its source as UTF-8. The caller must not modify it.
func (t *Table) Source() []byte { return t.src }

// LineAt returns the line of an offset in the source, from 1. Lines end at
// LF, CR or CRLF.
func (t *Table) LineAt(off uint32) int {
	if off > t.lined {
		t.countLines(off)
	}
	// Most questions are about the end of what has been counted.
	n := len(t.lines)
	if n == 0 || off > t.lines[n-1] {
		return n + 1
	}
	return sort.Search(n, func(i int) bool { return t.lines[i] >= off }) + 1
}

// countLines notes the line ends before off. A line ends after its LF, or
// after a CR without LF.
func (t *Table) countLines(off uint32) {
	off = min(off, uint32(len(t.src)))
	if t.lines == nil {
		t.lines = make([]uint32, 0, bytes.Count(t.src, []byte{'\n'})+1)
	}
	if bytes.IndexByte(t.src[t.lined:off], '\r') < 0 {
		for {
			i := bytes.IndexByte(t.src[t.lined:off], '\n')
			if i < 0 {
				t.lined = off
				return
			}
			t.lines = append(t.lines, t.lined+uint32(i))
			t.lined += uint32(i) + 1
		}
	}
	for i := t.lined; i < off; i++ {
		if c := t.src[i]; c == '\r' && i+1 < uint32(len(t.src)) && t.src[i+1] == '\n' {
			if i+1 >= off { // the LF lies beyond: the line has not ended
				return
			}
			i++
		} else if c != '\n' && c != '\r' {
			continue
		}
		t.lines = append(t.lines, i)
		t.lined = i + 1
	}
	t.lined = off
}
