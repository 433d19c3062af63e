package capture

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// A tuple names a connection whichever way a packet goes: a is the lesser end.
type tuple struct {
	a, b netip.AddrPort
}

func tupleOf(x, y netip.AddrPort) tuple {
	if x.Compare(y) > 0 {
		x, y = y, x
	}
	return tuple{x, y}
}

// plain is an address as packets have it: without zone, IPv4 as such.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// A record is what is written of a packet.
type record struct {
	time     time.Time
	ifindex  int
	way      uint8 // to whom it is: packetHost, …
	wire     int   // its length
	data     []byte
	comments []string
}

// recordCost is what a record takes beside its data.
const recordCost = 256

func (r *record) cost() int { return len(r.data) + recordCost }

// A newcomer is a connection that nobody follows yet.
type newcomer struct {
	tuple   tuple
	since   time.Time
	packets []*packet
	bytes   int
}

const (
	maxNewcomer   = 1 << 20 // bytes that one newcomer may hold: a handshake is less
	maxDiscovered = 512     // messages about neighbours that are remembered
)

// A lobby has the packets of connections that may yet be followed: those whose
// SYN it saw. It is bounded in time and bytes; the oldest goes first.
type lobby struct {
	tuples map[tuple]*newcomer
	order  []*newcomer // by since; those that left are nil in packets and absent in tuples
	bytes  int
}

// knows reports whether a connection is here.
func (l *lobby) knows(key tuple) bool { return l.tuples[key] != nil }

// add keeps a packet, of a connection that is here or begins with it. It
// reports false if there is no room.
func (l *lobby) add(key tuple, p *packet) bool {
	n := l.tuples[key]
	if n == nil {
		n = &newcomer{tuple: key, since: p.time}
		if l.tuples == nil {
			l.tuples = map[tuple]*newcomer{}
		}
		l.tuples[key] = n
		l.order = append(l.order, n)
	}
	if n.bytes+p.cost() > maxNewcomer {
		return false
	}
	n.packets = append(n.packets, p)
	n.bytes += p.cost()
	l.bytes += p.cost()
	return true
}

// take removes a connection and returns its packets.
func (l *lobby) take(key tuple) []*packet {
	n := l.tuples[key]
	if n == nil {
		return nil
	}
	delete(l.tuples, key)
	l.bytes -= n.bytes
	list := n.packets
	n.packets, n.bytes = nil, 0
	return list
}

// expire removes what came before a moment, and the oldest of what is too
// much. It returns how many packets went for the second reason.
func (l *lobby) expire(before time.Time, maxBytes int) (excess int) {
	n := 0
	for ; n < len(l.order); n++ {
		o := l.order[n]
		if l.tuples[o.tuple] != o {
			continue
		}
		if o.since.Before(before) {
			l.take(o.tuple)
		} else if l.bytes > maxBytes {
			excess += len(l.take(o.tuple))
		} else {
			break
		}
	}
	l.order = slices.Delete(l.order, 0, n)
	return excess
}

// A queue has the records that are to be written, by time.
type queue struct {
	list  []*record
	gone  int // how many at the front of list were taken
	bytes int
}

// add enters a record; most come last.
func (q *queue) add(r *record) {
	q.bytes += r.cost()
	if n := len(q.list); n == q.gone || !q.list[n-1].time.After(r.time) {
		q.list = append(q.list, r)
		return
	}
	i, _ := slices.BinarySearchFunc(q.list[q.gone:], r.time, func(x *record, t time.Time) int {
		return cmp.Or(x.time.Compare(t), -1) // after those of the same time
	})
	q.list = slices.Insert(q.list, q.gone+i, r)
}

// next returns the first record, or nil.
func (q *queue) next() *record {
	if q.gone == len(q.list) {
		return nil
	}
	return q.list[q.gone]
}

// due removes and returns the next record that is to be written now: one of a
// moment or before, or the first of what is too much; nil if there is none.
func (q *queue) due(upTo time.Time, maxBytes int) *record {
	r := q.next()
	if r == nil || r.time.After(upTo) && q.bytes <= maxBytes {
		return nil
	}
	q.bytes -= r.cost()
	q.list[q.gone] = nil
	if q.gone++; q.gone > len(q.list)/2 {
		q.list = slices.Delete(q.list, 0, q.gone)
		q.gone = 0
	}
	return r
}
