package loader

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"pageload/conn"
	"pageload/conn/kernel"
	"pageload/loader/waterfall"
)

// connection turns what the pool knows of a connection into a row.
func (p *Page) connection(r *conn.Record) *waterfall.ConnectionRow {
	row := &waterfall.ConnectionRow{
		ID: r.ID, Scheme: r.Key.Scheme, Host: r.Key.Host, Port: r.Key.Port, Private: r.Key.Private,
		Remote: address(r.Remote), Local: address(r.Local), Proto: r.Proto,
		Started: p.offset(r.Started), Backup: r.Backup, Opened: p.offset(r.ConnectStart), Connected: p.offset(r.ConnectEnd), Secured: p.offset(r.TLSEnd),
		Closed: p.offset(r.Closed), Requests: r.Requests, Sent: r.Sent, Received: r.Received,
		Attempts: p.attempts(r.Attempts), TLS: handshake(r.TLS), Handshake: handshakeFacts(r),
	}
	if r.TLS == nil && !r.TLSStart.IsZero() { // the handshake failed: it had connected before, and is not secured
		row.Secured = waterfall.None
		if r.ConnectEnd.IsZero() {
			row.Connected = p.offset(r.TLSStart)
		}
	}
	if !r.DNSStart.IsZero() {
		row.Names = &waterfall.Lookup{From: p.offset(r.DNSStart), To: p.offset(r.DNSEnd), Steps: steps(r.DNS.Steps, p.start)}
		for _, a := range r.DNS.Addrs {
			row.Names.Addrs = append(row.Names.Addrs, waterfall.Address{IP: a.IP.String(), TTL: a.TTL})
		}
	}
	if r.Proxy != nil {
		row.Proxy = &waterfall.Proxy{URL: r.Proxy.String(), From: p.offset(r.ProxyStart), To: p.offset(r.ProxyEnd)}
	}
	row.SYNRetransmits, row.Opening = r.SYNRetransmits, p.states(r.OpenStates)
	row.Facts, row.Path = p.facts(r), p.path(r)
	if !r.Closed.IsZero() {
		row.ClosedBy = r.By.String()
	}
	if !r.Closed.IsZero() && !r.Opened.IsZero() {
		row.Closing = p.closing(r)
	}
	if r.Reason != nil {
		row.CloseReason = r.Reason.Error()
	}
	return row
}

// handshakeFacts is what TLS took, nil if there was none.
func handshakeFacts(r *conn.Record) *waterfall.Handshake {
	took, facts := r.Handshake, r.TLSFacts()
	if facts == nil && took.Sent == 0 {
		return nil
	}
	h := &waterfall.Handshake{RoundTrips: took.RoundTrips, Sent: took.Sent, Received: took.Received, Asked: took.Asked}
	if took.Shown != nil {
		h.Shown = took.Shown.Subject.String()
	}
	if facts == nil {
		return h
	}
	h.Group, h.Retried, h.ECH, h.Root, h.Timestamps = facts.Group, facts.Retried, facts.ECH, facts.Root, len(facts.SCTs)
	if o := facts.OCSP; o != nil {
		if h.OCSP = o.Status; o.Err != nil {
			h.OCSP = o.Err.Error()
		}
	}
	for _, c := range facts.Chain {
		h.Chain = append(h.Chain, waterfall.Certificate{
			Subject: c.Subject, Issuer: c.Issuer, Names: c.Names, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
			Key: c.Key, Signature: c.Signature, Serial: c.Serial, SHA256: hex.EncodeToString(c.SHA256[:]),
		})
	}
	return h
}

func (p *Page) attempts(list []conn.Attempt) []waterfall.Attempt {
	if len(list) == 0 {
		return nil
	}
	rows := make([]waterfall.Attempt, len(list))
	for i, a := range list {
		rows[i] = waterfall.Attempt{Addr: address(a.Addr), From: p.offset(a.Start), To: waterfall.None, Lost: errors.Is(a.Err, conn.ErrLost), Late: a.Late, Waited: a.Waited, Why: a.Reason}
		if a.Duration >= 0 {
			rows[i].To = rows[i].From + a.Duration
		}
		if a.Err != nil {
			rows[i].Err = a.Err.Error()
		}
	}
	return rows
}

