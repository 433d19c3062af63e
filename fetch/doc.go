// Package fetch makes one HTTP request the way a browser makes it, and says everything about it.
//
// A [Client] takes a [Request] (a URL, what it is for, who asks) and carries it to its end: redirects, cookies,
// the header fields of a Chromium in Chromium's order, silent retry on a connection that died while idle, content
// decoding, and bounds on all that a server controls. Each request on the wire is a [Hop] with its facts, times and
// byte counts. Connections come from a [conn.Pool].
//
// There are two ways in. [Client.Do] blocks and gives a body to read:
//
//	var c fetch.Client
//	resp, err := c.Do(ctx, &fetch.Request{URL: weburl.MustParse("https://example.com/")})
//	if err != nil {
//		return err
//	}
//	defer resp.Body.Close()
//
// [Client.Start] returns at once and reports to a [Handler]; while the request waits for a connection it holds no
// goroutine. A page loader with thousands of requests in the queue uses that.
//
// The zero Request asks for a document like an address typed by the user. For anything else say what it is for:
// Destination, Mode and Credentials select the header fields (Fetch standard, Fetch Metadata), Referrer and
// Initiator fill them.
//
// Use net/http where none of this matters: this package follows browsers, not RFCs, where the two differ, has no
// server, and does not know what a page is. That is package loader.
package fetch
