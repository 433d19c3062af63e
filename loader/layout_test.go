package loader_test

import (
	"slices"
	"strings"
	"testing"

	"pageload/loader"
)

const lazySite = `{"latency": 10}
-- index.html --
<!doctype html><link rel=stylesheet href=s.css>
<img loading=lazy src=near-10x10.png width=10 height=10>
<div class=tall></div>
<img loading=lazy src=far-10x10.png width=10 height=10 id=far>
<div style="position:absolute;left:4000px;top:0"><img loading=lazy src=aside-10x10.png width=10 height=10></div>
<div class=narrow><img loading=lazy sizes="auto, 100vw" srcset="w-200x100.png 200w, w-800x400.png 800w, w-1200x600.png 1200w" width=1200 height=600></div>
-- s.css --
.tall { height: 9000px } .narrow { position: absolute; top: 0; width: 150px } .narrow img { max-width: 100%; height: auto }
`

func lazyRequests(w *world) (list []string) {
	for _, r := range w.load("/").Requests {
		if path := r.URL[strings.LastIndexByte(r.URL, '/')+1:]; strings.HasSuffix(path, ".png") {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

func TestLazyImagesFollowLayout(t *testing.T) {
	inWorld(t, lazySite, func(w *world) {
		if got, want := lazyRequests(w), []string{"near-10x10.png", "w-200x100.png"}; !slices.Equal(got, want) {
			t.Errorf("fetched %v, want %v", got, want)
		}
	})
}

func TestInViewDecides(t *testing.T) {
	inWorld(t, lazySite, func(w *world) {
		w.profile.InView = func(e loader.LazyElement) bool {
			far := e.Table.IDAttr(e.ID) == "far"
			if far && (e.Near || !e.Laid || e.Rect.Y < 9000) {
				t.Errorf("%+v", e)
			}
			return far
		}
		if got, want := lazyRequests(w), []string{"far-10x10.png"}; !slices.Equal(got, want) {
			t.Errorf("fetched %v, want %v", got, want)
		}
	})
}
