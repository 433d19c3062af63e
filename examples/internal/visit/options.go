package visit

import (
	"context"
	"flag"
	"fmt"
	"time"

	"pageload/examples/internal/command"
	"pageload/examples/internal/connflags"
	"pageload/examples/internal/demosite"
	"pageload/examples/internal/nameflags"
	"pageload/examples/internal/pageflags"
	"pageload/loader"
)

// Options are what the arguments of a program say that loads one page. What is
// set before Begin is the default of its flag.
type Options struct {
	pageflags.Flags
	Names   nameflags.Flags
	Conns   connflags.Flags
	URL     string        // empty: the demo
	Timeout time.Duration // zero before Begin: 30 s

	Set *flag.FlagSet // the program's flags
}

// Begin makes the program's set of flags, with those that all of these programs
// take. timeout is the usage of -timeout.
func (o *Options) Begin(name, timeout string) {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	o.Set = command.Flags(name)
	o.Register(o.Set)
	o.Conns.Register(o.Set)
	o.Names.RegisterSpokenOf(o.Set)
	command.Duration(o.Set, &o.Timeout, "timeout", timeout)
}

// Parse reads the arguments. The error is as command.Parse's.
func (o *Options) Parse(args []string) error {
	if err := command.Parse(o.Set, args); err != nil {
		return err
	}
	var err error
	if o.URL, err = pageflags.URL(o.Set); err != nil {
		return err
	}
	return o.Conns.Parsed()
}

// Demo serves the demo site where no URL was given, until stop is called, and makes
// the options lead to it.
func (o *Options) Demo(ctx context.Context) (stop func(), err error) {
	if o.URL != "" {
		return func() {}, nil
	}
	site, err := demosite.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("the demo site cannot be served: %w", err)
	}
	o.LeadTo(site)
	return func() { site.Close() }, nil
}

// LeadTo makes the demo site's page the one that is loaded, unless there is
// another, and its names and hosts known.
func (o *Options) LeadTo(site *demosite.Site) {
	if o.URL == "" {
		o.URL = site.URL
	}
	o.AddConnectTo(site.ConnectTo)
	o.Names.Offer(site.NameServer)
}

// Profile returns a new virtual browser as the options describe it. With paths,
// the way to each peer is looked up as well.
func (o *Options) Profile(paths bool) *loader.Profile {
	p := o.Flags.Profile()
	if o.Names.Set() {
		p.Pool.Dialer.Resolver = o.Names.SpokenOf()
	}
	o.Conns.Apply(p, paths)
	return p
}
