// Package doh asks name servers over HTTPS (DNS Queries over HTTPS, RFC 8484):
// a source for the chain of package dnscache that uses this project's own
// fetcher.
//
//	source := &doh.Source{URL: "https://dns.example/dns-query", Bootstrap: []netip.Addr{netip.MustParseAddr("192.0.2.53")}}
//	r := dnscache.Resolver{Sources: []dnscache.Source{&system.Hosts{}, source}}
//
// Servers over UDP, TCP and TLS are package dnscache/system's.
package doh
