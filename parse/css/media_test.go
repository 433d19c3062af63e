package css

import "testing"

func TestMediaMatch(t *testing.T) {
	phone := Device{Width: 390, Height: 844, DPR: 3, Touch: true, Dark: true}
	tests := []struct {
		query string
		d     Device
		want  bool
	}{
		{"", Device{}, true},
		{" ", Device{}, true},
		{"ALL", Device{}, true},
		{"screen", Device{}, true},
		{"screen", Device{Print: true}, false},
		{"only print", Device{Print: true}, true},
		{"tv", Device{}, false},
		{"not tv", Device{}, true},
		{"(min-width: 1280px)", Device{}, true},
		{"(400px <= width <= 2000px)", Device{}, true},
		{"(2000px > width >= 1280px)", Device{}, true},
		{"(400px <= width >= 2000px)", Device{}, false}, // directions differ
		{"(width > calc(10em + 3px*2))", Device{}, true},
		{"(min-width: min(2000px, 50vw))", Device{}, true},
		{"(orientation: portrait)", phone, true},
		{"(hover: hover)", Device{}, false},
		{"(hover: hover) and (pointer: fine)", Device{Mouse: true}, true},
		{"(hover: none) and (pointer: coarse)", phone, true},
		{"(prefers-color-scheme: dark)", phone, true},
		{"(min-resolution: 2dppx)", phone, true},
		{"(-webkit-min-device-pixel-ratio: 1.5), (min-resolution: 144dpi)", phone, true},
		{"(-webkit-min-device-pixel-ratio: 1.5)", Device{}, false},
		{"(scripting: enabled)", Device{}, true},
		{"(scripting)", Device{NoScript: true}, false},
		{"(prefers-reduced-motion)", Device{ReducedMotion: true}, true},
		{"not (unknown)", Device{}, false},
		{"(unknown) or (width)", Device{}, true},
		{"not all and (unknown)", Device{}, false},
		{"screen and (min-width", Device{}, false},
		{"screen and (min-width: 1px", Device{}, true},
		{"screen,print and", Device{}, true},
		{"print, (nonsense: 3)", Device{}, false},
		{"{", Device{}, false},
	}
	for _, tt := range tests {
		if got := ParseMedia(tt.query).Match(tt.d); got != tt.want {
			t.Errorf("ParseMedia(%q).Match(%+v) = %v, want %v", tt.query, tt.d, got, tt.want)
		}
	}
}

func TestSizes(t *testing.T) {
	tests := []struct {
		sizes string
		want  float64
	}{
		{"", 1280},
		{"100vw", 1280},
		{"50vw", 640},
		{"(max-width: 600px) 100vw, 300px", 300},
		{"calc(100vw - 900px)", 380},
		{"calc((100vw - 80px) / 2 * 1)", 600},
		{"clamp(100px, 50vw, 500px)", 500},
		{"max(10rem, 1in)", 160},
		{"calc(1px - 2px)", 0},
		{"calc(1px -2px)", 1280},
		{"auto, 10px", 10},
		{"auto", 1280},
		{"10vmin", 72},
		{"1dvw", 12.8},
		{"1cm", 96 / 2.54},
	}
	for _, tt := range tests {
		if got := ParseSizes(tt.sizes).Resolve(Device{}); got != tt.want {
			t.Errorf("ParseSizes(%q) = %v, want %v", tt.sizes, got, tt.want)
		}
	}
	if !ParseSizes(" AUTO , 10px").Auto() || ParseSizes("10px, auto").Auto() {
		t.Error("Auto")
	}
}

