package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func TestResolverChain(t *testing.T) {
	found := func(at dnscache.Level, ip string) *dnstest.Source {
		return &dnstest.Source{At: at, Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs(ip)}}}
	}
	with := func(at dnscache.Level, h dnstest.Host) *dnstest.Source {
		return &dnstest.Source{At: at, Zone: dnstest.Zone{"a.test": h}}
	}
	pass := &dnstest.Source{At: dnscache.OS, Pass: true}
	tests := []struct {
		name    string
		sources []dnscache.Source
		want    string // level and addresses
		err     error
		steps   string
	}{
		{"first knows", []dnscache.Source{found(dnscache.OS, "192.0.2.1"), found(dnscache.ISP, "192.0.2.2")},
			"os 192.0.2.1", nil, "browser os"},
		{"first passes", []dnscache.Source{pass, found(dnscache.ISP, "192.0.2.2")},
			"isp 192.0.2.2", nil, "browser os isp"},
		{"server failure passes", []dnscache.Source{with(dnscache.Router, dnstest.Host{RCode: "SERVFAIL"}), found(dnscache.ISP, "192.0.2.2")},
			"isp 192.0.2.2", nil, "browser router isp"},
		{"timeout passes", []dnscache.Source{with(dnscache.Router, dnstest.Host{Err: os.ErrDeadlineExceeded}), found(dnscache.ISP, "192.0.2.2")},
			"isp 192.0.2.2", nil, "browser router isp"},
		{"no such name ends", []dnscache.Source{with(dnscache.Router, dnstest.Host{RCode: "NXDOMAIN"}), found(dnscache.ISP, "192.0.2.2")},
			"router ", dnscache.ErrNotFound, "browser router"},
		{"no address ends", []dnscache.Source{with(dnscache.Router, dnstest.Host{}), found(dnscache.ISP, "192.0.2.2")},
			"router ", dnscache.ErrNoAddress, "browser router"},
		{"all pass", []dnscache.Source{pass, pass},
			"none ", dnscache.ErrNotFound, "browser os os"},
		{"failure and pass", []dnscache.Source{with(dnscache.ISP, dnstest.Host{Err: os.ErrDeadlineExceeded}), pass},
			"isp ", os.ErrDeadlineExceeded, "browser isp os"},
		{"no sources", []dnscache.Source{}, "none ", dnscache.ErrNotFound, "browser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &dnscache.Resolver{Sources: tt.sources}
			a, err := r.Lookup(ctx, "a.test")
			var steps []string
			for _, s := range a.Steps {
				steps = append(steps, s.Level.String())
			}
			if got := a.Level.String() + " " + ips(a); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Lookup = %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if got := strings.Join(steps, " "); got != tt.steps {
				t.Errorf("steps %q, want %q", got, tt.steps)
			}
		})
	}
}

func TestResolverFillsInWhatSourcesLeaveOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &dnscache.Resolver{Sources: []dnscache.Source{
			dnscache.SourceFunc(dnscache.Router, func(context.Context, string) (dnscache.Answer, error) {
				time.Sleep(time.Second)
				return dnscache.Answer{}, fmt.Errorf("no route")
			}),
			dnscache.SourceFunc(dnscache.ISP, func(context.Context, string) (dnscache.Answer, error) {
				time.Sleep(time.Second)
				return dnscache.Answer{Addrs: []dnscache.Addr{
					{netip.MustParseAddr("192.0.2.1"), 5 * time.Minute}, {netip.MustParseAddr("192.0.2.2"), 4 * time.Minute},
				}}, nil
			}),
		}}
		start := time.Now()
		a := mustLookup(t, r, "a.test")
		want := []dnscache.Step{
			{Level: dnscache.Browser, Question: "A+AAAA a.test", Transport: "cache", Start: start},
			{Level: dnscache.Router, Question: "A+AAAA a.test", Start: start, Duration: time.Second, Err: "no route"},
			{Level: dnscache.ISP, Question: "A+AAAA a.test", RCode: "NOERROR", Start: start.Add(time.Second), Duration: time.Second, TTL: 4 * time.Minute},
		}
		if !slices.Equal(a.Steps, want) {
			t.Errorf("steps\n%+v\nwant\n%+v", a.Steps, want)
		}
		if a.TTL != 4*time.Minute || a.RCode != "NOERROR" || a.Canonical != "a.test" || a.Level != dnscache.ISP {
			t.Errorf("answer %+v", a)
		}
	})
}
