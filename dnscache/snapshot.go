package dnscache

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// A snapshot is lines of JSON: a head, a line for each name, those to be dropped first at the top, and an end with the
// number of names and a checksum of all lines before it, since a file may be cut anywhere. Times are absolute: the next
// process has another monotonic clock.
const (
	snapshotFormat  = "dnscache snapshot"
	snapshotVersion = 1
	maxSnapshotLine = 1 << 20 // an answer over TCP has 64 KB, some 4,000 addresses
	maxCanonical    = 1024    // 255 octets, each as \ddd
)

type snapshotHead struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Saved   time.Time `json:"saved"`
}

type snapshotName struct {
	Name      string          `json:"name"` // with the trailing dot that the caller wrote
	Canonical string          `json:"canonical,omitempty"`
	Addrs     []netip.Addr    `json:"addrs,omitempty"`
	RCode     string          `json:"rcode"` // NXDOMAIN, or NOERROR, which without addresses is that there are none
	Expires   time.Time       `json:"expires"`
	HTTPS     []snapshotHTTPS `json:"https,omitempty"`
}

type snapshotHTTPS struct {
	Priority      uint16       `json:"priority"`
	Target        string       `json:"target"`
	ALPN          []string     `json:"alpn,omitempty"`
	NoDefaultALPN bool         `json:"noDefaultALPN,omitempty"`
	Port          uint16       `json:"port,omitempty"`
	IPv4Hint      []netip.Addr `json:"ipv4hint,omitempty"`
	IPv6Hint      []netip.Addr `json:"ipv6hint,omitempty"`
	ECH           []byte       `json:"ech,omitempty"`
	Expires       time.Time    `json:"expires"`
}

type snapshotEnd struct {
	Names *int   `json:"names"`
	CRC32 string `json:"crc32c"`
}

// Save writes what the cache has to a file that [Resolver.Load] reads, readable by its owner only: it says where somebody
// has been. The file is complete or stays as it was. Failures are not saved.
func (r *Resolver) Save(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("dnscache: save: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	err = r.WriteSnapshot(f)
	if closing := f.Close(); err == nil && closing != nil {
		err = fmt.Errorf("dnscache: save: %w", closing)
	}
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("dnscache: save: %w", err)
	}
	return nil
}

// WriteSnapshot writes what Save would. Lookups go on meanwhile.
func (r *Resolver) WriteSnapshot(w io.Writer) error {
	r.setup.Do(r.init)
	now := time.Now()
	names := r.cache.snapshot(now, r.bounds.staleFor)
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	out := bufio.NewWriter(w)
	line := func(v any) error {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("dnscache: save: %w", err)
		}
		b = append(b, '\n')
		sum.Write(b) // never fails
		if _, err := out.Write(b); err != nil {
			return fmt.Errorf("dnscache: save: %w", err)
		}
		return nil
	}
	if err := line(snapshotHead{snapshotFormat, snapshotVersion, now.UTC()}); err != nil {
		return err
	}
	for i := range names {
		if err := line(&names[i]); err != nil {
			return err
		}
	}
	n := len(names)
	if err := line(snapshotEnd{&n, fmt.Sprintf("%08x", sum.Sum32())}); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("dnscache: save: %w", err)
	}
	return nil
}

// snapshot lists what may be used at now or be served stale, the oldest first.
func (c *cache) snapshot(now time.Time, staleFor time.Duration) []snapshotName {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.table.Load()
	if t == nil {
		return nil
	}
	list := make([]snapshotName, 0, t.live)
	for e := c.list.oldest; e != nil; e = e.prev {
		left := t.left(e, now)
		if e.missing == noReply || left <= 0 && (e.missing != nothing || -left > staleFor) {
			continue
		}
		if n, ok := e.saved(left, now); ok {
			list = append(list, n)
		}
	}
	return list
}

// saved returns the line of an entry; ok is false where it is larger than any answer.
func (e *entry) saved(left time.Duration, now time.Time) (n snapshotName, ok bool) {
	n = snapshotName{Name: e.key(), Canonical: e.canonical, Addrs: e.ips, RCode: "NOERROR", Expires: now.Add(left).UTC()}
	if e.missing == noName {
		n.RCode = rcodeOf(ErrNotFound)
	}
	size := 200 + 6*len(n.Canonical) + 64*len(n.Addrs)
	if e.more != nil {
		age := e.end - left - e.more.stored
		for _, h := range e.more.https {
			s := snapshotHTTPS{
				Priority: h.Priority, Target: h.Target, ALPN: h.ALPN, NoDefaultALPN: h.NoDefaultALPN, Port: h.Port,
				IPv4Hint: h.IPv4Hint, IPv6Hint: h.IPv6Hint, ECH: h.ECH, Expires: now.Add(h.TTL - age).UTC(),
			}
			size += 300 + 6*len(h.Target) + 2*len(h.ECH) + 64*(len(h.IPv4Hint)+len(h.IPv6Hint)+16*len(h.ALPN))
			n.HTTPS = append(n.HTTPS, s)
		}
	}
	return n, size <= maxSnapshotLine && len(n.Canonical) <= maxCanonical
}

// ErrSnapshot says that a file is no snapshot, or is damaged, cut or of another version.
var ErrSnapshot = errors.New("unusable snapshot")
