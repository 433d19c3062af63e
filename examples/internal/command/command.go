package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Main runs a program and ends the process with the status that it returns. The
// context ends at the first Ctrl-C or SIGTERM; a second one does not wait.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Ending returns a function that returns the status it is given, and says why on
// one line where there is something to say.
func Ending(stderr io.Writer, name string) func(status int, why ...string) int {
	return func(status int, why ...string) int {
		if len(why) > 0 {
			fmt.Fprintf(stderr, "%s: %s\n", name, strings.Join(why, "; "))
		}
		return status
	}
}

// Refused deals with what Parse returned: for -h it writes the help, for arguments
// that cannot be used it says why. over reports that the program ends with status.
func Refused(err error, help func(io.Writer), stdout io.Writer, end func(status int, why ...string) int) (status int, over bool) {
	switch {
	case errors.Is(err, flag.ErrHelp):
		help(stdout)
		return end(0), true
	case err != nil:
		return end(2, err.Error()), true
	}
	return 0, false
}
