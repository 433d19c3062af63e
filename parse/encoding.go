package parse

import (
	"bytes"
	"errors"
	"sort"
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
	raw     int                   // bytes taken in
	anchors []anchor
	over    bool // max was reached
}

// anchor ties an offset in src to one in the bytes that came in.
type anchor struct {
	src, raw uint32
	same     bool // from here on a byte for a byte; else the next anchor tells
}

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
		d.head = append(d.head, b...)
		if !d.decide(final) {
			return
		}
		b, d.head = d.head, nil
	}
	if d.over {
		d.raw += len(b)
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
	d.name, d.enc = name, enc
	d.head = d.head[bom:]
	d.raw = bom
	if name != "utf-8" {
		d.tr = enc.NewDecoder()
	}
	d.anchor(name == "utf-8")
}

func (d *decoder) anchor(same bool) {
	d.anchors = append(d.anchors, anchor{uint32(len(d.src)), uint32(d.raw), same})
}

// utf8 appends bytes that are UTF-8 already, invalid ones replaced.
func (d *decoder) utf8(b []byte, final bool) {
	if len(d.carry) > 0 {
		b = append(d.carry, b...)
		d.carry = nil
	}
	n := len(b)
	if !final {
		n -= unfinished(b)
		d.carry = bytes.Clone(b[n:])
	}
	if b = b[:n]; utf8.Valid(b) {
		d.src = append(d.src, b...)
		d.raw += n
		return
	}
	d.pieces(unicode.UTF8.NewDecoder(), b, true)
	d.anchor(true)
}

// unfinished returns how many bytes at the end of b may begin a character
// that is not complete.
func unfinished(b []byte) int {
	for n := 1; n <= 3 && n <= len(b); n++ {
		if c := b[len(b)-n]; c >= 0x80 && utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		} else if c < 0x80 {
			return 0
		}
	}
	return 0
}

// legacy appends bytes of another encoding.
func (d *decoder) legacy(b []byte, final bool) {
	if len(d.carry) > 0 {
		b = append(d.carry, b...)
		d.carry = nil
	}
	rest := d.pieces(d.tr, b, final)
	d.carry = bytes.Clone(rest)
}

// piece is how far anchors of such text are apart: references are known to
// that many bytes.
const piece = 256

// pieces decodes b piece by piece, with an anchor before each. It returns
// what it could not decode without what follows.
func (d *decoder) pieces(tr transform.Transformer, b []byte, final bool) []byte {
	for len(b) > 0 || final {
		d.anchor(false)
		in := b[:min(piece, len(b))]
		d.src = append(d.src, make([]byte, 3*piece+16)...)
		out := len(d.src) - (3*piece + 16)
		n, m, err := tr.Transform(d.src[out:], in, final && len(in) == len(b))
		d.src = d.src[:out+n]
		d.raw += m
		b = b[m:]
		switch {
		case errors.Is(err, transform.ErrShortSrc) && len(in) < len(b)+m && m > 0:
		case err != nil && !errors.Is(err, transform.ErrShortDst):
			return b
		case len(b) == 0:
			return nil
		}
	}
	return nil
}

// rawOffset returns how many bytes must have been fed for src to reach off.
func (d *decoder) rawOffset(off uint32) int {
	i := sort.Search(len(d.anchors), func(i int) bool { return d.anchors[i].src > off }) - 1
	if i < 0 {
		return int(off)
	}
	a := d.anchors[i]
	if a.same {
		return int(a.raw + off - a.src)
	}
	if i+1 < len(d.anchors) {
		return int(d.anchors[i+1].raw)
	}
	return d.raw
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
