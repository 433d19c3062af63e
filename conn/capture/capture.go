package capture

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A Capture listens to this machine's network and keeps what belongs to the
// connections that it was told to follow. Its methods are safe for concurrent use.
type Capture struct {
	opts    Options
	sock    *socket
	started time.Time
	stopped chan struct{} // closed by the goroutine that listens, when it ends

	mu         sync.Mutex
	closed     bool
	deaf       error // of the socket: nothing more is heard
	err        error // of Options.Writer
	counts     Counts
	interfaces map[int]*iface
	book       book
	lobby      lobby
	apart      []*packet // messages about neighbours and names that nobody wanted so far, by time
	queue      queue
	file       *pcapng // nil without Options.Writer
	named      map[nameKey]bool
	keys       []byte        // lines of the key log that are not yet written
	changed    chan struct{} // closed and replaced when a connection has ended; nil: nobody waits
}

// An iface is an interface of which packets were seen.
type iface struct {
	name     string
	mtu      int
	linkType uint16
	packets  uint64 // of connections that are followed
}

type nameKey struct {
	addr netip.Addr
	name string
}

const (
	maxApart = 256
	maxNamed = 1 << 16
	maxKeys  = 64 << 10
)

// Start begins to capture in the network namespace of the calling thread. The
// caller must call Close. Without the right to do so the error is a
// *PrivilegeError; where there are no packet sockets it is errors.ErrUnsupported.
func Start(o Options) (*Capture, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	sock, err := listen(&o)
	if err != nil {
		return nil, err
	}
	c := newCapture(o)
	c.sock, c.stopped = sock, make(chan struct{})
	go func() {
		defer close(c.stopped)
		c.sock.run(c)
	}()
	return c, nil
}

func newCapture(o Options) *Capture {
	c := &Capture{
		opts: o, started: time.Now(),
		interfaces: map[int]*iface{}, named: map[nameKey]bool{},
		book: book{maxSegments: o.MaxSegments, maxLadders: o.MaxLadders},
	}
	if o.Writer != nil {
		c.file = newPcapng(o.Writer)
	}
	return c
}

// Follow says that the connection between two addresses is wanted, also what
// was seen of it so far, and the name by which remote is known; "": none. Once
// is enough; a name may be added by a later call.
//
// Call it as soon as both addresses are known, which is when the connection is
// open; packets wait for that (Options.Hold).
func (c *Capture) Follow(local, remote netip.AddrPort, name string) {
	local, remote = plain(local), plain(remote)
	if !local.IsValid() || !remote.IsValid() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.book.follow(local, remote, name)
	c.nameLocked(remote.Addr(), name)
	for _, p := range c.lobby.take(tupleOf(local, remote)) {
		c.counts.Others--
		c.keepLocked(p)
	}
	c.reviewLocked()
	c.wakeLocked()
}

// KeyLogWriter returns where crypto/tls is to write its secrets
// (tls.Config.KeyLogWriter), so that they are in the file before what they
// open. Whoever has the file can then read everything.
func (c *Capture) KeyLogWriter() io.Writer { return keyLog{c} }

type keyLog struct{ c *Capture }

func (k keyLog) Write(p []byte) (int, error) {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if k.c.file == nil || k.c.closed {
		return len(p), nil
	}
	k.c.keys = append(k.c.keys, p...)
	if len(k.c.keys) > maxKeys {
		k.c.writeKeysLocked()
	}
	return len(p), nil
}

// Ladder returns what was seen until now of a connection that is followed, as
// seen from local. The zero Ladder, with the addresses only, is of one that is not.
func (c *Capture) Ladder(local, remote netip.AddrPort) Ladder {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUpLocked()
	l := c.book.ladder(plain(local), plain(remote))
	l.Dropped = c.counts.Dropped
	return l
}

// Counts returns what became of the packets until now.
func (c *Capture) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUpLocked()
	return c.countsLocked()
}

func (c *Capture) countsLocked() Counts {
	n := c.counts
	n.Ladders = c.book.forgotten
	return n
}

// Settle waits until all connections that are followed have ended on the wire:
// until each side has confirmed the other's FIN, or one has reset. It returns the
// context's error if they have not until then.
func (c *Capture) Settle(ctx context.Context) error {
	for {
		c.mu.Lock()
		c.catchUpLocked()
		open, over := c.book.open, c.closed || c.deaf != nil
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		if open == 0 || over {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("capture: %d connections have not ended: %w", open, context.Cause(ctx))
		}
	}
}

// Close ends the capture and writes what is left. It returns the first error
// of the network or of Options.Writer. Ladder and Counts go on to work. Since
// the last segments of a close may be on their way yet, Settle comes first.
func (c *Capture) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.catchUpLocked()
	c.closed = true
	c.wakeLocked()
	c.mu.Unlock()
	if c.sock != nil {
		c.sock.stop()
		<-c.stopped
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sock != nil {
		c.sock.close()
	}
	c.endFileLocked()
	return cmp.Or(c.deaf, c.err)
}

