package policy

import (
	"fmt"
	"slices"
	"strings"

	"pageload/parse/weburl"
)

// Bounds of what a document may ask to be checked, well above what documents have, so that no server makes each request
// of its page expensive. What is over them is left out and named in Problems.
const (
	MaxPolicies   = 64   // of a document, those of meta elements included
	MaxDirectives = 256  // of a policy, unknown and repeated ones included
	MaxSources    = 2048 // source expressions of a directive; as hosts, some 40 KB
)

// maxProblems bounds Problems, so that a peer does not choose how much memory they take.
const maxProblems = 32

// Delivery is how a policy came to the document, which decides what of it counts.
type Delivery uint8

// The deliveries.
const (
	// Header is the field Content-Security-Policy.
	Header Delivery = iota
	// ReportOnly is the field Content-Security-Policy-Report-Only. Such a policy refuses nothing.
	ReportOnly
	// Meta is a meta element with http-equiv=Content-Security-Policy. frame-ancestors, sandbox and report-uri do not
	// count there (CSP section 3.3). In a meta element, Content-Security-Policy-Report-Only is nothing.
	Meta
)

// CSP is all the policies of a document; a request must pass each of them (CSP section 4.1.2). The zero value and nil
// have none and allow everything. It may be read by several goroutines while nobody calls Add.
type CSP struct {
	policies []Policy
	problems []string
}

// Policy is one parsed policy. It is immutable and safe for concurrent use; copies share what they refer to. The zero
// value allows everything.
type Policy struct {
	delivery   Delivery
	self       weburl.Origin
	directives []directive
	problems   []string
}

// directive is what a policy has under one name.
type directive struct {
	name  string // lower case
	value string // as it was, trimmed
	list  sourceList
}

// ParseCSP parses a header field's value, or the content of a meta element: policies separated by commas (CSP section
// 2.2.2; Chromium splits the content of a meta element too), most often one. self is the origin of the URL that the
// document came from, which 'self' and sources without a scheme mean: also where the document is sandboxed and its own
// origin is opaque. What cannot be parsed is left out, as in a browser, and named in Problems.
func ParseCSP(value string, self weburl.Origin, d Delivery) []Policy {
	var policies []Policy
	for text := range strings.SplitSeq(value, ",") {
		if text = strings.Trim(text, space); text == "" {
			continue
		}
		if len(policies) == MaxPolicies {
			last := &policies[len(policies)-1]
			last.problem("more than MaxPolicies (%d) policies in one value: the rest does not count", MaxPolicies)
			break
		}
		policies = append(policies, parsePolicy(text, self, d))
	}
	return policies
}

// parsePolicy parses one policy (CSP section 2.2.1).
func parsePolicy(text string, self weburl.Origin, d Delivery) Policy {
	p := Policy{delivery: d, self: self}
	count := 0
	for token := range strings.SplitSeq(text, ";") {
		if token = strings.Trim(token, space); token == "" {
			continue
		}
		if count++; count > MaxDirectives {
			p.problem("more than MaxDirectives (%d) directives: the rest does not count", MaxDirectives)
			break
		}
		name, value := token, ""
		if i := strings.IndexAny(token, space); i >= 0 {
			name, value = token[:i], strings.Trim(token[i:], space)
		}
		p.add(lower(name), value)
	}
	return p
}

// add adds a directive, if it is known, well-formed, allowed in this delivery and the first of its name.
func (p *Policy) add(name, value string) {
	known, ok := directiveOf(name)
	switch {
	case !ok:
		p.problem("unknown directive %q", clip(name))
		return
	case strings.ContainsFunc(value, notPolicyChar):
		// Chromium: such a directive is left out whole, and a later one of the name counts.
		p.problem("%s: a character outside ASCII or a control: the directive does not count", name)
		return
	case p.find(name) != nil:
		p.problem("%s: repeated, only the first counts", name)
		return
	case p.delivery == Meta && known.notInMeta:
		p.problem("%s: does not count in a meta element", name)
		return
	case p.delivery == ReportOnly && known.notInReports:
		p.problem("%s: does not count in a policy that only reports", name)
		return
	}
	dir := directive{name: name, value: value}
	if known.sources {
		dir.list = p.parseSources(name, value)
	}
	p.directives = append(p.directives, dir)
}

// directiveInfo is what the parser must know of a directive.
type directiveInfo struct {
	sources      bool // its value is a list of source expressions
	notInMeta    bool
	notInReports bool
}

