package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pageload/fetch"
	"pageload/loader/internal/eventlog"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// A load is one page being loaded. Its goroutine is the only one to touch it,
// but for what says otherwise; fetches reach it through the mailbox.
type load struct {
	profile *Profile
	limits  Limits
	nav     Navigation
	url     weburl.URL
	start   time.Time
	ctx     context.Context // of the fetches; ends when the load is stopped
	stop    context.CancelCauseFunc
	mail    mailbox

	log       eventlog.Log
	row       waterfall.Discovery // of the event that is being made
	gates     *schedule.Gates     // this and the next two are the desk's
	resources *resources
	hosts     *hostNames
	lastID    int32
	open      int // resources that have not ended
	frames    []*frame
	moves     int             // how often a frame's origin may have changed
	http2     map[string]bool // hosts known to speak HTTP/2
	told      map[limitKey]bool
	notes     int // references that were skipped, to bound what is said of them

	wakeAt    time.Time // when a frame wants to compute style again; zero if none does
	busyUntil time.Time // of the main thread, at a pace
	stopped   error     // why the load was stopped; nil while it goes on
	failure   error     // why there is no document
	helpers   helpers
	desk      *desk           // until it ends
	server    string          // the address that the document came from
	used      []uint64        // connections to that, where they are counted
	calls     context.Context // of fetches: does not end, for abandon ends them
	runners   *fetch.Runners  // of fetches; may be nil
}

// errStopped ends what a finished load left behind.
var errStopped = errors.New("loader: the page is done")

func newLoad(ctx context.Context, p *Profile, n Navigation, u weburl.URL) *load {
	l := &load{
		profile: p, limits: p.Limits.resolved(), nav: n, url: u, start: time.Now(),
		mail: mailbox{wake: make(chan struct{}, 1), scratch: &p.Memory.scratch},
	}
	if n.Spool != nil && p.Limits.BodyKept == 0 {
		l.limits.BodyKept = l.limits.BodySize
	}
	l.ctx, l.stop = context.WithCancelCause(ctx)
	l.calls = context.WithoutCancel(ctx)
	l.desk = p.Memory.scratch.desk()
	l.log.Use(&l.desk.log)
	l.gates, l.resources, l.hosts = &l.desk.gates, &l.desk.resources, &l.desk.hosts
	l.gates.Reset(p.Schedule)
	return l
}

// run loads the page and returns when nothing is in flight any more.
func (l *load) run() (*Page, error) {
	defer l.stop(errStopped)
	l.runners = l.profile.crew.begin()
	l.event(waterfall.Event{Kind: waterfall.NavigationStart, Text: l.url.WithoutUserinfo().String(), Data: l.start})
	main := l.newFrame(nil, l.url)
	l.navigate(main, l.url, nil)
	if l.ctx.Err() != nil { // nothing is sent
		l.abandon(context.Cause(l.ctx))
	}
	l.settle()

	// All that the load waits for takes the one way of the mailbox: a select costs more than what most messages are about.
	poke := l.mail.poke
	deaf := context.AfterFunc(l.ctx, poke)
	var timer *time.Timer
	for l.open > 0 || !l.wakeAt.IsZero() && l.stopped == nil {
		switch {
		case l.wakeAt.IsZero():
		case timer == nil:
			timer = time.AfterFunc(time.Until(l.wakeAt), poke)
			defer timer.Stop()
		default:
			timer.Reset(time.Until(l.wakeAt))
		}
		<-l.mail.wake
		if l.ctx.Err() != nil { // before what came of it, so that no milestone is reached
			l.abandon(context.Cause(l.ctx))
		}
		if b := l.mail.take(); b != nil {
			l.handleAll(b.list)
			l.profile.Memory.scratch.handled(b)
		}
		l.settle()
	}
	deaf()
	l.stop(errStopped)
	l.profile.crew.end(l.runners)
	l.helpers.wait()
	if b := l.mail.take(); b != nil {
		for i := range b.list {
			l.handle(&b.list[i])
		}
	}
	return l.finish()
}

// wake has the load go on at a time, or before.
func (l *load) wake(at time.Time) {
	if l.wakeAt.IsZero() || at.Before(l.wakeAt) {
		l.wakeAt = at
	}
}

