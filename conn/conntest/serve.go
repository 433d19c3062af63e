package conntest

import (
	"net/netip"
	"sync"
)

// Serve listens at addr and calls handle for each connection that is
// accepted, each on a goroutine of its own; the connection is closed when
// handle returns. stop ends it: it closes the listener, resets the
// connections that are still there, and waits until every handle has returned.
func (n *Network) Serve(addr netip.AddrPort, handle func(*Conn)) (stop func(), err error) {
	l, err := n.Listen(addr)
	if err != nil {
		return nil, err
	}
	var (
		mu    sync.Mutex
		conns = make(map[*Conn]struct{})
		done  sync.WaitGroup
	)
	done.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			c := nc.(*Conn)
			mu.Lock()
			conns[c] = struct{}{}
			mu.Unlock()
			done.Go(func() {
				handle(c)
				c.Close()
				mu.Lock()
				delete(conns, c)
				mu.Unlock()
			})
		}
	})
	return func() {
		l.Close()
		mu.Lock()
		for c := range conns {
			c.Reset()
		}
		mu.Unlock()
		done.Wait()
	}, nil
}