// directiveOf looks up the directives of CSP section 6 and of the standards beside it. ok is false for others.
// prefetch-src and plugin-types were removed, navigate-to never came.
func directiveOf(name string) (info directiveInfo, ok bool) {
	switch name {
	case "default-src", "child-src", "connect-src", "font-src", "frame-src", "img-src", "manifest-src", "media-src",
		"object-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem",
		"style-src-attr", "worker-src", "base-uri", "form-action":
		return directiveInfo{sources: true}, true
	case "frame-ancestors":
		return directiveInfo{sources: true, notInMeta: true}, true
	case "sandbox":
		return directiveInfo{notInMeta: true, notInReports: true}, true
	case "report-uri":
		return directiveInfo{notInMeta: true}, true
	case "upgrade-insecure-requests":
		return directiveInfo{notInReports: true}, true
	case "report-to", "block-all-mixed-content", "require-trusted-types-for", "trusted-types", "webrtc",
		"fenced-frame-src", "treat-as-public-address":
		return directiveInfo{}, true
	}
	return directiveInfo{}, false
}

// find returns the directive of that name, nil if there is none.
func (p *Policy) find(name string) *directive {
	for i := range p.directives {
		if p.directives[i].name == name {
			return &p.directives[i]
		}
	}
	return nil
}

// first returns the first directive of a fallback chain that the policy has, nil if it has none.
func (p *Policy) first(chain []string) *directive {
	for _, name := range chain {
		if d := p.find(name); d != nil {
			return d
		}
	}
	return nil
}

func (p *Policy) problem(format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, fmt.Sprintf(format, args...))
	}
}

// Delivery returns how the policy came.
func (p Policy) Delivery() Delivery { return p.delivery }

// Problems returns what of the policy does not count and why, in the order of the text; nil if all does. At most 32 are
// kept.
func (p Policy) Problems() []string { return slices.Clone(p.problems) }

// String returns the policy with the directives that count, which parses to itself.
func (p Policy) String() string {
	var b strings.Builder
	for i, d := range p.directives {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(d.name)
		if d.value != "" {
			b.WriteString(" " + d.value)
		}
	}
	return b.String()
}

// Add adds policies. They count from now on: what was allowed before stays allowed, as for a meta element in the middle
// of a document (HTML standard, Content security policy state). Those over MaxPolicies are left out and named in
// Problems.
func (c *CSP) Add(policies ...Policy) {
	for _, p := range policies {
		if len(c.policies) >= MaxPolicies {
			if len(c.problems) == 0 {
				c.problems = append(c.problems,
					fmt.Sprintf("more than MaxPolicies (%d) policies: the rest does not count", MaxPolicies))
			}
			return
		}
		c.policies = append(c.policies, p)
	}
}

// Policies returns the policies in the order they were added. A frame without a URL of its own (srcdoc, about:blank) has
// those of its parent.
func (c *CSP) Policies() []Policy {
	if c == nil {
		return nil
	}
	return slices.Clone(c.policies)
}

// Problems returns what of the policies does not count and why; nil if all does.
func (c *CSP) Problems() []string {
	if c == nil {
		return nil
	}
	var all []string
	for _, p := range c.policies {
		all = append(all, p.problems...)
	}
	return append(all, c.problems...)
}

// Empty reports whether there is no policy that could refuse something, so that asking can be saved.
func (c *CSP) Empty() bool {
	if c == nil {
		return true
	}
	for i := range c.policies {
		if c.policies[i].enforced() {
			return false
		}
	}
	return true
}

func (p *Policy) enforced() bool { return p.delivery != ReportOnly && len(p.directives) > 0 }

// UpgradeInsecureRequests reports whether a policy asks for http URLs to be fetched as https: see [Upgrade].
func (c *CSP) UpgradeInsecureRequests() bool {
	if c == nil {
		return false
	}
	for i := range c.policies {
		if c.policies[i].find("upgrade-insecure-requests") != nil {
			return true
		}
	}
	return false
}

// Sandbox returns what the sandbox directives allow the document, such as "allow-scripts", in lower case: what each
// policy that has the directive allows. ok is false where no policy has it: the document is not sandboxed. Without
// allow-same-origin the document's origin is opaque, without allow-scripts its scripts are fetched but do not run.
func (c *CSP) Sandbox() (allow []string, ok bool) {
	if c == nil {
		return nil, false
	}
	for i := range c.policies {
		d := c.policies[i].find("sandbox")
		if d == nil {
			continue
		}
		tokens := strings.FieldsFunc(lower(d.value), isSpace)
		if !ok {
			allow, ok = tokens, true
			continue
		}
		allow = slices.DeleteFunc(allow, func(t string) bool { return !slices.Contains(tokens, t) })
	}
	return allow, ok
}

// space is ASCII whitespace (Infra standard).
const space = "\t\n\f\r "

func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\f', '\r', ' ':
		return true
	}
	return false
}

// notPolicyChar reports what may not stand in a directive's value: all but ASCII whitespace and VCHAR (CSP section 2.3).
func notPolicyChar(r rune) bool { return !isSpace(r) && (r < '!' || r > '~') }

// clip keeps a peer's text short in a problem.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// lower is strings.ToLower for ASCII alone.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'A' <= c && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
