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
	"golang.org/x/text/transform"
)

// decoder turns the bytes of a document into UTF-8, which it appends to src.
// Carriage returns and NULs stay; the table deals with them where they matter.
//
// The encoding is that of the byte order mark, else of Options.Charset, else
// that which the document declares: see [metaFinder] and [xmlEncoding]. As in
// Chromium decoding does not wait for the declaration; what comes before it in
// earlier pieces is decoded by Options.ParentCharset, else by a guess, else as
// windows-1252. The guess is made once, from the first piece that is not all
// ASCII: see [guess].
type decoder struct {
	src     []byte
	max     int64
	charset string // Options.Charset
	parent  string // Options.ParentCharset
	xml     bool   // without a declaration it is UTF-8
	owned   bool   // nobody else changes the bytes that are fed
	size    int    // about how many bytes will come; 0: not known
	head    []byte // bytes held back before decoding begins; then what meta has seen
	meta    *metaFinder
	unsure  bool   // all was ASCII so far, and the encoding may be guessed
	guessed bool   // and was
	name    string // canonical, "" while unknown
	enc     encoding.Encoding
	tr      transform.Transformer // nil: UTF-8
	carry   []byte                // an unfinished character
	raw     uint32                // bytes decoded
	offsets                       // of what the present encoding decoded
	before  *offsets              // of what another decoded before
	over    bool                  // max was reached
}

// offsets relates a part of src to the bytes it was decoded from.
type offsets struct {
	from    uint32           // where the part begins in src
	start   uint32           // and in the bytes
	anchors []anchor         // of UTF-8: at from, and after each replaced sequence
	width   func(r rune) int // of other encodings: the bytes of a character
	marks   []uint32         // of other encodings: raw offsets at multiples of markEvery after from
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
		if !d.begin(b, final) {
			d.head = bytes.Clone(b)
			return
		}
		d.head = nil
		b = b[d.raw:] // without the byte order mark
	}
	d.declared(b)
	if d.unsure {
		d.guess(b)
	}
	if d.over {
		return
	}
	if len(d.carry) > 0 {
		b = append(d.carry, b...)
		d.carry = nil
	}
	d.raw += uint32(len(b))
	if d.tr == nil {
		d.utf8(b, final)
	} else {
		d.legacy(b, final)
	}
	d.raw -= uint32(len(d.carry))
	if int64(len(d.src)) > d.max {
		end := int(d.max)
		for end > 0 && !utf8.RuneStart(d.src[end]) {
			end--
		}
		d.src, d.over = d.src[:end], true
	}
}

// begin decides from the first bytes of the document how to begin. It returns
// false while it needs more of them.
func (d *decoder) begin(h []byte, final bool) bool {
	for _, m := range [...]struct{ mark, name string }{{"\xEF\xBB\xBF", "utf-8"}, {"\xFE\xFF", "utf-16be"}, {"\xFF\xFE", "utf-16le"}} {
		n := min(len(h), len(m.mark))
		if string(h[:n]) != m.mark[:n] {
			continue
		}
		if n < len(m.mark) {
			if !final {
				return false
			}
			continue
		}
		d.use(m.name)
		d.raw = uint32(n)
		d.offsets = newOffsets(m.name, 0, d.raw)
		return true
	}
	if name, _ := lookupEncoding(d.charset); name != "" {
		d.use(name)
		return true
	}
	switch name, ok := xmlEncoding(h, final); {
	case !ok:
		return false
	case name != "":
		d.use(name)
		return true
	}
	if d.xml {
		d.use("utf-8")
		return true
	}
	d.meta = new(metaFinder)
	if name, _ := lookupEncoding(d.parent); name != "" {
		d.use(name)
		return true
	}
	d.use("windows-1252")
	d.unsure = true
	return true
}

