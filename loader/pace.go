package loader

import (
	"time"

	"pageload/loader/waterfall"
)

// A Pace is how long a browser's main thread is busy with what arrives. A page that
// is loaded at a pace reaches its milestones when the browser would, because each
// response waits for its turn on one thread, as it does there. The zero value takes
// no time, which is how pages are loaded by default: as fast as the network.
//
// What is spent is in the waterfall (MainThread), so that it can be told from what
// the network takes.
type Pace struct {
	Document   time.Duration // committing the page's navigation, before the parser sees anything; a third of it for a frame's
	Frame      time.Duration // making a frame
	Redirect   time.Duration // following one
	Request    time.Duration // making a request and handing it to the network
	Stylesheet time.Duration // each of the following: taking in a whole resource
	Script     time.Duration // and running it
	Image      time.Duration // and decoding it
	Font       time.Duration
	Media      time.Duration
	Other      time.Duration
	Style      time.Duration // computing style and layout of a document for the first time, and drawing; each later time a quarter
	Element    time.Duration // the part of that which each element of the document adds

	// What a kilobyte (1,000 bytes) as it was sent adds to the above.
	HTMLKB, CSSKB, ScriptKB time.Duration
}

// ChromiumPace is the pace of a headless Chromium 156 on a machine with two slow
// processors and no graphics card, fitted to the milestones that were recorded
// there, but for ScriptKB, which is a guess: the recorded pages have scripts that do
// nothing. A fast desktop takes about a third: see [Pace.Scale].
func ChromiumPace() Pace {
	const ms, us = time.Millisecond, time.Microsecond
	return Pace{
		Document: 36 * ms, Frame: 8 * ms, Redirect: 6 * ms, Request: 1 * ms, Stylesheet: 5 * ms, Script: 10 * ms, Image: 4 * ms,
		Font: 7 * ms, Media: 15 * ms, Other: 14 * ms, Style: 28 * ms, Element: 5 * us,
		HTMLKB: 20 * us, CSSKB: 20 * us, ScriptKB: 100 * us,
	}
}

// Scale is the pace of a machine that takes factor times as long.
func (p Pace) Scale(factor float64) Pace {
	for _, d := range [...]*time.Duration{
		&p.Document, &p.Frame, &p.Redirect, &p.Request, &p.Stylesheet, &p.Script, &p.Image, &p.Font, &p.Media, &p.Other,
		&p.Style, &p.Element, &p.HTMLKB, &p.CSSKB, &p.ScriptKB,
	} {
		*d = time.Duration(float64(*d) * factor)
	}
	return p
}

// cost is how long a message keeps the main thread busy before it has its
// effects, and with what.
func (p *Pace) cost(m *message) (d time.Duration, what string) {
	switch {
	case m.kind == msgRedirect:
		return p.Redirect, "redirect"
	case m.kind == msgFrame:
		return p.Document / 3, "frame"
	case m.kind == msgHead && m.sink.r.child() != nil:
		if m.sink.r.child().number > 0 {
			return p.Document / 3, "frame"
		}
		return p.Document, "navigation"
	case m.kind == msgData && m.sink.r.child() != nil:
		return perKB(p.HTMLKB, int64(len(m.data))), "HTML"
	case m.kind != msgDone || m.sink.r.child() != nil || m.sink.r.silent:
		return 0, ""
	}
	switch n := m.hop.WireBodyBytes; m.sink.r.rules.Type() {
	case waterfall.Stylesheet:
		return p.Stylesheet + perKB(p.CSSKB, n), "style sheet"
	case waterfall.Script:
		return p.Script + perKB(p.ScriptKB, n), "script"
	case waterfall.Image:
		return p.Image, "image"
	case waterfall.Font:
		return p.Font, "font"
	case waterfall.Media:
		return p.Media, "media"
	}
	return p.Other, "other"
}

func perKB(d time.Duration, n int64) time.Duration { return d * time.Duration(max(0, n)) / 1000 }

// drawn spends what it takes to compute style and to draw.
func (f *frame) drawn(first bool) {
	p := &f.l.profile.Pace
	d := p.Style + p.Element*time.Duration(f.parser.Elements())
	if !first {
		d /= 4
	}
	var id int32
	if f.resource != nil {
		id = f.resource.id
	}
	f.l.spend(d, "style and layout", id)
}

// freeAt is when the thread is done with what it has to do, zero without a pace.
func (l *load) freeAt() time.Time {
	if l.profile.Pace == (Pace{}) {
		return time.Time{}
	}
	if now := time.Now(); l.busyUntil.Before(now) {
		l.busyUntil = now
	}
	return l.busyUntil
}

// spend keeps the main thread busy for so long from now on, or from when it is done
// with what it has to do already.
func (l *load) spend(d time.Duration, what string, request int32) {
	if d <= 0 {
		return
	}
	if now := time.Now(); l.busyUntil.Before(now) {
		l.busyUntil = now
	}
	l.event(waterfall.Event{At: l.busyUntil.Sub(l.start), Kind: waterfall.Busy, Request: request, Text: what, Data: d})
	l.busyUntil = l.busyUntil.Add(d)
}

// later does what begins a document that is not fetched: at a pace when the thread
// has come to it.
func (l *load) later(then func()) {
	if l.profile.Pace == (Pace{}) {
		then()
		return
	}
	l.open++
	l.mail.send(message{kind: msgFrame, then: then})
}

// At a pace the tree builder lets what has come in the meantime go first when it
// has been at work for so long: at first soon, so that something can be drawn, and
// then only after long (Blink's HTMLDocumentParser, GetTimedBudget).
const (
	shortBudget  = 10 * time.Millisecond
	longBudget   = 500 * time.Millisecond
	shortBudgets = 3
)

// exhausted reports whether the tree builder, which is at work since the thread
// was done with what it had until since, is to let others go first. It is never
// before the body.
func (f *frame) exhausted(since time.Time) bool {
	budget := longBudget
	if f.yields < shortBudgets {
		budget = shortBudget
	}
	if !f.inBody || f.l.busyUntil.Sub(since) < budget {
		return false
	}
	f.yields++
	f.yielded = true
	return true
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
		d, what := p.cost(&batch[i])
		if d > 0 {
			var id int32
			if s := batch[i].sink; s != nil {
				id = s.r.id
			}
			l.spend(d, what, id)
		}
		l.await()
		l.handle(&batch[i])
		l.settle()
	}
	l.await()
	for _, f := range l.frames {
		f.yielded = false
	}
}
