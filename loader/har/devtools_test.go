package har_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"pageload/loader/har"
)

// importer holds a HAR to what DevTools' importer wants of it
// (front_end/models/har: HARFormat.ts and Importer.ts; where they throw, the whole
// file is not opened):
//
//   - log, creator, request, response, content, timings and pageTimings are
//     objects, entries is an array, and so is every element of a list;
//   - startedDateTime and a cookie's expires are dates that Date() takes;
//   - time, status, headersSize, bodySize, content.size, send, wait and receive are
//     numbers, and the optional ones too where they are there;
//   - _initiator is an object where it is there: null throws.
//
// It also wants what the importer passes over without a word: resource types and
// priorities of DevTools' own names, ssl within connect, and a time that is that of
// the phases, since it draws them one after the other.
type importer struct{ faults []string }

func (v *importer) fault(path, format string, a ...any) {
	v.faults = append(v.faults, path+": "+fmt.Sprintf(format, a...))
}

func (v *importer) object(path string, m map[string]any, name string) map[string]any {
	o, ok := m[name].(map[string]any)
	if !ok {
		v.fault(path, "%s is no object", name)
	}
	return o
}

func (v *importer) list(path string, m map[string]any, name string) (out []map[string]any) {
	list, ok := m[name].([]any)
	if !ok {
		v.fault(path, "%s is no array", name)
	}
	for _, x := range list {
		o, ok := x.(map[string]any)
		if !ok {
			v.fault(path, "an element of %s is no object", name)
		}
		out = append(out, o)
	}
	return out
}

func (v *importer) number(path string, m map[string]any, optional bool, names ...string) {
	for _, name := range names {
		x, there := m[name]
		if _, ok := x.(float64); !ok && (there || !optional) {
			v.fault(path, "%s is %v", name, x)
		}
	}
}

// jsDate is the ECMAScript date time string format, of which Date() takes at
// least milliseconds; engines take more digits.
var jsDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}(Z|[+-]\d\d:\d\d)$`)

func (v *importer) date(path string, m map[string]any, name string) {
	s, _ := m[name].(string)
	if _, err := time.Parse(time.RFC3339Nano, s); err != nil || !jsDate.MatchString(s) {
		v.fault(path, "%s is %q", name, s)
	}
}

func (v *importer) root(doc map[string]any) {
	log := v.object("root", doc, "log")
	v.object("log", log, "creator")
	for i, p := range v.list("log", log, "pages") {
		path := fmt.Sprint("page ", i)
		v.date(path, p, "startedDateTime")
		v.number(path, v.object(path, p, "pageTimings"), true, "onContentLoad", "onLoad")
	}
	for i, e := range v.list("log", log, "entries") {
		v.entry(fmt.Sprint("entry ", i), e)
	}
}

func (v *importer) entry(path string, e map[string]any) {
	v.date(path, e, "startedDateTime")
	v.number(path, e, false, "time")
	q, p, t := v.object(path, e, "request"), v.object(path, e, "response"), v.object(path, e, "timings")
	v.number(path, q, false, "headersSize", "bodySize")
	v.number(path, p, false, "status", "headersSize", "bodySize")
	v.number(path, p, true, "_transferSize")
	v.number(path, v.object(path, p, "content"), false, "size")
	v.number(path, v.object(path, p, "content"), true, "compression")
	v.number(path, t, false, "send", "wait", "receive")
	v.number(path, t, true, "blocked", "dns", "connect", "ssl", "_blocked_queueing", "_blocked_proxy")
	for _, m := range []map[string]any{q, p} {
		v.list(path, m, "headers")
		for _, c := range v.list(path, m, "cookies") {
			if c["expires"] != nil {
				v.date(path, c, "expires")
			}
		}
	}
	v.list(path, q, "queryString")
	v.number(path, v.object(path, e, "_initiator"), true, "lineNumber")
	if s, ok := p["httpVersion"].(string); !ok {
		v.fault(path, "httpVersion is %v", s)
	}
	types := []string{"document", "stylesheet", "script", "image", "font", "media", "texttrack", "manifest", "fetch", "xhr", "other"}
	if s, _ := e["_resourceType"].(string); !slices.Contains(types, s) {
		v.fault(path, "_resourceType is %q", s)
	}
	if s, _ := e["_priority"].(string); !slices.Contains([]string{"VeryHigh", "High", "Medium", "Low", "VeryLow"}, s) {
		v.fault(path, "_priority is %q", s)
	}
	at := func(name string) float64 { f, _ := t[name].(float64); return max(0, f) }
	drawn := at("blocked") + at("dns") + at("connect") + at("send") + at("wait") + at("receive")
	if took, _ := e["time"].(float64); at("ssl") > at("connect") || drawn-took > 1e-6 || took-drawn > 1e-6 {
		v.fault(path, "the phases take %v ms, of %v", drawn, took)
	}
}

func TestDevToolsImporter(t *testing.T) {
	judge := func(b []byte) []string {
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		var v importer
		v.root(doc)
		return v.faults
	}
	for _, f := range judge(write(t, sample(), har.Options{})) {
		t.Error(f)
	}
	// The judge sees what it is there for.
	bad := `{"log":{"creator":{},"pages":[],"entries":[{"startedDateTime":"2026","time":null,"request":{"headers":[null]},"response":{},"timings":{"send":1},"_initiator":null}]}}`
	if n := len(judge([]byte(bad))); n < 20 {
		t.Errorf("only %d faults in a HAR full of them", n)
	}
}
