package conn

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// ErrProxyAuth says that a proxy wants credentials, or others than it got.
var ErrProxyAuth = errors.New("the proxy asks for valid credentials")

// A ProxyPhase is a step on the way through a proxy.
type ProxyPhase int

// The steps, in order.
const (
	ProxyTarget  ProxyPhase = iota // Dialer.Policy was asked about the address that the proxy would be asked for
	ProxyResolve                   // the proxy's own name, or the target's for socks5
	ProxyConnect                   // TCP to the proxy
	ProxyTLS                       // TLS with an https proxy
	ProxyHello                     // SOCKS: the version and how to authenticate
	ProxyAuth                      // SOCKS: user name and password
	ProxyRequest                   // CONNECT, or the request of SOCKS, and the answer
)

// String returns a word, such as "connect".
func (p ProxyPhase) String() string {
	names := [...]string{"target", "resolve", "connect", "tls", "hello", "authentication", "request"}
	if p < 0 || int(p) >= len(names) {
		return "ProxyPhase(" + strconv.Itoa(int(p)) + ")"
	}
	return names[p]
}

// A ProxyError says that there is no connection through a proxy.
type ProxyError struct {
	Proxy  Proxy          // without credentials
	Addr   netip.AddrPort // of the proxy; zero if it was not connected to
	Target string         // host:port that the proxy was asked for
	Phase  ProxyPhase
	Start  time.Time // when the phase began
	End    time.Time
	// Status is what an HTTP proxy answered, such as 407, and Reply what a
	// SOCKS proxy did (RFC 1928 section 6); 0 where it did not.
	Status int
	Reply  byte
	// Err is why: a *PolicyError, *ResolveError, *DialError or *TLSError,
	// [ErrProxyAuth], what the network said, or what was wrong with the answer.
	Err error
}

func (e *ProxyError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "conn: proxy %v", e.Proxy)
	if e.Addr.IsValid() && e.Addr.String() != e.Proxy.Address() {
		fmt.Fprintf(&b, " (%v)", e.Addr)
	}
	fmt.Fprintf(&b, " for %s: %v: %s", e.Target, e.Phase, strings.TrimPrefix(e.Err.Error(), "conn: "))
	if took := e.End.Sub(e.Start); e.Phase > ProxyConnect {
		fmt.Fprintf(&b, " (after %v)", round(took))
	}
	return b.String()
}

func (e *ProxyError) Unwrap() error { return e.Err }

// Timeout reports whether the phase took too long.
func (e *ProxyError) Timeout() bool { return isTimeout(e.Err) }
