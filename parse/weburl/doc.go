// Package weburl is the URL of the web: it parses, resolves and writes URLs as browsers do, by the WHATWG URL standard,
// and knows what browsers derive from one: origin, site, default port, whether it is trustworthy.
//
// Start with [Parse] for an absolute URL and with [URL.Parse] for a reference found in a document:
//
//	page, err := weburl.Parse("https://example.com/shop/list.html")
//	img, err := page.Parse(`..\img\1.png?size=big`)
//	img.String() // https://example.com/img/1.png?size=big
//
// A document that is not UTF-8 writes the query of its references in its own encoding: [URL.ParseEncoded].
//
// The parser never guesses and is never surprised: a text either gives one URL, whose String parses to itself, or an
// [*Error] that says why not. It follows the standard of July 2026 and passes all rows of web-platform-tests'
// urltestdata.json; names are mapped by UTS 46 as golang.org/x/net/idna has it.
//
// Do not use it for what is no web URL (a URN registry, a database's connection string): the standard repairs its input
// (backslashes become slashes, "http:/a" becomes "http://a/"), which is right for an href and wrong for a
// configuration file that should be refused. It has no setters: a URL is a value that is made and not changed.
package weburl
