package har

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pageload/loader/waterfall"
)

// connections makes the rows of connections: of our own list, or of the ids that
// the entries have. w.Requests[i] is made of entries[i].
func (a *archive) connections(w *waterfall.Waterfall, entries []entryJSON, ids bool) {
	rows := map[uint64]int{}
	for i := range a.conns {
		id, err := strconv.ParseUint(string(a.conns[i].ID), 10, 64)
		if _, known := rows[id]; err != nil || id == 0 || known {
			continue
		}
		rows[id] = len(w.Connections)
		w.Connections = append(w.Connections, connectionRow(&a.conns[i], id, ids))
	}
	if len(rows) > 0 {
		for i := range w.Requests {
			id, err := strconv.ParseUint(string(cmp.Or(entries[i].ConnectionID, entries[i].Connection)), 10, 64)
			if at, ok := rows[id]; err == nil && ok {
				assign(&w.Requests[i], &w.Connections[at], !ids)
			} else if err == nil && id != 0 {
				assign(&w.Requests[i], &waterfall.ConnectionRow{ID: id}, false)
			}
		}
		if !ids {
			sortCarried(w)
		}
		return
	}
	// An id may be a port (Firefox, Chromium of old), which another server's
	// connection may have as well.
	type key struct{ id, address text }
	made := map[key]int{}
	for i := range w.Requests {
		e, r := &entries[i], &w.Requests[i]
		k := key{cmp.Or(e.ConnectionID, e.Connection), text(r.Remote)}
		if k.id == "" || k.id == "0" || r.FromCache != "" {
			continue
		}
		at, ok := made[k]
		if !ok {
			at = len(w.Connections)
			made[k] = at
			w.Connections = append(w.Connections, madeUp(r, uint64(at+1)))
		}
		assign(r, &w.Connections[at], true)
		w.Connections[at].Requests++
	}
	sortCarried(w)
}

// assign says of a request which connection it went over.
func assign(r *waterfall.Request, c *waterfall.ConnectionRow, carried bool) {
	r.ConnID = c.ID
	r.Reused = r.Times.ConnectStart == waterfall.None
	if carried && r.Times.SendStart != waterfall.None {
		c.Carried = append(c.Carried, waterfall.Carriage{Request: r.ID, Queued: r.Times.Queued, From: r.Times.SendStart, FirstByte: r.Times.FirstByte, To: r.Times.End})
	}
}

func sortCarried(w *waterfall.Waterfall) {
	for i := range w.Connections {
		slices.SortStableFunc(w.Connections[i].Carried, func(a, b waterfall.Carriage) int { return cmp.Compare(a.From, b.From) })
	}
}

// madeUp is a connection of which nothing is known but its first request.
func madeUp(r *waterfall.Request, id uint64) waterfall.ConnectionRow {
	none := waterfall.None
	c := waterfall.ConnectionRow{ID: id, Remote: r.Remote, Local: r.Local, Started: none, Opened: none, Connected: none, Secured: none, Closed: none, TLS: r.TLS}
	if u, err := url.Parse(r.URL); err == nil {
		c.Scheme, c.Host, c.Port = u.Scheme, u.Hostname(), uint16(portOf(r.URL, number{}))
	}
	switch r.Proto {
	case "HTTP/2.0":
		c.Proto = "h2"
	case "HTTP/3.0":
		c.Proto = "h3"
	default:
		c.Proto = strings.ToLower(r.Proto)
	}
	t := &r.Times
	switch {
	case t.ConnectStart != none:
		c.Started, c.Opened, c.Connected = t.ConnectStart, t.ConnectStart, t.ConnectEnd
		if t.TLSStart != none {
			c.Connected, c.Secured = t.TLSStart, t.TLSEnd
		}
		if t.DNSStart != none {
			c.Started, c.Names = t.DNSStart, &waterfall.Lookup{From: t.DNSStart, To: t.DNSEnd, Steps: r.DNS}
		}
	case t.SendStart != none: // it was there before
		c.Connected = t.SendStart
	}
	if c.Scheme == "https" && c.Secured == none {
		c.Secured = c.Connected
	}
	return c
}

