package conn

import (
	"pageload/conn/kernel"
)

// maxLinkChanges bounds Record.LinkChanges: somebody who answers ARP in
// another's place can do it for ever.
const maxLinkChanges = 64

// checkLinks notes the changes of link addresses since the last time at the
// connections whose next hop it is. The lock is not held.
func (p *Pool) checkLinks() {
	p.mu.Lock()
	since := p.links
	p.mu.Unlock()
	changes, next := p.Paths.Changes(since)
	if next == since {
		return
	}
	p.mu.Lock()
	if p.links != since { // another goroutine has noted them
		p.mu.Unlock()
		return
	}
	p.links = next
	for i := range changes {
		for _, c := range p.conns {
			c.linkChanged(&changes[i])
		}
	}
	p.mu.Unlock()
	if p.OnEvent != nil {
		p.tell()
	}
}

// linkChanged notes a change if it is that of c's next hop.
func (c *connection) linkChanged(l *kernel.LinkChange) {
	m := c.life.rare
	if m == nil || m.path == nil || m.path.Neighbour.Addr != l.Addr || m.path.Neighbour.Index != l.Index || l.Seen.Before(m.looked) {
		return
	}
	if len(m.links) < maxLinkChanges {
		m.links = append(m.links, *l)
		if c.life.end != nil {
			c.life.end.LinkChanges = m.links
		}
	}
	if p := c.pool; p.OnEvent != nil {
		p.events.list = append(p.events.list, Event{Kind: EventLink, Time: l.Seen, ConnID: c.id, Key: c.group.key, Link: l})
	}
}
