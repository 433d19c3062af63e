package httpcache

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// A Head is what is stored of a response beside its body. It is not changed once it is in a store.
type Head struct {
	Key        string // what it answers: partition and URL
	Status     int    // 200 for what was put together of parts
	StatusText string
	Proto      string
	Header     Header
	Vary       []Field // what the request had for the fields that Vary names, in lower case
	Requested  time.Time
	Responded  time.Time // of the response, or of the last 304
	Size       int64     // bytes of the body that are stored, content-encoded as they came
	Total      int64     // of the whole body: more than Size where it broke off
	NoBody     bool      // only the size is kept, for nobody wanted the body

	life life
}

// prepare works out what follows from the fields.
func (h *Head) prepare() { h.life = lifeOf(h.Status, h.Header, h.Requested, h.Responded) }

// Truncated reports whether the body broke off.
func (h *Head) Truncated() bool { return h.Size < h.Total }

// redirects reports whether the response leads elsewhere, which is why its body is not read.
func (h *Head) redirects() bool {
	switch h.Status {
	case 301, 302, 303, 307, 308:
		return h.Header.Get("Location") != ""
	}
	return false
}

// footprint is about what the head takes up in memory.
func (h *Head) footprint() int64 {
	n := int64(400 + len(h.Key))
	for _, f := range h.Header {
		n += int64(32 + len(f.Name) + len(f.Value))
	}
	for _, f := range h.Vary {
		n += int64(32 + len(f.Name) + len(f.Value))
	}
	return n
}

// strong reports whether the head has a validator that holds for each byte (RFC 9110 section 8.8.2.2): without one no part may be joined to
// another.
func (h *Head) strong() bool {
	if h.Proto == "http/1.0" {
		return false
	}
	if tag := h.Header.Get("ETag"); tag != "" {
		return !strings.HasPrefix(tag, "W/") && !strings.HasPrefix(tag, "w/")
	}
	modified, ok := parseDate(h.Header.Get("Last-Modified"))
	date, ok2 := parseDate(h.Header.Get("Date"))
	return ok && ok2 && date.Sub(modified) >= time.Minute
}

// length returns the Content-Length, -1 if there is none that can be read.
func length(h Header) int64 {
	n, err := strconv.ParseInt(strings.Trim(h.Get("Content-Length"), " \t"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// A Store keeps responses. It decides nothing but what to drop when it is full. It is safe for concurrent use; a [Cache] sees to it that
// one writer at a time is at work on a key within a process.
type Store interface {
	// Name is what a hit is said to come from: "memory" or "disk".
	Name() string
	// Open returns what is stored under the key, [ErrMiss] if nothing is. It is quick: the body need not be looked at yet.
	Open(key string) (Entry, error)
	// Create begins to store a response under the head's key. Size and Total may still be unknown. A nil Writer without an error
	// says that the body is not wanted: [Store.Put] the head when its size is known. unread says that who asked for the
	// response drops its body.
	Create(h *Head, unread bool) (Writer, error)
	// Put stores a head without a body.
	Put(h *Head) error
	// Update gives a stored response another head; the body stays. It does nothing where e is not what is stored any more.
	Update(e Entry, h *Head) error
	// Delete drops what is stored under the key.
	Delete(key string)
	// Each hands each response to fn, the one used last at the end, until fn fails. It closes what it handed on.
	Each(fn func(Entry) error) error
	// Usage returns how many responses are stored and their bytes, about.
	Usage() (responses int, bytes int64)
	// Clear drops everything.
	Clear() error
}

// An Entry is a stored response. It stays readable when the store drops it meanwhile.
type Entry interface {
	Head() *Head
	// Check returns an error where the body is not what was stored. It may read all of it.
	Check() error
	// Copy hands n bytes of the body from off on to fn, piece by piece; p is valid during the call and must not be changed.
	Copy(off, n int64, fn func(p []byte) error) error
	// Used says that the response is used now, and returns how often it was before and when it was last, as far as the store knows.
	Used(now time.Time) (times int, last time.Time)
	Close() error
}

// A Writer takes the body of a response that is stored.
type Writer interface {
	io.Writer
	// Copy is [Entry]'s for what has been written so far, while more is.
	Copy(off, n int64, fn func(p []byte) error) error
	// Commit puts the response in its place. The head is complete.
	Commit(h *Head) error
	// Close ends the writer. Without a Commit before, nothing is stored. Copy must not be called afterwards.
	Close() error
}

// What stores say.
var (
	ErrMiss    = errors.New("nothing is stored")
	ErrDamaged = errors.New("stored response is damaged")
	ErrTooBig  = errors.New("larger than the store takes")
)
