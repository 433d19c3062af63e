package hsts

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// saved is how hosts are written.
type saved struct {
	Format  string      `json:"format"`
	Version int         `json:"version"`
	Hosts   []savedHost `json:"hosts"`
}

type savedHost struct {
	Name              string    `json:"name"`
	IncludeSubDomains bool      `json:"includeSubDomains,omitempty"`
	Noted             time.Time `json:"noted"`
	Expires           time.Time `json:"expires"`
}

const (
	savedFormat  = "pageload hsts"
	savedVersion = 1
	maxSaved     = 64 << 20 // far above what the hosts that are kept take
)

// Write writes the hosts that have not expired as JSON that [Store.Read] reads.
func (s *Store) Write(w io.Writer) error {
	list := []savedHost{}
	for h := range s.All() {
		list = append(list, savedHost{h.Name, h.IncludeSubDomains, h.Noted.UTC(), h.Expires.UTC()})
	}
	if err := json.NewEncoder(w).Encode(saved{savedFormat, savedVersion, list}); err != nil {
		return fmt.Errorf("hsts: write: %w", err)
	}
	return nil
}

// Read adds the hosts that Write wrote, in place of those of the same name. Those that have expired since are left out, and so is what
// is no name of a host, of which the error tells once the others are added. Input that is damaged, or of another format or version, is an
// error and changes nothing.
func (s *Store) Read(r io.Reader) error {
	var in saved
	dec := json.NewDecoder(io.LimitReader(r, maxSaved))
	if err := dec.Decode(&in); err != nil {
		return fmt.Errorf("hsts: read: %w", err)
	}
	switch {
	case in.Format != savedFormat:
		return fmt.Errorf("hsts: read: the format is %.40q, not %q", in.Format, savedFormat)
	case in.Version != savedVersion:
		return fmt.Errorf("hsts: read: version %d, this program reads %d", in.Version, savedVersion)
	}
	now, bad, first := s.now(), 0, ""
	for _, h := range in.Hosts {
		name := canonical(h.Name)
		if name == "" || name != h.Name {
			if bad++; bad == 1 {
				first = h.Name
			}
			continue
		}
		if h.Expires.After(now) {
			expires := h.Expires
			if last := now.Add(maxAge); expires.After(last) {
				expires = last
			}
			s.put(Host{name, h.IncludeSubDomains, h.Noted, expires})
		}
	}
	if bad > 0 {
		return fmt.Errorf("hsts: read: %d of %d hosts are left out: %.60q is no name of a host", bad, len(in.Hosts), first)
	}
	return nil
}
