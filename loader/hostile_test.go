package loader_test

import (
	"fmt"
	"strings"
	"testing"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// Markup that is made to cost much: the load comes to its end, and the first
// image or the limit that was hit is there. How much it costs is not tested here.
func TestHostileMarkup(t *testing.T) {
	rep := strings.Repeat
	tests := []struct{ name, html string }{
		{"paragraphs", rep("<p>x</p>", 2000)},
		{"lazy frames", `<div style="height:100000px"></div>` + numbered(2000, `<iframe loading=lazy src=%d.html></iframe>`)},
		{"lazy images", `<div style="height:100000px"></div>` + numbered(2000, `<img loading=lazy src=%d.png>`)},
		{"inline scripts behind sheets", numbered(1000, `<link rel=stylesheet href=%d.css>`) + rep("<script>1</script>", 2000)},
		{"style imports", rep(`<style>@import "a.css";</style>`, 2000)},
		{"styles", numbered(2000, `<style>.a%d{color:red}</style>`)},
		{"same image", rep(`<img src=a.png>`, 5000)},
		{"deep", rep("<div>", 5000)},
		{"deep b", rep("<b>", 2000)},
		{"objects", numbered(2000, `<object data=%d.xyz></object>`)},
		{"video", rep(`<video src=a.mp4></video>`, 2000)},
		{"srcdoc", rep(`<iframe srcdoc="<img src=a.png>"></iframe>`, 500)},
		{"metas", rep(`<meta http-equiv=content-security-policy content="img-src 'self'">`, 300) + "<img src=a.png>"},
		{"inline modules", rep(`<script type=module>import "./a.js"</script>`, 2000)},
		{"import maps", numbered(500, `<script type=importmap>{"imports":{"a%d":"/b"}}</script>`)},
		{"style attrs", rep(`<p style="background:url(a.png)">x</p>`, 2000)},
		{"one huge attr", `<img alt="` + rep("x", 1<<20) + `" src=a.png>`},
		{"many attrs", `<p ` + numbered(10000, ` a%d=1`) + `>`},
		{"entities", rep("&amp;&notit;", 50000)},
		{"has", "<style>" + numbered(500, "div:has(p .x%d) p{background:url(a.png)}") + "</style>" + rep("<div><p>x</p></div>", 500)},
		{"descendants", "<style>" + rep("div div div div div div div div div .n{background:url(a.png)}", 300) + "</style>" + rep("<div>", 400) + rep("<p class=n>x</p>", 200)},
		{"vars", "<style>p{--a0:x;" + numbered(25, "--b%[1]d:var(--b%[1]d,var(--a0)) var(--a0);") + "background:var(--b24)}</style><p>x</p>"},
		{"var bomb", "<style>p{--c0:url(a.png) url(a.png);" + bomb(40) + "background:var(--c40)}</style><p>x</p>"},
		{"srcset", `<img srcset="` + numbered(5000, "i%d.png 1x,") + `">`},
		{"tables", rep("<table><tr><td>x", 1000)},
		{"misnested", rep("<a><b><i><p>", 500)},
		{"base", rep("<base href=x>", 5000)},
		{"fonts", "<style>" + numbered(300, "@font-face{font-family:F%[1]d;src:url(f%[1]d.woff2)}") + "p{font-family:" + numbered(299, "F%d,") + "F}</style><p>text</p>"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, "", func(w *world) {
				w.profile.Limits = loader.Limits{Requests: 300}
				w.serve["site/x.html"] = respondOK("text/html; charset=utf-8", "<!doctype html><img src=first.png>"+test.html)
				p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/x.html"})
				if p.err != nil || p.Page.Load == waterfall.None {
					t.Errorf("error %v, load %v", p.err, p.Page.Load)
				}
				if p.row("/first.png").Status != 200 {
					t.Error("the image before it did not come")
				}
				if len(p.Requests) == 300 {
					p.wantLimit("Limits.Requests")
				}
			})
		})
	}
}

// bomb is a custom property that doubles n times.
func bomb(n int) string {
	s := ""
	for i := 1; i <= n; i++ {
		s += fmt.Sprintf("--c%d:var(--c%d),var(--c%d);", i, i-1, i-1)
	}
	return s
}

// Modules that import each other, and themselves, are fetched once each; style sheets that do come to an end.
func TestCycles(t *testing.T) {
	inWorld(t, "", func(w *world) {
		w.serve["site/x.html"] = respondOK("text/html", `<!doctype html><script type=module src=a.mjs></script><link rel=stylesheet href=a.css>`)
		for name, imports := range map[string]string{"a": "b a", "b": "c a", "c": "a b"} {
			var module, sheet string
			for other := range strings.FieldsSeq(imports) {
				module += `import "./` + other + `.mjs";`
				sheet += `@import "` + other + `.css";`
			}
			w.serve["site/"+name+".mjs"] = respondOK("text/javascript", module)
			w.serve["site/"+name+".css"] = respondOK("text/css", sheet)
		}
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/x.html"})
		if p.err != nil || p.Page.Load == waterfall.None {
			t.Fatalf("error %v, load %v", p.err, p.Page.Load)
		}
		times := map[string]int{}
		for i := range p.Requests {
			times[p.Requests[i].URL[len("http://site.test/"):]]++
		}
		for _, name := range []string{"a.mjs", "b.mjs", "c.mjs", "a.css", "b.css", "c.css"} {
			if times[name] != 1 {
				t.Errorf("%s was asked for %d times", name, times[name])
			}
		}
	})
}
