package schedule

import (
	"fmt"
	"testing"

	"pageload/conn"
	wf "pageload/loader/waterfall"
)

func TestInitial(t *testing.T) {
	image := Resource{Type: wf.Image, Scanner: true}
	tests := []struct {
		name         string
		imageBefore  bool
		r            Resource
		want         conn.Priority
		wantBlocking string
	}{
		{"document", false, Resource{Type: wf.Document}, conn.VeryHigh, ""},
		{"document low", false, Resource{Type: wf.Document, Hint: Low}, conn.VeryHigh, ""},
		{"sheet", false, Resource{Type: wf.Stylesheet, Scanner: true}, conn.VeryHigh, Blocking},
		{"sheet after image", true, Resource{Type: wf.Stylesheet, Scanner: true, InBody: true}, conn.Medium, InBodyParserBlocking},
		{"late sheet low", true, Resource{Type: wf.Stylesheet, Scanner: true, InBody: true, Hint: Low}, conn.Low, InBodyParserBlocking},
		{"sheet found by the parser after image", true, Resource{Type: wf.Stylesheet}, conn.VeryHigh, Blocking},
		{"sheet low", false, Resource{Type: wf.Stylesheet, Scanner: true, Hint: Low}, conn.High, Blocking},
		{"print sheet", false, Resource{Type: wf.Stylesheet, MediaMismatch: true}, conn.VeryLow, NonBlocking},
		{"print sheet high", false, Resource{Type: wf.Stylesheet, MediaMismatch: true, Hint: High}, conn.High, NonBlocking},
		{"preload style", false, Resource{Type: wf.Stylesheet, Scanner: true, LinkPreload: true}, conn.VeryHigh, NonBlocking},
		{"script", false, Resource{Type: wf.Script, Scanner: true}, conn.High, Blocking},
		{"script low in head", false, Resource{Type: wf.Script, Scanner: true, Hint: Low}, conn.High, Blocking},
		{"script low in body", true, Resource{Type: wf.Script, Scanner: true, InBody: true, Hint: Low}, conn.Low, InBodyParserBlocking},
		{"late script", true, Resource{Type: wf.Script, Scanner: true, InBody: true}, conn.Medium, InBodyParserBlocking},
		{"async", false, Resource{Type: wf.Script, Scanner: true, Async: true}, conn.Low, PotentiallyBlocking},
		{"async high", false, Resource{Type: wf.Script, Scanner: true, Async: true, Hint: High}, conn.High, PotentiallyBlocking},
		{"async blocking=render", false, Resource{Type: wf.Script, Scanner: true, Async: true, BlocksRender: true}, conn.High, Blocking},
		{"defer", false, Resource{Type: wf.Script, Scanner: true, Defer: true}, conn.Low, NonBlocking},
		{"module", true, Resource{Type: wf.Script, Scanner: true, Module: true}, conn.High, NonBlocking},
		{"module async", true, Resource{Type: wf.Script, Scanner: true, Module: true, Async: true}, conn.High, PotentiallyBlocking},
		{"module low", false, Resource{Type: wf.Script, Scanner: true, Module: true, Hint: Low}, conn.Low, NonBlocking},
		{"font", false, Resource{Type: wf.Font, Rendered: true}, conn.VeryHigh, NonBlocking},
		{"preload font", false, Resource{Type: wf.Font, LinkPreload: true}, conn.High, NonBlocking},
		{"preload font low", false, Resource{Type: wf.Font, LinkPreload: true, Hint: Low}, conn.Low, NonBlocking},
		{"preload fetch", false, Resource{Type: wf.Other, LinkPreload: true}, conn.High, NonBlocking},
		{"preload fetch low", false, Resource{Type: wf.Other, LinkPreload: true, Hint: Low}, conn.Low, NonBlocking},
		{"preload image", false, Resource{Type: wf.Image, Scanner: true, LinkPreload: true}, conn.Low, NonBlocking},
		{"preload image high", false, Resource{Type: wf.Image, Scanner: true, LinkPreload: true, Hint: High}, conn.High, NonBlocking},
		{"prefetch", false, Resource{Type: wf.Other, Prefetch: true}, conn.VeryLow, ""},
		{"prefetch high", false, Resource{Type: wf.Other, Prefetch: true, Hint: High}, conn.High, ""},
		{"icon", false, Resource{Type: wf.Other, Icon: true}, conn.High, ""},
		{"manifest", false, Resource{Type: wf.Manifest}, conn.Medium, ""},
		{"SVG document", false, Resource{Type: wf.Other}, conn.Low, ""},
		{"media", false, Resource{Type: wf.Media}, conn.Low, ""},
		{"track", false, Resource{Type: wf.TextTrack}, conn.Low, ""},
		{"image", false, image, conn.Medium, ""},
		{"small image", false, Resource{Type: wf.Image, Scanner: true, Small: true}, conn.Low, ""},
		{"CSS image", false, Resource{Type: wf.Image, Rendered: true}, conn.Low, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d Document
			if tt.imageBefore {
				d.Initial(image)
			}
			got, blocking := d.Initial(tt.r)
			if got != tt.want || blocking != tt.wantBlocking {
				t.Errorf("Initial(%+v) = %v %q, want %v %q", tt.r, got, blocking, tt.want, tt.wantBlocking)
			}
		})
	}
}

// The first five images that are not small are boosted; those with a hint of
// their own count but are not.
func TestInitialBoostsFiveImages(t *testing.T) {
	var d Document
	image := Resource{Type: wf.Image, Scanner: true}
	small, high, low, preload := image, image, image, image
	small.Small, high.Hint, low.Hint, preload.LinkPreload = true, High, Low, true
	var got []conn.Priority
	for _, r := range []Resource{small, preload, high, low, image, image, image, image} {
		p, _ := d.Initial(r)
		got = append(got, p)
	}
	want := []conn.Priority{conn.Low, conn.Low, conn.High, conn.Low, conn.Medium, conn.Medium, conn.Medium, conn.Low}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("priorities %v, want %v", got, want)
	}
}

func TestReachedRaisesLateScripts(t *testing.T) {
	var d Document
	d.Initial(Resource{Type: wf.Image, Scanner: true})
	late := Resource{Type: wf.Script, Scanner: true, InBody: true}
	p, _ := d.Initial(late)
	if got := d.Reached(late, p); p != conn.Medium || got != conn.High {
		t.Errorf("late script: %v, reached %v, want Medium, High", p, got)
	}
	sheet := Resource{Type: wf.Stylesheet, Scanner: true, InBody: true}
	p, _ = d.Initial(sheet)
	if got := d.Reached(sheet, p); got != conn.Medium {
		t.Errorf("late sheet reached: %v, want Medium: no raise was recorded", got)
	}
}
