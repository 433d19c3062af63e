package web

import (
	"time"

	"pageload/loader/waterfall"
)

// connectionData is a row of the view by connection.
type connectionData struct {
	ID        uint64          `json:"id"`
	Scheme    string          `json:"scheme"`
	Host      string          `json:"host"`
	Port      uint16          `json:"port"`
	Private   bool            `json:"private,omitempty"`
	Backup    bool            `json:"backup,omitempty"`
	Remote    string          `json:"remote,omitempty"`
	Local     string          `json:"local,omitempty"`
	Proto     string          `json:"proto,omitempty"`
	Connected moment          `json:"connected"`
	Closed    moment          `json:"closed"`
	ClosedBy  string          `json:"closedBy,omitempty"`
	Why       string          `json:"why,omitempty"`
	Requests  int             `json:"requests"`
	SYNs      int             `json:"syns,omitempty"` // sent again
	Sent      int64           `json:"sent"`
	Received  int64           `json:"received"`
	Spans     [][4]any        `json:"spans"` // phase, from, to, request
	From      moment          `json:"from"`
	To        moment          `json:"to"`
	DNS       []dnsData       `json:"dns,omitempty"`
	Addresses []string        `json:"addrs,omitempty"`
	Attempts  []attemptData   `json:"attempts,omitempty"`
	Proxy     string          `json:"proxy,omitempty"`
	TLS       *tlsData        `json:"tls,omitempty"`
	Handshake *handshakeData  `json:"handshake,omitempty"`
	Path      *waterfall.Path `json:"path,omitempty"`
	Facts     []factData      `json:"facts,omitempty"`
	Closing   *closingData    `json:"closing,omitempty"`
	Carried   []int32         `json:"carried,omitempty"`
}

type attemptData struct {
	Addr   string `json:"addr"`
	From   moment `json:"from"`
	To     moment `json:"to"`
	Err    string `json:"err,omitempty"`
	Lost   bool   `json:"lost,omitempty"`
	Late   bool   `json:"late,omitempty"`
	Waited moment `json:"waited,omitempty"`
	Why    string `json:"why,omitempty"`
}

type handshakeData struct {
	RoundTrips int      `json:"trips"`
	Sent       int64    `json:"sent"`
	Received   int64    `json:"received"`
	Group      string   `json:"group,omitempty"`
	Retried    bool     `json:"retried,omitempty"`
	ECH        bool     `json:"ech,omitempty"`
	Shown      string   `json:"shown,omitempty"`
	OCSP       string   `json:"ocsp,omitempty"`
	Root       string   `json:"root,omitempty"`
	Chain      []string `json:"chain,omitempty"`
}

type factData struct {
	At      moment `json:"at"`
	When    string `json:"when"`
	Request int32  `json:"request,omitempty"`
	State   string `json:"state"`
	RTT     moment `json:"rtt"`
	RTTVar  moment `json:"rttvar"`
	Again   int    `json:"again,omitempty"`
	MSS     int    `json:"mss,omitempty"`
	Window  int    `json:"window,omitempty"`
	Out     int64  `json:"out"`
	In      int64  `json:"in"`
	Rate    int64  `json:"rate,omitempty"`
	Options string `json:"options,omitempty"`
}

type closingData struct {
	FirstFIN string      `json:"fin,omitempty"`
	Reset    string      `json:"reset,omitempty"`
	Why      string      `json:"why,omitempty"`
	Drained  int64       `json:"drained,omitempty"`
	States   []stateData `json:"states,omitempty"`
}

type stateData struct {
	Name string `json:"name"`
	Peer bool   `json:"peer,omitempty"`
	From moment `json:"from"`
	To   moment `json:"to"`
	Seen bool   `json:"seen,omitempty"`
	Left moment `json:"left,omitempty"`
	Why  string `json:"why,omitempty"`
}

func newConnection(c *waterfall.ConnectionRow, until time.Duration) *connectionData {
	d := &connectionData{
		ID: c.ID, Scheme: c.Scheme, Host: short(c.Host, maxText), Port: c.Port, Private: c.Private, Backup: c.Backup, Remote: c.Remote, Local: c.Local, Proto: c.Proto,
		Connected: moment(c.Connected), Closed: moment(c.Closed), ClosedBy: c.ClosedBy, Why: short(c.CloseReason, maxText), Requests: c.Requests,
		SYNs: c.SYNRetransmits, Sent: c.Sent, Received: c.Received, Spans: [][4]any{}, TLS: newTLS(c.TLS), Path: c.Path,
	}
	for i, s := range c.Spans(until) {
		if s.Phase == waterfall.ConnTimeWait {
			continue // a minute, of the kernel's alone
		}
		d.Spans = append(d.Spans, [4]any{s.Phase.String(), s.From.Microseconds(), s.To.Microseconds(), s.Request})
		if i == 0 {
			d.From, d.To = moment(s.From), moment(s.To)
		}
		d.To = max(d.To, moment(s.To))
	}
	if c.Names != nil {
		d.DNS = newSteps(c.Names.Steps)
		for _, a := range c.Names.Addrs {
			d.Addresses = append(d.Addresses, a.IP)
		}
	}
	for _, a := range c.Attempts {
		d.Attempts = append(d.Attempts, attemptData{a.Addr, moment(a.From), moment(a.To), short(a.Err, maxText), a.Lost, a.Late, moment(a.Waited), short(a.Why, maxText)})
	}
	if c.Proxy != nil {
		d.Proxy = c.Proxy.URL
	}
	if h := c.Handshake; h != nil {
		d.Handshake = &handshakeData{RoundTrips: h.RoundTrips, Sent: h.Sent, Received: h.Received, Group: h.Group, Retried: h.Retried, ECH: h.ECH, Shown: h.Shown, OCSP: h.OCSP, Root: h.Root}
		for _, x := range h.Chain {
			d.Handshake.Chain = append(d.Handshake.Chain, short(x.Subject, maxText))
		}
	}
	for i := range c.Facts {
		f := &c.Facts[i]
		d.Facts = append(d.Facts, factData{moment(f.At), f.When, f.Request, f.State, moment(f.RTT), moment(f.RTTVar), f.Retransmits, f.MSS, f.Window, f.BytesSent, f.BytesReceived, f.DeliveryRate, f.Options})
	}
	if x := c.Closing; x != nil {
		d.Closing = &closingData{FirstFIN: x.FirstFIN, Reset: x.Reset, Why: short(x.Why, maxText), Drained: x.Drained}
		for _, s := range x.States {
			d.Closing.States = append(d.Closing.States, stateData{s.Name, s.Peer, moment(s.From), moment(s.To), s.Seen, moment(s.Left), short(s.Why, maxText)})
		}
	}
	for i := range c.Carried {
		d.Carried = append(d.Carried, c.Carried[i].Request)
	}
	return d
}
