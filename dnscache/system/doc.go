// Package system has the sources that belong to the machine, for the levels between the browser's cache and the root:
//
//	os      Hosts, NSCD, Resolved   the hosts file, and the caching daemons nscd and systemd-resolved where they run
//	router  Router                  the default gateway, asked for names
//	isp     ISP                     the name servers of resolv.conf, or others that are named, also over TLS
//	system  System                  getaddrinfo: whatever nsswitch.conf says, instead of all of these
//
// Each can be used alone, left out or put in another order:
//
//	sources := append(system.OS(), &system.Router{}, &system.ISP{})
//	r := dnscache.Resolver{Sources: sources}
//
// [Server] asks servers of your choice and knows nothing of the machine. A resolver without sources has Hosts and System
// already; import this package to set them up otherwise. All sources are safe for concurrent use and may serve many
// resolvers. One that is not there on a machine, or on its operating system, passes every name on and says why in its step.
//
// The sources that ask servers cannot always tell whether the server had an answer or asked further itself: the step's
// Note says what is known. CacheFirst makes them find out, for one more round trip.
package system
