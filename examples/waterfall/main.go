// Command waterfall loads a web page as a browser's network side does and shows
// the waterfall of its requests.
//
//	go run ./examples/waterfall [flags] [URL]
//	go run ./examples/waterfall diff [flags] A.har B.har
//	go run ./examples/waterfall whatif [flags] A.har
//
// Without a URL it loads a demo site that it serves itself, on loopback, with a
// name server of its own. With -h it tells its flags.
//
// It exits with 0 when the document was loaded, failed subresources included,
// with 1 when it was not, and with 2 for arguments that cannot be used. Why is
// the last line on standard error. What was loaded is shown and written even
// where the load failed or was stopped.
package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"pageload/examples/internal/command"
	"pageload/examples/internal/pageflags"
	"pageload/loader"
	"pageload/loader/report"
	"pageload/loader/spool"
	"pageload/loader/waterfall"
)

func main() { command.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch args[0] {
		case "diff":
			return runDiff(args[1:], stdout, stderr)
		case "whatif":
			return runWhatIf(args[1:], stdout, stderr)
		}
	}
	end := command.Ending(stderr, "waterfall")
	o, err := parseArgs(args)
	if status, over := command.Refused(err, o.help, stdout, end); over {
		return status
	}
	views := o.views()
	for _, v := range views { // before the load, so that nothing is loaded for nothing
		if v.out, err = openOutput(v.file); err != nil {
			return end(2, v.flag+": "+err.Error())
		}
		defer v.out.abandon()
	}
	packets, err := openOutput(o.captureFile)
	if err != nil {
		return end(2, "-capture: "+err.Error())
	}
	defer packets.abandon()
	if o.bodies {
		if o.spool, err = spool.Create(""); err != nil {
			return end(2, "-bodies: "+err.Error())
		}
		defer o.spool.Close()
	}
	stop, err := o.Demo(ctx)
	if err != nil {
		return end(1, err.Error())
	}
	defer stop()
	profile := o.profile()
	var notices []string
	if s, err := o.readCookies(profile); err != nil {
		return end(2, "-cookies: "+pageflags.Reason(err, nil))
	} else if s != "" {
		notices = append(notices, s)
	}
	if s := o.openCache(profile); s != "" {
		notices = append(notices, s)
	}
	if s := o.restore(profile); s != "" {
		notices = append(notices, s)
	}
	recording, notice := o.record(profile, packets)
	if notice != "" {
		notices = append(notices, notice)
	}
	page, failure := o.load(ctx, profile, recording, stdout, stderr)
	why := o.show(page.Waterfall(), views, stdout)
	if err := recording.save(); err != nil {
		why = append(why, "-capture "+o.captureFile+": "+pageflags.Reason(err, nil))
	}
	if s := o.save(profile); s != "" {
		why = append(why, s)
	}
	if failure != "" {
		why = append([]string{failure}, why...)
	}
	switch {
	case len(why) > 0: // one line, whatever there is to say
		return end(1, append(notices, why...)...)
	case len(notices) > 0:
		return end(0, notices...)
	}
	return 0
}

// closeTime is how long closing the connections may take.
const closeTime = time.Second

// load loads the page, and says why it was not loaded, or not all of it.
func (o *options) load(ctx context.Context, profile *loader.Profile, r *recording, stdout, stderr io.Writer) (page *loader.Page, failure string) {
	nav := o.navigation()
	stop := func() {}
	if live := o.live(stdout); live != nil {
		nav.Observe = live.Observe
		stop = redraw(live)
	}
	if o.verbose {
		nav.Observe = func(e waterfall.Event) { fmt.Fprintln(stderr, report.Line(e)) }
	}
	loading, cancel := command.Limit(ctx, o.Timeout)
	defer cancel()
	page, err := profile.Navigate(loading, nav)
	cause := context.Cause(loading)
	stop()

	closing, done := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer done()
	profile.Close(closing) // so that the waterfall has the closes
	r.end(closing)

	switch {
	case err != nil:
		return page, pageflags.Reason(err, cause)
	case cause != nil:
		return page, fmt.Sprintf("%s: stopped after the page was loaded, before its last request had ended: %v", o.URL, cause)
	}
	return page, ""
}

// show writes the files that were asked for and draws the waterfall, and says
// what of it failed.
func (o *options) show(wf *waterfall.Waterfall, views []*view, stdout io.Writer) (failures []string) {
	failures = saveAll(views, wf, stdout)
	if !o.quiet && !o.toStdout() {
		if err := report.Text(stdout, wf, o.text(stdout)); err != nil {
			failures = append(failures, "standard output: "+pageflags.Reason(err, nil))
		}
	}
	return failures
}
