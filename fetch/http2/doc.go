// Package http2 is the client side of HTTP/2 (RFC 9113) on one net.Conn.
//
// It opens streams on a connection that was dialled and handshaken elsewhere, sends what a browser sends, in its order (see
// [Profile]), and hands each response to the goroutine that asked for it. It dials nothing, follows nothing, decodes no content coding and chooses no
// connection: that is the work of package fetch, which most users want instead. Use this package to speak HTTP/2 on a connection of your own.
//
// # How to start
//
//	c := http2.NewConn(nc, http2.Config{})
//	var s http2.Stream // reuse it: it keeps its buffers
//	var r http2.Response
//	s.Bind(c)
//	defer s.Close()
//	err := s.Send(&http2.Request{Method: "GET", Scheme: "https", Authority: "example.com", Path: "/"}, time.Time{}, nil)
//	if err == nil { err = s.ReadHead(&r) }
//	if err == nil { err = s.ReadBody(&r, func(p []byte) error { … }, 0, nil) }
//
// # Goroutines and buffers
//
// A connection has one goroutine, which reads, from its first request to its end; while nothing comes it holds no buffer. Requests are written by the goroutines
// that make them, several in one write where they meet. What the reader has to answer, and what cannot be written at once, is written by a goroutine that ends
// with it; so does the one that sends a body for which there is no window yet. A body's bytes wait in buffers of 16 KB until its
// reader takes them, bounded by the windows that the profile announces (6 MB a stream, 15 MB a connection with Chromium's); with Request.Drop they are counted and dropped where they are read.
//
// Frames are parsed and written here and not with x/net/http2's Framer, which allocates an object for most frames and keeps a buffer a
// connection; it is the oracle of the tests. Header compression is x/net/http2/hpack.
//
// # Strict
//
// A fault of the server's ends the stream, or the connection where it must, with an [Error] that names the frame and the stream, and the server is told the
// code that RFC 9113 has for it. All that a server can make a client hold or do is bounded by windows, the profile's settings, or [Limits].
package http2
