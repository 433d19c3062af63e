package loader

import (
	"hash/maphash"
	"strings"

	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// memory is what a document has fetched, so that it asks once for what it
// names twice. Blink keeps one resource a URL: one that does not fit replaces
// it (resource_fetcher.cc, DetermineRevalidationPolicy).
//
// It is a table with open addressing: a map would hold every URL once more. The zero value is empty.
type memory struct {
	table []*resource // a power of two of places, by the hash of their URLs, of which at least a quarter is nil
	n     int
	seed  maphash.Seed
}

// A memoryKey is the URL of a resource, without fragment, and its hash.
type memoryKey struct {
	url  string
	hash uint32
}

// key is that of a resource with the URL.
func (m *memory) key(u *weburl.URL) memoryKey {
	if m.seed == (maphash.Seed{}) {
		m.seed = maphash.MakeSeed()
	}
	s := u.WithoutFragment().String()
	return memoryKey{s, uint32(maphash.String(m.seed, s))}
}

// place returns where the resource of a key is or would be. The table is not empty.
func (m *memory) place(k memoryKey) **resource {
	for i := k.hash; ; i++ {
		p := &m.table[i&uint32(len(m.table)-1)]
		if r := *p; r == nil || r.hash == k.hash && r.url.WithoutFragment().String() == k.url {
			return p
		}
	}
}

// of returns the resource of a key; nil if there is none.
func (m *memory) of(k memoryKey) *resource {
	if m.n == 0 {
		return nil
	}
	return *m.place(k)
}

// put makes r that of its URL, whose key is k.
func (m *memory) put(k memoryKey, r *resource) {
	if 4*(m.n+1) > 3*len(m.table) {
		old := m.table
		m.table = make([]*resource, max(16, 2*len(old)))
		for _, o := range old {
			if o != nil {
				*m.free(o.hash) = o
			}
		}
	}
	r.hash = k.hash
	p := m.place(k)
	if *p == nil {
		m.n++
	}
	*p = r
}

// free returns the place of what is not in the table, by its hash.
func (m *memory) free(hash uint32) **resource {
	for i := hash; ; i++ {
		if p := &m.table[i&uint32(len(m.table)-1)]; *p == nil {
			return p
		}
	}
}

// fetch is ask for a want that its caller goes on using.
func (f *frame) fetch(w want) *resource { return f.ask(&w) }

// ask asks for w, or finds what answers it already. It is nil where nothing
// is fetched because a limit was reached. It changes the URL of w to that which is asked for.
func (f *frame) ask(w *want) *resource {
	if strings.IndexByte(w.url.Path(), '|') >= 0 {
		w.url = asChromium(w.url)
	}
	if !f.admit(w) {
		return nil
	}
	key := f.memory.key(&w.url)
	r := f.memory.of(key)
	if r != nil && w.rules.Scanner && !w.rules.LinkPreload && r.rules.Type() == w.typ {
		f.seen(w)
		return r // the scanner asks once for a URL, whatever the mode
	}
	if r != nil && r.rules.Type() != w.typ && r.made != nil && r.made.before != nil && r.made.before.serves(w) {
		r = r.made.before
	}
	if r == nil || !r.serves(w) {
		old := r
		if r = f.l.request(f, w); r == nil {
			return nil
		}
		if w.shared() {
			if old != nil && old.rules.Type() != r.rules.Type() && !old.used && old.ahead() {
				r.product().before = old // it is still to be had by what it was fetched for (resource_fetcher.cc, MatchPreload)
			}
			f.memory.put(key, r)
		}
		r.use(w)
		return r
	}
	f.seen(w)
	if !w.rules.Scanner && !w.rules.LinkPreload && w.typ == waterfall.Script { // others keep theirs
		f.l.raise(r, max(r.priority, f.priorities.Reached(r.rules.Resource(), r.priority)))
	}
	r.use(w)
	return r
}

// seen notes an image that makes no request of its own: it counts all the same
// among those that later priorities depend on.
func (f *frame) seen(w *want) {
	if w.typ == waterfall.Image {
		rules := w.rules
		rules.Type = w.typ
		f.priorities.Initial(rules)
	}
}

// shared reports whether Blink keeps the resource for others of the document:
// documents, media and prefetches are not kept.
func (w *want) shared() bool {
	switch w.typ {
	case waterfall.Document, waterfall.Media:
		return false
	}
	return !w.rules.Prefetch && !w.rules.Icon
}

// serves reports whether the resource answers w as well.
func (r *resource) serves(w *want) bool {
	switch {
	case r.rules.Type() != w.typ || r.mode != w.mode || r.credentials != w.credentials || !w.shared():
		return false
	case r.state != ended:
		return true // joined, fresh or not
	case r.failed && (r.rules.Type() == waterfall.Script || r.rules.Type() == waterfall.Stylesheet):
		return !r.used && !(w.rules.Module && r.rules.Resource().LinkPreload) // one element takes the failure, the next asks again
	case r.noStore && r.rules.Type() != waterfall.Image:
		return !r.used // fetched ahead of its first use, or used before
	}
	return true
}

// use marks the resource as one that the document needs: a preload that is used
// delays the load event from then on.
func (r *resource) use(w *want) {
	if w.rules.LinkPreload || w.rules.Prefetch || w.rules.Icon || w.lazy || w.typ == waterfall.TextTrack {
		return
	}
	if !w.rules.Scanner {
		r.used = true
	}
	if !r.delays && r.state != ended {
		r.delays = true
		r.from.frame.delaying++
	}
}
