package fetch

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pageload/fetch/httpcache"
)

// response makes an http.Response of what a trip has brought so far: its head.
func (x *trip) response() *http.Response {
	h := x.hop
	r := &http.Response{
		StatusCode: h.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header, len(h.Header)),
		Body: http.NoBody, ContentLength: -1, Request: x.sent(), TLS: h.TLS,
	}
	switch h.Proto {
	case "h2":
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	case "http/1.0":
		r.Proto, r.ProtoMinor = "HTTP/1.0", 0
	}
	text := h.StatusText
	if text == "" && h.Proto == "h2" {
		text = http.StatusText(h.Status)
	}
	r.Status = strconv.Itoa(h.Status) + " " + text
	for i := range h.Header {
		r.Header.Add(h.Header[i].Name, h.Header[i].Value)
	}
	x.framing(r)
	x.decoded(r)
	x.cacheFields(r.Header)
	if x.bodiless {
		r.Trailer = trailers(r.Trailer, h)
		return r
	}
	x.resp, x.length = r, r.ContentLength
	r.Body = (*tripBody)(x)
	return r
}

// framing moves the fields that say how long the body is to where net/http has them.
func (x *trip) framing(r *http.Response) {
	chunked := r.ProtoMajor == 1 && strings.EqualFold(r.Header.Get("Transfer-Encoding"), "chunked")
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil && n >= 0 && !chunked {
		r.ContentLength = n
	}
	if r.ProtoMajor == 1 {
		if chunked {
			r.Header.Del("Content-Length")
			if x.q.Method != http.MethodHead {
				r.TransferEncoding = []string{"chunked"}
			}
		}
		r.Header.Del("Transfer-Encoding")
		r.Close = hasToken(r.Header.Values("Connection"), "close")
		if r.Close {
			r.Header.Del("Connection")
		}
		r.Close = r.Close || r.ProtoMinor == 0 && !hasToken(r.Header.Values("Connection"), "keep-alive")
	}
	if x.bodiless && x.q.Method != http.MethodHead {
		r.ContentLength = 0
	}
	names := r.Header.Values("Trailer")
	if len(names) == 0 || r.ProtoMajor == 1 && !chunked {
		return
	}
	r.Header.Del("Trailer")
	for _, list := range names {
		for name := range strings.SplitSeq(list, ",") {
			if r.Trailer == nil {
				r.Trailer = http.Header{}
			}
			r.Trailer[http.CanonicalHeaderKey(strings.TrimSpace(name))] = nil
		}
	}
}

// decoded hides a coding that is taken off.
func (x *trip) decoded(r *http.Response) {
	if !x.decodes() {
		return
	}
	r.Header.Del("Content-Encoding")
	r.Header.Del("Content-Length")
	r.ContentLength, r.Uncompressed = -1, true
}

// decodes reports whether the body that the caller gets is another than the one that comes.
func (x *trip) decodes() bool {
	if x.q.Encoded || x.bodiless {
		return false
	}
	cs, err := codings(x.hop.Header)
	return err == nil && len(cs) > 0
}

// cacheFields says what the cache had to do with the response.
func (x *trip) cacheFields(h http.Header) {
	o := x.hop.Cache
	if o == nil {
		return
	}
	h.Add("Cache-Status", cacheStatus(o))
	if age, ok := o.Age(); ok && o.FromStore() && o.Status == 0 {
		h.Set("Age", strconv.FormatInt(int64(age.Seconds()), 10)) // RFC 9111 section 5.1
	}
}

// cacheStatus is an outcome as RFC 9211 has it.
func cacheStatus(o *httpcache.Outcome) string {
	s := "pageload"
	switch why := o.Why; o.Kind {
	case httpcache.Hit, httpcache.HitStale, httpcache.StaleOnError:
		s += "; hit"
		if _, ok := o.Age(); ok {
			s += "; ttl=" + strconv.FormatInt(int64(o.Left.Seconds()), 10)
		}
		return s
	case httpcache.Bypassed:
		s += "; fwd=bypass"
	case httpcache.Resumed:
		s += "; fwd=partial"
	case httpcache.Revalidated:
		s += "; fwd=stale"
	default:
		switch {
		case strings.HasPrefix(why, "Vary"):
			s += "; fwd=vary-miss"
		case strings.HasSuffix(why, "reload"):
			s += "; fwd=request"
		case o.Before != nil:
			s += "; fwd=stale"
		default:
			s += "; fwd=uri-miss"
		}
	}
	if o.Status != 0 {
		s += "; fwd-status=" + strconv.Itoa(o.Status)
	}
	if o.Stored == "stored" {
		s += "; stored"
	}
	return s
}

// sent is the request that the response is to: the caller's, or one with the URL that a redirect led to.
func (x *trip) sent() *http.Request {
	if !x.redirected {
		return x.r
	}
	r := x.r.Clone(x.r.Context())
	r.Method, r.Body, r.Host = x.hop.Method, nil, ""
	if u, err := url.Parse(x.hop.URL.String()); err == nil {
		r.URL = u
	}
	return r
}

// trailers are a response's, as far as they have come.
func trailers(declared http.Header, h *Hop) http.Header {
	for i := range h.Trailer {
		if declared == nil {
			declared = http.Header{}
		}
		declared.Add(h.Trailer[i].Name, h.Trailer[i].Value)
	}
	return declared
}

func hasToken(values []string, token string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}
