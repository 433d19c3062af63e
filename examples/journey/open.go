package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"pageload/examples/internal/pageflags"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// address is stage 1.
func (t *teller) address() stage {
	s := stage{Number: 1, Title: "The text becomes a URL", Package: "parse/weburl"}
	s.say("typed      %s", t.options.URL)
	u, err := weburl.Parse(t.options.URL)
	if err != nil {
		s.say("it is none: %v", err)
		return s
	}
	if u.String() != t.options.URL {
		s.say("parsed     %s", u)
	}
	s.say("scheme     %s", u.Scheme())
	if u.Username() != "" || u.Password() != "" {
		s.say("user       %s (is not sent in the request line)", u.Username())
	}
	if u.IsHTTP() {
		kind := "a name, to be looked up"
		if a, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]")); err == nil {
			kind = "an IPv6 address"
			if a.Is4() {
				kind = "an IPv4 address"
			}
		}
		s.say("host       %s (%s)", u.Hostname(), kind)
		_, port := u.Address()
		if u.Port() == "" {
			s.say("port       %d (the scheme's own)", port)
		} else {
			s.say("port       %d", port)
		}
	}
	s.say("path       %s", u.Path())
	if u.HasQuery() {
		s.say("query      %s", u.Query())
	}
	if u.HasFragment() {
		s.say("fragment   %s (stays here: it is not sent)", u.Fragment())
	}
	s.say("origin     %v", u.Origin())
	return s
}

// nothing stands in the place of stages 2 to 6 where no request was made.
func (t *teller) nothing() stage {
	s := stage{Number: 2, Title: "Nothing was requested", Package: "loader"}
	if t.wf.Page.Err != "" {
		s.say("%s", t.wf.Page.Err)
	}
	return s
}

// names is stage 2 of one request of the document.
func (t *teller) names(r *waterfall.Request) stage {
	s := stage{Number: 2, Title: "The name becomes addresses", Package: "dnscache"}
	c := t.connection(r)
	steps := r.DNS
	switch {
	case c != nil && c.Proxy != nil:
		s.say("what is looked up is the proxy's name; it is told %s", host(r.URL))
		fallthrough
	case c != nil && c.Names != nil:
		if c.Names != nil {
			steps = c.Names.Steps
		}
	case r.FromCache != "":
		s.say("none is needed: the %s cache answers", r.FromCache)
		return s
	}
	if r.Reused && len(r.DNS) == 0 {
		s.say("none is needed: a connection to the host is there")
		return s
	}
	for _, d := range steps {
		s.at(d.Start, "%s", dnsStep(d))
	}
	if len(steps) == 0 {
		s.say("none is needed: the host is an address, or is connected to elsewhere")
		return s
	}
	if c != nil && c.Names != nil && c.Names.To != waterfall.None {
		var list []string
		for _, a := range c.Names.Addrs {
			list = append(list, fmt.Sprintf("%s (TTL %d s)", a.IP, a.TTL/time.Second))
		}
		s.at(c.Names.To, "after %s: %s", ms(c.Names.To-c.Names.From), strings.Join(list, ", "))
	} else if r.Err != "" {
		s.at(r.Times.DNSEnd, "no address: %s", plainError(r))
	}
	return s
}

// dnsStep is one question to one level, and its answer.
func dnsStep(d waterfall.DNSStep) string {
	whom := strings.Join(strings.Fields(d.Server+" "+d.Transport), " ")
	text := fmt.Sprintf("%-7s %s: %s -> ", d.Level, whom, d.Question)
	switch {
	case d.RCode != "":
		text += d.RCode
	case d.Err != "":
		text += d.Err
	default:
		text += "not known here"
	}
	if d.RCode != "" && d.Err != "" {
		text += " (" + d.Err + ")"
	}
	if d.TTL > 0 {
		text += fmt.Sprintf(", TTL %d s", d.TTL/time.Second)
	}
	if d.Cached {
		text += ", from its cache"
	}
	return text + ", " + ms(d.Duration)
}

