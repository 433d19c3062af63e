package http2_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"pageload/fetch/http2"
)

func ExampleStream() {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%s %s over %s", r.Method, r.URL.Path, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	nc, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()

	c := http2.NewConn(nc, http2.Config{})
	var s http2.Stream // reuse it: it keeps its buffers
	var r http2.Response
	s.Bind(c)
	defer s.Close()
	err = s.Send(&http2.Request{Method: "GET", Scheme: "https", Authority: "example.com", Path: "/a", Fields: []http2.Field{{Name: "accept", Value: "*/*"}}},
		time.Now().Add(time.Minute), io.ErrNoProgress)
	if err == nil {
		err = s.ReadHead(&r)
	}
	if err == nil {
		fmt.Println(r.Status, r.Header[0])
		err = s.ReadBody(&r, func(p []byte) error { fmt.Printf("%s\n", p); return nil }, time.Minute, io.ErrNoProgress)
	}
	fmt.Println(r.ContentBytes, err)
	// Output:
	// 200 {content-type text/plain}
	// GET /a over HTTP/2.0
	// 20 <nil>
}
