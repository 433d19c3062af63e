package loader_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/fetch/httpcache"
	"pageload/loader"
	"pageload/loader/waterfall"
)

// A repeatTruth is what the browser requested for a page that it had loaded before.
type repeatTruth struct {
	Page     string
	Requests []struct {
		URL, Type, InitialPriority, Initiator string
		FromDiskCache, FromMemoryCache        bool
		Sometimes, Icon                       bool
		Varies                                []string // fields in which the browser's own runs differ
		Headers                               map[string]string
	}
}

// conditions are the fields that a cache adds to a request.
var conditions = []string{"if-none-match", "if-modified-since", "cache-control", "pragma"}

// TestRepeatView loads each page twice and compares the second view with the browser's: which requests there are, which of them a cache answers,
// and which conditions the others have.
func TestRepeatView(t *testing.T) {
	files, err := filepath.Glob("testdata/fidelity/repeat/truth/*.repeat.json")
	cases, _ := filepath.Glob("testdata/fidelity/cases/*.txtar")
	if err != nil || len(files) <= len(cases) {
		t.Fatalf("%d truths for %d cases and more: %v", len(files), len(cases), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".repeat.json")
		t.Run(name, func(t *testing.T) {
			recorded, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want repeatTruth
			if err := json.Unmarshal(recorded, &want); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile("testdata/fidelity/repeat/cases/" + name + ".txtar")
			if os.IsNotExist(err) {
				data, err = os.ReadFile("testdata/fidelity/cases/" + name + ".txtar")
			}
			if err != nil {
				t.Fatal(err)
			}
			compareRepeat(t, secondView(t, parseSite(t, "."+name+".test", data), want.Page), &want)
		})
	}
}

// secondView is that of a page that is loaded again after two seconds.
func secondView(t *testing.T, s *site, page string) *waterfall.Waterfall {
	var w *waterfall.Waterfall
	synctest.Test(t, func(t *testing.T) {
		world := &world{T: t, site: s, serve: map[string]handler{}}
		s.Latency = 1
		// A bubble's clock begins in the year 2000, before what the sites were last modified.
		world.profile.Cache = &httpcache.Cache{Now: func() time.Time { return time.Now().AddDate(26, 10, 0) }}
		world.start()
		world.serveSecureIfAsked()
		world.try(world.Context(), loader.Navigation{URL: page})
		time.Sleep(2 * time.Second)
		w = world.try(world.Context(), loader.Navigation{URL: page}).Waterfall
		world.close()
	})
	return w
}

func compareRepeat(t *testing.T, got *waterfall.Waterfall, want *repeatTruth) {
	rows := map[string][]*waterfall.Request{}
	for i := range got.Requests {
		r := &got.Requests[i]
		rows[r.URL] = append(rows[r.URL], r)
	}
	hits, revalidated := 0, 0
	for _, q := range want.Requests {
		list := rows[q.URL]
		if len(list) == 0 {
			if !q.Sometimes && !q.Icon {
				t.Errorf("missing: %s %s", q.Type, q.URL)
			}
			continue
		}
		r := list[0]
		rows[q.URL] = list[1:]
		// A redirect's hop begins with the priority of that moment: whether an image was seen by then differs.
		steady := func(field string) bool { return !slices.Contains(q.Varies, field) }
		if string(r.Type) != q.Type || string(r.Priority) != q.InitialPriority && !r.Redirect && steady("initialPriority") ||
			r.Initiator.Type != q.Initiator && steady("initiator") {
			t.Errorf("%s: %s %s by %s, want %s %s by %s", q.URL, r.Type, r.Priority, r.Initiator.Type, q.Type, q.InitialPriority, q.Initiator)
		}
		if cached := q.FromDiskCache || q.FromMemoryCache; cached != (r.FromCache != "") {
			t.Errorf("%s: from the cache is %q (%s), want %v", q.URL, r.FromCache, reasonOf(r), cached)
		} else if cached {
			if hits++; r.Transferred() != 0 || r.ConnID != 0 {
				t.Errorf("%s: a hit on connection %d with %d bytes", q.URL, r.ConnID, r.Transferred())
			}
			continue
		}
		for _, name := range conditions {
			sent := ""
			for _, f := range r.RequestHeader {
				if strings.EqualFold(f.Name, name) {
					sent = f.Value
				}
			}
			wanted := ""
			for n, v := range q.Headers {
				if strings.EqualFold(n, name) {
					wanted = v
				}
			}
			if sent != wanted {
				t.Errorf("%s: %s is %q (%s), want %q", q.URL, name, sent, reasonOf(r), wanted)
			}
		}
		if r.Status == 304 {
			if revalidated++; r.Cache == nil || r.Cache.Reason != "revalidated: 304" {
				t.Errorf("%s: %+v", q.URL, r.Cache)
			}
		}
	}
	for url, list := range rows {
		for _, r := range list {
			t.Errorf("extra: %s %s (%s)", r.Type, url, reasonOf(r))
		}
	}
	for i := range got.Requests {
		if r := &got.Requests[i]; slices.Contains([]string{"http", "https"}, strings.SplitN(r.URL, ":", 2)[0]) && r.Cache == nil && r.BlockedReason == "" {
			t.Errorf("%s: nothing is said of the cache", r.URL)
		}
	}
	t.Logf("%d requests, %d from the cache, %d revalidated", len(got.Requests), hits, revalidated)
}

func reasonOf(r *waterfall.Request) string {
	if r.Cache == nil {
		return "no cache"
	}
	return r.Cache.Reason
}
