package main

import (
	"io"

	"pageload/examples/internal/command"
	"pageload/examples/internal/visit"
)

// options are what the arguments say.
type options struct {
	visit.Options
	json    bool
	all     bool
	ladders bool
}

func parseArgs(args []string) (*options, error) {
	o := &options{}
	o.Conns.WatchClose = true
	o.Begin("journey", "the whole page may take this `TIME`, such as 10s; 0: no limit")
	o.Set.BoolVar(&o.json, "json", false, "print one JSON object instead of the text")
	o.Set.BoolVar(&o.all, "all", false, "tell of every request, not of the first 20 only")
	o.Set.BoolVar(&o.ladders, "segments", true, "show the segments of the document's connection, where the privilege to capture is there")
	return o, o.Parse(args)
}

func (o *options) help(w io.Writer) {
	command.Help(w, o.Set, `usage: journey [flags] [URL]

Tells the whole story of one URL, stage by stage, with the figures of this very
load. Without URL it loads a demo site that it serves itself.
Exit status: 0 the document was loaded, 1 it was not, 2 unusable arguments.
`)
}
