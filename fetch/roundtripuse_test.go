package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/fetch/cookies"
	"pageload/fetch/hsts"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

func get(t *testing.T, rt http.RoundTripper, url string) (*http.Response, string) {
	t.Helper()
	resp, err := (&http.Client{Transport: rt}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// What becomes of a connection shows in how many there were.
func TestTransportUsesConnectionsAsNetHTTP(t *testing.T) {
	cases := []struct {
		name string
		path string
		read int // bytes of the body before it is closed; -1: to the end
		most int32
	}{
		{"read to the end", "/flush", -1, 1},
		{"nothing to read", "/status/404", 0, 1},
		{"not to read", "/empty", 0, 1},
		{"read without the end", "/echo", 1, 1},
		{"server closes", "/close", -1, 3},
		{"left while it comes", "/stream", 5, 3},
	}
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		for _, c := range cases {
			if strings.HasSuffix(t.Name(), "h2") && c.most > 1 {
				continue // streams end for themselves
			}
			t.Run(c.name, func(t *testing.T) {
				for _, rt := range []http.RoundTripper{p.std, p.ours} {
					before := p.connections.Load()
					for range 3 {
						r, _ := http.NewRequest("GET", p.url+c.path, nil)
						resp, err := rt.RoundTrip(r)
						if err != nil {
							t.Fatal(err)
						}
						if c.read < 0 {
							io.Copy(io.Discard, resp.Body)
						} else {
							io.ReadFull(resp.Body, make([]byte, c.read))
						}
						resp.Body.Close()
						if b, ok := resp.Body.(*tripBody); ok {
							<-b.done
						}
					}
					rt.(interface{ CloseIdleConnections() }).CloseIdleConnections()
					if n := p.connections.Load() - before; rt == http.RoundTripper(p.ours) && n > c.most {
						t.Errorf("%d connections, want at most %d", n, c.most)
					}
				}
			})
		}
	})
}

func TestTransportServesAClient(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
		http.Redirect(w, r, "/out", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/out", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q", r.Method, b, r.Header.Get("Cookie"))
	})
	onBoth(t, mux.ServeHTTP, func(t *testing.T, p *peers) {
		jar := &cookies.Jar{}
		p.ours.Client.Jar = jar
		c := http.Client{Transport: p.ours, Jar: jar, Timeout: time.Minute}
		resp, err := c.Post(p.url+"/in", "text/plain", strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got, want := string(b), `POST text "seen=1"`; got != want || resp.Request.URL.Path != "/out" {
			t.Errorf("by http.Client: %s of %s, want %s", got, resp.Request.URL, want)
		}

		own := &Transport{Client: &Client{Pool: p.ours.Client.Pool, Jar: &cookies.Jar{}}, FollowRedirects: true, Cookies: true}
		r, _ := http.NewRequest("POST", p.url+"/in", strings.NewReader("text"))
		if resp, err = own.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		b, _ = io.ReadAll(resp.Body)
		resp.Body.Close()
		if got, want := string(b), `POST text "seen=1"`; got != want || resp.Request.URL.Path != "/out" || resp.Request == r {
			t.Errorf("by the transport: %s of %s, want %s", got, resp.Request.URL, want)
		}
	})
}

func TestTransportLeavesTheJarAlone(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "new", Value: "1"})
		io.WriteString(w, r.Header.Get("Cookie"))
	}, func(t *testing.T, p *peers) {
		jar := &cookies.Jar{}
		u := weburl.MustParse(p.url)
		jar.Keep(&cookies.Request{URL: u, Navigation: true, ByUser: true}, "own=1")
		p.ours.Client.Jar = jar
		if _, body := get(t, p.ours, p.url); body != "" {
			t.Errorf("sent %q", body)
		}
		field, _ := jar.Field(&cookies.Request{URL: u, Navigation: true, ByUser: true})
		if field != "own=1" {
			t.Errorf("the jar has %q", field)
		}
	})
}

func TestTransportAnswersFromTheCache(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Cache-Control", "max-age=60")
		if r.URL.Path == "/stale" {
			w.Header().Set("Cache-Control", "no-cache")
		}
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(304)
			return
		}
		io.WriteString(w, "body")
	}, func(t *testing.T, p *peers) {
		now := time.Now()
		p.ours.Client.Cache = &httpcache.Cache{Now: func() time.Time { return now }}
		steps := []struct {
			path, age, status string
			length            int64
		}{
			{"/", "", "pageload; fwd=uri-miss; fwd-status=200; stored", 4},
			{"/", "10", "pageload; hit; ttl=49", 4},
			{"/stale", "", "pageload; fwd=uri-miss; fwd-status=200; stored", 4},
			{"/stale", "", "pageload; fwd=stale; fwd-status=304", 4},
		}
		for i, s := range steps {
			resp, body := get(t, p.ours, p.url+s.path)
			age := resp.Header.Get("Age")
			if s.age != "" && (age == "10" || age == "11") { // the response came within a second or after it
				age = s.age
			}
			status := strings.Replace(resp.Header.Get("Cache-Status"), "ttl=50", "ttl=49", 1)
			if body != "body" || resp.StatusCode != 200 || age != s.age || status != s.status || resp.ContentLength != s.length {
				t.Errorf("%d: %q, %d bytes, Age %q, Cache-Status %q; want Age %q, %q", i, body, resp.ContentLength, age, status, s.age, s.status)
			}
			now = now.Add(10 * time.Second)
		}
	})
}

