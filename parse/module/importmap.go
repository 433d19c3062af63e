package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pageload/parse/weburl"
)

// A Map is an import map (HTML standard, section 8.1.6.1). A nil Map is the
// empty one. It is not changed once made.
type Map struct {
	imports entries
	scopes  []scope // longest prefix first
}

// entries are what specifiers stand for. A zero URL blocks its specifier.
type entries map[string]weburl.URL

type scope struct {
	prefix  string
	imports entries
}

// ParseMap reads an import map. Entries that are not usable block their
// specifier, as the standard says; an error means that nothing is.
func ParseMap(src []byte, base weburl.URL) (*Map, error) {
	var top struct {
		Imports json.RawMessage            `json:"imports"`
		Scopes  map[string]json.RawMessage `json:"scopes"`
	}
	if err := json.Unmarshal(src, &top); err != nil {
		return nil, fmt.Errorf("module: import map: %w", err)
	}
	m := &Map{imports: entries{}}
	if len(top.Imports) > 0 {
		list, err := parseEntries(top.Imports, base)
		if err != nil {
			return nil, fmt.Errorf("module: import map: imports: %w", err)
		}
		m.imports = list
	}
	for prefix, raw := range top.Scopes {
		u, err := base.Parse(prefix)
		if err != nil {
			continue // the standard warns and goes on
		}
		list, err := parseEntries(raw, base)
		if err != nil {
			return nil, fmt.Errorf("module: import map: scope %q: %w", prefix, err)
		}
		m.scopes = append(m.scopes, scope{u.String(), list})
	}
	m.sort()
	return m, nil
}

func (m *Map) sort() {
	slices.SortFunc(m.scopes, func(a, b scope) int { return strings.Compare(b.prefix, a.prefix) })
}

func parseEntries(raw json.RawMessage, base weburl.URL) (entries, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return nil, errors.New("not an object")
	}
	var list map[string]any
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	out := entries{}
	for key, value := range list {
		if key == "" {
			continue
		}
		if u, ok := urlLike(key, base); ok {
			key = u.String()
		}
		out[key] = weburl.URL{}
		address, ok := value.(string)
		if !ok {
			continue
		}
		u, ok := urlLike(address, base)
		if !ok || strings.HasSuffix(key, "/") && !strings.HasSuffix(u.String(), "/") {
			continue
		}
		out[key] = u
	}
	return out, nil
}

// urlLike resolves a specifier that is a URL or begins with /, ./ or ../
// (HTML standard, "resolve a URL-like module specifier").
func urlLike(s string, base weburl.URL) (weburl.URL, bool) {
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") {
		u, err := base.Parse(s)
		return u, err == nil
	}
	u, err := weburl.Parse(s)
	return u, err == nil
}

// Resolve turns a specifier of the module at base into a URL (HTML standard,
// "resolve a module specifier"). The error says that the map blocks it, or that
// it is a bare name which no map explains.
func (m *Map) Resolve(specifier string, base weburl.URL) (weburl.URL, error) {
	u, isURL := urlLike(specifier, base)
	name := specifier
	if isURL {
		name = u.String()
	}
	if m != nil {
		at := base.String()
		for _, s := range m.scopes {
			if s.prefix == at || strings.HasSuffix(s.prefix, "/") && strings.HasPrefix(at, s.prefix) {
				if r, ok, err := s.imports.match(name, isURL && !u.IsSpecial()); ok || err != nil {
					return r, err
				}
			}
		}
		if r, ok, err := m.imports.match(name, isURL && !u.IsSpecial()); ok || err != nil {
			return r, err
		}
	}
	if isURL {
		return u, nil
	}
	return weburl.URL{}, fmt.Errorf("module: %q: a bare name that no import map explains", specifier)
}

// match looks a specifier up, whole or by its longest prefix that ends in a
// slash. opaque: it is a URL of a scheme whose prefixes mean nothing.
func (e entries) match(name string, opaque bool) (u weburl.URL, ok bool, err error) {
	if u, ok := e[name]; ok {
		if u.IsZero() {
			return u, false, fmt.Errorf("module: %q: blocked by an import map's null entry", name)
		}
		return u, true, nil
	}
	if opaque {
		return weburl.URL{}, false, nil
	}
	for i := len(name) - 1; i > 0; i-- {
		if name[i-1] != '/' {
			continue
		}
		to, ok := e[name[:i]]
		if !ok {
			continue
		}
		if to.IsZero() {
			return to, false, fmt.Errorf("module: %q: blocked by an import map's null entry", name)
		}
		u, err := to.Parse(name[i:])
		if err != nil || !strings.HasPrefix(u.String(), to.String()) {
			return u, false, fmt.Errorf("module: %q: leads out of %s", name, to.String())
		}
		return u, true, nil
	}
	return weburl.URL{}, false, nil
}

// Merge returns the map that results when o is added to m: what m has already
// stays (HTML standard, "merge existing and new import maps"). Both may be nil.
func (m *Map) Merge(o *Map) *Map {
	switch {
	case m == nil:
		return o
	case o == nil:
		return m
	}
	out := &Map{imports: maps.Clone(o.imports)}
	maps.Copy(out.imports, m.imports)
	byPrefix := map[string]entries{}
	for _, s := range o.scopes {
		byPrefix[s.prefix] = maps.Clone(s.imports)
	}
	for _, s := range m.scopes {
		if byPrefix[s.prefix] == nil {
			byPrefix[s.prefix] = entries{}
		}
		maps.Copy(byPrefix[s.prefix], s.imports)
	}
	for prefix, list := range byPrefix {
		out.scopes = append(out.scopes, scope{prefix, list})
	}
	out.sort()
	return out
}
