package har

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"pageload/loader/waterfall"
)

// resourceTypes are the words that Chromium and we use in _resourceType, and
// those of Sec-Fetch-Dest (Fetch standard, request destinations).
var resourceTypes = map[string]waterfall.Type{
	"document": waterfall.Document, "stylesheet": waterfall.Stylesheet, "script": waterfall.Script, "image": waterfall.Image, "font": waterfall.Font,
	"media": waterfall.Media, "texttrack": waterfall.TextTrack, "manifest": waterfall.Manifest, "fetch": waterfall.Fetch, "xhr": waterfall.Fetch,
	"iframe": waterfall.Document, "frame": waterfall.Document, "style": waterfall.Stylesheet, "audio": waterfall.Media, "video": waterfall.Media,
	"track": waterfall.TextTrack, "worker": waterfall.Script, "serviceworker": waterfall.Script, "sharedworker": waterfall.Script,
}

var extensions = map[string]waterfall.Type{
	".css": waterfall.Stylesheet, ".js": waterfall.Script, ".mjs": waterfall.Script, ".png": waterfall.Image, ".jpg": waterfall.Image, ".jpeg": waterfall.Image,
	".gif": waterfall.Image, ".svg": waterfall.Image, ".webp": waterfall.Image, ".avif": waterfall.Image, ".ico": waterfall.Image,
	".woff": waterfall.Font, ".woff2": waterfall.Font, ".ttf": waterfall.Font, ".otf": waterfall.Font, ".html": waterfall.Document,
}

// typeOf finds out what a request was for: from what the entry says, from what
// the request said it was for, from what came, from the name.
func typeOf(e *entryJSON) waterfall.Type {
	if e.ResourceType != "" {
		if t, ok := resourceTypes[strings.ToLower(e.ResourceType)]; ok {
			return t
		}
		return waterfall.Other
	}
	for _, f := range e.Request.Headers {
		if strings.EqualFold(string(f.Name), "Sec-Fetch-Dest") {
			if t, ok := resourceTypes[string(f.Value)]; ok {
				return t
			}
			break
		}
	}
	if t := typeOfMedia(e.Response.Content.MimeType); t != "" {
		return t
	}
	if u, err := url.Parse(e.Request.URL); err == nil {
		if t, ok := extensions[strings.ToLower(path.Ext(u.Path))]; ok {
			return t
		}
	}
	return waterfall.Other
}

func typeOfMedia(mime string) waterfall.Type {
	m, _, _ := strings.Cut(strings.ToLower(mime), ";")
	m = strings.TrimSpace(m)
	switch {
	case m == "text/html" || m == "application/xhtml+xml":
		return waterfall.Document
	case m == "text/css":
		return waterfall.Stylesheet
	case strings.HasSuffix(m, "javascript") || strings.HasSuffix(m, "ecmascript"):
		return waterfall.Script
	case strings.HasPrefix(m, "image/"):
		return waterfall.Image
	case strings.HasPrefix(m, "font/") || strings.HasPrefix(m, "application/font-") || strings.HasPrefix(m, "application/x-font-"):
		return waterfall.Font
	case strings.HasPrefix(m, "audio/") || strings.HasPrefix(m, "video/"):
		return waterfall.Media
	case m == "text/vtt":
		return waterfall.TextTrack
	case m == "application/manifest+json":
		return waterfall.Manifest
	}
	return ""
}

// priority is one of Chromium's, empty for any other word.
func priority(s string) waterfall.Priority {
	switch p := waterfall.Priority(s); p {
	case waterfall.VeryHigh, waterfall.High, waterfall.Medium, waterfall.Low, waterfall.VeryLow:
		return p
	}
	return ""
}

// renderBlocking turns the words of Chromium's traces, such as
// in_body_parser_blocking, into those of its interface, which we use.
func renderBlocking(s string) string {
	switch {
	case s == "potentiallyblocking": // chrome-har
		return "PotentiallyBlocking"
	case s == "" || s[0] < 'a' || s[0] > 'z':
		return s
	}
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '_' || r == '-' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// initiator takes who asked. DevTools counts lines from 0, and says for a script
// which call it was.
func (a *archive) initiator(e *entryJSON) waterfall.Initiator {
	i := &e.Initiator
	if e.InitiatorType != "" {
		return waterfall.Initiator{Type: e.InitiatorType, URL: i.URL, Line: line(e.InitiatorLine)}
	}
	out := waterfall.Initiator{Type: i.Type, URL: i.URL, Line: line(i.LineNumber)}
	n := i.LineNumber
	if out.URL == "" && len(i.Stack.CallFrames) > 0 {
		out.URL, n = i.Stack.CallFrames[0].URL, i.Stack.CallFrames[0].LineNumber
		out.Line = line(n)
	}
	if n.ok && n.v >= 0 && (a.creator == "WebInspector" || a.creator == "Chrome HAR Capturer") {
		out.Line++
	}
	return out
}

func line(n number) int { return int(min(n.count(0), 1<<31-2)) }

// proto gives a version of HTTP the name that we use.
func proto(s string) string {
	switch l := strings.ToLower(s); {
	case l == "" || l == "unknown":
		return ""
	case l == "h2" || l == "http/2" || l == "http/2.0":
		return "HTTP/2.0"
	case l == "h3" || l == "http/3" || l == "http/3.0" || strings.HasPrefix(l, "h3-"):
		return "HTTP/3.0"
	case strings.HasPrefix(l, "http/"):
		return strings.ToUpper(s)
	}
	return s
}

// portOf returns the server's port: what the entry says, else that of the URL.
func portOf(u string, said number) int64 {
	if n := said.count(0); n > 0 && n < 1<<16 {
		return n
	}
	p, err := url.Parse(u)
	if err != nil {
		return 0
	}
	if n, err := strconv.ParseUint(p.Port(), 10, 16); err == nil {
		return int64(n)
	}
	if p.Scheme == "https" || p.Scheme == "wss" {
		return 443
	}
	return 80
}

// chains joins the hops of redirects: by the id that they share, else by where
// they led. rows[i] is made of entries[i].
func chains(rows []waterfall.Request, entries []entryJSON) {
	first := map[text]int32{}
	waiting := map[string]int32{} // chains that led to a URL and have no next hop yet
	for i := range rows {
		r, shared := &rows[i], entries[i].RequestID
		u, _, _ := strings.Cut(r.URL, "#")
		r.Chain = r.ID
		if c, ok := first[shared]; ok && shared != "" {
			r.Chain, r.Redirect = c, true
			delete(waiting, u)
		} else if c, ok := waiting[u]; ok {
			r.Chain, r.Redirect = c, true
			delete(waiting, u)
		}
		if shared != "" {
			first[shared] = r.Chain
		}
		if to, _, _ := strings.Cut(r.RedirectURL, "#"); to != "" {
			waiting[to] = r.Chain
		}
	}
}
