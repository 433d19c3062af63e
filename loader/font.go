package loader

import (
	"bytes"

	"pageload/fetch"
	"pageload/loader/waterfall"
	"pageload/parse/css"
)

// A fontRequest is a face that rendered text needs, and how far down the list
// of its sources a usable one was looked for.
type fontRequest struct {
	face *css.FontFace
	next int // of face.Sources
	w    want
}

// fontKey is what a face is told from others by: its family and its first source.
type fontKey struct{ family, url string }

// startFont asks for a face that text needs, once.
func (f *frame) startFont(face *css.FontFace, w want) {
	if face == nil || len(face.Sources) == 0 {
		return
	}
	key := fontKey{face.Family, face.Sources[0].URL.String()}
	if f.started[key] {
		return
	}
	if f.started == nil {
		f.started = map[fontKey]bool{}
	}
	f.started[key] = true
	w.typ, w.destination, w.keep = waterfall.Font, fetch.Font, keepMagic
	w.mode, w.credentials = fetch.CORS, fetch.SameOriginCredentials // CSS Fonts 4, section 4.8.2
	f.tryFont(&fontRequest{face: face, w: w})
}

// tryFont asks for the next source; where none is left the text falls to the
// next family, whose faces are asked for then.
func (f *frame) tryFont(q *fontRequest) {
	for q.next < len(q.face.Sources) {
		src := q.face.Sources[q.next]
		q.next++
		w := q.w
		w.url = src.URL
		if !fetchable(w.url) {
			f.unfetchable(w.url, w)
			continue
		}
		if !f.admit(&w) {
			continue
		}
		r := f.fetch(w)
		if r == nil {
			return
		}
		if r.state != ended {
			p := r.product()
			p.fonts = append(p.fonts, q)
			return
		}
		if r.usable {
			return
		}
	}
	if len(q.face.Next) > 0 {
		f.nextFamilies = append(f.nextFamilies, q)
	}
}

// startNextFamilies asks for the faces of the families that text fell to: the
// next layout finds that it needs them.
func (f *frame) startNextFamilies() {
	list := f.nextFamilies
	f.nextFamilies = nil
	for _, q := range list {
		for _, face := range q.face.Next {
			f.startFont(face, q.w)
		}
	}
}

// fontArrived ends the waits for a font's resource.
func (f *frame) fontArrived(r *resource, usable bool) {
	r.usable = usable
	if r.made == nil {
		return
	}
	list := r.made.fonts
	r.made.fonts = nil
	for _, q := range list {
		if !usable {
			f.tryFont(q)
		}
	}
}

// isFont reports whether a body begins as a font does that Chromium can decode
// (OpenType, TrueType, collections, WOFF, WOFF2).
func isFont(head []byte) bool {
	for _, magic := range [...]string{"wOF2", "wOFF", "OTTO", "\x00\x01\x00\x00", "true", "ttcf"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}
