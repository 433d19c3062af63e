package parse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pageload/parse/css"
)

// refTests are fragments and what both finders say of them: kind, URL path and
// marks. A scanner line begins with "s", a builder line with "b".
var refTests = []struct{ name, src, want string }{
	{"stylesheet", `<link rel=stylesheet href=a.css>`, "s stylesheet a.css; b stylesheet a.css"},
	{"print stylesheet", `<link rel=stylesheet media=print href=a.css>`, "b stylesheet a.css media-mismatch"},
	{"alternate stylesheet", `<link rel="alternate STYLESHEET" title=x href=a.css>`, "b stylesheet a.css alternate"},
	{"disabled stylesheet", `<link rel=stylesheet disabled href=a.css>`, ""},
	{"stylesheet of unknown type", `<link rel=stylesheet type=text/less href=a.css>`, ""},
	{"stylesheet with icon", `<link rel="icon stylesheet" href=a.css>`, "b stylesheet a.css; b icon a.css"},
	{"empty href", `<link rel=stylesheet href=" "><img src=""><script src=""></script>`, ""},
	{"preload", `<link rel=preload as=font crossorigin href=a.woff2 type=font/woff2>`, "s preload a.woff2 as font; b preload a.woff2 as font"},
	{"preload of unknown", `<link rel=preload href=a><link rel=preload as=video href=b><link rel=preload as=font type=font/x href=c>`, ""},
	{"preload image", `<link rel=preload as=image href=a imagesrcset="b 1x, c 2x">`, "s preload b as image; b preload b as image"},
	{"preload media", `<link rel=preload as=style media=print href=a>`, ""},
	{"modulepreload", `<link rel=modulepreload href=a.js>`, "s modulepreload a.js module; b modulepreload a.js module"},
	{"hints", `<link rel=prefetch href=a><link rel=preconnect href=//b><link rel=dns-prefetch href=//c><link rel=manifest href=d><link rel="shortcut icon" href=e>`,
		"b prefetch a; b preconnect //b/; b dns-prefetch //c/; b manifest d; b icon e"},
	{"never fetched", `<link rel=canonical href=a><link rel=next href=b><link rel=apple-touch-icon href=c><a href=d ping=e>`, ""},
	{"script", `<script src=a.js></script>`, "s script a.js; b script a.js"},
	{"scripts", `<script async src=a></script><script defer src=b></script><script type=module src=c></script><script async type=module src=d></script>`,
		"s script a async; s script b defer; s script c module; s script d async module; b script a async; b script b defer; b script c module; b script d async module"},
	{"nomodule", `<script nomodule src=a></script>`, "b script a nomodule unwanted"},
	{"unknown script", `<script type=text/template src=a></script><script language=vbscript src=b></script>`, ""},
	{"script by language", `<script language=JavaScript src=a></script><script type=" TEXT/javascript " src=b></script>`, "s script a; s script b; b script a; b script b"},
	{"image", `<img src=a><img src=b loading=LAZY>`, "s image a; b image a inbody; b image b inbody lazy"},
	{"small image", `<img src=a width=100 height=100><img src=b width=0><img src=c width=100 height=101><img src=d width=10% height=1>`,
		"s image a small; s image b inbody small; s image c inbody; s image d inbody; b image a inbody small; b image b inbody small; b image c inbody; b image d inbody"},
	{"only img is small", `<image src=a width=1 height=1><input type=image src=b width=1 height=1><svg><image href=c width=1 height=1>`,
		"s image a small; s image b inbody; s image c inbody; b image a inbody small; b image b inbody; b image c inbody"},
	{"sizes is a width", `<img src=a width=1 height=10 sizes=2000px>`, "s image a; b image a inbody"},
	{"srcset", `<img src=a srcset="b 2x, c 1x">`, "s image c; b image c inbody"},
	{"picture", `<picture><source media=print srcset=a><source type=image/x srcset=b><source type=image/avif srcset="c"><source srcset=d><img src=e></picture><img src=f>`,
		"s image c; s image f inbody; b image c inbody; b image f inbody"},
	{"source after img", `<picture><img src=a><source srcset=b></picture>`, "s image a; b image a inbody"},
	{"image is img", `<image src=a>`, "s image a; b image a inbody"},
	{"data image", `<img src="data:image/gif;base64,R0">`, "b image data:image/gif;base64,R0 inbody"},
	{"input", `<input type=IMAGE src=a><input src=b>`, "s image a; b image a inbody"},
	{"video", `<video src=a poster=b preload=none></video>`, "s image b; b image b inbody; b video a inbody unwanted"},
	{"sources", `<video><source src=a type=video/x><source src=x type="video/ogg; codecs=theora"><source src=b type="video/mp4; codecs=avc1"><source src=c></video><audio src=d><source src=e></audio>`,
		"b video b inbody; b video c inbody fallback unwanted; b audio d inbody"},
	{"autoplay overrides preload", `<video src=a preload=none autoplay></video><audio autoplay preload=none><source src=b></audio>`,
		"b video a inbody; b audio b inbody"},
	{"track", `<video><track src=a><track default src=b></video>`, "b track a inbody unwanted; b track b inbody default"},
	{"frames", `<iframe src=a></iframe><iframe src=b srcdoc="<p>"></iframe><iframe src=about:blank></iframe><iframe></iframe><iframe loading=lazy src=c sandbox></iframe>`,
		"b frame a inbody; b frame inbody srcdoc unwanted; b frame c inbody lazy"},
	{"frameset", `<frameset><frame src=a></frameset>`, "b frame a"},
	{"plugins", `<object data=a></object><embed src=b>`, "b object a inbody; b embed b inbody"},
	{"svg", `<svg><image href=a /><image xlink:href=b /><use href="c#x"/><use href="#y"/><feImage href=d /><script href=e></script></svg>`,
		"s image a; s image b; s script e; b image a inbody; b image b inbody; b svg-use c#x inbody; b image d inbody; b script e inbody"},
	{"backgrounds", `<body background=a><table background=b><tr background=c><td background=d><p background=e>`,
		"b background a inbody; b background b inbody; b background c inbody; b background d inbody"},
	{"body then css", `<body><link rel=stylesheet href=a>`, "s stylesheet a inbody; b stylesheet a inbody"},
	{"import", `<style>@import "a"; @import url(b) print; p {}</style>`, "s import a"},
	{"import of a style of any type", `<style type="text/less">@import "a";</style><svg><style type=x>@import "b";</style></svg>`, "s import a; s import b"},
	{"base", `<img src=a><base href=/x/><base href=/y/><img src=b>`, "s image a; s image /x/b inbody; b image a inbody; b image /x/b inbody"},
	{"template", `<template><img src=a><link rel=stylesheet href=b></template><img src=c>`, "s image c; b image c inbody"},
	{"shadow root", `<div><template shadowrootmode=open><img src=a><template><img src=b></template></template></div>`, "s image a; b image a inbody"},
	{"noscript", `<noscript><img src=a></noscript>`, ""},
	{"comment", `<!--[if IE]><script src=a></script><![endif]-->`, ""},
	{"no URL", `<img src="http://[x"><a href="http://[y">`, "b image inbody unwanted error"},
	{"scheme", `<iframe src="javascript:x()"></iframe>`, "b frame javascript:x() inbody unwanted error"},
	{"user name", `<img src="http://u:p@site.test/a">`, "b image //u:p@site.test/a inbody"},
}

