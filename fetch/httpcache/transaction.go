package httpcache

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// A Request is what the cache has to know of a request.
type Request struct {
	Method    string
	URL       string // without userinfo and fragment
	Partition string // keeps the caches of sites apart; no spaces at its ends
	Mode      Mode
	// Unread says that who asks drops the body.
	Unread bool
	// ReadRedirects says that redirects are not followed but read.
	ReadRedirects bool
	// AllowStale says that a response whose stale-while-revalidate allows it may be given; who asks will revalidate it.
	AllowStale bool
	// Range is the value of the Range field; "" asks for all.
	Range string
	// Own says why the request is sent as it is, such as conditions of its caller; "" for all others.
	Own string
	// Field returns the value that a field of the request has or would have; the name is in lower case. It is called where a
	// response has Vary.
	Field func(name string) string
}

// An Action is what to do next with a request.
type Action uint8

// The actions.
const (
	Send   Action = iota // ask the network, with Conditions added; then call Respond or Fail. After Respond: the page gets this response
	Wait                 // somebody fetches the same: call Next again when woken
	Serve                // the page gets what is stored: Head and Copy
	Splice               // the page gets what is stored and then the body that comes
	Miss                 // only-if-cached, and nothing is stored
	Again                // the response is of no use: send the request anew
)

// A Transaction is one request's way through the cache. One goroutine at a time may use it, but for Stop. Close ends it.
type Transaction struct {
	c    *Cache
	r    Request
	key  string
	wake func()
	out  Outcome

	timer  *time.Timer // of a wait
	around bool        // it waited too long: nothing is stored; guarded by the cache while it waits

	flight   *flight // where it is the writer
	entry    Entry   // what is stored
	head     *Head   // of what the page gets, or of what is being stored
	part     span    // what of the stored body the page gets
	conds    []Field
	tail     bool // the conditions ask for the rest of a body
	tee      bool // the body goes into the flight
	bodiless bool // nobody reads the body
}

// span is a part of a body.
type span struct{ off, n int64 }

// all is the length of a body whose end is not known.
const all = math.MaxInt64

var errStopped = errors.New("stopped")

// Begin begins a transaction. wake is called when Next returned Wait and is to be called again: on any goroutine, once, never from within
// Next.
func (c *Cache) Begin(r Request, wake func()) *Transaction {
	return &Transaction{c: c, r: r, wake: wake, key: keyOf(r.Partition, r.URL)}
}

// wakeUp ends a wait.
func (t *Transaction) wakeUp() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
	t.wake()
}

// GiveUp ends a wait; it is false where the transaction is being woken, or does not wait.
func (t *Transaction) GiveUp() bool { return t.c.forget(t) }

// Next says what to do.
func (t *Transaction) Next() Action {
	if why := t.bypass(); why != "" {
		t.out = Outcome{Kind: Bypassed, Why: why}
		return Send
	}
	for {
		e, waits := t.look()
		if waits {
			return Wait
		}
		a := t.judge(e)
		if a != Send || !t.storable() {
			return a
		}
		if t.c.take(t) == nil {
			return Send
		}
		t.drop() // another was faster
	}
}

// bypass says why the cache has no part in the request.
func (t *Transaction) bypass() string {
	switch {
	case t.r.Mode == Off:
		return "cache off"
	case t.r.Own != "":
		return t.r.Own
	case t.r.Method != "GET" && t.r.Method != "HEAD":
		return "method " + t.r.Method
	case t.around:
		return "another request for the same took too long"
	}
	return ""
}

// storable reports whether the response may be stored: it is all, or the beginning.
func (t *Transaction) storable() bool {
	if t.r.Method != "GET" {
		return false
	}
	s, ok := parseRange(t.r.Range)
	return t.r.Range == "" || ok && s.off == 0
}

