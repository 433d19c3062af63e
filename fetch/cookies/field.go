package cookies

import (
	"slices"
	"strings"
	"time"
	"unsafe"

	"pageload/parse/weburl"
)

// accessGrain is how exact a cookie's last use is kept (net/cookies/cookie_monster.cc, kDefaultAccessUpdateThresholdSeconds).
const accessGrain = int64(time.Minute / time.Microsecond)

// laxUnsafeAge is how long after its creation a cookie without SameSite goes along with a POST navigation of another site
// (net/cookies/canonical_cookie.h, kLaxAllowUnsafeMaxAge).
const laxUnsafeAge = int64(2 * time.Minute / time.Microsecond)

// A query is what of a request its cookies depend on.
type query struct {
	r         *Request
	host      string
	path      string
	now       int64
	secure    bool // Secure cookies may be sent
	blocked   bool // cookies are, as a third party's
	near      nearness
	nearLoose nearness // were http and https one
}

func (j *Jar) query(r *Request, now int64) query {
	q := query{
		r: r, host: r.URL.Hostname(), path: r.path(), now: now, secure: r.URL.Origin().PotentiallyTrustworthy(),
		near: r.nearness(weburl.SameSite),
	}
	if q.nearLoose = q.near; q.near != strictSite {
		q.nearLoose = r.nearness(sameSiteAnyScheme)
	}
	q.blocked = j.BlockThirdParty && !r.firstParty(weburl.SameSite)
	return q
}

// Field returns the value of the request's Cookie field, "" for none, and the cookies of the host and path that were held back.
// It does not allocate where there are no cookies, and only the value where all are sent.
func (j *Jar) Field(r *Request) (string, []Blocked) {
	if j.other != nil {
		return j.otherField(r), nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.store
	if s == nil || s.count+s.parted == 0 {
		return "", nil
	}
	q := j.query(r, 0)
	var space [64]*entry
	sent := space[:0]
	var blocked []Blocked
	groups := 0
	for domain := q.host; ; {
		sent, blocked, groups = j.matchLocked(&q, groupKey{domain: domain}, sent, blocked, groups)
		if s.parted > 0 {
			if p := r.partition(); p.Site != "" {
				sent, blocked, groups = j.matchLocked(&q, groupKey{domain, p}, sent, blocked, groups)
			}
		}
		dot := strings.IndexByte(domain, '.')
		if dot < 0 {
			break
		}
		domain = domain[dot+1:]
	}
	if groups > 1 {
		slices.SortStableFunc(sent, func(a, b *entry) int {
			switch {
			case before(a, b):
				return -1
			case before(b, a):
				return 1
			}
			return 0
		})
	}
	return join(sent), blocked
}

// matchLocked adds those of a group that the request is sent with, and those that are held back.
func (j *Jar) matchLocked(q *query, k groupKey, sent []*entry, blocked []Blocked, groups int) ([]*entry, []Blocked, int) {
	g := j.store.groups[k]
	if g == nil {
		return sent, blocked, groups
	}
	if q.now == 0 {
		q.now = j.now().UnixMicro()
	}
	if g.owner != j.owner || j.store.owner != j.owner {
		for i := range g.entries { // its uses are to be noted
			if e := &g.entries[i]; q.now-e.used >= accessGrain && !e.dead(q.now) && q.concerns(e) && q.judge(e, k.partition) == 0 {
				g = j.ownGroupLocked(k)
				break
			}
		}
	}
	n := len(sent)
	for i := range g.entries {
		e := &g.entries[i]
		if e.dead(q.now) || !q.concerns(e) {
			continue
		}
		if why := q.judge(e, k.partition); why != 0 {
			blocked = append(blocked, Blocked{Name: e.name, Domain: e.domain, Path: e.path, Partition: k.partition, Reasons: why})
			continue
		}
		if q.now-e.used >= accessGrain {
			e.used = q.now
		}
		sent = append(sent, e)
	}
	if len(sent) > n {
		groups++
	}
	return sent, blocked, groups
}

// concerns reports whether the cookie is for the request's host and path.
func (q *query) concerns(e *entry) bool {
	if e.hostOnly && q.host != e.domain || !e.hostOnly && !domainMatch(q.host, e.domain) {
		return false
	}
	return pathMatch(q.path, e.path)
}

// judge says why a cookie that is for the request is not sent, 0 if it is.
func (q *query) judge(e *entry, p Partition) (why Reasons) {
	if e.secure && !q.secure {
		why |= SecureOnly
	}
	if q.blocked && p == (Partition{}) {
		why |= UserPreferences
	}
	least, plain, schemeful := strictSite, SameSiteStrict, SchemefulSameSiteStrict
	switch e.sameSite {
	case None:
		if !e.secure {
			why |= SameSiteNoneInsecure
		}
		return why
	case Lax:
		least, plain, schemeful = laxSite, SameSiteLax, SchemefulSameSiteLax
	case Unspecified:
		least, plain, schemeful = laxSite, SameSiteUnspecifiedTreatedAsLax, SchemefulSameSiteUnspecifiedTreatedAsLax
		if q.now-e.created <= laxUnsafeAge {
			least = laxUnsafe
		}
	}
	switch {
	case q.near >= least:
	case q.nearLoose >= least:
		why |= schemeful
	default:
		why |= plain
	}
	return why
}

// join returns the cookies as a field's value (RFC 6265bis section 5.8.3).
func join(list []*entry) string {
	if len(list) == 0 {
		return ""
	}
	n := 2 * (len(list) - 1)
	for _, e := range list {
		n += len(e.name) + 1 + len(e.value)
	}
	b := make([]byte, 0, n)
	for i, e := range list {
		if i > 0 {
			b = append(b, "; "...)
		}
		if e.name != "" {
			b = append(b, e.name...)
			b = append(b, '=')
		}
		b = append(b, e.value...)
	}
	return unsafe.String(unsafe.SliceData(b), len(b)) // b is not changed any more
}
