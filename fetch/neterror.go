package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"syscall"

	"pageload/conn"
	"pageload/fetch/http1"
	"pageload/fetch/http2"
)

// netErrors are the names of errors that stand for themselves, first match first.
var netErrors = []struct {
	err  error
	name string
}{
	{ErrTooManyRedirects, "net::ERR_TOO_MANY_REDIRECTS"},
	{ErrBlockedPort, "net::ERR_UNSAFE_PORT"},
	{ErrCacheMiss, "net::ERR_CACHE_MISS"},
	{ErrCORS, "net::ERR_FAILED"},
	{ErrCrossOrigin, "net::ERR_FAILED"},
	{ErrBadRequest, "net::ERR_INVALID_ARGUMENT"},
	{ErrEmptyResponse, "net::ERR_EMPTY_RESPONSE"},
	{ErrHeaderSize, "net::ERR_RESPONSE_HEADERS_TOO_BIG"},
	{ErrDecode, "net::ERR_CONTENT_DECODING_FAILED"},
	{ErrBodySize, "net::ERR_INSUFFICIENT_RESOURCES"},
	{ErrDecodedSize, "net::ERR_INSUFFICIENT_RESOURCES"},
	{ErrRatio, "net::ERR_INSUFFICIENT_RESOURCES"},
	{context.Canceled, "net::ERR_ABORTED"},
	{conn.ErrPoolClosed, "net::ERR_ABORTED"},
	{syscall.EMFILE, "net::ERR_INSUFFICIENT_RESOURCES"},
	{syscall.ENFILE, "net::ERR_INSUFFICIENT_RESOURCES"},
}

// socketErrors are the names of what sockets say.
var socketErrors = []struct {
	err  error
	name string
}{
	{syscall.ECONNREFUSED, "net::ERR_CONNECTION_REFUSED"},
	{syscall.ECONNRESET, "net::ERR_CONNECTION_RESET"},
	{syscall.EPIPE, "net::ERR_CONNECTION_RESET"},
	{syscall.ECONNABORTED, "net::ERR_CONNECTION_ABORTED"},
	{syscall.EHOSTUNREACH, "net::ERR_ADDRESS_UNREACHABLE"},
	{syscall.ENETUNREACH, "net::ERR_ADDRESS_UNREACHABLE"},
	{syscall.EADDRNOTAVAIL, "net::ERR_ADDRESS_INVALID"},
	{syscall.EACCES, "net::ERR_NETWORK_ACCESS_DENIED"},
	{syscall.ENETDOWN, "net::ERR_INTERNET_DISCONNECTED"},
	{syscall.ETIMEDOUT, "net::ERR_CONNECTION_TIMED_OUT"},
}

// Net returns the name that Chromium has for the error (net/base/net_error_list.h), such as "net::ERR_CONNECTION_REFUSED";
// "net::ERR_FAILED" where it has none.
func (e *Error) Net() string {
	if e.Phase == PhaseRedirect {
		return e.netRedirect()
	}
	for _, n := range netErrors {
		if errors.Is(e.Err, n.err) {
			return n.name
		}
	}
	switch e.Phase {
	case PhaseURL:
		return "net::ERR_UNKNOWN_URL_SCHEME"
	case PhaseDNS:
		if e.Timeout() {
			return "net::ERR_DNS_TIMED_OUT"
		}
		return "net::ERR_NAME_NOT_RESOLVED"
	case PhaseConnect:
		return e.netConnect()
	case PhaseTLS:
		return e.netTLS()
	}
	if e.Timeout() {
		return "net::ERR_TIMED_OUT"
	}
	for _, n := range socketErrors {
		if errors.Is(e.Err, n.err) {
			return n.name
		}
	}
	return e.netResponse()
}

func (e *Error) netRedirect() string {
	switch {
	case errors.Is(e.Err, ErrTooManyRedirects):
		return "net::ERR_TOO_MANY_REDIRECTS"
	case errors.Is(e.Err, ErrScheme):
		return "net::ERR_UNSAFE_REDIRECT"
	case errors.Is(e.Err, context.Canceled):
		return "net::ERR_ABORTED"
	}
	return "net::ERR_INVALID_REDIRECT"
}

// netProxy names what went wrong with a proxy.
func netProxy(p *conn.ProxyError) string {
	socks := strings.HasPrefix(p.Proxy.Scheme, "socks")
	switch {
	case errors.Is(p.Err, conn.ErrProxyAuth) && !socks:
		return "net::ERR_PROXY_AUTH_REQUESTED"
	case p.Phase <= conn.ProxyConnect:
		return "net::ERR_PROXY_CONNECTION_FAILED"
	case p.Phase == conn.ProxyTLS:
		return "net::ERR_PROXY_CERTIFICATE_INVALID"
	case p.Reply == 4:
		return "net::ERR_SOCKS_CONNECTION_HOST_UNREACHABLE"
	case socks:
		return "net::ERR_SOCKS_CONNECTION_FAILED"
	}
	return "net::ERR_TUNNEL_CONNECTION_FAILED"
}

