package loader_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
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
// document is asked for and has not changed, and its 70 subresources are fresh. of-first is the share of a first view, measured in the same run;
// of-known is that of a first view of a profile that knows the page's references from others, as those of a load test do.
func BenchmarkRepeatView(b *testing.B) {
	url := visit(b)
	load := func(b *testing.B, p *loader.Profile, hits int) {
		page, err := p.Load(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		got, w := 0, page.Waterfall()
		for _, r := range w.Requests {
			if r.FromCache != "" {
				got++
			}
		}
		if len(w.Requests) != 71 || got != hits {
			b.Fatalf("%d requests, %d from the cache; want 71, %d", len(w.Requests), got, hits)
		}
	}
	var cost [3]time.Duration
	measure := func(b *testing.B, i int, load func()) {
		b.ReportAllocs()
		load()
		n, cpu := 0, cpuTime()
		for b.Loop() {
			load()
			n++
		}
		cost[i] = (cpuTime() - cpu) / time.Duration(n)
		b.ReportMetric(float64(cost[i]), "cpu-ns/op")
	}
	b.Run("first", func(b *testing.B) {
		measure(b, 0, func() {
			var p loader.Profile
			load(b, &p, 0)
			p.Close(b.Context())
		})
	})
	b.Run("first-known", func(b *testing.B) {
		var m loader.Memory
		measure(b, 1, func() {
			p := loader.Profile{Memory: &m}
			load(b, &p, 0)
			p.Close(b.Context())
		})
	})
	b.Run("repeat", func(b *testing.B) {
		var p loader.Profile
		load(b, &p, 0)
		measure(b, 2, func() { load(b, &p, 70) })
		p.Close(b.Context())
		if cost[0] > 0 && cost[1] > 0 {
			b.ReportMetric(float64(cost[2])/float64(cost[0]), "of-first")
			b.ReportMetric(float64(cost[2])/float64(cost[1]), "of-known")
		}
	})
}
