// Package cookies keeps cookies as Chromium does: RFC 6265bis (draft-ietf-httpbis-rfc6265bis-22) with the public suffix
// list, SameSite as Lax by default, the __Secure-, __Host-, __Http- and __Host-Http- prefixes, partitioned cookies (CHIPS), and
// Chromium's bounds.
//
// A [Jar] is in memory, ready as its zero value, and safe for concurrent use; give each virtual browser one of its own. A
// fetch.Client asks it with [Jar.Field] and tells it with [Jar.Keep], and both say which cookies were held back and why. A Jar is an
// [net/http.CookieJar] too, so it serves plain net/http clients, and [Wrap] goes the other way. [Jar.All], [Jar.Remove], [Jar.Set]
// and [Jar.Clear] look into it, [Jar.Clone] copies it at the cost of a pointer, and it is saved and loaded as JSON ([Jar.Write],
// [Jar.Read]) or as cookies.txt ([Jar.WriteNetscape], [Jar.ReadNetscape]); [Jar.ReadBrowser] takes what tools export from browsers.
//
// What depends on scripts is left out: document.cookie, the Cookie Store API, and the Storage Access API.
package cookies
