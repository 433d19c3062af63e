package conn

import (
	"errors"
	"net"
	"strconv"
)

// A Key names the group of connections that a request may use: two requests
// share connections exactly where their keys are equal.
type Key struct {
	// Scheme is "http" (plain TCP) or "https" (TLS over it).
	Scheme string
	// Host is a name or an IP address, without brackets and in the URL
	// standard's form (lower case, punycode). It is the TLS server name.
	Host string
	// Port is the port of the URL. Zero is an error.
	Port uint16
	// Private marks connections on which no credentials may be sent; they are
	// never shared with others (Chromium's privacy mode).
	Private bool
	// Partition separates what different top-level sites may share
	// (Chromium's network anonymization key). Any text; "" is a partition too.
	Partition string
}

// Secure reports whether connections of the group do a TLS handshake.
func (k Key) Secure() bool { return k.Scheme == "https" }

// Address returns host:port, with brackets around an IPv6 address.
func (k Key) Address() string {
	return net.JoinHostPort(k.Host, strconv.Itoa(int(k.Port)))
}

// String returns scheme://host:port with " private" and the partition where
// set. It is for people.
func (k Key) String() string {
	s := k.Scheme + "://" + k.Address()
	if k.Private {
		s += " private"
	}
	if k.Partition != "" {
		s += " in " + k.Partition
	}
	return s
}

func (k Key) check() error {
	switch {
	case k.Scheme != "http" && k.Scheme != "https":
		return errors.New("conn: key: unknown scheme " + strconv.Quote(k.Scheme))
	case k.Host == "":
		return errors.New("conn: key: no host")
	case k.Port == 0:
		return errors.New("conn: key: no port for " + strconv.Quote(k.Host))
	}
	return nil
}
