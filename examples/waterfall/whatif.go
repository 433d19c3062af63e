package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"pageload/examples/internal/command"
	"pageload/examples/internal/pageflags"
	"pageload/examples/internal/terminal"
	"pageload/loader/compare"
	"pageload/loader/har"
	"pageload/loader/report"
	"pageload/loader/whatif"
)

// runWhatIf is "waterfall whatif -rtt 150ms A.har": the load as it was beside the
// load as it would have been. It returns the exit status, 2 where the file or the
// arguments cannot be used and 1 where something cannot be written.
func runWhatIf(args []string, stdout, stderr io.Writer) int {
	end := command.Ending(stderr, "waterfall: whatif")
	o := whatif.Options{Protocols: map[string]string{}, Move: map[string]string{}}
	harFile := ""
	set := whatIfFlags(&o, &harFile)
	help := func(w io.Writer) { command.Help(w, set, whatIfHelp) }
	if status, over := command.Refused(command.Parse(set, args), help, stdout, end); over {
		return status
	}
	if set.NArg() != 1 {
		return end(2, fmt.Sprintf("one HAR file, after the flags, not %q; a page called whatif has a scheme, such as http://whatif", set.Args()))
	}
	real, err := readHARFile(set.Arg(0))
	if err != nil {
		return end(2, err.Error())
	}
	simulated, err := whatif.Simulate(real, o)
	if err != nil {
		return end(2, set.Arg(0)+": "+strings.TrimPrefix(err.Error(), "whatif: "))
	}
	out, err := openOutput(harFile)
	if err != nil {
		return end(2, "-har: "+err.Error())
	}
	defer out.abandon()
	if harFile == "-" {
		err = har.Write(stdout, simulated, har.Options{})
	} else {
		if harFile != "" {
			if err = har.Write(out.file, simulated, har.Options{}); err == nil {
				err = out.commit()
			}
		}
		columns, color := terminal.Of(stdout)
		if columns == 0 {
			columns = 120
		}
		if err == nil {
			err = report.Text(stdout, simulated, report.TextOptions{Width: columns, Color: color})
		}
		if err == nil {
			_, err = fmt.Fprintln(stdout)
		}
		if err == nil {
			err = compare.Of(real, simulated, compare.Options{}).Text(stdout, compare.TextOptions{Color: color, A: filepath.Base(set.Arg(0)), B: "simulated"})
		}
	}
	if err != nil {
		return end(1, "cannot be written: "+pageflags.Reason(err, nil))
	}
	return 0
}

const whatIfHelp = `usage: waterfall whatif [flags] A.har

Shows a recorded load beside what it would have been.
Exit status: 0 it was simulated, 1 it could not be written, 2 unusable file or
arguments.
`

func whatIfFlags(o *whatif.Options, harFile *string) *flag.FlagSet {
	set := command.Flags("whatif")
	list := func(name, usage string, add func(string) error) { set.Func(name, usage+"; repeatable", add) }
	set.DurationVar(&o.Network.RTT, "rtt", 0, "the round trip `TIME` to all hosts (default: that of the recording, each host's own)")
	set.DurationVar(&o.Network.ExtraRTT, "extra-rtt", 0, "round trip `TIME` added to each host's")
	set.Func("down", "the line passes this `RATE` down, such as 1.6Mbit or 400kbit (default: any)", rate(&o.Network.Down))
	set.Func("up", "the line passes this `RATE` up (default: any)", rate(&o.Network.Up))
	set.IntVar(&o.Network.InitialWindow, "initial-window", 0, "`SEGMENTS` that a server sends before it is acknowledged (default 10)")
	set.BoolVar(&o.Network.NoSlowStart, "no-slow-start", false, "servers send as fast as the line takes it from the first byte on")
	set.Func("recorded-down", "what the line of the recording passed, as a `RATE` (default: found out)", rate(&o.Recorded.Down))
	list("protocol", "a host speaks h1 or h2: `PATTERN=h2`, or h2 for all", func(s string) error {
		pattern, proto, ok := strings.Cut(s, "=")
		if !ok {
			pattern, proto = "*", s
		}
		if proto != "h1" && proto != "h2" {
			return errors.New("it is h1 or h2, or PATTERN=h2")
		}
		o.Protocols[pattern] = proto
		return nil
	})
	list("preconnect", "open a connection to `ORIGIN` first", func(s string) error { o.Preconnect = append(o.Preconnect, s); return nil })
	list("preload", "ask for `URL` first", func(s string) error { o.Preload = append(o.Preload, s); return nil })
	list("remove", "without the requests of the hosts that match `PATTERN`", func(s string) error { o.Remove = append(o.Remove, s); return nil })
	list("move", "requests go to another host: `FROM=TO`", func(s string) error {
		from, to, ok := strings.Cut(s, "=")
		if !ok || from == "" || to == "" {
			return errors.New("it is FROM=TO")
		}
		o.Move[from] = to
		return nil
	})
	set.StringVar(harFile, "har", "", "write the simulated load to `FILE`; - is standard output, and nothing else is printed there")
	return set
}

// rate reads bits a second.
func rate(to *int64) func(string) error {
	return func(s string) error {
		text, unit := strings.TrimSuffix(strings.ToLower(s), "/s"), 1.0
		text = strings.TrimSuffix(strings.TrimSuffix(text, "bit"), "bps")
		for suffix, u := range map[string]float64{"k": 1e3, "m": 1e6, "g": 1e9} {
			if rest, ok := strings.CutSuffix(text, suffix); ok {
				text, unit = rest, u
				break
			}
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v*unit >= 1 && v*unit <= 1e12) {
			return errors.New("it is a rate such as 1.6Mbit or 400kbit")
		}
		*to = int64(v * unit)
		return nil
	}
}
