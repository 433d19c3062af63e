package saved

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// A Format is one kind of file. Entries are of type T, and their JSON is its.
type Format[T any] struct {
	Name    string // "pageload hsts"
	Version int
	List    string // the name of the list, in the plural: "hosts"
	Package string // begins the errors: "hsts"
}

// most bounds a file: far above what the stores keep.
const most = 64 << 20

// Write writes the entries.
func (f *Format[T]) Write(w io.Writer, entries []T) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"format":%q,"version":%d,%q:[`, f.Name, f.Version, f.List)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(&entries[i]); err != nil {
			return fmt.Errorf("%s: write: %w", f.Package, err)
		}
		b.Truncate(b.Len() - 1) // Encode's line end
	}
	b.WriteString("]}\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("%s: write: %w", f.Package, err)
	}
	return nil
}

// Read gives take each entry that Write wrote. Those for which it returns an error are counted, and the first is told with their
// number once all others were taken.
func (f *Format[T]) Read(r io.Reader, take func(*T) error) error {
	var file map[string]json.RawMessage
	if err := json.NewDecoder(io.LimitReader(r, most)).Decode(&file); err != nil {
		return fmt.Errorf("%s: read: %w", f.Package, err)
	}
	var format string
	var version int
	var entries []T
	if err := f.decode(file, "format", &format); err != nil {
		return err
	}
	if format != f.Name {
		return fmt.Errorf("%s: read: the format is %.40q, not %q", f.Package, format, f.Name)
	}
	if err := f.decode(file, "version", &version); err != nil {
		return err
	}
	if version != f.Version {
		return fmt.Errorf("%s: read: version %d, this program reads %d", f.Package, version, f.Version)
	}
	if err := f.decode(file, f.List, &entries); err != nil {
		return err
	}
	bad, first := 0, error(nil)
	for i := range entries {
		if err := take(&entries[i]); err != nil {
			if bad++; bad == 1 {
				first = err
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s: read: %d of %d %s are left out: %w", f.Package, bad, len(entries), f.List, first)
	}
	return nil
}

// decode reads one member into v, which stays as it is where there is none.
func (f *Format[T]) decode(file map[string]json.RawMessage, member string, v any) error {
	text, ok := file[member]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: read: %s: %w", f.Package, member, err)
	}
	return nil
}
