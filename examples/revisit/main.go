// Command revisit loads a page twice with one virtual browser and shows both
// waterfalls side by side, with what the browser's memory saved the second time.
//
//	go run ./examples/revisit [flags] [URL]
//
// Without a URL it loads a demo site that it serves itself, on loopback, with a
// name server of its own. With -h it tells its flags.
//
// It exits with 0 when the document was loaded both times, failed subresources
// included, with 1 when it was not, and with 2 for arguments that cannot be used.
// Why is the last line on standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"pageload/examples/internal/command"
	"pageload/examples/internal/pageflags"
	"pageload/examples/internal/terminal"
	"pageload/examples/internal/visit"
	"pageload/loader"
	"pageload/loader/waterfall"
)

func main() { command.Main(run) }

// options are what the arguments say.
type options struct {
	visit.Options
	folder string // empty: the profile is not kept
	forget loader.Parts
}

func parseArgs(args []string) (*options, error) {
	o := &options{}
	o.Pace = loader.ChromiumPace()
	o.Begin("revisit", "each view may take this `TIME`, such as 10s; 0: no limit")
	o.Set.StringVar(&o.folder, "profile", "", "the browser's memory comes from this `FOLDER`, if there is one, and is kept in it afterwards: cookies, cached responses, HSTS, names, TLS sessions")
	o.Set.Func("forget", "before the second view the browser forgets `PARTS`: names, connections, TLS-sessions, cached-responses, cookies, HSTS-hosts, alternative-services, learnt or all, separated by commas", o.setForget)
	return o, o.Parse(args)
}

func (o *options) help(w io.Writer) {
	command.Help(w, o.Set, `usage: revisit [flags] [URL]

Loads a page twice with one virtual browser and shows both waterfalls side by
side. Without URL it loads a demo site that it serves itself.
Exit status: 0 the document was loaded both times, 1 it was not, 2 unusable arguments.
`)
}

// setForget reads a list of parts.
func (o *options) setForget(list string) error {
next:
	for word := range strings.SplitSeq(list, ",") {
		name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(word), "-", " "))
		if name == "all" {
			o.forget |= loader.AllParts
			continue
		}
		for part := loader.Parts(1); part < loader.AllParts; part <<= 1 {
			if strings.ToLower(part.String()) == name {
				o.forget |= part
				continue next
			}
		}
		return fmt.Errorf("there is no part %q", word)
	}
	return nil
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	end := command.Ending(stderr, "revisit")
	o, err := parseArgs(args)
	if status, over := command.Refused(err, o.help, stdout, end); over {
		return status
	}
	stop, err := o.Demo(ctx)
	if err != nil {
		return end(1, err.Error())
	}
	defer stop()
	profile := o.Profile(false)
	defer func() {
		closing, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		profile.Close(closing)
	}()
	var why []string
	if o.folder != "" {
		switch err := profile.Restore(o.folder, loader.AllParts); {
		case errors.Is(err, loader.ErrProfileFolder):
			return end(2, "-profile: "+err.Error())
		case err != nil && !errors.Is(err, fs.ErrNotExist): // what can be read was
			why = append(why, "-profile: "+oneLine(err))
		}
	}
	first, failure := o.view(ctx, profile)
	if failure != "" {
		return end(1, append(why, failure)...)
	}
	if err := profile.Clear(o.forget); err != nil {
		return end(1, "-forget: "+oneLine(err))
	}
	second, failure := o.view(ctx, profile)
	if failure != "" {
		return end(1, append(why, failure)...)
	}
	columns, _ := terminal.Of(stdout)
	v := views{first: first, second: second, width: max(columns, 100), ascii: terminal.ASCII(stdout)}
	if _, err := io.WriteString(stdout, v.text()); err != nil {
		return end(1, append(why, "standard output: "+pageflags.Reason(err, nil))...)
	}
	if o.folder != "" {
		if err := profile.Save(o.folder, loader.AllParts); err != nil {
			return end(1, append(why, "-profile: "+oneLine(err))...)
		}
	}
	return end(0, why...)
}

// view loads the page once, and says why it could not be.
func (o *options) view(ctx context.Context, p *loader.Profile) (w *waterfall.Waterfall, failure string) {
	loading, cancel := command.Limit(ctx, o.Timeout)
	defer cancel()
	page, err := p.Load(loading, o.URL)
	if err != nil {
		return nil, pageflags.Reason(err, context.Cause(loading))
	}
	return page.Waterfall(), ""
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
