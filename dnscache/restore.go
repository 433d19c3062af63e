package dnscache

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"time"
)

// Load replaces what the cache has by what [Resolver.Save] wrote to a file, but for what has expired since and what the
// Resolver's fields do not allow. Where the file cannot be used the error is [ErrSnapshot] with the line and the reason, and
// the cache is empty. A file that cannot be opened leaves the cache as it is; the first run of a program can ignore
// fs.ErrNotExist.
func (r *Resolver) Load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("dnscache: load: %w", err)
	}
	defer f.Close()
	if err := r.ReadSnapshot(f); err != nil {
		return fmt.Errorf("%w (%s)", err, path)
	}
	return nil
}

// ReadSnapshot is Load from a reader. A reader that fails leaves the cache empty too.
func (r *Resolver) ReadSnapshot(rd io.Reader) error {
	r.setup.Do(r.init)
	now := time.Now()
	s := snapshotReader{
		lines: bufio.NewScanner(rd), now: now, r: r,
		sum: crc32.MakeTable(crc32.Castagnoli),
	}
	s.lines.Buffer(nil, maxSnapshotLine)
	kept, err := s.read()

	r.cache.mu.Lock()
	defer r.cache.mu.Unlock()
	r.cache.flushLocked()
	if err != nil {
		return err
	}
	for _, k := range kept {
		r.cache.putLocked(k.entry, k.left, now, r.bounds.maxEntries)
	}
	return nil
}

// A snapshotReader reads one snapshot. It keeps no more names than the cache may have: the last ones, which are the newest.
type snapshotReader struct {
	lines *bufio.Scanner
	r     *Resolver
	now   time.Time
	sum   *crc32.Table

	number int    // of the line
	before uint32 // checksum of the lines before it
	kept   []restored
}

type restored struct {
	entry *entry
	left  time.Duration
}

func (s *snapshotReader) read() ([]restored, error) {
	line, err := s.next()
	if err != nil {
		return nil, err
	}
	var head snapshotHead
	if err := json.Unmarshal(line, &head); err != nil || head.Format != snapshotFormat {
		return nil, s.fail("no head of a snapshot")
	}
	if head.Version != snapshotVersion {
		return nil, s.fail("version %d, this is for version %d", head.Version, snapshotVersion)
	}
	for names := 0; ; names++ {
		if line, err = s.next(); err != nil {
			return nil, err
		}
		if bytes.HasPrefix(line, []byte(`{"names":`)) {
			return s.kept, s.end(line, names)
		}
		if err := s.name(line); err != nil {
			return nil, err
		}
	}
}

// next returns the next line. That there is none is an error: the end says so itself.
func (s *snapshotReader) next() ([]byte, error) {
	if line := s.lines.Bytes(); s.number > 0 {
		s.before = crc32.Update(crc32.Update(s.before, s.sum, line), s.sum, []byte{'\n'})
	}
	s.number++
	if s.lines.Scan() {
		return s.lines.Bytes(), nil
	}
	if err := s.lines.Err(); err != nil {
		return nil, fmt.Errorf("dnscache: load: %w: line %d: %w", ErrSnapshot, s.number, err)
	}
	return nil, s.fail("cut off")
}

func (s *snapshotReader) fail(format string, args ...any) error {
	return fmt.Errorf("dnscache: load: %w: line %d: %s", ErrSnapshot, s.number, fmt.Sprintf(format, args...))
}

func (s *snapshotReader) end(line []byte, names int) error {
	var end snapshotEnd
	if err := decode(line, &end); err != nil || end.Names == nil {
		return s.fail("no end of a snapshot")
	}
	if *end.Names != names {
		return s.fail("%d names instead of %d", names, *end.Names)
	}
	if sum := fmt.Sprintf("%08x", s.before); end.CRC32 != sum {
		return s.fail("checksum %s instead of %q", sum, end.CRC32)
	}
	if s.lines.Scan() {
		s.number++
		return s.fail("text after the end")
	}
	if err := s.lines.Err(); err != nil {
		return fmt.Errorf("dnscache: load: %w: %w", ErrSnapshot, err)
	}
	return nil
}

