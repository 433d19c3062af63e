package cookies

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// sampled is a jar with a cookie of each kind, and its clock.
func sampled(t testing.TB) (*Jar, *clock) {
	t.Helper()
	j, c := newJar()
	set := func(r *Request, lines ...string) {
		for _, l := range lines {
			c.at = c.at.Add(time.Second)
			if b, ok := j.Keep(r, l); !ok {
				t.Fatal(b)
			}
		}
	}
	set(visit("https://www.a.test/"), "host=1", "domain=2; Domain=a.test; Max-Age=3600", "path=3; Path=/x", `quoted="a b"`, "=bare", "empty=",
		"all=4; Secure; HttpOnly; SameSite=Strict; Priority=High", "__Host-x=5; Secure; Path=/", "bytes=\xe4\xff", "low=6; Priority=Low; SameSite=Lax", "eq=a=b=", "uml=ä")
	set(visit("http://[2001:db8::1]/"), "v6=1")
	set(visit("http://192.0.2.1/"), "v4=1")
	set(part("https://top.test/", "https://www.a.test/"), "part=1; Secure; SameSite=None; Partitioned")
	set(visit("https://www.a.test/"), "part=2; Secure; SameSite=None; Partitioned")
	return j, c
}

func list(j *Jar) (out []Cookie) {
	for c := range j.All() {
		c.Created, c.LastUsed, c.Expires = c.Created.UTC(), c.LastUsed.UTC(), c.Expires.UTC()
		out = append(out, c)
	}
	return out
}

