package system

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
	"pageload/dnscache/internal/local"
)

// nscdSocket is where nscd listens.
const nscdSocket = "/var/run/nscd/socket"

// The protocol of nscd (glibc, nscd/nscd-client.h). Numbers are in the byte order of the machine.
const (
	nscdVersion = 2
	nscdGetAI   = 14 // addresses of both families, as getaddrinfo has them
	maxNSCDName = 1025

	// h_errno (netdb.h)
	hostNotFound = 1
	tryAgain     = 2
	noRecovery   = 3
	noData       = 4
)

// NSCD is the name service cache daemon of glibc as a source of level OS, asked over its Unix socket. It stands for the
// whole of nsswitch.conf, as getaddrinfo does, with a cache in front. Where it does not run, or does not serve host names,
// the name is passed on.
//
// nscd tells neither a TTL nor whether it had the answer in its cache: 60 seconds are assumed, and the step's Note says so.
// It does not tell either (nscd 2.36) whether a name that it does not have does not exist, or could not be found out: such
// a name is passed on too.
//
// The zero value is ready. An NSCD is safe for concurrent use; its fields must not change meanwhile.
type NSCD struct {
	// Path of the socket. Empty means /var/run/nscd/socket.
	Path string

	// Timeout is how long a lookup may last. Zero means 5 seconds.
	Timeout time.Duration

	// Dial opens the connection to the socket at path. Nil means net.Dialer.
	Dial func(ctx context.Context, path string) (net.Conn, error)
}

// Level returns [dnscache.OS].
func (s *NSCD) Level() dnscache.Level { return dnscache.OS }

// Searches returns true: the search list of resolv.conf counts unless the name has a trailing dot.
func (s *NSCD) Searches() bool { return true }

// Lookup returns the addresses of name in nscd's order.
func (s *NSCD) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	path := cmp.Or(s.Path, nscdSocket)
	asked := name
	name = strings.TrimSuffix(name, ".")
	st := dnscache.Step{
		Level: dnscache.OS, Server: "nscd " + path, Question: bothFamilies + name, Transport: "unix", Start: time.Now(),
	}
	ips, canonical, err := s.ask(ctx, path, asked)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return st.Failed(name, passBecause("nscd does not run here"))
	case err != nil:
		return st.Failed(name, exchange.Ended(ctx, err))
	}
	st.TTL, st.Note = local.TTL, "TTL assumed: nscd tells none; forwarded or cached: unknown"
	return st.Found(name, canonical, ips), nil
}

func (s *NSCD) ask(ctx context.Context, path, name string) ([]netip.Addr, string, error) {
	if len(name) > maxNSCDName {
		return nil, "", passBecause("the name is too long for nscd")
	}
	deadline := time.Now().Add(cmp.Or(s.Timeout, exchange.DefaultTimeout))
	within, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	dial := s.Dial
	if dial == nil {
		dial = func(ctx context.Context, path string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}
	c, err := dial(within, path)
	if err != nil {
		return nil, "", err
	}
	defer c.Close()
	c.SetDeadline(deadline)
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	if _, err := c.Write(nscdRequest(name)); err != nil {
		return nil, "", err
	}
	return readNSCD(c)
}

// nscdRequest returns the message that asks for the addresses of name.
func nscdRequest(name string) []byte {
	order := binary.NativeEndian
	b := order.AppendUint32(nil, nscdVersion)
	b = order.AppendUint32(b, nscdGetAI)
	b = order.AppendUint32(b, uint32(len(name)+1))
	return append(append(b, name...), 0)
}

// nscdHead is the beginning of a response (ai_response_header).
type nscdHead struct {
	Version  int32
	Found    int32 // 1: yes; 0: no; -1: nscd does not serve host names
	Naddrs   int32
	AddrsLen int32
	CanonLen int32 // with the 0 at its end
	Error    int32 // h_errno
}

// readNSCD reads a response: addresses and the canonical name, or an error.
func readNSCD(r io.Reader) ([]netip.Addr, string, error) {
	var h nscdHead
	if err := binary.Read(r, binary.NativeEndian, &h); err != nil {
		return nil, "", nscdDamaged(err)
	}
	switch {
	case h.Version != nscdVersion:
		return nil, "", fmt.Errorf("nscd speaks version %d, not %d", h.Version, nscdVersion)
	case h.Found == -1:
		return nil, "", passBecause("nscd does not serve host names")
	case h.Found != 1:
		return nil, "", nscdFault(h.Error)
	case h.Naddrs <= 0 || h.Naddrs > 2*exchange.MaxAddrs || h.AddrsLen < 4*h.Naddrs || h.AddrsLen > 16*h.Naddrs || h.CanonLen < 0 || h.CanonLen > maxNSCDName:
		return nil, "", fmt.Errorf("nscd's response has impossible lengths: %d addresses in %d octets, name of %d", h.Naddrs, h.AddrsLen, h.CanonLen)
	}
	body := make([]byte, h.AddrsLen+h.Naddrs+h.CanonLen)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, "", nscdDamaged(err)
	}
	addrs, families, canon := body[:h.AddrsLen], body[h.AddrsLen:h.AddrsLen+h.Naddrs], body[h.AddrsLen+h.Naddrs:]
	ips := make([]netip.Addr, 0, h.Naddrs)
	for _, family := range families {
		n := 16
		if family == syscall.AF_INET {
			n = 4
		}
		if len(addrs) < n || n == 16 && family != syscall.AF_INET6 {
			return nil, "", errors.New("nscd's response has addresses of other lengths than their families")
		}
		ip, _ := netip.AddrFromSlice(addrs[:n])
		ips, addrs = append(ips, ip.Unmap()), addrs[n:]
	}
	canon, _, _ = bytes.Cut(canon, []byte{0})
	return ips, strings.TrimSuffix(string(canon), "."), nil
}

// nscdDamaged is the error for a response that ends too soon. A timeout stays recognisable.
func nscdDamaged(err error) error { return fmt.Errorf("nscd's response: %w", err) }

// nscdFault returns the error for a name that was not found.
func nscdFault(herrno int32) error {
	switch herrno {
	case tryAgain, noRecovery:
		return fmt.Errorf("nscd could not find out (h_errno %d)", herrno)
	case noData:
		return dnscache.ErrNoAddress
	case hostNotFound:
		return dnscache.ErrNotFound
	case 0:
		return passBecause("nscd does not have it, and does not tell whether it exists")
	}
	return fmt.Errorf("nscd failed (h_errno %d)", herrno)
}