func TestTransportTellsTheTrace(t *testing.T) {
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		var mu sync.Mutex
		told := map[string]int{}
		note := func(s string) {
			mu.Lock()
			defer mu.Unlock()
			told[s]++
		}
		var conns []httptrace.GotConnInfo
		trace := &httptrace.ClientTrace{
			GetConn: func(to string) { note("get " + to) },
			GotConn: func(i httptrace.GotConnInfo) {
				note("got " + i.Conn.RemoteAddr().String())
				conns = append(conns, i)
			},
			ConnectStart:         func(n, a string) { note("connect " + n + " " + a) },
			ConnectDone:          func(n, a string, err error) { note(fmt.Sprint("connected ", err)) },
			TLSHandshakeStart:    func() { note("tls") },
			GotFirstResponseByte: func() { note("first") },
			Got1xxResponse:       func(code int, _ textproto.MIMEHeader) error { note(fmt.Sprint(code)); return nil },
		}
		for range 2 {
			r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "GET", p.url+"/early", nil)
			if s := look(p.ours, r); s.Body != "late" {
				t.Errorf("%+v", s)
			}
		}
		addr := strings.TrimPrefix(strings.TrimPrefix(p.url, "http://"), "https://")
		want := map[string]int{"get " + addr: 2, "got " + addr: 2, "connect tcp " + addr: 1, "connected <nil>": 1, "first": 2, "103": 2}
		if strings.HasPrefix(p.url, "https") {
			want["tls"] = 1
		}
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("told %v\nwant %v", told, want)
		}
		if len(conns) == 2 && (conns[0].Reused || !conns[1].Reused) {
			t.Errorf("reused %v, %v", conns[0].Reused, conns[1].Reused)
		}
		veto := errors.New("veto")
		trace.Got1xxResponse = func(int, textproto.MIMEHeader) error { return veto }
		r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "GET", p.url+"/early", nil)
		if _, err := p.ours.RoundTrip(r); !errors.Is(err, veto) {
			t.Errorf("after a veto: %v", err)
		}
	})
}

func TestTransportRefuses(t *testing.T) {
	tr := &Transport{}
	cases := []struct {
		name   string
		change func(*http.Request)
		want   error
		text   string
	}{
		{"CONNECT", func(r *http.Request) { r.Method = "CONNECT" }, ErrBadRequest, "tunnel"},
		{"TRACE", func(r *http.Request) { r.Method = "TRACE" }, ErrBadRequest, "forbidden"},
		{"upgrade", func(r *http.Request) { r.Header.Set("Upgrade", "websocket") }, ErrBadRequest, "not given away"},
		{"trailer", func(r *http.Request) { r.Trailer = http.Header{"A": nil} }, ErrBadRequest, "trailers"},
		{"port", func(r *http.Request) { r.URL.Host = "127.0.0.1:25" }, ErrBlockedPort, "25"},
	}
	for _, c := range cases {
		r, _ := http.NewRequest("POST", "http://127.0.0.1:1/", nil)
		body := &counted{Reader: strings.NewReader("x")}
		r.Body, r.ContentLength = body, 1
		c.change(r)
		if _, ok := r.Body.(*counted); !ok {
			body.closed.Add(1)
		}
		_, err := tr.RoundTrip(r)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v with %q", c.name, err, c.want, c.text)
		}
		if body.closed.Load() == 0 {
			t.Errorf("%s: the body was not closed", c.name)
		}
	}
	if err := tr.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTransportLooksLikeTheProfile(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(r.Header) }))
	defer srv.Close()
	tr := &Transport{Describe: func(r *http.Request, q *Request) error {
		if r.Header.Get("X-Script") != "" {
			q.Destination, q.Mode = Empty, SameOrigin
		}
		if r.URL.Path == "/never" {
			return errors.New("never")
		}
		return nil
	}}
	defer tr.Close(context.Background())
	ask := func(path string, fields ...string) http.Header {
		r, _ := http.NewRequest("GET", srv.URL+path, nil)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		resp, err := tr.RoundTrip(r)
		if err != nil {
			return http.Header{"Error": {err.Error()}}
		}
		defer resp.Body.Close()
		var h http.Header
		json.NewDecoder(resp.Body).Decode(&h)
		return h
	}
	if h := ask("/"); h.Get("Sec-Fetch-Dest") != "document" || h.Get("Sec-Ch-Ua") == "" || h.Get("Sec-Fetch-Site") != "none" || h.Get("User-Agent") != Chromium().UserAgent {
		t.Errorf("plain: %v", h)
	}
	if h := ask("/", "User-Agent", "me/1"); h.Get("Sec-Ch-Ua") != "" || h.Get("User-Agent") != "me/1" {
		t.Errorf("own User-Agent: %v", h)
	}
	if h := ask("/", "User-Agent", Chromium().UserAgent); h.Get("Sec-Ch-Ua") == "" || h.Get("User-Agent") != Chromium().UserAgent {
		t.Errorf("the profile's User-Agent: %v", h)
	}
	if h := ask("/", "Referer", srv.URL+"/before"); h.Get("Sec-Fetch-Site") != "same-origin" || h.Get("Referer") != srv.URL+"/before" {
		t.Errorf("from a page: %v", h)
	}
	if h := ask("/", "X-Script", "1", "Referer", srv.URL+"/"); h.Get("Sec-Fetch-Dest") != "empty" || h.Get("Sec-Fetch-Mode") != "same-origin" {
		t.Errorf("described: %v", h)
	}
	if h := ask("/never"); h.Get("Error") != "never" {
		t.Errorf("refused: %v", h)
	}
}

