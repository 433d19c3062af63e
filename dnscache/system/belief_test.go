package system_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
)

const forged = "203.0.113.66"

// forgeries change a good response so that it must not be believed.
var forgeries = map[string]func(*dns.Msg){
	"other ID":           func(m *dns.Msg) { m.Id++ },
	"no response":        func(m *dns.Msg) { m.Response = false },
	"other opcode":       func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate },
	"no question":        func(m *dns.Msg) { m.Question = nil },
	"two questions":      func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) },
	"other name":         func(m *dns.Msg) { m.Question[0].Name = "b.test." },
	"other case":         func(m *dns.Msg) { m.Question[0].Name = "A.test." },
	"other type":         func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeTXT },
	"other class":        func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS },
	"forged truncation":  func(m *dns.Msg) { m.Id++; m.Truncated = true },
	"forged NXDOMAIN":    func(m *dns.Msg) { m.Id++; m.Rcode = dns.RcodeNameError; m.Answer = nil },
	"forged FORMERR":     func(m *dns.Msg) { m.Id++; m.Rcode = dns.RcodeFormatError; m.Answer = nil },
	"name in other case": func(m *dns.Msg) { m.Question[0].Name = "a.TEST." },
}

func TestServerIgnoresForgeries(t *testing.T) {
	for name, forge := range forgeries {
		t.Run(name, func(t *testing.T) {
			s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
				bad, good := reply(q), reply(q)
				bad.Answer = records("a.test. 60 IN A " + forged)
				forge(bad)
				if q.Question[0].Qtype == dns.TypeA {
					good.Answer = records("a.test. 60 IN A 192.0.2.1")
				}
				return []*dns.Msg{bad, bad, good}
			})
			if a, err := s.Lookup(ctx, "a.test"); err != nil || text(a) != "192.0.2.1/60 a.test" {
				t.Errorf("Lookup = %q, %v, want 192.0.2.1/60 a.test", text(a), err)
			}
		})
	}
}

// Records that nobody asked for are in a response that is otherwise right.
func TestServerTakesNothingElse(t *testing.T) {
	const soa = "test. 30 IN SOA ns.test. h.test. 1 2 3 4 20"
	tests := []struct {
		name   string
		answer []dns.RR
		ns     []dns.RR
		rcode  int
		want   string // empty: no address, with ttl
		ttl    time.Duration
	}{
		{"other owner", records("b.test. 60 IN A "+forged, "a.test. 60 IN A 192.0.2.1"), nil, 0, "192.0.2.1/60 a.test", time.Minute},
		{"only another owner", records("b.test. 60 IN A " + forged), records(soa), 0, "", 20 * time.Second},
		{"behind an alias of another", records("b.test. 60 IN CNAME c.test.", "c.test. 60 IN A "+forged), records(soa), 0, "", 20 * time.Second},
		{"beside an alias", records("a.test. 60 IN CNAME c.test.", "a.test. 60 IN A "+forged, "c.test. 60 IN A 192.0.2.1"), nil, 0, "192.0.2.1/60 c.test", time.Minute},
		{"other class", records("a.test. 60 CH A " + forged), records(soa), 0, "", 20 * time.Second},
		{"alias of other class", records("a.test. 60 CH CNAME c.test.", "c.test. 60 IN A "+forged), records(soa), 0, "", 20 * time.Second},
		{"owner in capitals", records("A.Test. 60 IN A 192.0.2.1"), nil, 0, "192.0.2.1/60 a.test", time.Minute},
		{"order", records("c.test. 60 IN A 192.0.2.1", "a.test. 50 IN CNAME C.test."), nil, 0, "192.0.2.1/60 c.test", 50 * time.Second},
		{"SOA of a sibling", nil, records("b.test. 3000 IN SOA ns.test. h.test. 1 2 3 4 3000"), 0, "", 0},
		{"SOA beneath", nil, records("x.a.test. 3000 IN SOA ns.test. h.test. 1 2 3 4 3000"), 0, "", 0},
		{"SOA's own TTL is less", nil, records("test. 5 IN SOA ns.test. h.test. 1 2 3 4 3000"), 0, "", 5 * time.Second},
		{"addresses beside NXDOMAIN", records("a.test. 60 IN A " + forged), records(soa), dns.RcodeNameError, "", 20 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
				m := reply(q)
				m.Ns, m.Rcode = tt.ns, tt.rcode
				if m.Answer = tt.answer; q.Question[0].Qtype == dns.TypeAAAA {
					m.Answer = nil
				}
				return []*dns.Msg{m}
			})
			a, err := s.Lookup(ctx, "a.test")
			if got := text(a); tt.want != "" && got != tt.want || strings.Contains(got, forged) || (err == nil) != (tt.want != "") {
				t.Errorf("Lookup = %q, %v, want %q", got, err, tt.want)
			}
			if tt.want == "" && tt.ns == nil {
				return
			}
			if a.TTL != tt.ttl {
				t.Errorf("TTL %v, want %v", a.TTL, tt.ttl)
			}
		})
	}
}

