// Package hsts remembers which hosts want to be asked over TLS only: HTTP Strict Transport Security (RFC 6797), as Chromium applies it.
//
// A [Store] is ready as its zero value. A fetch.Client asks it before a request by http leaves, and tells it what secure responses say;
// what it upgrades is seen as a redirect inside the client, 307 with "Non-Authoritative-Reason: HSTS". [Store.Preload] is where a list
// of hosts that never had to be asked can be hooked in; the package brings none.
//
// Where it departs from the RFC it does so with Chromium: an age is at most a year, and localhost is never upgraded.
// A host without TLS is not for it, and neither is a proxy: who wants a single request upgraded rewrites its URL.
package hsts
