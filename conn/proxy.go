package conn

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// A Proxy is a host that makes connections on our behalf. Two of them are the
// same proxy exactly where they are equal: it can be the key of a map.
type Proxy struct {
	// Scheme is how the proxy is spoken to:
	//
	//   - "http": for https keys with HTTP CONNECT (RFC 9110 section 9.3.6);
	//     for http keys there is no tunnel, and requests say the whole URL
	//     (see [Lease.AbsoluteForm]).
	//   - "https": the same, over TLS to the proxy.
	//   - "socks5": SOCKS version 5 (RFC 1928); names are resolved here.
	//   - "socks5h": the same, but the proxy resolves names.
	Scheme string
	// Host is the proxy's name or IP address, without brackets. Its name is
	// always resolved here.
	Host string
	Port uint16 // zero is an error; [ParseProxy] knows the usual ones
	// Username and Password are the credentials; both empty: none. They are
	// sent without being asked for: with HTTP as Basic (RFC 7617), with SOCKS
	// as of RFC 1929, both of them readable for who sees the connection. An
	// HTTP proxy that asks for Digest gets that, too, and only that from then
	// on; one that shall not be told the password at all has none here but in
	// the auth.Store of [Dialer.ProxyLogin].
	Username, Password string
}

// ParseProxy reads a proxy's URL, such as "http://user:password@proxy.test:3128"
// or "socks5h://[::1]:1080". Without a port it is 80 for http, 443 for https and
// 1080 for SOCKS; "socks" means socks5h; without a scheme it is http. A path
// other than "/", a query and a fragment are errors.
func ParseProxy(s string) (Proxy, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		// The error of url.Parse has all of s, the password too.
		return Proxy{}, errors.New("conn: proxy: not a URL")
	}
	return proxyOf(u)
}

func proxyOf(u *url.URL) (Proxy, error) {
	p := Proxy{Scheme: strings.ToLower(u.Scheme), Host: strings.ToLower(u.Hostname()), Username: u.User.Username()}
	p.Password, _ = u.User.Password()
	if p.Scheme == "socks" {
		p.Scheme = "socks5h"
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return Proxy{}, fmt.Errorf("conn: proxy %s: more than a scheme, credentials, host and port", p)
	}
	switch port := u.Port(); {
	case port != "":
		n, err := parsePort(port)
		if err != nil {
			return Proxy{}, fmt.Errorf("conn: proxy %s: %w", p, err)
		}
		p.Port = n
	case p.Scheme == "https":
		p.Port = 443
	case p.Scheme == "http":
		p.Port = 80
	default:
		p.Port = 1080
	}
	return p, p.check()
}

func (p Proxy) check() error {
	switch p.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return fmt.Errorf("conn: proxy: unknown scheme %q", p.Scheme)
	}
	switch {
	case p.Host == "":
		return errors.New("conn: proxy: no host")
	case p.Port == 0:
		return fmt.Errorf("conn: proxy %s: no port", p)
	case p.socks() && (len(p.Username) > 255 || len(p.Password) > 255):
		return fmt.Errorf("conn: proxy %s: RFC 1929 has room for 255 bytes of user name and password each", p)
	case p.socks() && p.Username == "" && p.Password != "":
		return fmt.Errorf("conn: proxy %s: a password without a user name", p)
	case !p.socks() && strings.Contains(p.Username, ":"):
		return fmt.Errorf("conn: proxy %s: a user name with a colon cannot be said in Basic credentials", p)
	}
	return nil
}

// Address returns host:port, with brackets around an IPv6 address.
func (p Proxy) Address() string { return net.JoinHostPort(p.Host, strconv.Itoa(int(p.Port))) }

// String returns scheme://host:port, without credentials.
func (p Proxy) String() string { return p.Scheme + "://" + p.Address() }

// Authorization returns the value of the Proxy-Authorization field with the
// credentials, "" if there are none. It is for the proxy only: an origin must
// never see it.
func (p Proxy) Authorization() string {
	if !p.credentials() {
		return ""
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(p.Username+":"+p.Password))
}

func (p Proxy) socks() bool       { return p.Scheme == "socks5" || p.Scheme == "socks5h" }
func (p Proxy) credentials() bool { return p.Username != "" || p.Password != "" }

// forwards reports whether requests for key go to the proxy itself, in
// absolute form, instead of through a tunnel.
func (p *Proxy) forwards(key Key) bool { return p != nil && !p.socks() && !key.Secure() }

// proxyFor asks Dialer.Proxy; nil is no proxy.
func (d *Dialer) proxyFor(ctx context.Context, key Key) (*Proxy, error) {
	if d.Proxy == nil {
		return nil, nil
	}
	p, err := d.Proxy(ctx, key)
	if err == nil && p != nil {
		err = p.check()
	}
	if err != nil {
		if gone := gaveUp(ctx); gone != nil {
			return nil, gone
		}
		return nil, fmt.Errorf("conn: proxy for %v: %w", key, err)
	}
	return p, nil
}

// FixedProxy returns a Dialer.Proxy that sends everything through p.
func FixedProxy(p Proxy) func(context.Context, Key) (*Proxy, error) {
	return func(context.Context, Key) (*Proxy, error) { return &p, nil }
}
