package conn

import (
	"math"
	"time"

	"pageload/conn/kernel"
	"pageload/dnscache"
)

// A life is what a connection keeps for its Record, beside what it knows
// itself. Most of a Record is about the end, and much of the rest is zero: it
// is made where somebody asks for it, and when the connection is taken out of
// use to be closed. The pool's lock guards it, but for what is never changed.
type life struct {
	started, opened time.Time
	timing          moments // since started
	synSent         int64   // by the attempt that won, since started
	synTook         time.Duration
	attempts        []Attempt
	dns             *dnscache.Answer // nil: no name was resolved
	took            *Handshake       // nil: there was none
	proxy           *Proxy
	atOpen          *kernel.Info // nil: the kernel was not asked
	reason          error        // why it is not to be kept; nil: it is
	rare            *rare        // nil: nothing of it
	requests        int
	backup          bool
	busy            bool // leased, and not idle since

	end *Record // from when it is taken out of use to be closed
}

// rare is what few connections have.
type rare struct {
	responses []ResponseFacts
	opening   []StateSpan // where more is known of the handshake than follows from its times
	path      *kernel.Path
	looked    time.Time // when path was looked up
	links     []kernel.LinkChange
}

// moments are a Timing, as the times since another; never: it is zero.
type moments [8]int64

const never = math.MinInt64

func (t *Timing) each() [8]*time.Time {
	return [8]*time.Time{&t.DNSStart, &t.DNSEnd, &t.ConnectStart, &t.ConnectEnd, &t.ProxyStart, &t.ProxyEnd, &t.TLSStart, &t.TLSEnd}
}

func momentsOf(t Timing, since time.Time) (m moments) {
	for i, at := range t.each() {
		if m[i] = never; !at.IsZero() {
			m[i] = int64(at.Sub(since))
		}
	}
	return m
}

func (m *moments) timing(since time.Time) (t Timing) {
	for i, at := range t.each() {
		if m[i] != never {
			*at = since.Add(time.Duration(m[i]))
		}
	}
	return t
}

// newLife is that of what a job has opened.
func newLife(j *job, o *opened, now time.Time) life {
	l := life{
		started: j.started, opened: now, timing: momentsOf(o.timing, j.started), backup: j.backup,
		synSent: int64(o.synSent.Sub(j.started)), synTook: o.synTook,
		attempts: o.attempts, proxy: o.proxy, atOpen: o.open.Info,
	}
	if !o.timing.DNSStart.IsZero() || o.answer.Name != "" {
		answer := o.answer
		l.dns = &answer
	}
	if o.took != (Handshake{}) {
		took := o.took
		l.took = &took
	}
	if o.open.States != nil || o.open.Path != nil {
		l.rare = &rare{opening: o.open.States, path: o.open.Path, looked: o.looked}
	}
	return l
}

// more returns the rare part, making it if needed.
func (l *life) more() *rare {
	if l.rare == nil {
		l.rare = new(rare)
	}
	return l.rare
}

// because notes why the connection goes; the first reason counts.
func (l *life) because(err error) {
	if l.reason == nil {
		l.reason = err
	}
}

// answer is that of the lookup, zero if there was none.
func (l *life) answer() (a dnscache.Answer) {
	if l.dns != nil {
		a = *l.dns
	}
	return a
}

// synRetransmits is how often the SYN had to be sent again.
func (l *life) synRetransmits() int {
	if l.atOpen == nil {
		return 0
	}
	return l.atOpen.SYNRetransmits
}

// record is what is known now. It shares its lists with c.
func (c *connection) record() Record {
	l := &c.life
	if l.end != nil {
		return *l.end
	}
	r := Record{
		ID: c.id, Key: c.group.key, Local: c.local, Remote: c.remote, Proto: c.proto, TLS: c.tls,
		Requests: l.requests, Started: l.started, Backup: l.backup, Timing: l.timing.timing(l.started), Opened: l.opened,
		Attempts: l.attempts, DNS: l.answer(), Proxy: l.proxy, IdleSince: c.since, Reason: l.reason,
		AtOpen: l.atOpen, SYNRetransmits: l.synRetransmits(),
	}
	if l.busy {
		r.State = StateBusy
	}
	if l.took != nil {
		r.Handshake = *l.took
	}
	if m := l.rare; m != nil {
		r.EachResponse, r.OpenStates, r.Path, r.LinkChanges = m.responses, m.opening, m.path, m.links
	}
	if r.OpenStates == nil && l.atOpen != nil {
		r.OpenStates = openStates(l.started.Add(time.Duration(l.synSent)), l.synTook, l.atOpen, c.local, c.remote)
	}
	return r
}
