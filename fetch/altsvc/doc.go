// Package altsvc remembers at which other places a server says that it can be had: HTTP Alternative Services (RFC 7838), mostly HTTP/3.
//
// A [Store] is ready as its zero value. A fetch.Client tells it what secure responses say. Nothing uses what is in it so far: Chromium goes to
// alternatives by QUIC only (h3), never to one of HTTP/2, and so HTTP/3 is what it waits for. The field itself stands in the waterfall among those of the response.
package altsvc
