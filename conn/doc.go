// Package conn opens TCP and TLS connections and shares them between
// requests as a browser does. It moves bytes and knows no HTTP.
//
// A [Dialer] resolves a name, races the addresses as RFC 8305 says, and does
// the TLS handshake. A [Pool] keeps what was opened: six connections for each
// host (a [Key]), 256 in all, and a queue for each key in which the most
// urgent and then the oldest request takes whichever connection is ready
// first. Who gets a connection gets a [Lease] of it:
//
//	var pool conn.Pool // the zero value is ready
//	lease, err := pool.Get(ctx, conn.Request{
//		Key: conn.Key{Scheme: "https", Host: "example.com", Port: 443},
//	})
//	if err != nil {
//		return err
//	}
//	// one exchange on lease.Conn() …
//	lease.Release() // or lease.Discard(err) if it cannot be used again
//
// [Pool.Enqueue] is the same without a goroutine that waits.
//
// The pool's rules are Chromium's: requests are bound to connections as late
// as can be; the newest used idle connection goes first; used ones are kept
// for 300 s and others for 60 s; the connections through each proxy have a
// bound of their own, 128; a connect that takes longer than 250 ms has a
// second one beside it; hosts share an HTTP/2 connection where address and
// certificate allow ([Lease.Share]). Why a request waits is said to its
// [Trace] and in [LeaseInfo]. On Linux the peer's close of an idle connection
// is seen when it happens, and in the connection's [Record].
//
// Each connection has a [Record]: its attempts and times, what the kernel says
// of it when it opens and closes ([Pool.Facts]), who closed it and whose RST it
// was. On request it also has the states of TCP that the close went through,
// to TIME_WAIT ([Pool.WatchClose]), and the way to the peer ([Pool.Paths]).
// [Record.TLSFacts] says what its TLS handshake agreed on. Pool.OnEvent and
// [Trace] tell the same while it happens.
//
// Fill in the fields of a Dialer or Pool before its first use and leave them
// alone afterwards. Both are safe for concurrent use.
//
// A program that wants web pages wants package fetch or loader, which hold a
// Pool. Use this package for itself where you speak a protocol of your own
// over connections that should be shared, queued and recorded, or where only
// the race of addresses is wanted: [Dialer.DialContext] fits
// http.Transport.DialContext.
//
// A Dialer's fields also say through which proxy to go ([ParseProxy],
// [EnvironmentProxy]), which addresses may be connected to ([PublicOnly],
// [Deny]), from which local address and ports, and how many connects to one
// address may be under way; a crawler wants Policy and MaxHalfOpen. Package
// throttle has links as slow as a phone's for Dialer.Link.
//
// Package conntest has an in-memory network for tests, and conntest/wire one
// between real kernels, over a cable that delays and loses what a test says.
package conn
