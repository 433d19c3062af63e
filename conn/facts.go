package conn

import (
	"context"
	"strconv"
	"time"

	"pageload/conn/kernel"
)

// Facts says when the kernel is asked about a connection (TCP_INFO). Each time
// takes about a microsecond.
type Facts int

// When the kernel is asked.
const (
	FactsOpenClose    Facts = iota // when a connection opens and when it is closed
	FactsEachResponse              // and each time a lease of it ends
	FactsNone                      // never
)

// String returns "open and close", "each response" or "none".
func (f Facts) String() string {
	switch f {
	case FactsOpenClose:
		return "open and close"
	case FactsEachResponse:
		return "each response"
	case FactsNone:
		return "none"
	}
	return "Facts(" + strconv.Itoa(int(f)) + ")"
}

// ResponseFacts are what the kernel said when a lease of a connection ended.
type ResponseFacts struct {
	Time    time.Time
	Request int // how many leases had been handed out
	Info    kernel.Info
}

// maxResponseFacts bounds Record.EachResponse: the newest are kept. A page
// has some hundred requests for all its connections.
const maxResponseFacts = 256

// responded asks the kernel at the end of a lease. The pool's lock is held, so
// that nobody else asks this socket; it takes a microsecond.
func (c *connection) responded(now time.Time) {
	s := c.socket
	if s == nil || c.closed {
		return
	}
	f := ResponseFacts{Time: now, Request: c.record.Requests}
	if s.Info(&f.Info) != nil {
		return
	}
	f.Info.SYNRetransmits = c.record.SYNRetransmits
	list := c.record.EachResponse
	if len(list) == maxResponseFacts {
		list = list[1:] // append moves the others once in a while, not each time
	}
	c.record.EachResponse = append(list, f)
}

// OpenFacts are what the kernel says about a TCP connection right after it
// was opened, before TLS.
type OpenFacts struct {
	Info *kernel.Info // nil where the kernel was not asked
	// States are SYN_SENT, the peer's SYN_RCVD where both ends are on this
	// machine, and ESTABLISHED.
	States []StateSpan
	Path   *kernel.Path // nil without Pool.Paths
}

// observe asks the kernel about the connection that a won.
func (o *opened) observe(ctx context.Context, w opening, a *Attempt) {
	o.tcp = below(o.raw)
	if w.facts != FactsNone {
		o.ask(w, a)
	}
	if w.diag != nil {
		o.identify()
	}
	if w.paths != nil {
		if path, err := w.paths.Lookup(ctx, o.remote.Addr()); err == nil {
			o.open.Path, o.looked = &path, time.Now()
		}
	}
	if o.open.Info != nil || o.open.Path != nil {
		w.steps.connectFacts(o.open)
	}
}

// identify asks for the socket's number. The kernel makes it up when it is
// first asked, and hands it down to TIME_WAIT: then is too late.
func (o *opened) identify() {
	if s := socketOf(o.tcp); s != nil {
		o.cookie, _ = s.Cookie() // 0, for any, before Linux 4.12
	}
}

func (o *opened) ask(w opening, a *Attempt) {
	s := socketOf(o.tcp)
	if s == nil {
		return
	}
	var i kernel.Info
	if s.Info(&i) != nil {
		return
	}
	i.SYNRetransmits = i.Retransmits
	o.socket = s
	o.open.Info = &i
	var peer []StateSpan
	if o.local.Addr() == o.remote.Addr() {
		peer = []StateSpan{o.peerState(w.diag, a)}
	}
	o.open.States = openStates(a, &i, peer)
}

// peerState returns the SYN_RCVD of the other end, which is on this machine.
// It is over when its end of the connection is open, unless its accept queue
// is full or it waits for data (TCP_DEFER_ACCEPT).
func (o *opened) peerState(d *kernel.Diag, a *Attempt) StateSpan {
	s := StateSpan{
		State: kernel.SynRcvd, Peer: true, From: a.Start, To: a.Start.Add(a.Duration),
		Why: "passed unseen between the peer's SYN+ACK and our ACK",
	}
	if d == nil {
		return s
	}
	if sock, err := d.Lookup(o.remote, o.local, 0); err == nil && sock.State == kernel.SynRcvd {
		s.Seen, s.From, s.To, s.Error = true, time.Now(), time.Time{}, a.Duration
		s.Why = "lasts after our ACK: the peer's accept queue is full, or it waits for data (TCP_DEFER_ACCEPT)"
	}
	return s
}

// openStates names the states of the handshake that attempt a was. peer has
// those of the other end, if they are known.
func openStates(a *Attempt, i *kernel.Info, peer []StateSpan) []StateSpan {
	end := a.Start.Add(a.Duration)
	syn := StateSpan{State: kernel.SynSent, From: a.Start, To: end, Seen: true, Why: "our SYN is sent, the peer's SYN+ACK is awaited"}
	if n := i.SYNRetransmits; n > 0 {
		syn.Why = "our SYN was sent " + strconv.Itoa(n+1) + " times until the peer's SYN+ACK came"
	}
	list := append(make([]StateSpan, 0, 2+len(peer)), syn)
	return append(append(list, peer...), StateSpan{
		State: kernel.Established, From: end, Seen: i.State == kernel.Established, Why: "our ACK of the peer's SYN+ACK is sent",
	})
}
