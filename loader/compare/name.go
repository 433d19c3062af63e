package compare

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A name is a request's URL in parts, as the rules of matching look at it.
type name struct {
	prefix string // method, and whether it is where a redirect led
	raw    string // the URL without its fragment
	scheme string
	host   string // with a port that is not the page's; "(page)" for the page's own host
	path   string
	query  string // without "?"
	typ    string
	opaque bool // it is no URL that could be taken apart
}

// longest bounds what of a URL is taken apart: what a page names can be any length.
const longest = 8 << 10

func nameOf(method, u, typ, pageHost string, redirect bool) name {
	raw, _, _ := strings.Cut(u, "#")
	n := name{prefix: method + " ", raw: raw, typ: typ}
	if redirect {
		n.prefix += "redirected "
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || len(raw) > longest {
		n.opaque = true
		return n
	}
	n.scheme = scheme
	rest, n.query, _ = strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	n.host, n.path = ownHost(strings.ToLower(host), pageHost), "/"+path
	return n
}

// ownHost replaces the page's own host, and its port where another host has it
// too: test servers get another one each time. So they do where the port is one of
// those that a system gives to who asks for none (RFC 6335, section 6; Linux begins at 32768).
func ownHost(host, page string) string {
	if host == page {
		return "(page)"
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		if port, err := strconv.ParseUint(host[i+1:], 10, 16); err == nil && port >= 32768 {
			return host[:i]
		}
	}
	if i := strings.LastIndexByte(page, ':'); i >= 0 && !strings.HasSuffix(page, "]") {
		return strings.TrimSuffix(host, page[i:])
	}
	return host
}

// hostOf returns host and port of a URL in lower case, "" if it has none.
func hostOf(u string) string {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return strings.ToLower(rest[strings.LastIndexByte(rest, '@')+1:])
}

// key returns what two requests have in common where the rule matches them; ok is
// false where the rule does not apply.
func (n *name) key(r Rule) (key string, ok bool) {
	if r == SameURL {
		return n.prefix + n.raw, true
	}
	if n.opaque {
		return "", false
	}
	host, path, query := n.host, n.path, n.query
	switch r {
	case SamePage:
	case SameButNoise:
		query = quiet(query, false)
	case SameName:
		path, query = unversioned(path), quiet(query, false)
	case SamePath:
		path, query = unversioned(path), quiet(query, true)
	case SameShard:
		path, query = unversioned(path), quiet(query, true)
		label, rest, _ := strings.Cut(host, ".")
		host = strings.Map(func(c rune) rune {
			if '0' <= c && c <= '9' {
				return -1
			}
			return c
		}, label) + "." + rest
	}
	if r >= SameName {
		path = n.typ + " " + path
	}
	return n.prefix + n.scheme + "://" + host + path + "?" + query, true
}

// noise are parameters whose values say nothing of what is asked for.
var noise = []string{
	"_", "__", "cb", "cachebust", "cachebuster", "cache", "fbclid", "gclid", "hash", "nc", "nocache", "nonce", "r", "rand", "random", "rev", "rnd",
	"sid", "session", "sessionid", "t", "time", "timestamp", "ts", "v", "ver", "version", "token", "uuid",
}

// quiet sorts a query's parameters and leaves out values that are noise, or all.
func quiet(query string, all bool) string {
	if query == "" {
		return ""
	}
	list := strings.Split(query, "&")
	for i, p := range list {
		k, v, _ := strings.Cut(p, "=")
		lower := strings.ToLower(k)
		if u, err := url.QueryUnescape(v); err == nil {
			v = u
		}
		switch {
		case all, slices.Contains(noise, lower), strings.HasPrefix(lower, "utm_"), unversioned(v) != v:
			list[i] = k + "="
			if unversioned(k) != k && v == "" { // app.js?3f9a1c22
				list[i] = "*"
			}
		case v == "" && unversioned(k) != k:
			list[i] = "*"
		}
	}
	slices.Sort(list)
	return strings.Join(list, "&")
}

// unversioned replaces hashes, times and versions in a path by "*".
func unversioned(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); {
		n := 0
		for i+n < len(path) && wordByte(path[i+n]) {
			n++
		}
		if n == 0 {
			b.WriteByte(path[i])
			i++
			continue
		}
		if m := dotted(path[i:]); m > n { // 3.6.0
			b.WriteByte('*')
			i += m
			continue
		}
		if m := uuid(path[i:]); m > 0 {
			b.WriteByte('*')
			i += m
			continue
		}
		if word := path[i : i+n]; volatile(word) {
			b.WriteByte('*')
		} else {
			b.WriteString(word)
		}
		i += n
	}
	return b.String()
}

func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// dotted returns the length of a version such as 3.6.0 or v2.1 at the beginning
// of s, 0 if there is none.
func dotted(s string) int {
	i, dots := 0, 0
	if len(s) > 1 && s[0] == 'v' {
		i = 1
	}
	for {
		digits := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		if i == digits {
			if dots > 0 {
				i-- // the dot belongs to what follows
				dots--
			}
			break
		}
		if i == len(s) || s[i] != '.' {
			break
		}
		i++
		dots++
	}
	if dots == 0 || i < len(s) && wordByte(s[i]) {
		return 0
	}
	return i
}

// uuid returns 36 where s begins with a UUID.
func uuid(s string) int {
	if len(s) < 36 || len(s) > 36 && wordByte(s[36]) {
		return 0
	}
	for i := range 36 {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !hex(s[i]) {
			return 0
		}
	}
	return 36
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// volatile reports whether a word looks like a hash or a time.
func volatile(w string) bool {
	digits, lower, upper, hexes := 0, 0, 0, 0
	for i := range len(w) {
		c := w[i]
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		}
		if hex(c) {
			hexes++
		}
	}
	letters := lower + upper
	switch {
	case digits == len(w):
		return digits >= 10
	case hexes == len(w):
		return len(w) >= 6 && digits > 0 && letters > 0 && digits+letters == len(w) && (len(w) >= 8 || digits > 1 && letters > 1)
	}
	return len(w) >= 8 && digits > 0 && lower > 0 && upper > 0 || len(w) >= 16 && digits >= 3 && letters >= 3
}
