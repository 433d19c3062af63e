package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"pageload/fetch"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// site is a server with a redirect to a text.
func site() *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("/old", http.RedirectHandler("/new", http.StatusMovedPermanently))
	mux.HandleFunc("/new", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "asked for as %s", r.Header.Get("Sec-Fetch-Dest"))
	})
	return httptest.NewServer(mux)
}

func ExampleClient_Do() {
	srv := site()
	defer srv.Close()
	var c fetch.Client // the zero value looks like a Chromium
	defer c.Close(context.Background())

	resp, err := c.Do(context.Background(), &fetch.Request{URL: weburl.MustParse(srv.URL + "/old")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	typ, _ := fetch.ContentType(resp.Header)
	fmt.Println(resp.Status, resp.URL.Path(), typ.Essence(), typ.Charset())
	fmt.Println(string(body), err)
	fmt.Println("redirected from", resp.Redirects[0].URL.Path(), "on the same connection:", resp.Reused)
	// Output:
	// 200 /new text/plain utf-8
	// asked for as document <nil>
	// redirected from /old on the same connection: true
}

func ExampleClient_Start() {
	srv := site()
	defer srv.Close()
	var c fetch.Client
	defer c.Close(context.Background())

	page := weburl.MustParse(srv.URL)
	done := make(chan struct{})
	c.Start(context.Background(), &fetch.Request{
		URL: weburl.MustParse(srv.URL + "/old"), Destination: fetch.Image, Mode: fetch.NoCORS,
		Referrer: page, Initiator: page.Origin(),
	}, fetch.HandlerFuncs{
		OnRedirect: func(hop *fetch.Hop, next weburl.URL) error {
			fmt.Println(hop.Status, "to", next.Path())
			return nil
		},
		OnResponse: func(hop *fetch.Hop) error {
			fmt.Println(hop.Status, hop.Header.Get("Content-Type"))
			return nil
		},
		OnData: func(p []byte) error {
			fmt.Printf("%s\n", p)
			return nil
		},
		OnDone: func(hop *fetch.Hop, err error) {
			fmt.Println("done:", hop.DecodedBytes, "bytes,", err)
			close(done)
		},
	})
	<-done
	// Output:
	// 301 to /new
	// 200 text/plain; charset=utf-8
	// asked for as image
	// done: 18 bytes, <nil>
}

func ExampleError() {
	var c fetch.Client
	_, err := c.Do(context.Background(), &fetch.Request{URL: weburl.MustParse("http://127.0.0.1:25/")})
	var e *fetch.Error
	if errors.As(err, &e) {
		fmt.Println(e)
		fmt.Println(e.Phase, e.Net(), errors.Is(err, fetch.ErrBlockedPort))
	}
	// Output:
	// fetch: http://127.0.0.1:25/: url: port is blocked: 25
	// url net::ERR_UNSAFE_PORT true
}

func ExampleHonest() {
	c := fetch.Client{Profile: fetch.Honest("examplebot/2.1 (+https://example.com/bot)")}
	fmt.Println(c.Profile.UserAgent)
	// Output: examplebot/2.1 (+https://example.com/bot)
}

func ExampleParseLink() {
	for _, l := range fetch.ParseLink(`</a.css>; rel=preload; as=style, <https://cdn.test>; rel="preconnect dns-prefetch"; crossorigin`) {
		_, cors := l.Lookup("crossorigin")
		fmt.Println(l.URL, l.HasRel("preload"), l.Param("as"), l.HasRel("dns-prefetch"), cors)
	}
	// Output:
	// /a.css true style false false
	// https://cdn.test false  true true
}

func ExampleTransport() {
	srv := site()
	defer srv.Close()
	t := &fetch.Transport{Client: &fetch.Client{Cache: &httpcache.Cache{}}}
	defer t.Client.Close(context.Background())
	c := http.Client{Transport: t}
	resp, err := c.Get(srv.URL + "/old")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, resp.Request.URL.Path, string(b))
	// Output: 200 OK /new asked for as document
}
