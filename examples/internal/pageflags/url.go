package pageflags

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"pageload/parse/weburl"
)

// URL is the one argument that a program takes after its flags, empty where there
// is none.
func URL(set *flag.FlagSet) (string, error) {
	switch set.NArg() {
	case 0:
		return "", nil
	case 1:
		return set.Arg(0), CheckURL(set.Arg(0))
	}
	return "", fmt.Errorf("one URL at most, after the flags, not %q", set.Args())
}

// CheckURL says why an argument is nothing that a page can be loaded from; nil
// if it is.
func CheckURL(s string) error {
	u, err := weburl.Parse(s)
	var bad *weburl.Error
	switch {
	case err == nil && (u.IsHTTP() || u.Scheme() == "data" || u.String() == "about:blank"):
		return nil
	case bare(s):
		return fmt.Errorf("%q has no scheme: write http://%s or https://%s", s, s, s)
	case errors.As(err, &bad):
		return fmt.Errorf("%q is no URL: %s", bad.Input, strings.TrimSuffix(bad.Why, " and no base"))
	case err != nil:
		return err
	}
	return fmt.Errorf("%q: a page is loaded by http or https, not by %s", s, u.Scheme())
}

// bare reports whether s is a URL without its scheme: example.com, or
// localhost:8080/index.html, in which localhost would be the scheme.
func bare(s string) bool {
	if s == "" || strings.ContainsAny(s[:1], "/.?#") {
		return false
	}
	if _, rest, ok := strings.Cut(s, ":"); ok && s[0] != '[' && (rest == "" || rest[0] < '0' || rest[0] > '9') {
		return false
	}
	_, err := weburl.Parse("http://" + s)
	return err == nil
}
