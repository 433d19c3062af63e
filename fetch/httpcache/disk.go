package httpcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
func (d *Disk) used(name string, f *os.File, now time.Time) (times int, last time.Time) {
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
