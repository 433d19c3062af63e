package auth

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseChallenges(t *testing.T) {
	for _, tt := range []struct {
		fields []string
		want   []Challenge
	}{
		{[]string{`Basic realm="x"`}, []Challenge{{"basic", "x", []Param{{"realm", "x"}}}}},
		{[]string{`BASIC REALM=x , charset="UTF-8"`}, []Challenge{{"basic", "x", []Param{{"realm", "x"}, {"charset", "UTF-8"}}}}},
		{[]string{`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`}, []Challenge{
			{"newauth", "apps", []Param{{"realm", "apps"}, {"type", "1"}, {"title", `Login to "apps"`}}}, {"basic", "simple", []Param{{"realm", "simple"}}}}},
		{[]string{`Negotiate, Basic realm="a,b"`, "NTLM", `Digest realm="d", nonce="n"`}, []Challenge{
			{Scheme: "negotiate"}, {"basic", "a,b", []Param{{"realm", "a,b"}}}, {Scheme: "ntlm"}, {"digest", "d", []Param{{"realm", "d"}, {"nonce", "n"}}}}},
		{[]string{"Negotiate abc/+==, Basic realm=x"}, []Challenge{{"negotiate", "", []Param{{"", "abc/+=="}}}, {"basic", "x", []Param{{"realm", "x"}}}}},
		{[]string{",, Basic ,, realm=x,,Bearer"}, []Challenge{{"basic", "x", []Param{{"realm", "x"}}}, {Scheme: "bearer"}}},
		{[]string{`Basic realm="not closed`, "Digest realm=ok"}, []Challenge{{"digest", "ok", []Param{{"realm", "ok"}}}}},
		{[]string{`"quoted"`, "a/b", "", ",", "Basic realm = x y=z"}, nil},
	} {
		if got := ParseChallenges(tt.fields); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q:\n%+v, want\n%+v", tt.fields, got, tt.want)
		}
	}
	if n := len(ParseChallenges([]string{strings.Repeat("a,", 1000)})); n != maxChallenges {
		t.Errorf("%d challenges were read", n)
	}
}

