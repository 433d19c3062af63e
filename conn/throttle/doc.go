// Package throttle makes fast connections as slow as a phone's.
//
// A [Link] is a line with a round trip time and a bandwidth each way. All
// connections of a page go through one Link and share it, each getting its
// part where several have something to move:
//
//	link, _ := throttle.Preset("Slow 4G")
//	pool := conn.Pool{Dialer: conn.Dialer{Link: &link}}
//
// [Link.Dial] does the same for any function that dials.
//
// # What is delayed
//
// To open a TCP connection takes Latency longer, for SYN and SYN+ACK. Then
// what is written arrives Latency later, and what the peer answers is not
// delayed again: so every round trip, those of a TLS handshake included, costs
// Latency once. Bytes are counted as they pass through the net.Conn (TLS
// records are, IP and TCP headers are not), and take their time at Down or Up.
// A server that speaks without having been asked is heard half a round trip
// early. TCP's slow start is not imitated, as DevTools does not either.
//
// # The presets
//
// The names and the bandwidths are those of Chrome's DevTools
// (front_end/core/sdk/NetworkManager.ts), which multiplies the figures of a
// network by factors of its own before it applies them:
//
//	name               network                     DevTools applies              Preset
//	Slow 3G            500/500 kbit/s, 400 ms      400/400 kbit/s, 2000 ms       400/400 kbit/s, 400 ms
//	Fast 3G, Slow 4G   1600/750 kbit/s, 150 ms     1440/675 kbit/s, 562.5 ms     1440/675 kbit/s, 150 ms
//	Fast 4G            9000/1500 kbit/s, 60 ms     8100/1350 kbit/s, 165 ms      8100/1350 kbit/s, 60 ms
//
// The factors of the bandwidths (0.8, 0.9, 0.9) stand for what headers and
// the network's own losses take, and hold here as well. Those of the latency
// (5, 3.75, 2.75) are there because DevTools delays a response once, whether
// or not a connection had to be opened and TLS spoken for it. A Link delays
// each of these round trips, so it uses the network's latency itself.
//
// # When not to
//
// The kernel below stays fast: TCP_INFO tells of the real path. For lost
// packets, queues and retransmits that a kernel sees, use package
// conntest/wire.
package throttle
