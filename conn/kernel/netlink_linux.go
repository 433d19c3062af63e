package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxReply bounds one datagram of answers: the kernel makes dumps of at most
// 32 KB each (NLMSG_GOODSIZE and netlink_dump), and all others are smaller.
const maxReply = 32 << 10

// A netlink is a netlink socket whose questions are answered before the call
// that sends them returns. One goroutine at a time.
type netlink struct {
	fd  int
	seq uint32
	req []byte
	buf [maxReply]byte
}

// dialNetlink opens a socket that receives what is said to groups.
func dialNetlink(protocol int, groups uint32) (*netlink, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("kernel: netlink: %w", os.NewSyscallError("socket", err))
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("kernel: netlink: %w", os.NewSyscallError("bind", err))
	}
	return &netlink{fd: fd}, nil
}

func (n *netlink) close() { unix.Close(n.fd) }

// begin starts a request in n.req. What follows the header is appended, then
// send finishes it.
func (n *netlink) begin(kind, flags uint16) {
	n.seq++
	n.req = binary.NativeEndian.AppendUint32(n.req[:0], 0) // length
	n.req = binary.NativeEndian.AppendUint16(n.req, kind)
	n.req = binary.NativeEndian.AppendUint16(n.req, unix.NLM_F_REQUEST|flags)
	n.req = binary.NativeEndian.AppendUint32(n.req, n.seq)
	n.req = binary.NativeEndian.AppendUint32(n.req, 0) // port: the kernel fills it in
}

// attr appends an attribute.
func (n *netlink) attr(kind uint16, value []byte) {
	n.req = binary.NativeEndian.AppendUint16(n.req, uint16(unix.SizeofRtAttr+len(value)))
	n.req = binary.NativeEndian.AppendUint16(n.req, kind)
	n.req = append(n.req, value...)
	for len(n.req)%unix.NLMSG_ALIGNTO != 0 {
		n.req = append(n.req, 0)
	}
}

func (n *netlink) attrUint32(kind uint16, v uint32) {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	n.attr(kind, b[:])
}

func (n *netlink) attrAddr(kind uint16, a netip.Addr) {
	b := a.As16()
	if a.Is4() {
		n.attr(kind, b[12:])
	} else {
		n.attr(kind, b[:])
	}
}

// send sends the request. It is not a raw system call because the kernel may
// hold it up, while others change its tables.
func (n *netlink) send() error {
	binary.NativeEndian.PutUint32(n.req, uint32(len(n.req)))
	if _, err := unix.Write(n.fd, n.req); err != nil {
		return os.NewSyscallError("write", err)
	}
	return nil
}

// receive returns the next datagram, which is valid until the next call. The
// error is EAGAIN where there is none.
func (n *netlink) receive() ([]byte, error) {
	for {
		size, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(n.fd), uintptr(unsafe.Pointer(&n.buf)), maxReply,
			unix.MSG_DONTWAIT|unix.MSG_TRUNC, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno != 0:
			return nil, errno
		case size > maxReply:
			return nil, fmt.Errorf("an answer has %d bytes, more than %d", size, maxReply)
		default:
			return n.buf[:size], nil
		}
	}
}

// ask sends the request and hands the messages of kind want in the answer to
// each. An error is the kernel's, a syscall.Errno, or that there was no answer.
func (n *netlink) ask(want uint16, each func(body []byte)) error {
	if err := n.send(); err != nil {
		return err
	}
	dump := binary.NativeEndian.Uint16(n.req[6:])&unix.NLM_F_DUMP == unix.NLM_F_DUMP
	for {
		b, err := n.receive()
		if err != nil {
			return err
		}
		got := false
		for m := range messages(b) {
			if m.seq != n.seq {
				continue // of a question that was given up
			}
			got = true
			switch m.kind {
			case unix.NLMSG_ERROR:
				return m.err()
			case unix.NLMSG_DONE:
				return nil
			case want:
				each(m.body)
			}
		}
		if got && !dump {
			return nil
		}
	}
}

// A message is one netlink message.
type message struct {
	kind, flags uint16
	seq         uint32
	body        []byte
}

// err returns what an NLMSG_ERROR says; nil for an acknowledgement.
func (m message) err() error {
	if len(m.body) < 4 {
		return errShort
	}
	if code := int32(binary.NativeEndian.Uint32(m.body)); code != 0 {
		return syscall.Errno(-code)
	}
	return nil
}

var errShort = errors.New("message is too short")

// messages yields those of a datagram; a broken one ends it.
func messages(b []byte) iter.Seq[message] {
	return func(yield func(message) bool) {
		for len(b) >= unix.NLMSG_HDRLEN {
			size := int(binary.NativeEndian.Uint32(b))
			if size < unix.NLMSG_HDRLEN || size > len(b) {
				return
			}
			m := message{
				kind:  binary.NativeEndian.Uint16(b[4:]),
				flags: binary.NativeEndian.Uint16(b[6:]),
				seq:   binary.NativeEndian.Uint32(b[8:]),
				body:  b[unix.NLMSG_HDRLEN:size],
			}
			if !yield(m) {
				return
			}
			b = b[min(align4(size), len(b)):]
		}
	}
}

// attributes yields the kinds and values of a list of attributes; a broken one
// ends it. The two highest bits of a kind are flags.
func attributes(b []byte) iter.Seq2[uint16, fields] {
	return func(yield func(uint16, fields) bool) {
		for len(b) >= unix.SizeofRtAttr {
			size := int(binary.NativeEndian.Uint16(b))
			if size < unix.SizeofRtAttr || size > len(b) {
				return
			}
			kind := binary.NativeEndian.Uint16(b[2:]) &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
			if !yield(kind, fields(b[unix.SizeofRtAttr:size])) {
				return
			}
			b = b[min(align4(size), len(b)):]
		}
	}
}

func align4(n int) int { return (n + 3) &^ 3 }

// addr reads an address of 4 or 16 bytes; the zero Addr if it is neither.
func (f fields) addr() netip.Addr {
	a, _ := netip.AddrFromSlice(f)
	return a
}

// text reads a string that ends with a zero byte.
func (f fields) text() string {
	for i, c := range f {
		if c == 0 {
			return string(f[:i])
		}
	}
	return string(f)
}
