package iterate

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/dnstest"
)

// said collects what honest servers said, as "NAME TYPE DATA", and what they were asked, as "NAME".
type said struct {
	mu    sync.Mutex
	facts map[string]bool
}

func (s *said) note(_ string, _, answer []byte) [][]byte {
	var m dns.Msg
	if err := m.Unpack(answer); err == nil {
		s.mu.Lock()
		s.facts[strings.ToLower(m.Question[0].Name)] = true
		for _, rr := range slices.Concat(m.Answer, m.Ns) {
			s.facts[written(rr)] = true
		}
		s.mu.Unlock()
	}
	return [][]byte{answer}
}

// written writes a record without its TTL.
func written(rr dns.RR) string {
	f := strings.Fields(strings.ToLower(rr.String()))
	return f[0] + " " + f[3] + " " + strings.Join(f[4:], " ")
}

// evilInternet has a root, test, the honest zone good.test, and evil.test, whose server responds with what reply makes of
// a question. Depth says which zone's servers do: 0 evil.test, 1 test, 2 the root.
func evilInternet(depth int, reply func(network string, question, answer []byte) [][]byte) (*dnstest.Internet, *said) {
	in := new(dnstest.Internet)
	in.Zone(".", "test NS ns.test\nns.test A 192.0.2.1", "198.51.100.1")
	in.Zone("test.", "good NS ns.good\nns.good A 192.0.2.2\nevil NS ns.evil\nevil NS ns.good\nns.evil A 192.0.2.3", "192.0.2.1")
	in.Zone("good.test.", "www A 203.0.113.1\nns A 192.0.2.2", "192.0.2.2")
	in.Zone("evil.test.", "www CNAME www.good.test.\nns A 192.0.2.3", "192.0.2.3")
	s := &said{facts: make(map[string]bool)}
	for i, ip := range []string{"192.0.2.3", "192.0.2.1", "198.51.100.1", "192.0.2.2"} {
		c := dnstest.Conduct{Rewrite: s.note}
		if i == depth {
			c.Rewrite = reply
		}
		in.Set(c, ip)
	}
	return in, s
}

// tail is what follows the question of a packed response with the records of message.
func tail(t testing.TB, s string) []byte {
	m := message(t, s)
	m.SetQuestion("www.evil.test.", dns.TypeA)
	m.Compress = true
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	head := []byte{b[2] | 0x80, b[3], b[7], b[9], b[11]}
	return append(head, b[12+len("\x03www\x04evil\x04test\x00")+4:]...)
}

// forge makes a response to a question of a tail. The pointers in it fit where the question is as long as www.evil.test.
func forge(question, tail []byte) []byte {
	end := 12
	for end < len(question) && question[end] != 0 {
		end += 1 + int(question[end])
	}
	end = min(end+5, len(question))
	out := slices.Clone(question[:end])
	if len(tail) < 5 {
		return append(out, tail...)
	}
	out[2], out[3] = tail[0]|0x80, tail[1]
	for i, n := range tail[2:5] {
		binary.BigEndian.PutUint16(out[6+2*i:], uint16(n))
	}
	return append(out, tail[5:]...)
}

// Whatever servers respond, a lookup ends in time and after a bounded number of questions, and what they say about names
// that are not theirs is not remembered.
func FuzzLookup(f *testing.F) {
	for _, s := range []string{
		"NOERROR aa / www.evil.test. A 192.0.2.66; www.good.test. A 192.0.2.66 / good.test. NS ns.evil.test. / ns.good.test. A 192.0.2.3",
		"NOERROR aa / www.evil.test. CNAME www.good.test.; www.good.test. A 192.0.2.66",
		"NOERROR aa / www.evil.test. CNAME x.good.test. / good.test. SOA a. b. 1 2 3 4 5",
		"NXDOMAIN aa / www.evil.test. CNAME x.good.test. / good.test. SOA a. b. 1 2 3 4 5",
		"NXDOMAIN aa // test. SOA a. b. 1 2 3 4 5",
		"NOERROR // test. NS ns.evil.test. / ns.evil.test. A 192.0.2.3",
		"NOERROR // . NS ns.evil.test. / ns.evil.test. A 192.0.2.3",
		"NOERROR // www.evil.test. NS ns.good.test.; www.evil.test. NS www.good.test. / ns.good.test. A 192.0.2.3",
		"NOERROR // www.evil.test. NS www.evil.test.",
		"NOERROR aa / evil.test. DNAME good.test.; test. DNAME good.test.",
		"NOERROR aa / www.evil.test. CNAME www.evil.test.",
		"NOERROR aa / www.evil.test. CNAME www.www.evil.test.",
		"SERVFAIL", "NOERROR", "NXDOMAIN ra",
	} {
		for depth := range 3 {
			f.Add(byte(depth), tail(f, s), tail(f, "NOERROR aa"))
		}
	}
	f.Add(byte(0), []byte{0x84, 0, 1, 0, 0, 0xc0, 0x1f, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4}, []byte{0xc0, 0x0c}) // a pointer to itself
	f.Add(byte(0), []byte{0x84, 0, 255, 255, 255}, []byte{0x86, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, depth byte, first, later []byte) {
		if len(first)+len(later) > 2000 {
			return
		}
		synctest.Test(t, func(t *testing.T) { lookupEvil(t, int(depth%3), first, later) })
	})
}

