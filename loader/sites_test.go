package loader_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestSites loads each site of testdata/sites and compares its waterfall with
// the site's file "want". A site shows one rule and is named for it; the source
// of the rule is in its "about". With -update what came is written into the sites:
// read the difference before you keep it.
func TestSites(t *testing.T) {
	files, err := filepath.Glob("testdata/sites/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sites: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			inWorld(t, string(data), func(w *world) {
				page := w.site.Page
				if page == "" {
					page = "/"
				}
				got := w.load(page).String()
				want, _ := w.site.file("want")
				switch {
				case *update:
					writeWant(t, file, w.site.archive, got)
				case got != string(want):
					t.Errorf("%s\ngot\n%swant\n%s", w.site.About, got, want)
				}
			})
		})
	}
}

func writeWant(t *testing.T, file string, ar *txtar.Archive, want string) {
	t.Helper()
	for i := range ar.Files {
		if ar.Files[i].Name == "want" {
			ar.Files = append(ar.Files[:i], ar.Files[i+1:]...)
			break
		}
	}
	ar.Files = append(ar.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
		t.Fatal(err)
	}
}
