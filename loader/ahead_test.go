package loader_test

import (
	"fmt"
	"strings"
	"testing"

	"pageload/loader"
)

// Connections that were opened while the document was awaited are ready for what it
// names; a memory that knows the page has no more opened than it used.
func TestPreconnect(t *testing.T) {
	images := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<img src=i%d-10x10.png>", i)
		}
		return `{"latency": 10, "responses": {"/": {"delay": 60}}}
-- index.html --
<!doctype html>` + b.String()
	}
	for _, tt := range []struct {
		images, ahead int
		load          string // 20 for the connection, 80 for the document, 20 for images on what is there, 40 on what is not
		opened        int
	}{
		{6, 0, "140", 6}, {6, 2, "140", 6}, {6, 6, "120", 6}, {1, 6, "120", 6}, {1, 1, "120", 2},
	} {
		t.Run(fmt.Sprintf("%d images, %d connections", tt.images, tt.ahead), func(t *testing.T) {
			inWorld(t, images(tt.images), func(w *world) {
				w.profile.Preconnect = tt.ahead
				p := w.load("/")
				if got := inMS(p.Page.Load); got != tt.load {
					t.Errorf("load after %s ms, want %s", got, tt.load)
				}
				if got := len(w.profile.Pool.Records()); got != tt.opened {
					t.Errorf("%d connections, want %d", got, tt.opened)
				}
			})
		})
	}
	t.Run("remembered", func(t *testing.T) {
		var memory loader.Memory
		for i, want := range []int{6, 2} {
			inWorld(t, images(1), func(w *world) {
				w.profile.Preconnect, w.profile.Memory = 6, &memory
				w.load("/")
				if got := len(w.profile.Pool.Records()); got != want {
					t.Errorf("load %d: %d connections, want %d", i, got, want)
				}
			})
		}
	})
}
