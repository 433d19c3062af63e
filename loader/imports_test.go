package loader_test

import (
	"os/exec"
	"strings"
	"testing"
)

// allowed says which packages of the project each may import, directly or not:
// arrows only point down. A package that is not listed may import none.
var allowed = map[string]string{
	"parse/weburl":        "",
	"parse/dom":           "",
	"parse/css":           "parse/dom parse/weburl",
	"parse/module":        "parse/weburl",
	"parse/layout":        "parse/css parse/dom parse/weburl",
	"parse":               "parse/*",
	"dnscache":            "dnscache/internal/* parse/weburl",
	"dnscache/internal/*": "dnscache dnscache/internal/* parse/weburl",
	"dnscache/system":     "dnscache dnscache/internal/* parse/weburl",
	"dnscache/iterate":    "dnscache dnscache/internal/* parse/weburl",
	"dnscache/dnstest":    "dnscache dnscache/* parse/weburl",
	"conn":                "conn/kernel dnscache dnscache/internal/* parse/weburl",
	"conn/conntest":       "",
	"conn/kernel":         "",
	"conn/conntest/wire":  "",
	"conn/throttle":       "",
	"conn/capture":        "conn/kernel",
	"conn/internal/*":     "",
	"fetch/http1":         "fetch/internal/*",
	"fetch/http2":         "fetch/internal/*",
	"fetch/internal/*":    "",
	"fetch/httpcache":     "",
	"fetch/hsts":          "fetch/internal/*",
	"fetch/altsvc":        "fetch/internal/*",
	"fetch/auth":          "fetch/internal/*",
	"fetch/cookies":       "parse/weburl",
	"fetch/policy":        "parse/weburl",
	"fetch/doh":           "fetch fetch/internal/* fetch/http1 fetch/http2 fetch/httpcache fetch/hsts fetch/altsvc fetch/auth fetch/cookies conn conn/kernel dnscache dnscache/* parse/weburl",
	"fetch":               "fetch/internal/* fetch/http1 fetch/http2 fetch/httpcache fetch/hsts fetch/altsvc fetch/auth fetch/cookies fetch/policy conn conn/kernel dnscache dnscache/internal/* parse/weburl",
	"loader/waterfall":    "",
	"loader/spool":        "",
	"loader/har":          "loader/waterfall",
	"loader/timing":       "loader/waterfall",
	"loader/trace":        "loader/waterfall",
	"loader/table":        "loader/waterfall",
	"loader/internal/*":   "loader/waterfall",
	"loader/report":       "loader/internal/* loader/waterfall",
	"loader/compare":      "loader/internal/* loader/waterfall",
	"loader/whatif":       "loader/schedule loader/waterfall conn conn/kernel dnscache dnscache/internal/* parse/weburl",
	"loader/report/web":   "loader/waterfall",
	"loader/schedule":     "loader/waterfall conn conn/kernel dnscache dnscache/internal/* parse/weburl",
	"loader":              "loader/internal/* loader/schedule loader/spool loader/waterfall fetch fetch/* conn conn/kernel dnscache dnscache/* parse parse/*",
	"examples/*":          "*",
	"examples/internal/*": "*",
}

// modules says which modules of others the library may use (the examples may
// use them too). A new one needs a reason.
var modules = []string{
	"golang.org/x/net/", "golang.org/x/sync/", "golang.org/x/text/", "golang.org/x/sys/", "golang.org/x/crypto/",
	"github.com/andybalholm/cascadia", "github.com/andybalholm/brotli", "github.com/klauspost/compress/",
	"github.com/miekg/dns", "github.com/jsimonetti/rtnetlink/v2", "github.com/mdlayher/",
}

func TestImportsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}|{{join .Deps \" \"}}", "pageload/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		path, deps, _ := strings.Cut(strings.TrimSpace(line), "|")
		name := strings.TrimPrefix(path, "pageload/")
		rule, ok := ruleOf(name)
		if !ok {
			t.Errorf("package %s is not in the table of this test: say what it may import", name)
			continue
		}
		for dep := range strings.FieldsSeq(deps) {
			if own, ok := strings.CutPrefix(dep, "pageload/"); ok {
				if own != name && !matches(own, rule) {
					t.Errorf("%s imports %s: it may import %q of the project", name, own, rule)
				}
			} else if host, _, _ := strings.Cut(dep, "/"); strings.Contains(host, ".") && !strings.HasPrefix(name, "examples/") && !permitted(dep) {
				t.Errorf("%s imports %s, which is of no module that the library may use", name, dep)
			}
		}
	}
}

func ruleOf(name string) (string, bool) {
	if rule, ok := allowed[name]; ok {
		return rule, true
	}
	for pattern, rule := range allowed {
		if strings.HasSuffix(pattern, "/*") && matches(name, pattern) {
			return rule, true
		}
	}
	return "", false
}

// matches reports whether one of the patterns is name; * at the end of a
// pattern stands for one or more names.
func matches(name, patterns string) bool {
	for p := range strings.FieldsSeq(patterns) {
		if prefix, ok := strings.CutSuffix(p, "*"); name == p || ok && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func permitted(dep string) bool {
	for _, m := range modules {
		if strings.HasPrefix(dep+"/", strings.TrimSuffix(m, "/")+"/") {
			return true
		}
	}
	return false
}
