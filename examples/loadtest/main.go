// Command loadtest loads a page many times, with all that a browser would fetch
// for it, and says how long that took.
//
//	go run ./examples/loadtest [-n LOADS] [-c IN_FLIGHT] [-cold] [-quiet] URL
//
// Each of the IN_FLIGHT virtual browsers loads the page again as soon as it is
// there, connections, names and cookies kept, and with -cache responses; with -cold each load has a virtual
// browser of its own. With -h it tells all flags.
//
// It exits with 0 where every load got its document, with 1 where one did not,
// and with 2 for arguments that cannot be used; why is a line on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"pageload/examples/internal/pageflags"
	"pageload/fetch/httpcache"
	"pageload/loader"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseArgs(args)
	if errors.Is(err, flag.ErrHelp) {
		o.help(stdout)
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "loadtest:", err)
		return 2
	}
	o.tuneGC()
	r := o.load(ctx)
	if !o.quiet {
		if err := r.print(stdout); err != nil {
			fmt.Fprintln(stderr, "loadtest: standard output:", err)
			return 1
		}
	}
	if why := r.failure(context.Cause(ctx)); why != "" {
		fmt.Fprintln(stderr, "loadtest:", why)
		return 1
	}
	return 0
}

// options are what the arguments say.
type options struct {
	pageflags.Flags
	set *flag.FlagSet

	url      string
	loads    int
	inFlight int
	cold     bool
	quiet    bool
	mode     httpcache.Mode
	memory   loader.Memory // of all loads
}

// parseArgs reads the arguments. The options are there even if the error is
// flag.ErrHelp.
func parseArgs(args []string) (*options, error) {
	o := &options{set: flag.NewFlagSet("loadtest", flag.ContinueOnError)}
	set := o.set
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	o.Register(set)
	set.IntVar(&o.loads, "n", 1, "number of `LOADS`")
	set.IntVar(&o.inFlight, "c", 1, "loads `IN_FLIGHT` at the same time")
	set.BoolVar(&o.cold, "cold", false, "a new virtual browser for each load: no name, connection or cookie is kept")
	remember := set.Bool("remember", true, "remember documents and style sheets by content, for all loads together; with -remember=false each is parsed anew in each load")
	set.BoolVar(&o.quiet, "quiet", false, "print nothing")
	cache := set.Bool("cache", false, "let each virtual browser's HTTP cache work, as it would for a visitor who comes again: what is fresh is not asked for")
	err := set.Parse(args)
	if !*cache {
		o.mode = httpcache.Off
	}
	if !*remember {
		o.memory.Bytes = -1
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil:
		return nil, err
	case set.NArg() != 1:
		return nil, fmt.Errorf("one URL is needed, after the flags, not %q", set.Args())
	case o.loads < 1:
		return nil, fmt.Errorf("-n %d: it is at least 1", o.loads)
	case o.inFlight < 1:
		return nil, fmt.Errorf("-c %d: it is at least 1", o.inFlight)
	}
	o.url = set.Arg(0)
	return o, pageflags.CheckURL(o.url)
}

func (o *options) help(w io.Writer) {
	fmt.Fprint(w, `usage: loadtest [flags] URL

Loads a page many times and says how long it took.
Exit status: 0 every load got its document, 1 one did not, 2 unusable arguments.

flags:
`)
	o.set.SetOutput(w)
	o.set.PrintDefaults()
}

// fewInFlight is up to how many loads in flight memory is no matter.
const fewInFlight = 64

// tuneGC lets the garbage collector rest longer where few loads are in flight: a
// heap of some megabytes would be collected many times a second. GOGC and
// GOMEMLIMIT, where they are set, are left alone.
func (o *options) tuneGC() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" && o.inFlight <= fewInFlight {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(32<<20 + int64(o.inFlight)<<20)
	}
}
