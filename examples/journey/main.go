// Command journey tells the whole story of one URL, stage by stage, with the
// figures of this very load: what the text means, which levels were asked for the
// name, how packets get there, the segments of the handshake, TLS, the request as
// sent, the response, what the parser found and when, what was fetched for it,
// and the segments of the close.
//
//	go run ./examples/journey [flags] [URL]
//
// Without a URL it loads a demo site that it serves itself, on loopback, with a
// name server of its own. With -h it tells its flags.
//
// The segments are seen with the privilege to capture (CAP_NET_RAW: as root); else
// the states and times that the kernel tells stand in their place.
//
// It exits with 0 when the document was loaded, with 1 when it was not, and with
// 2 for arguments that cannot be used. Why is the last line on standard error.
package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"pageload/examples/internal/command"
	"pageload/examples/internal/connflags"
	"pageload/examples/internal/pageflags"
	"pageload/examples/internal/terminal"
	"pageload/loader"
)

func main() { command.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	end := command.Ending(stderr, "journey")
	o, err := parseArgs(args)
	if status, over := command.Refused(err, o.help, stdout, end); over {
		return status
	}
	stop, err := o.Demo(ctx)
	if err != nil {
		return end(1, err.Error())
	}
	defer stop()
	t, failure := o.load(ctx)
	var why []string
	if failure != "" {
		why = append(why, failure)
	}
	if err := o.print(stdout, t.tell()); err != nil {
		why = append(why, "standard output: "+pageflags.Reason(err, nil))
	}
	if len(why) > 0 {
		return end(1, why...)
	}
	return 0
}

// print writes the story as it was asked for.
func (o *options) print(w io.Writer, s story) error {
	if o.json {
		return s.json(w)
	}
	columns, color := terminal.Of(w)
	if columns == 0 || columns > defaultWidth {
		columns = defaultWidth
	}
	return s.text(w, max(columns, minWidth), color)
}

// closeTime is how long closing the connections may take: our FIN, the peer's,
// and the acknowledgements of both.
const closeTime = 2 * time.Second

// load loads the page and closes its connections. The failure says why it was not
// loaded, or not all of it.
func (o *options) load(ctx context.Context) (t *teller, failure string) {
	loading, cancel := command.Limit(ctx, o.Timeout)
	defer cancel()
	profile := o.Profile(true)
	t = &teller{options: o}
	if o.ladders {
		t.recorder, t.deaf = connflags.Capture(profile, nil)
	}
	page, err := profile.Navigate(loading, loader.Navigation{URL: o.URL})
	cause := context.Cause(loading)

	closing, done := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer done()
	profile.Close(closing) // so that the waterfall has the closes
	if t.recorder != nil {
		t.recorder.Close(closing)
	}
	t.wf = page.Waterfall()
	switch {
	case err != nil:
		failure = pageflags.Reason(err, cause)
	case cause != nil:
		failure = fmt.Sprintf("%s: stopped after the page was loaded, before its last request had ended: %v", o.URL, cause)
	}
	return t, failure
}
