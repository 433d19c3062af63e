package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// Flags returns an empty set of flags that prints nothing by itself.
func Flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	return set
}

// Parse reads the arguments. The error is flag.ErrHelp for -h, else it says what
// cannot be used.
func Parse(set *flag.FlagSet, args []string) error {
	err := set.Parse(args)
	if err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined") {
		return fmt.Errorf("%w (-h tells those that are)", err)
	}
	return err
}

// Help writes a text and the flags.
func Help(w io.Writer, set *flag.FlagSet, text string) {
	fmt.Fprintf(w, "%s\nflags:\n", text)
	set.SetOutput(w)
	set.PrintDefaults()
}

// Duration registers a flag for a time, of which 0 means none; its default is what
// d holds, and is named in the usage.
func Duration(set *flag.FlagSet, d *time.Duration, name, usage string) {
	set.Func(name, fmt.Sprintf("%s (default %v)", usage, *d), func(s string) error {
		v, err := time.ParseDuration(s)
		if err != nil || v < 0 {
			return errors.New("it is a time with its unit, such as 10s or 1m30s")
		}
		*d = v
		return nil
	})
}

// Limit returns a context that ends after d, with "-timeout 10s is over" as its
// cause; if d is 0, without an end.
func Limit(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, timeout(d))
}

// A timeout is the cause with which -timeout ends a program's work.
type timeout time.Duration

func (e timeout) Error() string { return fmt.Sprintf("-timeout %v is over", time.Duration(e)) }
func (e timeout) Timeout() bool { return true }
func (e timeout) Unwrap() error { return context.DeadlineExceeded }
