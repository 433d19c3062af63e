package cookies

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/parse/weburl"
)

// A test's clock, and what it asks for in the words of its cases.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newJar() (*Jar, *clock) {
	c := &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	return &Jar{Now: c.now}, c
}

// visit is a request of the user for a page.
func visit(u string) *Request {
	return &Request{URL: weburl.MustParse(u), Navigation: true, ByUser: true}
}

// part is a request that a page makes.
func part(page, u string) *Request {
	o := weburl.MustParse(page).Origin()
	return &Request{URL: weburl.MustParse(u), Initiator: o, TopLevel: o}
}

func keepAll(t *testing.T, j *Jar, r *Request, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if b, ok := j.Keep(r, l); !ok {
			t.Errorf("Keep(%s, %q): %v", r.URL, l, b.Reasons)
		}
	}
}

func wantField(t *testing.T, j *Jar, r *Request, want string) {
	t.Helper()
	if got, blocked := j.Field(r); got != want {
		t.Errorf("Field(%s) = %q, want %q; held back %v", r.URL, got, want, blocked)
	}
}

func names(list []Blocked) (out []string) {
	for _, b := range list {
		out = append(out, b.Name+": "+b.Reasons.String())
	}
	return out
}

func TestLifetime(t *testing.T) {
	j, c := newJar()
	r := visit("https://a.test/")
	keepAll(t, j, r, "session=1", "short=1; Max-Age=10", "long=1; Max-Age=99999999999", "far=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT")
	wantField(t, j, r, "session=1; short=1; long=1; far=1")
	c.at = c.at.Add(10 * time.Second)
	wantField(t, j, r, "session=1; long=1; far=1")
	c.at = c.at.Add(400*24*time.Hour - 11*time.Second)
	wantField(t, j, r, "session=1; long=1; far=1")
	c.at = c.at.Add(time.Second)
	wantField(t, j, r, "session=1")
	keepAll(t, j, r, "session=; Max-Age=0")
	wantField(t, j, r, "")
	keepAll(t, j, visit("https://b.test/"), "none=; Max-Age=0")
	if j.Len() != 3 { // which have expired, and nobody came upon them
		t.Errorf("%d cookies", j.Len())
	}
	keepAll(t, j, r, "short=; Max-Age=0", "long=2")
	if j.Len() != 2 {
		t.Errorf("%d cookies", j.Len())
	}
}

func TestSchemefulReasons(t *testing.T) {
	j, c := newJar()
	keepAll(t, j, visit("http://a.test/"), "s=1; SameSite=Strict", "l=1; SameSite=Lax", "u=1")
	c.at = c.at.Add(3 * time.Minute)
	_, blocked := j.Field(part("https://a.test/", "http://a.test/i.png"))
	want := []string{"s: SchemefulSameSiteStrict", "l: SchemefulSameSiteLax", "u: SchemefulSameSiteUnspecifiedTreatedAsLax"}
	if got := names(blocked); !slices.Equal(got, want) {
		t.Errorf("another scheme: %q, want %q", got, want)
	}
	_, blocked = j.Field(part("https://b.test/", "http://a.test/i.png"))
	want = []string{"s: SameSiteStrict", "l: SameSiteLax", "u: SameSiteUnspecifiedTreatedAsLax"}
	if got := names(blocked); !slices.Equal(got, want) {
		t.Errorf("another site: %q, want %q", got, want)
	}
	if b, ok := j.Keep(part("https://a.test/", "http://a.test/i.png"), "x=1; SameSite=Strict"); ok || b.Reasons != SchemefulSameSiteStrict {
		t.Errorf("set from another scheme: %v", b.Reasons)
	}
}

