package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"net/netip"
	"time"
)

// A File is what a pcapng file has.
type File struct {
	Interfaces []Interface
	Packets    []Packet
	Names      map[netip.Addr][]string
	Secrets    []byte // lines of TLS key logs
}

// An Interface is where packets of a File were captured.
type Interface struct {
	Name     string
	LinkType uint16 // https://www.tcpdump.org/linktypes.html; 1 is Ethernet
	Dropped  uint64 // packets that the system had no room for, if it is said

	ticks uint64 // in a second
	since int64  // seconds to be added
}

// A Packet is one of a File.
type Packet struct {
	Time      time.Time
	Interface int    // of File.Interfaces
	Length    int    // on the wire
	Data      []byte // what was kept of it
	Comments  []string
	Out       bool // sent by the machine that captured, if it is said
}

// maxBlock is how long a block of a file may be: a key log of a long capture
// is a few megabytes.
const maxBlock = 16 << 20

// Read reads a pcapng file, as [Capture] and Wireshark write it. All of it is
// held in memory. With an error it returns what came before it; a file that
// ends within a block, because whoever wrote it was stopped, has
// io.ErrUnexpectedEOF.
func Read(r io.Reader) (*File, error) {
	p := &pcapngReader{r: bufio.NewReader(r), file: &File{Names: map[netip.Addr][]string{}}}
	for {
		err := p.next()
		if err == io.EOF {
			return p.file, nil
		}
		if err != nil {
			return p.file, fmt.Errorf("capture: read: %w", err)
		}
	}
}

// Ladders returns the ladders of all connections in the file, in the order
// of their first packets. Local is who had sent the SYN or, if that is not
// in it, the first packet.
func (f *File) Ladders() []Ladder {
	b := book{maxSegments: math.MaxInt32, maxLadders: math.MaxInt32}
	var list []*following
	for i := range f.Packets {
		p := &f.Packets[i]
		in := f.Interfaces[p.Interface]
		d, ok := decode(in.LinkType, p.Data, p.Length)
		if !ok {
			continue
		}
		switch d.kind {
		case kindDiscovery:
			d.discovery.Time, d.discovery.Out = p.Time, p.Out
			b.discover(d.discovery)
		case kindTCP:
			key := tupleOf(d.src, d.dst)
			if b.followed[key] == nil {
				local, remote := d.src, d.dst
				if d.tcp.flags&(SYN|ACK) == SYN|ACK {
					local, remote = remote, local
				}
				b.follow(local, remote, "")
				list = append(list, b.followed[key])
			}
			w := b.followed[key]
			if w.stream.again(&packet{frame: d}) { // b would begin anew in its place
				first := *w
				list[indexOfFollowing(list, w)] = &first
				list = append(list, w)
			}
			b.segment(w, &packet{frame: d, record: record{time: p.Time, ifindex: p.Interface}})
			w.ladder.Interface = in.Name
		}
	}
	var ladders []Ladder
	for _, w := range list {
		l := w.snapshot()
		l.Discovery = b.discoveryOf(w)
		if names := f.Names[l.Remote.Addr()]; len(names) == 1 {
			l.Name = names[0]
		}
		for _, i := range f.Interfaces {
			l.Dropped = max(l.Dropped, i.Dropped)
		}
		ladders = append(ladders, l)
	}
	return ladders
}

func indexOfFollowing(list []*following, w *following) int {
	for i := len(list) - 1; ; i-- {
		if list[i] == w {
			return i
		}
	}
}

// A pcapngReader reads blocks.
type pcapngReader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	first int // where the interfaces of this section begin
	file  *File
}

var errMalformed = errors.New("malformed pcapng block")

