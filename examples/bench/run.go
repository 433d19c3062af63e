package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"pageload/examples/bench/origin"
	"pageload/examples/bench/peers"
)

// A sample is what one run came to.
type sample struct {
	loads  int
	cpu    time.Duration
	wall   time.Duration
	memory int64 // bytes, the most
	counts origin.Counts
}

// A process is a loader at work.
type process struct {
	loader         loader
	job            job
	loads          int
	server         *server
	cmd            *exec.Cmd
	began          time.Time
	stdout, stderr strings.Builder
}

// start starts a loader that is alone with the server of this number.
func (b *bench) start(number int, l loader, j job, loads int, more ...string) (*process, error) {
	at, err := b.server(number)
	if err != nil {
		return nil, err
	}
	if _, err := at.order(origin.Order{Reset: true, Delay: j.delay, Page: j.page}); err != nil {
		return nil, err
	}
	p := &process{loader: l, job: j, loads: loads, server: at}
	n, c := strconv.Itoa(loads), strconv.Itoa(j.inFlight)
	if l.peer != "" {
		args := []string{"peer", l.peer, n, c, strconv.FormatBool(j.cold), at.url(j)}
		if l.peer == peers.Floor {
			args = append(args, origin.Paths(j.page)...)
		}
		p.cmd = b.command(0, b.self, args...)
	} else {
		args := append(append([]string{"-json", "-insecure", "-n", n, "-c", c, "-cold=" + strconv.FormatBool(j.cold)}, l.args...), more...)
		p.cmd = b.command(0, b.ours, append(args, at.url(j))...)
	}
	p.cmd.Env = append(os.Environ(), l.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.began = time.Now()
	return p, p.cmd.Start()
}

// wait returns what came of it, when it has ended.
func (p *process) wait() (s sample, err error) {
	err = p.cmd.Wait()
	s.wall, s.loads = time.Since(p.began), p.loads
	if err != nil {
		return s, fmt.Errorf("%s: %w: %s", p.loader.name, err, strings.TrimSpace(p.stderr.String()))
	}
	s.cpu = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	s.memory = peakMemory(p.cmd.ProcessState)
	if s.counts, err = p.server.order(origin.Order{Page: p.job.page}); err != nil {
		return s, err
	}
	return s, s.check(p.loader, p.stdout.String())
}

// run runs a loader once, and nothing beside it.
func (b *bench) run(l loader, j job, loads int, more ...string) (s sample, err error) {
	p, err := b.start(0, l, j, loads, more...)
	if err != nil {
		return s, err
	}
	return p.wait()
}

// turn is how long a loader runs before it is the next one's turn. A machine that others share changes its speed within
// seconds; with turns that are short beside that, all loaders have the same share of each.
const turn = 100 * time.Millisecond

// A task is a run of a loader.
type task struct {
	loader loader
	job    job
	loads  int
	args   []string // more of examples/loadtest
}

// inTurns runs tasks once each in turns, and returns what came of them: one runs, with a server of its own, and the others are
// stopped. Where a process cannot be stopped they run one after the other.
func (b *bench) inTurns(tasks []task) ([]sample, error) {
	type end struct {
		s   sample
		err error
	}
	type player struct {
		*process
		task int
		end  chan end
	}
	all := make([]sample, len(tasks))
	var playing []player
	defer func() {
		for _, p := range playing { // after an error
			p.cmd.Process.Kill()
			<-p.end
		}
	}()
	for i, t := range tasks {
		if !canStop {
			s, err := b.run(t.loader, t.job, t.loads, t.args...)
			if err != nil {
				return nil, err
			}
			all[i] = s
			continue
		}
		p, err := b.start(i, t.loader, t.job, t.loads, t.args...)
		if err != nil {
			return nil, err
		}
		pl := player{p, i, make(chan end, 1)}
		playing = append(playing, pl)
		err = stop(p.cmd.Process)
		go func() {
			s, err := p.wait()
			pl.end <- end{s, err}
		}()
		if err != nil {
			return nil, err
		}
	}
	timer := time.NewTimer(turn)
	defer timer.Stop()
	for i := 0; len(playing) > 0; i++ {
		i %= len(playing)
		p := playing[i]
		if err := goOn(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return nil, err
		}
		timer.Reset(turn)
		select {
		case e := <-p.end:
			playing = append(playing[:i], playing[i+1:]...)
			i--
			if e.err != nil {
				return nil, e.err
			}
			all[p.task] = e.s
		case <-timer.C:
			if err := stop(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return nil, err
			}
		}
	}
	return all, nil
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
