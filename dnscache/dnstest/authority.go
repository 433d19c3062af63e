package dnstest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// authority is one zone as an authoritative server has it: the records of each name by type, names in lower case with
// trailing dot.
type authority struct {
	origin string
	names  map[string]map[uint16][]dns.RR
}

// negative is the TTL, in seconds, of the SOA record that a zone without one gets.
const negative = 60

// parseZone reads records in zone file form.
func parseZone(origin, records string) (*authority, error) {
	a := &authority{origin: strings.ToLower(dns.Fqdn(origin)), names: make(map[string]map[uint16][]dns.RR)}
	p := dns.NewZoneParser(strings.NewReader(records), a.origin, "")
	p.SetDefaultTTL(3600)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		a.add(rr)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	if a.names[a.origin][dns.TypeSOA] == nil {
		soa := fmt.Sprintf("%s %d IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 %[2]d", a.origin, negative)
		rr, err := dns.NewRR(soa)
		if err != nil {
			return nil, err
		}
		a.add(rr)
	}
	return a, nil
}

func (a *authority) add(rr dns.RR) {
	name := strings.ToLower(rr.Header().Name)
	if a.names[name] == nil {
		a.names[name] = make(map[uint16][]dns.RR)
	}
	a.names[name][rr.Header().Rrtype] = append(a.names[name][rr.Header().Rrtype], rr)
}

// answer fills the response m to its question as RFC 1034 section 4.3.2 says.
func (a *authority) answer(m *dns.Msg) {
	q := m.Question[0]
	name := strings.ToLower(q.Name)
	m.Authoritative = true
	for range maxChain {
		if cut := a.cut(name, q.Qtype); cut != "" {
			a.refer(m, cut)
			return
		}
		if d, ok := a.redirect(name); ok {
			target, ok := substitute(name, d)
			m.Answer = append(m.Answer, d)
			if !ok {
				m.Rcode = dns.RcodeYXDomain
				return
			}
			m.Answer = append(m.Answer, &dns.CNAME{Hdr: header(name, dns.TypeCNAME, d.Hdr.Ttl), Target: target})
			name = target
		} else {
			sets, exists := a.find(name)
			if !exists {
				m.Rcode = dns.RcodeNameError
				m.Ns = append(m.Ns, a.names[a.origin][dns.TypeSOA]...)
				return
			}
			alias := sets[dns.TypeCNAME]
			if alias == nil || q.Qtype == dns.TypeCNAME {
				m.Answer = append(m.Answer, owned(sets[q.Qtype], name)...)
				if q.Qtype == dns.TypeNS {
					a.glue(m, sets[dns.TypeNS])
				}
				if sets[q.Qtype] == nil {
					m.Ns = append(m.Ns, a.names[a.origin][dns.TypeSOA]...)
				}
				return
			}
			m.Answer = append(m.Answer, owned(alias, name)...)
			name = strings.ToLower(alias[0].(*dns.CNAME).Target)
		}
		if !dns.IsSubDomain(a.origin, name) {
			return
		}
	}
}

// cut returns the highest name from below the origin down to name that another zone begins at, or "".
func (a *authority) cut(name string, qtype uint16) string {
	labels := dns.SplitDomainName(name)
	for i := len(labels) - dns.CountLabel(a.origin) - 1; i >= 0; i-- {
		at := dns.Fqdn(strings.Join(labels[i:], "."))
		if a.names[at][dns.TypeNS] != nil && (at != name || qtype != dns.TypeDS) {
			return at
		}
	}
	return ""
}

// refer makes m a referral to the zone at cut, with the addresses that this zone has for its servers.
func (a *authority) refer(m *dns.Msg, cut string) {
	m.Authoritative = len(m.Answer) > 0 // aliases before it are ours
	m.Ns = append(m.Ns, a.names[cut][dns.TypeNS]...)
	a.glue(m, a.names[cut][dns.TypeNS])
}

// glue adds the addresses that this zone has for servers.
func (a *authority) glue(m *dns.Msg, servers []dns.RR) {
	for _, rr := range servers {
		at := a.names[strings.ToLower(rr.(*dns.NS).Ns)]
		m.Extra = append(m.Extra, at[dns.TypeA]...)
		m.Extra = append(m.Extra, at[dns.TypeAAAA]...)
	}
}

// redirect returns the DNAME record of a name above name.
func (a *authority) redirect(name string) (*dns.DNAME, bool) {
	for at := parent(name); at != "" && dns.IsSubDomain(a.origin, at); at = parent(at) {
		if set := a.names[at][dns.TypeDNAME]; set != nil {
			return set[0].(*dns.DNAME), true
		}
	}
	return nil, false
}

// substitute puts the target of d in the place of its owner at the end of name (RFC 6672 section 2.2).
func substitute(name string, d *dns.DNAME) (string, bool) {
	target := strings.TrimSuffix(name, strings.ToLower(d.Hdr.Name)) + strings.ToLower(d.Target)
	if d.Target == "." {
		target = strings.TrimSuffix(name, strings.ToLower(d.Hdr.Name))
	}
	_, ok := dns.IsDomainName(target)
	return target, ok
}

// find returns the records of name, those of the star that stands for it, or that there is no such name.
func (a *authority) find(name string) (map[uint16][]dns.RR, bool) {
	if sets, ok := a.names[name]; ok || a.above(name) {
		return sets, true
	}
	for at := parent(name); at != ""; at = parent(at) {
		if sets, ok := a.names["*."+strings.TrimPrefix(at, ".")]; ok {
			return sets, true
		}
		if at == a.origin || a.names[at] != nil || a.above(at) {
			break // the closest name that exists has no star (RFC 4592 section 3.3.1)
		}
	}
	return nil, false
}

// above reports whether a name with records lies beneath name.
func (a *authority) above(name string) bool {
	for other := range a.names {
		if other != name && dns.IsSubDomain(name, other) {
			return true
		}
	}
	return false
}

// parent returns the name above name, and "" above the root.
func parent(name string) string {
	if name == "." {
		return ""
	}
	_, rest, _ := strings.Cut(name, ".")
	return dns.Fqdn(rest)
}

// owned returns the records with name as their owner, which stars need.
func owned(records []dns.RR, name string) []dns.RR {
	records = slices.Clone(records)
	for i, rr := range records {
		if strings.HasPrefix(rr.Header().Name, "*.") {
			records[i] = dns.Copy(rr)
			records[i].Header().Name = name
		}
	}
	return records
}

func header(name string, rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}
