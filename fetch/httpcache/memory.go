package httpcache

import (
	"container/list"
	"sync"
	"time"
)

// Memory is a store in memory. Of a body that nobody reads it keeps the size only: a loader that wants to know what is fetched, not what is in
// it, then holds thousands of browsers' caches. The zero value is ready and takes 64 MiB.
type Memory struct {
	// MaxBytes bounds what is stored; zero: 64 MiB. A response that takes more than an eighth of it is not stored.
	MaxBytes int64

	mu      sync.Mutex
	entries map[string]*memoryEntry
	order   list.List // of *memoryEntry, the one used last in front
	bytes   int64
}

const defaultMemory = 64 << 20

// largest is the share of a store that one response may take, as in Chromium's backends.
const largest = 8

type memoryEntry struct {
	store *Memory
	head  *Head
	body  []byte
	place *list.Element // nil once it was dropped

	times int // guarded by the store
	last  time.Time
}

func (m *Memory) max() int64 {
	if m.MaxBytes > 0 {
		return m.MaxBytes
	}
	return defaultMemory
}

// Name returns "memory".
func (m *Memory) Name() string { return "memory" }

// Open returns what is stored under the key.
func (m *Memory) Open(key string) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	if e == nil {
		return nil, ErrMiss
	}
	m.order.MoveToFront(e.place)
	return e, nil
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
	m.put(&memoryEntry{store: m, head: h})
	return nil
}

func (m *Memory) put(e *memoryEntry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[string]*memoryEntry{}
	}
	m.dropLocked(m.entries[e.head.Key])
	e.place = m.order.PushFront(e)
	m.entries[e.head.Key] = e
	m.bytes += e.size()
	for m.bytes > m.max() {
		m.dropLocked(m.order.Back().Value.(*memoryEntry))
	}
}

func (m *Memory) dropLocked(e *memoryEntry) {
	if e == nil || e.place == nil {
		return
	}
	m.order.Remove(e.place)
	e.place = nil
	delete(m.entries, e.head.Key)
	m.bytes -= e.size()
}

// Update gives a stored response another head.
func (m *Memory) Update(e Entry, h *Head) error {
	old, ok := e.(*memoryEntry)
	if !ok {
		return nil
	}
	m.mu.Lock()
	current := m.entries[old.head.Key] == old
	now := &memoryEntry{store: m, head: h, body: old.body, times: old.times, last: old.last}
	m.mu.Unlock()
	if current {
		m.put(now)
	}
	return nil
}

// Delete drops what is stored under the key.
func (m *Memory) Delete(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropLocked(m.entries[key])
}

// Usage returns how much is stored.
func (m *Memory) Usage() (responses int, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries), m.bytes
}

// Clear drops everything.
func (m *Memory) Clear() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		e.place = nil
	}
	m.entries, m.bytes = nil, 0
	m.order.Init()
	return nil
}

func (e *memoryEntry) size() int64 { return e.head.footprint() + int64(cap(e.body)) }

// Head returns the head.
func (e *memoryEntry) Head() *Head { return e.head }

// Check returns nil: memory is trusted.
func (e *memoryEntry) Check() error { return nil }

// Copy hands the body on as it lies there.
func (e *memoryEntry) Copy(off, n int64, fn func(p []byte) error) error {
	if off < 0 || n < 0 || off > int64(len(e.body)) || n > int64(len(e.body))-off {
		return ErrDamaged
	}
	return pieces(e.body[off:off+n], fn)
}

// Used counts a use and returns those before.
func (e *memoryEntry) Used() (times int, last time.Time) {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	times, last = e.times, e.last
	e.times, e.last = times+1, time.Now()
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
	e := memoryEntry{body: body}
	return e.Copy(off, n, fn)
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
	w.store.put(&memoryEntry{store: w.store, head: h, body: body})
	return nil
}

// Close does nothing: what was not committed is garbage.
func (w *memoryWriter) Close() error { return nil }
