package conn

import (
	"fmt"
	"net/netip"
	"sync"
)

// A gatekeeper counts the connects to each address that are under way and
// lets no more than a few be so at a time. The zero value is ready.
type gatekeeper struct {
	mu    sync.Mutex
	gates map[netip.Addr]*gate // of the addresses that are connected to now
	spare *gate                // kept from the last address, for the next
}

// A gate is the count of one address and who waits for it, oldest first.
type gate struct {
	open  int
	queue []*pass
}

// A pass is the right to connect to an address. It ends with leave.
type pass struct {
	addr   netip.Addr
	ready  chan struct{} // closed by leave of another when it is there
	gone   bool          // guarded by gatekeeper.mu: nobody waits for it any more
	reason string
}

// tryEnter reports whether a connect to addr may begin, and then it has.
func (g *gatekeeper) tryEnter(addr netip.Addr, most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.at(addr)
	if t.open >= most {
		return false
	}
	t.open++
	return true
}

// at returns the gate of addr, making it if needed.
func (g *gatekeeper) at(addr netip.Addr) *gate {
	t := g.gates[addr]
	if t == nil {
		if t = g.spare; t == nil {
			t = new(gate)
		}
		g.spare = nil
		if g.gates == nil {
			g.gates = make(map[netip.Addr]*gate)
		}
		g.gates[addr] = t
	}
	return t
}

// enter returns nil if a connect to addr may begin, and else a pass to wait for.
func (g *gatekeeper) enter(addr netip.Addr, most int) *pass {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.at(addr)
	if t.open < most {
		t.open++
		return nil
	}
	p := &pass{addr: addr, ready: make(chan struct{}),
		reason: fmt.Sprintf("%d of %d connects to %v under way", t.open, most, addr)}
	t.queue = append(t.queue, p)
	return p
}

// leave ends a connect to addr and lets the next one begin.
func (g *gatekeeper) leave(addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.gates[addr]
	for len(t.queue) > 0 {
		p := t.queue[0]
		t.queue[0] = nil
		if t.queue = t.queue[1:]; !p.gone {
			close(p.ready)
			return
		}
	}
	if t.open--; t.open == 0 {
		delete(g.gates, addr)
		t.queue = nil
		g.spare = t
	}
}

// giveUp takes back the wait for p. It reports whether the pass was there
// already: then it has to be left.
func (g *gatekeeper) giveUp(p *pass) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-p.ready:
		return true
	default:
		p.gone = true
		return false
	}
}
