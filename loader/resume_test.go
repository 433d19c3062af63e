package loader_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"pageload/loader"
)

// A TLS session is resumed by the profile that has it, not by another one, lest
// a server knows its visitors by it; but where profiles were given one cache of
// sessions, it was asked for.
func TestSessionsOfProfiles(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	profile := func(sessions tls.ClientSessionCache) *loader.Profile {
		p := &loader.Profile{}
		p.Pool.Dialer.TLS = &tls.Config{InsecureSkipVerify: true, ClientSessionCache: sessions}
		t.Cleanup(func() { p.Close(context.Background()) })
		return p
	}
	resumed := func(p *loader.Profile) bool {
		t.Helper()
		page, err := p.Load(t.Context(), s.URL)
		if err != nil {
			t.Fatal(err)
		}
		w := page.Waterfall()
		p.Pool.CloseIdle()
		if len(w.Requests) != 1 || w.Requests[0].TLS == nil || w.Requests[0].Reused {
			t.Fatalf("%d requests, of which the first is %+v: want one, on a new connection", len(w.Requests), w.Requests[0])
		}
		return w.Requests[0].TLS.Resumed
	}
	one := profile(nil)
	if resumed(one) || !resumed(one) || !resumed(one) {
		t.Error("a profile does not resume its own session, or one that it cannot have")
	}
	if resumed(profile(nil)) {
		t.Error("a new profile resumes the session of another one")
	}
	shared := tls.NewLRUClientSessionCache(8)
	if resumed(profile(shared)) || !resumed(profile(shared)) {
		t.Error("profiles do not share the sessions that they were told to share")
	}
}
