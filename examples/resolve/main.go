// Command resolve looks up one name through the chain of name caches and shows
// the walk: which level was asked, what it said, how long it took and how long
// the answer may be used.
//
//	go run ./examples/resolve [flags] NAME
//
// With -h it tells its flags. It exits with 0 where the name has addresses, with
// 3 where it does not exist, with 4 where it exists without addresses, with 1
// where nobody could answer, and with 2 for arguments that cannot be used. Why is
// the last line on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pageload/dnscache"
	"pageload/examples/internal/command"
	"pageload/examples/internal/nameflags"
)

func main() { command.Main(run) }

// The exit statuses.
const (
	found     = 0
	noAnswer  = 1
	unusable  = 2
	noName    = 3
	noAddress = 4
)

// options are what the arguments say.
type options struct {
	nameflags.Flags
	set     *flag.FlagSet
	name    string
	json    bool
	timeout time.Duration // 0: none
}

func parseArgs(args []string) (*options, error) {
	o := &options{timeout: 30 * time.Second}
	o.set = command.Flags("resolve")
	o.Register(o.set)
	o.set.BoolVar(&o.json, "json", false, "print one JSON object instead of the walk")
	o.set.BoolVar(&o.HTTPS, "https", false, "ask for HTTPS records as well")
	command.Duration(o.set, &o.timeout, "timeout", "the whole lookup may take this `TIME`, such as 5s; 0: no limit")
	err := command.Parse(o.set, args)
	switch {
	case err != nil:
		return o, err
	case o.set.NArg() == 0:
		return nil, errors.New("no name to look up")
	case o.set.NArg() > 1:
		return nil, fmt.Errorf("one name, after the flags, not %q", o.set.Args())
	}
	o.name = o.set.Arg(0)
	return o, nil
}

func (o *options) help(w io.Writer) {
	command.Help(w, o.set, `usage: resolve [flags] NAME

Looks up a name through the chain of name caches and shows the walk.
Exit status: 0 it has addresses, 3 it does not exist, 4 it exists without
addresses, 1 nobody could answer, 2 unusable arguments.
`)
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	end := command.Ending(stderr, "resolve")
	o, err := parseArgs(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		o.help(stdout)
		return end(found)
	case err != nil:
		return end(unusable, err.Error())
	}
	ctx, cancel := command.Limit(ctx, o.timeout)
	defer cancel()
	start := time.Now()
	a, err := o.Resolver().Lookup(ctx, o.name)
	took := time.Since(start)
	o.tidy(&a)
	status := statusOf(a, err)
	if status == unusable {
		return end(status, plain(err))
	}
	print := printWalk
	if o.json {
		print = printJSON
	}
	if werr := print(stdout, a, err, took); werr != nil {
		return end(noAnswer, "standard output: "+werr.Error())
	}
	if err != nil {
		return end(status, reason(a, err))
	}
	return end(status)
}

// tidy takes out what nobody was asked for: the cache where it is not among the
// levels, and "no such name" where no level said so.
func (o *options) tidy(a *dnscache.Answer) {
	if !o.Asks(dnscache.Browser) {
		a.Steps = slices.DeleteFunc(a.Steps, func(s dnscache.Step) bool { return s.Level == dnscache.Browser })
	}
	if a.Level == 0 {
		a.RCode = ""
	}
}

// statusOf is the exit status for a lookup. A chain in which no level knows the
// name has not said that it does not exist.
func statusOf(a dnscache.Answer, err error) int {
	switch {
	case err == nil:
		return found
	case errors.Is(err, dnscache.ErrInvalidName):
		return unusable
	case errors.Is(err, dnscache.ErrNotFound) && a.Level != 0:
		return noName
	case errors.Is(err, dnscache.ErrNoAddress):
		return noAddress
	}
	return noAnswer
}

// reason says on one line why there are no addresses.
func reason(a dnscache.Answer, err error) string {
	if errors.Is(err, dnscache.ErrNotFound) && a.Level == 0 {
		return a.Name + ": no such name at the levels asked"
	}
	return plain(err)
}

// plain is an error's text on one line, without the package's name.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "dnscache: ")
	return strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
}
