package cookies

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxImport bounds a file of ReadBrowser: the 3,300 cookies that a jar keeps have 30 MB at most.
const maxImport = 64 << 20

// A browserCookie is a cookie as the DevTools protocol and what is built on it have it, and as extensions have it.
type browserCookie struct {
	Name, Value, Domain, Path string
	Expires, ExpirationDate   *float64 // seconds since 1970; -1 or absent: with the session
	HTTPOnly, Secure          bool
	HostOnly                  *bool // absent: the domain begins with no dot
	SameSite, Priority        *string
	PartitionKey              json.RawMessage // a site, or {topLevelSite, hasCrossSiteAncestor}
	CrossSite                 bool            `json:"_crHasCrossSiteAncestor"`
}

// ReadBrowser adds the cookies of a file of JSON as tools take it from a browser: Playwright's storage state, what Puppeteer and the DevTools
// protocol (Network.getCookies) return, and exports of extensions: an array of cookies, or an object with one named cookies. Expired
// cookies are left out. A cookie that is none is an error that names its line; all others are loaded all the same, as are those before a
// place where the file is no JSON.
func (j *Jar) ReadBrowser(r io.Reader) error {
	const what = "read a browser's cookies"
	text, err := io.ReadAll(io.LimitReader(r, maxImport+1))
	switch {
	case err != nil:
		return errorf("%s: %w", what, err)
	case len(text) > maxImport:
		return errorf("%s: longer than %d bytes", what, maxImport)
	}
	l := &lines{}
	d := json.NewDecoder(bytes.NewReader(text))
	at := func() { l.n = 1 + bytes.Count(text[:d.InputOffset()], []byte("\n")) }
	err = intoCookies(d)
	for err == nil && d.More() {
		var raw json.RawMessage
		if err = d.Decode(&raw); err != nil {
			break
		}
		at()
		if why := j.setBrowser(raw); why != nil {
			l.bad("%w", why)
		}
	}
	if err == nil {
		_, err = d.Token() // the end of the array
	}
	if err != nil {
		var syntax *json.SyntaxError
		switch at(); {
		case errors.As(err, &syntax):
			l.n = 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		case err == io.EOF, err == io.ErrUnexpectedEOF:
			l.n, err = 1+bytes.Count(text, []byte("\n")), io.ErrUnexpectedEOF
		}
		l.bad("%w", err)
	}
	return l.result(what)
}

// intoCookies goes to the first cookie.
func intoCookies(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil || t == json.Delim('[') {
		return err
	}
	if t != json.Delim('{') {
		return errors.New("neither an array nor an object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if key != "cookies" {
			var other json.RawMessage
			if err := d.Decode(&other); err != nil {
				return err
			}
			continue
		}
		if t, err = d.Token(); err == nil && t != json.Delim('[') {
			err = errors.New("cookies is no array")
		}
		return err
	}
	return errors.New("an object without cookies")
}

func (j *Jar) setBrowser(raw []byte) error {
	var b browserCookie
	if err := json.Unmarshal(raw, &b); err != nil {
		return err
	}
	c := Cookie{Name: b.Name, Value: b.Value, Domain: b.Domain, Path: b.Path, Secure: b.Secure, HTTPOnly: b.HTTPOnly}
	var dot bool
	c.Domain, dot = strings.CutPrefix(b.Domain, ".")
	c.HostOnly = !dot
	if b.HostOnly != nil {
		c.HostOnly = *b.HostOnly
	}
	if b.Expires == nil {
		b.Expires = b.ExpirationDate
	}
	if b.Expires != nil && *b.Expires >= 0 {
		c.Expires = time.Unix(int64(min(*b.Expires, maxSeconds)), 0)
	}
	var err error
	if c.SameSite, err = browserSameSite(b.SameSite); err != nil {
		return err
	}
	if b.Priority != nil {
		c.Priority = parsePriority(*b.Priority)
	}
	if c.Partition, err = browserPartition(b.PartitionKey); err != nil {
		return err
	}
	if c.Partition.Site != "" && b.CrossSite {
		c.Partition.CrossSite = true
	}
	return j.set(&c)
}

// browserSameSite takes the protocol's words and those of extensions.
func browserSameSite(s *string) (SameSite, error) {
	if s == nil {
		return Unspecified, nil
	}
	if v := parseSameSite(*s); v != Unspecified {
		return v, nil
	}
	switch strings.ToLower(*s) {
	case "no_restriction":
		return None, nil
	case "", "unspecified":
		return Unspecified, nil
	}
	return 0, fmt.Errorf("sameSite is %q", cut(*s))
}

func browserPartition(raw json.RawMessage) (p Partition, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return p, nil
	}
	if json.Unmarshal(raw, &p.Site) == nil {
		return p, nil
	}
	var key struct {
		TopLevelSite         string
		HasCrossSiteAncestor bool
	}
	if json.Unmarshal(raw, &key) != nil {
		return p, fmt.Errorf("partitionKey is %s", cut(string(raw)))
	}
	if key.TopLevelSite == "" {
		return p, nil
	}
	return Partition{key.TopLevelSite, key.HasCrossSiteAncestor}, nil
}
