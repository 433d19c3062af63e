package schedule

import "pageload/loader/waterfall"

// A Packed is a [Resource] in little memory, for who keeps many.
type Packed uint32

// The bits of a Packed: the type's number, the hint, and a bit for each of flags.
const (
	packedType  = 1<<4 - 1
	packedHint  = 1<<2 - 1
	hintShift   = 4
	flagsShift  = 6
	noType      = packedType // a type that is none of types
	packedFlags = 12
)

// typeAt has the types by their number.
func typeAt(n Packed) waterfall.Type {
	types := [...]waterfall.Type{
		waterfall.Document, waterfall.Stylesheet, waterfall.Script, waterfall.Image, waterfall.Font, waterfall.Media, waterfall.TextTrack,
		waterfall.Manifest, waterfall.Fetch, waterfall.Other,
	}
	if int(n) < len(types) {
		return types[n]
	}
	return ""
}

// flags are the fields of a Resource that are true or false.
func (r *Resource) flags() [packedFlags]*bool {
	return [...]*bool{
		&r.Scanner, &r.LinkPreload, &r.Prefetch, &r.Icon, &r.Async, &r.Defer, &r.Module, &r.MediaMismatch, &r.InBody, &r.BlocksRender, &r.Small, &r.Rendered,
	}
}

// Pack returns r packed. Of a type that is none of package waterfall's nothing is left.
func (r Resource) Pack() Packed {
	p := Packed(0)
	for p < noType && typeAt(p) != r.Type {
		p++
	}
	p |= Packed(r.Hint) & packedHint << hintShift
	for i, f := range r.flags() {
		if *f {
			p |= 1 << (flagsShift + i)
		}
	}
	return p
}

// Type returns the Resource's.
func (p Packed) Type() waterfall.Type { return typeAt(p & packedType) }

// Resource returns what was packed.
func (p Packed) Resource() Resource {
	r := Resource{Type: p.Type(), Hint: Hint(p >> hintShift & packedHint)}
	for i, f := range r.flags() {
		*f = p&(1<<(flagsShift+i)) != 0
	}
	return r
}
