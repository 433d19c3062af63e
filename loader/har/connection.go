package har

import (
	"time"

	"pageload/loader/waterfall"
)

// connections writes a row a connection. Times are milliseconds after the
// navigation began; what is not known or did not happen is left out.
func (h *writer) connections() {
	h.array("_connections")
	for i := range h.wf.Connections {
		h.line()
		h.connection(&h.wf.Connections[i])
		if len(h.buf) >= flushAt {
			h.flush()
		}
	}
	h.close(']')
}

func (h *writer) connection(c *waterfall.ConnectionRow) {
	h.open('{')
	h.connectionID("id", c.ID)
	h.str("scheme", c.Scheme)
	h.str("host", c.Host)
	h.num("port", int64(c.Port))
	h.bool("private", c.Private)
	h.opt("remoteAddress", c.Remote)
	h.opt("localAddress", c.Local)
	h.opt("protocol", c.Proto)
	h.offset("started", c.Started)
	if c.Backup {
		h.bool("backup", true)
	}
	h.offset("opened", c.Opened)
	h.offset("connected", c.Connected)
	h.offset("secured", c.Secured)
	h.offset("closed", c.Closed)
	h.opt("closedBy", c.ClosedBy)
	h.opt("closeReason", c.CloseReason)
	h.num("requests", int64(c.Requests))
	h.count("sentBytes", c.Sent)
	h.count("receivedBytes", c.Received)
	h.count("synRetransmits", int64(c.SYNRetransmits))
	h.lookup(c.Names)
	h.attempts(c.Attempts)
	if len(c.Opening) > 0 {
		h.states("openStates", c.Opening)
	}
	if p := c.Proxy; p != nil {
		h.object("proxy")
		h.str("url", p.URL)
		h.offset("from", p.From)
		h.offset("to", p.To)
		h.close('}')
	}
	h.tls("tls", c.TLS)
	h.handshake(c.Handshake)
	h.path(c.Path)
	h.spans(c)
	h.carried(c.Carried)
	h.facts(c.Facts)
	h.closing(c.Closing)
	h.close('}')
}

// count writes a number that is left out where it is zero.
func (h *writer) count(name string, n int64) {
	if n != 0 {
		h.num(name, n)
	}
}

func (h *writer) lookup(l *waterfall.Lookup) {
	if l == nil {
		return
	}
	h.object("dns")
	h.offset("from", l.From)
	h.offset("to", l.To)
	if len(l.Addrs) > 0 {
		h.array("addresses")
		for _, a := range l.Addrs {
			h.open('{')
			h.str("ip", a.IP)
			h.num("ttl", int64(max(0, a.TTL)/time.Second))
			h.close('}')
		}
		h.close(']')
	}
	h.steps("steps", l.Steps)
	h.close('}')
}

func (h *writer) attempts(list []waterfall.Attempt) {
	if len(list) == 0 {
		return
	}
	h.array("attempts")
	for _, a := range list {
		h.open('{')
		h.str("address", a.Addr)
		h.offset("from", a.From)
		h.offset("to", a.To)
		result := "connected"
		switch {
		case a.Lost:
			result = "lost"
		case a.Err != "":
			result = "failed"
		case a.To == waterfall.None:
			result = "under way"
		}
		h.str("result", result)
		if a.Late {
			h.bool("late", true)
		}
		if a.Why != "" {
			h.ms("waited", a.Waited)
			h.str("waitedFor", a.Why)
		}
		h.opt("error", a.Err)
		h.close('}')
	}
	h.close(']')
}

func (h *writer) handshake(x *waterfall.Handshake) {
	if x == nil {
		return
	}
	h.object("tlsHandshake")
	h.num("roundTrips", int64(x.RoundTrips))
	h.num("bytesSent", x.Sent)
	h.num("bytesReceived", x.Received)
	h.opt("group", x.Group)
	if x.Retried {
		h.bool("retried", true)
	}
	if x.ECH {
		h.bool("ech", true)
	}
	if x.Asked {
		h.bool("clientCertificateAsked", true)
	}
	h.opt("clientCertificate", x.Shown)
	h.array("chain")
	for _, c := range x.Chain {
		h.open('{')
		h.str("subject", c.Subject)
		h.str("issuer", c.Issuer)
		h.array("names")
		for _, n := range c.Names {
			h.value(n)
		}
		h.close(']')
		h.num("validFrom", c.NotBefore.Unix())
		h.num("validTo", c.NotAfter.Unix())
		h.opt("key", c.Key)
		h.opt("signature", c.Signature)
		h.opt("serial", c.Serial)
		h.opt("sha256", c.SHA256)
		h.close('}')
	}
	h.close(']')
	h.opt("root", x.Root)
	h.opt("ocsp", x.OCSP)
	h.count("timestamps", int64(x.Timestamps))
	h.close('}')
}

