package dnscache_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

var snapshotZone = dnstest.Zone{
	"a.test":     {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1"), TTL: 10 * time.Minute},
	"alias.test": {CNAME: "a.test", TTL: 20 * time.Minute},
	"brief.test": {Addrs: dnstest.IPs("192.0.2.2"), TTL: 2 * time.Minute},
	"empty.test": {NegativeTTL: 4 * time.Minute},
	"none.test":  {RCode: "NXDOMAIN", NegativeTTL: 4 * time.Minute},
	"dead.test":  {RCode: "SERVFAIL"},
}

func TestSnapshotStartsWarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "names")
		first, _ := resolver(snapshotZone)
		for name := range snapshotZone {
			first.Lookup(ctx, name)
		}
		if err := first.Save(path); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("file: %v, %v, want mode 0600", info.Mode(), err)
		}
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
			t.Errorf("%d files beside each other, want 1", len(files))
		}

		time.Sleep(3 * time.Minute)
		second, src := resolver(snapshotZone)
		if err := second.Load(path); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name  string
			err   error
			left  time.Duration // zero: not there any more
			alias string
		}{
			{"a.test", nil, 7 * time.Minute, "a.test"},
			{"alias.test", nil, 7 * time.Minute, "a.test"},
			{"brief.test", nil, 0, "brief.test"},
			{"empty.test", dnscache.ErrNoAddress, time.Minute, ""},
			{"none.test", dnscache.ErrNotFound, time.Minute, ""},
			{"dead.test", nil, 0, ""},
		}
		for _, tt := range tests {
			a, err := second.Lookup(ctx, tt.name)
			warm := src.Asked(tt.name) == 0
			if warm != (tt.left > 0) || warm && (a.TTL != tt.left || a.Level != dnscache.Browser) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("%s: asked %d times, %v with %v left, %v, want %v left, %v", tt.name, src.Asked(tt.name), a.Level, a.TTL, err, tt.left, tt.err)
			}
			if err == nil && a.Canonical != tt.alias {
				t.Errorf("%s: canonical %q, want %q", tt.name, a.Canonical, tt.alias)
			}
		}
	})
}

func TestSnapshotHasHTTPSRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := withHTTPS(time.Hour, 10*time.Minute)
		want := mustLookup(t, first, "a.test").HTTPS
		var b bytes.Buffer
		if err := first.WriteSnapshot(&b); err != nil {
			t.Fatal(err)
		}
		second, _ := resolver(nil)
		if err := second.ReadSnapshot(&b); err != nil {
			t.Fatal(err)
		}
		if got := mustLookup(t, second, "a.test").HTTPS; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("HTTPS records %+v, want %+v", got, want)
		}
	})
}

