package altsvc

import (
	"fmt"
	"io"
	"strings"
	"time"

	"pageload/fetch/internal/saved"
)

// savedServer is how a server is written.
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

func savedFormat() *saved.Format[savedServer] {
	return &saved.Format[savedServer]{Name: "pageload altsvc", Version: 1, List: "servers", Package: "altsvc"}
}

// Write writes what has not expired as JSON that [Store.Read] reads.
func (s *Store) Write(w io.Writer) error {
	var list []savedServer
	for v := range s.All() {
		one := savedServer{Origin: v.Origin, Partition: v.Partition, Noted: v.Noted.UTC()}
		for _, a := range v.Alternatives {
			one.Alternatives = append(one.Alternatives, savedPlace{a.Service.String(), a.Expires.UTC()})
		}
		list = append(list, one)
	}
	return savedFormat().Write(w, list)
}

// Read adds the servers that Write wrote, in place of what was known of them. What has expired since is left out, and so are servers whose
// entry is damaged, of which the error tells once the others are added. Input that cannot be read, or is of another format or version, is an error and changes
// nothing.
func (s *Store) Read(r io.Reader) error {
	now := s.now()
	return savedFormat().Read(r, func(one *savedServer) error {
		v, err := one.server(now)
		if err == nil && len(v.Alternatives) > 0 {
			s.put(v)
		}
		return err
	})
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
