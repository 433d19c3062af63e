package http2

import (
	"errors"
	"fmt"
)

// A Code is an error code of RFC 9113 section 7.
type Code uint32

// The codes.
const (
	NoError Code = iota
	ProtocolError
	InternalError
	FlowControlError
	SettingsTimeout
	StreamClosed
	FrameSizeError
	RefusedStream
	CancelCode
	CompressionError
	ConnectError
	EnhanceYourCalm
	InadequateSecurity
	HTTP11Required
)

var codeNames = [...]string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
	"FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}

// String returns the RFC's name, such as "REFUSED_STREAM".
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("code %#x", uint32(c))
}

// ErrNoResponse matches (errors.Is) the error of a stream whose connection ended before anything of its response. The server may have
// closed an idle connection while the request was on its way.
var ErrNoResponse = errors.New("no response")

// ErrUnprocessed matches the error of a stream with which the server says it has done nothing: it may be sent again
// whatever its method is (RFC 9113 section 8.7).
var ErrUnprocessed = errors.New("not processed")

// ErrHTTP11Required matches the error of a stream that the server will not answer, while it would answer the request with
// HTTP/1.1 (RFC 9113 section 7, HTTP_1_1_REQUIRED). Nothing of a response has come.
var ErrHTTP11Required = errors.New("HTTP/1.1 is required")

// A Kind says what a caller may make of an Error.
type Kind int

const (
	Protocol Kind = iota // the server broke a rule of HTTP/2
	Limit                // the server exceeded a bound of Limits
	Reset                // the server ended the stream, with Code
	GoAway               // the server ended the session, with Code
	Closed               // the connection ended: Err is io.EOF or why
	Ping                 // nothing came after a PING
	Misuse               // calls in the wrong order
)

var kindNames = [...]string{"protocol", "limit", "reset", "goaway", "closed", "ping", "misuse"}

// String returns the kind in lower-case words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// Error says what ended a stream, or a connection and so all of its streams.
type Error struct {
	Kind   Kind
	Stream uint32 // 0: it is about the connection
	Frame  string // the frame that it came up in, such as "HEADERS"; "" if none
	What   string // what is wrong
	Code   Code   // what the server was told, or said
	Limit  string // Kind Limit: the field of Limits, else ""
	Max    int64  // Kind Limit: its value
	Err    error  // the cause, nil if the rule itself is

	whole       bool // the connection is of no further use
	unprocessed bool // ErrUnprocessed
	nothing     bool // ErrNoResponse
	old         bool // ErrHTTP11Required
}

// Error returns the message, such as "http2: stream 5: DATA: beyond its window (FLOW_CONTROL_ERROR)".
func (e *Error) Error() string {
	s := "http2: "
	if e.Stream != 0 {
		s += fmt.Sprintf("stream %d: ", e.Stream)
	}
	if e.Frame != "" {
		s += e.Frame + ": "
	}
	s += e.What
	if e.Limit != "" {
		s += " (Limits." + e.Limit + ")"
	} else if e.Kind <= GoAway {
		s += " (" + e.Code.String() + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is ErrNoResponse, ErrUnprocessed or ErrHTTP11Required and e is of that sort.
func (e *Error) Is(target error) bool {
	return target == ErrNoResponse && e.nothing || target == ErrUnprocessed && e.unprocessed || target == ErrHTTP11Required && e.old
}

// connError is a fault of the server's that ends the connection.
func connError(code Code, h frameHeader, format string, args ...any) *Error {
	return &Error{Kind: Protocol, Code: code, Stream: h.stream, Frame: h.kind.String(), What: fmt.Sprintf(format, args...), whole: true}
}

// streamError is one that ends the stream only.
func streamError(code Code, h frameHeader, format string, args ...any) *Error {
	return &Error{Kind: Protocol, Code: code, Stream: h.stream, Frame: h.kind.String(), What: fmt.Sprintf(format, args...)}
}

// limitError reports a bound: format has one verb, for max.
func limitError(h frameHeader, format, field string, max int) *Error {
	return &Error{Kind: Limit, Code: EnhanceYourCalm, Stream: h.stream, Frame: h.kind.String(), What: fmt.Sprintf(format, max), Limit: field, Max: int64(max), whole: true}
}
