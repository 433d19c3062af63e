package main

import (
	"encoding/json"
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
	"pageload/loader/waterfall"
)

// runDiff is "waterfall diff A.har B.har": it returns the exit status, 0 within
// the budget, 3 where it is not kept, 2 where the files cannot be compared.
func runDiff(args []string, stdout, stderr io.Writer) int {
	d := diffOptions{
		regression: compare.Regression{NewBlocking: true, NewFailures: true, Load: compare.Increase{Percent: 10}, RenderStart: compare.Increase{Percent: 10}, Bytes: compare.Increase{Percent: 10}},
	}
	set := d.flags()
	end := command.Ending(stderr, "waterfall: diff")
	help := func(w io.Writer) { command.Help(w, set, diffHelp) }
	if status, over := command.Refused(command.Parse(set, args), help, stdout, end); over {
		return status
	}
	if set.NArg() != 2 {
		return end(2, fmt.Sprintf("two HAR files are compared, after the flags, not %q; a page called diff has a scheme, such as http://diff", set.Args()))
	}
	var loads [2]*waterfall.Waterfall
	for i := range loads {
		var err error
		if loads[i], err = readHARFile(set.Arg(i)); err != nil {
			return end(2, err.Error())
		}
	}
	result := compare.Of(loads[0], loads[1], compare.Options{})
	broken := append(byFlag(d.regression.Check(result), growthFlags), byFlag(d.budget.Check(loads[1]), budgetFlags)...)
	if err := d.show(stdout, result, broken, set.Arg(0), set.Arg(1)); err != nil {
		return end(2, "standard output: "+pageflags.Reason(err, nil))
	}
	if len(broken) > 0 {
		return end(3, fmt.Sprintf("%s is not within the budget: %s", set.Arg(1), strings.Join(rulesOf(broken), ", ")))
	}
	return 0
}

type diffOptions struct {
	regression compare.Regression
	budget     compare.Budget
	json       bool
}

func (d *diffOptions) flags() *flag.FlagSet {
	set := command.Flags("diff")
	increase := func(name, what string, to *compare.Increase) {
		set.Func(name, "by how much "+what+" may grow: a `SHARE` such as 10%, a time or a size; none: as much as it likes (default 10%)", func(s string) (err error) {
			if *to = (compare.Increase{}); s == "none" {
				return nil
			}
			*to, err = compare.ParseIncrease(s)
			return err
		})
	}
	increase("max-load-increase", "the time of the load event", &d.regression.Load)
	increase("max-render-increase", "the time at which rendering starts", &d.regression.RenderStart)
	increase("max-bytes-increase", "the bytes over the network", &d.regression.Bytes)
	set.BoolFunc("allow-blocking", "requests may come to block rendering", func(s string) error { return allow(s, &d.regression.NewBlocking) })
	set.BoolFunc("allow-failures", "requests may fail that did not before", func(s string) error { return allow(s, &d.regression.NewFailures) })
	set.BoolVar(&d.regression.NewHosts, "no-new-hosts", false, "no host may be asked that was not before")
	set.BoolVar(&d.regression.NewRequests, "no-new-requests", false, "no request may be new")
	set.DurationVar(&d.budget.Load, "max-load", 0, "the load event of B comes within this `TIME`")
	set.IntVar(&d.budget.Requests, "max-requests", 0, "B makes at most this `NUMBER` of requests")
	set.IntVar(&d.budget.Hosts, "max-hosts", 0, "B asks at most this `NUMBER` of hosts")
	set.Func("max-bytes", "B moves at most this `SIZE` over the network, such as 500kB or 2MB", func(s string) (err error) {
		d.budget.Bytes, err = compare.ParseBytes(s)
		return err
	})
	set.BoolVar(&d.json, "json", false, "print the comparison as JSON")
	return set
}

// allow turns a rule off.
func allow(s string, rule *bool) error {
	yes, err := strconv.ParseBool(s)
	*rule = !yes
	return err
}

const diffHelp = `usage: waterfall diff [flags] A.har B.har

Compares two loads: what was added and removed, became render-blocking, moved or
changed, milestones, bytes and the critical path. Without flags load, render
start and bytes of B may be 10% above those of A, nothing may newly block
rendering and nothing may newly fail.
Exit status: 0 B is within the budget, 3 it is not, 2 unusable files or arguments.
`

// show prints the comparison and what is not within the budget.
func (d *diffOptions) show(w io.Writer, result *compare.Diff, broken []compare.Violation, a, b string) error {
	if d.json {
		list := []string{}
		for _, v := range broken {
			list = append(list, v.Text)
		}
		out, err := json.MarshalIndent(struct {
			Comparison *compare.Diff `json:"comparison"`
			Violations []string      `json:"violations"`
		}{result, list}, "", "  ")
		if err == nil {
			_, err = w.Write(append(out, '\n'))
		}
		return err
	}
	_, color := terminal.Of(w)
	if err := result.Text(w, compare.TextOptions{Color: color, A: filepath.Base(a), B: filepath.Base(b)}); err != nil {
		return err
	}
	for i, v := range broken {
		if i == 0 {
			if _, err := fmt.Fprint(w, "\nnot within the budget\n"); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "  %s: %s\n", v.Rule, v.Text); err != nil {
			return err
		}
	}
	return nil
}

// growthFlags and budgetFlags are the flags that set the fields of a Regression and
// of a Budget.
var (
	growthFlags = map[string]string{
		"NewBlocking": "allow-blocking", "NewFailures": "allow-failures", "NewHosts": "no-new-hosts", "NewRequests": "no-new-requests",
		"Load": "max-load-increase", "RenderStart": "max-render-increase", "Bytes": "max-bytes-increase",
	}
	budgetFlags = map[string]string{"Load": "max-load", "Requests": "max-requests", "Hosts": "max-hosts", "Bytes": "max-bytes"}
)

// byFlag calls the bounds as the user does.
func byFlag(list []compare.Violation, flags map[string]string) []compare.Violation {
	for i := range list {
		list[i].Rule = "-" + flags[list[i].Rule]
	}
	return list
}

// rulesOf names the bounds that were broken, each once.
func rulesOf(list []compare.Violation) (names []string) {
	seen := map[string]bool{}
	for _, v := range list {
		if !seen[v.Rule] {
			seen[v.Rule] = true
			names = append(names, v.Rule)
		}
	}
	return names
}
