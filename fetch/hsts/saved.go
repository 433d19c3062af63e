package hsts

import (
	"fmt"
	"io"
	"time"

	"pageload/fetch/internal/saved"
)

// savedHost is how a host is written.
type savedHost struct {
	Name              string    `json:"name"`
	IncludeSubDomains bool      `json:"includeSubDomains,omitempty"`
	Noted             time.Time `json:"noted"`
	Expires           time.Time `json:"expires"`
}

func savedFormat() *saved.Format[savedHost] {
	return &saved.Format[savedHost]{Name: "pageload hsts", Version: 1, List: "hosts", Package: "hsts"}
}

// Write writes the hosts that have not expired as JSON that [Store.Read] reads.
func (s *Store) Write(w io.Writer) error {
	var list []savedHost
	for h := range s.All() {
		list = append(list, savedHost{h.Name, h.IncludeSubDomains, h.Noted.UTC(), h.Expires.UTC()})
	}
	return savedFormat().Write(w, list)
}

// Read adds the hosts that Write wrote, in place of those of the same name. Those that have expired since are left out, and so is what
// is no name of a host, of which the error tells once the others are added. Input that is damaged, or of another format or version, is an
// error and changes nothing.
func (s *Store) Read(r io.Reader) error {
	now := s.now()
	return savedFormat().Read(r, func(h *savedHost) error {
		name := canonical(h.Name)
		if name == "" || name != h.Name {
			return fmt.Errorf("%.60q is no name of a host", h.Name)
		}
		if h.Expires.After(now) {
			expires := h.Expires
			if last := now.Add(maxAge); expires.After(last) {
				expires = last
			}
			s.put(Host{name, h.IncludeSubDomains, h.Noted, expires})
		}
		return nil
	})
}
