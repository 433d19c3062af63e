package css

import "testing"

func TestWindowIsMeasuredWhenAskedFor(t *testing.T) {
	for _, tt := range []struct {
		media string
		match bool
		asked bool
	}{
		{"screen", true, false},
		{"print", false, false},
		{"(prefers-color-scheme: dark)", false, false},
		{"(max-width: 400px)", true, true},
		{"(max-width: 200px)", false, true},
		{"(orientation: landscape)", true, true},
		{"(device-width: 1000px)", true, false},
	} {
		n := 0
		w := &Window{Measure: func() (float64, float64) { n++; return 300, 150 }}
		d := Device{Window: w, ScreenWidth: 1000}
		for range 2 {
			if got := ParseMedia(tt.media).Match(d); got != tt.match {
				t.Errorf("%q matches a window of 300x150: %v, want %v", tt.media, got, tt.match)
			}
		}
		if w.Asked() != tt.asked || tt.asked && n != 1 || !tt.asked && n != 0 {
			t.Errorf("%q: measured %d times, Asked is %v, want %v", tt.media, n, w.Asked(), tt.asked)
		}
	}
	w := &Window{Measure: func() (float64, float64) { return 300, 0 }}
	if width, height := (Device{Window: w, Width: 1}).Viewport(); width != 300 || height != 0 {
		t.Errorf("viewport %vx%v, want that of the window", width, height)
	}
}
