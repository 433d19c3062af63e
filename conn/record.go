package conn

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"pageload/conn/kernel"
	"pageload/dnscache"
)

// A State is what a connection is doing.
type State int

// The states of a connection.
const (
	StateIdle   State = iota // open; left by a request that takes it, and by the idle timeout
	StateBusy                // open and leased at least once; left by the end of the last lease
	StateClosed              // closed, or never opened; the end
)

// String returns "idle", "busy" or "closed".
func (s State) String() string {
	switch s {
	case StateIdle:
		return "idle"
	case StateBusy:
		return "busy"
	case StateClosed:
		return "closed"
	}
	return "State(" + strconv.Itoa(int(s)) + ")"
}

// A Closer says who ended a connection.
type Closer int

// Who closed a connection.
const (
	ByNobody Closer = iota // it is open, or could not be opened
	ByUs
	ByPeer // its FIN or RST was there before we closed
)

// String returns "nobody", "us" or "peer".
func (c Closer) String() string {
	switch c {
	case ByUs:
		return "us"
	case ByPeer:
		return "peer"
	}
	return "nobody"
}

// A Record is the life of one connection, or of one that could not be opened:
// then Opened is zero and Reason says why.
type Record struct {
	ID            uint64 // its number in the pool, from 1, in the order of Started
	Key           Key
	Local, Remote netip.AddrPort
	Proto         string // "h2", "http/1.1"
	State         State
	Requests      int // leases handed out

	Started time.Time // when it began to be opened
	Backup  bool      // it was begun because the group's first connect took long; see Pool.BackupDelay
	Timing            // of the steps of opening it
	Opened  time.Time // when it was ready
	// Attempts has all addresses that were tried, the last one successfully.
	Attempts []Attempt
	DNS      dnscache.Answer      // zero if no name was resolved
	TLS      *tls.ConnectionState // nil without TLS; do not modify. See also TLSFacts
	Proxy    *Proxy               // nil: direct; else Remote is the proxy's address. Do not modify

	// Handshake is what TLS took, also where it failed.
	Handshake Handshake

	IdleSince time.Time // when it became idle for the last time
	// CloseStart is when it was taken out of use to be closed, Closed when it
	// was: our descriptor, and with Pool.WatchClose the states that could be
	// seen. Zero if open.
	CloseStart, Closed time.Time
	By                 Closer
	Reason             error // why it was closed; nil if open, or if Discard gave none

	// Sent and Received are the bytes of data that TCP moved, TLS records
	// included. They are known once the connection is closed, where the
	// kernel (Linux) or the connection says.
	Sent, Received int64

	// AtOpen and AtClose are what the kernel said when TCP had connected and
	// right before the close. They are nil where it was not asked; see
	// [Pool.Facts]. Do not modify what they point to.
	AtOpen, AtClose *kernel.Info
	// EachResponse has what it said when leases ended, the newest 256 of them,
	// with FactsEachResponse.
	EachResponse []ResponseFacts
	// SYNRetransmits is how often the SYN had to be sent again.
	SYNRetransmits int
	// OpenStates are the states of the handshake, CloseStates those of the
	// close; of these there are more with [Pool.WatchClose].
	OpenStates, CloseStates []StateSpan
	// Drained is how many bytes came after our FIN and were thrown away, with
	// Pool.WatchClose; they are part of Received.
	Drained int64
	// FirstFIN is who sent the first FIN: nobody if the connection is open or
	// ended with a RST only.
	FirstFIN Closer
	// Reset is who ended the connection with a RST, ResetWhy why.
	Reset    Closer
	ResetWhy string

	// Path is the way to the peer when the connection was opened; nil without
	// [Pool.Paths]. Do not modify what it points to.
	Path *kernel.Path
	// LinkChanges are changes of the next hop's link address while the
	// connection was open.
	LinkChanges []kernel.LinkChange
}

// A closing is why a connection is closed.
type closing struct {
	by     Closer
	reason error
}

// The pool's own reasons to close a connection.
var (
	errSessionEnded = errors.New("its session takes no more requests")
	errNotKept      = errors.New("idle connections are not kept")
	errRoom         = errors.New("idle, and others needed the room")
	errCloseIdle    = errors.New("CloseIdle")
	errSecondH2     = errors.New("one HTTP/2 connection is enough")
	errForced       = errors.New("pool closed while in use")
)

// isPolite reports whether a connection that is closed for this reason was
// sound and idle, so that its end is said with TLS's close_notify. On others
// that could wait for a send buffer that nobody empties, or be news to nobody.
func isPolite(reason error) bool {
	switch reason {
	case errNotKept, errRoom, errCloseIdle, errSecondH2, ErrPoolClosed:
		return true
	}
	_, idle := reason.(idleError)
	return idle
}

// A ring keeps the newest records of closed connections.
type ring struct {
	max  int
	recs []Record
	next int // where the next one goes, once recs is full
}

func (r *ring) push(rec Record) {
	switch {
	case r.max == 0:
	case len(r.recs) < r.max:
		r.recs = append(r.recs, rec)
	default:
		r.recs[r.next] = rec
		r.next = (r.next + 1) % r.max
	}
}

// spareRecord returns a Record to be filled in whole. The lock is held.
func (p *Pool) spareRecord() *Record {
	r := p.spare
	if p.spare = nil; r == nil {
		r = new(Record)
	}
	return r
}

// Records returns a snapshot of all connections that are open and of the
// newest MaxRecords closed ones, ordered by ID.
func (p *Pool) Records() []Record {
	p.mu.Lock()
	list := make([]Record, 0, len(p.conns)+len(p.closed.recs))
	for _, r := range p.closed.recs {
		list = append(list, r.clone())
	}
	for _, c := range p.conns {
		list = append(list, c.record().clone())
	}
	p.mu.Unlock()
	slices.SortFunc(list, func(a, b Record) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

// Record returns a snapshot of one connection.
func (p *Pool) Record(id uint64) (Record, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.conns[id]; c != nil {
		return c.record().clone(), true
	}
	for i := range p.closed.recs {
		if p.closed.recs[i].ID == id {
			return p.closed.recs[i].clone(), true
		}
	}
	return Record{}, false
}

func (r Record) clone() Record {
	r.Attempts = slices.Clone(r.Attempts)
	r.DNS.Addrs = slices.Clone(r.DNS.Addrs)
	r.DNS.Steps = slices.Clone(r.DNS.Steps)
	r.EachResponse = slices.Clone(r.EachResponse)
	r.OpenStates = slices.Clone(r.OpenStates)
	r.CloseStates = slices.Clone(r.CloseStates)
	r.LinkChanges = slices.Clone(r.LinkChanges)
	return r
}
