package loader

import (
	"pageload/parse"
	"pageload/parse/dom"
)

// fallback notes a source that its media element tries when those before it
// have failed (HTML standard, 4.8.11.5, resource selection algorithm).
func (f *frame) fallback(ref *parse.Ref) {
	first := *ref
	first.Fallback = false
	var w want
	if !f.wanted(&first, &w) {
		return
	}
	w.media = f.table().Parent(ref.Element)
	if f.fallbacks == nil {
		f.fallbacks = map[dom.ID][]want{}
	}
	f.fallbacks[w.media] = append(f.fallbacks[w.media], w)
}

// nextSource asks for the next source of a media element, one having failed.
func (f *frame) nextSource(media dom.ID) {
	if list := f.fallbacks[media]; len(list) > 0 {
		f.fallbacks[media] = list[1:]
		f.media = append(f.media, list[0])
	}
}

// startMedia asks for the video and audio that the tree builder came to.
func (f *frame) startMedia() {
	list := f.media
	f.media = nil
	for _, w := range list {
		f.fetch(w)
	}
}

// startTracks asks for the text tracks of media.
func (f *frame) startTracks() {
	list := f.tracks
	f.tracks = nil
	for _, w := range list {
		f.fetch(w)
	}
}
