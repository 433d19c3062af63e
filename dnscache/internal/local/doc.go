// Package local is what this machine knows of names without a DNS message of ours: the hosts file and getaddrinfo, as
// plain data. It lies beneath dnscache, whose default chain needs both, and dnscache/system, which exports both as sources.
package local
