package origin

import (
	"slices"
	"time"
)

// Counts are what was asked for since Reset.
type Counts struct {
	Loads    int64 // of the page's document
	Requests int64 // all of them
	Missing  int64 // of what a browser asks for, so many requests less than one a load
	Needless int64 // for decoys, for what is not there, and for what was asked for already in the same load
	Bytes    int64 // of all bodies that were sent
	Opened   int64 // connections
	MostOpen int64 // at a time
	// Span is the time from the first connection to the last answer.
	Span time.Duration
}

// Reset begins to count anew, and sets how long each answer takes, and the
// first of each connection once more.
func (s *Server) Reset(delay time.Duration) {
	s.delay.Store(int64(delay))
	for _, f := range s.site.files {
		f.asked.Store(0)
	}
	s.opened.Store(0)
	s.unknown.Store(0)
	s.firstOpen.Store(0)
	s.lastSent.Store(0)
	s.mostOpen.Store(s.open.Load())
}

// Counts returns the figures of a page.
func (s *Server) Counts(page string) Counts {
	c := Counts{Needless: s.unknown.Load(), Requests: s.unknown.Load(), Opened: s.opened.Load(), MostOpen: s.mostOpen.Load()}
	if first := s.firstOpen.Load(); first > 0 {
		c.Span = time.Duration(s.lastSent.Load() - first)
	}
	if f := s.site.files["/"+page+"/"]; f != nil {
		c.Loads = f.asked.Load()
	}
	for _, f := range s.site.files {
		n := f.asked.Load()
		c.Requests += n
		c.Bytes += n * int64(len(f.body))
		switch {
		case !f.wanted || !slices.Contains(s.site.pages[page], f):
			c.Needless += n
		case n < c.Loads:
			c.Missing += c.Loads - n
		default:
			c.Needless += n - c.Loads
		}
	}
	return c
}

// Wanted returns how many requests a load of the page is, and its bytes.
func (s *Server) Wanted(page string) (requests int, bytes int64) {
	for _, f := range s.site.pages[page] {
		if f.wanted {
			requests++
			bytes += int64(len(f.body))
		}
	}
	return requests, bytes
}

// Paths returns the paths of what a browser asks for that loads the page, the document's first.
func Paths(page string) []string {
	paths := []string{"/" + page + "/"}
	for _, f := range newSite().pages[page] {
		if f.wanted && f.path != paths[0] {
			paths = append(paths, f.path)
		}
	}
	return paths
}
