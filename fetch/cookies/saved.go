package cookies

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// A saved jar is lines of JSON: a head, a line for each cookie, and an end with their number, since a file may be cut anywhere.
const (
	savedFormat  = "pageload cookies"
	savedVersion = 1
	maxSavedLine = 128 << 10 // name, value and path as escapes of six bytes each, and the rest
)

type savedHead struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Saved   time.Time `json:"saved"`
}

type savedCookie struct {
	Name      string     `json:"name"`
	Value     string     `json:"value"`
	Bytes     *[3][]byte `json:"bytes,omitempty"` // name, value and path, where they are not UTF-8
	Domain    string     `json:"domain"`
	HostOnly  bool       `json:"hostOnly,omitempty"`
	Path      string     `json:"path"`
	Created   time.Time  `json:"created"`
	LastUsed  time.Time  `json:"lastUsed"`
	Expires   time.Time  `json:"expires,omitzero"`
	Secure    bool       `json:"secure,omitempty"`
	HTTPOnly  bool       `json:"httpOnly,omitempty"`
	SameSite  string     `json:"sameSite,omitempty"`
	Priority  string     `json:"priority,omitempty"`
	Partition string     `json:"partition,omitempty"`
	CrossSite bool       `json:"crossSite,omitempty"`
}

type savedEnd struct {
	Cookies *int `json:"cookies"`
}

// Write writes the cookies that have not expired, those of the session too, as lines of JSON that [Jar.Read] reads.
func (j *Jar) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(savedHead{savedFormat, savedVersion, j.now().UTC()})
	n := 0
	for c := range j.All() {
		if err != nil {
			break
		}
		n++
		err = enc.Encode(save(&c))
	}
	if err == nil {
		err = enc.Encode(savedEnd{&n})
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return errorf("write: %w", err)
	}
	return nil
}

func save(c *Cookie) savedCookie {
	s := savedCookie{
		Name: c.Name, Value: c.Value, Domain: c.Domain, HostOnly: c.HostOnly, Path: c.Path, Created: c.Created.UTC(),
		LastUsed: c.LastUsed.UTC(), Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: c.SameSite.String(),
		Partition: c.Partition.Site, CrossSite: c.Partition.CrossSite,
	}
	if !c.Expires.IsZero() {
		s.Expires = c.Expires.UTC()
	}
	if c.Priority != Medium {
		s.Priority = c.Priority.String()
	}
	if !utf8.ValidString(c.Name) || !utf8.ValidString(c.Value) || !utf8.ValidString(c.Path) {
		s.Name, s.Value, s.Path, s.Bytes = "", "", "", &[3][]byte{[]byte(c.Name), []byte(c.Value), []byte(c.Path)}
	}
	return s
}

func (s *savedCookie) cookie() (Cookie, error) {
	c := Cookie{
		Name: s.Name, Value: s.Value, Domain: s.Domain, HostOnly: s.HostOnly, Path: s.Path, Created: s.Created, LastUsed: s.LastUsed,
		Expires: s.Expires, Secure: s.Secure, HTTPOnly: s.HTTPOnly, SameSite: parseSameSite(s.SameSite), Priority: parsePriority(s.Priority),
		Partition: Partition{s.Partition, s.CrossSite},
	}
	if s.Bytes != nil {
		c.Name, c.Value, c.Path = string(s.Bytes[0]), string(s.Bytes[1]), string(s.Bytes[2])
	}
	switch {
	case s.SameSite != c.SameSite.String():
		return c, fmt.Errorf("sameSite is %q", cut(s.SameSite))
	case s.Priority != "" && s.Priority != c.Priority.String():
		return c, fmt.Errorf("priority is %q", cut(s.Priority))
	case s.CrossSite && s.Partition == "":
		return c, fmt.Errorf("crossSite without partition")
	}
	return c, nil
}

// Read adds the cookies that Write wrote, in place of those of the same name, domain, path and partition. Those that have expired since are
// left out. A line that is no cookie is an error that names the line, as is a file that was cut; all other lines are loaded all the
// same. A file of another format or version changes nothing.
func (j *Jar) Read(r io.Reader) error {
	lines := newLines(r)
	head, ok := lines.next()
	var h savedHead
	switch {
	case !ok && lines.err != nil:
		return errorf("read: %w", lines.err)
	case !ok, json.Unmarshal(head, &h) != nil || h.Format != savedFormat:
		return errorf("read: line 1: not a file of cookies as Jar.Write writes it")
	case h.Version != savedVersion:
		return errorf("read: version %d, this is for version %d", h.Version, savedVersion)
	}
	n, whole := 0, false
	for text, ok := lines.next(); ok; text, ok = lines.next() {
		if whole {
			lines.bad("something after the end")
			break
		}
		var end savedEnd
		if bytes.HasPrefix(text, []byte(`{"cookies":`)) && json.Unmarshal(text, &end) == nil && end.Cookies != nil {
			if whole = true; *end.Cookies != n {
				lines.bad("%d cookies were written, here are %d", *end.Cookies, n)
			}
			continue
		}
		n++
		var s savedCookie
		if err := json.Unmarshal(text, &s); err != nil {
			lines.bad("%v", err)
			continue
		}
		c, err := s.cookie()
		if err == nil {
			err = j.set(&c)
		}
		if err != nil {
			lines.bad("%v", err)
		}
	}
	if !whole && lines.err == nil {
		lines.bad("the file ends in its middle, after %d cookies", n)
	}
	return lines.result("read")
}
