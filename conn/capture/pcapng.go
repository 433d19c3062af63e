package capture

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/netip"
	"runtime"
	"time"
)

// Blocks and options of pcapng (draft-ietf-opsawg-pcapng sections 4 and 3.5).
const (
	blockInterface  = 1
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockPacket     = 6
	blockSecrets    = 10
	blockSection    = 0x0a0d0d0a
	byteOrder       = 0x1a2b3c4d
	secretsTLS      = 0x544c534b

	optionEnd     = 0
	optionComment = 1
)

// A pcapng writes a pcapng file. The first error is kept; after it nothing is
// written. It is written here, and not by gopacket's pcapgo, since that writes
// neither names nor secrets.
type pcapng struct {
	w          *bufio.Writer
	block      []byte // the one that is being made
	interfaces map[int]uint32
	err        error
}

func newPcapng(w io.Writer) *pcapng {
	p := &pcapng{w: bufio.NewWriterSize(w, 64<<10), interfaces: map[int]uint32{}}
	p.begin(blockSection)
	p.u32(byteOrder)
	p.u16(1) // version 1.0
	p.u16(0)
	p.u64(1<<64 - 1) // length not known
	p.text(3, runtime.GOOS)
	p.text(4, "pageload conn/capture")
	p.end(true)
	return p
}

// addInterface describes an interface, before the first packet of it.
func (p *pcapng) addInterface(ifindex int, linkType uint16, name, description, filter string, snap int) {
	if _, ok := p.interfaces[ifindex]; ok {
		return
	}
	p.interfaces[ifindex] = uint32(len(p.interfaces))
	p.begin(blockInterface)
	p.u16(linkType)
	p.u16(0)
	p.u32(uint32(snap))
	p.text(2, name)
	p.text(3, description)
	p.option(9, []byte{9}) // times are in nanoseconds
	if filter != "" {
		p.option(11, append([]byte{0}, filter...)) // as text
	}
	p.end(true)
}

// packet writes a packet of an interface that was added.
func (p *pcapng) packet(r *record) {
	p.begin(blockPacket)
	p.u32(p.interfaces[r.ifindex])
	ns := uint64(r.time.UnixNano())
	p.u32(uint32(ns >> 32))
	p.u32(uint32(ns))
	p.u32(uint32(len(r.data)))
	p.u32(uint32(r.wire))
	p.bytes(r.data)
	for _, c := range r.comments {
		p.text(optionComment, c)
	}
	p.option(2, binary.LittleEndian.AppendUint32(nil, packetFlags(r.way)))
	p.end(true)
}

// packetFlags says which way a packet went, and to whom (section 4.3.1), from
// Linux's word for it: to this host, broadcast, multicast, to another, outgoing.
func packetFlags(way uint8) uint32 {
	const in, out = 1, 2
	switch way {
	case packetHost:
		return in | 1<<2
	case packetBroadcast:
		return in | 3<<2
	case packetMulticast:
		return in | 2<<2
	case packetOther:
		return in | 4<<2
	case packetOutgoing:
		return out
	}
	return 0
}

// To whom packets are, as sockaddr_ll has it (packet(7)).
const (
	packetHost      = 0
	packetBroadcast = 1
	packetMulticast = 2
	packetOther     = 3
	packetOutgoing  = 4
)

// name writes that an address has a name.
func (p *pcapng) name(a netip.Addr, name string) {
	p.begin(blockNames)
	kind := uint16(1)
	if a.Is6() {
		kind = 2
	}
	p.option(kind, append(append(a.AsSlice(), name...), 0))
	p.u32(0) // the end of the records
	p.end(false)
}

// secrets writes lines of a TLS key log.
func (p *pcapng) secrets(log []byte) {
	p.begin(blockSecrets)
	p.u32(secretsTLS)
	p.u32(uint32(len(log)))
	p.bytes(log)
	p.end(false)
}

// statistics writes what became of the packets of an interface.
func (p *pcapng) statistics(ifindex int, from, to time.Time, received, dropped, delivered uint64, comment string) {
	p.begin(blockStatistics)
	p.u32(p.interfaces[ifindex])
	stamp := func(t time.Time) []byte {
		ns := uint64(t.UnixNano())
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(ns>>32)), uint32(ns))
	}
	p.block = append(p.block, stamp(to)...)
	p.text(optionComment, comment)
	p.option(2, stamp(from))
	p.option(3, stamp(to))
	p.option(4, binary.LittleEndian.AppendUint64(nil, received))
	p.option(7, binary.LittleEndian.AppendUint64(nil, dropped))
	p.option(8, binary.LittleEndian.AppendUint64(nil, delivered))
	p.end(true)
}

func (p *pcapng) begin(kind uint32) {
	p.block = p.block[:0]
	p.u32(kind)
	p.u32(0) // the length, by end
}

// end writes the block. Blocks with options need an end of them.
func (p *pcapng) end(options bool) {
	if options {
		p.u32(optionEnd)
	}
	p.u32(uint32(len(p.block) + 4))
	binary.LittleEndian.PutUint32(p.block[4:], uint32(len(p.block)))
	if p.err == nil {
		_, p.err = p.w.Write(p.block)
	}
}

func (p *pcapng) flush() error {
	if p.err == nil {
		p.err = p.w.Flush()
	}
	return p.err
}

func (p *pcapng) u16(v uint16) { p.block = binary.LittleEndian.AppendUint16(p.block, v) }
func (p *pcapng) u32(v uint32) { p.block = binary.LittleEndian.AppendUint32(p.block, v) }
func (p *pcapng) u64(v uint64) { p.block = binary.LittleEndian.AppendUint64(p.block, v) }

// bytes appends b and fills up to a multiple of four.
func (p *pcapng) bytes(b []byte) {
	p.block = append(p.block, b...)
	for len(p.block)%4 != 0 {
		p.block = append(p.block, 0)
	}
}

// option appends an option, or a record of names: they have the same form. One
// that is too long is left out.
func (p *pcapng) option(code uint16, value []byte) {
	if len(value) > 1<<16-1 {
		return
	}
	p.u16(code)
	p.u16(uint16(len(value)))
	p.bytes(value)
}

func (p *pcapng) text(code uint16, s string) {
	if s != "" {
		p.option(code, []byte(s))
	}
}
