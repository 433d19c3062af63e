package conn

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"pageload/conn/kernel"
)

const (
	// maxWatched bounds the closes that are watched at a time, since each
	// keeps its descriptor: as many as a pool has connections by default.
	maxWatched = 256
	// maxDrained bounds what is read of a peer that goes on sending after our
	// FIN: as much as net/http's server reads of a body that nobody wants.
	maxDrained = 256 << 10
)

// closeWatches are the closes of a pool that are being watched. The pool's lock
// guards all but diag.
type closeWatches struct {
	n    int
	all  map[*closeWatch]struct{}
	cut  bool          // no more, for good: the pool's Close has run out of time
	none chan struct{} // closed when n becomes 0; nil: nobody waits for that
	diag kernel.Diag
}

// A closeWatch follows the close of one connection: our FIN, the states that the
// kernel goes through while the descriptor is open, and what sock_diag says
// after close(2). One goroutine runs it, which is the only one that touches
// the connection then, but for cut.
type closeWatch struct {
	p      *Pool
	c      *connection
	ending *kernel.Ending
	tcp    net.Conn
	raw    syscall.RawConn
	s      *kernel.Socket

	start   time.Time
	info    kernel.Info
	asked   time.Time     // before info was read
	sampled time.Time     // and after it
	late    time.Duration // by how much what is new in info may be older
	state   kernel.State  // the last one that was noted
	unread  int           // when the close began
	drained int           // bytes that were read since, to be thrown away
	ended   error         // what reading came to: io.EOF is the peer's FIN; nil: it goes on
	spans   []StateSpan
	limit   time.Time     // when it ends at the latest
	cut     chan struct{} // closed by cutWatches: it ends now
	isCut   atomic.Bool
}

// watchClose starts to watch the close of c, if that is wanted and possible.
func (p *Pool) watchClose(c *connection, e *kernel.Ending) bool {
	if !p.WatchClose || e == nil {
		return false
	}
	w := &closeWatch{p: p, c: c, ending: e, tcp: c.tcp, start: time.Now(), cut: make(chan struct{})}
	w.limit = w.start.Add(orDefault(p.CloseWait, 5*time.Second))
	if w.raw = rawOf(w.tcp); w.raw == nil {
		return false
	}
	w.s = kernel.NewSocket(w.raw)
	p.mu.Lock()
	defer p.mu.Unlock()
	span := StateSpan{State: kernel.Closed, From: w.start, Why: w.needless()}
	switch {
	case span.Why != "":
	case p.closeWatches.cut:
		span.State, span.Why = kernel.FinWait1, "not watched: the pool is closed and waits no longer"
	case p.closeWatches.n >= maxWatched:
		span.State, span.Why = kernel.FinWait1, fmt.Sprintf("not watched: %d other closes are", p.closeWatches.n)
	}
	if span.Why != "" {
		c.life.end.CloseStates = []StateSpan{span}
		p.stateEvent(c, span)
		return false
	}
	if p.closeWatches.all == nil {
		p.closeWatches.all = make(map[*closeWatch]struct{})
	}
	p.closeWatches.all[w] = struct{}{}
	p.closeWatches.n++
	go w.run()
	return true
}

// needless returns why there is nothing to watch: no FIN will be sent.
func (w *closeWatch) needless() string {
	switch e := w.ending; {
	case e.Info.State == kernel.Closed && errors.Is(errors.Join(e.Err, w.c.life.end.Reason), syscall.ETIMEDOUT):
		return "the kernel gave up, the peer did not answer; no FIN, no TIME_WAIT"
	case e.Info.State == kernel.Closed && w.c.firstFIN == ByNobody:
		return "by the peer's RST; no FIN, no TIME_WAIT"
	case e.Abort:
		return "by our RST, since SO_LINGER with a time of 0 is set; no FIN, no TIME_WAIT"
	case e.Unread > 0 && !isPolite(w.c.life.end.Reason):
		return fmt.Sprintf("by our RST, since %d bytes are unread; no FIN, no TIME_WAIT", e.Unread)
	}
	return ""
}

func (w *closeWatch) run() {
	w.before()
	if isPolite(w.c.life.end.Reason) {
		w.closeNotify()
	}
	switch w.state {
	case kernel.Established, kernel.CloseWait:
		w.fin()
	}
	if w.state == kernel.Closed { // both FINs are done: Lease.CloseWrite has sent ours
		w.look()
	} else {
		w.follow()
	}
	w.close()
	w.after()
	w.p.finished(w.c, w.ending, w)
	if w.p.OnEvent != nil {
		w.p.tell()
	}
}

