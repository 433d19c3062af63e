// Package trace writes a waterfall in the Trace Event Format, which
// ui.perfetto.dev and chrome://tracing open.
//
//	err := trace.Write(file, page.Waterfall())
//
// The trace has two processes. "requests" has a track a request, with its phases
// nested in it and all that is known of it as arguments. "connections" has a
// thread a connection with its phases: names, tcp, tls, idle, close; what it
// carried are the requests that name it. Milestones are marks across all of
// "requests". Times are microseconds from the first thing that happened, which may be
// before the navigation; that began where the mark "navigation start" is.
package trace
