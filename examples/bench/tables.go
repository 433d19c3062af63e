package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// A table is one of the tables that are printed.
type table struct {
	title   string
	job     job
	loaders []loader
	kind    kind
}

// kind is what of the loads is measured.
type kind uint8

const (
	cost   kind = iota // CPU a load
	once               // the time of one load
	memory             // with many loads in flight
)

var tables = []table{
	{"typical, 1 in flight", job{page: "typical", inFlight: 1}, []loader{diy, tuned, floor, ours, oursPlainGC, oursAnew}, cost},
	{"typical, 32 in flight", job{page: "typical", inFlight: 32}, []loader{diy, tuned, floor, ours}, cost},
	{"small, 1 in flight", job{page: "small", inFlight: 1}, []loader{diy, tuned, floor, ours}, cost},
	{"small, 32 in flight", job{page: "small", inFlight: 32}, []loader{diy, tuned, floor, ours}, cost},
	{"small, 1,000 in flight", job{page: "small", inFlight: 1000}, []loader{diy, tuned, ours}, cost},
	{"typical, fresh connections", job{page: "typical", inFlight: 1, cold: true}, []loader{diy, tuned, ours}, cost},
	{"typical, TLS and HTTP/1.1", job{page: "typical", scheme: "h1", inFlight: 1}, []loader{diy, tuned, ours}, cost},
	{"typical, TLS and HTTP/2", job{page: "typical", scheme: "h2", inFlight: 1}, []loader{diy, tuned, ours}, cost},
	{"typical, one cold load, each answer after 50 ms", job{page: "typical", inFlight: 1, cold: true, delay: 50 * time.Millisecond}, []loader{diy, tuned, ours}, once},
	{"deep, one cold load, each answer after 50 ms", job{page: "deep", inFlight: 1, cold: true, delay: 50 * time.Millisecond}, []loader{diy, tuned, ours}, once},
	{"typical, 1,000 in flight, each answer after 1 s", job{page: "typical", inFlight: 1000, delay: time.Second}, []loader{diy, tuned, ours}, memory},
}

