package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A socket is a packet socket that hears all interfaces, or those that its
// filter lets through. Its packets come one by one with recvmsg, and not
// through a ring: a page's load is some ten thousand of them, and each is
// looked at once. pump is called with Capture.mu held.
type socket struct {
	file *os.File
	conn syscall.RawConn
	vnet bool // each packet comes with a header that says how it will be cut
	buf  []byte
	oob  []byte
}

// vnetHeader is the length of struct virtio_net_hdr of linux/virtio_net.h:
// flags, type, length of the headers (2), size of the segments (2), where the
// checksum begins (2) and goes (2).
const vnetHeader = 10

func listen(o *Options) (*socket, error) {
	// Protocol 0: nothing is heard until bind, and then only through the filter.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return nil, &PrivilegeError{err}
	case errors.Is(err, unix.EAFNOSUPPORT):
		return nil, fmt.Errorf("capture: the kernel has no packet sockets: %w", errors.ErrUnsupported)
	case err != nil:
		return nil, fmt.Errorf("capture: socket: %w", err)
	}
	s := &socket{buf: make([]byte, vnetHeader+maxPacket), oob: make([]byte, 256)}
	if err := s.configure(fd, o); err != nil {
		unix.Close(fd)
		return nil, err
	}
	s.file = os.NewFile(uintptr(fd), "packet socket")
	if s.conn, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, fmt.Errorf("capture: %w", err)
	}
	return s, nil
}

func (s *socket) configure(fd int, o *Options) error {
	f := filter{ports: o.Ports, dns: o.DNS, snap: o.SnapLength, network: networkHeader, protocol: bpf.LoadExtension{Num: bpf.ExtProto}}
	for _, name := range o.Interfaces {
		index, err := indexOf(fd, name)
		if err != nil {
			return fmt.Errorf("capture: interface %s: %w", name, err)
		}
		f.interfaces = append(f.interfaces, index)
	}
	if lo, err := indexOf(fd, "lo"); err == nil {
		f.loopback = lo
	}
	program, err := bpf.Assemble(f.program())
	if err != nil {
		return fmt.Errorf("capture: filter: %w", err)
	}
	list := make([]unix.SockFilter, len(program))
	for i, p := range program {
		list[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(list)), Filter: &list[0]}); err != nil {
		return fmt.Errorf("capture: filter: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, o.Buffer) != nil {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, o.Buffer)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1); err != nil {
		return fmt.Errorf("capture: PACKET_AUXDATA: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return fmt.Errorf("capture: SO_TIMESTAMPNS: %w", err)
	}
	s.vnet = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1) == nil
	awaitClock()
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL)}); err != nil {
		return fmt.Errorf("capture: bind: %w", err)
	}
	return nil
}

func networkOrder(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

// indexOf asks through the socket, and not through package net, since that
// would ask in the namespace of whichever thread it runs on.
func indexOf(fd int, name string) (uint32, error) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, r); err != nil {
		return 0, err
	}
	return r.Uint32(), nil
}

// describe asks what an interface is called, and its MTU.
func describe(fd, index int, hatype uint16) *iface {
	i := &iface{name: fmt.Sprintf("interface %d", index), linkType: linkSLL2}
	if hatype == unix.ARPHRD_ETHER || hatype == unix.ARPHRD_LOOPBACK {
		i.linkType = linkEthernet
	}
	r, err := unix.NewIfreq("")
	if err != nil {
		return i
	}
	r.SetUint32(uint32(index))
	if unix.IoctlIfreq(fd, unix.SIOCGIFNAME, r) != nil {
		return i
	}
	i.name = r.Name()
	if r, err = unix.NewIfreq(i.name); err == nil && unix.IoctlIfreq(fd, unix.SIOCGIFMTU, r) == nil {
		i.mtu = int(r.Uint32())
	}
	return i
}

// run takes in packets as they come, and writes them in time, until stop.
func (s *socket) run(c *Capture) {
	for {
		err := s.conn.Read(func(fd uintptr) bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return s.read(int(fd), c, time.Time{}) > 0 || c.closed || c.deaf != nil
		})
		c.mu.Lock()
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && c.deaf == nil && !c.closed {
			c.deaf = fmt.Errorf("capture: %w", err)
		}
		if c.closed || c.deaf != nil {
			c.wakeLocked()
			c.mu.Unlock()
			return
		}
		s.file.SetReadDeadline(c.tendLocked(time.Now()))
		c.mu.Unlock()
	}
}

// pump takes in all that the kernel has seen until now.
func (s *socket) pump(c *Capture) {
	now := time.Now()
	s.conn.Control(func(fd uintptr) { s.read(int(fd), c, now) })
}

// stop makes run end; Capture.closed is set.
func (s *socket) stop() { s.file.SetReadDeadline(time.Unix(1, 0)) }

