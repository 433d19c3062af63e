package conn

import (
	"strconv"
	"time"

	"pageload/conn/kernel"
)

// An EventKind is what happened to a connection.
type EventKind int

// The kinds of events. Each connection has the first six in this order, Busy
// and Idle in turn.
const (
	EventConnecting EventKind = iota // it began to be opened
	EventFailed                      // it could not be opened; the end
	EventOpened                      // it is ready
	EventBusy                        // a request took it; others that share it are not told
	EventIdle                        // nobody uses it
	EventClosed                      // it is closed; the end
	EventJoined                      // after EventConnecting: none was opened, its group shares another's HTTP/2 connection; the end
	EventClosing                     // it is out of use and its close begins; before EventClosed
	EventState                       // its close has come to a state of TCP (Pool.WatchClose); between these two
	EventLink                        // its next hop's link address has changed (Pool.Paths); at any time while it is open
)

// String returns the kind in lower case.
func (k EventKind) String() string {
	names := [...]string{"connecting", "failed", "opened", "busy", "idle", "closed", "joined", "closing", "state", "link"}
	if k < 0 || int(k) >= len(names) {
		return "EventKind(" + strconv.Itoa(int(k)) + ")"
	}
	return names[k]
}

// An Event is a change in the life of a connection. [Pool.Record] has the rest.
type Event struct {
	Kind   EventKind
	Time   time.Time
	ConnID uint64
	Key    Key
	// Err is why, for EventFailed, EventClosing and EventClosed.
	Err error
	// Span is the state, for EventState. Its To is not known yet, but for that
	// of TIME_WAIT.
	Span StateSpan
	// Link is the change, for EventLink.
	Link *kernel.LinkChange
}

// An eventQueue has what OnEvent has not been told yet. One goroutine at a
// time tells it, so that the order is kept and no lock is held meanwhile.
type eventQueue struct {
	list    []Event
	telling bool
}

// event notes what happened to c. The lock is held.
func (p *Pool) event(kind EventKind, c *connection, now time.Time, err error) {
	if p.OnEvent != nil {
		p.note(kind, c, now, err)
	}
}

// note is kept out of event's callers, whose frames it would make large.
//
//go:noinline
func (p *Pool) note(kind EventKind, c *connection, now time.Time, err error) {
	p.events.list = append(p.events.list, Event{Kind: kind, Time: now, ConnID: c.id, Key: c.group.key, Err: err})
}

// stateEvent notes a state of c's close. The lock is held.
func (p *Pool) stateEvent(c *connection, s StateSpan) {
	if p.OnEvent != nil {
		p.events.list = append(p.events.list, Event{Kind: EventState, Time: s.From, ConnID: c.id, Key: c.group.key, Span: s})
	}
}

// tell calls OnEvent for all that was noted, unless somebody does.
func (p *Pool) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.events.telling {
		return
	}
	p.events.telling = true
	for len(p.events.list) > 0 {
		list := p.events.list
		p.events.list = nil
		p.mu.Unlock()
		for _, e := range list {
			p.OnEvent(e)
		}
		p.mu.Lock()
	}
	p.events.telling = false
}