// short shows a reference of the tests.
func short(r *Ref) string {
	s := "s "
	if r.FoundBy == Builder {
		s = "b "
	}
	s += r.Kind.String()
	if !r.URL.IsZero() {
		u := strings.TrimPrefix(strings.TrimPrefix(r.URL.String(), "http://site.test/dir/"), "http://site.test")
		s += " " + strings.TrimPrefix(u, "http:")
	}
	d := describe(r)
	_, marks, _ := strings.Cut(d, " offset ")
	_, marks, _ = strings.Cut(marks, " ")
	if i := strings.Index(marks, "error:"); i >= 0 {
		marks = marks[:i] + "error"
	}
	return strings.TrimSpace(s + " " + marks)
}

func TestReferences(t *testing.T) {
	for _, test := range refTests {
		p := New(Options{URL: testURL, Charset: "utf-8"})
		var got []string
		for _, r := range append(p.Feed([]byte(test.src)), p.End()...) {
			got = append(got, short(&r))
		}
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			if e.Kind == EventRef {
				got = append(got, short(&e.Ref))
			}
		}
		if s := strings.Join(got, "; "); s != test.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", test.name, test.src, s, test.want)
		}
	}
}

// TestFetchPriorityElements: fetchpriority counts on img, link, script and
// iframe only.
func TestFetchPriorityElements(t *testing.T) {
	for _, test := range []struct {
		src  string
		want FetchPriority
	}{
		{`<img src=a fetchpriority=high>`, PriorityHigh},
		{`<image src=a fetchpriority=high>`, PriorityHigh},
		{`<link rel=preload as=script href=a fetchpriority=high>`, PriorityHigh},
		{`<script src=a fetchpriority=high></script>`, PriorityHigh},
		{`<iframe src=a fetchpriority=high></iframe>`, PriorityHigh},
		{`<input type=image src=a fetchpriority=high>`, PriorityAuto},
		{`<video poster=a fetchpriority=high></video>`, PriorityAuto},
		{`<video src=a fetchpriority=high></video>`, PriorityAuto},
		{`<svg><image href=a fetchpriority=high /></svg>`, PriorityAuto},
		{`<embed src=a fetchpriority=high>`, PriorityAuto},
	} {
		p := New(Options{URL: testURL, Charset: "utf-8"})
		refs := append(p.Feed([]byte(test.src)), p.End()...)
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			if e.Kind == EventRef {
				refs = append(refs, e.Ref)
			}
		}
		for i := range refs {
			if refs[i].FetchPriority != test.want {
				t.Errorf("%s: %s says %d, want %d", test.src, refs[i].FoundBy, refs[i].FetchPriority, test.want)
			}
		}
		if len(refs) == 0 {
			t.Errorf("%s: no reference", test.src)
		}
	}
}

