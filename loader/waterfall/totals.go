package waterfall

import "strings"

// Totals are the figures of a whole load.
type Totals struct {
	Requests    int   // all rows, redirects and those that were not sent included
	Redirected  int   // led elsewhere
	Failed      int   // ended without a response that could be used
	Refused     int   // kept from being sent by a policy or a limit
	Errors      int   // were answered with a status of 400 or more
	Cached      int   // were answered by a cache
	Running     int   // have not ended
	Received    int64 // bytes over the network, heads included
	Decoded     int64 // bytes of bodies after content decoding, as far as they were decoded
	Sent        int64 // bytes of requests
	Hosts       int   // with ports where they are not the usual ones
	Connections int   // that were opened, or used
}

// Totals adds up the requests and connections.
func (w *Waterfall) Totals() Totals {
	t := Totals{Requests: len(w.Requests)}
	hosts, used := map[string]bool{}, map[uint64]bool{}
	for i := range w.Requests {
		r := &w.Requests[i]
		switch {
		case !r.Done:
			t.Running++
		case r.BlockedReason != "":
			t.Refused++
		case r.Err != "":
			t.Failed++
		case r.RedirectURL != "":
			t.Redirected++
		case r.Status >= 400:
			t.Errors++
		}
		if r.FromCache != "" {
			t.Cached++
		} else {
			t.Received += r.Transferred()
		}
		t.Sent += r.SentBytes
		if r.DecodedBytes >= 0 {
			t.Decoded += r.DecodedBytes
		} else {
			t.Decoded += r.BodyBytes
		}
		if h := HostOf(r.URL); h != "" {
			hosts[h] = true
		}
		if r.ConnID != 0 {
			used[r.ConnID] = true
		}
	}
	opened := 0
	for i := range w.Connections {
		if w.Connections[i].Connected != None {
			opened++
		}
	}
	t.Hosts, t.Connections = len(hosts), max(len(used), opened)
	return t
}

// HostOf returns the host of a URL, with its port where it is not the usual one;
// empty where it has none.
func HostOf(u string) string {
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok || strings.ContainsAny(scheme, ":/?#") { // data:,a://b has none
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return rest
}
