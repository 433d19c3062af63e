package main

import (
	"fmt"
	"strings"

	"pageload/loader/waterfall"
)

// found is stage 7: what the document named, in the order in which it was found.
func (t *teller) found() stage {
	s := stage{Number: 7, Title: "The HTML is parsed while it arrives", Package: "parse, loader"}
	for _, n := range t.wf.Hints {
		s.at(n.At, "%s", n.Text)
	}
	t.list(&s, func(r *waterfall.Request) (string, bool) {
		if r.Redirect || r.FoundBy == "navigation" || r.FoundBy == "style" {
			return "", false
		}
		where := ""
		switch {
		case r.Offset > 0 && r.Initiator.Line > 0:
			where = fmt.Sprintf("byte %d, line %d", r.Offset, r.Initiator.Line)
		case r.Offset > 0:
			where = fmt.Sprintf("byte %d", r.Offset)
		case r.Initiator.Line > 0:
			where = fmt.Sprintf("line %d", r.Initiator.Line)
		}
		text := fmt.Sprintf("%s %s, by the %s", strings.ToLower(string(r.Type)), r.URL, r.FoundBy)
		if where != "" {
			text = where + ": " + text
		}
		if r.Frame != 0 || r.FoundBy == "import" {
			text += " of " + r.Initiator.URL
		}
		return text, true
	})
	if len(s.Lines) == 0 {
		s.say("it names nothing that is fetched")
	}
	s.sort()
	for i, n := range t.wf.Skipped {
		if i == most && !t.options.all {
			s.say("and %d more that make no request", len(t.wf.Skipped)-i)
			break
		}
		s.at(n.At, "not requested: %s", n.Text)
	}
	return s
}

// list adds a line for each request that has one, the first of them only where
// not all are wanted.
func (t *teller) list(s *stage, tell func(*waterfall.Request) (string, bool)) {
	n := 0
	for i := range t.wf.Requests {
		r := &t.wf.Requests[i]
		text, ok := tell(r)
		if !ok {
			continue
		}
		if n++; n <= most || t.options.all {
			s.at(r.Start, "#%d %s", r.ID, text)
		}
	}
	if n > most && !t.options.all {
		s.say("and %d more (-all tells them)", n-most)
	}
}

// fetched is stage 8.
func (t *teller) fetched() stage {
	s := stage{Number: 8, Title: "Subresources are fetched", Package: "loader, fetch, conn"}
	t.list(&s, func(r *waterfall.Request) (string, bool) {
		if r.FoundBy == "navigation" {
			return "", false
		}
		return fetchedAs(r), true
	})
	if len(s.Lines) == 0 {
		s.say("there are none")
	}
	return s
}

// fetchedAs is how one subresource was fetched: what it waited for, on which
// connection, how long, and what came of it.
func fetchedAs(r *waterfall.Request) string {
	var parts []string
	priority := string(r.Priority)
	if r.FinalPriority != r.Priority {
		priority += " then " + string(r.FinalPriority)
	}
	parts = append(parts, shortName(r.URL)+", "+priority)
	for _, w := range r.Waits {
		if w.To != waterfall.None && w.To > w.From {
			parts = append(parts, fmt.Sprintf("waited %s: %s", ms(w.To-w.From), w.Reason))
		}
	}
	switch {
	case r.FromCache != "":
		parts = append(parts, "from the "+r.FromCache+" cache")
	case r.ConnID != 0 && r.Reused:
		parts = append(parts, fmt.Sprintf("on connection #%d", r.ConnID))
	case r.ConnID != 0:
		parts = append(parts, fmt.Sprintf("on connection #%d, new", r.ConnID))
	}
	p := r.Phases()
	if r.Times.SendStart != waterfall.None {
		parts = append(parts, fmt.Sprintf("answered after %s, body %s", ms(p.Wait), ms(p.Receive)))
	}
	switch {
	case r.BlockedReason != "":
		parts = append(parts, "refused: "+plainError(r))
	case r.Err != "":
		parts = append(parts, "failed: "+plainError(r))
	case r.RedirectURL != "":
		parts = append(parts, fmt.Sprintf("%d, to %s", r.Status, r.RedirectURL))
	case r.Status != 0:
		parts = append(parts, fmt.Sprintf("%d, %s", r.Status, count(r.Transferred(), "byte")))
	}
	return strings.Join(parts, "; ")
}

// shortName is a URL without its scheme.
func shortName(u string) string {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return u
	}
	return rest
}

// styled is stage 9.
func (t *teller) styled() stage {
	s := stage{Number: 9, Title: "Style sheets ask for what is used", Package: "parse/css, loader"}
	t.list(&s, func(r *waterfall.Request) (string, bool) {
		if r.FoundBy != "style" || r.Redirect {
			return "", false
		}
		rule := or(r.Rule.Property, "a rule")
		if r.Rule.Line > 0 {
			rule += fmt.Sprintf(" at line %d", r.Rule.Line)
		}
		return fmt.Sprintf("%s %s, by %s of %s", strings.ToLower(string(r.Type)), r.URL, rule, r.Initiator.URL), true
	})
	if len(s.Lines) == 0 {
		s.say("no rule that applies asks for anything")
	}
	return s
}

// milestones is stage 10.
func (t *teller) milestones() stage {
	s := stage{Number: 10, Title: "Milestones", Package: "loader"}
	p := &t.wf.Page
	for _, m := range []struct {
		at   waterfall.Note
		what string
	}{
		{waterfall.Note{At: p.RenderStart}, "render start: nothing blocks rendering any more"},
		{waterfall.Note{At: p.DOMInteractive}, "DOM interactive: the parser has reached the end"},
		{waterfall.Note{At: p.DOMContentLoaded}, "DOMContentLoaded: deferred scripts are in"},
		{waterfall.Note{At: p.Load}, "load: all that delays the load event is in"},
	} {
		if m.at.At == waterfall.None {
			s.say("not reached: %s", m.what)
		} else {
			s.at(m.at.At, "%s", m.what)
		}
	}
	if p.Err != "" {
		s.say("not loaded: %s", p.Err)
	}
	for _, n := range t.wf.Limits {
		s.at(n.At, "a limit was reached: %s", n.Text)
	}
	return s
}
