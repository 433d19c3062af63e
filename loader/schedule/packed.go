package schedule

import "pageload/loader/waterfall"

// A Packed is a [Resource] in little memory, for who keeps many.
type Packed uint32

// The bits of a Packed: the type's number, the hint, and a bit for each of the flags.
const (
	packedType = 1<<4 - 1
	packedHint = 1<<2 - 1
	hintShift  = 4
	flagsShift = 6
	noType     = packedType // a type that is none of types
)

// types are the types by their number.
var types = [...]waterfall.Type{
	waterfall.Document, waterfall.Stylesheet, waterfall.Script, waterfall.Image, waterfall.Font, waterfall.Media, waterfall.TextTrack,
	waterfall.Manifest, waterfall.Fetch, waterfall.Other,
}

// The flags, each by its bit above the hint's.
const (
	isScanner Packed = 1 << (flagsShift + iota)
	isLinkPreload
	isPrefetch
	isIcon
	isAsync
	isDefer
	isModule
	isMediaMismatch
	isInBody
	blocksRender
	isSmall
	isRendered
)

// Pack returns r packed. Of a type that is none of package waterfall's nothing is left.
func (r *Resource) Pack() Packed {
	p := Packed(0)
	for int(p) < len(types) && types[p] != r.Type {
		p++
	}
	if int(p) == len(types) {
		p = noType
	}
	p |= Packed(r.Hint) & packedHint << hintShift
	for _, f := range [...]struct {
		is  bool
		bit Packed
	}{
		{r.Scanner, isScanner}, {r.LinkPreload, isLinkPreload}, {r.Prefetch, isPrefetch}, {r.Icon, isIcon}, {r.Async, isAsync}, {r.Defer, isDefer},
		{r.Module, isModule}, {r.MediaMismatch, isMediaMismatch}, {r.InBody, isInBody}, {r.BlocksRender, blocksRender}, {r.Small, isSmall},
		{r.Rendered, isRendered},
	} {
		if f.is {
			p |= f.bit
		}
	}
	return p
}

// Type returns the Resource's.
func (p Packed) Type() waterfall.Type {
	if n := int(p & packedType); n < len(types) {
		return types[n]
	}
	return ""
}

// Module reports whether the Resource is a module script.
func (p Packed) Module() bool { return p&isModule != 0 }

// Ahead reports whether the Resource is asked for before anything needs it: by the preload scanner or a preload.
func (p Packed) Ahead() bool { return p&(isScanner|isLinkPreload) != 0 }

// Resource returns what was packed.
func (p Packed) Resource() Resource {
	return Resource{
		Type: p.Type(), Hint: Hint(p >> hintShift & packedHint),
		Scanner: p&isScanner != 0, LinkPreload: p&isLinkPreload != 0, Prefetch: p&isPrefetch != 0, Icon: p&isIcon != 0, Async: p&isAsync != 0,
		Defer: p&isDefer != 0, Module: p&isModule != 0, MediaMismatch: p&isMediaMismatch != 0, InBody: p&isInBody != 0,
		BlocksRender: p&blocksRender != 0, Small: p&isSmall != 0, Rendered: p&isRendered != 0,
	}
}
