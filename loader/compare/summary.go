package compare

import (
	"time"

	"pageload/loader/waterfall"
)

// A Summary is a load in figures. Milestones that were not reached are
// [waterfall.None].
type Summary struct {
	URL, Title       string
	Requests         int // rows: hops of redirects, failures and refusals included
	Redirects        int
	Failures         int // see [waterfall.Request.Failed]; statuses of 400 and more as well
	Blocking         int // see [Blocks]
	Hosts            int // that were asked, or should have been
	HostNames        map[string]bool
	Connections      int // that carried a request of the load
	FromCache        int
	Bytes            int64 // that came over the network, heads included
	BytesByType      map[waterfall.Type]int64
	RenderStart      time.Duration
	DOMContentLoaded time.Duration
	Load             time.Duration
	End              time.Duration
	Err              string // why the page was not loaded
}

// Summarise adds up a load.
func Summarise(w *waterfall.Waterfall) Summary {
	p := &w.Page
	s := Summary{
		URL: p.URL, Title: p.Title, Requests: len(w.Requests), HostNames: map[string]bool{}, BytesByType: map[waterfall.Type]int64{},
		RenderStart: p.RenderStart, DOMContentLoaded: p.DOMContentLoaded, Load: p.Load, End: p.End, Err: p.Err,
	}
	conns := map[uint64]bool{}
	for i := range w.Requests {
		r := &w.Requests[i]
		if r.Redirect {
			s.Redirects++
		}
		if failed(r) {
			s.Failures++
		}
		if Blocks(r) {
			s.Blocking++
		}
		if h := hostOf(r.URL); h != "" {
			s.HostNames[h] = true
		}
		if r.FromCache != "" {
			s.FromCache++
		}
		if r.ConnID != 0 && !conns[r.ConnID] {
			conns[r.ConnID] = true
			s.Connections++
		}
		n := bytesOf(r)
		s.Bytes += n
		s.BytesByType[r.Type] += n
	}
	s.Hosts = len(s.HostNames)
	return s
}

// failed reports whether a request came to nothing.
func failed(r *waterfall.Request) bool { return r.Failed() || r.Status >= 400 }

// bytesOf is what came over the network; a file may say anything.
func bytesOf(r *waterfall.Request) int64 {
	const most = 1 << 50
	if r.FromCache != "" {
		return 0
	}
	return min(max(r.HeadBytes, 0), most) + min(max(r.BodyBytes, 0), most)
}