// look finds what is stored under the key, or on its way there.
func (t *Transaction) look() (e Entry, waits bool) {
	for t.r.Method == "GET" {
		f, known := t.c.underway(t.key)
		if f == nil || known && t.r.Mode == HardReload {
			break
		}
		if known {
			if a := f.join(); a != nil {
				return a, false
			}
			break
		}
		if t.c.wait(f, t) {
			return nil, true
		}
	}
	if t.r.Mode == HardReload {
		return nil, false
	}
	e, err := t.c.store().Open(t.key)
	if err != nil {
		return nil, false
	}
	return e, false
}

// drop lets go of what is stored.
func (t *Transaction) drop() {
	if t.entry != nil {
		t.entry.Close()
	}
	t.entry, t.head, t.conds, t.tail, t.part = nil, nil, nil, false, span{}
}

// judge decides about what is stored.
func (t *Transaction) judge(e Entry) Action {
	if e == nil {
		why := "nothing stored"
		if t.r.Mode == HardReload {
			why = "hard reload"
		}
		return t.miss(why)
	}
	t.entry, t.head = e, e.Head()
	h, now := t.head, t.c.now()
	left := h.life.left(h.Responded, now)
	t.out = Outcome{Left: left, Before: h}
	if h.NoBody && !t.r.Unread && t.r.Method == "GET" && (!h.redirects() || t.r.ReadRedirects) {
		t.drop()
		return t.miss("stored without its body")
	}
	if differs, ok := answers(h.Vary, t.r.Field); !ok {
		return t.validate("Vary: "+differs, true)
	}
	if a, done := t.cut(); done {
		return a
	}
	switch {
	case t.r.Mode == PreferCached || t.r.Mode == OnlyIfCached:
		return t.serve("")
	case t.r.Mode == Reload && !(t.c.Immutable && h.life.immutable && left > 0):
		return t.validate("reload", false)
	case left > 0:
		return t.serve("")
	case t.r.AllowStale && h.life.revalidate > -left && t.c.mayBeStale(t.key, now):
		t.out.Revalidate = true
		return t.serve("stale-while-revalidate")
	}
	return t.validate("", false)
}

// cut finds the part that the page gets. It is done where that is not wholly stored.
func (t *Transaction) cut() (a Action, done bool) {
	h := t.head
	t.part = span{0, h.Size}
	if a, ok := t.entry.(*along); ok {
		t.part.n = all
		if t.r.Range != "" || a.head.Truncated() && a.head.Total < 0 {
			t.drop()
			return t.miss("being stored"), true
		}
		return 0, false
	}
	if t.r.Method == "HEAD" || !h.Truncated() && t.r.Range == "" {
		return 0, false
	}
	if t.r.Range != "" {
		s, ok := parseRange(t.r.Range)
		if ok {
			s, ok = s.within(h.Total)
		}
		if !ok || h.NoBody && !t.r.Unread || s.off+s.n > h.Size {
			t.drop()
			return t.miss("range is not stored"), true
		}
		t.part = s
		return 0, false
	}
	if !h.strong() || t.r.Mode == OnlyIfCached {
		t.drop()
		return t.miss("stored in part"), true
	}
	t.tail = true
	check := h.Header.Get("ETag")
	if check == "" {
		check = h.Header.Get("Last-Modified")
	}
	t.conds = []Field{{"Range", "bytes=" + strconv.FormatInt(h.Size, 10) + "-"}, {"If-Range", check}}
	t.out.Kind, t.out.Why = Missed, "stored in part"
	return Send, true
}

// miss asks the network for all of it.
func (t *Transaction) miss(why string) Action {
	t.out.Kind, t.out.Why = Missed, why
	if t.r.Mode == OnlyIfCached {
		return Miss
	}
	return Send
}

// serve gives what is stored.
func (t *Transaction) serve(why string) Action {
	t.out.Kind, t.out.Why, t.out.From = Hit, why, t.c.store().Name()
	if t.out.Left <= 0 {
		t.out.Kind = HitStale
	}
	if _, ok := t.entry.(*along); ok {
		t.out.Why = "joined another request"
	}
	t.out.memory = t.InMemory()
	t.out.Times, t.out.LastUse = t.entry.Used()
	return Serve
}

