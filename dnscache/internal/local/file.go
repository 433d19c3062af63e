package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// racy is how recently a file may have been changed so that another change could have the same time and size. File
// systems that stamp with the timer tick are exact to 10 ms, and FAT to 2 s.
const racy = 2 * time.Second

// File is what a file says, read again when the file has changed: its time and size are looked at for each use. The zero
// value has read nothing. It is safe for concurrent use.
type File[T any] struct {
	mu    sync.Mutex
	path  string
	stat  fs.FileInfo // of the file that value was read from; nil: none was there
	read  time.Time   // when
	value T
}

// Load returns what parse makes of the file at path. ok is false, and the value zero, where there is no file.
func (f *File[T]) Load(path string, parse func(io.Reader) (T, error)) (value T, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(path, parse, time.Now()); err != nil {
		return value, false, err
	}
	return f.value, f.stat != nil, nil
}

// refresh reads the file if it is not the one that was read last.
func (f *File[T]) refresh(path string, parse func(io.Reader) (T, error), now time.Time) error {
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		var none T
		f.value, f.stat = none, nil
		return nil
	}
	if err != nil {
		return err
	}
	if f.path == path && f.unchanged(stat) {
		return nil
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	// The state from before the reading: a change during it is seen next time.
	if stat, err = in.Stat(); err != nil {
		return err
	}
	value, err := parse(in)
	if err != nil {
		return err
	}
	f.path, f.value, f.stat, f.read = path, value, stat, now
	return nil
}

func (f *File[T]) unchanged(stat fs.FileInfo) bool {
	return f.stat != nil && os.SameFile(stat, f.stat) && stat.Size() == f.stat.Size() &&
		stat.ModTime().Equal(f.stat.ModTime()) && f.read.Sub(stat.ModTime()) > racy
}
