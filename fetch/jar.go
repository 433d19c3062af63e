package fetch

import (
	"net/http"
	"net/url"
	"strings"

	"pageload/parse/weburl"
)

// cookie returns the Cookie field for the hop, "" for none.
func (x *Call) cookie() string {
	if x.c.Jar == nil {
		return ""
	}
	cookies := x.c.Jar.Cookies(jarURL(x.url))
	if len(cookies) == 0 {
		return ""
	}
	var b strings.Builder
	for i, c := range cookies {
		if i > 0 {
			b.WriteString("; ")
		}
		if c.Name != "" {
			b.WriteString(c.Name)
			b.WriteByte('=')
		}
		if c.Quoted {
			b.WriteByte('"')
		}
		b.WriteString(c.Value)
		if c.Quoted {
			b.WriteByte('"')
		}
	}
	return b.String()
}

// keepCookies gives the hop's Set-Cookie fields to the jar.
func (x *Call) keepCookies() {
	if x.c.Jar == nil || !x.credentials() {
		return
	}
	var cookies []*http.Cookie
	for _, line := range x.hop.Header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil {
			cookies = append(cookies, c)
		}
	}
	if len(cookies) > 0 {
		x.c.Jar.SetCookies(jarURL(x.url), cookies)
	}
}

// jarURL has of a URL what a jar looks at. net/url refuses some URLs that browsers load, so it does not parse.
func jarURL(u weburl.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme(), Host: u.Host(), Path: u.Path()}
}
