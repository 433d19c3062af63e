// Package waterfall is the record of one page load: a log of events, and the
// waterfall, which is the fold of that log into rows.
//
// While a page loads, everything that happens becomes an [Event] with an
// offset from the start of the navigation. [Fold] turns a log into a
// [Waterfall]: plain data, a row a request and a row a connection, from which
// every view (HAR, report, terminal, comparison) is computed. No view keeps
// figures of its own, so views cannot disagree.
//
// The package imports the standard library only and knows nothing of how pages
// are loaded: a Waterfall can as well be read back from a file.
//
// Most users get a Waterfall from loader.Page.Waterfall and need only
// [Waterfall.Requests] and [Waterfall.Page]. Those who follow a load live read
// events; see [Kind] for what each one says.
package waterfall
