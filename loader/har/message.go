package har

import (
	"cmp"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// unknownType is what browsers write for a body without a media type.
const unknownType = "x-unknown"

func (h *writer) request(r *waterfall.Request) {
	u, raw := requestURL(r.URL)
	h.object("request")
	h.str("method", cmp.Or(r.Method, "GET"))
	h.str("url", u)
	if raw != "" {
		h.str("_url", raw)
	}
	h.str("httpVersion", r.Proto)
	h.requestCookies(r.RequestHeader)
	h.fields("headers", r.RequestHeader)
	h.pairs("queryString", query(u))
	if len(r.PostData) > 0 || r.PostType != "" {
		h.postData(r)
	}
	h.num("headersSize", requestHeadSize(r, u))
	h.num("bodySize", int64(len(r.PostData)))
	h.close('}')
}

// requestURL returns the URL as it was requested, so without its fragment. Text
// that is no URL at all cannot stand where the standard wants one; it comes
// back as raw.
func requestURL(s string) (u, raw string) {
	u, _, _ = strings.Cut(s, "#")
	scheme, _, ok := strings.Cut(u, ":")
	for i := range len(scheme) {
		c := scheme[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || !strings.Contains("0123456789+-.", scheme[i:i+1])) {
			ok = false
		}
	}
	if !ok || scheme == "" {
		return "about:invalid", s
	}
	return u, ""
}

// query returns what follows the first question mark.
func query(u string) string {
	_, q, _ := strings.Cut(u, "?")
	return q
}

// requestHeadSize returns the size of the request's head in HTTP/1, or -1 where
// it is unknown: HTTP/2 has none of its own, and nothing may have been sent.
func requestHeadSize(r *waterfall.Request, u string) int64 {
	if !textual(r.Proto) || len(r.RequestHeader) == 0 {
		return -1
	}
	_, target, _ := strings.Cut(u, "://")
	if i := strings.IndexAny(target, "/?"); i >= 0 {
		target = target[i:]
	} else {
		target = ""
	}
	n := len(r.Method) + 1 + len(target) + 1 + len("HTTP/1.1\r\n") + len("\r\n")
	if !strings.HasPrefix(target, "/") {
		n++
	}
	for _, f := range r.RequestHeader {
		n += len(f.Name) + len(": ") + len(f.Value) + len("\r\n")
	}
	return int64(n)
}

// textual reports whether heads are text in this version of HTTP.
func textual(proto string) bool { return strings.HasPrefix(proto, "HTTP/1") }

func (h *writer) response(r *waterfall.Request) {
	h.object("response")
	h.num("status", int64(r.Status))
	h.str("statusText", r.StatusText)
	if r.Status != 0 {
		h.str("httpVersion", r.Proto)
	} else {
		h.str("httpVersion", "")
	}
	h.responseCookies(r)
	h.fields("headers", r.ResponseHeader)
	h.content(r)
	h.str("redirectURL", r.RedirectURL)
	head := int64(-1)
	if textual(r.Proto) && r.Status != 0 && r.FromCache == "" {
		head = r.HeadBytes
	}
	h.num("headersSize", head)
	h.num("bodySize", bodySize(r))
	h.num("_transferSize", transferred(r))
	h.opt("_error", errorName(r))
	h.close('}')
}

// bodySize returns the bytes of the body on the wire: none from a cache or with
// a 304, -1 where there was no response.
func bodySize(r *waterfall.Request) int64 {
	switch {
	case r.FromCache != "" || r.Status == 304:
		return 0
	case r.Status == 0:
		return -1
	}
	return r.BodyBytes
}

// content writes the body as the page got it: decoded.
func (h *writer) content(r *waterfall.Request) {
	size := r.DecodedBytes
	coded := field(r.ResponseHeader, "Content-Encoding") != ""
	if size < 0 && !coded {
		size = r.BodyBytes // there was nothing to decode
	}
	h.object("content")
	h.num("size", size)
	if wire := bodySize(r); coded && size >= 0 && wire > 0 {
		h.num("compression", size-wire)
	}
	h.str("mimeType", cmp.Or(field(r.ResponseHeader, "Content-Type"), r.MIMEType, unknownType))
	switch {
	case h.options.OmitBodies:
	case r.Content != nil:
		h.stored("text", "encoding", r.Content)
	case r.Body != nil:
		h.body("text", "encoding", r.Body)
	}
	h.close('}')
}

func (h *writer) fields(name string, list []waterfall.Field) {
	h.array(name)
	for _, f := range list {
		h.pair(f.Name, f.Value)
	}
	h.close(']')
}

func (h *writer) pair(name, value string) {
	h.open('{')
	h.str("name", name)
	h.str("value", value)
	h.close('}')
}

// field returns the value of the first field of that name, "" if there is none.
func field(list []waterfall.Field, name string) string {
	for _, f := range list {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func (h *writer) postData(r *waterfall.Request) {
	h.object("postData")
	h.str("mimeType", r.PostType)
	h.body("text", "_encoding", r.PostData)
	essence, _, _ := strings.Cut(r.PostType, ";")
	if strings.EqualFold(strings.TrimSpace(essence), "application/x-www-form-urlencoded") {
		h.pairs("params", string(r.PostData))
	}
	h.close('}')
}

// pairs writes the pairs of a query or a form, decoded (URL standard, section
// 5.1).
func (h *writer) pairs(name, s string) {
	h.array(name)
	for s != "" {
		var p string
		p, s, _ = strings.Cut(s, "&")
		if p == "" {
			continue
		}
		n, v, _ := strings.Cut(p, "=")
		h.pair(formDecode(n), formDecode(v))
	}
	h.close(']')
}

// formDecode turns + into a space and %XX into its byte; a percent sign that
// begins no such thing stays.
func formDecode(s string) string {
	if !strings.ContainsAny(s, "+%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16:
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// unhex returns the value of a hexadecimal digit, 16 or more for any other byte.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

// receivedAt returns the wall clock at which the response came.
func (h *writer) receivedAt(r *waterfall.Request) time.Time {
	if t := r.Times.FirstByte; t != waterfall.None {
		return h.start.Add(t)
	}
	return h.start.Add(startOf(r))
}
