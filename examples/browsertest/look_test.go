package browsertest

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pageload/examples/internal/visit"
	"pageload/loader"
	"pageload/loader/waterfall"
)

// TestLook takes screenshots of the demo site's report in both themes, wide and
// narrow, and of each view. Where SCREENSHOTS names a folder, they are kept there
// for people to look at.
func TestLook(t *testing.T) {
	b := browser(t)
	w := demo(t)
	for _, width := range []int64{1280, 400} {
		light := map[string]float64{}
		for _, dark := range []bool{false, true} {
			x := open(t, b, w, look{width: width, height: 800, dark: dark})
			for _, view := range []string{"requests", "details", "connections", "tree"} {
				switch view {
				case "details":
					x.click(`.row[data-i="3"] .name`)
				default:
					x.keys(kb.Escape) // closes the details, which may lie over the tabs
					x.click(chromedp.CSS("#tab-" + view))
				}
				over := eval[int](x, `document.documentElement.scrollWidth - innerWidth`)
				if over > 0 {
					t.Errorf("%s at %d: %d pixels wider than the window", view, width, over)
				}
				bright := x.screenshot(fmt.Sprintf("%s-%d-%s", view, width, map[bool]string{false: "light", true: "dark"}[dark]))
				if !dark {
					light[view] = bright
				} else if bright > light[view]/2 {
					t.Errorf("%s at %d: the dark theme has brightness %.2f, the light one %.2f", view, width, bright, light[view])
				}
			}
		}
	}
}

// screenshot takes one and returns how bright it is, from 0 to 1.
func (x *tab) screenshot(name string) float64 {
	x.t.Helper()
	shot, err := chromedp.Run(x.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		x.t.Fatal(err)
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644); err != nil {
			x.t.Error(err)
		}
	}
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		x.t.Fatal(err)
	}
	bright, colors := measure(picture)
	if colors < 20 {
		x.t.Errorf("%s has %d colours: nothing is drawn", name, colors)
	}
	return bright
}

func measure(p image.Image) (bright float64, colors int) {
	seen := map[[3]uint32]bool{}
	box := p.Bounds()
	var sum, n float64
	for y := box.Min.Y; y < box.Max.Y; y += 2 {
		for x := box.Min.X; x < box.Max.X; x += 2 {
			r, g, b, _ := p.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
			sum += float64(r+g+b) / (3 * 0xffff)
			n++
		}
	}
	return sum / n, len(seen)
}

// demo loads the demo site.
func demo(t *testing.T) *waterfall.Waterfall {
	t.Helper()
	var o visit.Options
	stop, err := o.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	profile := o.Profile(false)
	loaded, err := profile.Navigate(t.Context(), loader.Navigation{URL: o.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := profile.Close(t.Context()); err != nil {
		t.Log(err)
	}
	return loaded.Waterfall()
}
