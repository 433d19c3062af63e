package waterfall

import "time"

// A ConnectionRow is what is known of one connection, or of one that could not
// be opened. Offsets may be negative: a connection outlives a page. A step that
// was not needed is None, or nil.
//
// It is a snapshot. What it has of the close depends on when it was taken, and
// what it has of the kernel's view on what the pool was asked to look at.
type ConnectionRow struct {
	ID            uint64
	Scheme, Host  string
	Port          uint16
	Private       bool // for requests without credentials
	Remote, Local string
	Proto         string // "http/1.1", "h2"

	Started     time.Duration // it began to be opened: before the name was looked up
	Backup      bool          // it was begun because an earlier one took long to connect
	Opened      time.Duration // the first SYN was sent
	Connected   time.Duration
	Secured     time.Duration // TLS is done; None without TLS
	Closed      time.Duration // None while it is open
	ClosedBy    string        // "us", "peer", or "nobody" where it was never open
	CloseReason string
	Requests    int // requests it carried, also for other pages

	Names          *Lookup    // of its host; nil: it needed none
	Attempts       []Attempt  // of the race of addresses, in the order in which they began
	Proxy          *Proxy     // nil: it leads straight to the host
	TLS            *TLS       // nil without TLS
	SYNRetransmits int        // how often a SYN had to be sent again
	Opening        []TCPState // of the TCP handshake, in order; nil: nobody looked
	Handshake      *Handshake // what TLS took, also where it failed; nil without TLS
	Path           *Path      // how packets get to the peer; nil: nobody looked
	Facts          []TCPInfo  // what the kernel knew, oldest first
	Closing        *Closing   // nil: it is open, or nobody looked
	Sent, Received int64      // bytes of data that TCP moved, TLS included; known after the close
	Carried        []Carriage // the load's requests on it, by the time at which they were sent; Fold fills it in
}

// A Lookup is how a connection came by its addresses.
type Lookup struct {
	From, To time.Duration
	Addrs    []Address // in the order in which they are tried
	Steps    []DNSStep
}

// An Address is one that a name has.
type Address struct {
	IP  string
	TTL time.Duration // how long the answer may be used
}

// An Attempt is one try to connect to one address.
type Attempt struct {
	Addr     string
	From, To time.Duration
	Err      string        // empty: it connected; else why it did not, or that another was faster
	Lost     bool          // another address was faster
	Late     bool          // it lost and connected all the same, so that the peer saw a connection and its end
	Waited   time.Duration // the part of its time for which it was held back
	Why      string        // it was held back; empty if it was not
}

// A Proxy is who passes the connection on, and the exchange in which it was
// asked to. Both offsets are None where it was not asked: requests for http
// URLs are sent to it as they are.
type Proxy struct {
	URL      string // scheme, host and port, without credentials
	From, To time.Duration
}

// A Handshake is what a TLS handshake took and showed, beside what [TLS] has.
type Handshake struct {
	RoundTrips     int
	Sent, Received int64         // bytes
	Group          string        // of the key exchange: X25519MLKEM768, X25519, …
	Retried        bool          // the peer asked for another key share
	ECH            bool          // the server name was encrypted, and accepted so
	Asked          bool          // for a client certificate
	Shown          string        // the subject of the one that was shown; empty: none
	Chain          []Certificate // what the peer sent, its own first
	Root           string        // to which the chain was verified; empty: it was not
	OCSP           string        // the stapled answer: "good", "revoked", "unknown", or what is wrong with it; empty: none
	Timestamps     int           // signed certificate timestamps beside the certificate
}

// A Certificate is one of a chain.
type Certificate struct {
	Subject, Issuer     string
	Names               []string // DNS names and IP addresses
	NotBefore, NotAfter time.Time
	Key, Signature      string // "ECDSA P-256", "ECDSA-SHA256"
	Serial, SHA256      string // hexadecimal
}

