package cookies

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	netscapeHead = "# Netscape HTTP Cookie File\n"
	httpOnlyMark = "#HttpOnly_"
)

// WriteNetscape writes the cookies that have not expired as cookies.txt, which curl, wget, yt-dlp and others read. The format has no place
// for SameSite, priority, partition and times of creation. Partitioned cookies are left out; a comment says so.
func (j *Jar) WriteNetscape(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(netscapeHead)
	for c := range j.All() {
		if c.Partition != (Partition{}) {
			fmt.Fprintf(b, "# left out, for it is partitioned: %q of %s\n", c.Name, c.Domain)
			continue
		}
		if c.HTTPOnly {
			b.WriteString(httpOnlyMark)
		}
		if !c.HostOnly {
			b.WriteByte('.')
		}
		expires := int64(0)
		if !c.Expires.IsZero() {
			expires = max(1, c.Expires.Unix())
		}
		fmt.Fprintf(b, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", c.Domain, upperBool(!c.HostOnly), c.Path, upperBool(c.Secure), expires, c.Name, c.Value)
	}
	if err := b.Flush(); err != nil {
		return errorf("write: %w", err)
	}
	return nil
}

func upperBool(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// ReadNetscape adds the cookies of a cookies.txt, in place of those of the same name, domain and path. Expired ones are left out. A line
// that is no cookie is an error that names the line; all others are loaded all the same.
func (j *Jar) ReadNetscape(r io.Reader) error {
	lines := newLines(r)
	for text, ok := lines.next(); ok; text, ok = lines.next() {
		c, ok, err := netscapeCookie(strings.TrimSuffix(string(text), "\r"))
		if ok && err == nil {
			err = j.set(&c)
		}
		if err != nil {
			lines.bad("%v", err)
		}
	}
	return lines.result("read cookies.txt")
}

// netscapeCookie parses a line; ok is false for one that is empty or a comment.
func netscapeCookie(s string) (c Cookie, ok bool, err error) {
	s, c.HTTPOnly = strings.CutPrefix(s, httpOnlyMark)
	if !c.HTTPOnly && (strings.HasPrefix(s, "#") || strings.TrimSpace(s) == "") {
		return c, false, nil
	}
	f := strings.SplitN(s, "\t", 7)
	switch len(f) {
	case 7:
		c.Value = f[6]
	case 6: // an empty value, and an editor that takes tabs off the ends of lines
	default:
		return c, true, fmt.Errorf("%d fields between tabs, want 7: domain, subdomains, path, secure, expires, name, value", len(f))
	}
	c.Domain, c.Path, c.Name = strings.TrimPrefix(f[0], "."), f[2], f[5]
	subdomains, err := parseUpperBool("subdomains", f[1])
	if err != nil {
		return c, true, err
	}
	c.HostOnly = !subdomains
	if c.Secure, err = parseUpperBool("secure", f[3]); err != nil {
		return c, true, err
	}
	seconds, err := strconv.ParseFloat(f[4], 64) // some tools write fractions
	switch {
	case err != nil || seconds != seconds:
		return c, true, fmt.Errorf("expires is %q, want seconds since 1970", cut(f[4]))
	case seconds != 0:
		c.Expires = time.Unix(int64(min(max(seconds, 1), maxSeconds)), 0)
	}
	return c, true, nil
}

// maxSeconds is the end of the year 9999, beyond which a time cannot be written as JSON.
const maxSeconds = 253402300799

func parseUpperBool(what, s string) (bool, error) {
	switch {
	case strings.EqualFold(s, "TRUE"):
		return true, nil
	case strings.EqualFold(s, "FALSE"):
		return false, nil
	}
	return false, fmt.Errorf("%s is %q, want TRUE or FALSE", what, cut(s))
}
