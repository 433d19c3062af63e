package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"time"

	"pageload/examples/internal/command"
	"pageload/examples/internal/pageflags"
	"pageload/fetch/httpcache"
	"pageload/loader"
)

// options are what the arguments say.
type options struct {
	pageflags.Flags
	set *flag.FlagSet

	url      string
	loads    int           // math.MaxInt: no end but duration
	duration time.Duration // 0: no end but loads
	timeout  time.Duration // of a load; 0: none
	inFlight int
	profiles int // that take turns
	cold     bool
	quiet    bool
	json     bool
	mode     httpcache.Mode
	memory   loader.Memory // of all loads

	cpuProfile, memProfile string
}

// parseArgs reads the arguments. The options are there even if the error is
// flag.ErrHelp.
func parseArgs(args []string) (*options, error) {
	o := &options{set: command.Flags("loadtest")}
	set := o.set
	o.Preconnect = 6 // a cold load is then at the network's floor
	o.Register(set)
	set.IntVar(&o.loads, "n", 0, "number of `LOADS` (default 1; with -duration no bound)")
	command.Duration(set, &o.duration, "duration", "begin loads for so long a `TIME`, such as 30s; those under way at its end are completed; 0 for no bound")
	set.IntVar(&o.inFlight, "c", 1, "loads `IN_FLIGHT` at the same time")
	set.IntVar(&o.profiles, "profiles", 0, "so `MANY` virtual browsers take turns, each with names, cookies and cache of its own; one that waits for its turn has no connections (default IN_FLIGHT, each with its connections)")
	set.BoolVar(&o.cold, "cold", false, "a new virtual browser for each load: no name, connection or cookie is kept")
	remember := set.Bool("remember", true, "remember documents and style sheets by content, for all loads together; with -remember=false each is parsed anew in each load")
	cache := set.Bool("cache", false, "let each virtual browser's HTTP cache work, as it would for a visitor who comes again: what is fresh is not asked for")
	command.Duration(set, &o.timeout, "timeout", "end a load that takes longer than this `TIME`; 0 for never")
	set.BoolVar(&o.quiet, "quiet", false, "print nothing")
	set.BoolVar(&o.json, "json", false, "print one JSON object, times in milliseconds")
	set.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile for go tool pprof to `FILE`")
	set.StringVar(&o.memProfile, "memprofile", "", "write a profile of the heap after the last load to `FILE`")
	err := command.Parse(set, args)
	if !*cache {
		o.mode = httpcache.Off
	}
	if !*remember {
		o.memory.Bytes = -1
	}
	if err != nil {
		return o, err
	}
	if set.NArg() != 1 {
		return nil, fmt.Errorf("one URL is needed, after the flags, not %q", set.Args())
	}
	o.url = set.Arg(0)
	if err := o.counts(); err != nil {
		return nil, err
	}
	return o, pageflags.CheckURL(o.url)
}

// counts checks the numbers and fills in those that were not given.
func (o *options) counts() error {
	given := map[string]bool{}
	o.set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case given["n"]:
	case o.duration > 0:
		o.loads = math.MaxInt
	default:
		o.loads = 1
	}
	if !given["profiles"] {
		o.profiles = max(o.inFlight, 1)
	}
	switch {
	case o.loads < 1:
		return fmt.Errorf("-n %d: it is at least 1", o.loads)
	case o.inFlight < 1:
		return fmt.Errorf("-c %d: it is at least 1", o.inFlight)
	case o.profiles < o.inFlight:
		return fmt.Errorf("-profiles %d: it is at least -c, %d: two loads of one virtual browser at a time would be two tabs", o.profiles, o.inFlight)
	case given["profiles"] && o.cold:
		return fmt.Errorf("-cold gives each load a virtual browser: there is no use for -profiles")
	}
	return nil
}

func (o *options) help(w io.Writer) {
	command.Help(w, o.set, `usage: loadtest [flags] URL

Loads a page many times and says how long it took and what came of it.
A virtual browser begins its next load when the one before is over (a closed
model), so that a server that slows down is asked less often.
Up to 64 loads in flight the garbage collector rests longer (as GOGC=400, with
a memory limit), above that shorter (GOGC=12, unless the heap is small); GOGC or
GOMEMLIMIT change that.
Exit status: 0 every load got its document, 1 one did not, 2 unusable arguments.
`)
}