// TCPInfo is what the kernel knew of a connection at one moment. Counters count
// from its first SYN. Zero means unknown where nothing else makes sense.
type TCPInfo struct {
	At      time.Duration
	When    string // "open", "response" or "close"
	Request int32  // after the response to which request, where When is "response" and it was one of the load's
	State   string // "ESTABLISHED", "CLOSE_WAIT", …

	RTT, RTTVar, MinRTT time.Duration // smoothed round trip, its variation, the shortest one lately
	Retransmits         int           // segments that were sent again
	MSS, PMTU           int           // bytes: of data that a segment to the peer takes, of a packet on the path
	Window, Threshold   int           // segments: congestion window, slow start threshold; a Threshold of 0 was never set

	SegmentsOut, SegmentsIn       int64
	BytesSent, BytesRetransmitted int64 // of data, repetitions included; those alone
	BytesAcked, BytesReceived     int64
	DeliveryRate                  int64 // bytes a second that arrived, as measured last

	Busy, LimitedByReceiver, LimitedBySendBuffer time.Duration // had data to send; could not for the peer's window; for our own buffer

	Options string // those that both ends agreed on, such as "timestamps sack wscale 7/7"
}

// A Path is how packets get to a connection's peer, or to its proxy.
type Path struct {
	Route       string // the route's destination, such as 10.0.0.0/8 or "default"
	OnLink      bool   // the peer is on the same link; NextHop is the peer then
	NextHop     string
	LinkAddress string // of the next hop, such as 02:42:ac:11:00:01; empty where the link has none or it is not known
	Neighbour   string // what the neighbour table says of it: REACHABLE, STALE, NOARP, …
	Interface   string
	Source      string // our address on it
	MTU         int    // bytes; 0 unknown
	LearntFrom  string // how the route came to be: kernel, static, dhcp, ra, bgp, …
	Changes     []LinkChange
}

// A LinkChange is a next hop's link address that changed while the connection
// was open. That is what a failover looks like, and ARP spoofing.
type LinkChange struct {
	At       time.Duration
	Old, New string
}

// A Closing is how a connection ended.
type Closing struct {
	Start    time.Duration // it was taken out of use, to be closed; None if that is not known
	FirstFIN string        // who sent the first FIN, "us" or "peer"; empty: nobody, or it is not known
	Reset    string        // who sent an RST, "us" or "peer"; empty: nobody
	Why      string        // why there was a reset, or why the kernel gave up
	Drained  int64         // bytes that came after our FIN and were thrown away
	States   []TCPState    // in order, also those too short to be seen
}

// A TCPState is a state that a connection went through while it was opened or
// closed. It is known by looking again and again, so its ends are only so sharp.
type TCPState struct {
	Name     string        // "FIN_WAIT_1", …
	Peer     bool          // it is the other end's
	From, To time.Duration // To is None where nobody waited for it; a TIME_WAIT's is when the kernel's timer will end it
	Error    time.Duration // by how much From may be late
	Seen     bool          // false: it was passed between two looks
	Left     time.Duration // of a TIME_WAIT: what is left of it when the snapshot is taken
	Why      string        // why it is gone through, or how it is known
}

const timeWait = "TIME_WAIT"

// A Carriage is one of the load's requests on a connection.
type Carriage struct {
	Request   int32
	Queued    time.Duration // it asked for a connection
	From      time.Duration // the first byte of it was sent
	FirstByte time.Duration // of the response; None if there was none
	To        time.Duration // the last byte of the response; None while it goes on
	Why       string        // why it had to wait for a connection; empty if it had not
}

// Ready returns when the connection could take its first request, None if it
// never could.
func (c *ConnectionRow) Ready() time.Duration {
	switch {
	case c.Secured != None:
		return c.Secured
	case c.Scheme == "https" || c.Connected == None:
		return None
	case c.Proxy != nil && c.Proxy.To != None:
		return max(c.Proxy.To, c.Connected)
	}
	return c.Connected
}

// Last returns the latest time that the waterfall knows of, that of the last
// close included.
func (w *Waterfall) Last() time.Duration {
	last := w.Page.End
	for i := range w.Connections {
		c := &w.Connections[i]
		last = max(last, c.Closed)
		if c.Closing != nil {
			for _, s := range c.Closing.States {
				if last = max(last, s.From); s.Name != timeWait {
					last = max(last, s.To)
				}
			}
		}
	}
	return last
}