func TestServerWithoutRecursion(t *testing.T) {
	tests := []struct {
		name string
		edit func(*dns.Msg)
		err  error // nil: neither answer
	}{
		{"referral", func(m *dns.Msg) { m.Ns = records("test. 60 IN NS ns.test.") }, nil},
		{"alias out of the zone", func(m *dns.Msg) {
			m.Authoritative = true
			m.Answer = records("a.test. 60 IN CNAME elsewhere.invalid.")
		}, nil},
		{"authoritative without SOA", func(m *dns.Msg) { m.Authoritative = true }, dnscache.ErrNoAddress},
		{"recursing without SOA", func(m *dns.Msg) { m.RecursionAvailable = true }, dnscache.ErrNoAddress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
				m := new(dns.Msg).SetReply(q)
				tt.edit(m)
				return []*dns.Msg{m}
			})
			_, err := s.Lookup(ctx, "a.test")
			if err == nil || errors.Is(err, dnscache.ErrNoAddress) != (tt.err != nil) {
				t.Errorf("Lookup error %v, want %v", err, tt.err)
			}
		})
	}
}

func TestServerWithoutEDNS(t *testing.T) {
	for _, rcode := range []int{dns.RcodeFormatError, dns.RcodeNotImplemented} {
		s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
			m := reply(q)
			if q.IsEdns0() != nil {
				m.Rcode = rcode
			} else if q.Question[0].Qtype == dns.TypeA {
				m.Answer = records("a.test. 60 IN A 192.0.2.1")
			}
			return []*dns.Msg{m}
		})
		a, err := s.Lookup(ctx, "a.test")
		if err != nil || text(a) != "192.0.2.1/60 a.test" || len(a.Steps) != 4 {
			t.Errorf("%s: Lookup = %q, %v in %d steps, want 192.0.2.1/60 in 4", dns.RcodeToString[rcode], text(a), err, len(a.Steps))
		}
	}
}

func TestServerTruncation(t *testing.T) {
	tests := []struct {
		name string
		tcp  func(*dns.Msg) *dns.Msg
		want string // empty: an error
	}{
		{"answer over TCP", func(m *dns.Msg) *dns.Msg { return m }, "192.0.2.1/60 a.test"},
		{"truncated there too", func(m *dns.Msg) *dns.Msg { m.Truncated = true; return m }, ""},
		{"other ID there", func(m *dns.Msg) *dns.Msg { m.Id++; return m }, ""},
		{"silence there", func(m *dns.Msg) *dns.Msg { return nil }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(func(network string, q *dns.Msg) []*dns.Msg {
					m := reply(q)
					if q.Question[0].Qtype == dns.TypeA {
						m.Answer = records("a.test. 60 IN A 192.0.2.1")
					}
					if network == "udp" {
						m.Answer = records("a.test. 60 IN A " + forged) // what a truncated answer has is not used
						m.Truncated = true
						return []*dns.Msg{m}
					}
					return []*dns.Msg{tt.tcp(m)}
				})
				a, err := s.Lookup(ctx, "a.test")
				if got := text(a); (err == nil) != (tt.want != "") || err == nil && got != tt.want {
					t.Errorf("Lookup = %q, %v, want %q", got, err, tt.want)
				}
			})
		})
	}
}