func TestSelectSrcset(t *testing.T) {
	tests := []struct {
		srcset, sizes, src string
		d                  Device
		want               string
	}{
		{"", "", "s", Device{}, "s"},
		{"", "", "", Device{}, ""},
		{"a 1x, b 2x", "", "s", Device{}, "a"},
		{"b 2x", "", "s", Device{}, "s"},
		{"b 2x", "", "s", Device{DPR: 2}, "b"},
		{"a 1x, b 2x", "", "", Device{DPR: 1.3}, "b"},
		{"a 1x, b 2x", "", "", Device{DPR: 3}, "b"},
		{"a 300w, b 700w, c 1000w", "", "s", Device{Width: 800}, "c"},
		{"a 400w, b 900w", "50vw", "s", Device{Width: 800}, "a"},
		{"a 400w, b 900w", "50vw", "s", Device{Width: 800, DPR: 2}, "b"},
		{"bad 100w 2x, i 1x", "", "s", Device{}, "i"},
		{"bad 3q", "", "s", Device{}, "s"},
		{" j,with,comma 1x , j2 3x ", "", "", Device{}, "j,with,comma"},
	}
	for _, tt := range tests {
		if got, ok := SelectSrcset(tt.srcset, tt.sizes, tt.src, tt.d); got != tt.want || ok != (tt.want != "") {
			t.Errorf("SelectSrcset(%q, %q, %q) = %q, %v, want %q", tt.srcset, tt.sizes, tt.src, got, ok, tt.want)
		}
	}
}

// Features that Chromium 156 does not know match nothing, nor does their negation.
func TestMediaUnknown(t *testing.T) {
	for _, s := range []string{"(inverted-colors: none)", "(video-dynamic-range: standard)", "not (inverted-colors)"} {
		if ParseMedia(s).Match(Device{}) {
			t.Errorf("%s matches", s)
		}
	}
}

func FuzzMedia(f *testing.F) {
	for _, v := range readVectors[mediaVector](f, "media-queries.jsonl") {
		f.Add(v.Query)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := ParseMedia(s)
		for _, d := range []Device{{}, {Width: 320, DPR: 2, Touch: true}, {Print: true}} {
			got := m.Match(d)
			if again := ParseMedia(s).Match(d); again != got {
				t.Fatalf("%q: %v, then %v", s, got, again)
			}
			// a list with another query that never matches says the same
			if toks, _ := tokenize(s, 0); !m.IsEmpty() && blockEndsOpen(toks) == false {
				if got != ParseMedia("not all,"+s).Match(d) {
					t.Fatalf("%q: differs behind another query", s)
				}
			}
		}
	})
}

// blockEndsOpen reports whether a block is still open at the end.
func blockEndsOpen(toks []token) bool {
	for i := range toks {
		if _, ok := toks[i].opens(); ok && blockEnd(toks, i) == len(toks) {
			return true
		}
	}
	return false
}

func FuzzSizes(f *testing.F) {
	for _, v := range readVectors[srcsetVector](f, "sizes.jsonl") {
		if v.Sizes != nil {
			f.Add(*v.Sizes)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		z := ParseSizes(s)
		for _, d := range []Device{{}, {Width: 1e9, Height: -1}} {
			if w := z.Resolve(d); w < 0 {
				t.Fatalf("ParseSizes(%q) = %v", s, w)
			}
		}
	})
}

func FuzzSrcset(f *testing.F) {
	for _, v := range readVectors[srcsetVector](f, "srcset.jsonl") {
		f.Add(v.Srcset, "src")
	}
	f.Fuzz(func(t *testing.T, srcset, src string) {
		list := ParseSrcset(srcset)
		for _, c := range list {
			if c.URL == "" || c.Density < 0 || c.Width < 0 || c.Height < 0 || (c.Width != 0) == (c.Density != 0) && c.Width != 0 {
				t.Fatalf("ParseSrcset(%q): %+v", srcset, c)
			}
		}
		got, ok := SelectSrcset(srcset, "50vw", src, Device{DPR: 2})
		if ok != (got != "") {
			t.Fatalf("SelectSrcset(%q) = %q, %v", srcset, got, ok)
		}
		known := got == src || !ok
		for _, c := range list {
			known = known || c.URL == got
		}
		if !known {
			t.Fatalf("SelectSrcset(%q) = %q, which is no candidate", srcset, got)
		}
	})
}
