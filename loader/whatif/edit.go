package whatif

import (
	"fmt"
	"slices"
	"strings"

	"pageload/loader/schedule"
	"pageload/loader/waterfall"
)

// edit finds the requests that are to be removed, and those that are to be
// preloaded.
func (s *simulation) edit(w *waterfall.Waterfall) error {
	if err := s.remove(w); err != nil {
		return err
	}
	return s.preload(w)
}

// move lets requests go to the hosts that the options say.
func (s *simulation) move() {
	to := make(map[string]string, len(s.o.Move))
	for from, host := range s.o.Move {
		to[strings.ToLower(from)] = strings.ToLower(host)
	}
	if len(to) == 0 {
		return
	}
	moved := func(u string) (string, bool) {
		_, host, ok := split(u)
		if !ok || to[host] == "" {
			return u, false
		}
		return moveURL(u, to[host]), true
	}
	for _, n := range s.nodes {
		u, ok := moved(n.req.URL)
		by, also := moved(n.req.Initiator.URL)
		if !ok && !also {
			continue
		}
		r := *n.req
		r.URL, r.Initiator.URL = u, by
		n.req = &r
		if !ok || n.origin == nil {
			continue
		}
		scheme, host, _ := split(u)
		o := s.origins[scheme+"://"+host]
		if o == nil { // as far away as the old one
			o = &origin{}
			*o = *n.origin
			o.name, o.host, o.row = scheme+"://"+host, host, nil
			s.origins[o.name] = o
		}
		n.origin = o
	}
}

// moveURL gives a URL another host.
func moveURL(u, host string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	tail := ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		tail = rest[i:]
	}
	return scheme + "://" + host + tail
}

// remove finds the requests of hosts, and what came of them.
func (s *simulation) remove(w *waterfall.Waterfall) error {
	s.removed = make([]bool, len(w.Requests))
	if len(s.o.Remove) == 0 {
		return nil
	}
	causes, main := w.Causes(), true
	for i := range w.Requests {
		r := &w.Requests[i]
		_, host, ok := split(r.URL)
		s.removed[i] = ok && slices.ContainsFunc(s.o.Remove, func(p string) bool { return matches(host, p) }) || causes[i] >= 0 && s.removed[causes[i]]
		if main = main && r.Type == waterfall.Document; main && s.removed[i] {
			return fmt.Errorf("whatif: remove: without %s there is no page", host)
		}
	}
	return nil
}

// preload finds the requests that are asked for ahead.
func (s *simulation) preload(w *waterfall.Waterfall) error {
	s.preloaded = map[int]bool{}
	for _, u := range s.o.Preload {
		i := slices.IndexFunc(w.Requests, func(r waterfall.Request) bool { return r.URL == u && r.Type != waterfall.Document })
		if i < 0 {
			return fmt.Errorf("whatif: preload: the recording has no subresource %s", u)
		}
		s.preloaded[i] = true
	}
	for _, u := range s.o.Preconnect {
		if scheme, _, ok := split(u); !ok || scheme != "http" && scheme != "https" {
			return fmt.Errorf("whatif: preconnect: %q is no origin such as https://cdn.example.com", u)
		}
	}
	return nil
}

// ahead changes what the options ask for ahead of its time.
func (s *simulation) ahead() {
	for _, n := range s.nodes {
		if !s.preloaded[n.index] {
			continue
		}
		n.trigger, n.after, n.lag, n.pos, n.doc = byBytes, nil, 0, 0, s.main
		r := *n.req
		var d schedule.Document
		n.priority, _ = d.Initial(schedule.Resource{Type: r.Type, LinkPreload: true})
		r.Priority, r.LinkPreload, r.FoundBy = waterfall.Priority(n.priority.String()), true, "scanner"
		r.Initiator = waterfall.Initiator{Type: "parser", URL: s.main.node.req.URL, Line: 1}
		n.req = &r
	}
	for _, u := range s.o.Preconnect {
		if o := s.origin(u); o != nil {
			s.preconnects = append(s.preconnects, s.groupOf(o, false))
		}
	}
}
