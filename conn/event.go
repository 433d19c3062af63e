package conn

import (
	"strconv"
	"time"
)

// An EventKind is what happened to a connection.
type EventKind int

// The kinds of events. Each connection has them in this order, Busy and Idle
// in turn.
const (
	EventConnecting EventKind = iota // it began to be opened
	EventFailed                      // it could not be opened; the end
	EventOpened                      // it is ready
	EventBusy                        // a request took it; others that share it are not told
	EventIdle                        // nobody uses it
	EventClosed                      // it is closed; the end
	EventJoined                      // after EventConnecting: none was opened, its group shares another's HTTP/2 connection; the end
)

// String returns the kind in lower case.
func (k EventKind) String() string {
	names := [...]string{"connecting", "failed", "opened", "busy", "idle", "closed", "joined"}
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
	// Err is why, for EventFailed and EventClosed.
	Err error
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
		p.events.list = append(p.events.list, Event{kind, now, c.id, c.group.key, err})
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
