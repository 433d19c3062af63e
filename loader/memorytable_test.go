package loader

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pageload/parse/weburl"
)

// A memory knows what was put into it last by its URL, whatever the fragment.
func TestMemoryTable(t *testing.T) {
	var m memory
	want := map[string]*resource{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		u := weburl.MustParse(fmt.Sprintf("http://a.test/%d", random.IntN(700)))
		key := u.String()
		if got := m.of(m.key(&u)); got != want[key] {
			t.Fatalf("%s: %p, want %p", key, got, want[key])
		}
		if random.IntN(2) == 0 {
			u = weburl.MustParse(key + "#there")
		}
		r := &resource{url: u}
		m.put(m.key(&u), r)
		want[key] = r
		if m.n != len(want) || 4*m.n > 3*len(m.table) {
			t.Fatalf("%d resources in %d places, want %d", m.n, len(m.table), len(want))
		}
	}
	for key, r := range want {
		u := weburl.MustParse(key)
		if got := m.of(m.key(&u)); got != r {
			t.Errorf("%s: %p, want %p", key, got, r)
		}
	}
}
