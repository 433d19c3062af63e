package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"pageload/examples/internal/pageflags"
	"pageload/loader/har"
	"pageload/loader/report"
	"pageload/loader/report/web"
	"pageload/loader/table"
	"pageload/loader/timing"
	"pageload/loader/trace"
	"pageload/loader/waterfall"
)

// A view is a form in which the waterfall is written to a file.
type view struct {
	flag  string
	file  string // "-": standard output
	write func(io.Writer, *waterfall.Waterfall) error
	out   *output // from open on
}

// views returns those that were asked for.
func (o *options) views() []*view {
	all := []*view{
		{flag: "-har", file: o.harFile, write: func(w io.Writer, wf *waterfall.Waterfall) error {
			return har.Write(w, wf, har.Options{OmitBodies: !o.bodies})
		}},
		{flag: "-html", file: o.htmlFile, write: func(w io.Writer, wf *waterfall.Waterfall) error {
			return web.Write(w, wf, web.Options{})
		}},
		{flag: "-svg", file: o.svgFile, write: func(w io.Writer, wf *waterfall.Waterfall) error {
			return report.SVG(w, wf, report.SVGOptions{})
		}},
		{flag: "-timing", file: o.timingFile, write: timing.Write},
		{flag: "-trace", file: o.traceFile, write: trace.Write},
		{flag: "-csv", file: o.csvFile, write: table.CSV},
		{flag: "-jsonl", file: o.jsonlFile, write: table.JSONLines},
	}
	var asked []*view
	for _, v := range all {
		if v.file != "" {
			asked = append(asked, v)
		}
	}
	return asked
}

// checkFiles says what is wrong with the names of the files that are written.
func (o *options) checkFiles() error {
	if o.captureFile == "-" {
		return errors.New("-capture: it goes to a file, not to standard output")
	}
	files := o.views()
	if o.captureFile != "" {
		files = append(files, &view{flag: "-capture", file: o.captureFile})
	}
	taken := map[string]string{}
	for _, v := range files {
		name := filepath.Clean(v.file)
		if other, ok := taken[name]; ok {
			return fmt.Errorf("%s and %s cannot both go to %s", other, v.flag, v.file)
		}
		taken[name] = v.flag
	}
	return nil
}

// toStdout reports whether a view goes to standard output, so that nothing else
// may be printed there.
func (o *options) toStdout() bool {
	for _, v := range o.views() {
		if v.file == "-" {
			return true
		}
	}
	return false
}

// save writes the view and puts its file in place.
func (v *view) save(wf *waterfall.Waterfall, stdout io.Writer) error {
	if v.file == "-" {
		return v.write(stdout, wf)
	}
	if err := v.write(v.out.file, wf); err != nil {
		return err
	}
	return v.out.commit()
}

// saveAll writes the views and says what of it failed.
func saveAll(views []*view, wf *waterfall.Waterfall, stdout io.Writer) (failures []string) {
	for _, v := range views {
		if err := v.save(wf, stdout); err != nil {
			failures = append(failures, v.flag+" "+v.file+": "+pageflags.Reason(err, nil))
		}
	}
	return failures
}
