package httpcache

import (
	"sync"
	"time"
)

// A Cache is a browser's private HTTP cache. The zero value is ready: it keeps up to 64 MiB in memory and does what Chromium does. Set the fields
// before the first use. It is safe for concurrent use; several clients may share one.
type Cache struct {
	// Store keeps the responses; nil: a Memory of the cache's own.
	Store Store
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// StaleIfError gives what is stored, though stale, where the server fails and the response allowed it (RFC 5861 section 4). Chromium does not.
	StaleIfError bool
	// Immutable heeds "immutable" (RFC 8246): a reload does not revalidate what is fresh. Chromium does not.
	Immutable bool
	// WriterWait bounds the wait for another request that fetches the same; after it the request goes its own way. Zero: 20 s, as Chromium.
	WriterWait time.Duration

	memory Memory

	mu      sync.Mutex
	flights map[string]*flight
	stale   map[string]time.Time // until when a stale response may be used while it is revalidated
}

const (
	defaultWriterWait = 20 * time.Second
	// staleWindow is how long a revalidation in the background may take before the response is not used any more: Chromium's
	// kStaleRevalidateTimeout.
	staleWindow = 60 * time.Second
)

func (c *Cache) store() Store {
	if c.Store != nil {
		return c.Store
	}
	return &c.memory
}

func (c *Cache) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// Usage returns how many responses are stored and their bytes, about.
func (c *Cache) Usage() (responses int, bytes int64) { return c.store().Usage() }

// Clear drops everything that is stored.
func (c *Cache) Clear() error {
	c.mu.Lock()
	for _, f := range c.flights {
		f.doomed = true
	}
	c.stale = nil
	c.mu.Unlock()
	return c.store().Clear()
}

// Delete drops the response to one URL in a partition.
func (c *Cache) Delete(partition, url string) { c.doom(string(appendKey(nil, partition, url))) }

// doom drops what is stored under a key, and what is just being stored.
func (c *Cache) doom(key string) {
	c.mu.Lock()
	if f := c.flights[key]; f != nil {
		f.doomed = true
	}
	delete(c.stale, key)
	c.mu.Unlock()
	c.store().Delete(key)
}

// appendKey is the key of a URL in a partition. Neither has a space at its ends.
func appendKey(b []byte, partition, url string) []byte {
	if partition != "" {
		b = append(append(b, partition...), ' ')
	}
	return append(b, url...)
}
