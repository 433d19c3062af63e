package system_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
)

// told writes what the steps for IPv4 addresses say of the server's cache.
func told(a dnscache.Answer) string {
	var out []string
	for _, s := range a.Steps {
		if strings.HasPrefix(s.Question, "A ") {
			out = append(out, fmt.Sprintf("%v %s", s.Cached, s.Note))
		}
	}
	return strings.Join(out, "; ")
}

func TestServerCacheFirst(t *testing.T) {
	tests := []struct {
		name   string
		cached func(q, m *dns.Msg) *dns.Msg // the response without recursion
		takes  time.Duration
		want   string
	}{
		{"has it", func(q, m *dns.Msg) *dns.Msg { return m }, 0, "true answered without recursion: it is in its cache, or in one behind it"},
		{"has that there is none", func(q, m *dns.Msg) *dns.Msg {
			m.Answer, m.Ns = nil, records("test. 30 IN SOA ns.test. h.test. 1 2 3 4 20")
			return m
		}, 0, "true answered without recursion: it is in its cache, or in one behind it"},
		{"has it not", func(q, m *dns.Msg) *dns.Msg { m.Answer = nil; return m }, 0,
			"false no answer without recursion; false forwarded: there was no answer without recursion"},
		{"refers", func(q, m *dns.Msg) *dns.Msg {
			m.Answer, m.RecursionAvailable, m.Ns = nil, false, records("test. 30 IN NS ns.test.")
			return m
		}, 0, "false no answer without recursion; false forwarded: there was no answer without recursion"},
		{"has half a chain", func(q, m *dns.Msg) *dns.Msg { m.Answer = records("a.test. 60 IN CNAME b.test."); return m }, 0,
			"false no answer without recursion; false forwarded: there was no answer without recursion"},
		{"refuses", func(q, m *dns.Msg) *dns.Msg { m.Answer, m.Rcode = nil, dns.RcodeRefused; return m }, 0,
			"false questions without recursion are not answered; false forwarded or cached: unknown"},
		{"is silent", func(q, m *dns.Msg) *dns.Msg { return nil }, time.Second,
			"false questions without recursion are not answered; false forwarded or cached: unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
					m := reply(q)
					if q.Question[0].Qtype == dns.TypeA {
						m.Answer = records("a.test. 60 IN A 192.0.2.1")
					} else {
						m.Ns = records("test. 30 IN SOA ns.test. h.test. 1 2 3 4 20")
					}
					if !q.RecursionDesired {
						m = tt.cached(q, m)
					}
					return []*dns.Msg{m}
				})
				s.CacheFirst = true
				start := time.Now()
				a, err := s.Lookup(ctx, "a.test")
				if err != nil && !errors.Is(err, dnscache.ErrNoAddress) || told(a) != tt.want || time.Since(start) != tt.takes {
					t.Errorf("steps tell %q after %v, %v; want %q after %v", told(a), time.Since(start), err, tt.want, tt.takes)
				}
			})
		})
	}
}

