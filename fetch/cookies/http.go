package cookies

import (
	"net/http"
	"net/url"
	"strings"

	"pageload/parse/weburl"
)

// Cookies returns the cookies for a request to u, as if the user had asked for it: that is how net/http clients ask (http.CookieJar).
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	if j.other != nil {
		return j.other.Cookies(u)
	}
	r, ok := byUser(u)
	if !ok {
		return nil
	}
	field, _ := j.Field(&r)
	return split(field)
}

// SetCookies takes the cookies of the answer to such a request (http.CookieJar). Those that the rules refuse are dropped.
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	if j.other != nil {
		j.other.SetCookies(u, cookies)
		return
	}
	r, ok := byUser(u)
	if !ok {
		return
	}
	for _, c := range cookies {
		if l := lineOf(c); pure(l.name, l.value) && len(l.name)+len(l.value) <= maxPair {
			j.keep(&r, &l)
		}
	}
}

// byUser is the request of a user for a URL of net/url.
func byUser(u *url.URL) (Request, bool) {
	// Only what cookies depend on: net/url takes URLs that browsers do not, and the other way round.
	to, err := weburl.Parse((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String())
	return Request{URL: to, Navigation: true, ByUser: true}, err == nil && to.IsHTTP()
}

// split makes cookies of a Cookie field's value.
func split(field string) (list []*http.Cookie) {
	for field != "" {
		var pair string
		pair, field, _ = strings.Cut(field, "; ")
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			name, value = "", pair
		}
		c := &http.Cookie{Name: name, Value: value}
		if n := len(value); n > 1 && value[0] == '"' && value[n-1] == '"' {
			c.Value, c.Quoted = value[1:n-1], true
		}
		list = append(list, c)
	}
	return list
}

// lineOf is the line that a cookie of net/http was, or would be.
func lineOf(c *http.Cookie) line {
	l := line{name: c.Name, value: c.Value, domain: c.Domain, secure: c.Secure, httpOnly: c.HttpOnly, partitioned: c.Partitioned}
	if c.Quoted {
		l.value = `"` + c.Value + `"`
	}
	if strings.HasPrefix(c.Path, "/") {
		l.path = c.Path
	}
	switch {
	case c.MaxAge < 0:
		l.hasMaxAge = true
	case c.MaxAge > 0:
		l.maxAge, l.hasMaxAge = min(int64(c.MaxAge), maxLife), true
	}
	if !c.Expires.IsZero() {
		l.expires, l.hasExpires = micros(c.Expires)/1_000_000, true
	}
	switch c.SameSite {
	case http.SameSiteLaxMode:
		l.sameSite = Lax
	case http.SameSiteStrictMode:
		l.sameSite = Strict
	case http.SameSiteNoneMode:
		l.sameSite = None
	}
	return l
}

// Wrap returns a Jar that asks and tells another one, and keeps nothing itself: what the other one does not know of (SameSite, partitions,
// who asks) is not looked at, All has nothing, and there is nothing to clear, clone or save. It is for those who have a jar of their own.
func Wrap(jar http.CookieJar) *Jar { return &Jar{other: jar} }

// otherURL has of a request's URL what a jar looks at. net/url refuses some URLs that browsers load, so it does not parse.
func otherURL(u weburl.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme(), Host: u.Host(), Path: u.Path()}
}

func (j *Jar) otherField(r *Request) string {
	var b strings.Builder
	for i, c := range j.other.Cookies(otherURL(r.URL)) {
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

func (j *Jar) otherKeep(r *Request, setCookie string) (Blocked, bool) {
	c, err := http.ParseSetCookie(setCookie)
	if err != nil {
		return Blocked{Line: setCookie, Reasons: SyntaxError}, false
	}
	j.other.SetCookies(otherURL(r.URL), []*http.Cookie{c})
	return Blocked{}, true
}
