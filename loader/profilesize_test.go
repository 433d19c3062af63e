package loader_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"pageload/fetch/cookies"
	"pageload/loader"
	"pageload/parse/weburl"
)

// heap is how much memory is in use once what is garbage is gone.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A profile without content takes less than 10 KB: ten thousand of them run in one
// process.
func TestEmptyProfileIsSmall(t *testing.T) {
	const most = 10 << 10
	var blank loader.Profile
	blank.Clear(loader.AllParts)
	for name, make := range map[string]func() *loader.Profile{
		"empty":  func() *loader.Profile { p := &loader.Profile{}; p.Clear(loader.AllParts); return p },
		"cloned": func() *loader.Profile { return blank.Clone(loader.AllParts) },
	} {
		list := [1000]*loader.Profile{}
		before := heap()
		for i := range list {
			list[i] = make()
		}
		each := (heap() - before) / int64(len(list))
		t.Logf("%s: %d bytes", name, each)
		if each > most {
			t.Errorf("%s: %d bytes, want at most %d", name, each, most)
		}
		runtime.KeepAlive(&list)
	}
}

// BenchmarkProfiles says what profiles hold that have 20 cookies and 50 responses
// with validators each, clones of one and of their own: ten thousand of them are to
// take less than 1 GB.
func BenchmarkProfiles(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"`+r.URL.Path+`"`)
		w.Header().Set("Cache-Control", "no-cache")
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			for i := range 49 {
				fmt.Fprintf(w, "<img src=/%d.png>", i)
			}
		}
	}))
	defer srv.Close()
	u := weburl.MustParse(srv.URL)
	filled := func() *loader.Profile {
		p := &loader.Profile{Icons: loader.NoIcons, Memory: &loader.Memory{}}
		if _, err := p.Load(context.Background(), srv.URL); err != nil {
			b.Fatal(err)
		}
		for i := range 20 {
			if _, ok := p.Jar.Keep(&cookies.Request{URL: u, Navigation: true, ByUser: true}, fmt.Sprintf("name%d=a value of thirty-two bytes, or so; Max-Age=1000", i)); !ok {
				b.Fatal("no cookie")
			}
		}
		p.Clear(loader.Connections | loader.Learnt)
		return p
	}
	for name, next := range map[string]func() *loader.Profile{
		"own": filled,
		"clone": func(p *loader.Profile) func() *loader.Profile {
			return func() *loader.Profile { return p.Clone(loader.AllParts) }
		}(filled()),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			list := make([]*loader.Profile, b.N)
			before := heap()
			for i := range list {
				list[i] = next()
			}
			each := float64(heap()-before) / float64(b.N)
			b.ReportMetric(each, "B/profile")
			b.ReportMetric(each*10_000/1e6, "MB/10000")
			runtime.KeepAlive(list)
		})
	}
}
