package cookies

import (
	"slices"
	"strings"
	"time"
	"unsafe"
)

// accessGrain is how exact a cookie's last use is kept (net/cookies/cookie_monster.cc, kDefaultAccessUpdateThresholdSeconds).
const accessGrain = int64(time.Minute / time.Microsecond)

// laxUnsafeAge is how long after its creation a cookie without SameSite goes along with a POST navigation of another site
// (net/cookies/canonical_cookie.h, kLaxAllowUnsafeMaxAge).
const laxUnsafeAge = int64(2 * time.Minute / time.Microsecond)

// A query is what of a request its cookies depend on.
type query struct {
	host       string
	path       string
	now        int64
	navigation bool
	secure     bool // Secure cookies may be sent
	blocked    bool // cookies are, as a third party's
	near       nearness
	loose      nearness // were http and https one
}

func (j *Jar) query(r *Request, now int64) query {
	l := r.relation(sameSite)
	q := query{
		host: r.URL.Hostname(), path: r.path(), now: now, navigation: r.Navigation, secure: r.URL.Origin().PotentiallyTrustworthy(),
		near: l.near, loose: l.near, blocked: j.BlockThirdParty && !l.firstParty,
	}
	if l.near != strictSite {
		q.loose = r.relation(sameSiteAnyScheme).near
	}
	return q
}

// Field returns the value of the request's Cookie field, "" for none, and the cookies of the host and path that were held back.
// It does not allocate where there are no cookies for the host, and only the value where all are sent.
func (j *Jar) Field(r *Request) (string, []Blocked) {
	if j.other != nil {
		return j.otherField(r), nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var keys [8]groupKey
	found := j.groupsLocked(r, keys[:0])
	if len(found) == 0 {
		return "", nil
	}
	return j.fieldLocked(r, found)
}

// fieldLocked is Field of what is in these groups.
//
//go:noinline
func (j *Jar) fieldLocked(r *Request, found []groupKey) (string, []Blocked) {
	q := j.query(r, j.now().UnixMicro())
	var space [64]*entry
	sent := space[:0]
	var blocked []Blocked
	for i := range found {
		n := len(sent)
		if sent, blocked = j.matchLocked(&q, found[i], sent, blocked); n > 0 && len(sent) > n {
			slices.SortStableFunc(sent, order)
		}
	}
	return join(sent), blocked
}

// groupsLocked returns where the jar has cookies for the request's host.
func (j *Jar) groupsLocked(r *Request, found []groupKey) []groupKey {
	s := j.store
	if s == nil {
		return found
	}
	var p Partition
	if s.parted > 0 {
		p = r.partition()
	}
	for domain := r.URL.Hostname(); ; {
		if k := (groupKey{domain: domain}); s.count > 0 && s.groups[k] != nil {
			found = append(found, k)
		}
		if p.Site != "" {
			if k := (groupKey{domain, p}); s.groups[k] != nil {
				found = append(found, k)
			}
		}
		dot := strings.IndexByte(domain, '.')
		if dot < 0 {
			return found
		}
		domain = domain[dot+1:]
	}
}

// matchLocked adds those of a group that the request is sent with, and those that are held back.
func (j *Jar) matchLocked(q *query, k groupKey, sent []*entry, blocked []Blocked) ([]*entry, []Blocked) {
	g := j.store.groups[k]
	if g.owner != j.owner || j.store.owner != j.owner {
		for i := range g.entries { // its uses are to be noted
			if e := &g.entries[i]; q.now-e.used >= accessGrain && !e.dead(q.now) && q.concerns(e) && q.judge(e, k.partition, sending) == 0 {
				g = j.ownGroupLocked(k)
				break
			}
		}
	}
	for i := range g.entries {
		e := &g.entries[i]
		if e.dead(q.now) || !q.concerns(e) {
			continue
		}
		if why := q.judge(e, k.partition, sending); why != 0 {
			blocked = append(blocked, Blocked{Name: e.name, Domain: e.domain, Path: e.path, Partition: k.partition, Reasons: why})
			continue
		}
		if q.now-e.used >= accessGrain {
			e.used = q.now
		}
		sent = append(sent, e)
	}
	return sent, blocked
}

// concerns reports whether the cookie is for the request's host and path.
func (q *query) concerns(e *entry) bool {
	if e.hostOnly && q.host != e.domain || !e.hostOnly && !domainMatch(q.host, e.domain) {
		return false
	}
	return pathMatch(q.path, e.path)
}

// A direction is whether a cookie goes along with a request, or comes with its response.
type direction uint8

const (
	sending direction = iota
	setting
)

// judge says why a cookie that is for the request is not sent with it, or may not be set by its response, 0 if it is (RFC 6265bis sections 5.8.3
// and 5.7 steps 12 to 20).
func (q *query) judge(e *entry, p Partition, d direction) (why Reasons) {
	if e.secure && !q.secure {
		why |= SecureOnly
	}
	if q.blocked && p == (Partition{}) {
		if d == setting {
			return UserPreferences // asked before all others
		}
		why |= UserPreferences
	}
	least, plain, schemeful := laxSite, SameSiteLax, SchemefulSameSiteLax
	switch e.sameSite {
	case None:
		if !e.secure {
			why |= SameSiteNoneInsecure
		}
		return why
	case Strict:
		plain, schemeful = SameSiteStrict, SchemefulSameSiteStrict
		if d == sending {
			least = strictSite
		}
	case Unspecified:
		plain, schemeful = SameSiteUnspecifiedTreatedAsLax, SchemefulSameSiteUnspecifiedTreatedAsLax
		if d == sending && q.now-e.created <= laxUnsafeAge {
			least = laxUnsafe
		}
	}
	switch {
	case d == setting && q.navigation: // a navigation's response may set all of them, whatever led to it
	case q.near >= least:
	case q.loose >= least:
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