// before notes the state in which the close finds the connection, where that is
// part of closing already.
func (w *closeWatch) before() {
	i := &w.ending.Info
	w.info, w.asked, w.sampled = *i, w.start, w.start
	w.unread, w.ending.Unread = w.ending.Unread, 0 // it will be read
	w.state = i.State
	switch i.State {
	case kernel.CloseWait, kernel.FinWait1, kernel.FinWait2:
		// The segment that brought this about was most likely the last one.
		w.note(StateSpan{State: i.State, From: w.start.Add(-i.SinceAck), Error: tick, Seen: true})
	}
}

// tick is the kernel's coarsest: CONFIG_HZ=100.
const tick = 10 * time.Millisecond

// closeNotify says goodbye in TLS; crypto/tls waits 5 seconds at most.
func (w *closeWatch) closeNotify() {
	if t, ok := w.c.conn.(interface{ CloseWrite() error }); ok && w.c.trans != nil && !w.isCut.Load() {
		t.CloseWrite()
	}
}

// fin sends our FIN, through the wrappers of the connection, which may have
// something to send before it.
func (w *closeWatch) fin() {
	sent := time.Now()
	cw, ok := halfCloser(w.c)
	if !ok || cw.CloseWrite() != nil {
		return // it has been reset just now; follow sees that
	}
	for w.sample() && w.info.State == w.state {
		if !w.pause(time.Millisecond) {
			return
		}
		sent = w.asked
	}
	next := kernel.FinWait1
	if w.state == kernel.CloseWait {
		next = kernel.LastAck
	} else if w.info.State == kernel.LastAck {
		w.note(StateSpan{State: kernel.CloseWait, From: sent, Why: "passed unseen: the peer's FIN came right before ours"})
		next = kernel.LastAck
	}
	late := w.sampled.Sub(sent)
	w.late, w.asked, w.sampled = 0, sent, sent // what comes next may have come at once
	w.note(StateSpan{State: next, From: sent, Error: late, Seen: w.info.State == next})
}

// pause waits and reports whether it makes sense to go on.
func (w *closeWatch) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return time.Now().Before(w.limit)
	case <-w.cut:
		return false
	}
}

// sample asks the kernel and reports whether it could. What it says is new may be so
// since it was asked before: since before that call, after which this thread may have
// waited for a processor.
func (w *closeWatch) sample() bool {
	before := w.asked
	w.asked = time.Now()
	if w.s.Info(&w.info) != nil {
		return false
	}
	w.sampled = time.Now()
	w.late = w.sampled.Sub(before)
	return true
}

// follow notes the states until the connection is closed or a bound is hit.
// The runtime's poller wakes it whenever the kernel changes the state of a
// socket; in between it samples, so that the sampling error is known.
func (w *closeWatch) follow() {
	for {
		now := time.Now()
		every := min(max(now.Sub(w.start)/50, time.Millisecond), 100*time.Millisecond)
		w.tcp.SetWriteDeadline(earlier(now.Add(every), w.limit))
		if w.isCut.Load() { // after the deadline, which cut sets to the past
			return
		}
		changed := false
		err := w.raw.Write(func(uintptr) bool {
			changed = w.look()
			return changed
		})
		switch {
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return
		case w.state == kernel.Closed || w.drained > maxDrained:
			return
		case !changed && !time.Now().Before(w.limit):
			return
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// look reads what has come, samples, and reports whether something is new.
func (w *closeWatch) look() bool {
	if !w.sample() {
		return true
	}
	for w.ended == nil && w.drained <= maxDrained {
		n, err := w.s.Discard(64 << 10)
		w.drained += n
		w.ended = err
		if n == 0 {
			break
		}
	}
	if w.info.State == w.state {
		return w.drained > maxDrained
	}
	w.enter(w.info.State)
	return true
}

// enter notes a state that was seen, and those that must have been before it.
func (w *closeWatch) enter(s kernel.State) {
	if s == kernel.Closed { // after says of what kind
		w.state = s
		return
	}
	w.note(StateSpan{State: s, From: w.sampled, Error: w.late, Seen: true})
}

// note appends a span and ends the one before it. The lock is not held.
func (w *closeWatch) note(s StateSpan) {
	if n := len(w.spans); n > 0 && w.spans[n-1].To.IsZero() {
		w.spans[n-1].To = s.From
	}
	if s.Why == "" {
		if s.Why = reasonFor(s.State); !s.Seen {
			s.Why = "passed unseen: " + s.Why
		}
	}
	w.state = s.State
	w.spans = append(w.spans, s)
	w.p.mu.Lock()
	w.p.stateEvent(w.c, s)
	w.p.mu.Unlock()
	if w.p.OnEvent != nil {
		w.p.tell()
	}
}
