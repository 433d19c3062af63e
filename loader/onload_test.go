package loader

import "testing"

func TestOnLoad(t *testing.T) {
	tests := []struct {
		text string
		want onLoad
	}{
		{"this.media='all'", onLoad{media: "all"}},
		{`this.onload=null; this.media = "screen"`, onLoad{media: "screen"}},
		{"this.onload=null;this.rel='stylesheet'", onLoad{sheet: true}},
		{"this.rel='stylesheet',this.media='print'", onLoad{media: "print", sheet: true}},
		{"this.rel='preload'", onLoad{}},
		{"this.media=x; f(this.media='all')", onLoad{}},
		{"if(media!='all')media='all'", onLoad{media: "all"}},
		{"this.media='", onLoad{}},
		{"", onLoad{}},
	}
	for _, tt := range tests {
		if got := parseOnLoad(tt.text); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}
