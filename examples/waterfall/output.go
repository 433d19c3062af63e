package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// An output is a file that is written once the load is over. It is written aside
// and renamed, so that there is never half a file and an older one stays until
// the new one is whole. What is no regular file, such as a pipe, is written to
// directly.
type output struct {
	file *os.File
	part string // name of the file aside; empty if there is none
	path string // where it goes
}

// openOutput opens a file, or nothing if the name is empty or "-".
func openOutput(name string) (*output, error) {
	o := &output{path: name}
	if name == "" || name == "-" {
		return o, nil
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		o.path = target // the link stays
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	info, err := os.Stat(o.path)
	switch {
	case err == nil && info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	case err == nil && !info.Mode().IsRegular():
		o.file, err = os.OpenFile(o.path, os.O_WRONLY, 0)
		return o, err
	case err == nil && !writable(o.path):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	o.part = o.path + ".part"
	o.file, err = os.OpenFile(o.part, mode, 0o666)
	var bad *fs.PathError
	if errors.As(err, &bad) {
		bad.Path = name // what was asked for
	}
	return o, err
}

// writable reports whether an existing file may be written: renaming would
// replace it anyway.
func writable(path string) bool {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// commit closes the file and puts it in its place.
func (o *output) commit() error {
	f := o.file
	o.file = nil
	if f == nil {
		return nil
	}
	err := f.Close()
	if o.part == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.part, o.path)
	}
	if err != nil {
		os.Remove(o.part)
	}
	return err
}

// abandon removes what was not committed.
func (o *output) abandon() {
	if o.file == nil {
		return
	}
	o.file.Close()
	if o.part != "" {
		os.Remove(o.part)
	}
}