// wakeLocked tells who waits in Settle.
func (c *Capture) wakeLocked() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// catchUpLocked takes in what the kernel has seen until now.
func (c *Capture) catchUpLocked() {
	if c.sock != nil && !c.closed && c.deaf == nil {
		c.sock.pump(c)
	}
}

// A raw packet is as the kernel gives it.
type raw struct {
	record
	linkType   uint16
	segment    int // what it will be cut to; 0: not at all
	noChecksum bool
}

// takeLocked decides about one packet. r.data belongs to the caller.
func (c *Capture) takeLocked(r *raw) {
	c.counts.Received++
	f, ok := decode(r.linkType, r.data, r.wire)
	if !ok {
		c.counts.Unread++
		return
	}
	if f.kind == kindDiscovery {
		f.discovery.Time, f.discovery.Out = r.time, r.way == packetOutgoing
		wanted := c.book.discover(f.discovery)
		p := c.ownLocked(&f, r)
		if !wanted {
			c.apartLocked(p)
			return
		}
		c.keepLocked(p)
		c.reviewLocked() // it may have told who the next hop is
		return
	}
	key := tupleOf(f.src, f.dst)
	switch {
	case c.book.followed[key] != nil:
		c.keepLocked(c.ownLocked(&f, r))
	case f.kind == kindUDP && c.opts.DNS:
		c.apartLocked(c.ownLocked(&f, r))
	case c.lobby.knows(key) || f.kind == kindTCP && f.tcp.flags&(SYN|RST|FIN) == SYN:
		c.counts.Others++
		if !c.lobby.add(key, c.ownLocked(&f, r)) {
			c.counts.Forgotten++
		}
		if c.lobby.bytes > c.opts.MaxHeld {
			c.counts.Forgotten += uint64(c.lobby.expire(time.Time{}, c.opts.MaxHeld))
		}
	default:
		c.counts.Others++
	}
}

// tooLong returns the size of the segments that one is cut to which is longer
// than the MTU allows, and 0 for others.
func tooLong(f *frame, mtu int) int {
	headers := f.tcp.size + 20
	if f.src.Addr().Is6() {
		headers += 20
	}
	if f.length+headers <= mtu || headers >= mtu {
		return 0
	}
	return mtu - headers
}

// ownLocked makes a packet of a frame, with its own copy of the bytes, or none
// if they are not needed.
func (c *Capture) ownLocked(f *frame, r *raw) *packet {
	p := &packet{frame: *f, record: r.record, segment: r.segment, noChecksum: r.noChecksum}
	if i := c.interfaces[r.ifindex]; i != nil && p.segment == 0 && f.kind == kindTCP {
		p.segment = tooLong(f, i.mtu)
	}
	if f.kind == kindUDP {
		p.question = question(f.payload)
	}
	p.payload, p.data = nil, nil
	if c.file != nil {
		p.data = bytes.Clone(r.data)
	}
	return p
}

// apartLocked puts a message about a neighbour or a name aside: it may turn
// out to be wanted.
func (c *Capture) apartLocked(p *packet) {
	c.counts.Others++
	if len(c.apart) == maxApart {
		c.apart = slices.Delete(c.apart, 0, maxApart/4)
	}
	c.apart = append(c.apart, p)
	c.reviewLocked()
}

// reviewLocked keeps what has turned out to be wanted of what was put aside.
func (c *Capture) reviewLocked() {
	c.apart = slices.DeleteFunc(c.apart, func(p *packet) bool {
		wanted := p.kind == kindDiscovery && c.book.wanted(p.discovery) || p.kind == kindUDP && c.book.names[p.question]
		if wanted {
			c.counts.Others--
			c.keepLocked(p)
		}
		return wanted
	})
}

// keepLocked enters a packet that is wanted into its ladder and the queue.
func (c *Capture) keepLocked(p *packet) {
	i := c.interfaces[p.ifindex]
	if f := c.book.followed[tupleOf(p.src, p.dst)]; f != nil && p.kind == kindTCP {
		open := c.book.open
		known := f.hopMAC
		s, ok := c.book.segment(f, p)
		if !ok {
			c.counts.Doubled++
			return
		}
		if f.ladder.Interface == "" && i != nil {
			f.ladder.Interface = i.name
		}
		if s.Super > 0 {
			c.counts.Supers++
		}
		if c.file != nil {
			p.comments = s.comments(f.name)
		}
		if c.book.open < open {
			c.wakeLocked()
		}
		if f.hopMAC != known {
			defer c.reviewLocked()
		}
	} else if p.kind == kindDiscovery {
		p.comments = []string{p.discovery.protocol() + ": " + p.discovery.String() + " (" + p.discovery.reach() + ")"}
	}
	c.counts.Followed++
	if i != nil {
		i.packets++
	}
	if c.file != nil {
		c.queue.add(&p.record)
		c.writeLocked(time.Time{}, c.opts.MaxHeld)
	}
}
