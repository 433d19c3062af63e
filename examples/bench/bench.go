package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"pageload/examples/bench/origin"
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

	originCmd *exec.Cmd
	orders    *json.Encoder
	answers   *json.Decoder
	stdin     io.Closer
	at        origin.Addresses
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
	return b, b.startOrigin()
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

func (b *bench) startOrigin() error {
	b.originCmd = b.command(1, b.self, "origin")
	b.originCmd.Stderr = os.Stderr
	in, err := b.originCmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := b.originCmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.originCmd.Start(); err != nil {
		return err
	}
	b.stdin, b.orders, b.answers = in, json.NewEncoder(in), json.NewDecoder(out)
	return b.answers.Decode(&b.at)
}

// order tells the origin what to do.
func (b *bench) order(o origin.Order) (c origin.Counts, err error) {
	if err := b.orders.Encode(o); err != nil {
		return c, err
	}
	return c, b.answers.Decode(&c)
}

func (b *bench) close() {
	if b.stdin != nil {
		b.stdin.Close()
		b.originCmd.Wait()
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

func (b *bench) url(j job) string {
	base := b.at.HTTP
	switch j.scheme {
	case "h1":
		base = b.at.HTTPS1
	case "h2":
		base = b.at.HTTPS2
	}
	return base + "/" + j.page + "/"
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

// A sample is what one run came to.
type sample struct {
	loads  int
	cpu    time.Duration
	wall   time.Duration
	memory int64 // bytes, the most
	counts origin.Counts
}

// run runs a loader once.
func (b *bench) run(l loader, j job, loads int, more ...string) (s sample, err error) {
	if _, err := b.order(origin.Order{Reset: true, Delay: j.delay, Page: j.page}); err != nil {
		return s, err
	}
	n, c := strconv.Itoa(loads), strconv.Itoa(j.inFlight)
	var cmd *exec.Cmd
	if l.peer != "" {
		args := []string{"peer", l.peer, n, c, strconv.FormatBool(j.cold), b.url(j)}
		if l.peer == peers.Floor {
			args = append(args, origin.Paths(j.page)...)
		}
		cmd = b.command(0, b.self, args...)
	} else {
		args := append(append([]string{"-json", "-insecure", "-n", n, "-c", c, "-cold=" + strconv.FormatBool(j.cold)}, l.args...), more...)
		cmd = b.command(0, b.ours, append(args, b.url(j))...)
	}
	cmd.Env = append(os.Environ(), l.env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err = cmd.Run()
	s.wall, s.loads = time.Since(began), loads
	if err != nil {
		return s, fmt.Errorf("%s: %w: %s", l.name, err, strings.TrimSpace(stderr.String()))
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.memory = peakMemory(cmd.ProcessState)
	if s.counts, err = b.order(origin.Order{Page: j.page}); err != nil {
		return s, err
	}
	return s, s.check(l, stdout.String())
}

// check holds a run to what the origin saw of it.
func (s *sample) check(l loader, stdout string) error {
	var told struct {
		Bytes struct{ Bodies int64 }
	}
	if err := json.Unmarshal([]byte(stdout), &told); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	c := &s.counts
	switch {
	case told.Bytes.Bodies != c.Bytes:
		return fmt.Errorf("%s: %d bytes of bodies came in, %d were sent", l.name, told.Bytes.Bodies, c.Bytes)
	case c.Loads != int64(s.loads):
		return fmt.Errorf("%s: %d loads, the origin saw %d", l.name, s.loads, c.Loads)
	case l.peer == "" && c.Missing+c.Needless > 0:
		return fmt.Errorf("%s: of %d requests %d were needless, and %d are missing", l.name, c.Requests, c.Needless, c.Missing)
	case c.Missing > 0:
		return errors.New(l.name + ": some of the page was not asked for")
	}
	return nil
}
