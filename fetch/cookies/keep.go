package cookies

import (
	"slices"
	"strings"
)

// Keep takes the value of a Set-Cookie field that came in answer to the request. It reports whether the cookie was kept, or has removed
// another by being over already; if not, it says why.
func (j *Jar) Keep(r *Request, setCookie string) (Blocked, bool) {
	c, why := parse(setCookie)
	if why != 0 {
		return Blocked{Name: c.name, Line: setCookie, Reasons: why}, false
	}
	if j.other != nil {
		return j.otherKeep(r, setCookie)
	}
	e, p, why := j.keep(r, &c)
	if why == 0 {
		return Blocked{}, true
	}
	return Blocked{Name: c.name, Domain: e.domain, Path: e.path, Partition: p, Line: setCookie, Reasons: why}, false
}

// keep makes a cookie of a parsed line and puts it into the jar (RFC 6265bis section 5.7; the order of the checks is that of
// CanonicalCookie::Create and CookieMonster::SetCanonicalCookie).
func (j *Jar) keep(r *Request, c *line) (e entry, p Partition, why Reasons) {
	now := j.now().UnixMicro()
	q := j.query(r, now)
	var ok bool
	if e.domain, e.hostOnly, ok = domainOf(q.host, c.domain); !ok {
		why |= InvalidDomain
	}
	switch {
	case !c.checkPrefix(q.secure):
		why |= InvalidPrefix
	case c.name == "" && strings.IndexByte(c.value, '=') >= 0: // as recorded: it would come back as another
		why |= SyntaxError
	}
	if e.path = c.path; e.path == "" {
		e.path = defaultPath(q.path)
	}
	if len(e.path) > maxPath {
		return entry{}, p, SyntaxError
	}
	if c.partitioned {
		if p = r.partition(); !c.secure || p.Site == "" { // a page without a site has nothing that lasts
			why |= InvalidPartitioned
		}
	}
	e.name, e.value, e.secure, e.httpOnly, e.sameSite, e.priority = c.name, c.value, c.secure, c.httpOnly, c.sameSite, c.priority
	e.created, e.used = now, now
	e.expires = c.end(now)
	if why != 0 {
		return e, p, why
	}
	if why = q.judge(&e, p, setting); why != 0 {
		return e, p, why
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return e, p, j.putLocked(e, p, now, q.secure)
}

// end returns when the cookie expires, 0 for never.
func (c *line) end(now int64) int64 {
	const micro = 1_000_000
	switch {
	case c.hasMaxAge && c.maxAge == 0:
		return 1
	case c.hasMaxAge:
		return now + c.maxAge*micro
	case c.hasExpires:
		return max(1, min(c.expires*micro, now+maxLife*micro))
	}
	return 0
}

// putLocked puts the cookie in place of one of the same name, domain and path, unless that covers a Secure cookie ("leave secure cookies
// alone", RFC 6265bis section 5.7 step 15). One that is over only removes the other. The time of creation stays, says RFC 6265bis; as
// recorded it stays where the value does.
func (j *Jar) putLocked(e entry, p Partition, now int64, secure bool) Reasons {
	k := keyOf(e.domain, p)
	if j.store != nil && !secure && j.coversLocked(k, &e, now) {
		return OverwriteSecure
	}
	if e.dead(now) {
		if j.store != nil {
			j.removeLocked(k, e.replaces)
		}
		return 0
	}
	s := j.ownStoreLocked()
	g := j.ownGroupLocked(k)
	e.created = max(e.created, s.latest+1) // those of one response are in order
	if i := slices.IndexFunc(g.entries, func(o entry) bool { return e.replaces(&o) }); i >= 0 {
		if o := &g.entries[i]; o.value == e.value {
			e.created = o.created
			e.name, e.value, e.domain, e.path = o.name, o.value, o.domain, o.path
			*o = e
			return 0
		}
		g.entries = slices.Delete(g.entries, i, i+1)
		s.add(k, -1)
	}
	j.addLocked(s, g, k, e, now)
	return 0
}

// addLocked adds a cookie that the group does not have.
func (j *Jar) addLocked(s *store, g *group, k groupKey, e entry, now int64) {
	s.latest = max(s.latest, e.created)
	e.compact(g.domain)
	g.insert(e)
	s.add(k, 1)
	j.boundLocked(k, now)
}

// coversLocked reports whether a Secure cookie of the group would be covered by e.
func (j *Jar) coversLocked(k groupKey, e *entry, now int64) bool {
	g := j.store.groups[k]
	if g == nil {
		return false
	}
	for i := range g.entries {
		o := &g.entries[i]
		if !o.secure || o.name != e.name || o.dead(now) {
			continue
		}
		if (domainMatch(o.domain, e.domain) || domainMatch(e.domain, o.domain)) && pathMatch(e.path, o.path) {
			return true
		}
	}
	return false
}

// compact makes the entry hold no more than it needs: its strings are parts of a header and of a URL.
func (e *entry) compact(domain string) {
	path, own := e.path, e.domain
	if path == "/" {
		path = ""
	}
	if own == domain {
		own = ""
	}
	text := strings.Join([]string{e.name, e.value, path, own}, "")
	cut := func(n int) (s string) { s, text = text[:n], text[n:]; return s }
	e.name, e.value = cut(len(e.name)), cut(len(e.value))
	if e.path = cut(len(path)); e.path == "" {
		e.path = "/"
	}
	if e.domain = text; own == "" {
		e.domain = domain
	}
}
