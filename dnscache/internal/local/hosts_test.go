package local

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// parse returns the table of a text that must be readable.
func parse(t *testing.T, text string) table {
	t.Helper()
	tab, err := parseHosts(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parseHosts(%q): %v", text, err)
	}
	return tab
}

// describe writes an entry as its addresses and canonical name.
func describe(h *hostEntry) string {
	if h == nil {
		return ""
	}
	var s []string
	for _, ip := range slices.Concat(h.v6, h.v4) {
		s = append(s, ip.String())
	}
	return strings.Join(append(s, h.canonical), " ")
}

var hostsTests = []struct{ name, text, ask, want string }{
	{"one", "192.0.2.1 a.test", "a.test", "192.0.2.1 a.test"},
	{"tabs", "192.0.2.1\t\ta.test\n", "a.test", "192.0.2.1 a.test"},
	{"alias", "192.0.2.1 a.test b.test\n", "b.test", "192.0.2.1 a.test"},
	{"capitals", "192.0.2.1 A.Test\n", "a.test", "192.0.2.1 a.test"},
	{"trailing dot", "192.0.2.1 a.test.\n", "a.test", "192.0.2.1 a.test"},
	{"lines add up", "192.0.2.1 a.test\n192.0.2.2 x.test a.test\n", "a.test", "192.0.2.1 192.0.2.2 a.test"},
	{"families", "192.0.2.1 a.test\n2001:db8::1 a.test\n", "a.test", "2001:db8::1 192.0.2.1 a.test"},
	{"twice the same", "192.0.2.1 a.test\n192.0.2.1 a.test a.test\n", "a.test", "192.0.2.1 a.test"},
	{"comment", "# 192.0.2.1 a.test\n", "a.test", ""},
	{"comment behind", "192.0.2.1 b.test # a.test\n", "a.test", ""},
	{"comment at a name", "192.0.2.1 a.test#b.test\n", "a.test", "192.0.2.1 a.test"},
	{"CRLF", "192.0.2.1 a.test\r\n192.0.2.2 b.test\r\n", "a.test", "192.0.2.1 a.test"},
	{"indented", "  192.0.2.1 a.test\n", "a.test", "192.0.2.1 a.test"},
	{"no address", "a.test b.test\n192.0.2.1 a.test", "a.test", "192.0.2.1 a.test"},
	{"address alone", "192.0.2.1\n", "", ""},
	{"zone", "fe80::1%lo a.test\n", "a.test", "fe80::1%lo a.test"},
	{"mapped", "::ffff:192.0.2.1 a.test\n", "a.test", "192.0.2.1 a.test"},
	{"blocked", "0.0.0.0 a.test\n", "a.test", "0.0.0.0 a.test"},
	{"long line", "192.0.2.1 a.test " + strings.Repeat("x", 5000) + " b.test\n192.0.2.2 a.test", "b.test", "192.0.2.1 a.test"},
	{"other names", "192.0.2.1 aa.test a\n", "a.test", ""},
	{"empty", "", "a.test", ""},
	{"only a dot", "192.0.2.1 .\n", "", ""},
}

func TestParseHosts(t *testing.T) {
	for _, tt := range hostsTests {
		t.Run(tt.name, func(t *testing.T) {
			if got := describe(parse(t, tt.text)[tt.ask]); got != tt.want {
				t.Errorf("%q in %q = %q, want %q", tt.ask, tt.text, got, tt.want)
			}
		})
	}
}

// FuzzParseHosts checks that a file says the same with all its white space and capitals changed, and that every address
// of a name stands on a line with it.
func FuzzParseHosts(f *testing.F) {
	for _, tt := range hostsTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tab := parse(t, text)
		for name, h := range tab {
			if len(h.v4)+len(h.v6) == 0 || name == "" {
				t.Fatalf("%q has %q", name, describe(h))
			}
			for _, ip := range slices.Concat(h.v4, h.v6) {
				if !stands(text, name, ip) {
					t.Fatalf("%q: no line of %q has %v", name, text, ip)
				}
			}
		}
		if strings.ToLower(text) != text || strings.ContainsAny(text, "%") { // zones of IPv6 addresses have case
			return
		}
		other := parse(t, strings.ReplaceAll(strings.ReplaceAll(text, "\n", " \r\n\t"), " ", "\t "))
		for name, h := range tab {
			if got, want := describe(other[name]), describe(h); got != want {
				t.Fatalf("%q with other white space = %q, want %q", name, got, want)
			}
		}
	})
}

// stands reports whether a line of text has both the address and the name.
func stands(text, name string, ip netip.Addr) bool {
	for line := range strings.SplitSeq(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\v\f", r) }) // as C's isspace has it: U+0085 is none
		if len(words) == 0 {
			continue
		}
		first, err := netip.ParseAddr(words[0])
		if err == nil && first.Unmap() == ip && slices.ContainsFunc(words[1:], func(w string) bool { return hostsName(w) == name }) {
			return true
		}
	}
	return false
}

func TestHostsReadAgainWhenChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	var h Hosts
	ask := func(want string) {
		t.Helper()
		ips, _, err := h.Lookup(path, "a.test")
		var s []string
		for _, ip := range ips {
			s = append(s, ip.String())
		}
		if got := strings.Join(s, " "); got != want || err != nil {
			t.Errorf("a.test = %q, %v, want %q", got, err, want)
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ask("") // no file
	write("192.0.2.1 a.test\n")
	ask("192.0.2.1")
	write("192.0.2.2 a.test\n") // same size, and maybe the same time
	ask("192.0.2.2")

	past := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	ask("192.0.2.2")
	read := h.file.read
	ask("192.0.2.2")
	if h.file.read != read {
		t.Error("an old file was read again without change")
	}
	write("192.0.2.3 a.test\n")
	ask("192.0.2.3")

	other := path + ".new"
	if err := os.WriteFile(other, []byte("192.0.2.4 a.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	ask("192.0.2.4")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	ask("")
}

func TestHostsReportsWhatItCannotRead(t *testing.T) {
	var h Hosts
	if _, _, err := h.Lookup(t.TempDir(), "a.test"); err == nil || !strings.Contains(err.Error(), "hosts file") {
		t.Errorf("Lookup in a folder: %v, want an error that says hosts file", err)
	}
}

func BenchmarkHostsLookup(b *testing.B) {
	path := filepath.Join(b.TempDir(), "hosts")
	if err := os.WriteFile(path, []byte("192.0.2.1 a.test\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, past, past); err != nil {
		b.Fatal(err)
	}
	var h Hosts
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := h.Lookup(path, "a.test"); err != nil {
			b.Fatal(err)
		}
	}
}
