package http1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"testing"

	"pageload/fetch/http1"
	"pageload/fetch/internal/bench"
)

// serverEnv says that this is the benchmark's server.
const serverEnv = "HTTP1_BENCH_SERVER"

func TestMain(m *testing.M) {
	if bench.Serves(serverEnv) {
		rawServer()
		return
	}
	os.Exit(m.Run())
}

// rawServer answers GET /N with N bytes, prints its address, and ends when its standard input does.
func rawServer() {
	runtime.GOMAXPROCS(1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c)
		}
	}()
	bench.Wait()
}

// answer serves one connection: a request is what ends with an empty line.
func answer(c net.Conn) {
	defer c.Close()
	in := make([]byte, 4096)
	var out []byte
	size := -1
	n := 0
	for {
		m, err := c.Read(in[n:])
		if err != nil {
			return
		}
		n += m
		if !bytes.HasSuffix(in[:n], []byte("\r\n\r\n")) {
			continue
		}
		path, _, _ := bytes.Cut(in[len("GET /"):n], []byte(" "))
		n = 0
		if want, _ := strconv.Atoi(string(path)); want != size {
			size = want
			out = fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: raw\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n"+
				"Cache-Control: public, max-age=3600\r\nETag: \"5f3c-18b\"\r\nVary: Accept-Encoding\r\nContent-Length: %d\r\n\r\n", size)
			out = append(out, make([]byte, size)...)
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// startServer returns the address of a raw server.
func startServer(tb testing.TB) string { return bench.Start(tb, serverEnv, 1)[0] }

func dial(tb testing.TB, addr string) net.Conn {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { nc.Close() })
	return nc
}

// clients make one GET and drop the body.
var clients = []struct {
	name string
	new  func(tb testing.TB, addr string, size int) func() error
}{
	{"http1", func(tb testing.TB, addr string, size int) func() error { return newGet(dial(tb, addr), addr, size) }},
	{"Exchange", func(tb testing.TB, addr string, size int) func() error {
		return newExchange(dial(tb, addr), addr, size)
	}},
	{"Exchange-Drop", func(tb testing.TB, addr string, size int) func() error { return newDrop(dial(tb, addr), addr, size) }},
	{"http1-wrapped", func(tb testing.TB, addr string, size int) func() error {
		return newGet(struct{ net.Conn }{dial(tb, addr)}, addr, size)
	}},
	{"hand", func(tb testing.TB, addr string, size int) func() error { return byHand(dial(tb, addr), addr, size) }},
	{"RoundTrip", func(tb testing.TB, addr string, size int) func() error {
		t := &http.Transport{MaxIdleConnsPerHost: 6, DisableCompression: true}
		tb.Cleanup(t.CloseIdleConnections)
		req, _ := http.NewRequest("GET", fmt.Sprintf("http://%s/%d", addr, size), nil)
		return func() error {
			resp, err := t.RoundTrip(req)
			if err != nil {
				return err
			}
			io.Copy(io.Discard, resp.Body)
			return resp.Body.Close()
		}
	}},
	{"ReadResponse", func(tb testing.TB, addr string, size int) func() error {
		nc := dial(tb, addr)
		br, bw := bufio.NewReaderSize(nc, 16<<10), bufio.NewWriter(nc)
		req, _ := http.NewRequest("GET", fmt.Sprintf("http://%s/%d", addr, size), nil)
		return func() error {
			req.Write(bw)
			bw.Flush()
			resp, err := http.ReadResponse(br, req)
			if err != nil {
				return err
			}
			io.Copy(io.Discard, resp.Body)
			return resp.Body.Close()
		}
	}},
}

// byHand is the least that a client can do and still split every header line: the floor.
func byHand(nc net.Conn, addr string, size int) func() error {
	buf := make([]byte, 64<<10)
	head := fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: %s\r\nUser-Agent: http1\r\nAccept: */*\r\n\r\n", size, addr)
	var fields [64][2][]byte
	return func() error {
		if _, err := nc.Write(head); err != nil {
			return err
		}
		n, end := 0, -1
		for end < 0 {
			m, err := nc.Read(buf[n:])
			if err != nil {
				return err
			}
			n += m
			end = bytes.Index(buf[:n], []byte("\r\n\r\n"))
		}
		_, lines, _ := bytes.Cut(buf[:end+2], []byte("\n"))
		length := 0
		for k := 0; len(lines) > 0; k++ {
			var line []byte
			line, lines, _ = bytes.Cut(lines, []byte("\r\n"))
			name, value, _ := bytes.Cut(line, []byte(": "))
			fields[k] = [2][]byte{name, value}
			if bytes.EqualFold(name, []byte("Content-Length")) {
				for _, d := range value {
					length = length*10 + int(d-'0')
				}
			}
		}
		for left := length - (n - end - 4); left > 0; {
			m, err := nc.Read(buf)
			if err != nil {
				return err
			}
			left -= m
		}
		return nil
	}
}

// newGet returns an exchange on nc that looks at every byte.
func newGet(nc net.Conn, addr string, size int) func() error {
	c := http1.NewConn(nc)
	r := new(http1.Response)
	head := fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: %s\r\nUser-Agent: http1\r\nAccept: */*\r\n\r\n", size, addr)
	got := 0
	sink := func(p []byte) error { got += len(p); return nil }
	return func() error {
		got = 0
		if _, err := c.WriteRequest(head, nil); err != nil {
			return err
		}
		if err := c.ReadResponse(r, "GET"); err != nil {
			return err
		}
		if err := c.ReadBody(r, sink); err != nil {
			return err
		}
		if got != size || !r.KeepAlive() {
			return fmt.Errorf("%d bytes of %d, keep %v", got, size, r.KeepAlive())
		}
		return nil
	}
}

// newExchange is newGet by Conn.Exchange, with nothing held between two of them.
func newExchange(nc net.Conn, addr string, size int) func() error {
	c := http1.NewConn(nc)
	r := new(http1.Response)
	head := fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: %s\r\nUser-Agent: http1\r\nAccept: */*\r\n\r\n", size, addr)
	got := 0
	sink := func(p []byte) error { got += len(p); return nil }
	return func() error {
		got = 0
		if _, err := c.Exchange(r, "GET", append(c.Head(), head...), nil); err != nil {
			return err
		}
		if err := c.ReadBody(r, sink); err != nil {
			return err
		}
		if got != size || !r.KeepAlive() {
			return fmt.Errorf("%d bytes of %d, keep %v", got, size, r.KeepAlive())
		}
		r.Free()
		return nil
	}
}

// newDrop is newExchange for a body that nobody looks at.
func newDrop(nc net.Conn, addr string, size int) func() error {
	c := http1.NewConn(nc)
	r := &http1.Response{Drop: true}
	head := fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: %s\r\nUser-Agent: http1\r\nAccept: */*\r\n\r\n", size, addr)
	return func() error {
		if _, err := c.Exchange(r, "GET", head, nil); err != nil {
			return err
		}
		if err := c.ReadBody(r, nil); err != nil {
			return err
		}
		if r.ContentBytes != int64(size) || !r.KeepAlive() {
			return fmt.Errorf("%d bytes of %d, keep %v", r.ContentBytes, size, r.KeepAlive())
		}
		return nil
	}
}

// A Conn that goes from connection to connection, as a pool of them does, costs one allocation of a few bytes for each TCP
// connection, and nothing where it is the same as before.
func TestResetAllocations(t *testing.T) {
	addr := startServer(t)
	a, b := dial(t, addr), dial(t, addr)
	c := http1.NewConn(a)
	if n := testing.AllocsPerRun(100, func() { c.Reset(b); c.Reset(a) }); n > 2 {
		t.Errorf("two changes of connection: %v allocations, want 2", n)
	}
	if n := testing.AllocsPerRun(100, func() { c.Reset(a) }); n > 0 {
		t.Errorf("the same connection: %v allocations, want 0", n)
	}
}

// BenchmarkGet compares one exchange with net/http's on the same server.
func BenchmarkGet(b *testing.B) {
	addr := startServer(b)
	for _, size := range []int{1 << 10, 30 << 10, 200 << 10} {
		for _, conns := range []int{1, 6} {
			for _, c := range clients {
				b.Run(fmt.Sprintf("%dK/%dconn/%s", size>>10, conns, c.name), func(b *testing.B) {
					gets := make([]func() error, conns)
					for i := range gets {
						gets[i] = c.new(b, addr, size)
					}
					bench.Run(b, gets)
				})
			}
		}
	}
}

// TestExchangeAllocatesNothing holds the promise of the package comment, over TCP and over a wrapped connection.
func TestExchangeAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool drop buffers at random")
	}
	addr := startServer(t)
	for _, size := range []int{1 << 10, 200 << 10} {
		for name, nc := range map[string]net.Conn{"tcp": dial(t, addr), "wrapped": struct{ net.Conn }{dial(t, addr)}} {
			for _, get := range []func() error{newGet(nc, addr, size), newExchange(nc, addr, size), newDrop(nc, addr, size)} {
				var err error
				if n := testing.AllocsPerRun(100, func() {
					if e := get(); e != nil {
						err = e
					}
				}); n != 0 || err != nil {
					t.Errorf("%s, %d bytes: %v allocations (%v), want 0", name, size, n, err)
				}
			}
		}
	}
}
