package httpcache

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// diskWriter writes a file beside those of the cache, and moves it to its place when it is complete: whatever happens until then, nothing of it
// is ever read.
type diskWriter struct {
	d    *Disk
	f    *os.File
	name string // where it is to go

	mu    sync.Mutex
	fixed fixedPart
	sums  sums
	err   error
	moved bool
}

// temporary creates a file that nobody else has.
func (d *Disk) temporary() (*os.File, error) {
	for {
		name := strconv.Itoa(os.Getpid()) + "-" + strconv.FormatUint(rand.Uint64(), 36)
		f, err := os.OpenFile(filepath.Join(d.dir, temporaryFolder, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		return f, err
	}
}

func (d *Disk) newWriter(h *Head) (*diskWriter, error) {
	f, err := d.temporary()
	if err != nil {
		return nil, fmt.Errorf("httpcache: %w", err)
	}
	w := &diskWriter{d: d, f: f, name: d.fileOf(h.Key)}
	text := h.encode(make([]byte, fixedSize, fixedSize+256+h.footprint()))
	w.fixed.head, w.fixed.headSum = uint32(len(text)-fixedSize), checksum(text[fixedSize:])
	if len(text) > maxHead {
		err = ErrTooBig
	} else {
		_, err = f.WriteAt(text, 0)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Write appends to the body.
func (w *diskWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if w.fixed.size+int64(len(p)) > w.d.max()/largest {
		w.err = ErrTooBig
		return 0, w.err
	}
	if _, err := w.f.WriteAt(p, w.fixed.bodyAt()+w.fixed.size); err != nil {
		w.err = fmt.Errorf("httpcache: %w", err)
		return 0, w.err
	}
	w.sums.add(p)
	w.fixed.size += int64(len(p))
	return len(p), nil
}

// Copy hands on what was written.
func (w *diskWriter) Copy(off, n int64, fn func(p []byte) error) error {
	buf := w.d.buffer()
	defer w.d.give(buf)
	for n > 0 {
		p := (*buf)[:min(n, pieceBytes)]
		if _, err := w.f.ReadAt(p, w.fixed.bodyAt()+off); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if err := fn(p); err != nil {
			return err
		}
		off, n = off+int64(len(p)), n-int64(len(p))
	}
	return nil
}

// Commit completes the file and moves it to its place.
func (w *diskWriter) Commit(h *Head) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if !h.NoBody && h.Size != w.fixed.size {
		return ErrDamaged
	}
	end, footer := w.fixed.bodyAt()+w.fixed.size, w.sums.end()
	w.fixed.size, w.fixed.total, w.fixed.footerSum = h.Size, h.Total, checksum(footer)
	return w.finish(footer, end)
}

// finish writes the end and then the beginning of the file, and moves it to its place.
func (w *diskWriter) finish(sums []byte, end int64) error {
	if _, err := w.f.WriteAt(sums, end); err != nil {
		return fmt.Errorf("httpcache: %w", err)
	}
	if _, err := w.f.WriteAt(w.fixed.append(make([]byte, 0, fixedSize)), 0); err != nil {
		return fmt.Errorf("httpcache: %w", err)
	}
	if err := w.d.move(w.f.Name(), w.name, end+int64(len(sums))); err != nil {
		return fmt.Errorf("httpcache: %w", err)
	}
	w.moved = true
	return nil
}

// Close closes the file, and removes it where it did not get its place.
func (w *diskWriter) Close() error {
	err := w.f.Close()
	if !w.moved {
		os.Remove(w.f.Name())
	}
	return err
}

// Update writes the file anew with another head; the kernel copies the body.
func (d *Disk) Update(e Entry, h *Head) error {
	old, ok := e.(*diskEntry)
	if !ok {
		return nil
	}
	w, err := d.newWriter(h)
	if err != nil {
		return err
	}
	defer w.Close()
	var length int64
	if !old.head.NoBody {
		length = old.fixed.size + old.fixed.footer()
	}
	if _, err := w.f.Seek(w.fixed.bodyAt(), io.SeekStart); err != nil {
		return err
	}
	if _, err := old.f.Seek(old.fixed.bodyAt(), io.SeekStart); err != nil {
		return err
	}
	n, err := io.CopyN(w.f, old.f, length)
	if err != nil {
		return fmt.Errorf("httpcache: %w", err)
	}
	w.fixed.size, w.fixed.total, w.fixed.footerSum = old.fixed.size, old.fixed.total, old.fixed.footerSum
	return w.finish(nil, w.fixed.bodyAt()+n)
}
