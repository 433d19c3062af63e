package conn

import (
	"errors"
	"fmt"
	"io"
	"time"

	"pageload/conn/kernel"
)

// reasonFor says what a state of a close is there for (RFC 9293 section 3.6).
func reasonFor(s kernel.State) string {
	switch s {
	case kernel.CloseWait:
		return "the peer's FIN was first, ours is not sent yet"
	case kernel.LastAck:
		return "the peer's FIN was first; ours is sent, its ACK is awaited"
	case kernel.FinWait1:
		return "our FIN is sent, its ACK is awaited"
	case kernel.FinWait2:
		return "our FIN is acknowledged, the peer's is awaited"
	case kernel.Closing:
		return "both have sent a FIN at once; the ACK of ours is awaited"
	case kernel.TimeWait:
		return "our FIN was first: for 2MSL no late segment may reach a new connection with the same ports, and the peer's FIN may have to be acknowledged again"
	}
	return ""
}

// close closes the descriptor. Where a peer that floods has passed the bound
// it does so with a RST, since anything less would be answered with more data.
func (w *closeWatch) close() {
	if w.drained > maxDrained {
		if l, ok := w.tcp.(interface{ SetLinger(int) error }); ok {
			l.SetLinger(0)
		}
	}
	w.c.raw.Close()
	w.c.conn.Close()
}

// after notes how it ended: by a RST, by the last ACK, or in TIME_WAIT, which
// only sock_diag shows.
func (w *closeWatch) after() {
	before := w.last()
	switch {
	case w.drained > maxDrained:
		w.note(StateSpan{State: kernel.Closed, From: time.Now(), Why: "by our RST: the peer went on sending after our FIN"})
	case w.state != kernel.Closed:
		w.orphaned()
	case w.ended != nil && w.ended != io.EOF:
		w.note(StateSpan{
			State: kernel.Closed, From: w.sampled, Error: w.late, Seen: true, Why: "by the peer's RST; no TIME_WAIT",
		})
	case before == kernel.LastAck || before == kernel.CloseWait || before == 0 && w.c.firstFIN == ByPeer:
		w.note(StateSpan{
			State: kernel.Closed, From: w.sampled, Error: w.late, Seen: true,
			Why: "our FIN is acknowledged; the peer's was first, so it is the peer that has TIME_WAIT",
		})
	default:
		w.timeWait(before)
	}
}

// last returns the state that was noted last.
func (w *closeWatch) last() kernel.State {
	if n := len(w.spans); n > 0 {
		return w.spans[n-1].State
	}
	return 0
}

// timeWait looks for TIME_WAIT after our FIN was first and both are done.
func (w *closeWatch) timeWait(before kernel.State) {
	at, late := w.sampled, w.late
	if before == kernel.FinWait1 {
		w.note(StateSpan{
			State: kernel.FinWait2, From: at, Error: late,
			Why: "passed unseen: the peer's FIN came with its ACK or right after it",
		})
	}
	s, err := w.p.closeWatches.diag.Lookup(w.c.local, w.c.remote, w.c.cookie)
	switch {
	case err == nil && s.State == kernel.TimeWait:
		w.note(StateSpan{State: kernel.TimeWait, From: at, Error: late, To: time.Now().Add(s.Left), Seen: true})
	case errors.Is(err, kernel.ErrNoSocket):
		w.note(StateSpan{
			State: kernel.Closed, From: at, Error: late, Seen: true,
			Why: "both FINs are done, and the kernel keeps no TIME_WAIT: it has too many, a new connection has taken the ports over, or a RST has ended it",
		})
	default:
		w.note(StateSpan{State: kernel.TimeWait, From: at, Error: late, Why: "not seen: " + unseen(s, err)})
	}
}

func unseen(s kernel.Sock, err error) string {
	if err != nil {
		return err.Error()
	}
	return "the socket is in " + s.State.String()
}

// orphaned notes what the kernel does with a connection whose descriptor was
// closed before the peer was done.
func (w *closeWatch) orphaned() {
	s, err := w.p.closeWatches.diag.Lookup(w.c.local, w.c.remote, w.c.cookie)
	now := time.Now()
	switch {
	case errors.Is(err, kernel.ErrNoSocket):
		w.note(StateSpan{State: kernel.Closed, From: now, Error: now.Sub(w.sampled), Seen: true, Why: "soon after close(2)"})
	case err != nil || len(w.spans) == 0:
	case s.State != w.state:
		w.note(StateSpan{State: s.State, From: now, Error: now.Sub(w.sampled), To: now.Add(s.Left), Seen: true})
		if s.State == kernel.FinWait2 { // reached after the last look
			w.kept(s, now)
		}
	default:
		w.kept(s, now)
	}
}

// kept notes that the kernel goes on without us in the state that was noted last.
func (w *closeWatch) kept(s kernel.Sock, now time.Time) {
	last := &w.spans[len(w.spans)-1]
	last.Why += fmt.Sprintf("; given up after %v, the kernel keeps it without a descriptor", now.Sub(w.start).Round(time.Millisecond))
	if s.Timer != kernel.TimerOff && s.State == kernel.FinWait2 {
		last.Why += " and gives it up too at the end of this span (tcp_fin_timeout)"
		last.To = now.Add(s.Left)
	}
}

// verdict notes in the record what the watch has found out beyond the state in
// which it began. The lock is held.
func (w *closeWatch) verdict(r *Record) {
	r.CloseStates, r.Drained = w.spans, int64(w.drained)
	r.FirstFIN = w.c.firstFIN
	for _, s := range w.spans {
		switch s.State {
		case kernel.CloseWait, kernel.LastAck:
			r.FirstFIN = ByPeer
		case kernel.FinWait1, kernel.FinWait2, kernel.Closing, kernel.TimeWait:
			r.FirstFIN = ByUs
		}
	}
	switch {
	case w.drained > maxDrained:
		r.Reset, r.ResetWhy = ByUs, fmt.Sprintf("the peer went on sending after our FIN: %d bytes were read, the bound is %d", w.drained, maxDrained)
	case w.ended != nil && w.ended != io.EOF:
		r.Reset, r.ResetWhy = ByPeer, "the peer sent a RST"
		if r.FirstFIN == ByUs {
			r.ResetWhy += " after our FIN"
		}
	}
	if _, ok := w.c.raw.(byteCounter); !ok {
		r.Sent, r.Received = w.info.BytesSent-w.info.BytesRetrans, r.Received+int64(w.drained-w.unread)
	}
}

// done takes out a close that is over. The pool's lock is held.
func (l *closeWatches) done(w *closeWatch) {
	delete(l.all, w)
	if l.n--; l.n == 0 && l.none != nil {
		close(l.none)
		l.none = nil
	}
}

// cutWatches makes the closes that are being watched end now: the descriptors
// are closed, and the records say so. With last set none is watched any more,
// and it waits for the rest, which takes no time unless OnEvent does.
func (p *Pool) cutWatches(last bool) int {
	p.mu.Lock()
	l := &p.closeWatches
	n := l.n
	l.cut = l.cut || last
	for w := range l.all {
		if !w.isCut.Swap(true) {
			close(w.cut)
		}
		w.tcp.SetWriteDeadline(time.Unix(1, 0))
	}
	if last && n > 0 && l.none == nil {
		l.none = make(chan struct{})
	}
	none := l.none
	p.mu.Unlock()
	if !last || none == nil {
		return n
	}
	bound := time.NewTimer(time.Second) // Close may have been called by OnEvent
	defer bound.Stop()
	select {
	case <-none:
	case <-bound.C:
	}
	return n
}
