package http1

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrNoResponse matches (errors.Is) the error of a connection that ended before any byte of the response came. On a reused
// connection the request may be tried again on another one (RFC 9112 section 9.3.1, for methods that allow it).
var ErrNoResponse = errors.New("no response")

// A Kind says what a caller may make of an Error.
type Kind int

const (
	Syntax     Kind = iota // the server broke a rule of HTTP/1.1
	Limit                  // the server exceeded a bound of Limits
	Truncated              // the connection ended within the response; Err is io.ErrUnexpectedEOF or why
	NoResponse             // the connection ended before any byte of the response; Err is io.EOF or why
	IO                     // reading or writing failed for a reason of its own (a deadline, say): Err
	Misuse                 // calls in the wrong order
)

var kindNames = [...]string{"syntax", "limit", "truncated", "no response", "i/o", "misuse"}

// String returns the kind in lower-case words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// Error says what was wrong with a response. After one the connection is of no further use.
type Error struct {
	Kind  Kind
	Part  string // where: "status line", "header field", "chunk size", …
	What  string // what is wrong with it
	Limit string // Kind Limit: the field of Limits, else ""
	Max   int64  // Kind Limit: its value
	Got   int64  // Kind Truncated: bytes that came
	Want  int64  // Kind Truncated: bytes that were to come, -1 if unknown
	Err   error  // the cause, nil if the rule itself is
}

// Error returns the message, such as
// "http1: response head: larger than 262144 bytes (Limits.HeaderBytes)".
func (e *Error) Error() string {
	s := "http1: " + e.Part + ": " + e.What
	if e.Limit != "" {
		s += " (Limits." + e.Limit + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is ErrNoResponse and e is of that kind.
func (e *Error) Is(target error) bool { return target == ErrNoResponse && e.Kind == NoResponse }

func syntaxError(part, what string) error { return &Error{Kind: Syntax, Part: part, What: what} }

func syntaxErrorf(part, format string, args ...any) error {
	return &Error{Kind: Syntax, Part: part, What: fmt.Sprintf(format, args...)}
}

// limitError reports a bound: format has one verb, for max.
func limitError(part, format, field string, max int) error {
	return &Error{Kind: Limit, Part: part, What: fmt.Sprintf(format, max), Limit: field, Max: int64(max)}
}

// readError says what a failed read means after got of want bytes (-1: unknown) of a part of the response.
// A deadline is no fault of the server's and stays recognisable.
func readError(part string, got, want int64, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &Error{Kind: IO, Part: part, What: came(got, want, "waited after"), Got: got, Want: want, Err: err}
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &Error{Kind: Truncated, Part: part, What: came(got, want, "ended after"), Got: got, Want: want, Err: err}
}

func came(got, want int64, verb string) string {
	if want < 0 {
		return fmt.Sprintf("%s %d bytes", verb, got)
	}
	return fmt.Sprintf("%s %d of %d bytes", verb, got, want)
}
