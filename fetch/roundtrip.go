package fetch

import (
	"context"
	"net/http"
	"sync"
)

// A Transport is an http.RoundTripper whose requests are fetches of a Client: names, connections, cache and header fields are the
// client's. Put it where net/http has a Transport:
//
//	http.Client{Transport: &fetch.Transport{}}
//
// It keeps the contract of http.RoundTripper: one request, one response, redirects and cookies left to the http.Client. What of
// net/http's own Transport it does differently:
//
//   - It looks like the client's Profile, as a document that a user asked for; the fields of the http.Request replace those of the
//     profile, each in its place. Who says another User-Agent sends no client hints. See Describe.
//   - Any coding that the profile asks for is taken off, as gzip is there; who sets Accept-Encoding or Range gets the body as it comes.
//   - A response that the client's Cache had a part in says so by Cache-Status (RFC 9211), and by Age where it was stored.
//   - Request trailers, Upgrade and the methods CONNECT and TRACE are refused. A request is tried again, on another connection, whatever
//     its method is, where the server had closed an idle connection; as there with a body only if that was not read yet, or can be had again.
//   - URLs are read as browsers read them (package weburl), so that "/a/../b" asks for /b.
//   - Of httptrace.ClientTrace, GetConn, GotConn (its Conn has addresses only), DNSStart, DNSDone, ConnectStart, ConnectDone,
//     TLSHandshakeStart, TLSHandshakeDone, GotFirstResponseByte, Got100Continue and Got1xxResponse are called.
//
// The zero value is ready. Set the fields before the first use. It is safe for concurrent use and must not be copied after its first use.
type Transport struct {
	// Client fetches; nil: one of the transport's own.
	Client *Client
	// FollowRedirects makes the redirects here, as browsers do and with all that is kept between them; the response is the last one then,
	// and its Request one with that URL. False: a redirect is a response.
	FollowRedirects bool
	// Cookies sends and keeps cookies by the client's Jar. False: the http.Client does that, with whatever its own Jar is.
	Cookies bool
	// Describe, where not nil, may change a request before it is made, from what was made of the http.Request: what it is for, on whose
	// behalf, its partition, how the cache is used. An error is what RoundTrip returns. It is called on RoundTrip's goroutine.
	Describe func(*http.Request, *Request) error
	// Watch, where not nil, is asked for a Handler that is told of the fetch too, before RoundTrip's caller; nil for none.
	Watch func(*http.Request, *Request) Handler

	once   sync.Once
	client *Client
}

func (t *Transport) init() *Client {
	t.once.Do(func() {
		if t.client = t.Client; t.client == nil {
			t.client = &Client{}
		}
	})
	return t.client
}

// RoundTrip makes one request. Errors are of type *Error, but for those of the request's body, of Describe and of Watch's handler, which
// are wrapped or returned as they are.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	c := t.init()
	ctx := r.Context()
	q, err := t.request(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	if err := t.body(ctx, q, r); err != nil {
		return nil, err
	}
	x := newTrip(r, q)
	if t.Watch != nil {
		x.watch = t.Watch(r, q)
	}
	call := c.Start(ctx, q, x)
	x.call.Store(call)
	//lint:ignore SA1019 an http.Client with a Timeout sets it for transports that it does not know
	if stop := r.Cancel; stop != nil {
		go x.obey(call, stop)
	}
	<-x.head
	if x.err != nil {
		return nil, x.err
	}
	return x.response(), nil
}

// CloseIdleConnections closes the connections that are not in use, as http.Client.CloseIdleConnections expects it.
func (t *Transport) CloseIdleConnections() { t.init().pool().CloseIdle() }

// Close closes the transport's own client and waits for its connections to end; a client that was given is left alone.
func (t *Transport) Close(ctx context.Context) error {
	if c := t.init(); c != t.Client {
		return c.Close(ctx)
	}
	return nil
}
