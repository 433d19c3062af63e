package fetch

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// request makes a fetch of an http.Request, without its body.
func (t *Transport) request(r *http.Request) (*Request, error) {
	if r.URL == nil {
		return nil, &Error{Phase: PhaseURL, Err: fmt.Errorf("%w: no URL", ErrBadRequest)}
	}
	if s := r.URL.Scheme; s != "http" && s != "https" {
		return nil, &Error{Phase: PhaseURL, Err: fmt.Errorf("%w: %q", ErrScheme, s)}
	}
	u, err := weburl.Parse(r.URL.String())
	if err != nil {
		return nil, &Error{Phase: PhaseURL, Err: fmt.Errorf("%w: %w", ErrBadRequest, err)}
	}
	q := &Request{Method: r.Method, URL: u.WithoutUserinfo(), Redirect: ReturnRedirect, OwnCookies: !t.Cookies}
	if t.FollowRedirects {
		q.Redirect = FollowRedirect
	}
	if err := refused(r); err != nil {
		return nil, &Error{Phase: PhaseRequest, URL: u.WithoutUserinfo(), Err: err}
	}
	q.fields(r, t.agent())
	if t.Describe != nil {
		if err := t.Describe(r, q); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// refused reports what of a request cannot be done here.
func refused(r *http.Request) error {
	switch {
	case r.Method == http.MethodConnect:
		return fmt.Errorf("%w: method CONNECT makes a tunnel, and here is none to have", ErrBadRequest)
	case r.Header.Get("Upgrade") != "":
		return fmt.Errorf("%w: Upgrade %q: a connection is not given away", ErrBadRequest, r.Header.Get("Upgrade"))
	case len(r.Trailer) > 0:
		return fmt.Errorf("%w: trailers of requests are not sent", ErrBadRequest)
	}
	return nil
}

// agent is the User-Agent of the client's profile.
func (t *Transport) agent() string {
	c := t.init()
	c.init()
	return c.profile.UserAgent
}

// fields gives the request the fields of an http.Request, in the order of their names: a map has none. The profile is agent.
func (q *Request) fields(r *http.Request, agent string) {
	if r.Host != "" && r.Host != r.URL.Host {
		q.Header = append(q.Header, Field{"Host", r.Host})
		q.Cache = httpcache.Off // what is stored is by URL
	}
	if r.Close {
		q.Header = append(q.Header, Field{"Connection", "close"})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		values := r.Header[name]
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Connection", "Keep-Alive", "Proxy-Connection", "Upgrade":
			continue // the first as net/http, from the request itself; the others belong to the connection
		case "Accept-Encoding":
			if r.Header.Get(name) == "" {
				continue // net/http asks for gzip then
			}
			q.Encoded = true
		case "User-Agent":
			values = values[:min(len(values), 1)] // as net/http
			if r.Header.Get(name) == agent {
				continue
			}
			for _, hint := range [...]slot{slotBrands, slotMobile, slotPlatform} {
				if r.Header.Values(slotNames[hint]) == nil {
					q.Header = append(q.Header, Field{slotNames[hint], ""}) // they would contradict it
				}
			}
		case "Referer":
			if from, err := weburl.Parse(r.Header.Get(name)); err == nil && from.IsHTTP() {
				q.Referrer, q.Initiator = from, from.Origin()
			}
		case "Range":
			q.Encoded = true // of the bytes as they are stored there
			if r.Header.Get("Accept-Encoding") == "" {
				q.Header = append(q.Header, Field{"Accept-Encoding", ""})
			}
		}
		if !hasSlot(name) {
			for _, v := range values {
				q.Header = append(q.Header, Field{name, strings.Trim(v, " \t")})
			}
			continue
		}
		sep := ", "
		if strings.EqualFold(name, "Cookie") {
			sep = "; "
		}
		q.Header = append(q.Header, Field{name, strings.Trim(strings.Join(values, sep), " \t")})
	}
}

// hasSlot reports whether a field is one of those that the client computes, of which there is one each.
func hasSlot(name string) bool {
	return slices.ContainsFunc(slotNames[:], func(s string) bool { return strings.EqualFold(s, name) })
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}
