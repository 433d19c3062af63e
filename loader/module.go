package loader

import (
	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse"
	pmodule "pageload/parse/module"
	"pageload/parse/weburl"
)

// A module is a node of a document's static module graph: what a module script
// imports is fetched, though nothing runs.
type module struct {
	resource *resource // nil for an inline module
	imports  []*module
	depth    int
	read     bool // its imports are known, or it will not come
}

// arrived reports whether the module and all it imports are here or will not
// come. seen ends cycles.
func (m *module) arrived(seen map[*module]bool) bool {
	if seen[m] {
		return true
	}
	seen[m] = true
	if !m.read {
		return false
	}
	for _, i := range m.imports {
		if !i.arrived(seen) {
			return false
		}
	}
	return true
}

// moduleOf is the node of a module script's resource. A link rel=modulepreload
// has none until a script uses it: Chromium fetches what is preloaded, not what
// that imports.
func (f *frame) moduleOf(r *resource) *module {
	p := r.product()
	if p.module == nil {
		p.module = &module{resource: r}
		if r.state == ended {
			f.moduleArrived(r)
		}
	}
	return p.module
}

// moduleArrived reads the imports of a module whose resource has ended.
func (f *frame) moduleArrived(r *resource) {
	p := r.made
	if p == nil || p.module == nil || p.module.read {
		return
	}
	m := p.module
	m.read = true
	if p.body == nil || essence(p.mime) == "application/json" || essence(p.mime) == "text/css" {
		return
	}
	body, base := p.body, r.final()
	p.body = nil
	f.importsOf(m, body, base, waterfall.Initiator{Type: "script", URL: base.WithoutFragment().String()}, 0)
}

// inlineModule reads the imports of a module script without src.
func (f *frame) inlineModule(e *parse.Event) *module {
	m := &module{read: true}
	base := f.base()
	in := waterfall.Initiator{Type: "script", URL: base.WithoutFragment().String()}
	f.importsOf(m, []byte(e.Text), base, in, e.Ref.Line)
	return m
}

// importsOf asks for what a module imports (HTML standard, fetch the
// descendants of a module script). line is where an inline module begins.
func (f *frame) importsOf(m *module, src []byte, base weburl.URL, in waterfall.Initiator, line int) {
	l := f.l
	list, err := pmodule.Imports(src)
	if err != nil {
		l.skipped(f, "module %s: %v", short(in.URL), err)
	}
	urls := make([]weburl.URL, len(list))
	for i, imp := range list {
		// One name that cannot be resolved is an error of the whole module: it
		// imports nothing then (HTML standard, create a JavaScript module script).
		if urls[i], err = f.imports.Resolve(imp.Specifier, base); err != nil {
			l.skipped(f, "module %s: line %d: %v", short(in.URL), imp.Line, err)
			return
		}
	}
	for i, imp := range list {
		u := urls[i]
		if m.depth >= l.limits.ImportDepth {
			l.limitHit(m.resource, f.number, "modules imported more than %d deep (Limits.ImportDepth): %s is not fetched", l.limits.ImportDepth, short(u.String()))
			continue
		}
		in.Line = imp.Line
		if line > 0 {
			in.Line = line // an inline script's position is its element's
		}
		w := want{
			url: u, typ: waterfall.Script, destination: fetch.Script, foundBy: "import", initiator: in,
			referrer: base, rules: schedule.Resource{},
		}
		w.asModule()
		if m.resource != nil {
			w.credentials = m.resource.credentials
		}
		if !fetchable(u) {
			f.unfetchable(u, w)
			continue
		}
		r := f.fetch(w)
		if r == nil {
			continue
		}
		p := r.product()
		if p.module == nil {
			p.module = &module{resource: r, depth: m.depth + 1}
			if r.state == ended {
				f.moduleArrived(r)
			}
		}
		m.imports = append(m.imports, p.module)
	}
}

// mostImportMaps bounds the import maps of a document. Each is merged with those
// before it; sites have one.
const mostImportMaps = 100

// importMap takes a script type=importmap. Only maps that come before the first
// module count in full; later ones add what is not resolved yet, which for a
// page without code is the same (HTML standard, 8.1.6.2).
func (f *frame) importMap(e *parse.Event) {
	if f.importMaps++; f.importMaps > mostImportMaps {
		f.l.limitHit(nil, f.number, "more than %d import maps: the rest does not count", mostImportMaps)
		return
	}
	m, err := pmodule.ParseMap([]byte(e.Text), f.base())
	if err != nil {
		f.l.skipped(f, "line %d: import map: %v", e.Ref.Line, err)
		return
	}
	f.imports = f.imports.Merge(m)
}
