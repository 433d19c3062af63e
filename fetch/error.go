package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"pageload/parse/weburl"
)

// Sentinel errors: what an *Error wraps where a caller may want to branch. ErrProtocol and the limits carry more in
// their text.
var (
	ErrBadRequest       = errors.New("bad request")                       // a method, field or range that cannot be sent
	ErrScheme           = errors.New("scheme is not fetched")             // file:, ftp:, blob:, javascript:, unknown
	ErrBlockedPort      = errors.New("port is blocked")                   // Fetch standard, bad port
	ErrCrossOrigin      = errors.New("another origin")                    // Mode SameOrigin
	ErrCORS             = errors.New("not allowed by the response")       // CORS check failed
	ErrTooManyRedirects = errors.New("too many redirects")                // more than Client.MaxRedirects
	ErrRedirect         = errors.New("redirect cannot be followed")       // bad Location, or a target it may not have
	ErrEmptyResponse    = errors.New("connection closed before response") // not a byte came
	ErrProtocol         = errors.New("malformed response")
	ErrTruncated        = errors.New("body is incomplete")
	ErrHeaderSize       = errors.New("response header too large")
	ErrHeaderTimeout    = errors.New("no response in time")    // Client.HeaderTimeout; also context.DeadlineExceeded
	ErrIdleTimeout      = errors.New("body stopped coming")    // Client.IdleTimeout; also context.DeadlineExceeded
	ErrBodySize         = errors.New("body too large")         // Client.MaxBodyBytes
	ErrDecodedSize      = errors.New("decoded body too large") // Client.MaxDecodedBytes
	ErrRatio            = errors.New("body expands too much")  // Client.MaxRatio
	ErrDecode           = errors.New("content coding is broken")
	ErrCacheMiss        = errors.New("nothing usable is stored") // httpcache.OnlyIfCached
	ErrBodyClosed       = errors.New("body closed")              // read after Close, or closed before its end
)

// Phase is the step of a fetch at which it failed.
type Phase uint8

// The phases, in the order of a hop.
const (
	PhaseRequest Phase = iota // the request itself cannot be made
	PhaseURL                  // URL, scheme or port is not fetched
	PhasePolicy               // a rule of the web's security model forbids it
	PhaseQueue                // while waiting for a connection
	PhaseDNS
	PhaseConnect
	PhaseTLS
	PhaseSend
	PhaseWait    // for the response's head
	PhaseReceive // the body
	PhaseDecode  // content coding
	PhaseRedirect
	PhaseHandler // the handler returned an error
)

var phaseNames = [...]string{"request", "url", "policy", "queue", "dns", "connect", "tls", "send", "wait", "receive",
	"decode", "redirect", "handler"}

// String returns the phase's name, such as "connect".
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// An Error is why a fetch failed. Every error that Do returns or Done is given is one, except those that a handler
// itself returned, which are given back unchanged.
type Error struct {
	Phase Phase
	URL   weburl.URL // of the hop that failed, without userinfo
	// Limit names the bound that was hit, such as "Client.MaxRatio 200"; "" if none.
	Limit string
	Err   error // the cause; errors.Is and errors.As see through
}

// Error returns text such as "fetch: http://x.test/: connect: 127.0.0.1:1: connection refused".
func (e *Error) Error() string {
	s := "fetch: "
	if !e.URL.IsZero() {
		s += shorten(e.URL.String()) + ": "
	}
	s += e.Phase.String() + ": " + describe(e.Err)
	if e.Limit != "" {
		s += " (" + e.Limit + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether a time ran out, as net.Error has it.
func (e *Error) Timeout() bool { return errors.Is(e.Err, context.DeadlineExceeded) }

// shorten keeps a URL of kilobytes (data:) out of an error's text.
func shorten(u string) string {
	const most = 200
	if len(u) <= most {
		return u
	}
	return u[:most] + "…"
}

// canceledError is a cancellation with its cause. It is both the context's error and the cause.
type canceledError struct {
	err   error // context.Canceled or context.DeadlineExceeded
	cause error // context.Cause; may be the same
}

func (e *canceledError) Error() string {
	if e.cause == nil || e.cause == e.err {
		return e.err.Error()
	}
	return e.err.Error() + ": " + e.cause.Error()
}

func (e *canceledError) Unwrap() []error { return []error{e.err, e.cause} }

// limit names the bound, for Error.
func (e *timeoutError) limit() string {
	if e.err == ErrHeaderTimeout {
		return fmt.Sprintf("Client.HeaderTimeout %v", e.after)
	}
	return fmt.Sprintf("Client.IdleTimeout %v", e.after)
}

// timeoutError is a limit of time of the client: it is the sentinel and recognisable as a timeout.
type timeoutError struct {
	err   error
	after time.Duration
}

func (e *timeoutError) Error() string { return e.err.Error() }
func (e *timeoutError) Timeout() bool { return true }
func (e *timeoutError) Unwrap() []error {
	return []error{e.err, context.DeadlineExceeded, os.ErrDeadlineExceeded}
}
