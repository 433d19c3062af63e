// Package schedule decides when a page's requests may start and how urgent
// each is, as Chromium decides it, with pure functions and plain data.
//
// Two things live here. [Document.Initial] and the rules around it give a request its
// priority from what the markup says of it. [Gates] hold requests back: tight
// mode while a document's head is being read, and the limit of ten delayable
// requests a page and six a host. The third gate, six connections a group, is
// the connection pool's (package conn).
//
// Nothing here waits, reads a clock or knows a network, so the same rules serve
// a load and a what-if computed from a recorded one. Nothing is safe for
// concurrent use: one goroutine owns a page.
//
// The rules and their sources: Blink's resource_fetcher.cc,
// resource_request_utils.cc and resource_load_scheduler.cc, and the network
// service's resource_scheduler.cc; each is named beside its rule.
package schedule