func TestTransportTellsTheWatcher(t *testing.T) {
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		res := newResult()
		p.ours.Watch = func(r *http.Request, q *Request) Handler {
			if r.URL.Path == "/early" {
				return res
			}
			return HandlerFuncs{OnResponse: func(*Hop) error { return errors.New("vetoed") }}
		}
		if _, body := get(t, p.ours, p.url+"/early"); body != "late" {
			t.Error(body)
		}
		<-res.done
		if want := []string{"interim 103", "response 200"}; !slices.Equal(res.events, want) || string(res.body) != "late" || res.err != nil {
			t.Errorf("%v %q %v", res.events, res.body, res.err)
		}
		r, _ := http.NewRequest("GET", p.url+"/echo", nil)
		if _, err := p.ours.RoundTrip(r); err == nil || err.Error() != "vetoed" {
			t.Errorf("vetoed: %v", err)
		}
	})
}

func TestTransportEndsWithCancel(t *testing.T) {
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		r, _ := http.NewRequest("GET", p.url+"/wait", nil)
		stop := make(chan struct{})
		//lint:ignore SA1019 callers of old still set it
		r.Cancel = stop
		close(stop)
		if _, err := p.ours.RoundTrip(r); !errors.Is(err, context.Canceled) {
			t.Errorf("Request.Cancel: %v", err)
		}
		c := http.Client{Transport: p.ours, Timeout: 30 * time.Millisecond}
		for _, path := range []string{"/wait", "/stream"} {
			resp, err := c.Get(p.url + path)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			var nerr net.Error
			if !errors.As(err, &nerr) || !nerr.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Client.Timeout, %s: %v", path, err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		body, w := io.Pipe()
		defer w.Close()
		r, _ = http.NewRequestWithContext(ctx, "POST", p.url+"/echo", body)
		go cancel()
		if _, err := p.ours.RoundTrip(r); !errors.Is(err, context.Canceled) {
			t.Errorf("a request body that does not come: %v", err)
		}
	})
}

func TestTransportBodyAfterClose(t *testing.T) {
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		for _, path := range []string{"/flush", "/stream"} {
			std, ours := p.each(func(rt http.RoundTripper) any {
				r, _ := http.NewRequest("GET", p.url+path, nil)
				resp, err := rt.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				n, err := resp.Body.Read(make([]byte, 1))
				return fmt.Sprint(n, err != nil && err != io.EOF, resp.Body.Close())
			})
			if std != ours {
				t.Errorf("%s: net/http %v, ours %v", path, std, ours)
			}
		}
	})
}

func TestTransportIsForMany(t *testing.T) {
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		p.ours.Client.Cache = &httpcache.Cache{}
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				for _, path := range []string{"/echo", "/gzip", "/redirect", "/trailer"} {
					r, _ := http.NewRequest("GET", fmt.Sprintf("%s%s?%d", p.url, path, i), nil)
					if s := look(p.ours, r); s.Err != "" {
						t.Errorf("%s: %+v", path, s)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestTransportUpgrades(t *testing.T) {
	c, srv := secure(t, false, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
	c.HSTS = &hsts.Store{}
	if err := c.HSTS.Note("a.test", "max-age=60"); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	tr := &Transport{Client: c}
	r, _ := http.NewRequest("GET", "http://a.test:"+port+"/", nil)
	if s := look(tr, r); s.Code != 307 || s.Header.Get("Location") != "https://a.test:"+port+"/" || s.Err != "" {
		t.Errorf("a redirect of its own: %+v", s)
	}
	if resp, body := get(t, tr, r.URL.String()); body != "a.test:"+port || resp.TLS == nil {
		t.Errorf("followed: %q of %v", body, resp.Request.URL)
	}
}