// validate asks whether what is stored is still right (RFC 9111 section 4.3.1). Like Chromium it asks so about status 200 only, and where the
// request differs from the one stored for by a field that Vary names, by ETag only.
func (t *Transaction) validate(why string, varies bool) Action {
	h := t.head
	if t.r.Mode == OnlyIfCached {
		t.drop()
		return t.miss(why)
	}
	t.out.Kind, t.out.Why = Missed, why
	if t.r.Range != "" || t.r.Method == "HEAD" || h.Status != 200 {
		t.out.Kind = Missed
		if t.r.Method != "HEAD" {
			t.drop()
		}
		return Send
	}
	if tag := h.Header.Get("ETag"); tag != "" && h.Proto != "http/1.0" {
		t.conds = append(t.conds, Field{"If-None-Match", tag})
	}
	if m := h.Header.Get("Last-Modified"); m != "" && !varies {
		t.conds = append(t.conds, Field{"If-Modified-Since", m})
	}
	if t.conds == nil && !(t.c.StaleIfError && h.life.ifError > 0) {
		t.drop()
	}
	return Send
}

// mayBeStale reports whether a stale response may be given once more while it is revalidated.
func (c *Cache) mayBeStale(key string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.stale[key]
	if !ok {
		if c.stale == nil {
			c.stale = map[string]time.Time{}
		}
		c.stale[key] = now.Add(staleWindow)
		return true
	}
	return now.Before(until)
}

// Conditions are the fields to add to the request, in their order: If-None-Match, If-Modified-Since; or Range, If-Range.
func (t *Transaction) Conditions() []Field { return t.conds }

// Outcome says what became of the request, as far as it is known: it is filled in until Close.
func (t *Transaction) Outcome() *Outcome { return &t.out }

// InMemory reports whether all that Copy gives lies in memory: neither it nor Check will wait.
func (t *Transaction) InMemory() bool {
	_, ok := t.entry.(*memoryEntry)
	return ok
}

// Stop ends a wait in Copy, on any goroutine.
func (t *Transaction) Stop() {
	if a, ok := t.entry.(*along); ok {
		a.stop()
	}
}

// Check reads what is stored and reports whether it is what was once stored. Where it is not it is removed, and Next may be called again.
func (t *Transaction) Check() error {
	if t.r.Unread || t.r.Method == "HEAD" {
		return nil
	}
	err := t.entry.Check()
	if err != nil {
		t.finish(errStopped)
		t.drop()
		t.c.doom(t.key)
	}
	return err
}

// Head returns the head of the response that the page gets.
func (t *Transaction) Head() (status int, text, proto string, h Header) {
	if t.r.Range != "" && t.head.Status == 200 {
		return 206, "Partial Content", t.head.Proto, t.part.header(t.head.Header, t.head.Total)
	}
	return t.head.Status, t.head.StatusText, t.head.Proto, t.head.Header
}

// Size returns how many bytes of the stored body Copy gives, -1 if that is not known because they are still coming.
func (t *Transaction) Size() int64 {
	if t.part.n == all {
		return -1
	}
	return t.part.n
}

// Copy hands the stored body on, piece by piece; p is valid during the call and must not be changed.
func (t *Transaction) Copy(fn func(p []byte) error) error {
	if t.head.NoBody || t.r.Method == "HEAD" {
		return nil
	}
	return t.entry.Copy(t.part.off, t.part.n, fn)
}

// Close ends the transaction, whatever it was doing.
func (t *Transaction) Close() {
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.flight != nil {
		t.Finish(errStopped, 0)
	}
	if t.entry != nil {
		t.entry.Close()
		t.entry = nil
	}
	t.wake, t.r.Field, t.conds = nil, nil, nil // who keeps the outcome keeps no more than that
}
