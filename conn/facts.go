package conn

import (
	"net"
	"strconv"
	"syscall"
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
	s := c.opening.socket
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
		list = append(list[:0], list[1:]...)
	}
	c.record.EachResponse = append(list, f)
}

// socketOf returns what asks the kernel about the socket below c, through
// wrappers that have a NetConn method; nil where there is none, as in an
// in-memory network.
func socketOf(c net.Conn) *kernel.Socket {
	for range 8 { // nobody wraps deeper; a wrapper might return itself
		switch t := c.(type) {
		case syscall.Conn:
			if raw, err := t.SyscallConn(); err == nil {
				return kernel.NewSocket(raw)
			}
			return nil
		case interface{ NetConn() net.Conn }:
			c = t.NetConn()
		default:
			return nil
		}
	}
	return nil
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
func (o *opened) observe(w opening, a *Attempt) {
	if w.facts == FactsNone {
		return
	}
	o.socket = socketOf(o.raw)
	if o.socket == nil {
		return
	}
	var i kernel.Info
	if o.socket.Info(&i) != nil {
		o.socket = nil
		return
	}
	i.SYNRetransmits = i.Retransmits
	o.open.Info = &i
	o.open.States = openStates(a, &i, o.local.Addr() == o.remote.Addr())
	w.steps.connectFacts(o.open)
}

// openStates names the states of the handshake that attempt a was.
func openStates(a *Attempt, i *kernel.Info, local bool) []StateSpan {
	end := a.Start.Add(a.Duration)
	syn := StateSpan{State: kernel.SynSent, From: a.Start, To: end, Seen: true, Why: "our SYN is under way"}
	if n := i.SYNRetransmits; n > 0 {
		syn.Why = "our SYN was sent " + strconv.Itoa(n+1) + " times"
	}
	list := []StateSpan{syn}
	if local {
		list = append(list, StateSpan{
			State: kernel.SynRcvd, Peer: true, From: a.Start, To: end,
			Why: "passed unseen between the peer's SYN+ACK and our ACK",
		})
	}
	return append(list, StateSpan{
		State: kernel.Established, From: end, Seen: i.State == kernel.Established, Why: "our ACK of the peer's SYN+ACK is sent",
	})
}