func (s *socket) close() { s.file.Close() }

// patience is how much longer pump may take in what comes meanwhile. It is not
// 0, since packets may have the time when they are read: see awaitClock.
const patience = 20 * time.Millisecond

// read takes in packets until there are none; with a moment until then, at most
// those of before it and patience later, and else a thousand. It returns how
// many it took.
func (s *socket) read(fd int, c *Capture, until time.Time) (n int) {
	for {
		r, err := s.next(fd, c)
		switch {
		case err == nil:
			c.takeLocked(&r)
			n++
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENETDOWN): // a signal; an interface went down
		case errors.Is(err, unix.EINVAL): // a packet whose cutting PACKET_VNET_HDR has no words for
			c.counts.Received++
			c.counts.Unread++
			n++
		case errors.Is(err, unix.EAGAIN):
			s.dropped(fd, c)
			return n
		default:
			c.deaf = fmt.Errorf("capture: recvmsg: %w", err)
			return n
		}
		if until.IsZero() && n >= 1000 || !until.IsZero() && r.time.After(until.Add(patience)) {
			s.dropped(fd, c)
			return n
		}
	}
}

// dropped asks what the kernel had no room for since it was last asked.
func (s *socket) dropped(fd int, c *Capture) {
	if stats, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		c.counts.Dropped += uint64(stats.Drops)
	}
}

// next reads one packet. Its data is valid until the next call.
func (s *socket) next(fd int, c *Capture) (r raw, err error) {
	n, oobn, _, from, err := unix.Recvmsg(fd, s.buf, s.oob, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
	if err != nil {
		return r, err
	}
	data := s.buf[:min(n, len(s.buf))]
	if s.vnet && len(data) >= vnetHeader {
		r.noChecksum = data[0]&unix.VIRTIO_NET_HDR_F_NEEDS_CSUM != 0
		if data[1] != unix.VIRTIO_NET_HDR_GSO_NONE {
			r.segment = int(binary.NativeEndian.Uint16(data[4:]))
		}
		data = data[vnetHeader:]
	}
	link, _ := from.(*unix.SockaddrLinklayer)
	if link == nil {
		return r, unix.EINVAL
	}
	r.ifindex, r.way, r.wire, r.time = link.Ifindex, link.Pkttype, len(data), time.Now()
	aux, ok := s.ancillary(s.oob[:oobn], &r)
	i := c.interfaces[link.Ifindex]
	if i == nil {
		i = describe(fd, link.Ifindex, link.Hatype)
		c.interfaces[link.Ifindex] = i
	}
	r.linkType = i.linkType
	if ok {
		r.wire = int(aux.Len)
		data = vlan(data, &aux, &r)
	}
	if i.linkType == linkSLL2 {
		header := 0
		if ok && aux.Net >= aux.Mac {
			header = min(int(aux.Net-aux.Mac), len(data))
		}
		data = sll2(networkOrder(link.Protocol), uint32(link.Ifindex), link.Hatype, link.Pkttype, link.Addr[:min(link.Halen, 8)], data[header:])
		r.wire += sll2Length - header
	}
	r.data = data
	return r, nil
}

// ancillary reads what came beside a packet: its time, and what the driver
// took off.
func (s *socket) ancillary(oob []byte, r *raw) (aux unix.TpacketAuxdata, ok bool) {
	for len(oob) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		switch {
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
			var ts unix.Timespec
			copy(unsafe.Slice((*byte)(unsafe.Pointer(&ts)), unsafe.Sizeof(ts)), data)
			r.time = time.Unix(ts.Unix())
		case header.Level == unix.SOL_PACKET && header.Type == unix.PACKET_AUXDATA && len(data) >= int(unsafe.Sizeof(aux)):
			copy(unsafe.Slice((*byte)(unsafe.Pointer(&aux)), unsafe.Sizeof(aux)), data)
			r.noChecksum = r.noChecksum || aux.Status&unix.TP_STATUS_CSUMNOTREADY != 0
			ok = true
		}
		oob = rest
	}
	return aux, ok
}

// vlan puts back the tag that the network card has taken off.
func vlan(data []byte, aux *unix.TpacketAuxdata, r *raw) []byte {
	if aux.Status&unix.TP_STATUS_VLAN_VALID == 0 || r.linkType != linkEthernet || len(data) < 14 {
		return data
	}
	kind := uint16(etherTypeVLAN)
	if aux.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		kind = aux.Vlan_tpid
	}
	tagged := make([]byte, 0, len(data)+4)
	tagged = append(tagged, data[:12]...)
	tagged = binary.BigEndian.AppendUint16(tagged, kind)
	tagged = binary.BigEndian.AppendUint16(tagged, aux.Vlan_tci)
	r.wire += 4
	return append(tagged, data[12:]...)
}
