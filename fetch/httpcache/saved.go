package httpcache

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
)

// A saved cache is a line that says what it is, then each response in the form that it has as a file of a [Disk], what was used last at the end, and
// then savedEnd, their number in 4 bytes, and the checksum of both.
const (
	savedText = "pageload HTTP cache, saved, version 1\n"
	savedEnd  = "end\n"
)

// ErrSaved is the error for what is not a saved cache of this version, or was damaged.
var ErrSaved = errors.New("not a saved cache of this version")

// Clone returns a cache with the same settings and the same responses, which from then on are two. Responses are shared, so it costs little however
// much is stored. A Store of another kind than [Memory] is shared by both; for a copy of a [Disk] see [Disk.Clone].
func (c *Cache) Clone() *Cache {
	n := &Cache{Store: c.Store, Now: c.Now, StaleIfError: c.StaleIfError, Immutable: c.Immutable, WriterWait: c.WriterWait}
	if m, ok := c.store().(*Memory); ok {
		n.Store = m.Clone()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.stale = maps.Clone(c.stale)
	return n
}

// Write writes all that is stored, for [Cache.Read]. A response that turns out to be damaged is left out.
func (c *Cache) Write(w io.Writer) error {
	b := bufio.NewWriterSize(w, pieceBytes)
	b.WriteString(savedText)
	n := uint32(0)
	err := c.store().Each(func(e Entry) error {
		if e.Check() != nil {
			return nil
		}
		n++
		return writeEntry(b, e)
	})
	if err != nil {
		return fmt.Errorf("httpcache: write: %w", err)
	}
	end := binary.LittleEndian.AppendUint32([]byte(savedEnd), n)
	b.Write(binary.LittleEndian.AppendUint32(end, checksum(end)))
	if err := b.Flush(); err != nil {
		return fmt.Errorf("httpcache: write: %w", err)
	}
	return nil
}

// writeEntry writes a response in the form of a file. The body is read twice, for its sums' sum stands before it.
func writeEntry(w io.Writer, e Entry) error {
	h := e.Head()
	var sums sums
	each := func(fn func(p []byte) error) error {
		if h.NoBody {
			return nil
		}
		return e.Copy(0, h.Size, fn)
	}
	if err := each(func(p []byte) error { sums.add(p); return nil }); err != nil {
		return err
	}
	text, footer := h.encode(nil), sums.end()
	fixed := fixedPart{head: uint32(len(text)), headSum: checksum(text), footerSum: checksum(footer), size: h.Size, total: h.Total}
	if _, err := w.Write(append(fixed.append(nil), text...)); err != nil {
		return err
	}
	if err := each(func(p []byte) error { _, err := w.Write(p); return err }); err != nil {
		return err
	}
	_, err := w.Write(footer)
	return err
}

// Read adds what [Cache.Write] wrote. Where that is damaged, or of another version, the error says so, and what was read before stays.
func (c *Cache) Read(r io.Reader) error {
	b := bufio.NewReaderSize(r, pieceBytes)
	line := make([]byte, len(savedText))
	if _, err := io.ReadFull(b, line); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("httpcache: read: %w", err)
	}
	if string(line) != savedText {
		return fmt.Errorf("httpcache: read: %w: it begins with %q", ErrSaved, line[:min(len(line), 60)])
	}
	for n := uint32(0); ; n++ {
		head, err := b.Peek(len(savedEnd) + 8)
		if err == nil && string(head[:4]) == savedEnd {
			if binary.LittleEndian.Uint32(head[4:]) != n || binary.LittleEndian.Uint32(head[8:]) != checksum(head[:8]) {
				return fmt.Errorf("httpcache: read: %w: its end does not fit to the %d responses before", ErrSaved, n)
			}
			return nil
		}
		if err == nil {
			err = c.readEntry(b)
		}
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: it breaks off", ErrSaved)
		}
		if errors.Is(err, ErrDamaged) {
			err = fmt.Errorf("%w: %w", ErrSaved, err)
		}
		if err != nil {
			return fmt.Errorf("httpcache: read: response %d: %w", n+1, err)
		}
	}
}

// readEntry stores one response. One for which the store has no room is passed over.
func (c *Cache) readEntry(r io.Reader) error {
	var begin [fixedSize]byte
	var fixed fixedPart
	if _, err := io.ReadFull(r, begin[:]); err != nil {
		return err
	}
	if err := fixed.parse(begin[:]); err != nil {
		return err
	}
	text := make([]byte, fixed.head)
	if _, err := io.ReadFull(r, text); err != nil {
		return err
	}
	if checksum(text) != fixed.headSum {
		return ErrDamaged
	}
	h, err := decodeHead(text)
	if err != nil {
		return err
	}
	h.Size, h.Total = fixed.size, fixed.total
	h.prepare()
	if h.NoBody {
		return c.store().Put(h)
	}
	w, err := c.store().Create(h, false)
	switch {
	case errors.Is(err, ErrTooBig):
		w = nil
	case err != nil:
		return err
	default:
		defer w.Close()
	}
	return readBody(r, w, &fixed, h)
}

// readBody reads a body and its sums into a writer; nil reads over it.
func readBody(r io.Reader, w Writer, fixed *fixedPart, h *Head) error {
	var sums sums
	buf := make([]byte, min(fixed.size, pieceBytes))
	for left := fixed.size; left > 0; {
		p := buf[:min(left, pieceBytes)]
		if _, err := io.ReadFull(r, p); err != nil {
			return err
		}
		sums.add(p)
		if w != nil {
			if _, err := w.Write(p); errors.Is(err, ErrTooBig) {
				w = nil
			} else if err != nil {
				return err
			}
		}
		left -= int64(len(p))
	}
	footer := sums.end()
	read := make([]byte, len(footer))
	if _, err := io.ReadFull(r, read); err != nil {
		return err
	}
	if string(read) != string(footer) || checksum(footer) != fixed.footerSum {
		return ErrDamaged
	}
	if w == nil {
		return nil
	}
	return w.Commit(h)
}