// settle lets everything go on that can go on: parsers, style, milestones and
// what the gates let out.
func (l *load) settle() {
	l.wakeAt = time.Time{} // a frame that is not due yet says so again
	if l.stopped == nil {
		for i := 0; i < len(l.frames); i++ { // a frame may add frames
			l.frames[i].advance()
		}
		l.milestones()
	}
	l.release()
}

// release starts what the gates let start and says why the rest may not.
func (l *load) release() { l.releaseAt(waterfall.None) }

// releaseAt is release at a time that is now, None where nobody has looked at the clock.
func (l *load) releaseAt(now time.Duration) {
	for {
		id, ok := l.gates.Next()
		if !ok {
			break
		}
		if r := l.resources.get(id); r != nil {
			if now == waterfall.None {
				now = l.now()
			}
			l.send(r, now)
		}
	}
	for _, id := range l.gates.Changed() {
		if r := l.resources.get(id); r != nil && !r.silent {
			if why := l.gates.Reason(id); why != "" {
				if now == waterfall.None {
					now = l.now()
				}
				l.event(waterfall.Event{At: now, Kind: waterfall.Held, Request: r.id, Frame: r.from.frame.number, Text: why})
			}
		}
	}
}

// abandon stops the load: what is in flight is cancelled and nothing new begins.
func (l *load) abandon(cause error) {
	if l.stopped != nil {
		return
	}
	l.stopped = cause
	for _, f := range l.frames {
		f.goOn(true) // what has come of the documents is still parsed
	}
	l.wakeAt = time.Time{}
	for _, r := range l.resources.byID {
		if r == nil {
			continue
		}
		if r.flight != nil && r.flight.call != nil {
			r.flight.call.Abort(l.ctx)
		}
		if r.state == waiting {
			l.finished(r, &waterfall.Exchange{Times: waterfall.NoTimes(), HeadBytes: -1}, cause)
		}
	}
}

// finish builds the page that Load returns.
func (l *load) finish() (*Page, error) {
	l.milestone(waterfall.Settled)
	err := l.failure
	if err == nil && l.stopped != nil && !l.frames[0].loaded {
		err = fmt.Errorf("loader: %s: stopped before the page was loaded: %w", short(l.url.String()), l.stopped)
	}
	if err != nil {
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.LoadFailed, Text: err.Error()})
	}
	end := time.Now()
	l.remember()
	l.countConnections()
	l.log.End()
	l.profile.Memory.scratch.free(l.desk)
	l.desk, l.gates, l.resources, l.hosts = nil, nil, nil, nil
	f := l.frames[0]
	return &Page{profile: l.profile, url: f.url, status: f.status, parser: f.parser, log: l.log, start: l.start, end: end}, err
}

func (l *load) now() time.Duration { return time.Since(l.start) }

// number gives a resource's present hop the next ID.
func (l *load) number(r *resource) {
	l.lastID++
	r.id = l.lastID
	l.resources.put(r.id, r)
}

// event appends to the log and tells the observer.
func (l *load) event(e waterfall.Event) {
	l.log.Add(&e)
	if l.nav.Observe == nil {
		return
	}
	if !l.nav.Transient {
		e = e.Clone()
	}
	l.nav.Observe(e)
}

// limitHit names a limit that a document has reached, once.
func (l *load) limitHit(r *resource, frame int32, format string, a ...any) {
	key := limitKey{frame, format}
	if l.told[key] {
		return
	}
	if l.told == nil {
		l.told = map[limitKey]bool{}
	}
	l.told[key] = true
	e := waterfall.Event{At: l.now(), Kind: waterfall.Limit, Frame: frame, Text: fmt.Sprintf(format, a...)}
	if r != nil {
		e.Request = r.id
	}
	l.event(e)
}

// limitKey is a limit, by its text, and the document that reached it.
type limitKey struct {
	frame  int32
	format string
}

// skipped says why a reference made no request. A page can hold any number of
// such references; the first hundred are named.
func (l *load) skipped(f *frame, format string, a ...any) {
	const most = 100
	l.notes++
	switch {
	case l.notes < most:
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.Skipped, Frame: f.number, Text: fmt.Sprintf(format, a...)})
	case l.notes == most:
		l.event(waterfall.Event{At: l.now(), Kind: waterfall.Skipped, Frame: f.number, Text: "further references that make no request are not listed"})
	}
}

// short cuts a URL for a message.
func short(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
