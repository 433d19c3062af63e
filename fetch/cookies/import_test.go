package cookies

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadBrowser(t *testing.T) {
	const playwright = `{
  "cookies": [
    {"name": "sid", "value": "1", "domain": ".a.test", "path": "/", "expires": 1999999999.5, "httpOnly": true, "secure": true, "sameSite": "Lax"},
    {"name": "here", "value": "2", "domain": "a.test", "path": "/", "expires": -1, "httpOnly": false, "secure": false, "sameSite": "Lax"}
  ],
  "origins": []
}`
	tests := []struct{ name, text, want, err string }{
		{"Playwright", playwright, "sid=1; here=2", ""},
		{"protocol", `{"cookies":[{"name":"a","value":"1","domain":"a.test","path":"/","expires":-1,"size":2,"httpOnly":true,"secure":true,"session":true,"priority":"High","sourceScheme":"Secure","sourcePort":443,"partitionKey":{"topLevelSite":"https://a.test","hasCrossSiteAncestor":false}}]}`, "a=1", ""},
		{"another partition", `[{"name":"a","value":"1","domain":"a.test","path":"/","secure":true,"partitionKey":"https://b.test","_crHasCrossSiteAncestor":true}]`, "", ""},
		{"extension", `[{"domain":".a.test","expirationDate":1999999999,"hostOnly":false,"httpOnly":false,"name":"a","path":"/","sameSite":"no_restriction","secure":true,"session":false,"storeId":"0","value":"1","id":1},
			{"domain":"a.test","hostOnly":true,"name":"b","path":"/","sameSite":null,"secure":false,"session":true,"storeId":null,"value":"2"}]`, "a=1; b=2", ""},
		{"expired", `[{"name":"a","value":"1","domain":"a.test","expires":1}]`, "", ""},
		{"one is bad", "[\n{\"name\":\"a\",\"value\":\"1\",\"domain\":\"a.test\"},\n{\"name\":\"b\"},\n{\"name\":\"c\",\"value\":3,\"domain\":\"a.test\"},\n{\"name\":\"d\",\"value\":\"1\",\"domain\":\"a.test\"}]", "a=1; d=1",
			`line 3: cookie "b" for "": no valid domain (and 1 more)`},
		{"sameSite", `[{"name":"a","value":"1","domain":"a.test","sameSite":"maybe"}]`, "", `line 1: sameSite is "maybe"`},
		{"partition", `[{"name":"a","value":"1","domain":"a.test","partitionKey":5}]`, "", "line 1: partitionKey is 5"},
		{"cut", playwright[:strings.Index(playwright, "here")], "sid=1", "line 4: unexpected EOF"},
		{"cut between", "[{\"name\":\"a\",\"value\":\"1\",\"domain\":\"a.test\"}\n", "a=1", "line 2: unexpected EOF"},
		{"no JSON", "# Netscape HTTP Cookie File\n", "", "line 1: invalid character '#' looking for beginning of value"},
		{"a number", "5", "", "line 1: neither an array nor an object"},
		{"nothing", "", "", "line 1: unexpected EOF"},
		{"no cookies", `{"origins":[]}`, "", "line 1: an object without cookies"},
		{"cookies is none", `{"cookies":{}}`, "", "line 1: cookies is no array"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, _ := newJar()
			keepAll(t, j, visit("https://before.test/"), "stays=1")
			got, want := "", ""
			if err := j.ReadBrowser(strings.NewReader(tt.text)); err != nil {
				got = err.Error()
			}
			if tt.err != "" {
				want = "cookies: read a browser's cookies: " + tt.err
			}
			if got != want {
				t.Errorf("error %q, want %q", got, want)
			}
			wantField(t, j, visit("https://a.test/"), tt.want)
			wantField(t, j, visit("https://before.test/"), "stays=1")
		})
	}
	var j Jar
	if err := j.ReadBrowser(iotest.ErrReader(io.ErrNoProgress)); err == nil || j.Len() != 0 {
		t.Errorf("reader's fault: %v", err)
	}
}

func FuzzReadBrowser(f *testing.F) {
	f.Add([]byte(`{"cookies":[{"name":"sid","value":"1","domain":".a.test","path":"/","expires":1999999999.5,"secure":true,"sameSite":"Lax","partitionKey":{"topLevelSite":"https://a.test"}}],"origins":[]}`))
	f.Add([]byte(`[{"domain":"a.test","hostOnly":true,"name":"b","sameSite":"no_restriction","secure":true,"value":"2","partitionKey":"x"}]`))
	f.Fuzz(func(t *testing.T, text []byte) { readAnything(t, text, (*Jar).ReadBrowser) })
}