// connected is stage 3.
func (t *teller) connected(r *waterfall.Request) stage {
	s := stage{Number: 3, Title: "Addresses become a TCP connection", Package: "conn"}
	c := t.connection(r)
	switch {
	case c == nil && r.FromCache != "":
		s.say("none is needed")
		return s
	case c == nil:
		s.say("there is none%s", because(plainError(r)))
		return s
	case r.Reused:
		s.at(r.Times.SendStart, "connection #%d is there already, from %s to %s", c.ID, c.Local, c.Remote)
		return s
	}
	for _, w := range r.Waited {
		s.at(r.Times.Queued, "waited: %s", w)
	}
	t.way(&s, c)
	if c.Backup {
		s.at(c.Started, "a backup: the connect before it took long")
	}
	for _, a := range c.Attempts {
		if a.Why != "" {
			s.at(a.From, "%s: held back %s: %s", a.Addr, ms(a.Waited), a.Why)
		}
		switch {
		case a.Late:
			s.at(a.From, "%s: connected late and closed, another address was faster", a.Addr)
		case a.Lost:
			s.at(a.From, "%s: given up after %s, another address was faster", a.Addr, ms(a.To-a.From))
		case a.Err != "":
			s.at(a.From, "%s: %s, after %s", a.Addr, a.Err, ms(a.To-a.From))
		default:
			s.at(a.From, "%s: connected after %s, from port %s", a.Addr, ms(a.To-a.From), port(c.Local))
		}
	}
	if len(c.Attempts) == 0 && c.Connected != waterfall.None {
		s.at(c.Connected, "connected to %s", c.Remote)
	}
	if n := c.SYNRetransmits; n > 0 {
		s.say("the SYN was lost or not answered: it was sent again %d times", n)
	}
	if !t.opening(&s, c) {
		for _, x := range c.Opening {
			s.Lines = append(s.Lines, state(x))
		}
	}
	if t.deaf != nil {
		s.say("%s", unseen(t.deaf))
		t.deaf = nil // once is enough
	}
	t.kernelSays(&s, c, "open")
	if p := c.Proxy; p != nil {
		if p.From == waterfall.None {
			s.say("the peer is the proxy %s: it is sent whole URLs", p.URL)
		} else {
			s.at(p.From, "the proxy %s makes a tunnel to %s: %s", p.URL, host(r.URL), ms(p.To-p.From))
		}
	}
	return s
}

// way tells the route and the next hop.
func (t *teller) way(s *stage, c *waterfall.ConnectionRow) {
	p := c.Path
	if p == nil {
		return
	}
	hop := "next hop " + p.NextHop
	if p.OnLink {
		hop = p.NextHop + " is on the link"
	}
	s.say("route %s by %s (learnt from: %s): %s, from %s, MTU %d", p.Route, p.Interface, or(p.LearntFrom, "not said"), hop, p.Source, p.MTU)
	switch {
	case p.LinkAddress != "":
		s.say("link address of the next hop: %s (%s)", p.LinkAddress, p.Neighbour)
	case p.Interface == "lo":
		s.say("loopback: nobody's link address is needed")
	default:
		s.say("no link address of the next hop is known%s", because(strings.ToLower(p.Neighbour)))
	}
	for _, x := range p.Changes {
		s.at(x.At, "THE LINK ADDRESS CHANGED from %s to %s", x.Old, x.New)
	}
}

// kernelSays tells what TCP_INFO had at a moment.
func (t *teller) kernelSays(s *stage, c *waterfall.ConnectionRow, when string) {
	for i := range c.Facts {
		x := &c.Facts[i]
		if x.When != when {
			continue
		}
		text := fmt.Sprintf("the kernel says: %s, round trip %s +- %s, MSS %d, window %s", x.State, ms(x.RTT), ms(x.RTTVar), x.MSS, count(x.Window, "segment"))
		if when != "open" {
			text += fmt.Sprintf("; %s out, %s in, %s sent again; %d bytes out, %d in", count(x.SegmentsOut, "segment"), count(x.SegmentsIn, "segment"),
				count(x.Retransmits, "segment"), x.BytesSent, x.BytesReceived)
		}
		if x.Options != "" && when == "open" {
			text += "; agreed: " + x.Options
		}
		s.at(x.At, "%s", text)
	}
}

