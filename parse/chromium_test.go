package parse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"pageload/parse/weburl"
)

// truth is what Chromium requested for a case.
type truth struct {
	Page     string
	Requests []truthRequest
}

type truthRequest struct {
	URL, Type, InitiatorURL, InitialPriority, RenderBlocking string
	Line                                                     int
}

// notInTruth are URLs that the scanner reports and that Chromium did not
// request for the page under that name.
var notInTruth = map[string]string{
	"http://site.link-header.test/pre.css":            "requested for a Link field already",
	"http://site.link-header.test/late-100x100.png":   "requested for a Link field already",
	"http://site.tls-h2.test/upgraded-10x10.png":      "upgraded to https by the fetcher",
	"http://site.urls.test/pipe|-10x10.png":           "Chromium escapes the bar in a path; the standard does not",
	"http://site.blocking-order.test/after-10x10.png": "a repeat",
}

// casePage returns the page of a case and what it is called.
func casePage(t *testing.T, file string) (src string, want truth) {
	b, err := os.ReadFile(filepath.Join("testdata/truth", strings.TrimSuffix(filepath.Base(file), ".txtar")+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := weburl.MustParse(want.Page).Path()
	for _, f := range a.Files {
		if "/"+f.Name == path || "/"+strings.TrimSuffix(f.Name, "index.html") == path {
			src = string(f.Data)
		}
	}
	return strings.ReplaceAll(src, "<!--pause-->", ""), want
}

// TestScannerAgainstChromium checks that what the scanner finds in a page is
// what Chromium requested, in this order, with the same line.
func TestScannerAgainstChromium(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		src, want := casePage(t, file)
		if src == "" {
			continue // the page is a redirect
		}
		o := Options{URL: weburl.MustParse(want.Page), Charset: "utf-8"}
		if name == "base-latin1.txtar" {
			o.Charset = "windows-1252"
		}
		p := New(o)
		found := append(p.Feed([]byte(src)), p.End()...)
		seen := make(map[string]bool)
		rest := want.Requests
		for _, r := range found {
			u := r.URL.WithoutFragment().String()
			if seen[u] || notInTruth[u] != "" {
				continue
			}
			seen[u] = true
			i := 0
			for i < len(rest) && rest[i].URL != u {
				i++
			}
			if i == len(rest) {
				t.Errorf("%s: %s is not in the truth, or not in this order", name, u)
				continue
			}
			req := rest[i]
			rest = rest[i+1:]
			if req.InitiatorURL == want.Page && r.Line != req.Line {
				t.Errorf("%s: %s: Line = %d, want %d", name, u, r.Line, req.Line)
			}
			if req.RenderBlocking == "Blocking" && r.InBody && !r.Blocking || req.RenderBlocking == "InBodyParserBlocking" && !r.InBody {
				t.Errorf("%s: %s: InBody = %v, want for %s", name, u, r.InBody, req.RenderBlocking)
			}
		}
	}
}

// TestBuilderAgainstChromium checks that every request that Chromium made for
// the page, and not for its style, is among what the builder reports.
func TestBuilderAgainstChromium(t *testing.T) {
	files, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, file := range files {
		name := filepath.Base(file)
		src, want := casePage(t, file)
		if src == "" || name == "tls-h2.txtar" {
			continue
		}
		charset := "utf-8"
		if name == "base-latin1.txtar" {
			charset = "windows-1252"
		}
		p := New(Options{URL: weburl.MustParse(want.Page), Charset: charset})
		p.Feed([]byte(src))
		p.End()
		found := make(map[string]bool)
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			switch e.Kind {
			case EventRef:
				if e.Ref.Wanted() {
					found[e.Ref.URL.WithoutFragment().String()] = true
				}
			case EventInlineStyle, EventInlineScript:
				found["style"] = true // what it names is for others to find
			}
		}
		for _, r := range want.Requests {
			switch {
			case r.InitiatorURL != want.Page || found[r.URL] || strings.Contains(r.URL, "pipe%7C"):
			case r.Type != "Document" && (found["style"] || strings.Contains(src, "style=")):
			case strings.Contains(r.URL, "/e-10x10.png") && name == "stream-pauses.txtar":
			default:
				t.Errorf("%s: %s %s is not reported", name, r.Type, r.URL)
			}
		}
	}
}