// name reads the line of one name and keeps what may still be used.
func (s *snapshotReader) name(line []byte) error {
	var n snapshotName
	if err := decode(line, &n); err != nil {
		return s.fail("%v", err)
	}
	if why := n.check(); why != "" {
		return s.fail("%s", why)
	}
	s.keep(&n)
	return nil
}

// keep keeps of a name what may still be used.
func (s *snapshotReader) keep(n *snapshotName) {
	a, reason := n.answer(s.now)
	if s.r.check(a) != nil {
		return // saved by a Resolver that allowed it
	}
	b := s.r.bounds
	if b.maxEntries < 0 || reason == nil && b.maxTTL < 0 {
		return
	}
	b.minTTL = -1 // the floor was applied when the name was stored
	e, left := newEntry(n.Name, a, reason, b)
	if left = min(left, n.Expires.Sub(s.now)); left <= 0 && (reason != nil || -left > b.staleFor) {
		return
	}
	if len(s.kept) >= 2*b.maxEntries {
		s.kept = append(s.kept[:0], s.kept[len(s.kept)-b.maxEntries:]...)
	}
	s.kept = append(s.kept, restored{e, left})
}

// decode reads one line, which must be one value without unknown fields.
func decode(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// check says what is wrong with a line.
func (n *snapshotName) check() string {
	ip, literal, err := parseLiteral(n.Name)
	clean, unclean := cleanName(n.Name)
	switch {
	case err != nil || unclean != nil || clean != bareName(n.Name):
		return fmt.Sprintf("%.300q is no clean name", n.Name)
	case literal:
		return fmt.Sprintf("%v is an address", ip)
	case isLocalhost(clean):
		return fmt.Sprintf("%q is this machine's own", n.Name)
	case len(n.Canonical) > maxCanonical:
		return "canonical name too long"
	case n.RCode != "NOERROR" && n.RCode != rcodeOf(ErrNotFound):
		return fmt.Sprintf("response code %.20q", n.RCode)
	case n.RCode != "NOERROR" && len(n.Addrs)+len(n.HTTPS) > 0:
		return fmt.Sprintf("%q does not exist and has records", n.Name)
	case n.Expires.IsZero():
		return fmt.Sprintf("%q has no end", n.Name)
	}
	lists := [][]netip.Addr{n.Addrs}
	for _, h := range n.HTTPS {
		lists = append(lists, h.IPv4Hint, h.IPv6Hint)
	}
	for _, list := range lists {
		for _, ip := range list {
			if !ip.IsValid() {
				return fmt.Sprintf("%q has an invalid address", n.Name)
			}
		}
	}
	return ""
}

// answer is what the line says, as a source would.
func (n *snapshotName) answer(now time.Time) (Answer, error) {
	ttl := n.Expires.Sub(now)
	a := Answer{Name: bareName(n.Name), Canonical: n.Canonical, RCode: n.RCode, TTL: ttl}
	for _, h := range n.HTTPS {
		if left := h.Expires.Sub(now); left > 0 {
			a.HTTPS = append(a.HTTPS, HTTPS{
				Priority: h.Priority, Target: h.Target, ALPN: h.ALPN, NoDefaultALPN: h.NoDefaultALPN, Port: h.Port,
				IPv4Hint: h.IPv4Hint, IPv6Hint: h.IPv6Hint, ECH: h.ECH, TTL: left,
			})
		}
	}
	switch {
	case n.RCode != "NOERROR":
		return a, ErrNotFound
	case len(n.Addrs) == 0:
		return a, ErrNoAddress
	}
	if a.Canonical == "" {
		a.Canonical = a.Name
	}
	for _, ip := range n.Addrs {
		a.Addrs = append(a.Addrs, Addr{IP: ip, TTL: ttl})
	}
	return a, nil
}
