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

// BenchmarkRepeatView compares the second view of the typical page with the first, by the client's processor time; a view is the load and its
// waterfall. A first view is that of a new profile: names, connections, cache and what is learnt from documents are all empty. In a repeat view of
// the same profile connections are open, the document is asked for and has not changed, and its 70 subresources are fresh. A known one is a first
// view of a profile that shares what is learnt with others, as those of a load test do. All take turns, as other programs disturb them, and each
// figure is the median of its turns.
func BenchmarkRepeatView(b *testing.B) {
	url := visit(b)
	load := func(p *loader.Profile, hits int) {
		page, err := p.Load(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
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
	first := func(m *loader.Memory) func() {
		return func() {
			p := loader.Profile{Memory: m}
			load(&p, 0)
			p.Close(b.Context())
		}
	}
	var again loader.Profile
	load(&again, 0)
	views := []*struct {
		name  string
		loads int // in a turn
		view  func()
		cost  []time.Duration
	}{
		{"first", 10, first(nil), nil},
		{"known", 20, first(&loader.Memory{}), nil},
		{"repeat", 100, func() { load(&again, 70) }, nil},
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, v := range views {
			runtime.GC() // none pays for what another left
			cpu := cpuTime()
			for range v.loads {
				v.view()
			}
			v.cost = append(v.cost, (cpuTime()-cpu)/time.Duration(v.loads))
		}
	}
	again.Close(b.Context())
	for _, v := range views {
		slices.Sort(v.cost)
		b.ReportMetric(float64(v.cost[len(v.cost)/2]), v.name+"-cpu-ns")
	}
	median := func(i int) float64 { return float64(views[i].cost[len(views[i].cost)/2]) }
	if median(0) > 0 && median(1) > 0 { // else the system does not say
		b.ReportMetric(median(2)/median(0), "of-first")
		b.ReportMetric(median(2)/median(1), "of-known")
	}
}
