package conn

import (
	"bufio"
	"container/list"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Resumptions are the TLS sessions that a client remembers, so that later
// handshakes are shorter: a tls.ClientSessionCache that can be cleared, cloned
// and saved. What a session is good for is a server's host name; a [Pool] keeps
// ports and partitions apart in it.
//
// What is saved are secrets: who has them can read what was recorded of resumed
// TLS 1.2 connections. The zero value is ready. It is safe for concurrent use and
// must not be copied.
type Resumptions struct {
	// Most is how many are remembered; what was used longest ago goes first. Zero:
	// 1024, as Chromium; negative: none.
	Most int

	mu    sync.Mutex
	kept  map[string]*list.Element // of resumption
	order list.List                // the one used last comes first
}

type resumption struct {
	key   string
	state *tls.ClientSessionState
}

// Get returns what is remembered under a key, as crypto/tls asks for it.
func (r *Resumptions) Get(key string) (*tls.ClientSessionState, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.kept[key]
	if e == nil {
		return nil, false
	}
	r.order.MoveToFront(e)
	return e.Value.(resumption).state, true
}

// Put remembers a session under a key, or with nil forgets it.
func (r *Resumptions) Put(key string, state *tls.ClientSessionState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.putLocked(key, state)
}

func (r *Resumptions) putLocked(key string, state *tls.ClientSessionState) {
	most := limit(r.Most, 1024)
	if r.Most < 0 {
		most = 0
	}
	if e := r.kept[key]; e != nil {
		delete(r.kept, key)
		r.order.Remove(e)
	}
	if state == nil || most == 0 {
		return
	}
	if r.kept == nil {
		r.kept = map[string]*list.Element{}
	}
	for len(r.kept) >= most {
		oldest := r.order.Back()
		delete(r.kept, oldest.Value.(resumption).key)
		r.order.Remove(oldest)
	}
	r.kept[key] = r.order.PushFront(resumption{key, state})
}

// Len returns how many are remembered.
func (r *Resumptions) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.kept)
}

// Clear forgets all.
func (r *Resumptions) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = nil
	r.order.Init()
}

// Clone returns another with the same sessions. A server that sees one of them
// from both can tell that they come from one client.
func (r *Resumptions) Clone() *Resumptions {
	c := &Resumptions{Most: r.Most}
	for _, one := range r.list() {
		c.putLocked(one.key, one.state)
	}
	return c
}

// list returns what there is, what was used last at the end.
func (r *Resumptions) list() []resumption {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]resumption, 0, len(r.kept))
	for e := r.order.Back(); e != nil; e = e.Prev() {
		all = append(all, e.Value.(resumption))
	}
	return all
}

// Saved resumptions are lines of JSON: a head, a line each, and an end with their
// number, since a file may be cut anywhere.
const (
	savedFormat  = "pageload TLS sessions"
	savedVersion = 1
	maxSavedLine = 1 << 20 // the certificates of a chain
)

type savedHead struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

type savedResumption struct {
	Key    string `json:"key"`
	Ticket []byte `json:"ticket"`
	State  []byte `json:"state"`
}

type savedEnd struct {
	Sessions *int `json:"sessions"`
}

// Write writes all that is remembered, for [Resumptions.Read].
func (r *Resumptions) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	err := enc.Encode(savedHead{savedFormat, savedVersion})
	n := 0
	for _, one := range r.list() {
		ticket, state, serr := one.state.ResumptionState()
		if serr != nil || state == nil {
			continue
		}
		bytes, serr := state.Bytes()
		if serr != nil {
			continue // of a kind that crypto/tls cannot save
		}
		if err == nil {
			err = enc.Encode(savedResumption{one.key, ticket, bytes})
		}
		n++
	}
	if err == nil {
		err = enc.Encode(savedEnd{&n})
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("conn: TLS sessions: write: %w", err)
	}
	return nil
}

// ErrResumptions is the error for what are no saved TLS sessions of this version, or
// damaged ones.
var ErrResumptions = errors.New("no saved TLS sessions")

// Read adds what [Resumptions.Write] wrote. A line that is damaged, and an end that
// is missing, is an error that names the line; what came before stays. A session
// that is too old is refused by crypto/tls when it is used.
func (r *Resumptions) Read(from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxSavedLine)
	number := 0
	fail := func(format string, a ...any) error {
		return fmt.Errorf("conn: TLS sessions: %w: line %d: %s", ErrResumptions, number, fmt.Sprintf(format, a...))
	}
	for lines.Scan() {
		number++
		line := lines.Bytes()
		if number == 1 {
			var head savedHead
			if err := json.Unmarshal(line, &head); err != nil || head.Format != savedFormat {
				return fail("no head of saved TLS sessions")
			}
			if head.Version != savedVersion {
				return fail("version %d, this is for version %d", head.Version, savedVersion)
			}
			continue
		}
		var end savedEnd
		if err := json.Unmarshal(line, &end); err == nil && end.Sessions != nil {
			if *end.Sessions != number-2 {
				return fail("%d sessions instead of %d", number-2, *end.Sessions)
			}
			return nil
		}
		var one savedResumption
		if err := json.Unmarshal(line, &one); err != nil {
			return fail("%v", err)
		}
		state, err := tls.ParseSessionState(one.State)
		if err != nil {
			return fail("%v", err)
		}
		session, err := tls.NewResumptionState(one.Ticket, state)
		if err != nil {
			return fail("%v", err)
		}
		r.Put(one.Key, session)
	}
	if err := lines.Err(); err != nil {
		return fail("%v", err)
	}
	number++
	return fail("cut off")
}
