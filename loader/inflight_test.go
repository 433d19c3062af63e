package loader_test

import (
	"bytes"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pageload/conn"
	"pageload/loader"
	"pageload/loader/waterfall"
)

// heapNow is what is in use, without garbage.
func heapNow() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools hold goes with the second one
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A load in flight, most of whose requests wait, takes little memory, and one that has ended no more than its log.
func TestLoadsInFlightAreSmall(t *testing.T) {
	if raceEnabled {
		t.Skip("with the race detector things take more memory")
	}
	const loads, requests = 60, 71
	const most = 130 << 10 // a load, with what the test's server takes for its connections
	s := newTypical()
	var held atomic.Pointer[chan struct{}]
	s.hold = func(path string) {
		if wait := held.Load(); wait != nil && path != "/" && !strings.HasSuffix(path, ".css") {
			<-*wait
		}
	}
	if err := s.listen(); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	var memory loader.Memory
	var list []*loader.Profile
	browser := func() *loader.Profile {
		p := &loader.Profile{Memory: &memory}
		p.Pool.Facts, p.Pool.MaxRecords = conn.FactsNone, -1
		list = append(list, p)
		return p
	}
	defer func() {
		for _, p := range list {
			p.Close(t.Context())
		}
	}()
	p := browser()
	for range 3 { // the page is known from then on
		if _, err := p.Load(t.Context(), s.url); err != nil {
			t.Fatal(err)
		}
	}
	p.Close(t.Context())
	for range loads {
		browser()
	}
	wait := make(chan struct{})
	held.Store(&wait)
	before := heapNow()
	var asked atomic.Int64
	all := make(chan struct{})
	pages := make([]*loader.Page, loads)
	var group sync.WaitGroup
	for i := range pages {
		group.Go(func() {
			pages[i], _ = list[i+1].Navigate(t.Context(), loader.Navigation{URL: s.url, Transient: true, Observe: func(e waterfall.Event) {
				if e.Kind == waterfall.Discovered && asked.Add(1) == loads*requests {
					close(all)
				}
			}})
		})
	}
	<-all
	waiting := (heapNow() - before) / loads
	close(wait)
	group.Wait()
	for _, p := range list {
		p.Close(t.Context())
	}
	kept := (heapNow() - before) / loads
	t.Logf("%d bytes a load that waits, %d for the page and its profile after it", waiting, kept)
	if waiting > most {
		t.Errorf("a load that waits takes %d bytes, want at most %d", waiting, most)
	}
	if kept > most/4 {
		t.Errorf("a page that was loaded, and its profile, take %d bytes, want at most %d", kept, most/4)
	}
	for _, p := range pages {
		if w := p.Waterfall(); len(w.Requests) != requests {
			t.Fatalf("%d requests, want %d", len(w.Requests), requests)
		}
	}
}

// A repeat view, which is all of the cache but for the document, allocates little.
func TestRepeatViewAllocatesLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("with the race detector things take more memory")
	}
	const most, objects = 130 << 10, 850
	s := newTypical()
	for path, r := range s.responses {
		control := "Cache-Control: max-age=600\r\nETag: \"1\"\r\n"
		if path == "/" {
			control = "Cache-Control: no-cache\r\nETag: \"1\"\r\n"
		}
		s.responses[path] = bytes.Replace(r, []byte("Cache-Control: no-cache\r\n"), []byte(control), 1)
	}
	s.same = []byte("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nCache-Control: no-cache\r\n\r\n")
	if err := s.listen(); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	var p loader.Profile
	defer p.Close(t.Context())
	load := func() {
		if _, err := p.Load(t.Context(), s.url); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		load()
	}
	const times = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		load()
	}
	runtime.ReadMemStats(&after)
	size, n := (after.TotalAlloc-before.TotalAlloc)/times, (after.Mallocs-before.Mallocs)/times
	t.Logf("%d bytes in %d objects", size, n)
	if size > most || n > objects {
		t.Errorf("a repeat view allocates %d bytes in %d objects, want at most %d in %d", size, n, most, objects)
	}
}
