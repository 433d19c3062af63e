package local

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// TTL is how long an answer of getaddrinfo, which tells none, is taken to be good: Chromium's kCacheEntryTTLSeconds.
const TTL = 60 * time.Second

// TTLNote says in a step where its TTL comes from.
const TTLNote = "TTL assumed: getaddrinfo tells none"

// LookupIP asks r, or net.DefaultResolver where that is nil. A trailing dot keeps the search list out. No addresses and no error: there is no such name, or it has
// none; getaddrinfo does not tell these apart.
func LookupIP(ctx context.Context, r *net.Resolver, name string) ([]netip.Addr, error) {
	if r == nil {
		r = net.DefaultResolver
	}
	// Only with the caller's own trailing dot, so that the search list of resolv.conf counts: "http://wiki/" works in a
	// browser.
	ips, err := r.LookupNetIP(ctx, "ip", name)
	if err != nil {
		var fault *net.DNSError
		noDescriptor := outOfDescriptors(err)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case noDescriptor != nil:
			return nil, noDescriptor
		case errors.As(err, &fault) && fault.IsNotFound:
			return nil, nil
		case errors.As(err, &fault) && fault.IsTimeout && !errors.Is(err, context.DeadlineExceeded):
			return nil, &timeoutError{err}
		}
		return nil, err
	}
	for i := range ips {
		ips[i] = ips[i].Unmap() // net gives IPv4 as ::ffff:a.b.c.d
	}
	return ips, nil
}

// outOfDescriptors returns syscall.EMFILE or ENFILE where a failed lookup was short of a file descriptor, else nil. That
// has to be found out: getaddrinfo, which cannot read its files then, says that there is no such name, and package net
// puts only the text into its error.
func outOfDescriptors(err error) error {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE} {
		if strings.Contains(err.Error(), errno.Error()) {
			return errno
		}
	}
	f, err := os.Open(os.DevNull)
	if err == nil {
		f.Close()
		return nil
	}
	var errno syscall.Errno
	if errors.As(err, &errno) && (errno == syscall.EMFILE || errno == syscall.ENFILE) {
		return errno
	}
	return nil
}

// timeoutError makes a timeout of package net recognisable.
type timeoutError struct{ err error }

func (e *timeoutError) Error() string   { return e.err.Error() }
func (e *timeoutError) Unwrap() []error { return []error{context.DeadlineExceeded, e.err} }
