// Command loadtest loads a page many times, with all that a browser would fetch
// for it, and says how long that took and what came of it.
//
//	go run ./examples/loadtest [-n LOADS] [-duration TIME] [-c IN_FLIGHT] [-cold] [-json] [-quiet] URL
//
// Each of the IN_FLIGHT virtual browsers loads the page again as soon as it is
// there, connections, names and cookies kept, and with -cache responses; with
// -cold each load has a virtual browser of its own, with -profiles many of them
// take turns. With -h it tells all flags.
//
// It is a closed model: there are never more loads under way than -c says, and a
// server that slows down is asked less often. So the times are those of loads
// that were made. Visitors who come at a rate of their own, whether the server
// keeps up or not, would wait for each other on top of that, and a stall that
// one load in flight meets here would meet all who come meanwhile (coordinated
// omission). Look at the most and at the 99.9 % beside the median, and raise -c
// until the throughput no longer grows, to know what a server can do.
//
// What it costs: up to 64 loads in flight the garbage collector is told to let
// the heap grow to five times what is in use (GOGC=400) as long as that is not
// more than 32 MB and a megabyte a load, and above that to 80 MB or one and an eighth
// times what is in use (GOGC=12); where GOGC or GOMEMLIMIT is set, that holds instead. The log of events of each
// load is kept while it lasts; records of closed connections are not, and the kernel is not asked
// about connections. Each load in flight wants up to six connections
// to a host; where the limits of the machine are lower than what -c may take,
// that is said on standard error before the first load.
//
// It exits with 0 where every load got its document, with 1 where one did not or
// it was stopped (the figures so far are printed all the same), and with 2 for
// arguments that cannot be used; why is a line on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"pageload/examples/internal/command"
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
	if why, fits := machine().fit(o.inFlight); !fits {
		return end(2, why)
	} else if why != "" && !o.quiet {
		fmt.Fprintf(stderr, "loadtest: %s\n", why)
	}
	defer o.tuneGC()()
	profiles, err := o.profile()
	if err != nil {
		return end(2, err.Error())
	}
	r := newResult(o)
	stop := o.progress(stdout, r)
	o.load(ctx, r)
	stop()
	if err := profiles.write(); err != nil {
		return end(1, err.Error())
	}
	if err := o.print(stdout, r); err != nil {
		return end(1, "standard output: "+err.Error())
	}
	if why := r.failure(context.Cause(ctx)); why != "" {
		return end(1, why)
	}
	return end(0)
}

// print writes what is wanted of the result.
func (o *options) print(w io.Writer, r *result) error {
	switch {
	case o.json:
		return r.printJSON(w)
	case o.quiet:
		return nil
	}
	_, err := io.WriteString(w, r.text())
	return err
}