// TestFramesetIsBody: the outermost frameset takes the body's place.
func TestFramesetIsBody(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{`<html><head></head><frameset><frameset><frame src=a></frameset></frameset>`, "frameset"},
		{`<p hidden></p>`, "body"},
		{`<param><frameset></frameset>`, "body frameset"},
	} {
		p := New(Options{URL: testURL, Charset: "utf-8"})
		p.Feed([]byte(test.src))
		p.End()
		var got []string
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			if e.Kind == EventBody {
				got = append(got, p.Document().Table.Tag(e.Element))
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: %q, want %q", test.src, s, test.want)
		}
	}
}

// TestTitle: the first title of the document counts, not one of SVG, of a
// template or of a body that a frameset has replaced.
func TestTitle(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{"<title> a \n b</title><title>c</title>", "a b"},
		{"<svg><title>a</title></svg><template><title>b</title></template><title>c</title>", "c"},
		{"<title></title><title>c</title>", ""},
		{"<p hidden><title>a</title><frameset></frameset>", ""},
		{"<p>", ""},
	} {
		doc, err := Parse(strings.NewReader(test.src), Options{URL: testURL, Charset: "utf-8"})
		if err != nil || doc.Title() != test.want {
			t.Errorf("%s: %q, %v, want %q", test.src, doc.Title(), err, test.want)
		}
	}
}

// TestEventOffsets: an event is where its tag ends, also where it is found at
// the end of the document, and a limit stands where the event before it does.
func TestEventOffsets(t *testing.T) {
	src := "<link rel=x href=y><script>a</script><i><style>b"
	p := New(Options{URL: testURL, Charset: "utf-8", MaxDepth: 4})
	p.Feed([]byte(src))
	p.End()
	var got []string
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		got = append(got, fmt.Sprintf("%s %d", e.Kind, e.Offset))
	}
	want := "link 19; inline-script 37; body 40; inline-style 48; end 48"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestRefAttributes(t *testing.T) {
	src := `<meta name=referrer content=origin><script src=a crossorigin integrity=sha256-x nonce=n referrerpolicy=no-referrer fetchpriority=HIGH blocking="x render"></script>` +
		`<link rel=stylesheet href=b title=t crossorigin=use-credentials fetchpriority=low type=text/css referrerpolicy=nonsense media="(min-width: 10px)">`
	p := New(Options{URL: testURL, Charset: "utf-8"})
	refs := p.Feed([]byte(src))
	if len(refs) != 2 {
		t.Fatalf("%d references", len(refs))
	}
	a, b := refs[0], refs[1]
	if a.CrossOrigin != Anonymous || a.Integrity != "sha256-x" || a.Nonce != "n" || a.ReferrerPolicy != "no-referrer" ||
		a.FetchPriority != PriorityHigh || !a.Blocking || a.Script != Classic || !a.ParserInserted {
		t.Errorf("script: %+v", a)
	}
	if b.CrossOrigin != UseCredentials || b.Title != "t" || b.FetchPriority != PriorityLow || b.ReferrerPolicy != "origin" ||
		b.Type != "text/css" || b.Media.IsEmpty() || !b.MediaMatches {
		t.Errorf("link: %+v", b)
	}
}

