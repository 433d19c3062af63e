package parse

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/css"
	"pageload/parse/dom"
)

// scanner is the preload scanner: it sees each tag as soon as its last byte
// is there, and reports what Chromium's HTMLPreloadScanner requests.
type scanner struct {
	p         *Parser
	pass      pass
	refs      []Ref    // of the piece at hand
	silent    bool     // nobody asks for them
	stopped   bool     // until the end of the chunk, by a meta CSP
	halted    bool     // it was once
	templates []bool   // open template tags; true: declarative shadow root
	inert     int      // those that are none
	picture   bool     // within a picture
	nested    int      // elements open within it
	chosen    chosen   // what its sources have chosen
	style     bool     // within a style element
	styleText dom.Span // its text so far
}

// take returns what was found since the last time.
func (s *scanner) take() []Ref {
	if len(s.refs) == 0 {
		return nil
	}
	refs := slices.Clone(s.refs)
	clear(s.refs)
	s.refs = s.refs[:0]
	return refs
}

// token looks at one token.
func (s *scanner) token(t *token) {
	switch t.kind {
	case startTag:
		s.start(t)
	case endTag:
		s.end(t)
	case textToken, cdataToken:
		if s.style {
			if s.styleText.End == 0 {
				s.styleText.Start = t.start
			}
			s.styleText.End = t.end
		}
	}
}

func (s *scanner) end(t *token) {
	switch t.atom {
	case atom.Template:
		if n := len(s.templates); n > 0 {
			if !s.templates[n-1] {
				s.inert--
			}
			s.templates = s.templates[:n-1]
		}
	case atom.Style:
		if s.style && s.styleText.End > 0 && !s.stopped {
			s.imports()
		}
		s.style = false
	case atom.Picture:
		s.picture, s.chosen = false, chosen{}
	default:
		if s.picture && s.nested > 0 {
			s.nested--
		}
	}
}

// maxTemplates bounds how deep template tags are followed.
const maxTemplates = 1 << 10

func (s *scanner) start(t *token) {
	tg := tag{&s.p.z, t}
	if t.atom == atom.Template && !t.foreign {
		if len(s.templates) < maxTemplates {
			mode := strings.ToLower(tg.get("shadowrootmode"))
			shadow := mode == "open" || mode == "closed"
			s.templates = append(s.templates, shadow)
			if !shadow {
				s.inert++
			}
		}
		return
	}
	if s.inert > 0 || s.stopped {
		return
	}
	if t.foreign {
		s.startForeign(tg)
		return
	}
	switch t.atom {
	case atom.Img, atom.Image:
		r, ok := s.p.image(&s.pass, tg, s.chosenFor())
		if ok && !r.Lazy {
			r.ElementName = "img"
			s.add(r)
		}
		s.pass.inBody = true
	case atom.Link:
		s.p.links(&s.pass, tg, s.add)
	case atom.Script:
		s.script(tg, false)
	case atom.Style:
		s.startStyle(tg)
	case atom.Source:
		if s.picture && s.nested == 0 && !s.chosen.ok {
			if c, ok := s.p.source(tg); ok {
				s.chosen = c
			}
		}
	case atom.Picture:
		s.picture, s.nested, s.chosen = true, 0, chosen{}
	case atom.Input:
		if strings.EqualFold(tg.get("type"), "image") {
			s.simple(tg, tg.get("src"))
		}
	case atom.Video:
		s.nest(t)
		s.simple(tg, tg.get("poster"))
	case atom.Body:
		s.pass.inBody = true
	case atom.Base:
		if len(s.templates) == 0 { // not within a shadow root
			s.p.setBase(&s.pass, tg)
		}
	case atom.Meta:
		s.meta(tg)
	default:
		s.nest(t)
	}
}

func (s *scanner) nest(t *token) {
	if s.picture && !isVoid(t.atom) {
		s.nested++
	}
}

func (s *scanner) chosenFor() chosen {
	if s.picture && s.nested == 0 {
		return s.chosen
	}
	return chosen{}
}

// startForeign handles tags of SVG. Chromium's scanner does not know
// namespaces; what it makes of these names was recorded.
func (s *scanner) startForeign(t tag) {
	switch t.atom {
	case atom.Image:
		if r, ok := s.p.newRef(&s.pass, t, Image, t.href()); ok {
			s.p.size(r, t)
			s.add(r)
		}
	case atom.Script:
		s.script(t, true)
	case atom.Style:
		s.startStyle(t)
	}
}

// simple reports an image that has one attribute for its URL.
func (s *scanner) simple(t tag, raw string) {
	if r, ok := s.p.newRef(&s.pass, t, Image, raw); ok {
		s.p.size(r, t)
		s.add(r)
	}
}

func (s *scanner) script(t tag, svg bool) {
	if r, external, _ := s.p.scriptRef(&s.pass, t, svg); external && !r.NoModule {
		s.add(&r)
	}
}

// startStyle notes a style element whose imports are to be read. Chromium's
// scanner does not look at its type.
func (s *scanner) startStyle(t tag) {
	if v := t.get("media"); v != "" && !css.ParseMedia(v).Match(s.p.opts.Device) {
		return
	}
	s.style, s.styleText = !t.selfClosing || !t.foreign, dom.Span{}
}

// imports reports the imports at the head of a style element.
func (s *scanner) imports() {
	text := s.styleText
	at := tag{&s.p.z, &token{start: text.Start, end: text.End, atom: atom.Style}}
	for _, im := range css.ScanImports(s.p.z.src[text.Start:text.End]) {
		if !im.Plain {
			continue
		}
		if r, ok := s.p.newRef(&s.pass, at, Import, im.URL); ok {
			s.add(r)
		}
	}
}

func (s *scanner) meta(t tag) {
	switch equiv := t.get("http-equiv"); {
	case strings.EqualFold(equiv, "content-security-policy") && t.has("content"):
		s.stopped, s.halted = true, true
	case strings.EqualFold(t.get("name"), "referrer"):
		if v := referrerPolicy(t.get("content")); v != "" {
			s.pass.policy = v
		}
	}
}

// add reports a reference, unless it is data or Chromium blocks it for the
// user name in it: those come from the tree builder.
func (s *scanner) add(r *Ref) {
	if !s.silent && r.Err == nil && r.URL.Scheme() != "data" && r.URL.Username() == "" && r.URL.Password() == "" {
		s.refs = append(s.refs, *r)
	}
}