// A truncated response may be cut within a record.
func TestServerTruncatedWithinRecord(t *testing.T) {
	s := raw(func(network string, b []byte) [][]byte {
		var q dns.Msg
		if err := q.Unpack(b); err != nil {
			t.Error(err)
		}
		m := reply(&q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = records("a.test. 60 IN A 192.0.2.1")
		}
		m.Truncated = network == "udp"
		out, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		if m.Truncated {
			out = out[:len(out)-3]
		}
		return [][]byte{out}
	})
	if a, err := s.Lookup(ctx, "a.test"); err != nil || text(a) != "192.0.2.1/60 a.test" {
		t.Errorf("Lookup = %q, %v, want 192.0.2.1/60 a.test", text(a), err)
	}
}

// FuzzResponse sends random and mutated responses: whatever they are, nothing but an answer to the very question is
// believed, and a lookup ends. The seeds are patches to a good response: pos, then a byte, repeatedly.
func FuzzResponse(f *testing.F) {
	f.Add([]byte{}, []byte{}, false)
	f.Add([]byte{2, 0x82}, []byte{}, true)           // truncated
	f.Add([]byte{3, 0x83}, []byte{}, false)          // NXDOMAIN
	f.Add([]byte{7, 40}, []byte{}, false)            // more answers than there are
	f.Add([]byte{24, 0xc0, 25, 24}, []byte{}, false) // a name that points to itself
	f.Add([]byte{}, bytes.Repeat([]byte{0xc0, 12}, 40), true)
	f.Add([]byte{0, 0}, []byte{0, 1, 2, 3}, false)
	f.Fuzz(func(t *testing.T, patch, tail []byte, replace bool) {
		synctest.Test(t, func(t *testing.T) {
			var believable atomic.Int32
			s := raw(func(_ string, b []byte) [][]byte {
				q := new(dns.Msg)
				if err := q.Unpack(b); err != nil {
					t.Fatal(err)
				}
				m := reply(q)
				if q.Question[0].Qtype == dns.TypeA {
					m.Answer = records("a.test. 60 IN CNAME b.test.", "b.test. 60 IN A 192.0.2.1")
				}
				out, err := m.Pack()
				if err != nil {
					t.Fatal(err)
				}
				if replace {
					out = append(b[:2:2], tail...)
				} else {
					out = append(out, tail...)
				}
				for i := 0; i+1 < len(patch); i += 2 {
					out[int(patch[i])%len(out)] = patch[i+1]
				}
				if len(out) >= 12 && bytes.Equal(out[:2], b[:2]) && out[2]&0xf8 == 0x80 && out[4] == 0 && out[5] == 1 {
					believable.Add(1)
				}
				return [][]byte{out}
			})
			start := time.Now()
			a, err := s.Lookup(ctx, "a.test")
			if d := time.Since(start); d > 20*time.Second { // two attempts, UDP and TCP
				t.Errorf("took %v", d)
			}
			if err != nil {
				if len(a.Addrs) > 0 {
					t.Errorf("%d addresses beside %v", len(a.Addrs), err)
				}
				return
			}
			if len(a.Addrs) == 0 || len(a.Addrs) > 200 || believable.Load() == 0 {
				t.Errorf("%d addresses from %d responses to the question", len(a.Addrs), believable.Load())
			}
			for _, addr := range a.Addrs {
				if addr.TTL < 0 || addr.TTL < a.TTL || addr.TTL > 7*24*time.Hour || !addr.IP.IsValid() || addr.IP.Is4In6() {
					t.Errorf("address %+v of an answer with TTL %v", addr, a.TTL)
				}
			}
		})
	})
}

// FuzzDatagram sends arbitrary datagrams whose ID is not that of the question: none is believed.
func FuzzDatagram(f *testing.F) {
	m := new(dns.Msg).SetQuestion("a.test.", dns.TypeA)
	m.Response, m.RecursionAvailable = true, true
	m.Answer = records("a.test. 60 IN A " + forged)
	good, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{})
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add(bytes.Repeat([]byte{0xff}, 600))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4000 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			s := raw(func(_ string, q []byte) [][]byte {
				out := bytes.Clone(b)
				if len(out) >= 2 && out[0] == q[0] && out[1] == q[1] {
					out[1]++
				}
				return [][]byte{out}
			})
			s.Attempts, s.Timeout = 1, time.Second
			s.Addrs = []netip.AddrPort{server}
			a, err := s.Lookup(ctx, "a.test")
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Lookup = %+v, %v, want a timeout", a, err)
			}
		})
	})
}
