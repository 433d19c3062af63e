package local

import (
	"context"
	"errors"
	"net"
	"testing"
)

func TestLookupIPClassifiesErrors(t *testing.T) {
	// A resolver of package net whose servers cannot be reached; the name is in no hosts file.
	fails := func(err error) *net.Resolver {
		return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
	}
	timeout := &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	if _, err := LookupIP(context.Background(), fails(timeout), "a.invalid"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timeout: %v, want context.DeadlineExceeded", err)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := LookupIP(done, nil, "a.invalid"); err != context.Canceled {
		t.Errorf("canceled: %v, want context.Canceled", err)
	}
	if ips, err := LookupIP(context.Background(), fails(errors.New("no route")), "a.invalid"); err == nil {
		t.Errorf("unreachable: %v, want an error", ips)
	}
}
