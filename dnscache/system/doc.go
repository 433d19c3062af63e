// Package system has the sources that belong to the machine: its hosts file, its resolver, and the name servers that it
// or the caller names.
//
//	r := dnscache.Resolver{Sources: []dnscache.Source{
//		&system.Hosts{},
//		&system.Server{Addrs: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}},
//		&system.System{},
//	}}
//
// A resolver without sources has the first and the last already; import this package to set them up otherwise, or to ask
// servers of your own. All are safe for concurrent use and may serve many resolvers.
package system
