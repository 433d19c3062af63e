package css

import (
	"slices"

	"pageload/parse/dom"
)

// A Finding is what one Collect found out, kept for a document and sheets that are
// the same another time. It is immutable and safe for concurrent use.
type Finding struct {
	Fetches []Fetch // must not be modified

	hidden   map[dom.ID]hiding
	exact    bool
	problems []Problem
	geometry Geometry
}

// Finding returns what the last Collect found, whose result is list.
func (s *Styler) Finding(list []Fetch) *Finding {
	return &Finding{Fetches: list, hidden: s.hidden, exact: s.exact, problems: slices.Clip(s.problems), geometry: s.geometry}
}

// Recall puts the Styler into the state in which a Collect with that finding has
// left one.
func (s *Styler) Recall(f *Finding) {
	s.hidden, s.exact, s.problems, s.geometry = f.hidden, f.exact, f.problems, f.geometry
	s.stopped = nil
}
