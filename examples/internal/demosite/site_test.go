package demosite

import (
	"bytes"
	"context"
	"image"
	_ "image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"pageload/conn/conntest"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

// start serves the site for a test, with a client that asks its name server.
func start(t *testing.T) (*Site, *http.Client) {
	t.Helper()
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.NameServer.String())
	}}
	transport := &http.Transport{DialContext: (&net.Dialer{Resolver: resolver}).DialContext, MaxConnsPerHost: 20}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return s, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, c *http.Client, u string) (*http.Response, []byte) {
	t.Helper()
	resp, err := c.Get(u)
	if err != nil {
		t.Errorf("%s: %v", u, err)
		return nil, nil
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%s: %v", u, err)
	}
	return resp, b
}

func TestEveryURL(t *testing.T) {
	s, c := start(t)
	var all sync.WaitGroup
	for u, r := range s.pages {
		all.Go(func() {
			resp, b := get(t, c, u)
			if resp == nil {
				return
			}
			if resp.StatusCode != max(r.status, 200) || resp.Header.Get("Content-Type") != r.typ || resp.Header.Get("Location") != r.to {
				t.Errorf("%s: %s, type %q, location %q", u, resp.Status, resp.Header.Get("Content-Type"), resp.Header.Get("Location"))
			}
			if want := pauseMark.ReplaceAll(r.body, nil); !bytes.Equal(b, want) {
				t.Errorf("%s: %d bytes, want %d", u, len(b), len(want))
			}
			if r.typ == png {
				if _, _, err := image.Decode(bytes.NewReader(b)); err != nil {
					t.Errorf("%s: %v", u, err)
				}
			}
			if r.to != "" && !slices.Contains(s.urls(), r.to) {
				t.Errorf("%s leads to %s, which there is not", u, r.to)
			}
		})
	}
	all.Wait()
}

func (s *Site) urls() (list []string) {
	for u := range s.pages {
		list = append(list, u)
	}
	return list
}

// What the pages name is there, but for what is meant to be missing; and all
// that is there is named somewhere.
func TestReferences(t *testing.T) {
	s, _ := start(t)
	meant := []string{"/refused.png", "/blocked.png", "/nothing.png", // fail
		"/narrow.png", "/never.png", "/unused.png", "/print.png", "/unused.woff2", "/demo.woff", "/next.html", "/far.png"} // are not fetched
	reference := regexp.MustCompile(`(?:href|src|poster)="([^"]+)"|url\("?([^")]+)"?\)|(https?://\S+) \d+w|srcset="([^", ]+)"|from "([^"]+)"`)
	named := map[string]bool{s.URL: true}
	for base, r := range s.pages {
		named[r.to] = true
		if r.file == "" {
			continue
		}
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reference.FindAllStringSubmatch(string(r.body), -1) {
			ref, err := u.Parse(strings.Join(m[1:], ""))
			if err != nil {
				t.Errorf("%s: %v", base, err)
				continue
			}
			named[ref.String()] = true
			_, served := s.pages[ref.String()]
			missing := slices.Contains(meant, ref.Path) || ref.Path == "/" // a host that is only connected to
			if !served && !missing || served && slices.Contains(meant, ref.Path) {
				t.Errorf("%s names %s: served %v", base, ref, served)
			}
		}
	}
	for u := range s.pages {
		if !named[u] {
			t.Errorf("nobody names %s", u)
		}
	}
}

func TestAnswer(t *testing.T) {
	s, c := start(t)
	t.Run("document comes in pieces", func(t *testing.T) {
		doc := s.address("http://www.demo.test/")
		if n := len((&resource{file: "x", body: s.pages[doc].body}).pieces()); n != 4 {
			t.Errorf("%d pieces, want 4", n)
		}
		var early textproto.MIMEHeader
		trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error { early = h; return nil }}
		q, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", doc, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if !strings.Contains(early.Get("Link"), "/css/main.css>; rel=preload") || resp.Header.Get("Link") != "" {
			t.Errorf("early hint %q, then %q", early.Get("Link"), resp.Header.Get("Link"))
		}
		if resp.Header.Get("Set-Cookie") == "" {
			t.Error("the document sets no cookie")
		}
	})
	t.Run("compressed", func(t *testing.T) {
		resp, _ := get(t, c, s.address("http://static.demo.test/js/app.js"))
		if !resp.Uncompressed {
			t.Error("a script is not compressed")
		}
	})
	t.Run("a part of the video", func(t *testing.T) {
		q, err := http.NewRequestWithContext(t.Context(), "GET", s.address("http://img.demo.test/clip.mp4"), nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Range", "bytes=0-99")
		resp, err := c.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 206 || resp.ContentLength != 100 {
			t.Errorf("%s with %d bytes", resp.Status, resp.ContentLength)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		if resp, _ := get(t, c, s.address("http://www.demo.test/nothing")); resp.StatusCode != 404 {
			t.Errorf("unknown path: %s", resp.Status)
		}
		if resp, _ := get(t, c, "http://"+s.NameServer.Addr().String()+":"+s.port+"/"); resp.StatusCode != 404 {
			t.Errorf("unknown host: %s", resp.Status)
		}
		resp, err := c.Post(s.URL, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 301 {
			t.Errorf("POST: %s", resp.Status)
		}
	})
	t.Run("faults", func(t *testing.T) {
		if _, err := c.Get("http://nowhere.test:" + s.port + "/"); err == nil || !strings.Contains(err.Error(), "no such host") {
			t.Errorf("nowhere.test: error %v", err)
		}
		if _, err := c.Get("http://demo.test:" + s.refused + "/"); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("refused port: error %v", err)
		}
	})
}

// Closing while answers are under way ends them, and nothing is left running:
// see TestMain.
func TestClose(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var under, sent sync.WaitGroup
	sent.Add(8)
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sent.Done() }})
	tr := &http.Transport{}
	for range 8 {
		under.Go(func() {
			q, err := http.NewRequestWithContext(trace, "GET", "http://127.0.0.1:"+s.port+"/", nil)
			if err != nil {
				t.Error(err)
				return
			}
			q.Host = strings.TrimSuffix(strings.TrimPrefix(s.address("http://ads.other.test/"), "http://"), "/")
			q.URL.Path = "/tag.js"
			resp, err := tr.RoundTrip(q)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if err == nil {
				t.Error("the answer was complete")
			}
		})
	}
	sent.Wait()
	cancel()
	s.Close()
	s.Close()
	under.Wait()
	tr.CloseIdleConnections()
	if _, err := Start(ctx); err == nil {
		t.Error("started with a context that has ended")
	}
}

func TestStartTwice(t *testing.T) {
	a, _ := start(t)
	b, _ := start(t)
	if a.NameServer == b.NameServer || a.URL == b.URL {
		t.Errorf("two sites at %v %v", a.URL, b.URL)
	}
}
