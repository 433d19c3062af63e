// Package http1 is the client side of HTTP/1.1 (RFC 9112) on one net.Conn.
//
// It writes a request whose head the caller has built, reads the response's head into slices of one buffer, and hands the
// body to a function as the bytes come. It dials nothing, follows nothing, decodes no content coding and keeps no
// connections: that is the work of package fetch, which most users want instead. Use this package to speak HTTP/1.1 on a
// connection of your own, or to read a recorded response strictly.
//
// # How to start
//
//	c := http1.NewConn(nc)
//	var r http1.Response // reuse it
//	if _, err := c.Exchange(&r, "GET", []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), nil); err != nil { … }
//	if err := c.ReadBody(&r, func(p []byte) error { … }); err != nil { … }
//	if r.KeepAlive() { … } // the connection may carry the next request
//
// WriteRequest and ReadResponse are the two halves of Exchange, for those who have something to do between them.
//
// # Strict and lenient
//
// Whatever could make two readers see different messages is an error: both or contradictory lengths, unknown transfer
// codings, white space before a colon, a NUL, a carriage return alone, a chunk that does not end where it said.
// Where Chromium is lenient and nothing hangs on it, so is this package: lines that end in LF alone, empty lines
// before the status line, a missing reason phrase, folded field values, other control characters in values. Each rule stands beside the code that applies it, with its source.
//
// # Costs
//
// An exchange allocates nothing once a Conn and a Response are warm, and over a *net.TCPConn it is one write and one read where the response
// comes in one piece. There a connection that waits holds no buffer: the read buffer (64 KB, from a pool) is taken when there are bytes to
// read and given back when they have been used; that for the request's head (Conn.Head) is given back when it has been written, and that for the response's
// (2 KB) taken when it comes, and given back by Response.Free. Over any other net.Conn (TLS, wrappers) it waits for a head with a buffer of 4 KB.
// A body's bytes go from the socket to the caller's function without a copy in between; where the function is nil,
// they are counted and dropped: on Linux without leaving the kernel, so that a body of 200 KB costs less than half (announce it with Response.Drop).
// BenchmarkGet compares an exchange with net/http's and with the least that can be written by hand: it is within a few percent of
// the latter, and what remains is system calls. The codec's own share (BenchmarkParse) is 0.7 µs for a usual head.
//
// # Time
//
// Nothing here watches a clock or a context. To give up, set a deadline in the past on the connection from any goroutine:
// the call in progress returns an error that os.ErrDeadlineExceeded matches.
package http1
