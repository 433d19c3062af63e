package capture

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// A following is a connection whose packets are wanted.
type following struct {
	name   string
	ladder Ladder // Discovery is found when it is asked for
	stream *stream
	tail   []Segment // the last ones, once the first half of the ladder is full
	turn   int       // where the oldest of tail is, once that is full
	ownMAC MAC
	hopMAC MAC // of the next hop
}

func newFollowing(local, remote netip.AddrPort, name string) *following {
	return &following{
		name: name, stream: newStream(local, remote),
		ladder: Ladder{Local: local, Remote: remote, Name: name},
	}
}

// add keeps a segment: of too many, those in the middle are left out.
func (f *following) add(s Segment, most int) {
	if half := most / 2; len(f.ladder.Segments) < half {
		f.ladder.Segments = append(f.ladder.Segments, s)
	} else if len(f.tail) < most-half {
		f.tail = append(f.tail, s)
	} else {
		f.tail[f.turn] = s
		f.turn = (f.turn + 1) % len(f.tail)
		f.ladder.Omitted++
	}
	if s.Out && f.hopMAC == (MAC{}) {
		f.ownMAC, f.hopMAC = s.Link.Src, s.Link.Dst
	} else if !s.Out && f.ownMAC == (MAC{}) {
		f.ownMAC = s.Link.Dst
	}
}

// snapshot returns the ladder so far.
func (f *following) snapshot() Ladder {
	l := f.ladder
	l.Before = len(l.Segments)
	l.Segments = slices.Concat(l.Segments, f.tail[f.turn:], f.tail[:f.turn])
	return l
}

// A book has the connections that are followed, and knows their packets. It is
// pure: packets come in, segments and what is to be written come out.
type book struct {
	maxSegments, maxLadders int
	followed                map[tuple]*following
	order                   []tuple // as they were followed
	names                   map[string]bool
	discovered              []Discovery         // the newest messages about neighbours, by time
	hops, own               map[netip.Addr]bool // of both ends of each; hops also has routers
	hopMACs                 map[MAC]bool
	open                    int // how many are not over
	forgotten               uint64
}

func (b *book) follow(local, remote netip.AddrPort, name string) {
	if b.followed == nil {
		b.followed = map[tuple]*following{}
		b.learn()
	} else if len(b.hops) > 4*b.maxLadders {
		b.learn()
	}
	key := tupleOf(local, remote)
	if f := b.followed[key]; f != nil {
		f.name = cmp.Or(f.name, name)
		f.ladder.Name = f.name
	} else {
		for len(b.order) >= b.maxLadders {
			b.forget()
		}
		b.followed[key] = newFollowing(local, remote, name)
		b.order = append(b.order, key)
		b.open++
	}
	b.know(b.followed[key])
}

// learn makes the tables of what belongs to the connections that are followed.
func (b *book) learn() {
	b.names = map[string]bool{}
	b.hops, b.own, b.hopMACs = map[netip.Addr]bool{}, map[netip.Addr]bool{}, map[MAC]bool{}
	for _, f := range b.followed {
		b.know(f)
	}
}

func (b *book) know(f *following) {
	if f.name != "" {
		b.names[strings.ToLower(strings.TrimSuffix(f.name, "."))] = true
	}
	b.hops[f.ladder.Remote.Addr()] = true
	b.own[f.ladder.Local.Addr()] = true
	if f.hopMAC != (MAC{}) {
		b.hopMACs[f.hopMAC] = true
		for _, d := range b.discovered {
			if !d.Request && d.SenderMAC == f.hopMAC {
				b.hops[d.Sender] = true
			}
		}
	}
}

// forget gives up the oldest connection that is over, or the oldest.
func (b *book) forget() {
	i := max(slices.IndexFunc(b.order, func(t tuple) bool { return b.followed[t].stream.over() }), 0)
	if !b.followed[b.order[i]].stream.over() {
		b.open--
	}
	delete(b.followed, b.order[i])
	b.order = slices.Delete(b.order, i, i+1)
	b.forgotten++
}

// segment takes in a packet of f. It reports false for a copy from another
// interface.
func (b *book) segment(f *following, p *packet) (Segment, bool) {
	if f.stream.again(p) {
		if f.stream.over() {
			b.open++
		}
		*f = *newFollowing(f.ladder.Local, f.ladder.Remote, f.name)
	}
	over := f.stream.over()
	s, ok := f.stream.add(p)
	if !ok {
		return s, false
	}
	unknown := f.hopMAC == (MAC{})
	f.add(s, b.maxSegments)
	if unknown && f.hopMAC != (MAC{}) {
		b.know(f)
	}
	if !over && f.stream.over() {
		b.open--
	}
	return s, true
}

// discover remembers a message about a neighbour. It reports whether it
// concerns the way of a connection that is followed.
func (b *book) discover(d Discovery) bool {
	if len(b.discovered) == maxDiscovered {
		b.discovered = slices.Delete(b.discovered, 0, maxDiscovered/4)
	}
	b.discovered = append(b.discovered, d)
	return b.wanted(d)
}

// wanted reports whether a message about a neighbour concerns the way of any
// connection that is followed.
func (b *book) wanted(d Discovery) bool {
	if !d.Request && b.hopMACs[d.SenderMAC] {
		b.hops[d.Sender] = true
	}
	return d.concerns(b.hops, b.own)
}

// concerns reports whether a message is about the link address of one of hops,
// or between it and us. What hops ask all others for is not.
func (d *Discovery) concerns(hops, own map[netip.Addr]bool) bool {
	return (hops[d.Sender] || hops[d.Target]) && (d.Out || !d.Request || own[d.Target] || !d.Link.Dst.Group())
}

// discoveryOf returns the messages about the next hop of f: about the remote
// address, and about who answered for the link address that its packets go to.
func (b *book) discoveryOf(f *following) []Discovery {
	hops := map[netip.Addr]bool{f.ladder.Remote.Addr(): true}
	own := map[netip.Addr]bool{f.ladder.Local.Addr(): true}
	for _, d := range b.discovered {
		if f.hopMAC != (MAC{}) && d.SenderMAC == f.hopMAC && !d.Request {
			hops[d.Sender] = true
		}
	}
	var list []Discovery
	for _, d := range b.discovered {
		if d.concerns(hops, own) {
			list = append(list, d)
		}
	}
	return list
}

// ladder returns what is known of a connection, seen from local.
func (b *book) ladder(local, remote netip.AddrPort) Ladder {
	f := b.followed[tupleOf(local, remote)]
	if f == nil {
		return Ladder{Local: local, Remote: remote}
	}
	l := f.snapshot()
	l.Discovery = b.discoveryOf(f)
	if l.Local != local {
		l = l.reversed()
	}
	return l
}
