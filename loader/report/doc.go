// Package report shows a waterfall to people.
//
// [Text] draws it for a terminal: a row a request with a bar on a common time
// axis, then milestones, totals and what went wrong. [Line] is one event as a
// line of a log, and [Live] draws the rows while they grow. [SVG] is a picture.
//
//	err := report.Text(os.Stdout, page.Waterfall(), report.TextOptions{Width: 120, Color: true})
//
// The package asks nobody about the terminal: its width, whether it has colours
// and whether the user wants them are the caller's to find out. Nothing that
// comes from a page reaches the terminal as it is: control characters and
// characters of unknown width are escaped.
//
// For a browser use package report/web, for other programs package har, or the fields of
// [waterfall.Waterfall].
package report
