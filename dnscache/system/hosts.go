package system

import (
	"context"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/local"
)

// Hosts is the hosts file as a source of level OS. It looks at the file's time and size for each question, and reads it
// again when they have changed. All lines with a name add up; names on one line are aliases of the first. A name that the
// file does not have is passed on, and so is every name where there is no file.
//
// The file states no TTL: zero is reported, and a resolver remembers the answer for its MinTTL.
type Hosts struct {
	// Path of the file; empty means the system's.
	Path string

	file local.Hosts
}

// Level returns [dnscache.OS].
func (h *Hosts) Level() dnscache.Level { return dnscache.OS }

// Lookup returns the addresses that the file has for name, IPv6 first. It does not wait for anything but the disk.
func (h *Hosts) Lookup(_ context.Context, name string) (dnscache.Answer, error) {
	s := dnscache.Step{
		Level: dnscache.OS, Server: local.HostsFile(h.Path), Question: bothFamilies + name, Transport: "file", Start: time.Now(),
	}
	ips, canonical, err := h.file.Lookup(h.Path, name)
	if err == nil && len(ips) == 0 {
		err = dnscache.ErrPass
	}
	if err != nil {
		return s.Failed(name, err)
	}
	return s.Found(name, canonical, ips), nil
}

// bothFamilies is how a step names a question that is not put for each family apart.
const bothFamilies = "A+AAAA "
