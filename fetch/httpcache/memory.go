package httpcache

import (
	"sync"
	"time"
)

// Memory is a store in memory. Of a body that nobody reads it keeps the size only: a loader that wants to know what is fetched, not what is in
// it, then holds thousands of browsers' caches. The zero value is ready and takes 64 MiB.
type Memory struct {
	// MaxBytes bounds what is stored; zero: 64 MiB. A response that takes more than an eighth of it is not stored.
	MaxBytes int64

	mu     sync.Mutex
	t      *table // nil: empty
	shared bool   // t is a clone's too: it is copied before it is changed
}

const defaultMemory = 64 << 20

// largest is the share of a store that one response may take, as in Chromium's backends.
const largest = 8

// content is what is stored of a response. It is not changed, so clones share it.
type content struct {
	head *Head
	body []byte
}

func (c *content) size() int64 { return c.head.footprint() + int64(cap(c.body)) }

func (m *Memory) max() int64 {
	if m.MaxBytes > 0 {
		return m.MaxBytes
	}
	return defaultMemory
}

// Name returns "memory".
func (m *Memory) Name() string { return "memory" }

// ownLocked returns the table to change it.
func (m *Memory) ownLocked() *table {
	switch {
	case m.t == nil:
		m.t = &table{}
	case m.shared:
		m.t = m.t.clone()
	}
	m.shared = false
	return m.t
}

// Open returns what is stored under the key.
func (m *Memory) Open(key string) (Entry, error) {
	e := new(memoryEntry)
	if !m.open([]byte(key), e) {
		return nil, ErrMiss
	}
	return e, nil
}

// open is Open into memory that there is; it is false where nothing is stored.
func (m *Memory) open(key []byte, e *memoryEntry) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.t == nil {
		return false
	}
	p := m.t.places[string(key)]
	if p == nil {
		return false
	}
	t := m.t
	if own := m.ownLocked(); own != t {
		t, p = own, own.places[string(key)]
	}
	t.first(p)
	*e = memoryEntry{store: m, content: p.content, table: t, place: p}
	return true
}

// Create begins to store a response.
func (m *Memory) Create(h *Head, unread bool) (Writer, error) {
	if h.Total > m.max()/largest {
		return nil, ErrTooBig
	}
	if unread {
		return nil, nil
	}
	w := &memoryWriter{store: m}
	if h.Total > 0 {
		w.body = make([]byte, 0, min(h.Total, 1<<20)) // what a peer says is no reason to take more
	}
	return w, nil
}

// Put stores a head.
func (m *Memory) Put(h *Head) error {
	m.put(&content{head: h})
	return nil
}

func (m *Memory) put(c *content) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ownLocked().put(c, m.max())
}

// Update gives a stored response another head.
func (m *Memory) Update(e Entry, h *Head) error {
	old, ok := e.(*memoryEntry)
	if !ok {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.t == nil {
		return nil
	}
	if p := m.t.places[old.content.head.Key]; p != nil && p.content == old.content {
		t := m.ownLocked()
		old.content = &content{h, old.content.body}
		t.replace(t.places[h.Key], old.content, m.max())
	}
	return nil
}

// Delete drops what is stored under the key.
func (m *Memory) Delete(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.t != nil && m.t.places[key] != nil {
		t := m.ownLocked()
		t.drop(t.places[key])
	}
}

// Usage returns how much is stored.
func (m *Memory) Usage() (responses int, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.t == nil {
		return 0, 0
	}
	return len(m.t.places), m.t.bytes
}

// Clear drops everything.
func (m *Memory) Clear() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t, m.shared = nil, false
	return nil
}

// Clone returns a store with the same responses, which from then on is none of m's business. Responses are shared, and the list of them is until one
// of both is used: a clone that is not takes a few hundred bytes.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shared = true
	return &Memory{MaxBytes: m.MaxBytes, t: m.t, shared: true}
}

// Each hands each response to fn, the one used last at the end.
func (m *Memory) Each(fn func(Entry) error) error {
	m.mu.Lock()
	var list []*content
	if m.t != nil {
		list = m.t.oldest()
	}
	m.mu.Unlock()
	for _, c := range list {
		if err := fn(&memoryEntry{store: m, content: c}); err != nil {
			return err
		}
	}
	return nil
}

// memoryEntry is a stored response that somebody has open.
type memoryEntry struct {
	store   *Memory
	content *content
	table   *table // where it stood when it was opened
	place   *place
}

// Head returns the head.
func (e *memoryEntry) Head() *Head { return e.content.head }

// Check returns nil: memory is trusted.
func (e *memoryEntry) Check() error { return nil }

// Copy hands the body on as it lies there.
func (e *memoryEntry) Copy(off, n int64, fn func(p []byte) error) error {
	return part(e.content.body, off, n, fn)
}

// part hands a part of a body on.
func part(body []byte, off, n int64, fn func(p []byte) error) error {
	if off < 0 || n < 0 || off > int64(len(body)) || n > int64(len(body))-off {
		return ErrDamaged
	}
	return pieces(body[off:off+n], fn)
}

// Used counts a use and returns those before.
func (e *memoryEntry) Used(now time.Time) (times int, last time.Time) {
	m := e.store
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.t == nil {
		return 0, time.Time{}
	}
	p := e.place
	if m.shared || m.t != e.table || p == nil {
		p = m.ownLocked().places[e.content.head.Key]
	}
	if p == nil || p.content != e.content {
		return 0, time.Time{} // it was dropped meanwhile
	}
	times, last = p.times, p.last
	p.times, p.last = times+1, now
	return times, last
}

// Close does nothing.
func (e *memoryEntry) Close() error { return nil }

// pieceBytes is how much of a body is handed on at once: as much as a connection brings, so that who reads it can stop between.
const pieceBytes = 64 << 10

func pieces(p []byte, fn func([]byte) error) error {
	for len(p) > 0 {
		n := min(len(p), pieceBytes)
		if err := fn(p[:n:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

type memoryWriter struct {
	store *Memory

	mu   sync.Mutex
	body []byte
}

// Write appends; what was written before is never moved under a reader, for append copies.
func (w *memoryWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if int64(len(w.body)+len(p)) > w.store.max()/largest {
		return 0, ErrTooBig
	}
	w.body = append(w.body, p...)
	return len(p), nil
}

// Copy hands on what was written.
func (w *memoryWriter) Copy(off, n int64, fn func(p []byte) error) error {
	w.mu.Lock()
	body := w.body
	w.mu.Unlock()
	return part(body, off, n, fn)
}

// Commit stores the response.
func (w *memoryWriter) Commit(h *Head) error {
	w.mu.Lock()
	body := w.body
	w.mu.Unlock()
	if int64(len(body)) != h.Size {
		return ErrDamaged
	}
	if cap(body) > len(body)+len(body)/4 {
		body = append(make([]byte, 0, len(body)), body...)
	}
	w.store.put(&content{h, body})
	return nil
}

// Close does nothing: what was not committed is garbage.
func (w *memoryWriter) Close() error { return nil }