// tables measures and prints all tables that are wanted.
func (b *bench) tables(w io.Writer) error {
	fmt.Fprintf(w, "%s, %s %s/%s, %d processors%s, %s, %d rounds\n", processor(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		map[bool]string{true: " (loader and origin have one each)"}[b.pin], time.Now().UTC().Format("2006-01-02 15:04"), b.o.rounds)
	for _, t := range tables {
		if b.o.only != nil && !b.o.only.MatchString(t.title) {
			continue
		}
		if b.o.quick {
			t.job.inFlight = min(t.job.inFlight, 8)
			t.job.delay = min(t.job.delay, 5*time.Millisecond)
		}
		if err := b.print(w, t); err != nil {
			return fmt.Errorf("%s: %w", t.title, err)
		}
	}
	for _, f := range []func(io.Writer) error{b.growth, b.profiles, b.parts} {
		if err := f(w); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\n### In short\n\n| what | DIY | tuned | pageload | to DIY | to tuned |\n|---|---|---|---|---|---|\n%s", b.summary.String())
	return nil
}

// sum adds a table's rows to the summary: the README's table.
func (b *bench) sum(t table, all map[string]*figures) {
	diy, tuned := all[diy.name], all[tuned.name]
	for _, l := range t.loaders {
		if l.peer != "" {
			continue
		}
		f, title := all[l.name], t.title+strings.TrimPrefix(l.name, ours.name)
		what, format, of := "CPU", "%.2f ms", func(f *figures) []float64 { return f.cpu }
		switch t.kind {
		case once:
			what, format, of = "time", "%.0f ms", func(f *figures) []float64 { return f.span }
		case memory:
			what, format, of = "most memory", "%.0f MB", func(f *figures) []float64 { return scaled(f.memory, 1e-6) }
		}
		fmt.Fprintf(&b.summary, "| %s: %s | "+format+" | "+format+" | "+format+" | %.2f | %.2f |\n", title, what,
			median(of(diy)), median(of(tuned)), median(of(f)), ratio(of(f), of(diy)), ratio(of(f), of(tuned)))
	}
}

func scaled(values []float64, by float64) (s []float64) {
	for _, v := range values {
		s = append(s, v*by)
	}
	return s
}

func (b *bench) print(w io.Writer, t table) error {
	measure, head := b.cost, "CPU ms a load | to DIY | to tuned | peak MB"
	switch t.kind {
	case once:
		measure, head = b.once, "load ms | to DIY | to tuned | connections"
	case memory:
		measure, head = b.many, "peak MB | to DIY | to tuned | CPU ms a load"
	}
	all, err := measure(t.job, t.loaders)
	if err != nil {
		return err
	}
	b.sum(t, all)
	fmt.Fprintf(w, "\n### %s\n\n| loader | %s | requests | needless |\n|---|%s---|---|\n", t.title, head, strings.Repeat("---|", strings.Count(head, "|")+1))
	for _, l := range t.loaders {
		f := all[l.name]
		fmt.Fprintf(w, "| %s | %s | %.1f | %.1f |\n", l.name, f.row(t.kind, all[diy.name], all[tuned.name]),
			float64(f.last.counts.Requests)/float64(f.last.loads), float64(f.last.counts.Needless)/float64(f.last.loads))
	}
	return nil
}

// row is the cells of a loader's figures.
func (f *figures) row(k kind, diy, tuned *figures) string {
	of := func(f *figures) []float64 { return f.cpu }
	switch k {
	case once:
		of = func(f *figures) []float64 { return f.span }
	case memory:
		of = func(f *figures) []float64 { return f.memory }
	}
	ratios := fmt.Sprintf("%.2f | %.2f", ratio(of(f), of(diy)), ratio(of(f), of(tuned)))
	switch k {
	case once:
		return fmt.Sprintf("%.0f | %s | %d", median(f.span), ratios, f.last.counts.Opened)
	case memory:
		return fmt.Sprintf("%.0f | %s | %.2f", median(f.memory)/1e6, ratios, median(f.cpu))
	}
	return fmt.Sprintf("%.2f | %s | %.0f", median(f.cpu), ratios, median(f.memory)/1e6)
}

// growth compares what a load costs with many in flight and with one.
func (b *bench) growth(w io.Writer) error {
	most, title := 1000, "small, 1 and 1,000 in flight"
	if b.o.only != nil && !b.o.only.MatchString(title) {
		return nil
	}
	if b.o.quick {
		most = 8
	}
	loaders := []loader{diy, tuned, ours}
	var tasks []task
	for _, l := range loaders {
		tasks = append(tasks, task{loader: l, job: job{page: "small", inFlight: 1}}, task{loader: l, job: job{page: "small", inFlight: most}})
	}
	all, err := b.costs(tasks)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n### %s\n\n| loader | 1: CPU ms a load | 1,000 | ratio |\n|---|---|---|---|\n", title)
	for i, l := range loaders {
		one, many := all[2*i].cpu, all[2*i+1].cpu
		fmt.Fprintf(w, "| %s | %.2f | %.2f | %.2f |\n", l.name, median(one), median(many), ratio(many, one))
	}
	return nil
}

// profiles loads a page with ten times as many virtual browsers as loads in flight.
func (b *bench) profiles(w io.Writer) error {
	browsers, j := 10_000, job{page: "small", inFlight: 1000, delay: 50 * time.Millisecond}
	if b.o.quick {
		browsers, j.inFlight = 80, 8
	}
	title := fmt.Sprintf("small, %d virtual browsers of which %d load, each answer after 50 ms", browsers, j.inFlight)
	if b.o.only != nil && !b.o.only.MatchString(title) {
		return nil
	}
	s, err := b.run(ours, j, 2*browsers, "-profiles", fmt.Sprint(browsers))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n### %s\n\n| loads | peak MB | MB a thousand browsers | CPU ms a load | connections at most |\n|---|---|---|---|---|\n| %d | %.0f | %.1f | %.2f | %d |\n", title,
		s.loads, float64(s.memory)/1e6, float64(s.memory)/1e3/float64(browsers), milliseconds(s.cpu)/float64(s.loads), s.counts.MostOpen)
	return nil
}

// processor is what the machine says its processor is.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "processor unknown"
}
