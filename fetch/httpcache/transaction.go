package httpcache

import (
	"errors"
	"math"
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
	// Made is when the request is made, by a [Cache] whose Now is nil; zero: when it is asked for.
	Made time.Time
}

// An Asker is who makes a request.
type Asker interface {
	// Field returns the value that a field of the request has or would have; the name is in lower case. It is called where a response has Vary.
	Field(name string) string
	// Wake is called when Next returned Wait and is to be called again: on any goroutine, once, never from within Next.
	Wake()
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
	c   *Cache
	r   Request
	key []byte // what it is stored under; who keeps it makes a string of it
	by  Asker
	out Outcome

	timer  *time.Timer // of a wait
	waited bool        // for another request, which knows it; guarded by the cache while it waits
	around bool        // it waited too long, or gave up: nothing is stored; guarded by the cache while it waits
	gaveUp bool        // it must not wait; guarded by the cache

	flight   *flight // where it is the writer
	entry    Entry   // what is stored
	memory   memoryEntry
	head     *Head // of what the page gets, or of what is being stored
	part     span  // what of the stored body the page gets
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

// ErrAbandoned is the error of [Transaction.Copy] where the request that was read along with is given up, or cannot store any more. The rest of the
// body has to be asked for; what was copied can be had again by [Transaction.CopyAgain].
var ErrAbandoned = errors.New("the request that fetched it was given up")

// Begin begins a transaction. Without an Asker, which is nil, no field has a value, and nothing is waited for.
func (c *Cache) Begin(r Request, by Asker) *Transaction {
	t := new(Transaction)
	c.BeginIn(t, r, by)
	return t
}

// BeginIn is Begin in memory that there is: a zero Transaction, or one that was cleared.
func (c *Cache) BeginIn(t *Transaction, r Request, by Asker) {
	*t = Transaction{c: c, r: r, by: by, key: appendKey(t.key[:0], r.Partition, r.URL)}
}

// Clear lets go of all that a closed transaction refers to, its outcome too, so that its memory can be used again. It is false where that
// must not be: another request may have to do with it yet.
func (t *Transaction) Clear() bool {
	if t.waited || t.flight != nil {
		return false
	}
	*t = Transaction{key: t.key[:0]}
	return true
}

// field returns the value of a field of the request.
func (t *Transaction) field(name string) string {
	if t.by == nil {
		return ""
	}
	return t.by.Field(name)
}

// wakeUp ends a wait.
func (t *Transaction) wakeUp() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
	t.by.Wake()
}

// GiveUp ends a wait, and sees to it that there is none any more; it is false where the transaction is being woken, or does not
// wait. It may be called on any goroutine until Close.
func (t *Transaction) GiveUp() bool { return t.c.forget(t) }

// Next says what to do.
func (t *Transaction) Next() Action {
	for {
		if why := t.bypass(); why != "" {
			t.out = Outcome{Kind: Bypassed, Why: why}
			return Send
		}
		e, waits := t.look()
		if waits {
			return Wait
		}
		if t.around {
			continue
		}
		a := t.judge(e)
		if a != Send || !t.storable() {
			return a
		}
		if t.c.take(t) == nil || t.by == nil {
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

// now is when the request was made, or, after a wait, the time.
func (t *Transaction) now() time.Time {
	if t.c.Now != nil || t.waited || t.r.Made.IsZero() {
		return t.c.now()
	}
	return t.r.Made
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
		if t.by == nil {
			break
		}
		if t.c.wait(f, t) {
			return nil, true
		}
		if t.around {
			return nil, false
		}
	}
	if t.r.Mode == HardReload {
		return nil, false
	}
	s := t.c.store()
	if m, ok := s.(*Memory); ok {
		if !m.open(t.key, &t.memory) {
			return nil, false
		}
		return &t.memory, false
	}
	e, err := s.Open(string(t.key))
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
		t.c.doom(string(t.key))
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
	err := t.entry.Copy(t.part.off, t.part.n, fn)
	if errors.Is(err, ErrAbandoned) {
		t.out.Why += ", which was given up"
	}
	return err
}

// CopyAgain hands on what Copy gave before.
func (t *Transaction) CopyAgain(off, n int64, fn func(p []byte) error) error {
	return t.entry.Copy(t.part.off+off, n, fn)
}

// Close ends the transaction, whatever it was doing.
func (t *Transaction) Close() {
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.flight != nil {
		t.Finish(ErrAbandoned, 0)
	}
	if t.entry != nil {
		t.entry.Close()
		t.entry, t.memory = nil, memoryEntry{}
	}
	t.by, t.conds = nil, nil // who keeps the outcome keeps no more than that
}