func (e *Error) netConnect() string {
	var policy *conn.PolicyError
	if errors.As(e.Err, &policy) {
		return "net::ERR_BLOCKED_BY_CLIENT"
	}
	var proxy *conn.ProxyError
	if errors.As(e.Err, &proxy) {
		return netProxy(proxy)
	}
	var dial *conn.DialError
	last := e.Err
	if errors.As(e.Err, &dial) && len(dial.Attempts) > 0 {
		last = dial.Attempts[len(dial.Attempts)-1].Err // Chromium reports the most recent one
	}
	for _, n := range socketErrors {
		if errors.Is(last, n.err) {
			return n.name
		}
	}
	if isTimeout(e.Err) {
		return "net::ERR_CONNECTION_TIMED_OUT"
	}
	return "net::ERR_CONNECTION_FAILED"
}

func (e *Error) netTLS() string {
	var t *conn.TLSError
	if !errors.As(e.Err, &t) {
		return "net::ERR_SSL_PROTOCOL_ERROR"
	}
	switch t.Fault {
	case conn.TLSExpired, conn.TLSNotYetValid:
		return "net::ERR_CERT_DATE_INVALID"
	case conn.TLSWrongHost:
		return "net::ERR_CERT_COMMON_NAME_INVALID"
	case conn.TLSUnknownIssuer:
		return "net::ERR_CERT_AUTHORITY_INVALID"
	case conn.TLSRevoked:
		return "net::ERR_CERT_REVOKED"
	case conn.TLSWeak:
		return "net::ERR_CERT_WEAK_KEY"
	case conn.TLSBadChain:
		var c x509.CertificateInvalidError
		if errors.As(t.Err, &c) && c.Reason == x509.CANotAuthorizedForThisName {
			return "net::ERR_CERT_NAME_CONSTRAINT_VIOLATION"
		}
		return "net::ERR_CERT_INVALID"
	case conn.TLSTimeout:
		return "net::ERR_TIMED_OUT"
	case conn.TLSClosed:
		if errors.Is(t.Err, syscall.ECONNRESET) {
			return "net::ERR_CONNECTION_RESET"
		}
		return "net::ERR_CONNECTION_CLOSED"
	}
	return "net::ERR_SSL_PROTOCOL_ERROR"
}

// netResponse names what was wrong with a response.
func (e *Error) netResponse() string {
	var h *http1.Error
	if errors.As(e.Err, &h) {
		chunked := strings.HasPrefix(h.Part, "chunk")
		switch {
		case h.Kind == http1.Truncated && e.Phase == PhaseWait:
			return "net::ERR_RESPONSE_HEADERS_TRUNCATED"
		case h.Kind == http1.Truncated && chunked:
			return "net::ERR_INCOMPLETE_CHUNKED_ENCODING"
		case h.Kind == http1.Truncated:
			return "net::ERR_CONTENT_LENGTH_MISMATCH"
		case e.Phase == PhaseReceive || chunked:
			return "net::ERR_INVALID_CHUNKED_ENCODING"
		}
		return "net::ERR_INVALID_HTTP_RESPONSE"
	}
	var s *http2.Error
	if errors.As(e.Err, &s) {
		return netSession(s)
	}
	if errors.Is(e.Err, ErrTruncated) || errors.Is(e.Err, ErrProtocol) {
		return "net::ERR_HTTP2_PROTOCOL_ERROR"
	}
	return "net::ERR_FAILED"
}

// netSession names what ended a stream of HTTP/2 (SpdySession's MapFramerErrorToNetError and MapRstStreamStatusToProtocolError's callers).
func netSession(e *http2.Error) string {
	switch e.Kind {
	case http2.Ping:
		return "net::ERR_HTTP2_PING_FAILED"
	case http2.Closed:
		return "net::ERR_CONNECTION_CLOSED"
	case http2.Limit:
		return "net::ERR_HTTP2_PROTOCOL_ERROR"
	}
	switch e.Code {
	case http2.RefusedStream:
		return "net::ERR_HTTP2_SERVER_REFUSED_STREAM"
	case http2.FlowControlError:
		return "net::ERR_HTTP2_FLOW_CONTROL_ERROR"
	case http2.FrameSizeError:
		return "net::ERR_HTTP2_FRAME_SIZE_ERROR"
	case http2.CompressionError:
		return "net::ERR_HTTP2_COMPRESSION_ERROR"
	case http2.InadequateSecurity:
		return "net::ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY"
	case http2.HTTP11Required:
		return "net::ERR_HTTP_1_1_REQUIRED"
	}
	return "net::ERR_HTTP2_PROTOCOL_ERROR"
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
