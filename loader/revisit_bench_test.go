package loader_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/loader"
)

// visited is the environment variable that makes the test's program the server of pages that are visited again, so that the processor's time of the
// program that measures is that of the client.
const visited = "PAGELOAD_TEST_VISITED"

// serveVisited is that server: the typical page, of which the subresources stay fresh and the document has to be asked for anew, but has not changed.
func serveVisited() {
	s := newTypical()
	for path, r := range s.responses {
		control := "Cache-Control: max-age=600\r\nETag: \"1\"\r\n"
		if path == "/" {
			control = "Cache-Control: no-cache\r\nETag: \"1\"\r\n"
		}
		s.responses[path] = bytes.Replace(r, []byte("Cache-Control: no-cache\r\n"), []byte(control), 1)
	}
	s.same = []byte("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nCache-Control: no-cache\r\n\r\n")
	s.listen()
	fmt.Println(s.url)
	bufio.NewReader(os.Stdin).ReadByte() // until who started it ends
}

// visit starts the server.
func visit(b *testing.B) (url string) {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), visited+"=1")
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); c.Wait() })
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}

// BenchmarkRepeatView compares the second view of the typical page with the first, by the client's processor time. A first view is that of a new
// profile: names, connections, cache and what is learnt from documents are all empty. In a repeat view of the same profile connections are open, the
// document is asked for and has not changed, and its 70 subresources are fresh. A known one is a first view of a profile that shares what is learnt
// with others, as those of a load test do. of-first and of-known are the shares of a repeat view in those; drawn-of-first is that with the waterfall
// made of both. All take turns, as other programs disturb them, and each figure is the median of its turns.
func BenchmarkRepeatView(b *testing.B) {
	url := visit(b)
	check := func(page *loader.Page, hits int) {
		got, w := 0, page.Waterfall()
		for i := range w.Requests {
			if w.Requests[i].FromCache != "" {
				got++
			}
		}
		if len(w.Requests) != 71 || got != hits {
			b.Fatalf("%d requests, %d from the cache; want 71, %d", len(w.Requests), got, hits)
		}
	}
	load := func(p *loader.Profile) *loader.Page {
		page, err := p.Load(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		return page
	}
	first := func(m *loader.Memory) func() *loader.Page {
		return func() *loader.Page {
			p := loader.Profile{Memory: m}
			page := load(&p)
			p.Close(b.Context())
			return page
		}
	}
	var again loader.Profile
	check(load(&again), 0)
	repeat := func() *loader.Page { return load(&again) }
	views := []struct {
		name  string
		loads int // in a turn
		hits  int
		drawn bool
		view  func() *loader.Page
		cost  []time.Duration
	}{
		{name: "first", loads: 10, view: first(nil)},
		{name: "known", loads: 20, view: first(&loader.Memory{})},
		{name: "repeat", loads: 100, hits: 70, view: repeat},
		{name: "first-drawn", loads: 10, drawn: true, view: first(nil)},
		{name: "repeat-drawn", loads: 100, hits: 70, drawn: true, view: repeat},
	}
	b.ReportAllocs()
	for b.Loop() {
		for i := range views {
			v := &views[i]
			var page *loader.Page
			runtime.GC() // none pays for what another left
			cpu := cpuTime()
			for range v.loads {
				if page = v.view(); v.drawn {
					page.Waterfall()
				}
			}
			v.cost = append(v.cost, (cpuTime()-cpu)/time.Duration(v.loads))
			check(page, v.hits)
		}
	}
	again.Close(b.Context())
	median := map[string]float64{}
	for _, v := range views {
		slices.Sort(v.cost)
		median[v.name] = float64(v.cost[len(v.cost)/2])
		b.ReportMetric(median[v.name], v.name+"-cpu-ns")
	}
	if median["first"] > 0 && median["known"] > 0 { // else the system does not say
		b.ReportMetric(median["repeat"]/median["first"], "of-first")
		b.ReportMetric(median["repeat"]/median["known"], "of-known")
		b.ReportMetric(median["repeat-drawn"]/median["first-drawn"], "drawn-of-first")
	}
}
