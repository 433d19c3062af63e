package fetch

import (
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/fetch/auth"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// doorkeeper serves a port: below /open/ to all, else to whoever shows the Basic field, and notes what came.
func (w *world) doorkeeper(port uint16, field string, seen *[]string) {
	w.serve(port, func(c *conntest.Conn, r *http.Request) bool {
		got := r.Header.Get("Authorization")
		*seen = append(*seen, r.Host+r.URL.Path+" "+got)
		switch {
		case r.URL.Path == "/open/away":
			io.WriteString(c, redirect(302, "http://b.test/open/"))
		case r.URL.Path == "/open/near":
			io.WriteString(c, redirect(302, "../x"))
		case strings.HasPrefix(r.URL.Path, "/open/"):
			io.WriteString(c, ok("open"))
		case got != field:
			io.WriteString(c, answer("401 Unauthorized", "who are you", `WWW-Authenticate: Negotiate, Basic realm="r"`))
		default:
			io.WriteString(c, ok("come in"))
		}
		return true
	})
}

const ada = "Basic YWRhOm1hY2hpbmU=" // ada:machine

func TestLoginWithURL(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []string
		w.doorkeeper(80, ada, &seen)
		r := w.get("http://ada:ma%63hine@a.test/x")
		if r.err != nil || r.hop.Status != 200 || string(r.body) != "come in" || !slices.Equal(r.events, []string{"response 200"}) {
			t.Fatalf("%v, %d, %q, %v", r.err, r.hop.Status, r.body, r.events)
		}
		if !slices.Equal(seen, []string{"a.test/x ", "a.test/x " + ada}) {
			t.Errorf("%q", seen)
		}
		if want := `the server asked for credentials: basic of realm "r", with the URL's credentials`; !slices.Contains(r.hop.Blocked, want) || r.hop.Retries != 0 {
			t.Errorf("reasons %q, %d retries", r.hop.Blocked, r.hop.Retries)
		}
		if n := len(w.pool.Records()); n != 1 {
			t.Errorf("%d connections", n)
		}
		seen = nil
		r = w.get("http://eve:x@a.test/x")
		if r.err != nil || r.hop.Status != 401 || string(r.body) != "who are you" || len(seen) != 2 {
			t.Errorf("wrong: %v, %d, %q; %q", r.err, r.hop.Status, r.body, seen)
		}
		// What nobody remembers is asked for again, and where nothing is asked nothing is told.
		seen = nil
		w.get("http://ada:machine@a.test/open/")
		if r = w.get("http://a.test/x"); r.hop.Status != 401 || !slices.Equal(seen, []string{"a.test/open/ ", "a.test/x "}) {
			t.Errorf("%d, %q", r.hop.Status, seen)
		}
	})
}

// As recorded of Chromium: the field stands behind Connection, a relative redirect keeps the URL's credentials, and those of a URL are not
// sent before they are asked for, wherever they were accepted before.
func TestLoginAsRecorded(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []string
		w.doorkeeper(80, ada, &seen)
		w.client.Auth = &auth.Store{}
		for range 2 {
			seen = nil
			r := w.get("http://ada:machine@a.test/open/near")
			if r.err != nil || r.hop.Status != 200 || r.hop.URL.String() != "http://a.test/x" || r.hop.Index != 1 {
				t.Fatalf("%v, %+v", r.err, r.hop)
			}
			if !slices.Equal(seen, []string{"a.test/open/near ", "a.test/x ", "a.test/x " + ada}) {
				t.Errorf("%q", seen)
			}
			var names []string
			for _, f := range r.hop.RequestHeader[:4] {
				names = append(names, f.Name)
			}
			if !slices.Equal(names, []string{"Host", "Connection", "Authorization", "Upgrade-Insecure-Requests"}) {
				t.Errorf("%q", names)
			}
		}
	})
}

// Over HTTP/2 it is another stream of the same connection, with the body again.
func TestLoginHTTP2(t *testing.T) {
	c, _ := secure(t, true, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if user, password, ok := r.BasicAuth(); !ok || user != "ada" || password != "machine" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(401)
			io.WriteString(w, strings.Repeat("who are you? ", 10_000))
			return
		}
		fmt.Fprintf(w, "%s %s", r.Proto, body)
	})
	c.Auth = &auth.Store{}
	c.Auth.Give("https://a.test", "", auth.Identity{User: "ada", Password: "machine"})
	for i := range 2 {
		r := fetchAll(c, &Request{URL: weburl.MustParse("https://a.test/x"), Method: "POST", Body: []byte("hello")})
		if r.err != nil || r.hop.Status != 200 || string(r.body) != "HTTP/2.0 hello" || r.hop.ConnID != 1 || len(r.hop.Blocked) != 1-i {
			t.Errorf("%v, %q, %+v", r.err, r.body, r.hop)
		}
	}
}

