package waterfall

import "time"

// A ConnectionPhase is what a connection is doing at a moment.
type ConnectionPhase uint8

// The phases of a connection, in their order.
const (
	ConnQueue    ConnectionPhase = iota + 1 // waits: for room, or for nothing that is known
	ConnNames                               // the lookup of the host's name
	ConnTCP                                 // the race of its addresses
	ConnProxy                               // the exchange with a proxy
	ConnTLS                                 // the handshake
	ConnRequest                             // one of the load's requests, from its first byte to the response's last
	ConnIdle                                // open, and carries none of the load's requests
	ConnClose                               // from the first FIN, RST or close to the last state that was seen, without TIME_WAIT
	ConnTimeWait                            // closed; the kernel keeps the pair of ports for a while
)

var connectionPhaseNames = [...]string{
	ConnQueue: "queue", ConnNames: "names", ConnTCP: "tcp", ConnProxy: "proxy", ConnTLS: "tls",
	ConnRequest: "request", ConnIdle: "idle", ConnClose: "close", ConnTimeWait: "time-wait",
}

// String returns the phase in a word.
func (p ConnectionPhase) String() string {
	if int(p) < len(connectionPhaseNames) && connectionPhaseNames[p] != "" {
		return connectionPhaseNames[p]
	}
	return "unknown"
}

// A ConnectionSpan is one phase of a connection's life.
type ConnectionSpan struct {
	Phase    ConnectionPhase
	From, To time.Duration
	Request  int32 // of a ConnRequest
}

// Spans cuts the connection's life into phases, in the order in which they
// begin. What goes on is cut at until. The spans touch each other, but for
// requests that overlap where the connection is shared (HTTP/2). A phase that
// took no time is left out, unless it is a request or the close.
func (c *ConnectionRow) Spans(until time.Duration) []ConnectionSpan {
	s := connCutter{c: c, until: until, at: c.begin()}
	if s.at == None {
		return nil
	}
	s.opening()
	if c.Ready() != None {
		s.carrying()
	}
	s.closing()
	return s.spans
}

// begin returns the first that is known of the connection.
func (c *ConnectionRow) begin() time.Duration {
	for _, t := range [...]time.Duration{c.Started, c.Opened, c.Connected, c.Closed} {
		if t != None {
			return t
		}
	}
	return None
}

type connCutter struct {
	c         *ConnectionRow
	spans     []ConnectionSpan
	at, until time.Duration
}

// cut adds the phase from where the last one ended to x.
func (s *connCutter) cut(p ConnectionPhase, x time.Duration) {
	if x == None || x <= s.at {
		return
	}
	s.spans = append(s.spans, ConnectionSpan{Phase: p, From: s.at, To: x})
	s.at = x
}

// end is the end of a step that may not have come to one: then the close ended
// it, or it goes on.
func (s *connCutter) end(at time.Duration) time.Duration {
	switch {
	case at != None:
		return at
	case s.c.Closed != None:
		return s.c.Closed
	}
	return s.until
}

func (s *connCutter) opening() {
	c := s.c
	if c.Names != nil {
		s.cut(ConnQueue, c.Names.From)
		s.cut(ConnNames, s.end(c.Names.To))
	}
	opened := c.Opened
	if opened == None && len(c.Attempts) > 0 {
		opened = c.Attempts[0].From
	} else if opened == None {
		opened = c.Connected // nothing is known of the race
	}
	if opened == None {
		s.cut(ConnQueue, s.end(None))
		return
	}
	s.cut(ConnQueue, opened)
	s.cut(ConnTCP, s.end(c.Connected))
	if c.Connected == None {
		return
	}
	if c.Proxy != nil && c.Proxy.From != None {
		s.cut(ConnProxy, s.end(c.Proxy.To))
	}
	if c.Scheme == "https" || c.Secured != None {
		s.cut(ConnTLS, s.end(c.Secured))
	}
}

// carrying adds the requests, and what lies between them.
func (s *connCutter) carrying() {
	ready := s.at
	for _, r := range s.c.Carried {
		s.cut(ConnIdle, r.From)
		from := max(r.From, ready)
		to := max(from, s.end(r.To))
		s.spans = append(s.spans, ConnectionSpan{ConnRequest, from, to, r.Request})
		s.at = max(s.at, to)
	}
}

// closing adds the rest: idle up to the close, the close, TIME_WAIT.
func (s *connCutter) closing() {
	c := s.c
	last := ConnIdle
	if c.Ready() == None {
		last = ConnQueue // what was left open was closed for it
	}
	if c.Closed == None {
		s.cut(last, s.until)
		return
	}
	begin, end, over := c.Closed, c.Closed, None // over is the end of TIME_WAIT
	if c.Closing != nil {
		if c.Closing.Start != None {
			begin = min(begin, c.Closing.Start)
		}
		for _, t := range c.Closing.States {
			switch {
			case t.From == None:
			case t.Peer:
			case t.Name == timeWait:
				over = s.until
				if t.To != None {
					over = t.To
				}
				end = max(end, t.From)
			default:
				begin = min(begin, t.From)
				if t.To != None {
					end = max(end, t.To)
				}
			}
		}
	}
	s.cut(last, begin)
	s.spans = append(s.spans, ConnectionSpan{Phase: ConnClose, From: begin, To: end})
	s.at = max(s.at, end)
	s.cut(ConnTimeWait, over)
}
