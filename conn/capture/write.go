package capture

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// tendLocked does what time brings: packets that nobody wanted go, others are
// written. It returns when it wants to be called again, or the zero time.
func (c *Capture) tendLocked(now time.Time) time.Time {
	c.lobby.expire(now.Add(-c.opts.Hold), c.opts.MaxHeld)
	n := 0
	for n < len(c.apart) && c.apart[n].time.Before(now.Add(-c.opts.Hold)) {
		n++
	}
	c.apart = slices.Delete(c.apart, 0, n)
	if c.file == nil {
		return time.Time{}
	}
	c.writeLocked(now.Add(-writeDelay), c.opts.MaxHeld)
	first := c.queue.next()
	if first == nil {
		c.writeKeysLocked()
		c.noteLocked(c.file.flush())
		return time.Time{}
	}
	return first.time.Add(writeDelay)
}

// writeLocked writes the records of a moment and before, and the first of those
// that are too much, after the secrets that are there.
func (c *Capture) writeLocked(upTo time.Time, maxBytes int) {
	for r := c.queue.due(upTo, maxBytes); r != nil; r = c.queue.due(upTo, maxBytes) {
		c.writeKeysLocked()
		c.describeLocked(r.ifindex)
		c.file.packet(r)
		if c.file.err == nil {
			c.counts.Written++
		}
	}
}

func (c *Capture) writeKeysLocked() {
	if len(c.keys) > 0 {
		c.file.secrets(c.keys)
		c.keys = c.keys[:0]
	}
}

// describeLocked writes what an interface is, before its first packet.
func (c *Capture) describeLocked(ifindex int) {
	if _, ok := c.file.interfaces[ifindex]; ok {
		return
	}
	i := c.interfaces[ifindex]
	if i == nil {
		i = &iface{name: fmt.Sprintf("interface %d", ifindex), linkType: linkEthernet}
	}
	c.file.addInterface(ifindex, i.linkType, i.name, fmt.Sprintf("MTU %d", i.mtu), c.filterText(), c.opts.SnapLength)
}

// filterText is the kernel's part of the choice, in tcpdump's words.
func (c *Capture) filterText() string {
	tcp := "tcp"
	if len(c.opts.Ports) > 0 {
		var ports []string
		for _, p := range c.opts.Ports {
			ports = append(ports, fmt.Sprintf("tcp port %d", p))
		}
		tcp = strings.Join(ports, " or ")
	}
	if c.opts.DNS {
		tcp += " or udp port 53"
	}
	return tcp + " or arp or (icmp6 and (ip6[40] == 135 or ip6[40] == 136))"
}

// nameLocked writes that an address has a name, once.
func (c *Capture) nameLocked(a netip.Addr, name string) {
	key := nameKey{a, name}
	if c.file == nil || name == "" || c.named[key] {
		return
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return
	}
	if len(c.named) >= maxNamed {
		clear(c.named)
	}
	c.named[key] = true
	c.file.name(a, name)
}

// endFileLocked writes what is left, and the counts.
func (c *Capture) endFileLocked() {
	if c.file == nil {
		return
	}
	c.writeLocked(time.Unix(1<<40, 0), 0)
	c.writeKeysLocked()
	now := time.Now()
	for _, ifindex := range slices.Sorted(maps.Keys(c.file.interfaces)) {
		var packets uint64
		if i := c.interfaces[ifindex]; i != nil {
			packets = i.packets
		}
		said := ""
		if c.counts.Dropped > 0 {
			said = fmt.Sprintf("%d packets were dropped, on all interfaces together", c.counts.Dropped)
		}
		c.file.statistics(ifindex, c.started, now, c.counts.Received, c.counts.Dropped, packets, said)
	}
	c.noteLocked(c.file.flush())
}

// noteLocked keeps the first error.
func (c *Capture) noteLocked(err error) {
	if err != nil {
		c.err = cmp.Or(c.err, fmt.Errorf("capture: write: %w", err))
	}
}
