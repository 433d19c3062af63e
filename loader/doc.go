// Package loader loads a web page as a browser's network side does: the
// document, everything that it refers to and that a browser would fetch, in a
// browser's order, and keeps a waterfall of it all. No JavaScript is run and
// nothing is painted.
//
// A [Profile] is a virtual browser: it owns what outlives a page (names,
// connections, cookies). Its zero value is ready:
//
//	var p loader.Profile
//	page, err := p.Load(ctx, "https://example.com/")
//	if err != nil {
//		// page still has the waterfall of what happened until then
//	}
//	for _, r := range page.Waterfall().Requests {
//		fmt.Println(r.Status, r.URL, r.Phases().Total)
//	}
//	p.Close(ctx)
//
// Who wants one response and no page takes package fetch; who has a document
// already and wants its references takes package parse.
//
// # How a page is loaded
//
// One goroutine owns a page (run.go). Fetches run on goroutines of their own and
// send it messages; parsers, style and the scheduler are plain data that it
// alone touches. For each chunk of a document that arrives, the preload scanner
// asks for what it sees, then the tree builder goes on until it meets a script or
// style sheet that a browser would wait for (frame.go). When nothing blocks
// rendering any more, style is computed for what fetches (style.go). What may
// start when is decided by loader/schedule; milestones are reached as
// milestone.go says.
package loader
