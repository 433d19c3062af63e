// Package dnstest has name services for tests: a scripted [Source] for a resolver's chain, and a [Server] that speaks DNS
// over UDP and TCP on loopback, or in memory with the time of testing/synctest. Both answer from a [Zone]. An [Internet]
// is many authoritative servers, for resolvers that walk from the root.
//
//	zone := dnstest.Zone{
//		"www.test": {Addrs: dnstest.IPs("127.0.0.1"), TTL: time.Minute},
//		"cdn.test": {CNAME: "www.test"},
//		"slow.test": {Addrs: dnstest.IPs("127.0.0.1"), Delay: 200 * time.Millisecond},
//		"dead.test": {Silent: true},
//	}
//
// It is for tests and demonstrations: there are no transfers, no DNSSEC and no limits against abuse.
package dnstest
