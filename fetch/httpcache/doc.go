// Package httpcache is a browser's private HTTP cache (RFC 9111), as Chromium applies it.
//
// Who loads pages has nothing to do with it but to give a [Cache] to a fetch.Client or a loader.Profile; the zero value keeps up to 64 MiB in
// memory. [OpenDisk] makes one that outlives the process:
//
//	d, err := httpcache.OpenDisk(dir, 0)
//	if err != nil {
//		return err // the folder is read-only, full, or of another version: without a cache, or with &httpcache.Cache{}, all works too
//	}
//	client := fetch.Client{Cache: &httpcache.Cache{Store: d}}
//
// What a request got out of it, and why, is an [Outcome]: "fresh for 41 s more", "revalidated: 304", "not stored: no-store".
//
// [Cache.Write] and [Cache.Read] save a cache of either kind and bring it back; [Cache.Clone] makes two of one, which share what is stored until then.
//
// # Rules
//
// The rules are Chromium's (net/http/http_cache_transaction.cc, http_response_headers.cc), which are those of RFC 9111 for a private cache but
// for these: one response a URL is kept, whatever Vary says; only 200 is revalidated; 404 and 501 have no heuristic lifetime;
// immutable, must-understand and stale-if-error are not heeded (fields of [Cache] switch two of them on); a hit gets no Age field. Where
// Chromium departs from the RFC and no page could tell, the RFC is followed: a 304 changes all fields but those that describe the body.
// What could never be used again, being stale at once and without a validator, is not stored.
//
// A key is fetched once at a time: another request for it waits for the first one's head, and then reads along or asks for itself, as Chromium's
// writers do. If the request that writes is given up, one of those that read along takes its place ([ErrAbandoned]).
//
// # Stores
//
// [Memory] keeps the bodies that somebody reads and only the size of others: ten thousand browsers that load pages without looking at their
// images fit into one process.
//
// [Disk] has a file for each response. Embedded databases were looked at and not taken: bbolt, Pebble and Badger lock their folder for one
// process, hold a value whole in memory when it is read or written, and bring a log, compactions and dependencies for what a cache may lose
// at any time. The content-addressed folders of the go command and of npm's cacache fit processes and crashes, but know a file's name only
// when its body has ended and need a second file to find it, so two to open for each hit. A file with checksums that is written beside and
// renamed gives the same safety: a crash leaves a temporary file, damage is found before a byte is handed on, and a process reads what it has
// opened whatever others do.
//
// Use a proxy's cache, not this one, where responses are shared between users: s-maxage, private and Authorization are not looked at.
package httpcache
