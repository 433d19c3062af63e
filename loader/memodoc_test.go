package loader_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// rows says all that a page shows of its requests, but what differs from one load
// to the next: ports, and the numbers of connections.
func rows(w *waterfall.Waterfall) (list []string) {
	for i := range w.Requests {
		r := &w.Requests[i]
		list = append(list, fmt.Sprintf("%v-%v %d %s %s %s>%s %+v %s %d %+v %s %s %s", r.Start, r.Times.End, r.Status, r.URL, r.Type, r.Priority, r.FinalPriority,
			r.Initiator, r.FoundBy, r.Offset, r.Rule, r.RenderBlocking, r.BlockedReason, r.NetError))
	}
	page := w.Page
	page.Start = time.Time{}
	return append(list, fmt.Sprintf("%+v %v %v %v", page, w.Limits, w.Skipped, w.Hints))
}

// A page that is remembered is loaded as it was at first: the same requests for the
// same reasons, and in virtual time at the same moments.
func TestRememberedPagesAreLoadedAlike(t *testing.T) {
	files, err := filepath.Glob("testdata/fidelity/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	replayed := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := parseSite(t, "."+name+".test", data)
			if s.Scheme == "https" && !s.HTTP1 {
				return // over loopback, in real time: no two loads are alike
			}
			var recorded truth
			b, err := os.ReadFile(filepath.Join("testdata/fidelity/truth", name+".json"))
			if err == nil {
				err = json.Unmarshal(b, &recorded)
			}
			if err != nil {
				t.Fatal(err)
			}
			page := recorded.Page
			want := rows(loadCaseWith(t, s, page, &loader.Memory{Bytes: -1}))
			var m loader.Memory
			for i := range 5 {
				if got := rows(loadCaseWith(t, s, page, &m)); !slices.Equal(got, want) {
					t.Fatalf("load %d: got\n%s\nwant\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
			replayed += loader.Remembered(&m)
		})
	}
	if replayed < 40 {
		t.Errorf("%d documents were remembered in all, want more", replayed)
	}
}
