// Package compare says how two loads differ, and holds a load to a budget. All
// of it is pure functions of [waterfall.Waterfall] values, so it works on what was
// just loaded, on a HAR file that was read, and on a simulation.
//
// [Of] compares a load A with a load B: what was added and removed, and what of
// the requests that both have came to block rendering or stopped doing so, moved,
// or changed in priority, size, status, type or connection; beside that the
// milestones, bytes and the critical path. [Diff.Text] shows it on a terminal,
// and a Diff marshals to JSON.
//
// [Budget] holds one load to fixed bounds and [Regression] holds the second of
// two loads to the first. Both return [Violation] values, whose text names the
// request that broke the bound, so that a Go test reads
//
//	for _, v := range (compare.Budget{Hosts: 3, Load: 2 * time.Second}).Check(page.Waterfall()) {
//		t.Error(v)
//	}
//
// # Which request is which
//
// Requests of A are matched with those of B in six steps, from the strictest
// rule to the loosest. A step looks at what the steps before it have left, and
// pairs what has the same key in the order in which it was requested. What no
// step pairs was added or removed. All keys hold the method.
//
//  1. The URL without its fragment, and whether it is where a redirect led.
//  2. The same with the page's own host (and port) taken for one that both loads
//     have, so that a deployment can be compared with another one, and without
//     ports from 32768 on, which a system has chosen.
//  3. The same with the query's parameters sorted, and the values left out that
//     are noise: those of parameters named for it ("_", "cb", "ts", "v",
//     "utm_…", …), and those that look like hashes or times.
//  4. The same without hashes and versions in the names of files: "app.3f9a1c22.js"
//     is "app.*.js", "jquery-3.6.0.min.js" is "jquery-*.min.js"; the type is the same.
//  5. The same without any value of the query.
//  6. The same without the digits in the host's first label: img1.example.com
//     is img2.example.com.
//
// A hash is a run of letters and digits, as long as a hash's beginning (six or
// more hexadecimal digits of both kinds, eight or more letters of both cases with
// a digit, or a UUID); a time is ten or more digits. "photo-1.jpg" and
// "photo-2.jpg" stay two.
package compare