func (h *writer) path(p *waterfall.Path) {
	if p == nil {
		return
	}
	h.object("path")
	h.opt("route", p.Route)
	h.bool("onLink", p.OnLink)
	h.opt("nextHop", p.NextHop)
	h.opt("linkAddress", p.LinkAddress)
	h.opt("neighbourState", p.Neighbour)
	h.opt("interface", p.Interface)
	h.opt("source", p.Source)
	h.count("mtu", int64(p.MTU))
	h.opt("learntFrom", p.LearntFrom)
	if len(p.Changes) > 0 {
		h.array("changes")
		for _, c := range p.Changes {
			h.open('{')
			h.offset("at", c.At)
			h.str("old", c.Old)
			h.str("new", c.New)
			h.close('}')
		}
		h.close(']')
	}
	h.close('}')
}

// spans writes what the connection did when: the same that is drawn.
func (h *writer) spans(c *waterfall.ConnectionRow) {
	h.array("spans")
	for _, s := range c.Spans(h.last) {
		h.open('{')
		h.str("phase", s.Phase.String())
		h.offset("from", s.From)
		h.offset("to", s.To)
		if s.Request != 0 {
			h.num("request", int64(s.Request))
		}
		h.close('}')
	}
	h.close(']')
}

// carried writes which entries, by their _id, went over the connection.
func (h *writer) carried(list []waterfall.Carriage) {
	h.array("carried")
	for _, c := range list {
		h.open('{')
		h.num("request", int64(c.Request))
		h.offset("queued", c.Queued)
		h.offset("from", c.From)
		h.offset("firstByte", c.FirstByte)
		h.offset("to", c.To)
		h.opt("waitedFor", c.Why)
		h.close('}')
	}
	h.close(']')
}

// facts writes the kernel's view at each look. Round trips are milliseconds.
func (h *writer) facts(list []waterfall.TCPInfo) {
	if len(list) == 0 {
		return
	}
	h.array("tcpInfo")
	for i := range list {
		t := &list[i]
		h.open('{')
		h.offset("at", t.At)
		h.str("when", t.When)
		h.count("request", int64(t.Request))
		h.opt("state", t.State)
		h.ms("rtt", t.RTT)
		h.ms("rttVariation", t.RTTVar)
		h.ms("minRTT", t.MinRTT)
		h.num("retransmits", int64(t.Retransmits))
		h.num("mss", int64(t.MSS))
		h.num("pathMTU", int64(t.PMTU))
		h.num("congestionWindow", int64(t.Window))
		h.count("slowStartThreshold", int64(t.Threshold))
		h.num("segmentsOut", t.SegmentsOut)
		h.num("segmentsIn", t.SegmentsIn)
		h.num("bytesSent", t.BytesSent)
		h.count("bytesRetransmitted", t.BytesRetransmitted)
		h.num("bytesAcked", t.BytesAcked)
		h.num("bytesReceived", t.BytesReceived)
		h.count("deliveryRate", t.DeliveryRate)
		h.ms("busy", t.Busy)
		h.ms("limitedByReceiver", t.LimitedByReceiver)
		h.ms("limitedBySendBuffer", t.LimitedBySendBuffer)
		h.opt("options", t.Options)
		h.close('}')
	}
	h.close(']')
}

func (h *writer) closing(c *waterfall.Closing) {
	if c == nil {
		return
	}
	h.object("close")
	h.offset("start", c.Start)
	h.opt("firstFIN", c.FirstFIN)
	h.opt("reset", c.Reset)
	h.opt("why", c.Why)
	h.count("drainedBytes", c.Drained)
	h.states("states", c.States)
	h.close('}')
}

func (h *writer) states(name string, list []waterfall.TCPState) {
	h.array(name)
	for _, s := range list {
		h.open('{')
		h.str("state", s.Name)
		if s.Peer {
			h.bool("peer", true)
		}
		h.bool("seen", s.Seen)
		h.offset("from", s.From)
		h.offset("to", s.To)
		h.ms("error", s.Error)
		if s.Left > 0 {
			h.ms("left", s.Left)
		}
		h.opt("why", s.Why)
		h.close('}')
	}
	h.close(']')
}