func TestRefusedLines(t *testing.T) {
	tests := []struct {
		line string
		want Reasons
	}{
		{"", NoCookieContent}, {"=", NoCookieContent}, {"  = ; Path=/", NoCookieContent},
		{"a=b\x00", DisallowedCharacter}, {"a=b\x01; Path=/", DisallowedCharacter}, {"a=b; x=\x1f", DisallowedCharacter}, {"a=\x7f", DisallowedCharacter},
		{"a\tb=1", DisallowedCharacter}, {"a=1\t2", DisallowedCharacter},
		{"a=" + strings.Repeat("v", 4096), NameValuePairExceedsMaxSize}, {strings.Repeat("n", 1<<20) + "=1", NameValuePairExceedsMaxSize},
		{strings.Repeat("v", 1<<20), NameValuePairExceedsMaxSize},
		{"a=1; Domain=b.test", InvalidDomain}, {"a=1; Domain=test", InvalidDomain}, {"a=1; Domain=x.a.test", InvalidDomain},
		{"a=1; Domain=%61.test", InvalidDomain}, {"a=1; Domain=ä.test", InvalidDomain}, {"a=1; Domain=..a.test", InvalidDomain},
		{"__Secure-a=1", InvalidPrefix}, {"__host-a=1; Secure", InvalidPrefix}, {"__Host-a=1; Secure; Path=/; Domain=a.test", InvalidPrefix},
		{"__Http-a=1; Secure", InvalidPrefix}, {"__Host-Http-a=1; Secure; Path=/", InvalidPrefix}, {"=__Secure-a=1; Secure", InvalidPrefix},
		{"a=1; SameSite=None", SameSiteNoneInsecure}, {"a=1; Partitioned; SameSite=None", InvalidPartitioned},
		{"a=1; Domain=b.test; Partitioned", InvalidDomain | InvalidPartitioned},
	}
	j, _ := newJar()
	if b, ok := j.Keep(&Request{URL: weburl.MustParse("https://a.test/")}, "a=1; Secure; SameSite=None; Partitioned"); ok || b.Reasons != InvalidPartitioned {
		t.Errorf("partitioned by a page without a site: %v", b.Reasons)
	}
	for _, tt := range tests {
		j, _ := newJar()
		b, ok := j.Keep(visit("https://a.test/"), tt.line)
		if ok || b.Reasons != tt.want || b.Line != tt.line || j.Len() != 0 {
			t.Errorf("Keep(%.40q) = %v, %v, want %v; the jar has %d", tt.line, b.Reasons, ok, tt.want, j.Len())
		}
	}
}

