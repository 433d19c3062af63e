package httpcache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is a stored response in a list.
type file struct {
	name string
	size int64
	used time.Time
}

// list returns all stored responses, what was used last at the end.
func (d *Disk) list() []file {
	var all []file
	folders, _ := os.ReadDir(d.dir)
	for _, folder := range folders {
		if len(folder.Name()) != 2 || strings.Trim(folder.Name(), "0123456789abcdef") != "" {
			continue
		}
		names, _ := os.ReadDir(filepath.Join(d.dir, folder.Name()))
		for _, n := range names {
			if i, err := n.Info(); err == nil && i.Mode().IsRegular() {
				all = append(all, file{filepath.Join(d.dir, folder.Name(), n.Name()), i.Size(), i.ModTime()})
			}
		}
	}
	d.mu.Lock()
	for i, f := range all {
		if u := d.uses[f.name]; u.last.After(f.used) {
			all[i].used = u.last // the file's time is not as exact
		}
	}
	d.mu.Unlock()
	slices.SortFunc(all, func(a, b file) int { return a.used.Compare(b.used) })
	return all
}

// Each hands each response to fn, the one used last at the end; what is damaged or was removed meanwhile is left out.
func (d *Disk) Each(fn func(Entry) error) error {
	for _, f := range d.list() {
		e, err := d.openFile(f.name, anyKey)
		if err != nil {
			continue
		}
		err = fn(e)
		e.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Clone makes a cache in another folder, which may hold a cache already, with the same responses. Files are linked where the file system can do that,
// as files of a cache are never changed, and copied elsewhere.
func (d *Disk) Clone(dir string) (*Disk, error) {
	n, err := OpenDisk(dir, d.maxBytes)
	if err != nil {
		return nil, err
	}
	for _, f := range d.list() {
		if err := n.take(f); err != nil {
			return nil, fmt.Errorf("httpcache: folder %s: %w", dir, err)
		}
	}
	n.trim(n.max())
	return n, nil
}

// take links or copies a file of another folder.
func (d *Disk) take(f file) error {
	to, err := d.temporary()
	if err != nil {
		return err
	}
	defer os.Remove(to.Name())
	link := to.Name() + "-link"
	if err := os.Link(f.name, link); err == nil {
		to.Close()
		defer os.Remove(link)
		return d.move(link, d.place(f.name), f.size)
	}
	from, err := os.Open(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return to.Close() // another process removed it
	}
	if err == nil {
		defer from.Close()
		_, err = io.Copy(to, from)
	}
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	return d.move(to.Name(), d.place(f.name), f.size)
}

// place returns where a file of another folder lies in this one.
func (d *Disk) place(name string) string {
	return filepath.Join(d.dir, filepath.Base(filepath.Dir(name)), filepath.Base(name))
}

// trim counts what is there and removes what was not used for longest, until at most that much is left.
func (d *Disk) trim(most int64) {
	all := d.list()
	var bytes int64
	for _, f := range all {
		bytes += f.size
	}
	gone := 0
	for gone < len(all) && bytes > most {
		if os.Remove(all[gone].name) == nil {
			bytes -= all[gone].size
		}
		gone++
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bytes, d.files = bytes, len(all)-gone
	for _, f := range all[:gone] {
		delete(d.uses, f.name)
	}
}

// Usage returns how much is stored, as far as this process knows.
func (d *Disk) Usage() (responses int, bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.files, d.bytes
}

// Clear removes all responses.
func (d *Disk) Clear() error {
	var errs []error
	for _, f := range d.list() {
		if err := os.Remove(f.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	d.mu.Lock()
	d.bytes, d.files, d.uses = 0, 0, map[string]use{}
	d.mu.Unlock()
	return errors.Join(errs...)
}
