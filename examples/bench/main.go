// Command bench measures what a page load costs with pageload, beside what it
// costs with the loaders that a Go developer writes: on net/http with goquery and
// regular expressions (DIY), and the same after a look at the profile (tuned). The
// floor is told what the page is made of and only makes the exchanges.
//
//	go run -C examples/bench . [-quick] [-only REGEXP] [-rounds N]
//
// It starts origins of its own on loopback, builds examples/loadtest, runs the
// loaders as processes in turn, in rounds, and prints tables with ratios: the
// median over the rounds of a loader's figure divided by DIY's in the same round,
// since a machine's speed changes from second to second and ratios do not. Where CPU
// is measured a turn is 100 ms, after which the loader is stopped (SIGSTOP) until it has
// the next one; each then has an origin to itself. With two processors or more and
// taskset, the loader has one and the origin another.
//
// CPU is user and system time of the loader's process; a run of few loads is taken off
// one of many in each round, so that start-up is not in it. The origin counts requests: what a
// loader left out or asked for needlessly is in the table, and that as many bytes
// of bodies came in as were sent is checked in each run. pageload records its log of
// events all the time and applies the cascade; what it learnt from a document it keeps,
// unless "not remembered" stands there.
//
// It exits with 1 where something failed, bytes are missing, or pageload did not
// make the requests that a browser makes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"pageload/examples/bench/origin"
	"pageload/examples/bench/peers"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are what the arguments say.
type options struct {
	rounds int
	aim    time.Duration // of a measured run
	quick  bool
	only   *regexp.Regexp
	ours   string // the program; "": it is built
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) > 0 {
		switch args[0] { // this program as another process
		case "origin":
			return origin.Serve(os.Stdin, stdout)
		case "peer":
			return peer(args[1:], stdout)
		}
	}
	var o options
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.IntVar(&o.rounds, "rounds", 5, "how `OFTEN` each loader has its turn")
	set.DurationVar(&o.aim, "aim", 700*time.Millisecond, "how long a measured run of DIY should take")
	set.BoolVar(&o.quick, "quick", false, "few loads and one round: it shows that all runs, its figures mean nothing")
	set.StringVar(&o.ours, "ours", "", "measure this `PROGRAM`, an examples/loadtest that is built already")
	set.Func("only", "only the tables whose title matches a `REGEXP`", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 || o.rounds < 1 {
		return fmt.Errorf("no arguments but flags, and -rounds of at least 1; -h tells all flags")
	}
	if o.quick {
		o.rounds, o.aim = 1, 0
	}
	b, err := newBench(ctx, &o)
	if err != nil {
		return err
	}
	defer b.close()
	return b.tables(stdout)
}

// peer is one run of a loader of package peers: NAME LOADS IN_FLIGHT COLD URL [PATH...].
// It prints how many bytes of bodies came.
func peer(args []string, stdout io.Writer) error {
	if len(args) < 5 {
		return errors.New("peer NAME LOADS IN_FLIGHT COLD URL [PATH...]")
	}
	loads, err1 := strconv.Atoi(args[1])
	inFlight, err2 := strconv.Atoi(args[2])
	cold, err3 := strconv.ParseBool(args[3])
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	n, err := peers.Run(args[0], peers.Options{URL: args[4], Loads: loads, InFlight: inFlight, Cold: cold, Paths: args[5:]})
	if err == nil {
		_, err = fmt.Fprintf(stdout, "{\"bytes\":{\"bodies\":%d}}\n", n)
	}
	return err
}