// state is one state of a connection.
func state(x waterfall.TCPState) line {
	text := x.Name
	if x.Peer {
		text += " of the peer"
	}
	switch {
	case !x.Seen:
		text += ": passed unseen"
	case x.Left > 0:
		text += fmt.Sprintf(": %s left", ms(x.Left))
	case x.To != waterfall.None && x.From != waterfall.None:
		text += ": " + ms(x.To-x.From)
	}
	if x.Error > 0 && x.Seen {
		text += ", seen at most " + ms(x.Error) + " late"
	}
	if why := strings.TrimLeft(strings.TrimPrefix(x.Why, "passed unseen"), ": "); why != "" {
		text += " (" + why + ")"
	}
	return line{At: x.From, Text: text}
}

// secured is stage 4.
func (t *teller) secured(r *waterfall.Request) stage {
	s := stage{Number: 4, Title: "TLS makes it secret, and shows who is there", Package: "conn"}
	if !strings.HasPrefix(r.URL, "https:") {
		s.say("not with http: all that follows can be read on the way")
		return s
	}
	c := t.connection(r)
	if c != nil && c.TLS == nil && c.Handshake != nil {
		s.say("%s, %d bytes out, %d in", count(c.Handshake.RoundTrips, "round trip"), c.Handshake.Sent, c.Handshake.Received)
	}
	if c == nil || c.TLS == nil {
		s.say("it fails%s", because(plainError(r)))
		return s
	}
	if r.Reused {
		s.say("done before, on connection #%d", c.ID)
		return s
	}
	x := c.TLS
	for _, p := range c.Spans(t.wf.Last()) {
		if p.Phase == waterfall.ConnTLS {
			s.at(p.From, "handshake with %s: %s", or(x.ServerName, "no server name"), ms(p.To-p.From))
		}
	}
	t.handshake(&s, c)
	resumed := "full handshake"
	if x.Resumed {
		resumed = "resumed from a ticket"
	}
	s.say("%s, %s, ALPN %s, %s", x.Version, x.Cipher, or(x.ALPN, "none"), resumed)
	h := c.Handshake
	if h == nil {
		return s
	}
	s.say("%s, %d bytes out, %d in; keys by %s", count(h.RoundTrips, "round trip"), h.Sent, h.Received, or(h.Group, "RSA"))
	for i, x := range h.Chain {
		what := "certificate of"
		if i > 0 {
			what = "certified by"
		}
		s.say("%s %s (%s), valid from %s to %s", what, or(x.Subject, "nobody"), x.Key, x.NotBefore.Format(time.DateOnly), x.NotAfter.Format(time.DateOnly))
		if i == 0 && len(x.Names) > 0 {
			s.say("for %s", names(x.Names))
		}
	}
	switch {
	case h.Root != "":
		s.say("verified to the root %s", h.Root)
	case !x.Resumed:
		s.say("NOT VERIFIED: anybody can show such a certificate")
	}
	if h.OCSP != "" {
		s.say("not revoked? the stapled answer says: %s", h.OCSP)
	}
	if h.Timestamps > 0 {
		s.say("%s of transparency logs", count(h.Timestamps, "timestamp"))
	}
	if h.ECH {
		s.say("the server name was encrypted")
	}
	if h.Asked {
		s.say("a client certificate was asked for; shown: %s", or(h.Shown, "none"))
	}
	return s
}

// names lists the first few of a certificate's names.
func names(list []string) string {
	const shown = 5
	if len(list) > shown {
		return fmt.Sprintf("%s and %d more names", strings.Join(list[:shown], ", "), len(list)-shown)
	}
	return strings.Join(list, ", ")
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// or is s, or otherwise where it is empty.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// plainError is why a request failed, without its URL and the names of packages.
func plainError(r *waterfall.Request) string {
	_, why, ok := strings.Cut(r.Err, r.URL+": ")
	if !ok {
		why = or(r.Err, r.BlockedReason)
	}
	return pageflags.Plain(why)
}