// What one origin was told no other hears, by whatever way a request comes there.
func TestLoginStaysAtItsOrigin(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []string
		w.doorkeeper(80, ada, &seen)
		w.doorkeeper(8080, ada, &seen)
		w.client.Auth = &auth.Store{}
		if r := w.get("http://ada:machine@a.test/x"); r.hop.Status != 200 {
			t.Fatal(r.hop.Status)
		}
		seen = nil
		for _, url := range []string{"http://a.test/y", "http://a.test/open/away", "http://ada:machine@a.test/open/away", "http://b.test/x", "http://a.test:8080/x"} {
			w.get(url)
		}
		want := []string{"a.test/y " + ada, "a.test/open/away " + ada, "b.test/open/ ", "a.test/open/away ", "b.test/open/ ", "b.test/x ", "a.test:8080/x "}
		if !slices.Equal(seen, want) {
			t.Errorf("%q, want\n%q", seen, want)
		}
		seen = nil
		omit := &Request{URL: weburl.MustParse("http://a.test/y"), Mode: CORS, Credentials: Omit, Initiator: weburl.MustParse("http://a.test/").Origin()}
		if r := w.fetch(omit); r.hop.Status != 401 || !slices.Equal(seen, []string{"a.test/y "}) {
			t.Errorf("without credentials: %d, %q", r.hop.Status, seen)
		}
		seen = nil
		own := &Request{URL: weburl.MustParse("http://a.test/y"), Header: []Field{{"Authorization", "Bearer t"}}}
		if r := w.fetch(own); r.hop.Status != 401 || !slices.Equal(seen, []string{"a.test/y Bearer t"}) {
			t.Errorf("with the caller's: %d, %q", r.hop.Status, seen)
		}
	})
}

// Somebody is asked, but not for what another site's page loads.
func TestLoginAsks(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []string
		w.doorkeeper(80, ada, &seen)
		asked := 0
		w.client.Auth = &auth.Store{Ask: func(_ context.Context, q auth.Question) (auth.Identity, bool) {
			asked++
			if q != (auth.Question{Origin: "http://a.test", Scheme: "basic", Realm: "r", Attempt: asked}) {
				t.Errorf("%+v", q)
			}
			return auth.Identity{User: "ada", Password: []string{"?", "machine"}[asked-1]}, true
		}}
		w.client.Cache = &httpcache.Cache{}
		page := weburl.MustParse("http://other.test/")
		image := &Request{URL: weburl.MustParse("http://a.test/i"), Destination: Image, Initiator: page.Origin(), TopLevel: page.Origin(), Credentials: Include}
		if r := w.fetch(image); r.hop.Status != 401 || asked != 0 {
			t.Errorf("%d, asked %d times", r.hop.Status, asked)
		}
		if r := w.get("http://a.test/x"); r.hop.Status != 200 || asked != 2 {
			t.Errorf("%d, asked %d times", r.hop.Status, asked)
		}
		if r := w.fetch(image); r.hop.Status != 200 || asked != 2 {
			t.Errorf("%d, asked %d times", r.hop.Status, asked)
		}
	})
}

// A body is sent again with the credentials, which vouch for it.
func TestLoginDigest(t *testing.T) {
	inWorld(t, func(w *world) {
		hash := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
		var counts, bodies []string
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			fields := map[string]string{}
			for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "Digest "), ", ") {
				name, value, _ := strings.Cut(part, "=")
				fields[name] = strings.Trim(value, `"`)
			}
			want := hash(hash("ada:r:machine") + ":n:" + fields["nc"] + ":" + fields["cnonce"] + ":auth:" + hash(r.Method+":"+r.URL.RequestURI()))
			if fields["response"] != want || fields["uri"] != r.URL.RequestURI() || fields["opaque"] != "o" {
				io.WriteString(c, answer("401 Unauthorized", "", `WWW-Authenticate: Basic realm="r"`, `WWW-Authenticate: Digest realm="r", nonce="n", opaque="o", qop="auth"`))
				return true
			}
			counts, bodies = append(counts, fields["nc"]), append(bodies, r.Method)
			io.WriteString(c, ok("come in"))
			return true
		})
		w.client.Auth = &auth.Store{}
		for _, url := range []string{"http://ada:machine@a.test/x?q", "http://a.test/y"} {
			r := w.fetch(&Request{URL: weburl.MustParse(url), Method: "POST", Body: []byte("hello"), Destination: Document, Mode: Navigate})
			if r.err != nil || r.hop.Status != 200 {
				t.Fatalf("%v %d", r.err, r.hop.Status)
			}
		}
		if !slices.Equal(counts, []string{"00000001", "00000002"}) || bodies[1] != "POST" {
			t.Errorf("%q %q", counts, bodies)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if !slices.Equal(w.requests, []string{"POST a.test/x?q hello", "POST a.test/x?q hello", "POST a.test/y hello"}) {
			t.Errorf("%q", w.requests)
		}
	})
}

// A proxy that wants Digest gets it, though Basic was sent beforehand; the origin is told nothing.
func TestLoginProxy(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen []string
		w.serve(3128, func(c *conntest.Conn, r *http.Request) bool {
			got := r.Header.Get("Proxy-Authorization")
			scheme, _, _ := strings.Cut(got, " ")
			seen = append(seen, r.RequestURI+" "+scheme+" "+r.Header.Get("Authorization"))
			if scheme != "Digest" || !strings.Contains(got, `username="ada"`) {
				io.WriteString(c, answer("407 Proxy Authentication Required", "", `Proxy-Authenticate: Digest realm="p", nonce="n", qop="auth"`))
				return true
			}
			io.WriteString(c, ok("through"))
			return true
		})
		w.pool.Dialer.Proxy = func(context.Context, conn.Key) (*conn.Proxy, error) {
			return &conn.Proxy{Scheme: "http", Host: "proxy.test", Port: 3128, Username: "ada", Password: "machine"}, nil
		}
		w.client.Auth = &auth.Store{}
		for range 2 {
			if r := w.get("http://a.test/x"); r.err != nil || r.hop.Status != 200 {
				t.Fatalf("%v %d", r.err, r.hop.Status)
			}
		}
		if !slices.Equal(seen, []string{"http://a.test/x Basic ", "http://a.test/x Digest ", "http://a.test/x Digest "}) {
			t.Errorf("%q", seen)
		}
	})
}
