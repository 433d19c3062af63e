// Package cookies makes the jar that a fetch.Client keeps cookies in.
//
// The jar is net/http/cookiejar with the public suffix list, so that a site cannot set cookies for all of .co.uk. It
// is in memory and safe for concurrent use; give each virtual browser one of its own. Any other http.CookieJar serves a client
// as well.
package cookies
