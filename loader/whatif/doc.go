// Package whatif tells what a recorded load would have been like on another
// network or with another page: with another round trip time or bandwidth, with
// HTTP/2 for HTTP/1.1 or the other way round, with a preconnect or a preload more,
// without a host, or with a host's requests moved to another one.
//
//	sim, err := whatif.Simulate(page.Waterfall(), whatif.Options{
//		Network: whatif.Network{RTT: 150 * time.Millisecond, Down: 1_600_000, Up: 750_000},
//	})
//
// What comes out is a [waterfall.Waterfall] again, so that every view and
// loader/compare work on it. It needs no network and no clock: a load of a hundred
// requests takes a few milliseconds to simulate.
//
// # How it is done
//
// The recording is turned into a graph of what each request waited for (graph.go,
// explain.go): the redirect before it; the byte of its document at which it is
// named, and for what the tree builder found also the scripts and style sheets
// that stopped it before; the style sheet or script that named it; for what styles
// fetch, the style sheets that block rendering. Where a request came later than
// all that, it waited for what had just ended, if that was a script, a style
// sheet or a failure, or else the time is the browser's own and is kept.
//
// Then it all happens again, event by event (simulate.go). Requests go through the
// gates of loader/schedule, the same code as in a load; through six connections a
// group, whichever is free first for whoever is first then, with Chromium's second
// connect where the first is slow; or through one of HTTP/2 that sends the most
// urgent response first. Names take as long as they took, TCP one round trip, TLS
// as many as it had and its computing. A server takes as long as it took: what was
// waited for, less a round trip. Its bytes share one line with all others, and
// TCP's slow start: ten segments, doubled each round trip (link.go). A server that
// sent bit by bit does so again. Milestones are reached by the loader's rules.
//
// # How far it can be trusted
//
// TestWhatIf of package loader records 104 pages (those of the fidelity cases that
// need no TLS, and eleven that are made to be of usual size: up to 59 requests and
// 2.3 MB) on a network with a round trip of 10 ms and no bottleneck, and loads each
// again over four lines of conn/throttle: cable (28 ms, 5 Mbit/s), Fast 4G, Slow 4G
// and Slow 3G. Of these 416 loads the simulated load time has a median error of
// 0.6 %, nine of ten are within 11 %, the worst is off by 38 %; the rank
// correlation is 0.996, and at least 0.98 on each line. The test fails above 15 % and
// below 0.9. Slow start was off on both sides, for a throttle.Link has none; HTTP/2
// and slow start have tests of arithmetic but were not held to real loads.
//
// The large errors have few causes, which are limits of what a recording tells: an
// inline script that waits for style sheets leaves no row, so what it holds up is
// guessed from what came late; a document that was streamed is known only at the
// places where it names something; a style sheet's image is taken to be used evenly
// over the page; a priority that changed on the way keeps its first value.
//
// # When not to
//
// Nothing is lost or sent again, and nothing but the line is a bottleneck: no
// server gets slower under load, no processor is busy longer. Where requests depend
// on scripts that ran (recordings of browsers), the time from the script's end to
// its request is kept as it was.
package whatif