// next reads one block. The error is io.EOF where there is none.
func (p *pcapngReader) next() error {
	var head [12]byte
	if _, err := io.ReadFull(p.r, head[:8]); err != nil {
		return err
	}
	skip := 8
	if binary.LittleEndian.Uint32(head[:]) == blockSection { // the same both ways
		if _, err := io.ReadFull(p.r, head[8:]); err != nil {
			return unexpected(err)
		}
		skip = 12
		switch {
		case binary.LittleEndian.Uint32(head[8:]) == byteOrder:
			p.order = binary.LittleEndian
		case binary.BigEndian.Uint32(head[8:]) == byteOrder:
			p.order = binary.BigEndian
		default:
			return errors.New("not a pcapng file")
		}
	} else if p.order == nil {
		return errors.New("not a pcapng file")
	}
	kind, length := p.order.Uint32(head[:]), p.order.Uint32(head[4:])
	if length%4 != 0 || length < uint32(skip)+4 || length > maxBlock {
		return errMalformed
	}
	body := make([]byte, int(length)-skip)
	if _, err := io.ReadFull(p.r, body); err != nil {
		return unexpected(err)
	}
	if p.order.Uint32(body[len(body)-4:]) != length {
		return errMalformed
	}
	return p.block(kind, body[:len(body)-4])
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (p *pcapngReader) block(kind uint32, b []byte) error {
	switch kind {
	case blockSection:
		if len(b) < 12 || p.order.Uint16(b) != 1 {
			return errMalformed
		}
		p.first = len(p.file.Interfaces)
	case blockInterface:
		return p.interfaceBlock(b)
	case blockPacket:
		return p.packetBlock(b)
	case blockSimple: // without time; cut at what the interface keeps, or not at all
		if len(b) < 4 || p.first >= len(p.file.Interfaces) {
			return errMalformed
		}
		n := int(p.order.Uint32(b))
		p.file.Packets = append(p.file.Packets, Packet{Interface: p.first, Length: n, Data: b[4:][:min(max(n, 0), len(b)-4)]})
	case blockNames:
		p.namesBlock(b)
	case blockSecrets:
		if len(b) < 8 || int64(p.order.Uint32(b[4:])) > int64(len(b)-8) {
			return errMalformed
		}
		if p.order.Uint32(b) == secretsTLS {
			p.file.Secrets = append(p.file.Secrets, b[8:8+p.order.Uint32(b[4:])]...)
		}
	case blockStatistics:
		if len(b) < 12 || int64(p.order.Uint32(b)) >= int64(len(p.file.Interfaces)-p.first) {
			return errMalformed
		}
		i := &p.file.Interfaces[p.first+int(p.order.Uint32(b))]
		p.options(b[12:], func(code uint16, value []byte) {
			if code == 7 && len(value) == 8 {
				i.Dropped = p.order.Uint64(value)
			}
		})
	}
	return nil
}

func (p *pcapngReader) interfaceBlock(b []byte) error {
	if len(b) < 8 {
		return errMalformed
	}
	i := Interface{LinkType: p.order.Uint16(b), ticks: 1e6}
	ok := true
	p.options(b[8:], func(code uint16, value []byte) {
		switch {
		case code == 2:
			i.Name = string(value)
		case code == 9 && len(value) == 1 && value[0]&0x80 != 0: // a power of two
			ok = ok && value[0]&0x7f < 64
			i.ticks = 1 << (value[0] & 0x3f)
		case code == 9 && len(value) == 1:
			i.ticks = 1
			for range value[0] {
				if i.ticks > math.MaxUint64/10 {
					ok = false
					break
				}
				i.ticks *= 10
			}
		case code == 14 && len(value) == 8:
			i.since = int64(p.order.Uint64(value))
		}
	})
	if !ok {
		return errMalformed
	}
	p.file.Interfaces = append(p.file.Interfaces, i)
	return nil
}

func (p *pcapngReader) packetBlock(b []byte) error {
	if len(b) < 20 {
		return errMalformed
	}
	n, captured := p.order.Uint32(b), p.order.Uint32(b[12:])
	if int64(n) >= int64(len(p.file.Interfaces)-p.first) || int64(captured) > int64(len(b)-20) {
		return errMalformed
	}
	k := Packet{Interface: p.first + int(n), Length: int(p.order.Uint32(b[16:])), Data: b[20 : 20+captured : 20+captured]}
	i := p.file.Interfaces[k.Interface]
	k.Time = i.time(uint64(p.order.Uint32(b[4:]))<<32 | uint64(p.order.Uint32(b[8:])))
	p.options(b[20+(captured+3)/4*4:], func(code uint16, value []byte) {
		switch {
		case code == optionComment:
			k.Comments = append(k.Comments, string(value))
		case code == 2 && len(value) == 4:
			k.Out = p.order.Uint32(value)&3 == 2
		}
	})
	p.file.Packets = append(p.file.Packets, k)
	return nil
}

// time converts a time of the file.
func (i *Interface) time(t uint64) time.Time {
	high, low := bits.Mul64(t%i.ticks, 1e9)
	ns, _ := bits.Div64(high, low, i.ticks)
	return time.Unix(int64(t/i.ticks)+i.since, int64(ns))
}

func (p *pcapngReader) namesBlock(b []byte) {
	p.options(b, func(code uint16, value []byte) {
		size := 4
		if code == 2 {
			size = 16
		} else if code != 1 {
			return
		}
		if len(value) <= size || value[len(value)-1] != 0 {
			return
		}
		a, _ := netip.AddrFromSlice(value[:size])
		p.file.Names[a] = append(p.file.Names[a], splitNames(value[size:])...)
	})
}

// splitNames splits names that end with zero bytes.
func splitNames(b []byte) []string {
	var names []string
	for start, i := 0, 0; i < len(b); i++ {
		if b[i] == 0 {
			names = append(names, string(b[start:i]))
			start = i + 1
		}
	}
	return names
}

// options calls f for each option, until the end or what is no option.
func (p *pcapngReader) options(b []byte, f func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, n := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		if code == optionEnd || n > len(b)-4 {
			return
		}
		f(code, b[4:4+n])
		b = b[min(4+(n+3)/4*4, len(b)):]
	}
}