func TestWriteAndRead(t *testing.T) {
	j, c := sampled(t)
	var b bytes.Buffer
	if err := j.Write(&b); err != nil {
		t.Fatal(err)
	}
	k := &Jar{Now: c.now}
	if err := k.Read(bytes.NewReader(b.Bytes())); err != nil {
		t.Fatal(err)
	}
	if got, want := list(k), list(j); !slices.Equal(got, want) {
		t.Errorf("read:\n got %+v\nwant %+v", got, want)
	}
	if err := k.Read(bytes.NewReader(b.Bytes())); err != nil || k.Len() != j.Len() {
		t.Errorf("read again: %v, %d cookies, want %d", err, k.Len(), j.Len())
	}
	c.at = c.at.Add(2 * time.Hour)
	late := &Jar{Now: c.now}
	if err := late.Read(bytes.NewReader(b.Bytes())); err != nil || late.Len() != j.Len()-1 {
		t.Errorf("read later: %v, %d cookies, want %d", err, late.Len(), j.Len()-1)
	}
	if err := j.Write(failing{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Write: %v", err)
	}
	if err := k.Read(iotest.ErrReader(io.ErrNoProgress)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("Read: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// A damaged file says where, and all that is whole is loaded.
func TestReadDamaged(t *testing.T) {
	j, c := sampled(t)
	var b bytes.Buffer
	j.Write(&b)
	lines := strings.SplitAfter(b.String(), "\n")
	lines = lines[:len(lines)-1]
	n := j.Len()
	tests := []struct {
		name string
		text string
		err  string // its end
		len  int
	}{
		{"empty", "", "read: line 1: not a file of cookies as Jar.Write writes it", 0},
		{"another format", "# Netscape HTTP Cookie File\n", "read: line 1: not a file of cookies as Jar.Write writes it", 0},
		{"another version", `{"format":"pageload cookies","version":2}` + "\n" + lines[1], "read: version 2, this is for version 1", 0},
		{"cut at a line", strings.Join(lines[:5], ""), "line 6: the file ends in its middle, after 4 cookies", 4},
		{"cut in a line", strings.Join(lines[:5], "") + lines[5][:20], "line 6: unexpected end of JSON input (and 1 more)", 4},
		{"a line lost", strings.Join(slices.Delete(slices.Clone(lines), 3, 4), ""), fmt.Sprintf("line %d: %d cookies were written, here are %d", n+1, n, n-1), n - 1},
		{"no JSON", strings.Join(slices.Replace(slices.Clone(lines), 3, 4, "oops\n"), ""), "line 4: invalid character 'o' looking for beginning of value", n - 1},
		{"no domain", strings.Join(slices.Replace(slices.Clone(lines), 3, 4, `{"name":"a"}`+"\n"), ""), `line 4: cookie "a" for "": no valid domain`, n - 1},
		{"SameSite", strings.Join(slices.Replace(slices.Clone(lines), 3, 4, `{"name":"a","domain":"a.test","sameSite":"Maybe"}`+"\n"), ""), `line 4: sameSite is "Maybe"`, n - 1},
		{"priority", strings.Join(slices.Replace(slices.Clone(lines), 3, 4, `{"name":"a","domain":"a.test","priority":"Top"}`+"\n"), ""), `line 4: priority is "Top"`, n - 1},
		{"partition", strings.Join(slices.Replace(slices.Clone(lines), 3, 4, `{"name":"a","domain":"a.test","crossSite":true}`+"\n"), ""), "line 4: crossSite without partition", n - 1},
		{"a long line", strings.Join(slices.Replace(slices.Clone(lines), 3, 4, strings.Repeat("x", 1<<20)+"\n"), ""), "line 4: longer than 131072 bytes (and 1 more)", n - 1},
		{"more behind", b.String() + lines[1], fmt.Sprintf("line %d: something after the end", n+3), n},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := &Jar{Now: c.now}
			keepAll(t, k, visit("https://before.test/"), "stays=1")
			err := k.Read(strings.NewReader(tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), "cookies: read: ") || !strings.HasSuffix(err.Error(), tt.err) {
				t.Errorf("error %q, want its end %q", err, tt.err)
			}
			if k.Len() != tt.len+1 {
				t.Errorf("%d cookies, want the one from before and %d", k.Len(), tt.len)
			}
			wantField(t, k, visit("https://before.test/"), "stays=1")
		})
	}
}

func TestNetscape(t *testing.T) {
	j, c := sampled(t)
	var b strings.Builder
	if err := j.WriteNetscape(&b); err != nil {
		t.Fatal(err)
	}
	k := &Jar{Now: c.now}
	if err := k.ReadNetscape(strings.NewReader(b.String())); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	var want []Cookie
	for _, c := range list(j) {
		if c.Partition == (Partition{}) {
			want = append(want, c)
		}
	}
	got := list(k)
	for _, l := range [][]Cookie{got, want} { // without what the format cannot say
		for i := range l {
			l[i].SameSite, l[i].Priority, l[i].Created, l[i].LastUsed = 0, 0, time.Time{}, time.Time{}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("read:\n got %+v\nwant %+v\n%s", got, want, b.String())
	}
	if n := strings.Count(b.String(), "# left out"); n != 2 {
		t.Errorf("%d comments on what was left out, want 2:\n%s", n, b.String())
	}
	if err := j.WriteNetscape(failing{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("WriteNetscape: %v", err)
	}
}

// Files as curl, wget, browsers' extensions and editors write them.
func TestReadNetscape(t *testing.T) {
	tests := []struct{ name, text, want, err string }{
		{"curl", "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n#HttpOnly_.a.test\tTRUE\t/\tTRUE\t1999999999\tsid\tx y\n", "sid=x y", ""},
		{"no newline at the end, CRLF", "a.test\tFALSE\t/\tFALSE\t0\ta\t1\r\na.test\tFALSE\t/\tFALSE\t0\tb\t2", "a=1; b=2", ""},
		{"empty value cut off", "a.test\tFALSE\t/\tFALSE\t0\ta\n", "a=", ""},
		{"no name", "a.test\tFALSE\t/\tFALSE\t0\t\tbare\n", "bare", ""},
		{"fraction", "a.test\tFALSE\t/\tFALSE\t1999999999.5\ta\t1\n", "a=1", ""},
		{"expired", "a.test\tFALSE\t/\tFALSE\t1\ta\t1\na.test\tFALSE\t/\tFALSE\t-1\tb\t1\n", "", ""},
		{"far away", "a.test\tFALSE\t/\tFALSE\t1e300\ta\t1\n", "a=1", ""},
		{"the second line is bad", "a.test\tFALSE\t/\tFALSE\t0\ta\t1\nrubbish\na.test\tFALSE\t/\tFALSE\t0\tb\t1\n", "a=1; b=1", "line 2: 1 fields between tabs, want 7: domain, subdomains, path, secure, expires, name, value"},
		{"bad boolean", "a.test\tYES\t/\tFALSE\t0\ta\t1\n", "", `line 1: subdomains is "YES", want TRUE or FALSE`},
		{"bad secure", "a.test\tTRUE\t/\t1\t0\ta\t1\n", "", `line 1: secure is "1", want TRUE or FALSE`},
		{"bad time", "a.test\tTRUE\t/\tTRUE\tsoon\ta\t1\na.test\tTRUE\t/\tTRUE\tNaN\ta\t1\n", "", `line 1: expires is "soon", want seconds since 1970 (and 1 more)`},
		{"public suffix", ".co.uk\tTRUE\t/\tTRUE\t0\ta\t1\n", "", `line 1: cookie "a" for "co.uk": its domain is a public suffix, a name of one label or an address: it must be host-only`},
		{"binary", "\x00\x01\x02\n", "", "line 1: 1 fields between tabs, want 7: domain, subdomains, path, secure, expires, name, value"},
		{"long line", strings.Repeat("x", 1<<20) + "\na.test\tFALSE\t/\tFALSE\t0\ta\t1\n", "a=1", "line 1: longer than 131072 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, _ := newJar()
			err := j.ReadNetscape(strings.NewReader(tt.text))
			want := ""
			if tt.err != "" {
				want = "cookies: read cookies.txt: " + tt.err
			}
			if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
				t.Errorf("error %q, want %q", got, want)
			}
			wantField(t, j, visit("https://a.test/"), tt.want)
		})
	}
}
