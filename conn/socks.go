package conn

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// The numbers of RFC 1928 and RFC 1929.
const (
	socksVersion   = 5
	socksNoAuth    = 0
	socksPassword  = 2
	socksNoMethod  = 0xff
	socksConnect   = 1
	socksIPv4      = 1
	socksName      = 3
	socksIPv6      = 4
	passwordNumber = 1 // the version of the negotiation of RFC 1929
)

// socksReplies are what RFC 1928 section 6 has proxies answer.
var socksReplies = [...]string{
	1: "general failure", 2: "not allowed by its rules", 3: "network unreachable", 4: "host unreachable",
	5: "connection refused", 6: "TTL expired", 7: "command not supported", 8: "address type not supported",
}

// socks has a SOCKS proxy connect to t.to. No byte of the tunnel is read: the
// length of each answer is known before its last byte.
func (t *passage) socks(c io.ReadWriter) error {
	t.enter(ProxyHello)
	request, err := socksRequest(t.to)
	if err != nil {
		return err
	}
	methods := []byte{socksNoAuth}
	if t.proxy.credentials() {
		methods = append(methods, socksPassword)
	}
	if _, err := c.Write(append([]byte{socksVersion, byte(len(methods))}, methods...)); err != nil {
		return err
	}
	var b [4]byte
	if err := readFull(c, b[:2]); err != nil {
		return err
	}
	switch {
	case b[0] != socksVersion:
		return fmt.Errorf("it does not speak SOCKS 5: %q", b[:2])
	case b[1] == socksNoMethod && t.proxy.credentials():
		return fmt.Errorf("it takes no user name and password: %w", ErrProxyAuth)
	case b[1] == socksNoMethod:
		return fmt.Errorf("it wants credentials and there are none: %w", ErrProxyAuth)
	case !slices.Contains(methods, b[1]):
		return fmt.Errorf("it chose authentication method %d, which was not offered", b[1])
	case b[1] == socksPassword:
		t.enter(ProxyAuth)
		if err := t.password(c); err != nil {
			return err
		}
	}
	t.enter(ProxyRequest)
	if _, err := c.Write(request); err != nil {
		return err
	}
	return readReply(c)
}

// password is the negotiation of RFC 1929.
func (t *passage) password(c io.ReadWriter) error {
	p := t.proxy
	b := []byte{passwordNumber, byte(len(p.Username))}
	b = append(b, p.Username...)
	b = append(b, byte(len(p.Password)))
	b = append(b, p.Password...)
	if _, err := c.Write(b); err != nil {
		return err
	}
	var answer [2]byte
	if err := readFull(c, answer[:]); err != nil {
		return err
	}
	switch {
	case answer[0] != passwordNumber && answer[0] != socksVersion: // some proxies say 5
		return fmt.Errorf("its answer to the password is not RFC 1929's: %q", answer[:])
	case answer[1] != 0:
		return fmt.Errorf("it refuses user name and password (status %d): %w", answer[1], ErrProxyAuth)
	}
	return nil
}

// socksRequest is a request to connect to a place: an address as such, a name
// for the proxy to resolve.
func socksRequest(to place) ([]byte, error) {
	b := []byte{socksVersion, socksConnect, 0}
	switch a, ok := to.addr(); {
	case ok && a.Is4():
		b = append(append(b, socksIPv4), a.AsSlice()...)
	case ok:
		b = append(append(b, socksIPv6), a.AsSlice()...)
	case len(to.host) > 255:
		return nil, errors.New("SOCKS has room for 255 bytes of a name")
	default:
		b = append(append(b, socksName, byte(len(to.host))), to.host...)
	}
	return append(b, byte(to.port>>8), byte(to.port)), nil
}

// readReply reads the answer to a request. The address in it is that of the
// proxy's own end and of no use here.
func readReply(c io.Reader) error {
	var b [1 + 255 + 2]byte
	if err := readFull(c, b[:4]); err != nil {
		return err
	}
	switch {
	case b[0] != socksVersion:
		return fmt.Errorf("its answer is not SOCKS 5: %q", b[:4])
	case b[1] != 0: // it closes the connection (section 6)
		e := &answerError{reply: b[1], text: fmt.Sprintf("it answered %d", b[1])}
		if int(b[1]) < len(socksReplies) {
			e.text += ": " + socksReplies[b[1]]
		}
		return e
	}
	n := 0
	switch b[3] {
	case socksIPv4:
		n = 4
	case socksIPv6:
		n = 16
	case socksName:
		if err := readFull(c, b[:1]); err != nil {
			return err
		}
		n = int(b[0])
	default:
		return fmt.Errorf("its answer has an address of unknown type %d", b[3])
	}
	return readFull(c, b[:n+2])
}

// readFull reads exactly len(b) bytes.
func readFull(c io.Reader, b []byte) error {
	n, err := io.ReadFull(c, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("it closed the connection after %d of %d bytes of an answer: %w", n, len(b), io.ErrUnexpectedEOF)
	}
	return err
}
