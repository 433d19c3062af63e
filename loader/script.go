package loader

import (
	"pageload/fetch/policy"
	"pageload/parse"
)

// A script is a script element whose code would run.
type script struct {
	resource *resource // nil for an inline module
	module   *module   // of a module script
}

// arrived reports whether the script's bytes, and those of all it imports, are
// here or will not come. It does not run, but what waits for it waits.
func (s *script) arrived() bool {
	if s.resource != nil && s.resource.state != ended {
		return false
	}
	return s.module == nil || s.module.arrived(map[*module]bool{})
}

// externalScript places a script element in the order of execution
// (HTML standard, 4.12.1.1, prepare the script element).
func (f *frame) externalScript(ref *parse.Ref, r *resource) {
	s := &script{resource: r}
	if ref.Script == parse.Module {
		s.module = f.moduleOf(r)
	}
	switch {
	case ref.Async:
	case ref.Defer || ref.Script == parse.Module:
		f.deferred = append(f.deferred, s)
	default:
		f.wait.script = s
	}
}

// inlineScript places a script element without src.
func (f *frame) inlineScript(e *parse.Event) {
	if f.device.NoScript || !f.allowsInline(policy.InlineScript, e.Ref.Nonce, e.Text) {
		return
	}
	switch e.Ref.Script {
	case parse.Module:
		m := f.inlineModule(e)
		if !e.Ref.Async {
			f.deferred = append(f.deferred, &script{module: m})
		}
	case parse.Classic:
		f.wait.inline = true
	case parse.ImportMap:
		f.importMap(e)
	}
}
