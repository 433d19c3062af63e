package loader

import (
	"time"

	"pageload/loader/waterfall"
)

// A Pace is how long a browser's main thread is busy with what arrives. A page that
// is loaded at a pace reaches its milestones when the browser would, because each
// response waits for its turn on one thread, as it does there. The zero value takes
// no time, which is how pages are loaded by default: as fast as the network.
type Pace struct {
	Document   time.Duration // committing a navigation, before the parser sees anything; half of it for a frame
	Redirect   time.Duration // following one
	Stylesheet time.Duration // each of the following: taking in a whole resource
	Script     time.Duration // and running it
	Image      time.Duration // and decoding it
	Font       time.Duration
	Other      time.Duration
	Style      time.Duration // computing style and layout of a document for the first time, and drawing; each later time a quarter
}

// ChromiumPace is the pace of a headless Chromium 156 on a machine with two slow
// processors and no graphics card, fitted to the milestones that were recorded
// there. A fast desktop takes about a third.
func ChromiumPace() Pace {
	return Pace{
		Document: 28 * time.Millisecond, Redirect: 5 * time.Millisecond, Stylesheet: 5 * time.Millisecond, Script: 10 * time.Millisecond, Image: 4 * time.Millisecond,
		Font: 5 * time.Millisecond, Other: 10 * time.Millisecond, Style: 24 * time.Millisecond,
	}
}

// cost is how long a message keeps the main thread busy before it has its effects.
func (p *Pace) cost(m *message) time.Duration {
	switch {
	case m.kind == msgRedirect:
		return p.Redirect
	case m.kind == msgHead && m.res.child != nil:
		if m.res.child.number > 0 {
			return p.Document / 2
		}
		return p.Document
	case m.kind != msgDone || m.res.child != nil || m.res.silent:
		return 0
	}
	switch m.res.typ {
	case waterfall.Stylesheet:
		return p.Stylesheet
	case waterfall.Script:
		return p.Script
	case waterfall.Image:
		return p.Image
	case waterfall.Font:
		return p.Font
	}
	return p.Other
}

// drawing is how long it takes to compute style and to draw.
func (f *frame) drawing(first bool) time.Duration {
	if first {
		return f.l.profile.Pace.Style
	}
	return f.l.profile.Pace.Style / 4
}

// spend keeps the main thread busy for so long from now on, or from when it is done
// with what it has to do already.
func (l *load) spend(d time.Duration) {
	if d <= 0 {
		return
	}
	if now := time.Now(); l.busyUntil.Before(now) {
		l.busyUntil = now
	}
	l.busyUntil = l.busyUntil.Add(d)
}

// await returns when the main thread is free, or the load ends.
func (l *load) await() {
	if l.busyUntil.IsZero() {
		return // at no pace
	}
	d := time.Until(l.busyUntil)
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.ctx.Done():
	}
}

// handleAll handles messages in turn. At a pace each waits until the main thread
// is free, and what it has let go on goes on before the next.
func (l *load) handleAll(batch []message) {
	p := &l.profile.Pace
	if *p == (Pace{}) {
		for i := range batch {
			l.handle(&batch[i])
		}
		return
	}
	for i := range batch {
		l.spend(p.cost(&batch[i]))
		l.await()
		l.handle(&batch[i])
		l.settle()
	}
}