func TestServerTTLHint(t *testing.T) {
	ttl, authoritative := 300, false
	s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
		m := reply(q)
		m.Authoritative = authoritative
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = records(fmt.Sprintf("%s %d IN A 192.0.2.1", q.Question[0].Name, ttl))
		}
		return []*dns.Msg{m}
	})
	tests := []struct {
		name          string
		ttl           int
		authoritative bool
		want          string
	}{
		{"a.test", 300, false, "false forwarded or cached: unknown"},
		{"a.test", 300, false, "false forwarded or cached: unknown"},
		{"a.test", 120, false, "false forwarded or cached: unknown; a TTL below the 5m0s seen before hints at a cache"},
		{"b.test", 120, false, "false forwarded or cached: unknown"},
		{"a.test", 600, false, "false forwarded or cached: unknown"},
		{"a.test", 300, false, "false forwarded or cached: unknown; a TTL below the 10m0s seen before hints at a cache"},
		{"a.test", 300, true, "false authoritative"},
	}
	for i, tt := range tests {
		ttl, authoritative = tt.ttl, tt.authoritative
		if a, err := s.Lookup(ctx, tt.name); err != nil || told(a) != tt.want {
			t.Errorf("lookup %d: %q, %v, want %q", i, told(a), err, tt.want)
		}
	}
	for i := range 3000 { // what is remembered is bounded, and does not come to nothing
		if _, err := s.Lookup(ctx, fmt.Sprintf("n%d.test", i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServerHTTPS(t *testing.T) {
	good := "a.test. 60 IN HTTPS 1 . alpn=h2 port=8443 ipv4hint=192.0.2.9"
	tests := []struct {
		name  string
		https func(m *dns.Msg) *dns.Msg
		takes time.Duration
		want  string // records; and whether the addresses are there
	}{
		{"a record", func(m *dns.Msg) *dns.Msg { m.Answer = records(good); return m }, 0, "a.test 8443 h2"},
		{"none", func(m *dns.Msg) *dns.Msg { return m }, 0, ""},
		{"failure", func(m *dns.Msg) *dns.Msg { m.Rcode = dns.RcodeServerFailure; return m }, 0, ""},
		{"silence", func(m *dns.Msg) *dns.Msg { return nil }, 50 * time.Millisecond, ""},
		{"of another host", func(m *dns.Msg) *dns.Msg {
			m.Answer = records("a.test. 60 IN CNAME b.test.", "b.test. 60 IN HTTPS 1 . alpn=h2 port=8443")
			return m
		}, 0, ""},
		{"beside an unusable one", func(m *dns.Msg) *dns.Msg {
			m.Answer = records("a.test. 60 IN HTTPS 1 . mandatory=key65333 key65333=x", good, "b.test. 60 IN HTTPS 1 . port=1")
			return m
		}, 0, "a.test 8443 h2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
					m := reply(q)
					switch q.Question[0].Qtype {
					case dns.TypeA:
						m.Answer = records("a.test. 60 IN A 192.0.2.1")
					case dns.TypeHTTPS:
						m = tt.https(m)
					}
					return []*dns.Msg{m}
				})
				s.HTTPS = true
				start := time.Now()
				a, err := s.Lookup(ctx, "a.test")
				var got []string
				for _, h := range a.HTTPS {
					got = append(got, fmt.Sprintf("%s %d %s", h.Target, h.Port, strings.Join(h.ALPN, ",")))
				}
				if err != nil || text(a) != "192.0.2.1/60 a.test" || strings.Join(got, "; ") != tt.want || time.Since(start) != tt.takes || len(a.Steps) != 3 && len(a.Steps) != 4 {
					t.Errorf("Lookup = %q with %q, %v after %v in %d steps, want %q after %v", text(a), got, err, time.Since(start), len(a.Steps), tt.want, tt.takes)
				}
			})
		})
	}
}

// A name without addresses may have HTTPS records with hints, or be an alias: they are waited for as long as beside addresses.
func TestServerHTTPSWithoutAddress(t *testing.T) {
	for _, tt := range []struct {
		silent bool
		takes  time.Duration
		want   int
	}{{false, 0, 1}, {true, 50 * time.Millisecond, 0}} {
		synctest.Test(t, func(t *testing.T) {
			s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
				m := reply(q)
				if q.Question[0].Qtype == dns.TypeHTTPS {
					if tt.silent {
						return nil
					}
					m.Answer = records("a.test. 60 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.9")
				}
				return []*dns.Msg{m}
			})
			s.HTTPS = true
			start := time.Now()
			a, err := s.Lookup(ctx, "a.test")
			if !errors.Is(err, dnscache.ErrNoAddress) || time.Since(start) != tt.takes || len(a.HTTPS) != tt.want {
				t.Errorf("%+v, %v after %v, want ErrNoAddress and %d records after %v", a.HTTPS, err, time.Since(start), tt.want, tt.takes)
			}
		})
	}
}
