package kernel

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Paths looks up paths and keeps them: routes until the kernel says that its
// tables have changed, neighbours as the kernel tells of them. One value can
// serve all pools of a process. The zero value is ready; Close gives its two
// descriptors back. It is safe for concurrent use and must not be copied.
//
// There is no goroutine: what the kernel has to tell waits in a socket until
// Lookup or Changes is called.
type Paths struct {
	mu               sync.Mutex
	nl               *netlink // for questions
	news             *netlink // what the kernel tells of its own accord
	paths            map[netip.Addr]Path
	links            map[int]link
	hops             map[hop]*entry
	changes          []LinkChange
	dropped          uint64    // changes before the first of changes
	read, readBefore time.Time // when news was last read to its end, and the time before
}

// A hop is a host on a link.
type hop struct {
	index int
	addr  netip.Addr
}

// An entry is what was last heard of a hop.
type entry struct {
	Neighbour
	last   net.HardwareAddr // the last link address that it had, also where it has none now
	looked time.Time
}

const (
	// maxPaths bounds the destinations that are kept, and the hops. All are
	// forgotten where there are more: they are cheap to ask for again.
	maxPaths = 4096
	// maxChanges bounds the changes that are kept for who has not asked yet.
	maxChanges = 256
	// pathFresh is how long a path is believed: routes change with a message,
	// but the MTU that was discovered on the way does not.
	pathFresh = 30 * time.Second
	// stateFresh is how long the state of a neighbour is believed. Not each of
	// its changes comes with a message; that of its link address does.
	stateFresh = time.Second
	// newsFresh is how often the kernel's messages are looked for at most.
	newsFresh = time.Millisecond
)

// tellings are the groups of messages that say that a path may be another.
const tellings = unix.RTMGRP_NEIGH | unix.RTMGRP_LINK | unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE |
	unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV4_RULE | 1<<(unix.RTNLGRP_IPV6_RULE-1) |
	1<<(unix.RTNLGRP_NEXTHOP-1)

// Lookup returns the path to dst. It does not wait for the network: a next hop
// that nobody has talked to yet has no link address. The error wraps the
// kernel's where there is no route, such as syscall.ENETUNREACH, or ctx's where
// that has ended.
func (p *Paths) Lookup(ctx context.Context, dst netip.Addr) (Path, error) {
	if ctx.Err() != nil {
		return Path{}, fmt.Errorf("kernel: path to %v: %w", dst, context.Cause(ctx))
	}
	dst = dst.Unmap()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.open(); err != nil {
		return Path{}, err
	}
	now := time.Now()
	p.hear(now)
	path, ok := p.paths[dst]
	if !ok || now.Sub(path.Looked) > pathFresh {
		var err error
		if path, err = p.look(dst, now); err != nil {
			return Path{}, err
		}
	}
	path.Neighbour = p.neighbour(path, now)
	return path, nil
}

// open opens the sockets. The lock is held, as in all below.
func (p *Paths) open() error {
	if p.nl != nil {
		return nil
	}
	nl, err := dialNetlink(unix.NETLINK_ROUTE, 0)
	if err != nil {
		return err
	}
	news, err := dialNetlink(unix.NETLINK_ROUTE, tellings)
	if err != nil {
		nl.close()
		return err
	}
	p.nl, p.news = nl, news
	p.paths, p.links, p.hops = map[netip.Addr]Path{}, map[int]link{}, map[hop]*entry{}
	return nil
}

// look asks for a route and its interface.
func (p *Paths) look(dst netip.Addr, now time.Time) (Path, error) {
	r, err := p.nl.route(dst)
	if err != nil {
		return Path{}, err
	}
	l, ok := p.links[r.Index]
	if !ok && r.Index != 0 {
		if l, err = p.nl.link(r.Index); err != nil {
			return Path{}, err
		}
		p.links[r.Index] = l
	}
	r.Interface = l.name
	if r.MTU == 0 {
		r.MTU = l.mtu
	}
	if len(p.paths) >= maxPaths {
		clear(p.paths)
	}
	path := Path{Dst: dst, Route: r, Looked: now}
	p.paths[dst] = path
	return path, nil
}

// neighbour returns the entry of the path's next hop.
func (p *Paths) neighbour(path Path, now time.Time) Neighbour {
	h := hop{path.Route.Index, path.Route.NextHop}
	if path.Route.OnLink {
		h.addr = path.Dst.WithZone("")
	}
	if path.Route.Type == "local" { // not even loopback has one
		return Neighbour{Addr: h.addr, Index: h.index, Interface: path.Route.Interface}
	}
	e := p.hops[h]
	if e == nil {
		if len(p.hops) >= maxPaths {
			clear(p.hops)
		}
		e = &entry{Neighbour: Neighbour{Addr: h.addr, Index: h.index}}
		p.hops[h] = e
	}
	if now.Sub(e.looked) > stateFresh || len(e.LinkAddr) == 0 {
		if n, err := p.nl.neighbour(h.index, h.addr); err == nil {
			p.learn(e, n, now)
		}
	}
	n := e.Neighbour
	n.Interface, n.LinkAddr = path.Route.Interface, slices.Clone(n.LinkAddr)
	return n
}
