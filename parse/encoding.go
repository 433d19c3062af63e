package parse

import (
	"bytes"
	"errors"
	"slices"
	"sort"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoder turns the bytes of a document into UTF-8, which it appends to src.
// Carriage returns and NULs stay; the table deals with them where they matter.
//
// The encoding is that of the byte order mark, else of Options.Charset, else
// of a meta element in the first 1,024 bytes, else windows-1252. Where neither
// of the first two tells, decoding begins as soon as the meta element is
// there; without one it waits for 1,024 bytes or the end, as Chromium does.
type decoder struct {
	src     []byte
	max     int64
	charset string
	head    []byte // what came before the encoding was known
	name    string // canonical, "" while unknown
	enc     encoding.Encoding
	tr      transform.Transformer // nil: UTF-8
	carry   []byte                // an unfinished character
	anchors []anchor              // of UTF-8: after the byte order mark and each replaced sequence
	width   func(r rune) int      // of other encodings: the bytes of a character
	bom     int                   // size of the byte order mark
	marks   []uint32              // of other encodings: raw offsets at multiples of markEvery in src
	over    bool                  // max was reached
}

// anchor ties an offset in src to one in the bytes that came in. From there
// on a byte is a byte.
type anchor struct{ src, raw uint32 }

// maxAnchors bounds the anchors of a document that is full of what is no
// UTF-8. Beyond it offsets are inexact.
const maxAnchors = 1 << 16

// lookupEncoding returns the canonical name and the encoding of a label.
func lookupEncoding(label string) (string, encoding.Encoding) {
	enc, err := htmlindex.Get(label)
	if err != nil {
		return "", nil
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return "", nil
	}
	return name, enc
}

// feed takes bytes in. With final set they are the last.
func (d *decoder) feed(b []byte, final bool) {
	if d.name == "" {
		if d.head != nil {
			b = append(d.head, b...)
		}
		if d.head = b; !d.decide(final) {
			d.head = append(make([]byte, 0, prescanBytes), b...)
			return
		}
		b, d.head = d.head, nil
	}
	if d.over {
		return
	}
	if d.tr == nil {
		d.utf8(b, final)
	} else {
		d.legacy(b, final)
	}
	if int64(len(d.src)) > d.max {
		end := int(d.max)
		for end > 0 && !utf8.RuneStart(d.src[end]) {
			end--
		}
		d.src, d.over = d.src[:end], true
	}
}

// decide finds out the encoding from d.head, if it can.
func (d *decoder) decide(final bool) bool {
	h := d.head
	switch {
	case bytes.HasPrefix(h, []byte("\xEF\xBB\xBF")):
		d.use("utf-8", nil, 3)
		return true
	case bytes.HasPrefix(h, []byte("\xFE\xFF")):
		d.use("utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2)
		return true
	case bytes.HasPrefix(h, []byte("\xFF\xFE")):
		d.use("utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2)
		return true
	}
	if !final && (len(h) == 0 || len(h) < 3 && (h[0] == 0xEF || h[0] == 0xFE || h[0] == 0xFF)) {
		return false
	}
	if name, enc := lookupEncoding(d.charset); name != "" {
		d.use(name, enc, 0)
		return true
	}
	if label := prescan(h); label != "" {
		name, enc := lookupEncoding(label)
		switch name {
		case "utf-16be", "utf-16le": // it could not have been read as ASCII
			name, enc = "utf-8", nil
		case "x-user-defined":
			name, enc = lookupEncoding("windows-1252")
		}
		d.use(name, enc, 0)
		return true
	}
	if final || len(h) >= prescanBytes {
		name, enc := lookupEncoding("windows-1252")
		d.use(name, enc, 0)
		return true
	}
	return false
}

// use begins decoding after a byte order mark of this size.
func (d *decoder) use(name string, enc encoding.Encoding, bom int) {
	d.name, d.enc, d.bom = name, enc, bom
	d.head = d.head[bom:]
	if name == "utf-8" {
		d.anchors = []anchor{{0, uint32(bom)}}
		return
	}
	d.tr = enc.NewDecoder()
	switch name {
	case "utf-16be", "utf-16le":
		d.width = func(r rune) int { return 2 * utf16.RuneLen(r) }
	case "big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "shift_jis":
		d.width = func(r rune) int {
			if r < 0x80 || name == "shift_jis" && 0xFF61 <= r && r <= 0xFF9F {
				return 1
			}
			return 2
		}
	default:
		d.width = func(rune) int { return 1 }
	}
}

// utf8 appends bytes that are UTF-8 already, invalid ones replaced.
func (d *decoder) utf8(b []byte, final bool) {
	if len(d.carry) > 0 {
		b = append(d.carry, b...)
		d.carry = nil
	}
	if !final {
		n := len(b) - unfinished(b)
		d.carry = bytes.Clone(b[n:])
		b = b[:n]
	}
	if utf8.Valid(b) {
		d.src = append(d.src, b...)
		return
	}
	for len(b) > 0 {
		n := 0
		for n < len(b) {
			if b[n] < utf8.RuneSelf {
				n++
				continue
			}
			r, size := utf8.DecodeRune(b[n:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			n += size
		}
		d.src = append(d.src, b[:n]...)
		if b = b[n:]; len(b) == 0 {
			return
		}
		bad := invalidLen(b)
		b = b[bad:]
		a := d.anchors[len(d.anchors)-1]
		raw := a.raw + uint32(len(d.src)) - a.src + uint32(bad)
		d.src = append(d.src, "\uFFFD"...)
		if len(d.anchors) < maxAnchors {
			d.anchors = append(d.anchors, anchor{uint32(len(d.src)), raw})
		}
	}
}

// unfinished returns how many bytes at the end of b may begin a character
// that is not complete.
func unfinished(b []byte) int {
	for n := 1; n <= 3 && n <= len(b); n++ {
		switch c := b[len(b)-n]; {
		case c < utf8.RuneSelf:
			return 0
		case utf8.RuneStart(c):
			if utf8.FullRune(b[len(b)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// invalidLen returns how many bytes of an invalid sequence one U+FFFD stands
// for (Encoding standard, section 8.1.1, UTF-8 decoder).
func invalidLen(b []byte) int {
	need, low, high := 0, byte(0x80), byte(0xBF)
	switch c := b[0]; {
	case 0xC2 <= c && c <= 0xDF:
		need = 1
	case 0xE0 <= c && c <= 0xEF:
		need = 2
		if c == 0xE0 {
			low = 0xA0
		} else if c == 0xED {
			high = 0x9F
		}
	case 0xF0 <= c && c <= 0xF4:
		need = 3
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 {
			high = 0x8F
		}
	}
	n := 1
	for n <= need && n < len(b) && low <= b[n] && b[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

// legacy appends bytes of another encoding.
func (d *decoder) legacy(b []byte, final bool) {
	if len(d.carry) > 0 {
		b = append(d.carry, b...)
		d.carry = nil
	}
	for len(b) > 0 || final {
		d.src = slices.Grow(d.src, 3*len(b)+16)
		out := d.src[len(d.src):cap(d.src)]
		n, m, err := d.tr.Transform(out, b, final)
		d.src = d.src[:len(d.src)+n]
		b = b[m:]
		if !errors.Is(err, transform.ErrShortDst) {
			break // decoders know no error; what is left is unfinished
		}
	}
	d.carry = bytes.Clone(b)
}

// markEvery is how far marks are apart in src.
const markEvery = 1 << 12

// rawOffset returns how many bytes must have been fed for src to reach off.
// In encodings of several bytes it takes invalid sequences for valid ones.
func (d *decoder) rawOffset(off uint32) int {
	if d.width == nil {
		i := sort.Search(len(d.anchors), func(i int) bool { return d.anchors[i].src > off }) - 1
		if i < 0 {
			return int(off)
		}
		return int(d.anchors[i].raw + off - d.anchors[i].src)
	}
	if len(d.marks) == 0 {
		d.marks = append(d.marks, uint32(d.bom))
	}
	for last := len(d.marks) - 1; off/markEvery > uint32(last); last++ {
		d.marks = append(d.marks, d.marks[last]+d.rawLen(last*markEvery, (last+1)*markEvery))
	}
	m := off / markEvery
	return int(d.marks[m] + d.rawLen(int(m)*markEvery, int(off)))
}

// rawLen returns how many bytes the characters were that begin in
// src[from:to].
func (d *decoder) rawLen(from, to int) uint32 {
	n := 0
	for i := from; i < to; {
		if !utf8.RuneStart(d.src[i]) { // begins before from
			i++
			continue
		}
		r, size := utf8.DecodeRune(d.src[i:])
		n += d.width(r)
		i += size
	}
	return uint32(n)
}

// queryEncoding is what queries of URLs are encoded in, nil for UTF-8 (URL
// standard, "get an output encoding").
func (d *decoder) queryEncoding() encoding.Encoding {
	switch d.name {
	case "", "utf-8", "utf-16be", "utf-16le", "replacement":
		return nil
	}
	return d.enc
}
