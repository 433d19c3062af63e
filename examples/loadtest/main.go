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
	"runtime/debug"

	"pageload/examples/internal/command"
	"pageload/examples/internal/pageflags"
	"pageload/fetch/httpcache"
	"pageload/loader"
)

func main() { command.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	end := command.Ending(stderr, "loadtest")
	o, err := parseArgs(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		o.help(stdout)
		return end(0)
	case err != nil:
		return end(2, err.Error())
	}
	o.tuneGC()
	r := o.load(ctx)
	if !o.quiet {
		if err := r.print(stdout); err != nil {
			return end(1, "standard output: "+err.Error())
		}
	}
	if why := r.failure(context.Cause(ctx)); why != "" {
		return end(1, why)
	}
	return end(0)
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
	o := &options{set: command.Flags("loadtest")}
	set := o.set
	o.Register(set)
	set.IntVar(&o.loads, "n", 1, "number of `LOADS`")
	set.IntVar(&o.inFlight, "c", 1, "loads `IN_FLIGHT` at the same time")
	set.BoolVar(&o.cold, "cold", false, "a new virtual browser for each load: no name, connection or cookie is kept")
	remember := set.Bool("remember", true, "remember documents and style sheets by content, for all loads together; with -remember=false each is parsed anew in each load")
	set.BoolVar(&o.quiet, "quiet", false, "print nothing")
	cache := set.Bool("cache", false, "let each virtual browser's HTTP cache work, as it would for a visitor who comes again: what is fresh is not asked for")
	err := command.Parse(set, args)
	if !*cache {
		o.mode = httpcache.Off
	}
	if !*remember {
		o.memory.Bytes = -1
	}
	switch {
	case err != nil:
		return o, err
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
	command.Help(w, o.set, `usage: loadtest [flags] URL

Loads a page many times and says how long it took.
Exit status: 0 every load got its document, 1 one did not, 2 unusable arguments.
`)
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
