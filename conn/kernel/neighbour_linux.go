package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func appendUint32(b []byte, v uint32) []byte { return binary.NativeEndian.AppendUint32(b, v) }

// neighbourState names ndm_state, a set of which one bit is set, or none.
func neighbourState(bits uint16) string {
	switch bits {
	case 0:
		return ""
	case unix.NUD_INCOMPLETE:
		return "INCOMPLETE"
	case unix.NUD_REACHABLE:
		return "REACHABLE"
	case unix.NUD_STALE:
		return "STALE"
	case unix.NUD_DELAY:
		return "DELAY"
	case unix.NUD_PROBE:
		return "PROBE"
	case unix.NUD_FAILED:
		return "FAILED"
	case unix.NUD_NOARP:
		return "NOARP"
	case unix.NUD_PERMANENT:
		return "PERMANENT"
	}
	return strconv.Itoa(int(bits))
}

// neighbour asks for the entry of an address on the link of an interface. One
// that is not there is a Neighbour without State.
func (n *netlink) neighbour(index int, addr netip.Addr) (Neighbour, error) {
	none := Neighbour{Addr: addr, Index: index}
	found := none
	take := func(b []byte) {
		if m, ok := decodeNeighbour(b); ok && m.Index == index && m.Addr == addr {
			found = m
		}
	}
	n.beginNeighbour(addr, index, 0)
	n.attrAddr(unix.NDA_DST, addr)
	err := n.ask(unix.RTM_NEWNEIGH, take)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.EINVAL) { // before Linux 5.0: all of them
		n.beginNeighbour(addr, 0, unix.NLM_F_DUMP)
		err = n.ask(unix.RTM_NEWNEIGH, take)
	}
	if err == syscall.ENOENT {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("kernel: neighbour %v: %w", addr, err)
	}
	return found, nil
}

// beginNeighbour starts a request with a struct ndmsg.
func (n *netlink) beginNeighbour(addr netip.Addr, index int, flags uint16) {
	n.begin(unix.RTM_GETNEIGH, flags)
	family := byte(unix.AF_INET)
	if addr.Is6() {
		family = unix.AF_INET6
	}
	n.req = append(n.req, family, 0, 0, 0)
	n.req = appendUint32(n.req, uint32(index))
	n.req = append(n.req, 0, 0, 0, 0)
}

// decodeNeighbour reads a struct ndmsg and its attributes. ok is false for
// what is no entry of an IP address, such as those of bridges.
func decodeNeighbour(b []byte) (n Neighbour, ok bool) {
	if len(b) < unix.SizeofNdMsg || b[0] != unix.AF_INET && b[0] != unix.AF_INET6 {
		return Neighbour{}, false
	}
	f := fields(b)
	n.Index, n.State = int(int32(f.u32(4))), neighbourState(f.u16(8))
	for kind, v := range attributes(b[unix.SizeofNdMsg:]) {
		switch kind {
		case unix.NDA_DST:
			n.Addr = v.addr()
		case unix.NDA_LLADDR:
			n.LinkAddr = net.HardwareAddr(slices.Clone(v))
		}
	}
	return n, n.Addr.IsValid()
}
