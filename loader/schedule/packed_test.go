package schedule

import (
	"reflect"
	"testing"

	"pageload/loader/waterfall"
)

// Whatever a Resource says, its packed form says too; a new field has to be packed as well.
func TestPack(t *testing.T) {
	types := []waterfall.Type{
		"", waterfall.Document, waterfall.Stylesheet, waterfall.Script, waterfall.Image, waterfall.Font, waterfall.Media, waterfall.TextTrack,
		waterfall.Manifest, waterfall.Fetch, waterfall.Other,
	}
	for _, typ := range types {
		for _, hint := range []Hint{Auto, High, Low} {
			r := Resource{Type: typ, Hint: hint}
			v := reflect.ValueOf(&r).Elem()
			for i := -1; i < v.NumField(); i++ {
				if i >= 0 {
					if v.Field(i).Kind() != reflect.Bool {
						continue
					}
					v.Field(i).SetBool(true)
				}
				if got := r.Pack().Resource(); got != r || r.Pack().Type() != typ {
					t.Errorf("packed: %+v, want %+v", got, r)
				}
				if i > 0 && i%2 == 0 { // some together
					v.Field(i).SetBool(false)
				}
			}
		}
	}
	odd := Resource{Type: "Of another world", Icon: true}
	if got := odd.Pack().Resource(); got != (Resource{Icon: true}) {
		t.Errorf("of an unknown type: %+v", got)
	}
}
