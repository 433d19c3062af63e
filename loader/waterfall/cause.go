package waterfall

import "strings"

// Causes returns for each request the index of the one that it came from, -1
// where none is known: the redirect before it, else the document, style sheet or
// script that named it. A cause stands before what it caused, so that following
// causes ends.
func (w *Waterfall) Causes() []int {
	causes := make([]int, len(w.Requests))
	byURL := make(map[string]int, len(w.Requests))  // the last row of a URL so far
	byChain := make(map[int32]int, len(w.Requests)) // the last hop of a chain so far
	documents := map[int32]int{}                    // the last document of a frame so far
	for i := range w.Requests {
		r := &w.Requests[i]
		causes[i] = -1
		hop, redirected := byChain[r.Chain]
		named, known := byURL[withoutFragment(r.Initiator.URL)]
		doc, framed := documents[r.Frame]
		switch {
		case redirected && r.Redirect:
			causes[i] = hop
		case r.Initiator.URL != "" && known:
			causes[i] = named
		case framed && r.Type != Document:
			causes[i] = doc
		}
		byChain[r.Chain] = i
		byURL[withoutFragment(r.URL)] = i
		if r.Type == Document {
			documents[r.Frame] = i
		}
	}
	return causes
}

func withoutFragment(u string) string {
	u, _, _ = strings.Cut(u, "#")
	return u
}