func TestSnapshotKeepsOrderOfUse(t *testing.T) {
	first, _ := resolver(dnstest.Zone{"*.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: time.Hour}})
	for i := range 10 {
		mustLookup(t, first, fmt.Sprintf("n%d.test", i))
	}
	var b bytes.Buffer
	if err := first.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	second, src := resolver(dnstest.Zone{"*.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: time.Hour}})
	second.MaxEntries = 3
	if err := second.ReadSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"n7.test", "n8.test", "n9.test", "n6.test"} {
		mustLookup(t, second, name)
	}
	if got := src.Asked("n7.test") + src.Asked("n8.test") + src.Asked("n9.test"); got != 0 || src.Asked("n6.test") != 1 {
		t.Errorf("asked %d times for the newest three and %d for the one before, want 0 and 1", got, src.Asked("n6.test"))
	}
}

// What a snapshot says goes through the bounds of who reads it.
func TestSnapshotObeysReader(t *testing.T) {
	save := func(name, ip string) string {
		r, _ := resolver(dnstest.Zone{name: {Addrs: dnstest.IPs(ip), TTL: 20 * time.Minute}})
		mustLookup(t, r, name)
		var b bytes.Buffer
		if err := r.WriteSnapshot(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	tests := []struct {
		name     string
		snapshot string
		r        *dnscache.Resolver
		warm     bool
		left     time.Duration
	}{
		{"as it is", save("a.example", "192.0.2.1"), &dnscache.Resolver{}, true, 20 * time.Minute},
		{"ceiling", save("a.example", "192.0.2.1"), &dnscache.Resolver{MaxTTL: time.Minute}, true, time.Minute},
		{"no addresses remembered", save("a.example", "192.0.2.1"), &dnscache.Resolver{MaxTTL: -1, StaleFor: time.Hour}, false, 0},
		{"nothing remembered", save("a.example", "192.0.2.1"), &dnscache.Resolver{MaxEntries: -1}, false, 0},
		{"private address", save("a.example", "10.0.0.1"), &dnscache.Resolver{RefusePrivate: true}, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := &dnstest.Source{Zone: dnstest.Zone{"a.example": {RCode: "SERVFAIL"}}}
			tt.r.Sources = []dnscache.Source{asked}
			if err := tt.r.ReadSnapshot(strings.NewReader(tt.snapshot)); err != nil {
				t.Fatal(err)
			}
			a, err := tt.r.Lookup(ctx, "a.example")
			if warm := err == nil; warm != tt.warm || a.TTL > tt.left && warm || a.TTL < tt.left-time.Minute/2 {
				t.Errorf("Lookup = %+v, %v, want warm %v with %v left", a, err, tt.warm, tt.left)
			}
		})
	}
}

func TestSnapshotDamaged(t *testing.T) {
	r, _ := resolver(snapshotZone)
	mustLookup(t, r, "a.test")
	mustLookup(t, r, "brief.test")
	var b bytes.Buffer
	if err := r.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	lines := strings.SplitAfter(whole, "\n")
	tests := []struct {
		name, in string
		why      string
	}{
		{"empty", "", "line 1: cut off"},
		{"something else", "hello\n", "line 1: no head"},
		{"JSON of something else", "{}\n", "line 1: no head"},
		{"other version", strings.Replace(whole, `"version":1`, `"version":2`, 1), "line 1: version 2"},
		{"head only", lines[0], "line 2: cut off"},
		{"cut within a line", whole[:len(lines[0])+20], "line 2: "},
		{"cut between lines", lines[0] + lines[1], "line 3: cut off"},
		{"line missing", lines[0] + lines[1] + lines[3], "line 3: 1 names instead of 2"},
		{"line twice", lines[0] + lines[1] + lines[1] + lines[3], "line 4: checksum"},
		{"bit turned", strings.Replace(whole, "192.0.2.1", "192.0.2.9", 1), "line 4: checksum"},
		{"text after it", whole + "x\n", "line 5: text after the end"},
		{"line too long", lines[0] + strings.Repeat("x", 2<<20), "line 2: bufio.Scanner: token too long"},
		{"bad address", strings.Replace(whole, "192.0.2.1", "192.0.2.300", 1), "line 2: "},
		{"unknown field", strings.Replace(whole, `"rcode"`, `"code"`, 1), `line 2: json: unknown field "code"`},
		{"unclean name", strings.Replace(whole, `"a.test"`, `"A.test"`, 1), "is no clean name"},
		{"name is an address", strings.Replace(whole, `"a.test"`, `"127.1"`, 1), "is an address"},
		{"localhost", strings.Replace(whole, `"a.test"`, `"localhost"`, 1), "this machine's own"},
		{"unknown code", strings.Replace(whole, "NOERROR", "MAYBE", 1), `response code "MAYBE"`},
		{"no name and addresses", strings.Replace(whole, "NOERROR", "NXDOMAIN", 1), "does not exist and has records"},
		{"null", lines[0] + "null\n", "is no clean name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, src := resolver(snapshotZone)
			mustLookup(t, r, "a.test")
			err := r.ReadSnapshot(strings.NewReader(tt.in))
			if !errors.Is(err, dnscache.ErrSnapshot) || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("error %v, want ErrSnapshot with %q", err, tt.why)
			}
			mustLookup(t, r, "a.test")
			if src.Asked("a.test") != 2 {
				t.Errorf("asked %d times, want 2: the cache is empty", src.Asked("a.test"))
			}
		})
	}
}

func TestSnapshotUnreadable(t *testing.T) {
	r, src := resolver(snapshotZone)
	mustLookup(t, r, "a.test")
	if err := r.Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load of no file: %v", err)
	}
	mustLookup(t, r, "a.test")
	if src.Asked("a.test") != 1 {
		t.Error("a file that is not there has emptied the cache")
	}
	broken := errors.New("disk on fire")
	if err := r.ReadSnapshot(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("ReadSnapshot: %v, want %v", err, broken)
	}
	if err := r.Save(filepath.Join(t.TempDir(), "no", "such", "folder")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Save: %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.Save(filepath.Join(dir, "taken")); err == nil {
		t.Error("Save over a folder: no error")
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("a failed Save left %d files, want 1", len(files))
	}
}

// FuzzSnapshot checks that text is either read or leaves the cache empty, and that what was read is written and read again
// the same.
func FuzzSnapshot(f *testing.F) {
	for _, r := range []*dnscache.Resolver{{}, withHTTPS(time.Hour, time.Hour)} {
		if r.Sources == nil {
			r.Sources = []dnscache.Source{&dnstest.Source{Zone: snapshotZone}}
		}
		for name := range snapshotZone {
			r.Lookup(ctx, name)
		}
		var b bytes.Buffer
		if err := r.WriteSnapshot(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(`{"format":"dnscache snapshot","version":1,"saved":"2026-01-01T00:00:00Z"}` + "\n" + `{"names":0,"crc32c":"00000000"}` + "\n"))
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := &dnscache.Resolver{Sources: []dnscache.Source{}, StaleFor: 1 << 62}
		err := r.ReadSnapshot(bytes.NewReader(text))
		if err != nil && !errors.Is(err, dnscache.ErrSnapshot) {
			t.Fatalf("error %v is no ErrSnapshot", err)
		}
		first := written(t, r)
		if err != nil && len(first) != 2 {
			t.Fatalf("after %v the cache has %d names", err, len(first)-2)
		}
		again := &dnscache.Resolver{Sources: []dnscache.Source{}, StaleFor: 1 << 62}
		if err := again.ReadSnapshot(strings.NewReader(strings.Join(first, ""))); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		if second := written(t, again); len(second) != len(first) {
			t.Fatalf("written again: %d names instead of %d", len(second)-2, len(first)-2)
		}
	})
}

func written(t *testing.T, r *dnscache.Resolver) []string {
	var b bytes.Buffer
	if err := r.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
}
