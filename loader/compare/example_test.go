package compare_test

import (
	"fmt"
	"os"
	"time"

	"pageload/loader/compare"
	"pageload/loader/waterfall"
)

// load makes a load of a page with one style sheet and one script; where it is
// blocking, the page takes longer.
func load(blocking bool) *waterfall.Waterfall {
	const ms = time.Millisecond
	w := &waterfall.Waterfall{Page: waterfall.Page{URL: "https://example.com/", RenderStart: 120 * ms, DOMInteractive: 120 * ms, DOMContentLoaded: 130 * ms, Load: 300 * ms, End: 300 * ms}}
	add := func(u string, t waterfall.Type, start, end time.Duration, block string) {
		r := waterfall.Request{ID: int32(len(w.Requests) + 1), Start: start * ms, Done: true}
		r.URL, r.Method, r.Type, r.Priority, r.RenderBlocking, r.Status, r.HeadBytes, r.BodyBytes = u, "GET", t, waterfall.High, block, 200, 300, 12_000
		r.Chain, r.Times = r.ID, waterfall.NoTimes()
		r.Times.End = end * ms
		if t != waterfall.Document {
			r.Initiator.URL = "https://example.com/"
		}
		w.Requests = append(w.Requests, r)
	}
	add("https://example.com/", waterfall.Document, 0, 100, "")
	add("https://example.com/site.css", waterfall.Stylesheet, 60, 120, "Blocking")
	if blocking {
		add("https://cdn.example.net/app.77e0b2aa.js", waterfall.Script, 60, 700, "Blocking")
		w.Page.RenderStart, w.Page.DOMContentLoaded, w.Page.Load, w.Page.End = 700*ms, 700*ms, 700*ms, 700*ms
	} else {
		add("https://cdn.example.net/app.3f9a1c22.js", waterfall.Script, 60, 300, "NonBlocking")
	}
	return w
}

func ExampleOf() {
	d := compare.Of(load(false), load(true), compare.Options{})
	d.Text(os.Stdout, compare.TextOptions{})
	// Output:
	// A: https://example.com/
	// B: https://example.com/
	//
	//                                       A            B     difference
	// render start                     120 ms       700 ms  +580 ms +483%
	// DOMContentLoaded                 130 ms       700 ms  +570 ms +438%
	// load                             300 ms       700 ms  +400 ms +133%
	// end                              300 ms       700 ms  +400 ms +133%
	// requests                              3            3
	// that block rendering                  1            2             +1
	// failed                                0            0
	// redirects                             0            0
	// hosts                                 2            2
	// connections                           0            0
	// over the network                36.9 kB      36.9 kB
	//   document                      12.3 kB      12.3 kB
	//   script                        12.3 kB      12.3 kB
	//   stylesheet                    12.3 kB      12.3 kB
	//
	// changed (1, 2 did not)
	//   ~ script      https://cdn.example.net/app.3f9a1c22.js
	//       blocking NonBlocking -> Blocking
	//       now https://cdn.example.net/app.77e0b2aa.js
	//
	// critical path of A (* only here)
	//          0 ms     60 ms  https://example.com/
	//         60 ms    300 ms  https://cdn.example.net/app.3f9a1c22.js (found)
	//
	// critical path of B (* only here)
	//          0 ms     60 ms  https://example.com/
	//         60 ms    700 ms  https://cdn.example.net/app.77e0b2aa.js (found)
}

// In a Go test, each violation is an error of its own.
func ExampleBudget() {
	budget := compare.Budget{Hosts: 1, Load: 500 * time.Millisecond, BytesByType: map[waterfall.Type]int64{waterfall.Script: 20_000}}
	for _, v := range budget.Check(load(true)) {
		fmt.Println(v) // t.Error(v)
	}
	// Output:
	// 2 hosts, at most 1: https://cdn.example.net/app.77e0b2aa.js
	// load at 700 ms, the budget is 500 ms: it waited for https://cdn.example.net/app.77e0b2aa.js, https://example.com/
}

func ExampleRegression() {
	d := compare.Of(load(false), load(true), compare.Options{})
	for _, v := range (compare.Regression{NewBlocking: true, Load: compare.Increase{Percent: 10}}).Check(d) {
		fmt.Println(v)
	}
	// Output:
	// load at 700 ms, at most 330 ms (before: 300 ms): it waited for https://cdn.example.net/app.77e0b2aa.js
	// blocks rendering now: https://cdn.example.net/app.77e0b2aa.js
}
