package weburl

import (
	"fmt"
	"strconv"
	"strings"
)

// authority is the authority, host and port states; s begins after the two slashes.
func (p *parser) authority(b []byte, s string) (_ []byte, why string) {
	special := p.u.kind != notSpecial
	end, at := authorityLength(s, special)
	host, rest := s[:end], s[end:]
	p.u.hasHost = true
	b = append(b, '/', '/')
	p.u.userEnd = uint32(len(b))
	if at >= 0 {
		b = p.userinfo(b, host[:at])
		if host = host[at+1:]; host == "" {
			return b, whyUserNoHost
		}
	}
	host, port, hasPort := cutPort(host)
	if host == "" && hasPort {
		return b, whyPortNoHost
	}
	p.u.hostStart = uint32(len(b))
	b, why = appendHost(b, host, special)
	if why != "" {
		return b, why
	}
	p.u.hostEnd = uint32(len(b))
	b, why = p.port(b, port)
	if why != "" {
		return b, why
	}
	return p.pathStart(b, rest), ""
}

// authorityLength returns where the authority at the beginning of s ends, and where its last @ is (-1: nowhere).
func authorityLength(s string, special bool) (end, at int) {
	at = -1
	for i := range len(s) {
		switch s[i] {
		case '@':
			at = i
		case '/', '?', '#':
			return i, at
		case '\\':
			if special {
				return i, at
			}
		}
	}
	return len(s), at
}

// userinfo appends user name and password and the @, or nothing where both are empty.
func (p *parser) userinfo(b []byte, s string) []byte {
	name, password, _ := strings.Cut(s, ":")
	b = appendEncoded(b, name, userinfoSet)
	p.u.userEnd = uint32(len(b))
	if password != "" {
		b = appendEncoded(append(b, ':'), password, userinfoSet)
	}
	if name != "" || password != "" {
		b = append(b, '@')
	}
	return b
}

// cutPort splits "host:port" at the first colon outside of brackets.
func cutPort(s string) (host, port string, ok bool) {
	brackets := false
	for i := range len(s) {
		switch s[i] {
		case '[':
			brackets = true
		case ']':
			brackets = false
		case ':':
			if !brackets {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

// port sets the port, and appends it where it is not the scheme's default.
func (p *parser) port(b []byte, s string) (_ []byte, why string) {
	p.u.port = p.u.kind.defaultPort()
	if s == "" {
		return b, ""
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return b, fmt.Sprintf("port %q is no number", cut(s))
		}
		n = min(n*10+int(s[i]-'0'), 1<<16)
	}
	if n >= 1<<16 {
		return b, whyPortRange
	}
	if n == int(p.u.port) && p.u.port != 0 {
		return b, ""
	}
	p.u.port = uint16(n)
	return strconv.AppendInt(append(b, ':'), int64(n), 10), ""
}
