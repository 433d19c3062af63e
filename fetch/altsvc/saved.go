package altsvc

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// saved is how servers are written.
type saved struct {
	Format  string        `json:"format"`
	Version int           `json:"version"`
	Servers []savedServer `json:"servers"`
}

type savedServer struct {
	Origin       string       `json:"origin"`
	Partition    string       `json:"partition,omitempty"`
	Noted        time.Time    `json:"noted"`
	Alternatives []savedPlace `json:"alternatives"`
}

type savedPlace struct {
	Service string    `json:"service"` // as in a field
	Expires time.Time `json:"expires"`
}

const (
	savedFormat  = "pageload altsvc"
	savedVersion = 1
	maxSaved     = 64 << 20 // far above what the servers that are kept take
)

// Write writes what has not expired as JSON that [Store.Read] reads.
func (s *Store) Write(w io.Writer) error {
	list := []savedServer{}
	for v := range s.All() {
		one := savedServer{Origin: v.Origin, Partition: v.Partition, Noted: v.Noted.UTC()}
		for _, a := range v.Alternatives {
			one.Alternatives = append(one.Alternatives, savedPlace{a.Service.String(), a.Expires.UTC()})
		}
		list = append(list, one)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(saved{savedFormat, savedVersion, list}); err != nil {
		return fmt.Errorf("altsvc: write: %w", err)
	}
	return nil
}

// Read adds the servers that Write wrote, in place of what was known of them. What has expired since is left out, and so are servers whose
// entry is damaged, of which the error tells once the others are added. Input that cannot be read, or is of another format or version, is an error and changes
// nothing.
func (s *Store) Read(r io.Reader) error {
	var in saved
	if err := json.NewDecoder(io.LimitReader(r, maxSaved)).Decode(&in); err != nil {
		return fmt.Errorf("altsvc: read: %w", err)
	}
	switch {
	case in.Format != savedFormat:
		return fmt.Errorf("altsvc: read: the format is %.40q, not %q", in.Format, savedFormat)
	case in.Version != savedVersion:
		return fmt.Errorf("altsvc: read: version %d, this program reads %d", in.Version, savedVersion)
	}
	now := s.now()
	bad, first := 0, error(nil)
	for _, one := range in.Servers {
		v, err := one.server(now)
		if err != nil {
			if bad++; bad == 1 {
				first = err
			}
			continue
		}
		if len(v.Alternatives) > 0 {
			s.put(v)
		}
	}
	if bad > 0 {
		return fmt.Errorf("altsvc: read: %d of %d servers are left out: %w", bad, len(in.Servers), first)
	}
	return nil
}

func (one *savedServer) server(now time.Time) (Server, error) {
	v := Server{Key: Key{one.Origin, one.Partition}, Noted: one.Noted}
	if !strings.HasPrefix(one.Origin, "https://") {
		return v, fmt.Errorf("%.60q is no secure origin", one.Origin)
	}
	if len(one.Alternatives) > maxServices {
		return v, fmt.Errorf("%.60q has %d alternatives", one.Origin, len(one.Alternatives))
	}
	for _, p := range one.Alternatives {
		services, _, err := ParseField(p.Service)
		if err != nil || len(services) != 1 {
			return v, fmt.Errorf("%.60q: %.60q is no service", one.Origin, p.Service)
		}
		if last := now.Add(services[0].MaxAge); p.Expires.After(last) {
			p.Expires = last
		}
		if p.Expires.After(now) {
			v.Alternatives = append(v.Alternatives, Alternative{services[0], p.Expires})
		}
	}
	return v, nil
}
