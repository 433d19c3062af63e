package spool

import (
	"fmt"
	"io"
	"os"
	"sort"
	"sync"
)

// A File holds bodies, of one load or of several. It is safe for concurrent
// use. Where the system allows it the file has no name from the beginning, so
// that nothing is left behind however the program ends.
type File struct {
	file *os.File
	name string // to be removed by Close; empty: it has none any more

	mu   sync.Mutex
	size int64    // bytes given out
	free [][]byte // buffers that are not in use
}

// bufferSize is how much of a body that arrives is in memory: as much as makes
// writing cheap beside receiving.
const bufferSize = 64 << 10

// maxFree is how many buffers wait for a next body: six connections to a few hosts.
const maxFree = 16

// Create makes a file in the folder, in os.TempDir() if it is empty.
func Create(dir string) (*File, error) {
	f, err := os.CreateTemp(dir, "pageload-bodies-*")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	s := &File{file: f, name: f.Name()}
	if os.Remove(s.name) == nil {
		s.name = ""
	}
	return s, nil
}

// Size returns how many bytes the file has.
func (f *File) Size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.size
}

// Close removes the file. The bodies in it cannot be read afterwards.
func (f *File) Close() error {
	err := f.file.Close()
	if f.name != "" {
		if gone := os.Remove(f.name); err == nil {
			err = gone
		}
	}
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Body begins a body.
func (f *File) Body() *Body { return &Body{file: f} }

// reserve gives out room for n bytes.
func (f *File) reserve(n int) (at int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at = f.size
	f.size += int64(n)
	return at
}

func (f *File) buffer() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.free); n > 0 {
		b := f.free[n-1]
		f.free = f.free[:n-1]
		return b
	}
	return make([]byte, 0, bufferSize)
}

func (f *File) giveBack(b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.free) < maxFree {
		f.free = append(f.free, b[:0])
	}
}

// A Body is one body. One goroutine writes it and calls End; from then on any
// number may read it, until the file is closed.
type Body struct {
	file    *File
	buf     []byte
	extents []extent
	size    int64
	err     error
}

// An extent is a part of a body: others may have written between two of them.
type extent struct{ from, to, at int64 } // bytes of the body, and where they are in the file

// Write adds p. After the first error nothing more is written.
func (b *Body) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 && b.err == nil {
		if b.buf == nil {
			b.buf = b.file.buffer()
		}
		k := min(len(p), cap(b.buf)-len(b.buf))
		b.buf = append(b.buf, p[:k]...)
		p, n = p[k:], n+k
		if len(b.buf) == cap(b.buf) {
			b.flush()
		}
	}
	return n, b.err
}

func (b *Body) flush() {
	if len(b.buf) == 0 || b.err != nil {
		return
	}
	n := int64(len(b.buf))
	at := b.file.reserve(len(b.buf))
	if _, err := b.file.file.WriteAt(b.buf, at); err != nil {
		b.err = fmt.Errorf("spool: %w", err)
	} else if last := len(b.extents) - 1; last >= 0 && b.extents[last].at+b.size-b.extents[last].from == at {
		b.extents[last].to += n
	} else {
		b.extents = append(b.extents, extent{b.size, b.size + n, at})
	}
	if b.err == nil {
		b.size += n
	}
	b.buf = b.buf[:0]
}

// End ends the body. The error is the first that writing met; what was written
// until then can be read.
func (b *Body) End() error {
	b.flush()
	if b.buf != nil {
		b.file.giveBack(b.buf)
		b.buf = nil
	}
	return b.err
}

// Size returns how many bytes can be read, after End.
func (b *Body) Size() int64 { return b.size }

// ReadAt is io.ReaderAt's.
func (b *Body) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("spool: read at %d", off)
	}
	i := sort.Search(len(b.extents), func(i int) bool { return b.extents[i].to > off })
	for ; n < len(p) && i < len(b.extents); i++ {
		e := b.extents[i]
		k := min(int64(len(p)-n), e.to-off)
		got, err := b.file.file.ReadAt(p[n:n+int(k)], e.at+off-e.from)
		n += got
		off += int64(got)
		if err != nil {
			return n, fmt.Errorf("spool: %w", err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
