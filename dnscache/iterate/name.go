package iterate

import (
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/net/publicsuffix"
)

// Names here are absolute, with trailing dot, and in lower case.

// absolute returns a name of an Answer as names are here; plain is its inverse.
func absolute(name string) string { return strings.ToLower(dns.Fqdn(name)) }

func plain(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// within reports whether name is zone or lies beneath it. It compares labels, so that a dot within one does not deceive it.
func within(zone, name string) bool { return dns.IsSubDomain(zone, name) }

// beneath reports whether name lies beneath zone and is not zone.
func beneath(zone, name string) bool { return zone != name && within(zone, name) }

// last returns the last n labels of name.
func last(name string, n int) string {
	starts := dns.Split(name)
	if n <= 0 {
		return "."
	}
	if n >= len(starts) {
		return name
	}
	return name[starts[len(starts)-n]:]
}

// parent returns the name without its first label; ok is false for the root.
func parent(name string) (up string, ok bool) {
	if name == "." {
		return "", false
	}
	return last(name, dns.CountLabel(name)-1), true
}

// registry reports whether zone is a public suffix of name or above one, so that name, if it exists, lies in a zone of its
// own or beneath one. It is a guess that saves questions; nothing that is believed depends on it.
func registry(zone, name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(plain(name))
	return within(zone, absolute(suffix))
}
