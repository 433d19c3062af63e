package cookies

import (
	"fmt"
	"strings"
	"time"

	"pageload/parse/weburl"
)

// Set puts a cookie into the jar as it is, as if its own host had sent it over https: no rule of SameSite is asked. It fails for one that a
// browser would never have: with no name and no value, control characters, a domain that is a public suffix, or a prefix that its
// attributes do not keep.
func (j *Jar) Set(c Cookie) error {
	if why := j.set(&c); why != nil {
		return errorf("%w", why)
	}
	return nil
}

func (j *Jar) set(c *Cookie) error {
	e, why := entryOf(c)
	if why != "" {
		return fmt.Errorf("cookie %q for %q: %s", cut(c.Name), cut(c.Domain), why)
	}
	now := j.now().UnixMicro()
	if e.expires != 0 {
		e.expires = min(e.expires, now+maxLife*1_000_000)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case c.Created.IsZero() && j.store != nil:
		e.created = max(now, j.store.latest+1)
	case c.Created.IsZero() || e.created > now+accessGrain: // by another clock; those of one moment are a microsecond apart
		e.created = now
	}
	if c.LastUsed.IsZero() {
		e.used = e.created
	}
	j.setLocked(e, c.Partition, now)
	return nil
}

// setLocked is putLocked for a cookie that brings its own time of creation.
func (j *Jar) setLocked(e entry, p Partition, now int64) {
	k := keyOf(e.domain, p)
	if j.store != nil {
		j.removeLocked(k, e.replaces)
	}
	if !e.dead(now) {
		j.addLocked(j.ownStoreLocked(), j.ownGroupLocked(k), k, e, now)
	}
}

// entryOf makes an entry of what a user or a file gave, or says why not.
func entryOf(c *Cookie) (e entry, why string) {
	domain, err := weburl.ParseHost(strings.TrimPrefix(c.Domain, "."))
	path := c.Path
	if path == "" {
		path = "/"
	}
	l := line{name: c.Name, value: c.Value, secure: c.Secure, httpOnly: c.HTTPOnly, path: path}
	if !c.HostOnly {
		l.domain = domain
	}
	switch {
	case c.Name == "" && c.Value == "":
		return e, "neither name nor value"
	case !pure(c.Name, c.Value):
		return e, "control characters, a semicolon, space around name or value, or an equals sign in the name (in the value, without a name)"
	case strings.ContainsFunc(path, isControl), strings.ContainsRune(path, '\t'):
		return e, "control character in the path"
	case len(c.Name)+len(c.Value) > maxPair:
		return e, "name and value are longer than 4096 bytes"
	case path[0] != '/' || len(path) > maxPath:
		return e, "path does not begin with a slash, or is longer than 8192 bytes"
	case err != nil || domain == "":
		return e, "no valid domain"
	case !c.HostOnly && registrable(domain) == "":
		return e, "its domain is a public suffix, a name of one label or an address: it must be host-only"
	case !l.checkPrefix(true):
		return e, "attributes that its prefix forbids"
	case c.Partition != (Partition{}) && !c.Secure:
		return e, "partitioned without Secure"
	case c.SameSite > Strict || c.Priority > High:
		return e, "unknown SameSite or Priority"
	}
	e = entry{
		name: c.Name, value: c.Value, domain: domain, hostOnly: c.HostOnly, path: path, secure: c.Secure, httpOnly: c.HTTPOnly,
		sameSite: c.SameSite, priority: c.Priority,
	}
	if !c.Created.IsZero() {
		e.created = micros(c.Created)
	}
	if !c.LastUsed.IsZero() {
		e.used = micros(c.LastUsed)
	}
	if !c.Expires.IsZero() {
		e.expires = max(1, micros(c.Expires))
	}
	return e, ""
}

// pure reports whether a Set-Cookie field can say this name and value.
func pure(name, value string) bool {
	switch {
	case strings.ContainsRune(name, '\t') || strings.ContainsRune(value, '\t'):
		return false
	case strings.ContainsFunc(name, isControl), strings.ContainsFunc(value, isControl), strings.ContainsAny(name, "=;"),
		strings.ContainsRune(value, ';'), trim(name) != name, trim(value) != value:
		return false
	}
	return name != "" || value != "" && strings.IndexByte(value, '=') < 0
}

// micros is t in microseconds since 1970, for all times that a cookie can have and the nearest of them for others.
func micros(t time.Time) int64 {
	return 1_000_000*min(max(t.Unix(), 0), maxSeconds) + int64(t.Nanosecond()/1000)
}
