package loader

import "pageload/parse/weburl"

// A partition names what shares connections, as Chromium's
// NetworkAnonymizationKey does (net/base/network_anonymization_key.h): the site
// of the page, and whether the frame that asks is of another one. So an image
// that the page and a frame of another site both show comes over two
// connections, and one that a frame of its own site shows over the first.
type partition struct {
	top, own weburl.Origin // what text was made of
	text     string
}

// partition returns that of the frame's requests.
func (f *frame) partition() string {
	p := &f.part
	if top, own := f.l.frames[0].origin(), f.origin(); p.text == "" || p.top != top || p.own != own {
		*p = partition{top, own, partitionOf(top, own)}
	}
	return p.text
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

// embedded reports whether the frame, or one between it and the page, is of
// another site than the page: then nothing is first-party to what it asks for
// ("site for cookies", RFC 6265bis section 5.2.1).
func (f *frame) embedded() bool {
	top := f.l.frames[0].origin()
	for ; f.parent != nil; f = f.parent {
		if !weburl.SameSite(top, f.origin()) {
			return true
		}
	}
	return false
}
