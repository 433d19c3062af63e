package loader_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/throttle"
	"pageload/loader"
	"pageload/loader/waterfall"
	"pageload/loader/whatif"
)

// A slowLine is a network on which pages are loaded, and simulated.
type slowLine struct {
	name     string
	latency  time.Duration
	down, up int64
}

func slowLines(t *testing.T) []slowLine {
	lines := []slowLine{{"cable", 28 * ms, 5_000_000, 1_000_000}}
	for _, name := range []string{"Fast 4G", "Slow 4G", "Slow 3G"} {
		l, ok := throttle.Preset(name)
		if !ok {
			t.Fatalf("no preset %s", name)
		}
		lines = append(lines, slowLine{name, l.Latency, l.Down, l.Up})
	}
	return lines
}

// A what-if page is one that is recorded, and loaded again on each line.
type whatIfPage struct {
	name, url string
	text      []byte
}

// TestWhatIf records each of many pages on a quick network, simulates its load on
// four slow ones, and compares the load times with those of loads over the same
// lines. All is in virtual time, so that each load time is exact. Slow start is
// off on both sides: a throttle.Link has none.
func TestWhatIf(t *testing.T) {
	lines := slowLines(t)
	pages := append(madePages(), fidelityPages(t)...)
	var table strings.Builder
	var all, worst []float64
	real, simulated := make([][]float64, len(lines)), make([][]float64, len(lines))
	for _, p := range pages {
		w := loadOnLine(t, p, nil)
		if w.Page.Load == waterfall.None {
			t.Fatalf("%s: no load event on the quick network", p.name)
		}
		fmt.Fprintf(&table, "%-20s %3d requests %6.0f kB %6d ms", p.name, len(w.Requests), float64(transferred(w))/1e3, w.Page.Load.Milliseconds())
		for i, l := range lines {
			sim, err := whatif.Simulate(w, whatif.Options{Network: whatif.Network{ExtraRTT: l.latency, Down: l.down, Up: l.up, NoSlowStart: true}})
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			got, want := sim.Page.Load, loadOnLine(t, p, &l).Page.Load
			if got == waterfall.None || want == waterfall.None {
				t.Errorf("%s on %s: load events at %v and %v", p.name, l.name, got, want)
				continue
			}
			e := math.Abs(float64(got-want)) / float64(want)
			all = append(all, e)
			real[i], simulated[i] = append(real[i], float64(want)), append(simulated[i], float64(got))
			fmt.Fprintf(&table, " | %5d as %5d %+4.0f%%", want.Milliseconds(), got.Milliseconds(), 100*float64(got-want)/float64(want))
		}
		table.WriteByte('\n')
	}
	head := fmt.Sprintf("%-53s", "page, quick network")
	for _, l := range lines {
		head += fmt.Sprintf(" | %-19s", l.name)
	}
	t.Logf("real load time as simulated, ms\n%s\n%s", head, &table)
	var reals, sims []float64
	for i, l := range lines {
		r := spearman(real[i], simulated[i])
		t.Logf("%s: rank correlation %.3f", l.name, r)
		if r < 0.9 {
			t.Errorf("%s: rank correlation %.3f, want 0.9", l.name, r)
		}
		reals, sims = append(reals, real[i]...), append(sims, simulated[i]...)
	}
	slices.Sort(all)
	worst = all[len(all)*9/10:]
	median, rank := all[len(all)/2], spearman(reals, sims)
	t.Logf("%d loads of %d pages: median error %.1f %%, nine of ten within %.1f %%, worst %.1f %%; rank correlation %.3f",
		len(all), len(pages), 100*median, 100*worst[0], 100*all[len(all)-1], rank)
	if len(all) < 30 || len(pages) < 10 || median > 0.15 || rank < 0.9 {
		t.Errorf("%d loads, median error %.1f %% (want at most 15 %%), rank correlation %.3f (want at least 0.9)", len(all), 100*median, rank)
	}
}

func transferred(w *waterfall.Waterfall) (n int64) {
	for i := range w.Requests {
		n += w.Requests[i].Transferred()
	}
	return n
}

// loadOnLine loads a page over a line, or on the quick network.
func loadOnLine(t *testing.T, p whatIfPage, l *slowLine) (w *waterfall.Waterfall) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := parseSite(t, "."+p.name+".test", p.text)
		world := &world{T: t, site: s, serve: map[string]handler{}}
		s.Latency = 5
		world.start()
		if l != nil {
			link := &throttle.Link{Latency: l.latency, Down: l.down, Up: l.up}
			world.profile.Pool.Dialer.Dial = link.Dial(world.net.Dial)
		}
		w = world.try(world.Context(), loader.Navigation{URL: cmp.Or(p.url, "http://site"+s.domain+"/")}).Waterfall
		world.close()
	})
	return w
}

// spearman is the rank correlation of two lists.
func spearman(a, b []float64) float64 {
	rank := func(x []float64) []float64 {
		order := make([]int, len(x))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
		r := make([]float64, len(x))
		for i := 0; i < len(order); {
			j := i
			for j < len(order) && x[order[j]] == x[order[i]] {
				j++
			}
			for k := i; k < j; k++ {
				r[order[k]] = float64(i+j-1) / 2
			}
			i = j
		}
		return r
	}
	ra, rb := rank(a), rank(b)
	var sa, sb, saa, sbb, sab float64
	for i := range ra {
		sa, sb = sa+ra[i], sb+rb[i]
		saa, sbb, sab = saa+ra[i]*ra[i], sbb+rb[i]*rb[i], sab+ra[i]*rb[i]
	}
	n := float64(len(ra))
	return (n*sab - sa*sb) / math.Sqrt((n*saa-sa*sa)*(n*sbb-sb*sb))
}

