package fetch

import "pageload/parse/weburl"

// A Handler is told what happens to a fetch. The calls are made one after the other, in the order of the methods
// below: per hop any number of Interim, then either Redirect and the next hop, or Response, any number of Data, and
// Done. Done may come at any point when the fetch fails, and comes exactly once.
//
// They are made on goroutines of the client while it holds no lock, never from inside Start but for Request.Inline. A method that blocks
// holds up its own fetch only: that is how a reader slows a sender down.
type Handler interface {
	// Interim reports a 1xx response other than 101, such as 103 Early Hints. The header is the handler's.
	Interim(hop *Hop, status int, header Header)
	// Redirect reports a hop that ends in a redirect to next; hop is complete. An error stops the fetch: Done
	// follows with it and the same hop.
	Redirect(hop *Hop, next weburl.URL) error
	// Response reports the final head. An error stops the fetch: Done follows with it.
	Response(hop *Hop) error
	// Data gives decoded bytes of the body; p is valid during the call only. An error stops the fetch.
	Data(p []byte) error
	// Done ends the fetch; hop is the last one, complete, never nil. A nil error says that the whole body came.
	Done(hop *Hop, err error)
}

// A StaleHandler is a Handler that wants to know when it was given a stale response that its server allows to be revalidated meanwhile (RFC
// 5861): it has to do that, with a request like the one before whose NoStale is set. For all others the client does it by itself.
type StaleHandler interface {
	Handler
	// Stale is called before Done, or before Redirect.
	Stale()
}

// HandlerFuncs is a Handler made of functions. A nil one does nothing.
type HandlerFuncs struct {
	OnInterim  func(hop *Hop, status int, header Header)
	OnRedirect func(hop *Hop, next weburl.URL) error
	OnResponse func(hop *Hop) error
	OnData     func(p []byte) error
	OnDone     func(hop *Hop, err error)
}

// Interim calls OnInterim.
func (h HandlerFuncs) Interim(hop *Hop, status int, header Header) {
	if h.OnInterim != nil {
		h.OnInterim(hop, status, header)
	}
}

// Redirect calls OnRedirect.
func (h HandlerFuncs) Redirect(hop *Hop, next weburl.URL) error {
	if h.OnRedirect != nil {
		return h.OnRedirect(hop, next)
	}
	return nil
}

// Response calls OnResponse.
func (h HandlerFuncs) Response(hop *Hop) error {
	if h.OnResponse != nil {
		return h.OnResponse(hop)
	}
	return nil
}

// Data calls OnData.
func (h HandlerFuncs) Data(p []byte) error {
	if h.OnData != nil {
		return h.OnData(p)
	}
	return nil
}

// Done calls OnDone.
func (h HandlerFuncs) Done(hop *Hop, err error) {
	if h.OnDone != nil {
		h.OnDone(hop, err)
	}
}
