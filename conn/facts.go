package conn

import (
	"context"
	"net/netip"
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
	if c.life.atOpen == nil || c.closed {
		return
	}
	s := c.pool.askers.get(c.rawConn())
	defer c.pool.askers.put(s)
	f := ResponseFacts{Time: now, Request: c.life.requests}
	if s == nil || s.Info(&f.Info) != nil {
		return
	}
	f.Info.SYNRetransmits = c.life.synRetransmits()
	list := c.life.more().responses
	if len(list) == maxResponseFacts {
		list = list[1:] // append moves the others once in a while, not each time
	}
	c.life.rare.responses = append(list, f)
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
	o.tcp, o.synSent, o.synTook = below(o.raw), a.Start, a.Duration
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
		w.steps.connectFacts(o)
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
	s := w.askers.get(rawOf(o.tcp))
	defer w.askers.put(s)
	i := new(kernel.Info)
	if s == nil || s.Info(i) != nil {
		return
	}
	i.SYNRetransmits = i.Retransmits
	o.open.Info = i
	if w.diag == nil || o.local.Addr() != o.remote.Addr() {
		return // the states follow from what is known
	}
	sock, err := w.diag.Lookup(o.remote, o.local, 0)
	if err != nil || sock.State != kernel.SynRcvd {
		return
	}
	o.open.States = openStates(a.Start, a.Duration, i, o.local, o.remote)
	peer := &o.open.States[1]
	peer.Seen, peer.From, peer.To, peer.Error = true, time.Now(), time.Time{}, a.Duration
	peer.Why = "lasts after our ACK: the peer's accept queue is full, or it waits for data (TCP_DEFER_ACCEPT)"
}

// facts are what Trace.ConnectFacts is told.
func (o *opened) facts() OpenFacts {
	f := o.open
	if f.States == nil && f.Info != nil {
		f.States = openStates(o.synSent, o.synTook, f.Info, o.local, o.remote)
	}
	return f
}

// openStates names the states of the handshake that began at start. Where the
// other end is on this machine its SYN_RCVD is between them: it is over when
// its end of the connection is open, unless its accept queue is full or it
// waits for data (TCP_DEFER_ACCEPT).
func openStates(start time.Time, took time.Duration, i *kernel.Info, local, remote netip.AddrPort) []StateSpan {
	end := start.Add(took)
	syn := StateSpan{State: kernel.SynSent, From: start, To: end, Seen: true, Why: "our SYN is sent, the peer's SYN+ACK is awaited"}
	if n := i.SYNRetransmits; n > 0 {
		syn.Why = "our SYN was sent " + strconv.Itoa(n+1) + " times until the peer's SYN+ACK came"
	}
	list := append(make([]StateSpan, 0, 3), syn)
	if local.Addr() == remote.Addr() {
		list = append(list, StateSpan{State: kernel.SynRcvd, Peer: true, From: start, To: end,
			Why: "passed unseen between the peer's SYN+ACK and our ACK"})
	}
	return append(list, StateSpan{
		State: kernel.Established, From: end, Seen: i.State == kernel.Established, Why: "our ACK of the peer's SYN+ACK is sent",
	})
}
