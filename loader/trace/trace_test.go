package trace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pageload/loader/har"
	"pageload/loader/trace"
	"pageload/loader/waterfall"
)

func loads(t testing.TB, name string) *waterfall.Waterfall {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "har", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wf, err := har.Read(f, har.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return wf
}

type event struct {
	Name, Cat, Ph, ID, S string
	TS                   *int64
	Dur                  *int64
	PID, TID             *int
	Args                 map[string]any
}

func parse(t testing.TB, wf *waterfall.Waterfall) (list []event) {
	t.Helper()
	var b bytes.Buffer
	if err := trace.Write(&b, wf); err != nil {
		t.Fatal(err)
	}
	var file struct {
		DisplayTimeUnit string
		TraceEvents     []event
		OtherData       map[string]string
	}
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if file.DisplayTimeUnit != "ms" || file.OtherData["url"] != wf.Page.URL {
		t.Errorf("%s, %v", file.DisplayTimeUnit, file.OtherData)
	}
	return file.TraceEvents
}

// The rules of the Trace Event Format that importers hold files to: every event
// has name, phase, time, process and thread; complete ones a duration; begins and
// ends of an id pair up, nested; complete events of a thread do not overlap.
func TestStructure(t *testing.T) {
	for _, name := range []string{"sample.json", "playwright.har", "chrome-har.har", "devtools.har", "firefox.har"} {
		wf := loads(t, name)
		open := map[string][]event{}
		ended := map[int]int64{} // by thread
		seen := map[string]int{}
		for _, e := range parse(t, wf) {
			if e.Name == "" || e.TS == nil || *e.TS < 0 || e.PID == nil || e.TID == nil {
				t.Fatalf("%s: %+v", name, e)
			}
			key := fmt.Sprint(*e.PID, e.Cat, e.ID)
			switch seen[e.Ph]++; e.Ph {
			case "M":
				if len(e.Args) != 1 {
					t.Errorf("%s: %+v", name, e)
				}
			case "i":
				if e.S != "p" {
					t.Errorf("%s: %+v", name, e)
				}
			case "X":
				if e.Dur == nil || *e.Dur < 0 || *e.TS < ended[*e.TID] {
					t.Errorf("%s: %+v overlaps what ends at %d", name, e, ended[*e.TID])
				}
				ended[*e.TID] = *e.TS + *e.Dur
			case "b":
				if e.ID == "" || len(open[key]) > 0 && *e.TS < *open[key][0].TS {
					t.Errorf("%s: %+v", name, e)
				}
				open[key] = append(open[key], e)
			case "e":
				n := len(open[key]) - 1
				if n < 0 || open[key][n].Name != e.Name || *e.TS < *open[key][n].TS {
					t.Fatalf("%s: %+v ends %+v", name, e, open[key])
				}
				open[key] = open[key][:n]
			default:
				t.Errorf("%s: phase %s", name, e.Ph)
			}
		}
		for key, left := range open {
			if len(left) > 0 {
				t.Errorf("%s: %s is not ended: %+v", name, key, left)
			}
		}
		if seen["b"] < len(wf.Requests) || seen["i"] < 2 || seen["X"] == 0 && len(wf.Connections) > 0 {
			t.Errorf("%s: events %v", name, seen)
		}
	}
}

func TestArguments(t *testing.T) {
	wf := loads(t, "devtools.har")
	for _, e := range parse(t, wf) {
		if e.Ph == "b" && e.Args["url"] == "https://www.example.test/" {
			if e.Name != "www.example.test" || e.Args["status"] != 200.0 || e.Args["serverTiming db"] != 53.0 || e.Args["connection"] != 2.0 || *e.TS != 31000 {
				t.Errorf("%+v", e)
			}
			return
		}
	}
	t.Error("the document is not there")
}

type failing struct{}

var errFull = errors.New("disk full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestErrors(t *testing.T) {
	if err := trace.Write(failing{}, loads(t, "sample.json")); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if trace.Write(failing{}, nil) == nil {
		t.Error("no waterfall, no error")
	}
	if got := parse(t, &waterfall.Waterfall{}); len(got) != 9 { // names, and milestones at 0
		t.Errorf("of nothing: %d events", len(got))
	}
}

func ExampleWrite() {
	var b bytes.Buffer
	if err := trace.Write(&b, &waterfall.Waterfall{Requests: []waterfall.Request{{ID: 1, Discovery: waterfall.Discovery{URL: "http://a.test/x.js"}}}}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(json.Valid(b.Bytes()), bytes.Count(b.Bytes(), []byte("x.js")))
	// Output: true 3
}
