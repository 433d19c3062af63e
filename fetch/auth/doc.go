// Package auth answers servers and proxies that ask for a name and a password: Basic (RFC 7617) and Digest (RFC 7616), with the
// protection spaces that a browser remembers (RFC 9110 section 11).
//
// A [Store] belongs to a virtual browser: it has the identities that were given for origins, asks for others, and remembers what was
// accepted where, so that later requests to the same space are not challenged again. A [Login] is the talk of one request with one
// server: a fetch.Client has one for each, so that what one origin was told never reaches another.
//
// As in Chromium a URL's name and password are sent once the server asks, not before; of several challenges Digest is answered
// rather than Basic; 20 spaces are remembered, of each ten paths. Nothing is written to a disk: what was accepted lasts as long as the
// store. Beyond Chromium, which reads one challenge a field and of Digest knows MD5 and SHA-256 with qop auth, lists of challenges are
// read, and SHA-512-256, auth-int and userhash answered (RFC 9110, RFC 7616).
//
// A proxy is asked for tunnels before any fetch: fetch.ProxyLogin lets a conn.Dialer answer it with a Store.
//
// Negotiate and NTLM, which authenticate connections, are not spoken. For a token that is sent with each request, such as Bearer, set
// the Authorization field of the request.
package auth