func lookupEvil(t *testing.T, depth int, first, later []byte) {
	var mu sync.Mutex
	n := 0
	in, honest := evilInternet(depth, func(_ string, q, _ []byte) [][]byte {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%2 == 1 {
			return [][]byte{forge(q, first)}
		}
		return [][]byte{forge(q, later)}
	})
	r := &Resolver{Roots: in.Roots(), Dial: in.Dial, HTTPS: true}
	start := time.Now()
	a, err := r.Lookup(context.Background(), "www.evil.test")
	if took := time.Since(start); took > defaultTimeout {
		t.Errorf("took %v", took)
	}
	if asked := len(in.Log()); asked > defaultMaxQueries+8 { // what goes over TCP in addition is counted when it is sent
		t.Errorf("%d questions", asked)
	}
	if (err == nil) != (len(a.Addrs) > 0) {
		t.Errorf("%d addresses with error %v", len(a.Addrs), err)
	}
	switch depth {
	case 0:
		checkCache(t, r, honest, "evil.test.")
	case 1:
		checkCache(t, r, honest, "test.")
	}
}

// checkCache fails where something outside zone is remembered that no honest server said.
func checkCache(t *testing.T, r *Resolver, honest *said, zone string) {
	synctest.Wait() // servers may still be answering what nobody waits for
	for k, f := range r.cache.records {
		if within(zone, k.name) {
			continue
		}
		switch f.kind {
		case noName, noData:
			if !honest.facts[k.name] {
				t.Errorf("remembered that %s %s has nothing", k.name, dns.TypeToString[k.qtype])
			}
		case aliased:
			if !honest.facts[k.name+" cname "+f.target] {
				t.Errorf("remembered %s as alias of %s", k.name, f.target)
			}
		}
		for _, rr := range f.records {
			if !honest.facts[written(rr)] {
				t.Errorf("remembered %v", rr)
			}
		}
	}
	for name, d := range r.cache.delegations {
		for _, s := range d.servers {
			if !within(zone, name) && !honest.facts[name+" ns "+s.name] {
				t.Errorf("remembered %s as server of %s", s.name, name)
			}
		}
	}
}

// No server's word is remembered about names that are another's, also where the answers are well made.
func TestNothingOutOfBailiwickIsRemembered(t *testing.T) {
	for depth := range 2 {
		for _, s := range []string{
			"NOERROR aa / www.evil.test. A 192.0.2.66; www.good.test. A 192.0.2.66; ns.good.test. A 192.0.2.66",
			"NOERROR aa / www.evil.test. A 192.0.2.66 / good.test. NS ns.evil.test.; test. NS ns.evil.test.; . NS ns.evil.test. / ns.good.test. A 192.0.2.66; www.good.test. A 192.0.2.66",
			"NOERROR aa / www.evil.test. CNAME www.good.test.; www.good.test. A 192.0.2.66",
			"NOERROR // evil.test. NS ns.good.test.; good.test. NS ns.evil.test. / ns.good.test. A 192.0.2.66; ns.test. A 192.0.2.66",
			"NXDOMAIN aa / www.evil.test. CNAME www.good.test. / good.test. 1000 SOA a. b. 1 2 3 4 1000",
		} {
			synctest.Test(t, func(t *testing.T) {
				in, honest := evilInternet(depth, func(_ string, q, _ []byte) [][]byte { return [][]byte{forge(q, tail(t, s))} })
				r := &Resolver{Roots: in.Roots(), Dial: in.Dial}
				r.Lookup(context.Background(), "www.evil.test")
				if depth == 0 {
					checkCache(t, r, honest, "evil.test.")
					a, err := r.Lookup(context.Background(), "www.good.test")
					if err != nil || len(a.Addrs) != 1 || a.Addrs[0].IP.String() != "203.0.113.1" {
						t.Errorf("after %q, www.good.test = %v, %v", s, a.Addrs, err)
					}
				} else {
					checkCache(t, r, honest, "test.")
				}
			})
		}
	}
}
