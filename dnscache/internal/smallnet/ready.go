//go:build linux

package smallnet

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// patience is how long the servers may take to start.
const patience = 30 * time.Second

// ready returns when every server of the small internet responds.
func ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all := append(worldAddrs(), Router, ISP, Fresh)
	ends := make(chan error, len(all))
	for _, a := range all {
		go func() { ends <- responds(ctx, a) }()
	}
	for range all {
		if err := <-ends; err != nil {
			return err
		}
	}
	return nil
}

// responds asks a server for its version until it says something, be it that it does not tell.
func responds(ctx context.Context, a netip.Addr) error {
	q := new(dns.Msg)
	q.SetQuestion("version.bind.", dns.TypeTXT)
	q.Question[0].Qclass = dns.ClassCHAOS
	c := dns.Client{Timeout: 200 * time.Millisecond}
	for {
		began := time.Now()
		_, _, err := c.ExchangeContext(ctx, q, netip.AddrPortFrom(a, 53).String())
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%v did not respond within %v: %w", a, patience, err)
		case <-time.After(20*time.Millisecond - time.Since(began)): // who is not there yet says so at once
		}
	}
}

// File returns the path of a file that belongs to the small internet, such as cert.pem and unbound.log.
func File(name string) string {
	_, dir, _ := strings.Cut(os.Getenv(role), " ")
	return filepath.Join(dir, name)
}
