package cookies_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"pageload/fetch/cookies"
	"pageload/parse/weburl"
)

func ExampleJar() {
	var jar cookies.Jar
	page := cookies.Request{URL: weburl.MustParse("https://www.example.com/"), Navigation: true, ByUser: true}
	jar.Keep(&page, "id=7; Secure; HttpOnly; SameSite=Strict")
	jar.Keep(&page, "lang=en; Domain=example.com; Max-Age=3600")
	field, _ := jar.Field(&page)
	fmt.Println("Cookie:", field)

	// An image that another site's page shows.
	image := cookies.Request{
		URL: weburl.MustParse("https://www.example.com/i.png"), Initiator: weburl.MustParse("https://other.test/").Origin(),
		TopLevel: weburl.MustParse("https://other.test/").Origin(),
	}
	field, blocked := jar.Field(&image)
	fmt.Printf("Cookie: %q\n", field)
	for _, b := range blocked {
		fmt.Println(b.Name, b.Reasons)
	}
	// Output:
	// Cookie: id=7; lang=en
	// Cookie: ""
	// id SameSiteStrict
	// lang SameSiteUnspecifiedTreatedAsLax
}

func ExampleJar_SetCookies() {
	client := http.Client{Jar: &cookies.Jar{}}
	u := &url.URL{Scheme: "https", Host: "www.example.co.uk", Path: "/"}
	client.Jar.SetCookies(u, []*http.Cookie{{Name: "all", Value: "1", Domain: "co.uk"}, {Name: "site", Value: "2", Domain: "example.co.uk"}})
	fmt.Println(client.Jar.Cookies(u))
	// Output: [site=2]
}

func ExampleJar_ReadNetscape() {
	jar := cookies.Jar{Now: func() time.Time { return time.Unix(1_700_000_000, 0) }}
	err := jar.ReadNetscape(strings.NewReader(".example.com\tTRUE\t/\tTRUE\t1700003600\tsid\tabc\nexample.com\tFALSE\n"))
	fmt.Println(err)
	jar.WriteNetscape(os.Stdout)
	// Output:
	// cookies: read cookies.txt: line 2: 2 fields between tabs, want 7: domain, subdomains, path, secure, expires, name, value
	// # Netscape HTTP Cookie File
	// .example.com	TRUE	/	TRUE	1700003600	sid	abc
}