// The longest that is kept can be saved and read.
func TestLongest(t *testing.T) {
	j, c := newJar()
	r := visit("https://a.test/" + strings.Repeat("x", maxPath-1) + "/x")
	keepAll(t, j, r, strings.Repeat(`"`, 2048)+"="+strings.Repeat(`\`, 2048))
	var b bytes.Buffer
	k := &Jar{Now: c.now}
	if err := errors.Join(j.Write(&b), k.Read(&b)); err != nil || k.Len() != 1 {
		t.Errorf("saved and read: %v", err)
	}
	long := visit("https://a.test/" + strings.Repeat("x", 1<<20) + "/x")
	if b, ok := j.Keep(long, "a=1"); ok || b.Reasons != SyntaxError {
		t.Errorf("for a path of 1 MB: %v, %v", b.Reasons, ok)
	}
	keepAll(t, j, long, "a=1; Path=/")
}

// Attributes that contradict each other: the last one counts, and nothing is a fault.
func TestContradictions(t *testing.T) {
	tests := []struct{ line, want string }{
		{"a=1; Max-Age=0; Max-Age=60", "a=1"}, {"a=1; Max-Age=60; Max-Age=0", ""},
		{"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "a=1"}, {"a=1; Max-Age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", ""},
		{"a=1; Path=/x; Path=/", "a=1"}, {"a=1; Path=/; Path=/x", ""}, {"a=1; Path=/x; Path=", "a=1"},
		{"a=1; Domain=b.test; Domain=a.test", "a=1"}, {"a=1; Domain=a.test; Domain=b.test", ""},
		{"a=1; SameSite=None; SameSite=Strict", "a=1"}, {"a=1; Secure; Secure=no", "a=1"},
		{"a=1; Path=/" + strings.Repeat("x", 1<<20), "a=1"}, {"a=1" + strings.Repeat(";", 100_000), "a=1"},
		{"a=1; " + strings.Repeat("x=y; ", 50_000) + "Max-Age=0", ""},
	}
	for _, tt := range tests {
		j, _ := newJar()
		j.Keep(visit("https://a.test/y"), tt.line)
		if got, _ := j.Field(visit("https://a.test/y")); got != tt.want {
			t.Errorf("%.60q gives Cookie: %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestCloneIsApart(t *testing.T) {
	j, c := newJar()
	a, b := visit("https://a.test/"), visit("https://b.test/")
	keepAll(t, j, a, "x=1", "y=1")
	keepAll(t, j, b, "z=1")
	k := j.Clone()
	keepAll(t, k, a, "x=2", "n=1")
	keepAll(t, j, a, "y=3")
	keepAll(t, j, b, "z=; Max-Age=0")
	wantField(t, j, a, "x=1; y=3")
	wantField(t, k, a, "y=1; x=2; n=1")
	wantField(t, j, b, "")
	wantField(t, k, b, "z=1")
	c.at = c.at.Add(time.Hour)
	wantField(t, k, b, "z=1") // notes its use, in k alone
	l := k.Clone()
	k.Clear()
	if k.Len() != 0 || l.Len() != 4 {
		t.Errorf("%d left after Clear, %d in its clone; want 0 and 4", k.Len(), l.Len())
	}
	wantField(t, l, a, "y=1; x=2; n=1")
	var empty Jar
	if e := empty.Clone(); e.Len() != 0 {
		t.Error("the clone of an empty jar has cookies")
	}
}

// Clones of clones that are used at the same time, for the race detector.
func TestConcurrentUse(t *testing.T) {
	j, _ := newJar()
	j.Now = nil
	r := visit("https://a.test/")
	keepAll(t, j, r, "x=1", "y=1")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			k := j.Clone()
			for n := range 50 {
				k.Keep(r, fmt.Sprintf("c%d=%d", n, i))
				j.Field(r)
				j.Keep(r, fmt.Sprintf("d%d=%d", n, i))
				for range j.All() {
				}
				k = k.Clone()
			}
			if k.Len() < 52 {
				t.Errorf("%d cookies in the last clone", k.Len())
			}
		})
	}
	wg.Wait()
}

func TestListSetRemove(t *testing.T) {
	j, c := newJar()
	c.at = c.at.Add(time.Minute)
	want := []Cookie{
		{Name: "p", Value: "1", Domain: "a.test", Path: "/x", SameSite: Strict, Created: c.at, Expires: c.at.Add(time.Hour)},
		{Name: "d", Value: "1", Domain: "a.test", HostOnly: true, Path: "/", Secure: true, HTTPOnly: true, Priority: High, Created: c.at.Add(-time.Second)},
		{Name: "", Value: "bare", Domain: "b.test", HostOnly: true, Path: "/", SameSite: Lax, Created: c.at},
		{Name: "q", Value: "1", Domain: "b.test", HostOnly: true, Path: "/", Secure: true, SameSite: None, Created: c.at, Partition: Partition{"https://a.test", true}},
	}
	for i := len(want) - 1; i >= 0; i-- {
		if err := j.Set(want[i]); err != nil {
			t.Fatal(err)
		}
		want[i].LastUsed = want[i].Created
	}
	same := func(a, b Cookie) bool {
		a.Created, a.LastUsed, a.Expires = a.Created.UTC(), a.LastUsed.UTC(), a.Expires.UTC()
		b.Created, b.LastUsed, b.Expires = b.Created.UTC(), b.LastUsed.UTC(), b.Expires.UTC()
		return a == b
	}
	if got := slices.Collect(j.All()); !slices.EqualFunc(got, want, same) {
		t.Errorf("All:\n got %+v\nwant %+v", got, want)
	}
	if n := j.Remove(func(c Cookie) bool { return c.Domain == "b.test" }); n != 2 || j.Len() != 2 {
		t.Errorf("removed %d, %d left", n, j.Len())
	}
	c.at = c.at.Add(2 * time.Hour)
	if got := slices.Collect(j.All()); len(got) != 1 || got[0].Name != "d" {
		t.Errorf("after the end of one: %+v", got)
	}
	for _, bad := range []Cookie{
		{}, {Name: "a", Domain: ""}, {Name: "a=b", Domain: "a.test"}, {Name: "a", Value: "b;c", Domain: "a.test"}, {Name: "a", Value: "b\nc", Domain: "a.test"},
		{Name: "a", Domain: "co.uk"}, {Name: "a", Domain: "localhost"}, {Name: "a", Domain: "a.test", Path: "x"}, {Name: "__Host-a", Domain: "a.test", HostOnly: true},
		{Name: "a", Domain: "a b"}, {Name: " a", Domain: "a.test"}, {Name: "a", Domain: "a.test", Partition: Partition{Site: "https://b.test"}},
		{Name: "a", Domain: "a.test", SameSite: 9}, {Name: "a", Value: strings.Repeat("x", 5000), Domain: "a.test"},
	} {
		if err := j.Set(bad); err == nil {
			t.Errorf("Set(%+v) succeeded", bad)
		}
	}
}

func TestAll(t *testing.T) {
	j, _ := newJar()
	for i := range 5 {
		keepAll(t, j, visit(fmt.Sprintf("https://h%d.test/", i)), "x=1")
	}
	n := 0
	for range j.All() { // which may be changed meanwhile, and left
		keepAll(t, j, visit("https://h0.test/"), fmt.Sprintf("n%d=1", n))
		if n++; n == 3 {
			break
		}
	}
	if j.Len() != 8 {
		t.Errorf("%d cookies, want 8", j.Len())
	}
}

// The jar as net/http's, beside the standard library's own.
func TestHTTPCookieJar(t *testing.T) {
	std, _ := cookiejar.New(nil)
	ours, _ := newJar()
	u := &url.URL{Scheme: "https", Host: "www.a.test", Path: "/x/y"}
	sets := []*http.Cookie{
		{Name: "a", Value: "1"}, {Name: "b", Value: "2", Path: "/"}, {Name: "c", Value: "3", Domain: "a.test", Path: "/"}, {Name: "d", Value: "4", MaxAge: -1},
		{Name: "e", Value: "5", Domain: "b.test"}, {Name: "f", Value: "6 7", Quoted: true, Path: "/"}, {Name: "g", Value: "8", Secure: true, Path: "/"},
		{Name: "h", Value: "9", Expires: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), Path: "/"}, {Name: "i", Value: "9", Expires: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Name: "j", Value: "9", Expires: time.Date(999_999, 1, 1, 0, 0, 0, 0, time.UTC), Path: "/"},
	}
	std.SetCookies(u, sets)
	ours.SetCookies(u, append(sets, &http.Cookie{Name: "bad", Value: "x\r\ny"}, &http.Cookie{Name: "n;", Value: "1"}))
	for _, s := range []string{"https://www.a.test/x/y", "https://www.a.test/", "http://www.a.test/x/z", "https://a.test/", "https://a.b.test/"} {
		u, _ := url.Parse(s)
		if got, want := fmt.Sprint(ours.Cookies(u)), fmt.Sprint(std.Cookies(u)); got != want {
			t.Errorf("%s: %s, net/http/cookiejar has %s", s, got, want)
		}
	}
	if got := ours.Cookies(&url.URL{Scheme: "ftp", Host: "www.a.test"}); got != nil {
		t.Errorf("ftp: %v", got)
	}
}

func TestWrap(t *testing.T) {
	std, _ := cookiejar.New(nil)
	j := Wrap(std)
	r := visit("https://a.test/")
	keepAll(t, j, r, "x=1; Path=/", `q="a b"`)
	wantField(t, j, r, `x=1; q="a b"`)
	u := &url.URL{Scheme: "https", Host: "a.test", Path: "/"}
	if got := j.Cookies(u); len(got) != 2 || len(std.Cookies(u)) != 2 || j.Len() != 0 {
		t.Errorf("%v in it, %v in the other", got, std.Cookies(u))
	}
	j.SetCookies(u, []*http.Cookie{{Name: "y", Value: "2"}})
	wantField(t, j.Clone(), r, `x=1; q="a b"; y=2`)
	if b, ok := j.Keep(r, "a b c"); ok || b.Reasons != SyntaxError {
		t.Errorf("a line that net/http cannot parse: %v, %v", b, ok)
	}
}

func TestNames(t *testing.T) {
	if got := (SecureOnly | SyntaxError).String(); got != "SecureOnly, SyntaxError" {
		t.Error(got)
	}
	for i := range reasonNames {
		if n := Reasons(1 << i).Names(); len(n) != 1 || n[0] != reasonNames[i] {
			t.Errorf("reason %d is %q", i, n)
		}
	}
	if NameValuePairExceedsMaxSize != 1<<(len(reasonNames)-1) {
		t.Error("reasons and their names are not of one length")
	}
	for got, want := range map[string]string{
		Unspecified.String(): "", None.String(): "None", Strict.String(): "Strict", SameSite(9).String(): "SameSite(9)",
		Low.String(): "Low", Priority(9).String(): "Priority(9)", Partition{"https://a.test", true}.String(): "https://a.test cross-site",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
