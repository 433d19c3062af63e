package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/pprof/profile"
)

// The parts that a load's CPU time is divided into, as columns. A sample is the part's whose code is the innermost on its stack, so what the
// runtime and the standard library do (memory, locks, stacks, waking) is theirs for whom they do it, and what crypto/tls or the HTTP/2 library
// calls of the project, such as the reads below TLS, is the project's.
const (
	partCrypto  = iota // crypto/...: crypto/tls with its records, and the ciphers
	partHTTP2          // frames and fields: fetch/http2, x/net/http2
	partSystem         // the kernel
	partRuntime        // the collector and the scheduler, where nobody's code is on the stack
	partRest           // all else of the project: the loader
	parts
)

// profiledLoads are enough for a thousand samples a row, of which there are a hundred a second.
const profiledLoads = 5000

var partNames = [parts]string{"crypto", "HTTP/2", "system calls", "runtime", "the rest"}

// parts prints what of a load's CPU time is whose, on plain HTTP and over TLS.
func (b *bench) parts(w io.Writer) error {
	const title = "typical, whose the CPU time of pageload is"
	if b.o.only != nil && !b.o.only.MatchString(title) {
		return nil
	}
	fmt.Fprintf(w, "\n### %s (ms a load)\n\n| | all | %s |\n|---|---|%s\n", title, strings.Join(partNames[:], " | "), strings.Repeat("---|", parts))
	loads := profiledLoads
	if b.o.quick {
		loads = 20
	}
	var tasks []task
	for _, scheme := range []string{"", "h1", "h2"} {
		tasks = append(tasks, task{ours, job{page: "typical", inFlight: 1, scheme: scheme}, loads, []string{"-cpuprofile", filepath.Join(b.dir, "cpu"+scheme)}})
	}
	samples, err := b.inTurns(tasks)
	if err != nil {
		return err
	}
	for i, s := range samples {
		shares, err := split(tasks[i].args[1])
		if err != nil {
			return err
		}
		all := milliseconds(s.cpu) / float64(s.loads)
		fmt.Fprintf(w, "| %s | %.2f |", map[string]string{"": "HTTP/1.1", "h1": "TLS, HTTP/1.1", "h2": "TLS, HTTP/2"}[tasks[i].job.scheme], all)
		for _, share := range shares {
			fmt.Fprintf(w, " %.2f |", share*all)
		}
		fmt.Fprintln(w)
	}
	return nil
}

// split reads a CPU profile and returns which share each part has.
func split(file string) (shares [parts]float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return shares, err
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		return shares, err
	}
	all := 0.0
	for _, s := range p.Sample {
		v := float64(s.Value[len(s.Value)-1])
		shares[partOf(functions(s))] += v
		all += v
	}
	for i := range shares {
		shares[i] /= max(all, 1)
	}
	return shares, nil
}

// functions are the names on a sample's stack, the running one first.
func functions(s *profile.Sample) (names []string) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			names = append(names, line.Function.Name)
		}
	}
	return names
}

// partOf says whose a stack is.
func partOf(stack []string) int {
	for i, name := range stack {
		switch {
		case i == 0 && (strings.HasPrefix(name, "internal/runtime/syscall") || strings.HasPrefix(name, "syscall.")):
			return partSystem
		case strings.HasPrefix(name, "crypto/"):
			return partCrypto
		case strings.HasPrefix(name, "pageload/fetch/http2.") || strings.HasPrefix(name, "golang.org/x/net/http2"):
			return partHTTP2
		case strings.HasPrefix(name, "pageload/") || strings.HasPrefix(name, "main."):
			return partRest
		}
	}
	return partRuntime
}
