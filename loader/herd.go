package loader

import (
	"bytes"
	"sync"
	"time"
)

// A herd is many loads that ask for one document at the same time, before any of
// them has it: the start of a load test. Were all of them to parse it, each would
// be as slow as if it were the last, and hold a table of its own. So the first few
// parse, and the others hold what comes back for a moment, until one of the first
// has the whole document and its record serves all. The zero value waits for
// nothing.
type herd struct {
	until time.Time // when the wait is over in any case; zero: there is none
	held  []piece
	bytes int
	ended bool     // the document has arrived
	same  *arrival // which has what is held, as far as all have the same; nil: nothing was held
}

// A piece is one of a document, and when it came.
type piece struct {
	data []byte
	at   time.Duration
}

const (
	herdSize   = 4                     // how many loads parse a document side by side before others wait
	parseTime  = 2 * time.Millisecond  // what parsing a usual document and its style takes: a herd waits no longer than it would take to parse all of theirs
	herdTime   = 2 * time.Second       // the longest wait
	makingTime = 20 * time.Millisecond // how often a load looks whether a record that is being made is there
	herdBytes  = waitingBytes          // the most that is held of a document
)

func (h *herd) begin(wait time.Duration) {
	if wait > 0 {
		h.until = time.Now().Add(wait)
	}
}

func (h *herd) waits() bool { return !h.until.IsZero() }

// hold keeps a piece of the document.
func (f *frame) hold(p []byte, at time.Duration) {
	h := &f.herd
	if h.same == nil {
		h.same = f.l.profile.Memory.scratch.arrival(f.options.URL.WithoutFragment().String())
	}
	h.held = append(h.held, piece{h.same.share(h.bytes, p), at})
	h.bytes += len(p)
}

// goesOn reports whether it is worth waiting: there is time left, or a record is
// just being made.
func (h *herd) goesOn(f *frame) bool {
	now := time.Now()
	if now.Before(h.until) {
		return true
	}
	if !f.l.profile.Memory.making(f.options) {
		return false
	}
	h.until = now.Add(makingTime)
	return true
}

// goOn parses what is held of a document if it is known by now, or there is no
// more waiting for that.
func (f *frame) goOn(must bool) {
	h := &f.herd
	if !h.waits() {
		return
	}
	p := f.l.profile.Memory.parser(f.options)
	if p == nil && !must && h.bytes <= herdBytes && h.goesOn(f) {
		if w := &f.l.wakeAt; w.IsZero() || h.until.Before(*w) {
			*w = h.until
		}
		return
	}
	if p != nil {
		f.parser = p
	}
	was := *h
	*h = herd{}
	f.l.profile.Memory.scratch.leave(was.same)
	for _, p := range was.held {
		f.scanned(f.parser.Feed(p.data), p.at)
	}
	if was.ended {
		f.complete()
		if f.whole {
			f.l.profile.Memory.share(f)
		}
	}
}

// An arrival is a document that many hold while it arrives: all of them hold the same bytes as long as they get the
// same. It is safe for concurrent use.
type arrival struct {
	url  string
	uses int // of the scratch

	mu    sync.Mutex
	bytes []byte // what came to any of them, as far as it is known; they are not changed
}

// share returns p, which came at a place of the document, or its like that others hold.
func (a *arrival) share(at int, p []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := len(a.bytes)
	if at > known || at+len(p) > herdBytes {
		return p
	}
	n := min(known-at, len(p))
	if !bytes.Equal(a.bytes[at:at+n], p[:n]) {
		return p
	}
	a.bytes = append(a.bytes, p[n:]...)
	return a.bytes[at : at+len(p) : at+len(p)]
}

// arrivals are the documents that are held now.
type arrivals struct {
	mu    sync.Mutex
	byURL map[string]*arrival
}

// arrival returns that of a URL, which is to be left.
func (s *arrivals) arrival(url string) *arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.byURL[url]
	if a == nil {
		a = &arrival{url: url}
		if s.byURL == nil {
			s.byURL = map[string]*arrival{}
		}
		s.byURL[url] = a
	}
	a.uses++
	return a
}

// leave ends a use, if there was one.
func (s *arrivals) leave(a *arrival) {
	if a == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.uses--; a.uses == 0 {
		delete(s.byURL, a.url)
	}
}
