package loader

import "pageload/parse/weburl"

// A partition names what shares connections, as Chromium's
// NetworkAnonymizationKey does (net/base/network_anonymization_key.h): the site
// of the page, and whether the frame that asks is of another one. So an image
// that the page and a frame of another site both show comes over two
// connections, and one that a frame of its own site shows over the first.
type partition struct {
	moves    int // of the load's frames, when it was made; 0: never
	text     string
	embedded bool
}

// partition returns that of the frame's requests.
func (f *frame) partition() string { return f.standing().text }

// embedded reports whether the frame, or one between it and the page, is of
// another site than the page: then nothing is first-party to what it asks for
// ("site for cookies", RFC 6265bis section 5.2.1).
func (f *frame) embedded() bool { return f.standing().embedded }

// standing is the partition as it is now.
func (f *frame) standing() *partition {
	p := &f.part
	if p.moves == f.l.moves {
		return p
	}
	top := f.l.frames[0].origin()
	*p = partition{moves: f.l.moves, text: partitionOf(top, f.origin())}
	for o := f; o.parent != nil && !p.embedded; o = o.parent {
		p.embedded = !weburl.SameSite(top, o.origin())
	}
	return p
}

// partitions returns what gives the partition of each hop on the way to a frame's
// document: that of the frame which the hop would make. It is asked on other
// goroutines, so it has what it needs.
func (f *frame) partitions() func(weburl.URL) string {
	if f.parent == nil {
		return func(u weburl.URL) string { return u.Origin().Site() }
	}
	top := f.l.frames[0].origin()
	return func(u weburl.URL) string { return partitionOf(top, u.Origin()) }
}

func partitionOf(top, own weburl.Origin) string {
	if weburl.SameSite(top, own) {
		return top.Site()
	}
	return top.Site() + " cross-site"
}
