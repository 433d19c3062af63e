package httpcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Disk is a store in a folder: a file for each response, named by a hash of its key. Several processes may use one folder. What a crash leaves is
// never taken for a response.
type Disk struct {
	dir      string
	maxBytes int64
	buffers  sync.Pool // of *[]byte, openBytes long

	mu    sync.Mutex
	bytes int64          // about: other processes write too
	files int            // about
	uses  map[string]use // by file
}

// use is what this process did with a file.
type use struct {
	times         int
	last, touched time.Time
}

// What stands in a cache's folder beside the responses.
const (
	versionFile     = "VERSION"
	versionText     = "pageload HTTP cache, version 1\n"
	temporaryFolder = "tmp"
)

// defaultDisk is what Chromium takes of a disk with room.
const defaultDisk = 320 << 20

// ErrFolder is the error for a folder that is not a cache's, or of another version.
var ErrFolder = errors.New("not a folder of this version of the cache")

// OpenDisk opens or makes a cache in a folder. It takes up to maxBytes; zero: 320 MiB. Where that fails the error says why, and a
// nil Store in a [Cache] works in memory.
func OpenDisk(dir string, maxBytes int64) (*Disk, error) {
	d := &Disk{dir: dir, maxBytes: maxBytes, uses: map[string]use{}}
	d.buffers.New = func() any {
		b := make([]byte, openBytes)
		return &b
	}
	if err := d.open(); err != nil {
		return nil, fmt.Errorf("httpcache: folder %s: %w", dir, err)
	}
	return d, nil
}

func (d *Disk) open() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	list, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	version := filepath.Join(d.dir, versionFile)
	switch text, err := os.ReadFile(version); {
	case err == nil && string(text) == versionText:
	case err == nil && bytes.HasPrefix([]byte(versionText), text): // another process is writing it, or crashed at it
		if err := d.sign(version); err != nil {
			return err
		}
	case err == nil:
		return fmt.Errorf("%w: it says %q", ErrFolder, text[:min(len(text), 60)])
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() != temporaryFolder }):
		return fmt.Errorf("%w: it has other files, and no %s", ErrFolder, versionFile)
	default:
		if err := d.sign(version); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(d.dir, temporaryFolder), 0o700); err != nil {
		return err
	}
	f, err := d.temporary()
	if err != nil {
		return err
	}
	f.Close()
	os.Remove(f.Name())
	d.sweep()
	d.trim(d.max())
	return nil
}

func (d *Disk) sign(version string) error { return os.WriteFile(version, []byte(versionText), 0o600) }

// abandoned is the age from which a temporary file is taken for that of a process that crashed.
const abandoned = time.Hour

// sweep removes what crashed processes left.
func (d *Disk) sweep() {
	dir := filepath.Join(d.dir, temporaryFolder)
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if i, err := e.Info(); err == nil && time.Since(i.ModTime()) > abandoned {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

func (d *Disk) max() int64 {
	if d.maxBytes > 0 {
		return d.maxBytes
	}
	return defaultDisk
}

func (d *Disk) buffer() *[]byte { return d.buffers.Get().(*[]byte) }

func (d *Disk) give(b *[]byte) {
	if cap(*b) == openBytes {
		*b = (*b)[:openBytes]
		d.buffers.Put(b)
	}
}

// fileOf returns the file of a key: a hash, so that no key leads out of the folder.
func (d *Disk) fileOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	name := hex.EncodeToString(sum[:20])
	return filepath.Join(d.dir, name[:2], name[2:])
}

// Name returns "disk".
func (d *Disk) Name() string { return "disk" }

// Open returns what is stored under the key. A damaged file is removed.
func (d *Disk) Open(key string) (Entry, error) {
	name := d.fileOf(key)
	e, err := d.openFile(name, key)
	if errors.Is(err, ErrDamaged) {
		d.remove(name)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Create begins to store a response, whoever reads it.
func (d *Disk) Create(h *Head, _ bool) (Writer, error) {
	if h.Total > d.max()/largest {
		return nil, ErrTooBig
	}
	w, err := d.newWriter(h)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Put stores a head.
func (d *Disk) Put(h *Head) error {
	c := *h
	c.NoBody = true
	w, err := d.newWriter(&c)
	if err != nil {
		return err
	}
	defer w.Close()
	return w.Commit(&c)
}

// move gives a complete file its place.
func (d *Disk) move(from, to string, size int64) error {
	err := os.Rename(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.Mkdir(filepath.Dir(to), 0o700); err == nil || errors.Is(err, fs.ErrExist) {
			err = os.Rename(from, to)
		}
	}
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.bytes, d.files = d.bytes+size, d.files+1
	full := d.bytes > d.max()
	d.mu.Unlock()
	if full {
		d.trim(d.max() - d.max()/10)
	}
	return nil
}

// Delete drops what is stored under the key.
func (d *Disk) Delete(key string) { d.remove(d.fileOf(key)) }

func (d *Disk) remove(name string) {
	i, err := os.Stat(name)
	if err != nil || os.Remove(name) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bytes, d.files = max(0, d.bytes-i.Size()), max(0, d.files-1)
	delete(d.uses, name)
}

// touchEvery is how exact the time of a file's last use is.
const touchEvery = time.Minute

// used notes a use, in the file's time too, which is what other processes and later ones see.
func (d *Disk) used(name string, f *os.File) (times int, last time.Time) {
	now := time.Now()
	d.mu.Lock()
	u := d.uses[name]
	times, last = u.times, u.last
	touch := now.Sub(u.touched) > touchEvery
	if touch {
		u.touched = now
	}
	u.times, u.last = u.times+1, now
	d.uses[name] = u
	d.mu.Unlock()
	if touch {
		if i, err := f.Stat(); err == nil && last.IsZero() {
			last = i.ModTime()
		}
		os.Chtimes(name, now, now)
	}
	return times, last
}

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
