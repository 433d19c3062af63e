// Package parse reads an HTML document while it arrives, and says what a
// browser would fetch for it.
//
// [Parser] is pushed: Feed takes bytes as they come and returns what the
// preload scanner sees in them; Next lets the tree builder go on, event by
// event, and stops wherever the caller stops calling it, as a browser stops
// at a script. Both read the same tokens, so a tag is tokenized once. The
// elements are in a [dom.Table], which style matching reads while it grows.
//
// Who has a whole document takes [Parse], or [References] for a stream of
// what it refers to:
//
//	for ref, err := range parse.References(body, parse.Options{URL: u}) {
//		…
//	}
//
// The rules are the HTML standard's, and for what is fetched and when those of
// Chromium's HTMLPreloadScanner and of recordings of Chromium 156. No script
// is run. With scripting, the default, the contents of noscript are text.
//
// The encoding is found as Chromium finds it: byte order mark, Content-Type,
// declaration in the document, encoding of the frame's parent, and at last a
// guess by the characters that the first bytes would be. UTF-8 is not guessed:
// a document in UTF-8 that says so nowhere is read as windows-1252.
//
// The package fetches nothing and computes no priorities. For editing or
// rendering HTML take golang.org/x/net/html, of which [Document.Node] gives a
// view.
package parse
