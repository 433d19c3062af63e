// Package web writes a waterfall as a report for a browser: one HTML file that
// needs no network and nothing beside it.
//
//	err := web.Write(file, loaded.Waterfall(), web.Options{})
//
// The file shows the requests with their phases and the milestones, the
// connections, and which request led to which with the critical path. It can be
// sorted and filtered, read with the keyboard and a screen reader, and printed.
// It is for people: other programs read the HAR (package har). For a picture use
// report.SVG.
//
// What comes from the loaded page is data in the file, never markup or code: it
// lies in a block of JSON in which <, >, & and the line separators of JavaScript
// are escaped, the scripts put it into text nodes only, and the file's content
// security policy allows no script, style or connection but what this package
// wrote.
//
// The file holds header fields, cookies included, unless Options says otherwise.
package web
