package loader

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pageload/dnscache"
	"pageload/fetch/httpcache"
)

// A PartError says that a part of a saved profile could not be written or read.
type PartError struct {
	Part Parts
	File string
	Err  error // the cause; errors.Is and errors.As see through
}

// Error names the part, the file and what is wrong.
func (e *PartError) Error() string {
	return fmt.Sprintf("loader: profile: %v: %s: %v", e.Part, e.File, e.Err)
}

// Unwrap returns the cause.
func (e *PartError) Unwrap() error { return e.Err }

// ErrProfileFolder is the error for a folder that holds no saved profile, or one of
// another version.
var ErrProfileFolder = errors.New("not the folder of a profile of this version")

const (
	folderFile    = "profile.json"
	folderFormat  = "pageload profile"
	folderVersion = 1
)

// folderHead is what folderFile holds.
type folderHead struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Saved   time.Time `json:"saved"`
}

// savedPart is a part that is kept in a file of its own.
type savedPart struct {
	part  Parts
	file  string
	write func(io.Writer) error
	read  func(io.Reader) error
}

// savedParts are those of the parts that can be saved. Connections cannot. Passwords
// are not, as browsers do not keep those of HTTP authentication, and what was learnt
// from the content of pages is learnt again by the first load.
func (p *Profile) savedParts(parts Parts) []savedPart {
	var list []savedPart
	add := func(part Parts, file string, write func(io.Writer) error, read func(io.Reader) error) {
		if parts&part != 0 {
			list = append(list, savedPart{part, file, write, read})
		}
	}
	add(Cookies, "cookies.jsonl", p.Jar.Write, p.Jar.Read)
	add(HSTSHosts, "hsts.jsonl", p.HSTS.Write, p.HSTS.Read)
	add(AltServices, "alt-svc.jsonl", p.AltSvc.Write, p.AltSvc.Read)
	if r, ok := p.Pool.Dialer.Resolver.(*dnscache.Resolver); ok {
		add(Names, "names.jsonl", r.WriteSnapshot, r.ReadSnapshot)
	}
	if s := p.sessions(); s != nil {
		add(TLSSessions, "tls-sessions.jsonl", s.Write, s.Read)
	}
	if _, disk := p.Cache.Store.(*httpcache.Disk); !disk { // which is a folder of its own already
		add(CachedResponses, "cache.bin", p.Cache.Write, p.Cache.Read)
	}
	return list
}

// Save writes what the profile keeps to a folder, each part to a file of its own, for
// [Profile.Restore]. The folder is made if it is not there, and like its files it is
// for its owner only: cookies and TLS sessions are in it. A file is complete or stays
// as it was, also where several processes save at a time: the last one wins. Parts
// that are not asked for stay as they were. A part that cannot be written does not
// keep others from it; the error then has a *[PartError] for each.
func (p *Profile) Save(dir string, parts Parts) error {
	p.init()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("loader: save profile: %w", err)
	}
	if err := checkFolder(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("loader: save profile: %w", err)
	}
	head, err := json.Marshal(folderHead{folderFormat, folderVersion, time.Now().UTC()})
	if err != nil {
		return fmt.Errorf("loader: save profile: %w", err)
	}
	err = writeFile(filepath.Join(dir, folderFile), func(w io.Writer) error {
		_, err := w.Write(append(head, '\n'))
		return err
	})
	if err != nil {
		return fmt.Errorf("loader: save profile: %w", err)
	}
	var failed []error
	for _, s := range p.savedParts(parts) {
		file := filepath.Join(dir, s.file)
		if err := writeFile(file, s.write); err != nil {
			failed = append(failed, &PartError{s.part, file, err})
		}
	}
	return errors.Join(failed...)
}

// Restore adds what [Profile.Save] wrote to a folder. Where there is no folder, or
// nothing was saved in it, the error is fs.ErrNotExist, which a first run can ignore;
// where it is of another version, or something else, [ErrProfileFolder]. A part
// that is damaged does not keep the others from being read; the error then has a
// *[PartError] for each, with the file and what is wrong with it.
func (p *Profile) Restore(dir string, parts Parts) error {
	p.init()
	if err := checkFolder(dir); err != nil {
		return fmt.Errorf("loader: restore profile: %w", err)
	}
	var failed []error
	for _, s := range p.savedParts(parts) {
		file := filepath.Join(dir, s.file)
		if err := readFile(file, s.read); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, &PartError{s.part, file, err})
		}
	}
	return errors.Join(failed...)
}

// checkFolder reports whether dir holds a profile that can be used.
func checkFolder(dir string) error {
	file := filepath.Join(dir, folderFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		list, _ := os.ReadDir(dir)
		for _, other := range list {
			if !strings.HasPrefix(other.Name(), ".") { // else it may be what a crash left of the first save
				return fmt.Errorf("%s: %w: it has no %s but other files, such as %s", dir, ErrProfileFolder, folderFile, other.Name())
			}
		}
	}
	if err != nil {
		return err
	}
	var head folderHead
	if err := json.Unmarshal(text, &head); err != nil || head.Format != folderFormat {
		return fmt.Errorf("%s: %w", file, ErrProfileFolder)
	}
	if head.Version != folderVersion {
		return fmt.Errorf("%s: %w: version %d, this is for version %d", file, ErrProfileFolder, head.Version, folderVersion)
	}
	return nil
}

// writeFile writes a file that is complete or stays as it was.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // readable by its owner only
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync() // else a crash may leave the new name with nothing behind it
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func readFile(name string, read func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return read(f)
}