// fidelityPages are those of the fidelity cases that are served without TLS.
func fidelityPages(t *testing.T) (pages []whatIfPage) {
	t.Helper()
	for _, dir := range []string{"testdata/fidelity", "testdata/fidelity/more"} {
		files, err := filepath.Glob(dir + "/cases/*.txtar")
		if err != nil || len(files) == 0 {
			t.Fatalf("no cases in %s: %v", dir, err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want truth
			b, err := os.ReadFile(dir + "/truth/" + name + ".json")
			if err == nil {
				err = json.Unmarshal(b, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			if parseSite(t, ".test", data).Scheme != "https" {
				pages = append(pages, whatIfPage{name, want.Page, data})
			}
		}
	}
	return pages
}

// madePages are of the size that pages have.
func madePages() []whatIfPage {
	page := func(name, script, html string, files ...string) whatIfPage {
		text := script + "\n-- index.html --\n" + html + "\n"
		for i := 0; i < len(files); i += 2 {
			text += "-- " + files[i] + " --\n" + files[i+1] + "\n"
		}
		return whatIfPage{name: "made-" + name, text: []byte(text)}
	}
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintln(&b, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	text := strings.Repeat("<p>Some text of the page, as long as text is.\n", 400)
	return []whatIfPage{
		page("text", `{"responses": {"/": {"delay": 80}}}`, "<!doctype html><title>x</title><body>"+text),
		page("article", `{"responses": {"/": {"delay": 120}}}`, "<!doctype html><link rel=stylesheet href=a-30000.css><link rel=stylesheet href=b-8000.css><script src=x-60000.js></script><body>"+
			many(6, "<img src=photo#-1200x800.png><p>text")+text),
		page("shop", `{"responses": {"/": {"delay": 60}, "cdn/a-90000.js": {"delay": 30}}}`, "<!doctype html><link rel=stylesheet href=http://cdn.made-shop.test/s-40000.css><script defer src=http://cdn.made-shop.test/a-90000.js></script><script async src=http://stats.made-shop.test/t-20000.js></script><body>"+
			many(40, "<div><img src=http://img.made-shop.test/p#-500x400.png><p>text")+text, "@cdn/x", "x", "@stats/x", "x", "@img/x", "x"),
		page("app", `{"responses": {"/": {"delay": 20}}}`, "<!doctype html><link rel=stylesheet href=a-20000.css><script type=module src=main.js></script><div id=app></div>",
			"main.js", many(8, "import './m#.js'"), "m0.js", "import './deep1.js'", "deep1.js", "import './deep2.js'", "deep2.js", "import './deep3-80000.js'"),
		page("fonts", ``, "<!doctype html><style>"+many(4, "@font-face { font-family: F#; src: url(f#-40000.woff2) }\n.f# { font-family: F# }\n.b# { background: url(b#-600x400.png) }")+"</style><link rel=stylesheet href=s.css><body>"+
			many(4, "<p class='f# b#'>text")+text, "s.css", "@import 'deep.css';\nbody { color: red }", "deep.css", "@import 'deeper-9000.css';"),
		page("scripts", `{"responses": {"/": {"delay": 40}}}`, "<!doctype html><body>"+many(12, "<p>text<script src=s#-15000.js></script>")),
		page("hosts", ``, "<!doctype html><body>"+many(10, "<img src=http://h#.made-hosts.test/a-300x300.png><img src=http://h#.made-hosts.test/b-300x300.png>"),
			"@h0/x", "x", "@h1/x", "x", "@h2/x", "x", "@h3/x", "x", "@h4/x", "x", "@h5/x", "x", "@h6/x", "x", "@h7/x", "x", "@h8/x", "x", "@h9/x", "x"),
		page("heavy", ``, "<!doctype html><link rel=stylesheet href=s-100000.css><body>"+many(30, "<img src=i#-60000.bin>")+many(4, "<script src=j#-100000.js></script>")),
		page("slow-server", `{"responses": {"/": {"delay": 700}, "/a.css": {"delay": 500}, "/x.js": {"delay": 900}}}`, "<!doctype html><link rel=stylesheet href=a.css><script src=x.js></script><body><img src=y.png>"),
		page("stream", `{"responses": {"/": {"marks": true, "pause": 150}}}`, "<!doctype html><link rel=stylesheet href=a-9000.css><body><img src=1-20000.bin>"+text+"<!--pause--><img src=2-20000.bin>"+text+"<!--pause--><img src=3-20000.bin>"+text+"<!--pause--><img src=4-20000.bin>"),
		page("typical", `{"responses": {"/": {"delay": 30}}}`, "<!doctype html>"+many(4, "<link rel=stylesheet href=s#-12000.css>")+many(10, "<script src=j#-60000.js defer></script>")+"<body>"+
			many(44, "<div class=c#><img src=p#-22000.bin width=200 height=200><p>"+strings.Repeat("Some text of the page. ", 50)+"</div>")),
	}
}