func TestErrorsOfReferences(t *testing.T) {
	p := New(Options{})
	p.Feed([]byte(`<img src=a><iframe src="mailto:x">`))
	p.End()
	var errs []error
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		if e.Kind == EventRef {
			errs = append(errs, e.Ref.Err)
		}
	}
	if len(errs) != 2 || !errors.Is(errs[0], ErrNoBase) || !errors.Is(errs[1], ErrScheme) {
		t.Errorf("errors = %v", errs)
	}
}

func TestAllCandidates(t *testing.T) {
	p := New(Options{URL: testURL, AllCandidates: true})
	p.Feed([]byte(`<picture><source media=print srcset="/a, /b 2x"><source srcset=/c><img src=/d srcset="/e 2x"></picture><img src=/f>`))
	p.End()
	var got []string
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		if e.Kind == EventRef {
			s := e.Ref.URL.Path() + ":"
			for _, u := range e.Ref.Candidates {
				s += u.Path()
			}
			got = append(got, s)
		}
	}
	if s := strings.Join(got, " "); s != "/c:/a/b/c/e/d /f:/f" {
		t.Errorf("candidates = %s", s)
	}
}

func TestScriptingOff(t *testing.T) {
	p := New(Options{URL: testURL, Scripting: ScriptingOff, Charset: "utf-8"})
	refs := p.Feed([]byte(`<noscript><link rel=stylesheet href=a></noscript><img loading=lazy src=b><link rel=stylesheet media="(scripting: none)" href=c>`))
	var got []string
	for _, r := range refs {
		got = append(got, short(&r))
	}
	if s := strings.Join(got, "; "); s != "s stylesheet a; s image b; s stylesheet c inbody" {
		t.Errorf("got %s", s)
	}
}

// TestCSPSilencesTheScanner: the scanner stops at a meta policy for the rest
// of what has been fed.
func TestCSPSilencesTheScanner(t *testing.T) {
	p := New(Options{URL: testURL, Charset: "utf-8"})
	first := p.Feed([]byte(`<img src=a><meta http-equiv=Content-Security-Policy content="img-src 'self'"><img src=b>`))
	second := p.Feed([]byte(`<img src=c>`))
	if len(first) != 1 || first[0].Raw != "a" || len(second) != 1 || second[0].Raw != "c" {
		t.Errorf("first %d, second %d references", len(first), len(second))
	}
}

// TestBuilderWaits: the scanner goes on while the builder is held, and the
// builder stops at each event.
func TestBuilderWaits(t *testing.T) {
	p := New(Options{URL: testURL, Charset: "utf-8"})
	p.Feed([]byte(`<script src=a></script><p>x`))
	e, ok := p.Next()
	if !ok || e.Kind != EventRef || e.Ref.Kind != Script || p.Document().Table.Len() != 3 {
		t.Fatalf("Next = %v %v, %d elements", e.Kind, ok, p.Document().Table.Len())
	}
	if refs := p.Feed([]byte(`<img src=b>`)); len(refs) != 1 {
		t.Errorf("the scanner found %d references while the builder is held", len(refs))
	}
	if p.Document().Table.Len() != 3 {
		t.Error("Feed moved the builder")
	}
	if e, _ = p.Next(); e.Kind != EventBody {
		t.Errorf("Next = %v", e.Kind)
	}
	if e, _ = p.Next(); e.Kind != EventRef || e.Element != p.Document().Table.LastChild(5) {
		t.Errorf("Next = %v of %d", e.Kind, e.Element)
	}
	if _, ok = p.Next(); ok || p.Finished() {
		t.Error("finished before the end")
	}
	p.End()
	if e, _ = p.Next(); e.Kind != EventEnd || !p.Finished() {
		t.Errorf("Next = %v", e.Kind)
	}
}