// closing is what was seen of a close.
func (p *Page) closing(r *conn.Record) *waterfall.Closing {
	c := &waterfall.Closing{Start: p.offset(r.CloseStart), Why: r.ResetWhy, Drained: r.Drained, States: p.states(r.CloseStates)}
	if r.FirstFIN != conn.ByNobody {
		c.FirstFIN = r.FirstFIN.String()
	}
	if r.Reset != conn.ByNobody {
		c.Reset = r.Reset.String()
	}
	return c
}

func (p *Page) states(list []conn.StateSpan) []waterfall.TCPState {
	if len(list) == 0 {
		return nil
	}
	rows := make([]waterfall.TCPState, len(list))
	for i, s := range list {
		rows[i] = waterfall.TCPState{
			Name: s.State.String(), Peer: s.Peer, From: p.offset(s.From), To: p.offset(s.To), Error: s.Error, Seen: s.Seen, Why: s.Why,
		}
		if s.State == kernel.TimeWait && !s.To.IsZero() {
			rows[i].Left = max(0, time.Until(s.To))
		}
	}
	return rows
}

// facts are what the kernel said of a connection, in the order of time.
func (p *Page) facts(r *conn.Record) []waterfall.TCPInfo {
	var list []waterfall.TCPInfo
	if r.AtOpen != nil {
		list = append(list, p.tcpInfo(r.AtOpen, "open", r.ConnectEnd))
	}
	for i := range r.EachResponse {
		list = append(list, p.tcpInfo(&r.EachResponse[i].Info, "response", r.EachResponse[i].Time))
	}
	if r.AtClose != nil {
		list = append(list, p.tcpInfo(r.AtClose, "close", r.Closed))
	}
	return list
}

func (p *Page) tcpInfo(i *kernel.Info, when string, at time.Time) waterfall.TCPInfo {
	t := waterfall.TCPInfo{
		At: p.offset(at), When: when, State: i.State.String(), RTT: i.RTT, RTTVar: i.RTTVar, MinRTT: i.MinRTT,
		Retransmits: i.Retransmits, MSS: i.MSS, PMTU: i.PMTU, Window: i.CWND,
		SegmentsOut: int64(i.SegsOut), SegmentsIn: int64(i.SegsIn), BytesSent: i.BytesSent, BytesRetransmitted: i.BytesRetrans,
		BytesAcked: i.BytesAcked, DeliveryRate: i.DeliveryRate,
		Busy: i.Busy, LimitedByReceiver: i.RwndLimited, LimitedBySendBuffer: i.SndbufLimited, Options: tcpOptions(i),
	}
	_, t.BytesReceived = i.Data() // without the FIN
	if i.SSThresh != kernel.InfiniteSSThresh {
		t.Threshold = i.SSThresh
	}
	return t
}

// tcpOptions names the options that both ends agreed on.
func tcpOptions(i *kernel.Info) string {
	var list []string
	for _, o := range []struct {
		agreed bool
		name   string
	}{{i.Timestamps, "timestamps"}, {i.SACK, "sack"}, {i.ECN, "ecn"}, {i.SYNData, "data in the SYN"}} {
		if o.agreed {
			list = append(list, o.name)
		}
	}
	if i.WScale {
		list = append(list, fmt.Sprintf("wscale %d/%d", i.SndWScale, i.RcvWScale))
	}
	return strings.Join(list, " ")
}

// path is the way to the peer, nil if nobody looked.
func (p *Page) path(r *conn.Record) *waterfall.Path {
	if r.Path == nil {
		return nil
	}
	route, hop := &r.Path.Route, &r.Path.Neighbour
	row := &waterfall.Path{
		OnLink: route.OnLink, LinkAddress: hop.LinkAddr.String(), Neighbour: hop.State,
		Interface: route.Interface, MTU: route.MTU, LearntFrom: route.Protocol,
	}
	if route.Dst.IsValid() {
		row.Route = route.Dst.String()
		if route.Dst.Bits() == 0 {
			row.Route = "default"
		}
	}
	if row.NextHop = addr(route.NextHop); route.OnLink {
		row.NextHop = addr(r.Path.Dst)
	}
	row.Source = addr(route.Source)
	for _, c := range r.LinkChanges {
		row.Changes = append(row.Changes, waterfall.LinkChange{At: p.offset(c.Seen), Old: c.From.String(), New: c.To.String()})
	}
	return row
}

func addr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
