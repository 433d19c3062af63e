package fetch

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pageload/fetch/altsvc"
	"pageload/fetch/hsts"
	"pageload/parse/weburl"
)

// What a host says over TLS holds for requests by http to it, and its first field counts.
func TestStrictTransportSecurity(t *testing.T) {
	c, _ := secure(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Strict-Transport-Security", "max-age=100")
		w.Header().Add("Strict-Transport-Security", "max-age=0")
		w.Write([]byte("hello"))
	})
	c.HSTS = &hsts.Store{}
	get := func(url string) *result { return fetchAll(c, &Request{URL: weburl.MustParse(url)}) }
	if r := get("https://a.test/"); r.err != nil || len(r.redirects) != 0 {
		t.Fatalf("%v, redirects %v", r.err, r.redirects)
	}
	r := get("http://u:p@a.test:80/x?y#z")
	if r.err != nil || string(r.body) != "hello" || r.hop.TLS == nil || r.hop.URL.String() != "https://a.test/x?y#z" || r.hop.Index != 1 || len(r.redirects) != 1 {
		t.Fatalf("%v, hop %+v", r.err, r.hop)
	}
	hop := r.redirects[0]
	if hop.URL.String() != "http://a.test/x?y#z" || hop.Status != 307 || hop.StatusText != "Internal Redirect" || hop.ConnID != 0 || hop.RequestHeader != nil ||
		hop.Header.Get("Location") != "https://a.test/x?y#z" || hop.Header.Get("Non-Authoritative-Reason") != "HSTS" || hop.Times.End.IsZero() || hop.RequestID != r.hop.RequestID {
		t.Errorf("%+v", hop)
	}
}

// A port that was written stays; where redirects are not followed this one is not either.
func TestStrictTransportSecurityNotFollowed(t *testing.T) {
	c := Client{HSTS: &hsts.Store{}, MaxRedirects: -1}
	c.HSTS.Note("a.test", "max-age=100")
	r := fetchAll(&c, &Request{URL: weburl.MustParse("http://a.test:8080/x")})
	if r.err != nil || r.hop.Status != 307 || r.hop.Header.Get("Location") != "https://a.test:8080/x" || len(r.redirects) != 0 {
		t.Errorf("%v, %+v", r.err, r.hop)
	}
}

// Where else a server can be had is believed over TLS, and the fields are one list; nothing changes by it yet.
func TestAlternativeServices(t *testing.T) {
	c, _ := secure(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Alt-Svc", `h3=":443"; ma=60`)
		w.Header().Add("Alt-Svc", `h2=":8443"`)
	})
	c.AltSvc = &altsvc.Store{}
	for range 2 {
		if r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/"), Partition: "p"}); r.err != nil || len(r.redirects) != 0 {
			t.Fatalf("%v, redirects %v", r.err, r.redirects)
		}
	}
	got := c.AltSvc.Alternatives(altsvc.Key{Origin: "https://a.test", Partition: "p"})
	if len(got) != 2 || got[0].Protocol != "h3" || got[1].Port != 8443 {
		t.Errorf("%+v", got)
	}
	inWorld(t, func(w *world) {
		w.client.AltSvc = &altsvc.Store{}
		w.text(80, map[string]string{"/": ok("x", `Alt-Svc: h3=":443"`)})
		w.get("http://a.test/")
		for v := range w.client.AltSvc.All() {
			t.Errorf("believed without TLS: %+v", v)
		}
	})
}

// Without TLS a host says nothing; an upgrade is one of the redirects that are counted.
func TestStrictTransportSecurityBounds(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.HSTS = &hsts.Store{}
		w.client.MaxRedirects = 1
		w.text(80, map[string]string{
			"/1": redirect(302, "http://a.test/2", "Strict-Transport-Security: max-age=100"),
			"/2": ok("two", "Strict-Transport-Security: max-age=100"),
		})
		if r := w.get("http://a.test/1"); r.err != nil || string(r.body) != "two" {
			t.Errorf("%v", r.err)
		}
		if list := slices.Collect(w.client.HSTS.All()); list != nil {
			t.Errorf("believed without TLS: %v", list)
		}
		w.client.HSTS.Note("a.test", "max-age=100")
		r := w.get("http://b.test/1")
		if !errors.Is(r.err, ErrTooManyRedirects) || !strings.Contains(r.err.Error(), "Client.MaxRedirects 1") {
			t.Errorf("%v", r.err)
		}
	})
}