// The first three are the examples of RFC 2617 section 3.5 and RFC 7616 section 3.9.1; the fourth is that of section 3.9.2 with the
// values of its erratum, since those of the RFC were made with another hash than it names; the fifth is RFC 2069's, with its erratum.
func TestDigestVectors(t *testing.T) {
	const rfc7616 = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%s, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	for _, tt := range []struct {
		name, challenge, user, password, uri, cnonce string
		want                                         []string // parts of the field
	}{
		{"RFC 2617", `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b",
			[]string{`username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001, cnonce="0a4f113b"`}},
		{"RFC 7616 MD5", fmt.Sprintf(rfc7616, "MD5"), "Mufasa", "Circle of Life", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			[]string{`algorithm=MD5, response="8ca523f5e9506fed4657c9700eebdbec"`, "qop=auth, "}},
		{"RFC 7616 SHA-256", fmt.Sprintf(rfc7616, "SHA-256"), "Mufasa", "Circle of Life", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			[]string{`algorithm=SHA-256, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`}},
		{"RFC 7616 SHA-512-256", `Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true`,
			"J\u00e4s\u00f8n Doe", "Secret, or not?", "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
			[]string{`username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"`, `response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"`, "userhash=true"}},
		{"RFC 2069", `Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Mufasa", "CircleOfLife", "/dir/index.html", "", []string{`response="1949323746fe6a43ef61f9606e7febea", opaque="5ccc069c403ebaf9f0171e9517f40e41"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDigest(&ParseChallenges([]string{tt.challenge})[0])
			got := d.field(Identity{tt.user, tt.password}, message{"GET", tt.uri, nil}, tt.cnonce)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s\nhas no\n%s", got, want)
				}
			}
			if !strings.Contains(tt.challenge, "qop") && strings.Contains(got, "cnonce") {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestDigestRefused(t *testing.T) {
	for _, c := range []string{
		`Digest realm=x`, `Digest nonce=n, algorithm=SHA-1`, `Digest nonce=n, algorithm=-sess`, `Digest nonce=n, qop=auth-other`,
	} {
		if d := newDigest(&ParseChallenges([]string{c})[0]); d != nil {
			t.Errorf("%s: %+v", c, d)
		}
	}
	d := newDigest(&ParseChallenges([]string{`Digest realm=x, nonce=n, algorithm=MD5-sess, qop=auth-int`})[0])
	a := d.field(Identity{"\u00fc\"", "p"}, message{"POST", "/", []byte("body")}, "")
	b := d.field(Identity{"\u00fc\"", "p"}, message{"POST", "/", []byte("other")}, "")
	if !strings.Contains(a, "username*=UTF-8''%C3%BC%22") || !strings.Contains(b, "nc=00000002") || cut(a, `cnonce="`) != cut(b, `cnonce="`) || cut(a, `response="`) == cut(b, `response="`) {
		t.Errorf("%s\n%s", a, b)
	}
}

func cut(s, from string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, `"`)
	return s
}

func TestChoose(t *testing.T) {
	for field, want := range map[string]string{
		`Basic realm=b, Digest realm=d, nonce=n`:                                "d",
		`Basic realm=b, Digest realm=d, nonce=n, algorithm=X`:                   "b",
		`Digest realm=d1, nonce=n, algorithm=SHA-256, Digest realm=d2, nonce=n`: "d1",
		`Digest realm=d1, nonce=n, algorithm=SHA-512, Digest realm=d2, nonce=n`: "d2",
		`Negotiate, Basic realm=b1, Basic realm=b2`:                             "b1",
		`Bearer realm=x`: "",
	} {
		c, _ := choose(ParseChallenges([]string{field}))
		if got := ""; c != nil {
			if got = c.Realm; got != want {
				t.Errorf("%s: %s, want %s", field, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: none, want %s", field, want)
		}
	}
}

const basic = `Basic realm="r"`

// try sends a request to a party that asks in a way, until it is satisfied or there is nothing more to say; it returns all that
// was sent.
func try(s *Store, p Party, uri string, answer func(field string) (challenge string)) (sent []string, ok bool) {
	l := NewLogin(s, p)
	field := l.Ahead("GET", uri, nil)
	for {
		sent = append(sent, field)
		challenge := answer(field)
		if challenge == "" {
			path, _, _ := strings.Cut(uri, "?")
			l.Accepted(path)
			return sent, true
		}
		if _, again := l.Challenged(context.Background(), []string{challenge}); !again {
			return sent, false
		}
		field = l.Field("GET", uri, nil)
	}
}

// wants accepts one identity by Basic.
func wants(user, password string) func(string) string {
	s := &space{id: Identity{user, password}}
	return func(field string) string {
		if field == s.field(message{}) {
			return ""
		}
		return basic
	}
}

func TestProtectionSpace(t *testing.T) {
	var s Store
	p := Party{Origin: "https://a.test", Identity: Identity{"u", "p"}}
	if sent, ok := try(&s, p, "/docs/a/x?y/z", wants("u", "p")); !ok || len(sent) != 2 || sent[0] != "" || sent[1] != "Basic dTpw" {
		t.Fatalf("%q %v", sent, ok)
	}
	p.Identity = Identity{}
	for _, tt := range []struct {
		origin, partition, uri string
		sent                   int
		ok                     bool
	}{
		{"https://a.test", "", "/docs/a/", 1, true},
		{"https://a.test", "", "/docs/a/b/c", 1, true},
		{"https://a.test", "", "/docs/ab", 2, true}, // challenged, and of the same realm
		{"https://a.test", "", "/docs/other", 1, true},
		{"https://a.test", "", "/", 2, true},
		{"https://a.test", "", "/anything", 1, true},
		{"https://a.test", "p", "/docs/a/", 1, false},
		{"http://a.test", "", "/docs/a/", 1, false},
		{"https://a.test:8443", "", "/docs/a/", 1, false},
	} {
		sent, ok := try(&s, Party{Origin: tt.origin, Partition: tt.partition}, tt.uri, wants("u", "p"))
		if len(sent) != tt.sent || ok != tt.ok {
			t.Errorf("%s %q %s: %q, %v", tt.origin, tt.partition, tt.uri, sent, ok)
		}
	}
	// A password that was changed is asked for again, and what does not hold any more is forgotten.
	if sent, ok := try(&s, p, "/docs/", wants("u", "new")); ok || len(sent) != 1 || s.Remembers() {
		t.Errorf("%q %v %v", sent, ok, slices.Collect(s.All()))
	}
}

func TestIdentities(t *testing.T) {
	var asked []Question
	s := Store{Ask: func(_ context.Context, q Question) (Identity, bool) {
		asked = append(asked, q)
		return Identity{"asked", fmt.Sprint(q.Attempt)}, q.Attempt < 4
	}}
	s.Give("https://a.test", "", Identity{"any", "realm"})
	s.Give("https://a.test", "r", Identity{"this", "realm"})
	p := Party{Origin: "https://a.test", Identity: Identity{"of", "url"}}
	sent, ok := try(&s, p, "/", wants("asked", "3"))
	if !ok || len(sent) != 6 || len(asked) != 3 || asked[2] != (Question{"https://a.test", false, "basic", "r", 3}) {
		t.Errorf("%q %v, asked %v", sent, ok, asked)
	}
	asked = nil
	c := s.Clone()
	s.Clear()
	if sent, ok := try(&s, p, "/", wants("never", "")); ok || len(sent) != 5 || len(asked) != 4 {
		t.Errorf("%q %v, asked %v", sent, ok, asked)
	}
	asked = nil
	if sent, ok := try(c, Party{Origin: "https://a.test"}, "/", wants("asked", "3")); !ok || len(sent) != 1 || asked != nil {
		t.Errorf("the clone: %q %v, asked %v", sent, ok, asked)
	}
	if sent, ok := try(&s, Party{Origin: "https://b.test", Silent: true}, "/", wants("", "")); ok || len(sent) != 1 || asked != nil {
		t.Errorf("silent: %q %v, asked %v", sent, ok, asked)
	}
	if sent, ok := try(nil, p, "/", wants("of", "url")); !ok || len(sent) != 2 {
		t.Errorf("without a store: %q %v", sent, ok)
	}
	if sent, ok := try(nil, p, "/", wants("", "")); ok || len(sent) != 2 {
		t.Errorf("without a store, wrong: %q %v", sent, ok)
	}
}

func TestStale(t *testing.T) {
	var s Store
	p := Party{Origin: "https://a.test", Identity: Identity{"u", "p"}}
	nonce, old := 1, 0
	server := func(stale string) func(string) string {
		return func(field string) string {
			if strings.Contains(field, fmt.Sprintf(`nonce="%d"`, nonce)) && strings.Contains(field, `username="u"`) {
				return ""
			}
			if !strings.Contains(field, "nonce") {
				stale = ""
			}
			return fmt.Sprintf(`Digest realm=r, nonce="%d", qop=auth%s`, nonce, stale)
		}
	}
	sent, ok := try(&s, p, "/", server(""))
	if !ok || len(sent) != 2 {
		t.Fatalf("%q %v", sent, ok)
	}
	p.Identity = Identity{}
	if sent, ok = try(&s, p, "/", server("")); !ok || len(sent) != 1 || !strings.Contains(sent[0], "nc=00000002") {
		t.Errorf("%q %v", sent, ok)
	}
	for _, stale := range []string{", stale=TRUE", ""} { // a nonce that was remembered may be too old, said or not
		nonce++
		if sent, ok = try(&s, p, "/", server(stale)); !ok || len(sent) != 2 || !strings.Contains(sent[1], "nc=00000001") {
			t.Errorf("%q %v", sent, ok)
		}
	}
	// A server that never has enough is not asked for ever.
	sent, ok = try(&s, p, "/", func(string) string { old++; return fmt.Sprintf(`Digest realm=r, nonce="x%d", stale=true`, old) })
	if ok || len(sent) != maxRounds+1 {
		t.Errorf("%d times, %v", len(sent), ok)
	}
}

// A URL's own identity is not sent ahead, even where it was accepted.
func TestAheadOfURL(t *testing.T) {
	var s Store
	p := Party{Origin: "https://a.test", Identity: Identity{"u", "p"}}
	try(&s, p, "/x", wants("u", "p"))
	if got := NewLogin(&s, p).Ahead("GET", "/x", nil); got != "" {
		t.Errorf("sent %q", got)
	}
	p.Identity = Identity{}
	if got := NewLogin(&s, p).Ahead("GET", "/x", nil); got != "Basic dTpw" {
		t.Errorf("sent %q", got)
	}
}

func TestStoreBounds(t *testing.T) {
	var s Store
	for i := range 100 {
		try(&s, Party{Origin: fmt.Sprintf("https://%d.test", i), Identity: Identity{"u", "p"}}, "/", wants("u", "p"))
	}
	for i := range 100 {
		try(&s, Party{Origin: "https://99.test", Identity: Identity{"u", "p"}}, fmt.Sprintf("/%d/", i), wants("u", "p"))
	}
	list := slices.Collect(s.All())
	if len(list) != maxSpaces || list[maxSpaces-1].Origin != "https://99.test" || list[0].Origin != "https://80.test" || list[maxSpaces-1].User != "u" {
		t.Errorf("%d: %v", len(list), list)
	}
	for i := range 100 {
		try(&s, Party{Origin: "https://x.test", Identity: Identity{"u", "p"}}, fmt.Sprintf("/%d/", 99-i), func(f string) string {
			if f == "" {
				return basic
			}
			return ""
		})
	}
	for e := range s.All() {
		if len(e.Paths) > maxPaths {
			t.Errorf("%v", e)
		}
	}
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Digest realm="a\"b", nonce=x, qop="auth", algorithm=MD5-sess, Basic realm=y`)
	f.Add("Negotiate a==, , Basic")
	f.Fuzz(func(t *testing.T, field string) {
		for _, c := range ParseChallenges([]string{field}) {
			if c.Scheme == "" || strings.ToLower(c.Scheme) != c.Scheme || len(c.Params) > maxParams {
				t.Errorf("%+v", c)
			}
			if d := newDigest(&c); d != nil && !strings.ContainsAny(field, "\r\n") {
				if got := d.field(Identity{field, field}, message{"GET", "/", nil}, ""); strings.ContainsAny(got, "\r\n") {
					t.Errorf("%q", got)
				}
			}
		}
	})
}
