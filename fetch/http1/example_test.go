package http1_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"pageload/fetch/http1"
)

// serve answers each request on one end of a connection with the next of answers, then closes it.
func serve(answers ...string) net.Conn {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		br := bufio.NewReader(server)
		for _, a := range answers {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			io.WriteString(server, a)
		}
	}()
	return client
}

func Example() {
	nc := serve(
		"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"+
			"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\nDigest: x\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone",
	)
	defer nc.Close()

	c := http1.NewConn(nc)
	r := http1.Response{Interim: func(status int, h http1.Header) {
		fmt.Printf("%d %s\n", status, h.Get("link"))
	}}
	for _, path := range []string{"/", "/missing"} {
		if _, err := c.Exchange(&r, "GET", []byte("GET "+path+" HTTP/1.1\r\nHost: example.com\r\n\r\n"), nil); err != nil {
			fmt.Println(err)
			return
		}
		var body strings.Builder
		err := c.ReadBody(&r, func(p []byte) error {
			body.Write(p)
			return nil
		})
		fmt.Println(r.Status, string(r.Reason), r.Framing, body.String(), err)
		fmt.Println("trailer fields:", r.Trailer.Len(), "head:", r.HeadBytes, "body:", r.BodyBytes, "content:", r.ContentBytes, "keep:", r.KeepAlive())
	}
	// Output:
	// 103 </a.css>; rel=preload
	// 200 OK chunked Hello <nil>
	// trailer fields: 1 head: 73 body: 26 content: 5 keep: true
	// 404 Not Found length gone <nil>
	// trailer fields: 0 head: 64 body: 4 content: 4 keep: false
}

func ExampleError() {
	nc := serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
	defer nc.Close()
	c := http1.NewConn(nc)
	var r http1.Response
	c.WriteRequest([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), nil)
	err := c.ReadResponse(&r, "GET")
	fmt.Println(err)
	var e *http1.Error
	fmt.Println(errors.As(err, &e) && e.Kind == http1.Syntax)
	// Output:
	// http1: framing: both Transfer-Encoding and Content-Length
	// true
}

func ExampleLimits() {
	nc := serve("HTTP/1.1 200 OK\r\nSet-Cookie: " + strings.Repeat("x", 5000) + "\r\n\r\n")
	defer nc.Close()
	c := http1.NewConn(nc)
	c.Limits.HeaderBytes = 4096
	var r http1.Response
	c.WriteRequest([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), nil)
	fmt.Println(c.ReadResponse(&r, "GET"))
	// Output:
	// http1: response head: larger than 4096 bytes (Limits.HeaderBytes)
}

func ExampleHeader() {
	nc := serve("HTTP/1.1 204 No Content\r\nset-cookie: a=1\r\nVary: Accept\r\nSet-Cookie: b=2\r\n\r\n")
	defer nc.Close()
	c := http1.NewConn(nc)
	var r http1.Response
	c.WriteRequest([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), nil)
	if err := c.ReadResponse(&r, "GET"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", r.Header.Get("VARY"))
	for v := range r.Header.Values("Set-Cookie") {
		fmt.Printf("%s\n", v)
	}
	fmt.Println(r.Header.HTTPHeader())
	// Output:
	// Accept
	// a=1
	// b=2
	// map[Set-Cookie:[a=1 b=2] Vary:[Accept]]
}
