package loader

import (
	"strings"

	"pageload/parse/weburl"
)

// asChromium is a URL as Chromium requests it. It departs from the URL standard
// in one character, as recorded: a bar in a path is escaped
// (url/url_canon_path.cc), where the standard's path percent-encode set leaves it.
func asChromium(u weburl.URL) weburl.URL {
	path := u.Path()
	if !strings.Contains(path, "|") || !u.IsHTTP() {
		return u
	}
	s := u.String()
	at := strings.Index(s, "://") + len("://")
	at += strings.IndexByte(s[at:], '/') // where the path begins
	if e, err := weburl.Parse(s[:at] + strings.ReplaceAll(path, "|", "%7C") + s[at+len(path):]); err == nil {
		return e
	}
	return u
}
