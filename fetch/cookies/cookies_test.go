package cookies_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"pageload/fetch"
	"pageload/fetch/cookies"
)

func ExampleNew() {
	c := fetch.Client{Jar: cookies.New()}
	u := &url.URL{Scheme: "https", Host: "www.example.com", Path: "/"}
	c.Jar.SetCookies(u, []*http.Cookie{{Name: "sid", Value: "1"}})
	fmt.Println(c.Jar.Cookies(u))
	// Output: [sid=1]
}

func TestNoCookiesForPublicSuffixes(t *testing.T) {
	jar := cookies.New()
	u := &url.URL{Scheme: "https", Host: "www.example.co.uk", Path: "/"}
	jar.SetCookies(u, []*http.Cookie{{Name: "all", Value: "1", Domain: "co.uk"}, {Name: "site", Value: "2", Domain: "example.co.uk"}})
	if got := jar.Cookies(u); len(got) != 1 || got[0].Name != "site" {
		t.Errorf("cookies %v", got)
	}
}
