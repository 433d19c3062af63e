package dnscache

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrNotFound says that the name does not exist (NXDOMAIN), or that no level of the chain has it.
	ErrNotFound = errors.New("no such name")

	// ErrNoAddress says that the name exists and has neither an IPv4 nor an IPv6 address.
	ErrNoAddress = errors.New("name has no address")

	// ErrPass is returned by a [Source] that knows nothing about a name and cannot: the next source is asked.
	ErrPass = errors.New("not known at this level")

	// ErrInvalidName says that the text is no host name, so that nobody was asked.
	ErrInvalidName = errors.New("invalid name")

	// ErrRebinding says that an answer was refused since a public name has an address that is not public; see
	// Resolver.RefusePrivate.
	ErrRebinding = fmt.Errorf("%w: public name with private address", errRefused)

	// ErrNameCollision says that a name is answered with 127.0.53.53: it was a private name before it was delegated in
	// the public DNS, and is not to be used (ICANN, Name Collision Occurrence Management Framework). Chromium reports
	// ERR_ICANN_NAME_COLLISION.
	ErrNameCollision = fmt.Errorf("%w: name collision: 127.0.53.53", errRefused)

	// errRefused is in the error of an answer that came and is not to be used. It ends the search: another level would
	// have it from the same servers.
	errRefused = errors.New("answer refused")
)

// Error is the error of every failed lookup. Unwrap gives the reason: [ErrNotFound], [ErrNoAddress], [ErrInvalidName],
// the caller's context error, or what kept the last source from answering, in which a timeout is
// context.DeadlineExceeded or os.ErrDeadlineExceeded.
type Error struct {
	Name  string
	Level Level  // the level that ended the search; zero where it was none, as for a cancelled caller
	RCode string // that level's response code, if it responded
	Steps []Step // every level asked
	Err   error
}

// Error returns one line that names the name, the level and the reason.
func (e *Error) Error() string {
	if e.Level == 0 {
		return fmt.Sprintf("dnscache: %s: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("dnscache: %s: %v: %v", e.Name, e.Level, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// negative reports whether err is an answer (there is no such name, or it has no address) and not a failure to get one.
func negative(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrNoAddress)
}

func rcodeOf(err error) string {
	switch {
	case errors.Is(err, ErrNotFound):
		return "NXDOMAIN"
	case errors.Is(err, ErrNoAddress):
		return "NOERROR"
	}
	return ""
}

// canceled returns why ctx has ended: its error, and the cause where that is another one.
func canceled(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}
