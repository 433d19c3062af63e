package main

import (
	"flag"
	"io"
	"time"

	"pageload/examples/internal/command"
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
	o.set = command.Flags("journey")
	o.register()
	if err := command.Parse(o.set, args); err != nil {
		return o, err
	}
	var err error
	if o.url, err = pageflags.URL(o.set); err != nil {
		return o, err
	}
	return o, o.conns.Parsed()
}

func (o *options) register() {
	set := o.set
	o.Register(set)
	set.BoolVar(&o.json, "json", false, "print one JSON object instead of the text")
	set.BoolVar(&o.all, "all", false, "tell of every request, not of the first 20 only")
	set.BoolVar(&o.ladders, "segments", true, "show the segments of the document's connection, where the privilege to capture is there")
	command.Duration(set, &o.timeout, "timeout", "the whole page may take this `TIME`, such as 10s; 0: no limit")
	o.conns.Register(set)
	o.chain.RegisterSpokenOf(set)
}

func (o *options) help(w io.Writer) {
	command.Help(w, o.set, `usage: journey [flags] [URL]

Tells the whole story of one URL, stage by stage, with the figures of this very
load. Without URL it loads a demo site that it serves itself.
Exit status: 0 the document was loaded, 1 it was not, 2 unusable arguments.
`)
}

// demo points the options at the demo site.
func (o *options) demo(site *demosite.Site) {
	o.url = site.URL
	o.AddConnectTo(site.ConnectTo)
	o.chain.Offer(site.NameServer)
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
