package whatif

import (
	"cmp"
	"math"
	"slices"
	"time"

	"pageload/loader/waterfall"
)

// result writes the log of what happened, and folds it.
func (s *simulation) result() *waterfall.Waterfall {
	p := &s.w.Page
	log := []waterfall.Event{{Kind: waterfall.NavigationStart, Text: p.URL, Data: p.Start}}
	order := slices.Clone(s.nodes)
	slices.SortStableFunc(order, func(a, b *node) int { return cmp.Compare(a.made, b.made) })
	chains := map[int32]int32{} // of the recording, to those of the simulation
	for i, n := range order {
		n.id = int32(i + 1)
		if !n.req.Redirect {
			chains[n.req.Chain] = n.id
		}
	}
	for _, n := range order {
		if !happened(n.made) {
			continue
		}
		log = n.log(log, chains)
	}
	for _, m := range []struct {
		name string
		at   float64
		was  time.Duration
	}{
		{waterfall.RenderStart, s.renderStart, p.RenderStart}, {waterfall.DOMInteractive, s.interactiveAt, p.DOMInteractive},
		{waterfall.DOMContentLoaded, s.ready, p.DOMContentLoaded}, {waterfall.Load, s.loaded, p.Load},
	} {
		if happened(m.at) && m.was != waterfall.None {
			log = append(log, waterfall.Event{At: offset(m.at), Kind: waterfall.Milestone, Text: m.name, Data: p.Title})
		}
	}
	log = append(log, waterfall.Event{At: offset(s.now), Kind: waterfall.Milestone, Text: waterfall.Settled, Data: p.Title})
	if p.Err != "" {
		log = append(log, waterfall.Event{At: offset(s.now), Kind: waterfall.LoadFailed, Text: p.Err})
	}
	for _, c := range s.wires {
		log = append(log, waterfall.Event{At: offset(c.asked), Kind: waterfall.Connection, Data: c.row()})
	}
	slices.SortStableFunc(log[1:], func(a, b waterfall.Event) int { return cmp.Compare(a.At, b.At) })
	return waterfall.Fold(log)
}

// offset is a time of the simulation as the waterfall has it.
func offset(t float64) time.Duration {
	if !happened(t) {
		return waterfall.None
	}
	const century = 3.15e9 // as far as a Duration goes, whatever a file says
	return time.Duration(math.Round(min(t, century)*1e6)) * time.Microsecond
}

// log writes what happened to a request.
func (n *node) log(log []waterfall.Event, chains map[int32]int32) []waterfall.Event {
	r, id := n.req, n.id
	add := func(at float64, k waterfall.Kind, text string, data any) {
		log = append(log, waterfall.Event{At: offset(at), Kind: k, Request: id, Frame: r.Frame, Text: text, Data: data})
	}
	d := r.Discovery
	if d.Chain = id; r.Redirect && chains[r.Chain] != 0 {
		d.Chain = chains[r.Chain]
	}
	add(n.made, waterfall.Discovered, "", &d)
	if n.held != "" && n.started > n.made {
		add(n.made, waterfall.Held, n.held, nil)
	}
	x := n.exchange()
	if n.refused() {
		add(n.ends, waterfall.Refused, r.BlockedReason, x)
		return log
	}
	if !happened(n.started) {
		return log
	}
	add(n.started, waterfall.Started, "", nil)
	if len(x.Waited) > 0 {
		add(n.queued, waterfall.Waited, n.waited, nil)
	}
	switch {
	case !happened(n.ends):
	case r.RedirectURL != "" && r.Status >= 300 && r.Status < 400:
		add(n.ends, waterfall.Redirected, "", x)
	case r.Err != "" || r.BlockedReason != "":
		add(n.ends, waterfall.Failed, r.Err, x)
	default:
		add(n.ends, waterfall.Finished, "", x)
	}
	if len(r.Body) > 0 {
		add(n.ends, waterfall.Body, "", r.Body)
	}
	return log
}

// exchange is what the simulation makes of the recording's.
func (n *node) exchange() *waterfall.Exchange {
	x := n.req.Exchange
	x.Times = waterfall.NoTimes()
	x.DNS, x.Waited, x.Retries = nil, nil, 0
	x.ConnID, x.Reused, x.Local, x.TLS = 0, false, "", nil
	t := &x.Times
	t.Queued, t.End = offset(n.started), offset(n.ends)
	if n.link == nil {
		return &x
	}
	t.Queued = offset(n.queued)
	t.DNSStart, t.DNSEnd = offset(n.dnsStart), offset(n.dnsEnd)
	t.ConnectStart, t.TLSStart, t.ConnectEnd = offset(n.connStart), offset(n.tlsStart), offset(n.connEnd)
	if t.TLSStart != waterfall.None {
		t.TLSEnd = t.ConnectEnd
	}
	t.SendStart, t.SendEnd = offset(n.sendStart), offset(n.sendEnd)
	t.FirstByte, t.HeadEnd = offset(n.firstByte), offset(n.headEnd)
	x.ConnID, x.Reused = n.link.id, n.reused
	x.Proto = "HTTP/1.1"
	if n.group.origin.h2 {
		x.Proto = "HTTP/2.0"
	}
	if n.waited != "" && n.sendStart > n.queued {
		x.Waited = []string{n.waited}
	}
	x.TLS = n.req.TLS
	return &x
}

// row is a connection as the waterfall has it.
func (c *wire) row() *waterfall.ConnectionRow {
	o := c.group.origin
	row := &waterfall.ConnectionRow{
		ID: c.id, Scheme: o.scheme, Host: o.host, Private: c.group.private, Proto: "http/1.1", Started: offset(c.asked),
		Opened: offset(c.opened), Connected: offset(c.connected), Secured: waterfall.None, Closed: offset(c.closed), Requests: c.requests,
	}
	row.Port = 80
	if o.scheme == "https" {
		row.Port, row.Secured = 443, offset(c.ready)
	}
	if o.h2 {
		row.Proto = "h2"
	}
	if o.row != nil {
		row.Host, row.Port, row.Remote = o.row.Host, o.row.Port, o.row.Remote
		if o.scheme == "https" {
			row.TLS = o.row.TLS
		}
	}
	if happened(c.closed) {
		row.ClosedBy, row.CloseReason = "peer", "the server closed it after the response, as in the recording"
	}
	if happened(c.lookup[0]) {
		row.Names = &waterfall.Lookup{From: offset(c.lookup[0]), To: offset(c.lookup[1])}
	}
	return row
}
