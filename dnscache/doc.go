// Package dnscache resolves host names as a browser does: through a chain of levels, nearest first, with a report of which
// level knew the name, how long each took and how long the answer may be used.
//
//	browser cache → operating system → router → ISP's resolver → root servers
//
// A [Resolver] is the browser cache in front of a slice of [Source] values, one for each further level. Its zero value is
// ready: it asks the hosts file and then the system's resolver.
//
//	var r dnscache.Resolver
//	a, err := r.Lookup(ctx, "example.com")
//	for _, s := range a.Steps {
//		fmt.Println(s.Level, s.Transport, s.Duration, s.RCode)
//	}
//
// What the cache does is in the fields of Resolver: how long it remembers answers and failures, whether it serves answers past
// their end while it asks again, whose "no such name" counts, which addresses are refused and how they are ordered.
// [Chromium] has that browser's values. Flush forgets; Save and Load carry the cache to the next run.
//
// Where a source asks for HTTPS records too (RFC 9460), the answer has them: aliases are followed, and the protocols, the port,
// the addresses and the ECH configuration are there for whoever connects. Package conn does what they say.
//
// Packages beneath this one have sources: dnscache/system the machine's own levels and named servers, dnscache/dnstest a
// scripted source and a small name server for tests. Anything else is one function; see [SourceFunc].
//
// Use a plain net.Resolver where only the addresses matter and each name is asked once, and a DNS library where records
// other than addresses are wanted: this package answers one question, "where is this host?".
package dnscache