// declared looks for a declaration of the encoding in b.
func (d *decoder) declared(b []byte) {
	if d.meta == nil {
		return
	}
	if d.head != nil {
		d.head = append(d.head, b...)
		b = d.head
	}
	if name := d.meta.find(b); name != "" {
		d.use(name)
		d.unsure = false
	}
	switch {
	case d.meta.done:
		d.meta, d.head = nil, nil
	case d.head == nil:
		d.head = bytes.Clone(b)
	}
}

// maxGuess is from how many bytes at the beginning of a document its encoding
// is guessed: as many as Chromium reads at once.
const maxGuess = 64 << 10

// guess guesses the encoding once there is something to tell it from.
func (d *decoder) guess(b []byte) {
	if !ascii(b) {
		d.use(guess(b))
		d.offsets, d.before = newOffsets(d.name, 0, 0), nil // what was ASCII is so in all that is guessed
		d.unsure, d.guessed = false, true
	} else if d.raw > maxGuess {
		d.unsure = false
	}
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// use goes on decoding in this encoding.
func (d *decoder) use(name string) {
	if d.name == name {
		return
	}
	if d.name != "" && len(d.src) > 0 {
		o := d.offsets
		d.before = &o
	}
	d.name, d.enc = lookupEncoding(name)
	d.tr = nil
	if d.name != "utf-8" {
		d.tr = d.enc.NewDecoder()
	}
	d.offsets = newOffsets(d.name, uint32(len(d.src)), d.raw)
}

// newOffsets returns the offsets of what is decoded in an encoding from now on.
func newOffsets(name string, from, raw uint32) offsets {
	o := offsets{from: from, start: raw}
	switch name {
	case "utf-8":
		o.anchors = []anchor{{from, raw}}
		return o
	case "utf-16be", "utf-16le":
		o.width = func(r rune) int { return 2 * utf16.RuneLen(r) }
	case "big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "shift_jis":
		o.width = func(r rune) int {
			if r < 0x80 || name == "shift_jis" && 0xFF61 <= r && r <= 0xFF9F {
				return 1
			}
			return 2
		}
	default:
		o.width = func(rune) int { return 1 }
	}
	o.marks = []uint32{raw}
	return o
}

// utf8 appends bytes that are UTF-8 already, invalid ones replaced.
func (d *decoder) utf8(b []byte, final bool) {
	if !final {
		if n := len(b) - unfinished(b); n < len(b) {
			d.carry = bytes.Clone(b[n:])
			b = b[:n:n] // what is carried on is no room: it may be decoded to something else
		} else {
			d.carry = nil
		}
	}
	if utf8.Valid(b) {
		if len(d.src) == 0 && d.owned {
			d.src = b
			return
		}
		if need := len(d.src) + len(b); need > cap(d.src) && need <= d.size {
			d.src = slices.Grow(d.src, d.size-len(d.src))
		}
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
	if off < d.from && d.before != nil {
		return min(d.before.rawAt(d.src, off), int(d.start))
	}
	return d.rawAt(d.src, off)
}

func (o *offsets) rawAt(src []byte, off uint32) int {
	if o.width == nil {
		i := sort.Search(len(o.anchors), func(i int) bool { return o.anchors[i].src > off }) - 1
		if i < 0 {
			return int(off)
		}
		return int(o.anchors[i].raw + off - o.anchors[i].src)
	}
	off -= o.from
	for last := len(o.marks) - 1; off/markEvery > uint32(last); last++ {
		o.marks = append(o.marks, o.marks[last]+o.rawLen(src, uint32(last)*markEvery, uint32(last+1)*markEvery))
	}
	m := off / markEvery
	return int(o.marks[m] + o.rawLen(src, m*markEvery, off))
}

// rawLen returns how many bytes the characters were that begin in the part
// from the one offset to the other.
func (o *offsets) rawLen(src []byte, from, to uint32) uint32 {
	n := 0
	for i, end := int(o.from+from), int(o.from+to); i < end; {
		if !utf8.RuneStart(src[i]) { // begins before from
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		n += o.width(r)
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
