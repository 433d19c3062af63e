package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"pageload/dnscache/system"
	"pageload/examples/internal/connflags"
	"pageload/examples/internal/demosite"
	"pageload/examples/internal/nameflags"
	"pageload/examples/internal/pageflags"
	"pageload/loader"
)

// options are what the arguments say.
type options struct {
	pageflags.Flags
	set *flag.FlagSet

	url     string // empty: the demo
	timeout time.Duration
	json    bool
	all     bool
	ladders bool
	conns   connflags.Flags
	chain   nameflags.Flags
}

func parseArgs(args []string) (*options, error) {
	o := &options{timeout: 30 * time.Second}
	o.conns.WatchClose = true
	o.set = flag.NewFlagSet("journey", flag.ContinueOnError)
	o.set.SetOutput(io.Discard)
	o.set.Usage = func() {}
	o.register()
	err := o.set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined"):
		return nil, fmt.Errorf("%w (-h tells those that are)", err)
	case err != nil:
		return nil, err
	case o.set.NArg() > 1:
		return nil, fmt.Errorf("one URL at most, after the flags, not %q", o.set.Args())
	case o.set.NArg() == 1:
		o.url = o.set.Arg(0)
		if err := pageflags.CheckURL(o.url); err != nil {
			return o, err
		}
	}
	return o, o.conns.Parsed()
}

func (o *options) register() {
	set := o.set
	o.Register(set)
	set.BoolVar(&o.json, "json", false, "print one JSON object instead of the text")
	set.BoolVar(&o.all, "all", false, "tell of every request, not of the first 20 only")
	set.BoolVar(&o.ladders, "segments", true, "show the segments of the document's connection, where the privilege to capture is there")
	set.Func("timeout", "the whole page may take this `TIME`, such as 10s; 0: no limit (default 30s)", func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return errors.New("it is a time with its unit, such as 10s or 1m30s")
		}
		o.timeout = d
		return nil
	})
	o.conns.Register(set)
	o.chain.RegisterSpokenOf(set)
}

func (o *options) help(w io.Writer) {
	fmt.Fprint(w, `usage: journey [flags] [URL]

Tells the whole story of one URL, stage by stage, with the figures of this very
load. Without URL it loads a demo site that it serves itself.
Exit status: 0 the document was loaded, 1 it was not, 2 unusable arguments.

flags:
`)
	o.set.SetOutput(w)
	o.set.PrintDefaults()
}

// demo points the options at the demo site.
func (o *options) demo(site *demosite.Site) {
	o.url = site.URL
	if !o.chain.Chosen() {
		o.chain.Server = &system.Upstream{Addr: site.NameServer}
	}
	o.AddConnectTo(site.ConnectTo)
}

// profile is the virtual browser that the options describe.
func (o *options) profile() *loader.Profile {
	p := o.Profile()
	if o.chain.Set() {
		p.Pool.Dialer.Resolver = o.chain.SpokenOf()
	}
	o.conns.Apply(p, true)
	return p
}
