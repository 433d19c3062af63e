package loader

import (
	"strings"

	"pageload/conn"
	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/weburl"
)

// A Scope widens or narrows what a profile fetches, for crawlers and archivers.
// The zero value is what a browser fetches. What is left out is told by an event
// of the kind waterfall.Skipped, as long as there are not too many.
type Scope struct {
	// NoScript loads pages as a browser with scripts switched off: scripts are
	// neither fetched nor waited for, noscript elements count, and loading=lazy
	// does not (HTML standard, "scripting is disabled").
	NoScript bool
	// AllImages fetches all images that srcset and picture offer, not only the one
	// for the device.
	AllImages bool
	// AllStyles fetches all that style sheets name, whether a rule matches, a
	// font is used and a medium is the device's or not.
	AllStyles bool
	// Types are the only types of subresources that are fetched; empty: all. Style
	// sheets that are not fetched name nothing.
	Types []waterfall.Type
	// Hosts are the only hosts from which subresources are fetched, NotHosts those
	// from which none is. In both "*" stands for any run of characters, as in
	// "*.example.com". Empty: any, and none.
	Hosts, NotHosts []string
	// Allow is asked about each subresource that the fields above let through;
	// false leaves it out. Nil: all are fetched. It is called while the page
	// loads, also for redirects on other goroutines, and must not wait.
	Allow func(url string, typ waterfall.Type) bool
}

// excludes returns why a subresource is left out, "" where it is not.
func (s *Scope) excludes(u weburl.URL, typ waterfall.Type) string {
	if s.NoScript && typ == waterfall.Script {
		return "Scope.NoScript"
	}
	if len(s.Types) > 0 && !contains(s.Types, typ) {
		return "Scope.Types"
	}
	if host, _ := u.Address(); (len(s.Hosts) > 0 || len(s.NotHosts) > 0) && host != "" {
		if len(s.Hosts) > 0 && !matchesHost(s.Hosts, host) {
			return "Scope.Hosts"
		}
		if matchesHost(s.NotHosts, host) {
			return "Scope.NotHosts"
		}
	}
	if s.Allow != nil && !s.Allow(u.String(), typ) {
		return "Scope.Allow"
	}
	return ""
}

func contains(types []waterfall.Type, typ waterfall.Type) bool {
	for _, t := range types {
		if t == typ {
			return true
		}
	}
	return false
}

func matchesHost(patterns []string, host string) bool {
	for _, p := range patterns {
		if (conn.ConnectTo{Pattern: strings.TrimSpace(p)}).Match(host, 0) {
			return true
		}
	}
	return false
}

// inScope reports whether the profile's scope has room for a subresource.
func (f *frame) inScope(w *want) bool {
	s := &f.l.profile.Scope
	if !s.NoScript && len(s.Types) == 0 && len(s.Hosts) == 0 && len(s.NotHosts) == 0 && s.Allow == nil {
		return true
	}
	why := s.excludes(w.url, w.typ)
	if why != "" && f.once("scope "+string(w.typ)+" "+w.url.String()) {
		f.l.skipped(f, "%s leaves out %s", why, short(w.url.String()))
	}
	return why == ""
}

// alternatives fetches the images that a device would not have chosen.
func (f *frame) alternatives(ref *parse.Ref, chosen *want) {
	for _, u := range ref.Candidates {
		if u.WithoutFragment() == chosen.url.WithoutFragment() || !fetchable(u) {
			continue
		}
		w := *chosen
		w.url, w.foundBy, w.rules = u, "srcset", schedule.Resource{}
		f.fetch(w)
	}
}

// everythingOf fetches all that a style sheet names, imports aside.
func (f *frame) everythingOf(s *sheet, parsed *css.Sheet, referrer weburl.URL) {
	for _, ref := range parsed.Refs() {
		w := want{
			url: ref.URL, typ: waterfall.Image, destination: fetch.Image, mode: fetch.NoCORS, referrer: referrer, foundBy: "style",
			initiator: waterfall.Initiator{Type: "parser", URL: referrer.WithoutFragment().String(), Line: ref.Line},
		}
		switch ref.Kind {
		case css.RefImport:
			continue // followed anyway
		case css.RefFont:
			w.typ, w.destination, w.mode, w.credentials = waterfall.Font, fetch.Font, fetch.CORS, fetch.SameOriginCredentials
		case css.RefDocument:
			w.typ, w.mode = waterfall.Other, fetch.SameOrigin
		}
		if ref.Err == nil && fetchable(ref.URL) {
			f.fetch(w)
		}
	}
}
