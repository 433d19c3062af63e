package compare

import (
	"encoding/json"
	"time"

	"pageload/loader/waterfall"
)

// MarshalJSON writes the comparison as an object: "a" and "b" with the figures,
// "added", "removed", "changed" (with "changes"), "same", "newHosts" and the
// critical paths "pathA" and "pathB". Times are milliseconds, null where a
// milestone was not reached.
func (d *Diff) MarshalJSON() ([]byte, error) {
	j := jsonDiff{
		A: d.A.json(), B: d.B.json(), Added: []jsonRow{}, Removed: []jsonRow{}, Changed: []jsonMatch{}, Same: d.Same,
		NewHosts: append([]string{}, d.NewHosts...), PathA: jsonPath(d.PathA), PathB: jsonPath(d.PathB),
	}
	for i := range d.Added {
		j.Added = append(j.Added, rowJSON(&d.Added[i].Row))
	}
	for i := range d.Removed {
		j.Removed = append(j.Removed, rowJSON(&d.Removed[i].Row))
	}
	for i := range d.Changed {
		m := &d.Changed[i]
		x := jsonMatch{A: rowJSON(&m.A), B: rowJSON(&m.B), Rule: m.Rule}
		for _, c := range m.Changes {
			x.Changes = append(x.Changes, jsonChange(c))
		}
		j.Changed = append(j.Changed, x)
	}
	return json.Marshal(j)
}

type jsonDiff struct {
	A        jsonSummary `json:"a"`
	B        jsonSummary `json:"b"`
	Added    []jsonRow   `json:"added"`
	Removed  []jsonRow   `json:"removed"`
	Changed  []jsonMatch `json:"changed"`
	Same     int         `json:"same"`
	NewHosts []string    `json:"newHosts"`
	PathA    []jsonStep  `json:"pathA"`
	PathB    []jsonStep  `json:"pathB"`
}

type jsonSummary struct {
	URL              string           `json:"url"`
	Title            string           `json:"title"`
	Requests         int              `json:"requests"`
	Redirects        int              `json:"redirects"`
	Failures         int              `json:"failures"`
	Blocking         int              `json:"blocking"`
	Hosts            int              `json:"hosts"`
	Connections      int              `json:"connections"`
	FromCache        int              `json:"fromCache"`
	Bytes            int64            `json:"bytes"`
	BytesByType      map[string]int64 `json:"bytesByType"`
	RenderStart      *float64         `json:"renderStart"`
	DOMContentLoaded *float64         `json:"domContentLoaded"`
	Load             *float64         `json:"load"`
	End              *float64         `json:"end"`
	Err              string           `json:"error,omitempty"`
}

type jsonRow struct {
	URL      string  `json:"url"`
	Method   string  `json:"method"`
	Type     string  `json:"type"`
	Priority string  `json:"priority"`
	Blocking bool    `json:"blocking"`
	Outcome  string  `json:"outcome"`
	Start    float64 `json:"start"`
	Bytes    int64   `json:"bytes"`
}

type jsonMatch struct {
	A       jsonRow      `json:"a"`
	B       jsonRow      `json:"b"`
	Rule    Rule         `json:"matchedBy"`
	Changes []jsonChange `json:"changes"`
}

type jsonChange struct {
	What What    `json:"what"`
	From string  `json:"from"`
	To   string  `json:"to"`
	By   float64 `json:"by"`
}

type jsonStep struct {
	URL  string  `json:"url"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Why  string  `json:"why,omitempty"`
	Only bool    `json:"only"`
}

func (s *Summary) json() jsonSummary {
	j := jsonSummary{
		URL: s.URL, Title: s.Title, Requests: s.Requests, Redirects: s.Redirects, Failures: s.Failures, Blocking: s.Blocking, Hosts: s.Hosts,
		Connections: s.Connections, FromCache: s.FromCache, Bytes: s.Bytes, BytesByType: map[string]int64{}, Err: s.Err,
		RenderStart: millis(s.RenderStart), DOMContentLoaded: millis(s.DOMContentLoaded), Load: millis(s.Load), End: millis(s.End),
	}
	for t, n := range s.BytesByType {
		j.BytesByType[string(t)] = n
	}
	return j
}

func rowJSON(r *waterfall.Request) jsonRow {
	return jsonRow{r.URL, r.Method, string(r.Type), string(r.Priority), Blocks(r), outcome(r), float64(known(r.Start).Microseconds()) / 1e3, bytesOf(r)}
}

func jsonPath(list []Step) []jsonStep {
	steps := make([]jsonStep, 0, len(list))
	for _, s := range list {
		steps = append(steps, jsonStep{s.URL, float64(s.From.Microseconds()) / 1e3, float64(s.To.Microseconds()) / 1e3, s.Why, s.Only})
	}
	return steps
}

// millis is a time in milliseconds, nil for what did not happen.
func millis(d time.Duration) *float64 {
	if d == waterfall.None {
		return nil
	}
	ms := float64(d.Microseconds()) / 1e3
	return &ms
}
