package conn

import (
	"context"
	"fmt"
	"time"
)

// CloseIdle closes all idle connections and returns when they are closed.
func (p *Pool) CloseIdle() {
	var a actions
	now := time.Now()
	p.mu.Lock()
	p.dropIdle(closing{by: ByUs, reason: errCloseIdle}, now, &a)
	p.mu.Unlock()
	p.run(&a)
}

func (p *Pool) dropIdle(why closing, now time.Time, a *actions) {
	p.ways(func(w *way) {
		for _, l := range []*idleList{&w.used, &w.unused} {
			for l.first != nil {
				p.drop(l.first, why, now, a)
			}
		}
	})
}

// Close ends the pool: requests that wait and those to come get ErrPoolClosed,
// connects are given up, idle connections are closed at once and those in use
// when they are given back. It returns when everything is closed. When ctx
// ends before that, the connections still in use are closed under their
// holders and Close returns an error that says how many there were. Close may
// be called again.
func (p *Pool) Close(ctx context.Context) error {
	var a actions
	now := time.Now()
	p.mu.Lock()
	p.setup()
	p.shut = true
	if p.drained == nil {
		p.drained = make(chan struct{})
	}
	p.endLife()
	if p.sweep.timer != nil {
		p.sweep.timer.Stop()
	}
	p.ways(func(w *way) {
		for _, g := range w.groups {
			for g.waiters.len() > 0 {
				w.stalled.remove(g)
				a.fail(g.waiters.pop(), ErrPoolClosed)
			}
			p.prune(g)
		}
	})
	p.dropIdle(closing{by: ByUs, reason: ErrPoolClosed}, now, &a)
	p.grown(now.Add(time.Hour), &a) // all, now: the timer has been stopped, and those in use may have to be waited for
	p.watch.end()
	p.checkDrained()
	p.mu.Unlock()
	p.run(&a)

	select {
	case <-p.drained:
		return nil
	default:
	}
	select {
	case <-p.drained:
		return nil
	case <-ctx.Done():
		return p.force(ctx)
	}
}

// force closes the connections that are in use.
func (p *Pool) force(ctx context.Context) error {
	var a actions
	now := time.Now()
	p.mu.Lock()
	n := 0
	for _, c := range p.conns {
		if !c.closed {
			p.remove(c, closing{by: ByUs, reason: errForced}, now, &a)
			n++
		}
	}
	jobs := p.jobs
	p.mu.Unlock()
	p.run(&a)
	watched := p.cutWatches(true)
	if n == 0 && jobs == 0 && watched == 0 {
		return nil
	}
	msg := fmt.Sprintf("%d connections were in use and %d connects under way", n, jobs)
	if watched > 0 {
		msg += fmt.Sprintf("; %d closes were not watched to their end", watched)
	}
	return fmt.Errorf("conn: close: %s: %w", msg, context.Cause(ctx))
}

// checkDrained ends Close if everything is closed. The lock is held.
func (p *Pool) checkDrained() {
	if p.shut && len(p.conns) == 0 && p.jobs == 0 && !p.watch.runs && p.drained != nil {
		select {
		case <-p.drained:
		default:
			p.closeWatches.diag.Close()
			close(p.drained)
		}
	}
}
