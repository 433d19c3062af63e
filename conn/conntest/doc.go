// Package conntest has an in-memory TCP-like network for tests, and a check
// for leftover goroutines.
//
// A [Network] has listeners at addresses and connections between them that
// behave as TCP does where it matters to a client: data is buffered in both
// directions, takes Latency to arrive, and is bounded by a window; each
// direction is closed for itself; deadlines work; a reset is a reset. An
// address can refuse, swallow or reset connections. All waiting is on channels
// and timers, so that everything works, in virtual time, inside a
// testing/synctest bubble:
//
//	synctest.Test(t, func(t *testing.T) {
//		network := &conntest.Network{Latency: 25 * time.Millisecond}
//		l, _ := network.Listen(netip.MustParseAddrPort("192.0.2.1:80"))
//		defer l.Close()
//		go serve(l)
//		pool := &conn.Pool{Dialer: conn.Dialer{Dial: network.Dial}}
//		…
//	})
//
// Make the Network inside the bubble. It loses nothing and reorders nothing,
// and it knows no segments: for that use real kernels, joined by package wire.
package conntest
