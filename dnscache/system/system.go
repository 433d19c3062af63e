package system

import (
	"context"
	"net"
	"strings"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/local"
)

// System is the operating system's whole resolution (getaddrinfo, through package net) as a source of level System:
// whatever nsswitch.conf names, in its order. It is none of the five levels, since it does not tell which of them knew.
// The zero value is ready.
//
// getaddrinfo tells no TTL; 60 seconds are assumed, as in Chromium, and the step's Note says so. It does not tell either
// whether a name lacks addresses or does not exist, nor for how long: that is ErrNotFound, not to be remembered.
type System struct {
	// Resolver is asked; nil means net.DefaultResolver.
	Resolver *net.Resolver
}

// Level returns [dnscache.System].
func (s *System) Level() dnscache.Level { return dnscache.System }

// Searches returns true: the search list of resolv.conf counts unless the name has a trailing dot.
func (s *System) Searches() bool { return true }

// Lookup returns the addresses of name in the order of the operating system (RFC 6724).
func (s *System) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	asked := name
	name = strings.TrimSuffix(name, ".")
	step := dnscache.Step{
		Level: dnscache.System, Question: bothFamilies + name, Transport: "getaddrinfo", Start: time.Now(),
	}
	ips, err := local.LookupIP(ctx, s.Resolver, asked)
	if err == nil && len(ips) == 0 {
		err = dnscache.ErrNotFound
	}
	if err != nil {
		return step.Failed(name, err)
	}
	step.TTL, step.Note = local.TTL, local.TTLNote
	return step.Found(name, "", ips), nil
}
