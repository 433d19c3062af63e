package fetch

import (
	"crypto/tls"
	"net/netip"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/fetch/cookies"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// A Hop is one request and its response: a fetch without redirects has one, each redirect adds one. The client
// fills it as things happen and gives it to the handler; it belongs to the handler when Redirect or Done is called
// and is not touched afterwards. In earlier calls only the fields of what has happened so far are set.
type Hop struct {
	// RequestID is the same for all hops of one fetch and unique within a client.
	RequestID uint64
	// Index is 0 for the first hop, 1 after the first redirect and so on.
	Index int

	URL           weburl.URL // without userinfo, with the fragment
	Method        string
	Destination   Destination
	RequestHeader []Field // as sent, in order; on HTTP/2 without the pseudo-header fields. Other hops may have the same: do not modify

	Status     int    // 0 until the head is in
	StatusText string // as sent; HTTP/2 has none
	Proto      string // "http/1.0", "http/1.1", "h2"; "" for data: URLs and where no response came
	Header     Header
	Trailer    Header // nil without

	Times Times
	// Opening is what of the making of its connection lies within the hop; nil where there was nothing to be made, or
	// that had ended before. Do not modify.
	Opening *Opening

	// SentBytes counts the request's head and body as written, on HTTP/2 its frames; retries are not counted.
	SentBytes int64
	// HeadBytes counts the response head with its status line, blank line and interim responses; on HTTP/2 the frames of heads and
	// trailers, compressed.
	HeadBytes int64
	// WireBodyBytes counts the body as it came, content-encoded, without the framing of chunks.
	WireBodyBytes int64
	// FramingBytes counts chunk sizes and trailers, which are beside the body; on HTTP/2 the heads and padding of DATA frames.
	FramingBytes int64
	// StoredBodyBytes counts the bytes of the body, content-encoded, that came from the cache.
	StoredBodyBytes int64
	// DecodedBytes counts what was given to Data. It is 0 for Discard.
	DecodedBytes int64
	// Encoding is the content coding that was taken off ("gzip", "br, gzip" in the order applied), "" for none.
	Encoding string
	// Truncated says that the compressed body ended before its end mark. As in browsers that is no error.
	Truncated bool

	ConnID  uint64 // 0 without a connection
	Reused  bool   // the connection had served a request before
	Remote  netip.AddrPort
	Local   netip.AddrPort
	TLS     *tls.ConnectionState // nil without TLS
	Proxy   *conn.Proxy          // nil: direct; else Remote is the proxy's address. Do not modify
	Retries int                  // silent retries: the connection had died while idle, 408 on one that had, 421, a refused stream, HTTP/1.1 required
	Cache   *httpcache.Outcome   // what became of it in the cache, so far; nil without a cache. Do not modify
	Blocked []string             // why it waited for a connection, each reason once

	// BlockedCookies are those that the hop was sent without although they are for its host and path, and those of its response that
	// were not kept, each with the reasons. The jar's rules, not the request's credentials mode, held them back.
	BlockedCookies []cookies.Blocked
}

// An Opening is what a hop waited for while its connection was made. Of one that was already being made when the hop was queued
// it has only the part after that; a zero time did not happen.
type Opening struct {
	conn.Timing
	DNS dnscache.Answer // zero if no name was asked for
}

// Times are the moments of a hop. A zero time did not happen.
type Times struct {
	Queued     time.Time // asked the pool for a connection
	LeaseReady time.Time // got it

	SendStart, SendEnd time.Time
	FirstByte          time.Time // of the first response, also an interim one
	HeadEnd            time.Time // the final response's head is in
	End                time.Time // the last byte of the body, or the failure
}