func TestInlineEvents(t *testing.T) {
	src := "<style media=print title=t>a{}</style>\n<script type=importmap>{}</script><script> </script><script></script>\n<script type=application/ld+json>{\n}</script><style type=text/x>b</style><script>unclosed"
	p := New(Options{Charset: "utf-8"})
	p.Feed([]byte(src))
	p.End()
	var got []string
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		if e.Kind == EventInlineStyle && (e.Ref.MediaMatches || e.Ref.Title != "t" || e.Line != 1) {
			t.Errorf("style: %+v", e.Ref)
		}
		if e.Kind == EventInlineStyle || e.Kind == EventInlineScript {
			got = append(got, strings.Join([]string{e.Kind.String(), e.Text, e.Ref.Type}, "|"))
		}
	}
	want := "inline-style|a{}| inline-script|{}|importmap inline-script| | inline-script|{\n}|application/ld+json"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %q\nwant %q", s, want)
	}
}

func TestMeta(t *testing.T) {
	for _, test := range []struct {
		content string
		seconds float64
		url     string
		ok      bool
	}{
		{"1;url=/n", 1, "/n", true}, {"0; URL = 'x y' z", 0, "x y", true}, {"5", 5, "", true}, {"2.5, n", 2, "n", true},
		{".5;url=a", 0, "a", true}, {"", 0, "", false}, {"x", 0, "", false}, {"3x", 0, "", false}, {"3 n", 3, "n", true}, {"1;url", 1, "url", true}, {"1;urn:x", 1, "urn:x", true},
	} {
		seconds, url, ok := parseRefresh(test.content)
		if seconds != test.seconds || url != test.url || ok != test.ok {
			t.Errorf("parseRefresh(%q) = %v, %q, %v", test.content, seconds, url, ok)
		}
	}
	p := New(Options{URL: testURL})
	p.Feed([]byte(`<meta charset=utf-8><meta http-equiv=refresh content="1;url=/n"><meta name=viewport content="width=device-width"><meta name=referrer content=never><meta http-equiv=content-security-policy content=x><meta name=x>`))
	p.End()
	var got []string
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		if e.Kind == EventMeta {
			got = append(got, e.Meta.Content)
		}
	}
	if s := strings.Join(got, "|"); s != "utf-8|1;url=/n|width=device-width|never|x" {
		t.Errorf("metas = %q", s)
	}
	if m := p.Document().Refresh(); m.Seconds != 1 || m.URL.Path() != "/n" {
		t.Errorf("Refresh = %+v", m)
	}
}

func TestDevice(t *testing.T) {
	p := New(Options{URL: testURL, Charset: "utf-8", Device: css.Device{Width: 400, Height: 800, DPR: 2}})
	refs := p.Feed([]byte(`<img srcset="a 1x, b 2x"><link rel=stylesheet media="(max-width: 500px)" href=c>`))
	if len(refs) != 2 || refs[0].Raw != "b" || refs[1].Raw != "c" {
		t.Errorf("refs = %+v", refs)
	}
}

// TestReset: a parser that is used again says the same as a new one, and the
// documents before stay as they were.
func TestReset(t *testing.T) {
	var p Parser
	var docs []*Document
	var dumps []string
	for _, test := range refTests {
		p.Reset(Options{URL: testURL, Charset: "utf-8"})
		var got []string
		for _, r := range append(p.Feed([]byte(test.src)), p.End()...) {
			got = append(got, short(&r))
		}
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			if e.Kind == EventRef {
				got = append(got, short(&e.Ref))
			}
		}
		if s := strings.Join(got, "; "); s != test.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", test.name, test.src, s, test.want)
		}
		docs = append(docs, p.Document())
		dumps = append(dumps, dumpTable(p.Document().Table))
	}
	for i, d := range docs {
		if got := dumpTable(d.Table); got != dumps[i] {
			t.Errorf("document %d has changed:\n%s", i, got)
		}
	}
}
