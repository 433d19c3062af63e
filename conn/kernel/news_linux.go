package kernel

import (
	"bytes"
	"errors"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Changes returns the changes of link addresses that were noticed after those
// that were returned with the number after, and the number for the next call:
// 0 at first. Only of hops that Lookup was asked about is anything noticed.
// Beyond the newest 256 they are forgotten.
func (p *Paths) Changes(after uint64) ([]LinkChange, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.nl == nil {
		return nil, after
	}
	p.hear(time.Now())
	next := p.dropped + uint64(len(p.changes))
	if after >= next {
		return nil, next
	}
	list := slices.Clone(p.changes[max(after, p.dropped)-p.dropped:])
	for i := range list {
		list[i].From, list[i].To = slices.Clone(list[i].From), slices.Clone(list[i].To)
	}
	return list, next
}

// Close gives the descriptors back and forgets everything but the changes. A
// Paths may be used again after it.
func (p *Paths) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.nl != nil {
		p.nl.close()
		p.news.close()
		p.nl, p.news, p.paths, p.links, p.hops = nil, nil, nil, nil, nil
	}
	return nil
}

// hear reads what the kernel has told since the last time.
func (p *Paths) hear(now time.Time) {
	if now.Sub(p.read) < newsFresh {
		return
	}
	for {
		b, err := p.news.receive()
		if errors.Is(err, syscall.ENOBUFS) { // more was told than the socket holds
			p.forget()
			continue
		}
		if err != nil {
			break // EAGAIN: that was all
		}
		for m := range messages(b) {
			p.told(m, now)
		}
	}
	p.readBefore, p.read = p.read, now
}

// forget makes the next lookups ask for everything again. The hops' last link
// addresses stay, to be compared with what they are then.
func (p *Paths) forget() {
	clear(p.paths)
	clear(p.links)
	for _, e := range p.hops {
		e.looked = time.Time{}
	}
}

// told takes in one message.
func (p *Paths) told(m message, now time.Time) {
	switch m.kind {
	case unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH:
		n, ok := decodeNeighbour(m.body)
		e := p.hops[hop{n.Index, n.Addr}]
		if !ok || e == nil {
			return
		}
		if m.kind == unix.RTM_DELNEIGH {
			n.State, n.LinkAddr = "", nil
		}
		p.learn(e, n, now)
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		clear(p.links)
		clear(p.paths)
	default: // routes, rules, addresses, next hops
		clear(p.paths)
	}
}

// learn makes n the newest that is known of e.
func (p *Paths) learn(e *entry, n Neighbour, now time.Time) {
	if len(n.LinkAddr) > 0 {
		if len(e.last) > 0 && !bytes.Equal(e.last, n.LinkAddr) {
			p.change(LinkChange{
				Addr: n.Addr, Index: n.Index, Interface: p.links[n.Index].name,
				From: e.last, To: n.LinkAddr, After: p.lookedBefore(e, now), Seen: now,
			})
		}
		e.last = n.LinkAddr
	}
	e.Neighbour, e.looked = n, now
}

// lookedBefore returns when e was looked at before now.
func (p *Paths) lookedBefore(e *entry, now time.Time) time.Time {
	at := p.read
	if !at.Before(now) {
		at = p.readBefore
	}
	if e.looked.After(at) && e.looked.Before(now) {
		at = e.looked
	}
	return at
}

func (p *Paths) change(c LinkChange) {
	if len(p.changes) == maxChanges {
		p.changes = append(p.changes[:0], p.changes[1:]...)
		p.dropped++
	}
	p.changes = append(p.changes, c)
}