// connectionRow reads what [Write] wrote of a connection.
func connectionRow(j *connectionJSON, id uint64, ids bool) waterfall.ConnectionRow {
	none := waterfall.None
	c := waterfall.ConnectionRow{ID: id, Scheme: j.Scheme, Host: j.Host, Port: uint16(min(j.Port.count(0), 1<<16-1)), Private: j.Private,
		Remote: j.RemoteAddress, Local: j.LocalAddress, Proto: j.Protocol, Started: j.Started.offset(none), Backup: j.Backup,
		Opened: j.Opened.offset(none), Connected: j.Connected.offset(none), Secured: j.Secured.offset(none), Closed: j.Closed.offset(none),
		ClosedBy: j.ClosedBy, CloseReason: j.CloseReason, Requests: line(j.Requests), Sent: j.SentBytes.count(0), Received: j.ReceivedBytes.count(0),
		SYNRetransmits: line(j.SYNRetransmits), TLS: handshake(j.TLS), Opening: states(j.OpenStates)}
	if d := j.DNS; d != nil {
		c.Names = &waterfall.Lookup{From: d.From.offset(none), To: d.To.offset(none), Steps: steps(d.Steps)}
		for _, x := range d.Addresses {
			c.Names.Addrs = append(c.Names.Addrs, waterfall.Address{IP: x.IP, TTL: seconds(x.TTL)})
		}
	}
	for _, x := range j.Attempts {
		c.Attempts = append(c.Attempts, waterfall.Attempt{Addr: x.Address, From: x.From.offset(none), To: x.To.offset(none), Err: x.Error,
			Lost: x.Result == "lost", Late: x.Late, Waited: x.Waited.duration(), Why: x.WaitedFor})
	}
	if p := j.Proxy; p != nil {
		c.Proxy = &waterfall.Proxy{URL: p.URL, From: p.From.offset(none), To: p.To.offset(none)}
	}
	c.Handshake, c.Path = j.TLSHandshake.row(), j.Path.row()
	for i := range j.TCPInfo {
		c.Facts = append(c.Facts, j.TCPInfo[i].row())
	}
	if x := j.Close; x != nil {
		c.Closing = &waterfall.Closing{Start: x.Start.offset(none), FirstFIN: x.FirstFIN, Reset: x.Reset, Why: x.Why, Drained: x.DrainedBytes.count(0), States: states(x.States)}
	}
	if !ids {
		return c // the requests have other numbers now
	}
	for _, x := range j.Carried {
		c.Carried = append(c.Carried, waterfall.Carriage{Request: requestID(x.Request), Queued: x.Queued.offset(none), From: x.From.offset(0),
			FirstByte: x.FirstByte.offset(none), To: x.To.offset(none), Why: x.WaitedFor})
	}
	return c
}

func requestID(n number) int32 { return int32(min(n.count(0), 1<<31-1)) }

func states(list []stateJSON) (out []waterfall.TCPState) {
	for _, s := range list {
		out = append(out, waterfall.TCPState{Name: s.State, Peer: s.Peer, From: s.From.offset(waterfall.None), To: s.To.offset(waterfall.None),
			Error: s.Error.duration(), Seen: s.Seen, Left: s.Left.duration(), Why: s.Why})
	}
	return out
}

func (j *handshakeJSON) row() *waterfall.Handshake {
	if j == nil {
		return nil
	}
	h := &waterfall.Handshake{RoundTrips: line(j.RoundTrips), Sent: j.BytesSent.count(0), Received: j.BytesReceived.count(0), Group: j.Group,
		Retried: j.Retried, ECH: j.ECH, Asked: j.ClientCertificateAsked, Shown: j.ClientCertificate, Root: j.Root, OCSP: j.OCSP, Timestamps: line(j.Timestamps)}
	for _, x := range j.Chain {
		h.Chain = append(h.Chain, waterfall.Certificate{Subject: x.Subject, Issuer: x.Issuer, Names: x.Names, NotBefore: date(x.ValidFrom),
			NotAfter: date(x.ValidTo), Key: x.Key, Signature: x.Signature, Serial: x.Serial, SHA256: x.SHA256})
	}
	return h
}

func (j *pathJSON) row() *waterfall.Path {
	if j == nil {
		return nil
	}
	p := &waterfall.Path{Route: j.Route, OnLink: j.OnLink, NextHop: j.NextHop, LinkAddress: j.LinkAddress, Neighbour: j.NeighbourState,
		Interface: j.Interface, Source: j.Source, MTU: line(j.MTU), LearntFrom: j.LearntFrom}
	for _, x := range j.Changes {
		p.Changes = append(p.Changes, waterfall.LinkChange{At: x.At.offset(waterfall.None), Old: x.Old, New: x.New})
	}
	return p
}

func (j *tcpJSON) row() waterfall.TCPInfo {
	return waterfall.TCPInfo{At: j.At.offset(0), When: j.When, Request: requestID(j.Request), State: j.State,
		RTT: j.RTT.duration(), RTTVar: j.RTTVariation.duration(), MinRTT: j.MinRTT.duration(),
		Retransmits: line(j.Retransmits), MSS: line(j.MSS), PMTU: line(j.PathMTU), Window: line(j.CongestionWindow), Threshold: line(j.SlowStartThreshold),
		SegmentsOut: j.SegmentsOut.count(0), SegmentsIn: j.SegmentsIn.count(0), BytesSent: j.BytesSent.count(0), BytesRetransmitted: j.BytesRetransmitted.count(0),
		BytesAcked: j.BytesAcked.count(0), BytesReceived: j.BytesReceived.count(0), DeliveryRate: j.DeliveryRate.count(0),
		Busy: j.Busy.duration(), LimitedByReceiver: j.LimitedByReceiver.duration(), LimitedBySendBuffer: j.LimitedBySendBuffer.duration(), Options: j.Options}
}
