package css

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// readVectors decodes the rows of a JSON lines file of testdata/vectors.
func readVectors[T any](t testing.TB, name string) []T {
	t.Helper()
	f, err := os.Open("testdata/vectors/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []T
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v in %q", name, err, sc.Bytes())
		}
		rows = append(rows, row)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

type mediaVector struct {
	Kind, Query string
	Viewport    []float64 `json:"viewport_px"`
	Device      []float64 `json:"device_px"`
	DPR         float64
	ColorBits   int `json:"color_bits"`
}

// mediaExceptions are rows of the vectors that do not hold here, with the reason.
var mediaExceptions = map[string]string{
	"(min-resolution: 10000dpi)":             "the row was made with a stubbed resolution of 10000dpi",
	"(resolution: 10000dpi)":                 "",
	"not all and (min-resolution: 10000dpi)": "stubbed resolution",
	"(min-resolution: 3937dpcm)":             "stubbed resolution",
	"(max-resolution: 3937dpcm)":             "stubbed resolution",
	"not all and (min-resolution: 3938dpcm)": "",
}

func TestParseMediaVectors(t *testing.T) {
	passed, excepted := 0, 0
	for _, v := range readVectors[mediaVector](t, "media-queries.jsonl") {
		query, want := v.Query, true
		kind := v.Kind
		if k, ok := strings.CutPrefix(kind, "expression_"); ok {
			kind, query = k, "("+query+")"
		}
		var got bool
		switch kind {
		case "applies", "does_not_apply":
			d := Device{Width: v.Viewport[0], Height: v.Viewport[1], ScreenWidth: v.Device[0], ScreenHeight: v.Device[1], DPR: v.DPR, ColorBits: v.ColorBits}
			for _, p := range []*float64{&d.Width, &d.Height} {
				if *p == 0 {
					*p = -1 // zero would be the default
				}
			}
			got, want = ParseMedia(query).Match(d), kind == "applies"
		case "parseable", "not_parseable":
			m := ParseMedia(query)
			got, want = len(m.queries) == 1, kind == "parseable"
			for _, q := range m.queries {
				got = got && (q != notAll) && (q.cond == nil || q.cond.known())
			}
		default:
			t.Fatalf("unknown kind %q", v.Kind)
		}
		if got == want {
			passed++
			continue
		}
		if why := mediaExceptions[v.Query]; why != "" {
			excepted++
			t.Logf("excepted: %s: %s", v.Query, why)
			continue
		}
		t.Errorf("ParseMedia(%q), viewport %v: %s = %v, want %v", query, v.Viewport, kind, got, want)
	}
	t.Logf("%d rows passed, %d excepted", passed, excepted)
}

type srcsetVector struct {
	Srcset string
	Sizes  *string
	Expect string
}

func TestSelectSrcsetVectors(t *testing.T) {
	d := Device{Width: 1000, Height: 1000, DPR: 1}
	for _, file := range []string{"srcset.jsonl", "sizes.jsonl"} {
		for _, v := range readVectors[srcsetVector](t, file) {
			sizes := ""
			if v.Sizes != nil {
				sizes = *v.Sizes
			}
			if got, ok := SelectSrcset(v.Srcset, sizes, "", d); got != v.Expect || ok != (v.Expect != "") {
				t.Errorf("SelectSrcset(%q, %q) = %q, %v, want %q", v.Srcset, sizes, got, ok, v.Expect)
			}
		}
	}
}
