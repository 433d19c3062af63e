package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"pageload/examples/bench/peers"
)

// A bench is the programs, built and running, and where they run.
type bench struct {
	ctx  context.Context
	o    *options
	self string // this program
	ours string // examples/loadtest
	dir  string // temporary
	pin  bool   // loader and origin have a processor each

	summary strings.Builder // rows of the last table

	servers []*server // as many as there were loaders at a time
}

func newBench(ctx context.Context, o *options) (_ *bench, err error) {
	b := &bench{ctx: ctx, o: o, ours: o.ours}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return nil, err
	}
	if b.ours == "" {
		if b.ours, err = b.build(); err != nil {
			return nil, err
		}
	}
	if _, err := exec.LookPath("taskset"); err == nil && runtime.GOOS == "linux" && runtime.NumCPU() > 1 {
		b.pin = true
	}
	_, err = b.server(0)
	return b, err
}

// build builds the project's own load tester, wherever the module is.
func (b *bench) build() (string, error) {
	root, err := exec.CommandContext(b.ctx, "go", "list", "-m", "-f", "{{.Dir}}", "pageload").Output()
	if err != nil {
		return "", fmt.Errorf("where module pageload is (run it in its folder: go run -C examples/bench .): %w", err)
	}
	name := filepath.Join(b.dir, "loadtest")
	cmd := exec.CommandContext(b.ctx, "go", "build", "-o", name, "./examples/loadtest")
	cmd.Dir = strings.TrimSpace(string(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building examples/loadtest: %w: %s", err, out)
	}
	return name, nil
}

// command is a program on the processor that is its own.
func (b *bench) command(processor int, name string, args ...string) *exec.Cmd {
	if b.pin {
		args = append([]string{"-c", strconv.Itoa(processor), name}, args...)
		name = "taskset"
	}
	return exec.CommandContext(b.ctx, name, args...)
}

func (b *bench) close() {
	for _, s := range b.servers {
		s.stdin.Close()
		s.cmd.Wait()
	}
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// A job is what a loader is to do.
type job struct {
	page     string
	scheme   string // "", "h1" or "h2": over TLS
	inFlight int
	cold     bool
	delay    time.Duration // before each answer
}

// A loader is one of those that are compared.
type loader struct {
	name string
	peer string   // of package peers; "": examples/loadtest
	args []string // of that
	env  []string
}

var (
	diy         = loader{name: "DIY", peer: "diy"}
	tuned       = loader{name: "tuned", peer: "tuned"}
	floor       = loader{name: "floor", peer: peers.Floor}
	ours        = loader{name: "pageload"}
	oursAnew    = loader{name: "pageload, not remembered", args: []string{"-remember=false"}}
	oursPlainGC = loader{name: "pageload, GOGC=100", env: []string{"GOGC=100"}}
)
