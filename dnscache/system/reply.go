package system

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

var errLame = errors.New("server does not recurse and does not have the name")

// reply is what a response says. ttl is that of the records and the aliases before them, or of there being none.
type reply struct {
	rcode     string
	canonical string // without trailing dot
	addrs     []dnscache.Addr
	https     []dnscache.HTTPS
	ttl       time.Duration
}

// read reads an accepted message: records, or an error that is ErrNotFound, ErrNoAddress or the server's failure.
// Of the records it takes only those that the aliases lead to from the name asked.
func read(q exchange.Question, m *dns.Msg) (reply, error) {
	r := reply{rcode: exchange.RCode(m.Rcode)}
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return r, fmt.Errorf("server responded %s", r.rcode)
	}
	owner, ttl, err := exchange.Follow(m.Answer, q.Name)
	if err != nil {
		return r, err
	}
	r.canonical = strings.TrimSuffix(owner, ".")
	if m.Rcode == dns.RcodeNameError {
		r.ttl, _ = exchange.NegativeTTL(m.Ns, owner)
		return r, dnscache.ErrNotFound
	}
	for _, rr := range m.Answer {
		if rr.Header().Rrtype == q.Type && strings.EqualFold(rr.Header().Name, owner) && r.take(rr) {
			ttl = min(ttl, exchange.TTL(rr))
		}
	}
	if len(r.addrs)+len(r.https) > 0 {
		r.ttl = ttl
		return r, nil
	}
	var soa bool
	r.ttl, soa = exchange.NegativeTTL(m.Ns, owner)
	if !soa && !m.RecursionAvailable && (!m.Authoritative || len(m.Answer) > 0) {
		return r, errLame // a referral, or aliases that lead out of what it knows
	}
	return r, dnscache.ErrNoAddress
}

// take adds a record of the type asked for. It reports whether that is of use, and there is room.
func (r *reply) take(rr dns.RR) bool {
	if ip, ok := exchange.Address(rr); ok && len(r.addrs) < exchange.MaxAddrs {
		r.addrs = append(r.addrs, dnscache.Addr{IP: ip, TTL: exchange.TTL(rr)})
		return true
	}
	if h, ok := exchange.HTTPS(rr); ok && len(r.https) < exchange.MaxHTTPS {
		r.https = append(r.https, h)
		return true
	}
	return false
}
