package capture_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pageload/conn/capture"
)

// A pair is both ends of a connection.
type pair struct {
	client, server *net.TCPConn
	local, remote  netip.AddrPort
}

func connect(t testing.TB, address string) pair {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("no %s on this machine: %v", address, err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return pair{c.(*net.TCPConn), s.(*net.TCPConn), c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()}
}

func send(t testing.TB, from, to net.Conn, n int) {
	t.Helper()
	done := make(chan error, 1)
	go func() { _, err := from.Write(make([]byte, n)); done <- err }()
	_, err := io.ReadFull(to, make([]byte, n))
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
}

func settle(t testing.TB, c *capture.Capture) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestLoopback(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		f := temporary(t)
		c := start(t, capture.Options{Writer: f})
		p := connect(t, address)
		other := connect(t, address) // not followed
		send(t, p.client, p.server, 100)
		c.Follow(p.local, p.remote, "loop.test")
		send(t, p.server, p.client, 2000)
		send(t, other.server, other.client, 2000)
		p.client.CloseWrite()
		io.Copy(io.Discard, p.server)
		p.server.Close()
		io.Copy(io.Discard, p.client)
		settle(t, c)
		l := c.Ladder(p.local, p.remote)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		agrees(t, l, f.Name())
		if got := whats(l.Opening()); got != ">SYN, <SYN+ACK, >ACK" || !l.Segments[1].AcksSYN || !l.Segments[2].AcksSYN {
			t.Errorf("handshake %s\n%v", got, l)
		}
		if l.Segments[1].Ack != l.Segments[0].Seq+1 || l.Segments[2].Ack != l.Segments[1].Seq+1 {
			t.Errorf("handshake %v", l)
		}
		last := l.Segments[len(l.Segments)-1]
		if l.Segments[0].Link.Type != capture.EtherTypeIPv4 && address[0] == '1' || last.What != capture.Acknowledgement || !last.AcksFIN || l.Interface != "lo" {
			t.Errorf("%v", l)
		}
		var sent, received int
		for _, s := range l.Segments {
			if s.Duplicate || s.Retransmitted {
				t.Errorf("segment %+v", s)
			}
			if s.Out {
				sent += s.Length
			} else {
				received += s.Length
			}
		}
		if sent != 100 || received != 2000 {
			t.Errorf("%d bytes sent, %d received", sent, received)
		}
		if n := c.Counts(); n.Dropped != 0 || n.Written != n.Followed || n.Followed != uint64(len(l.Segments)) || n.Others == 0 {
			t.Errorf("%+v", n)
		}
	}
}

func TestLoopbackReset(t *testing.T) {
	c := start(t, capture.Options{Interfaces: []string{"lo"}})
	p := connect(t, "127.0.0.1:0")
	c.Follow(p.local, p.remote, "")
	p.server.SetLinger(0)
	p.server.Close()
	settle(t, c)
	l := c.Ladder(p.local, p.remote)
	if got := whats(l.Closing()); got != "<RST" {
		t.Errorf("close: %s\n%v", got, l)
	}
}

// Capture.Ladder has what happened before it was called, without waiting for it.
func TestLoopbackAtOnce(t *testing.T) {
	c := start(t, capture.Options{Interfaces: []string{"lo"}})
	for range 50 {
		p := connect(t, "127.0.0.1:0")
		c.Follow(p.local, p.remote, "")
		if l := c.Ladder(p.local, p.remote); len(l.Opening()) != 3 || l.RoundTrip() <= 0 {
			t.Fatalf("%v", l)
		}
		p.client.Close()
		p.server.Close()
	}
}

// From the first packet on, the times are those of the packets, and not of their reading.
func TestLoopbackTimes(t *testing.T) {
	for range 20 {
		c := start(t, capture.Options{Interfaces: []string{"lo"}})
		before := time.Now()
		p := connect(t, "127.0.0.1:0")
		after := time.Now()
		c.Follow(p.local, p.remote, "")
		send(t, p.client, p.server, 100_000)
		l := c.Ladder(p.local, p.remote)
		for i, s := range l.Segments {
			if i > 0 && s.Time.Before(l.Segments[i-1].Time) {
				t.Errorf("segment %d is before the one before it:\n%v", i+1, l)
			}
		}
		if open := l.Opening(); len(open) != 3 || open[0].Time.Before(before) || open[1].Time.After(after) {
			t.Errorf("connected from %v to %v\n%v", before, after, l)
		}
		p.client.Close()
		p.server.Close()
		c.Close()
	}
}

// A port that is not asked for is not heard at all.
func TestLoopbackPorts(t *testing.T) {
	p, other := connect(t, "127.0.0.1:0"), connect(t, "127.0.0.1:0")
	c := start(t, capture.Options{Ports: []uint16{p.remote.Port()}})
	c.Follow(p.local, p.remote, "")
	c.Follow(other.local, other.remote, "")
	send(t, other.client, other.server, 10)
	send(t, p.client, p.server, 10)
	send(t, p.server, p.client, 10)
	if n := len(c.Ladder(other.local, other.remote).Segments); n != 0 {
		t.Errorf("%d segments of another port", n)
	}
	if l := c.Ladder(p.local, p.remote); len(l.Bytes(true, 0, 10)) != 1 || len(l.Bytes(false, 0, 10)) != 1 {
		t.Errorf("%v", l)
	}
}

// tshark decrypts HTTP with nothing but the file.
func TestLoopbackTLS(t *testing.T) {
	tshark := program(t, "tshark")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		f := temporary(t)
		c := start(t, capture.Options{Writer: f})
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "the answer to "+r.URL.Path)
		}))
		server.Config.ErrorLog = nil
		server.StartTLS()
		var conn net.Conn
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, KeyLogWriter: c.KeyLogWriter()},
			DialContext: func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
				conn, err = new(net.Dialer).DialContext(ctx, network, addr)
				return conn, err
			},
		}}
		r, err := client.Get(server.URL + "/secret/path")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		local, remote := conn.LocalAddr().(*net.TCPAddr).AddrPort(), conn.RemoteAddr().(*net.TCPAddr).AddrPort()
		c.Follow(local, remote, "tls.test")
		client.CloseIdleConnections()
		server.Close()
		settle(t, c)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		agrees(t, c.Ladder(local, remote), f.Name())
		raw, _ := os.ReadFile(f.Name())
		if bytes.Contains(raw, []byte("/secret/path")) {
			t.Error("the path is in the file as such")
		}
		cmd := exec.Command(tshark, "-r", f.Name(), "-d", "tcp.port=="+strings.Split(remote.String(), ":")[1]+",tls", "-Y", "http",
			"-T", "fields", "-e", "http.request.uri", "-e", "http.response.code", "-e", "ip.dst_host", "-N", "n", "-o", "nameres.use_external_name_resolver:FALSE")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("tshark: %v: %s", err, stderr.String())
		}
		want := "/secret/path\t\ttls.test\n/secret/path\t200\ttls.test\n"
		if got := string(out); !strings.HasPrefix(got, "/secret/path\t\ttls.test\n") || !strings.Contains(got, "\t200\t") {
			t.Errorf("%s: tshark reads %q, want %q\n%s", tls.VersionName(version), got, want, stderr.String())
		}
	}
}

func TestStartWithoutPrivilege(t *testing.T) {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine, and its loss with it
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		if err := unix.Capget(&header, &data[0]); err != nil {
			done <- err
			return
		}
		data[0].Effective &^= 1 << unix.CAP_NET_RAW
		if err := unix.Capset(&header, &data[0]); err != nil {
			done <- err
			return
		}
		c, err := capture.Start(capture.Options{})
		if err == nil {
			c.Close()
		}
		done <- err
	}()
	err := <-done
	var missing *capture.PrivilegeError
	if !errors.As(err, &missing) || !errors.Is(err, os.ErrPermission) {
		t.Fatalf("error %v", err)
	}
	if !strings.HasPrefix(err.Error(), "capture: needs CAP_NET_RAW ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q", err)
	}
}

func TestStartErrors(t *testing.T) {
	start(t, capture.Options{}) // skips where nothing is allowed
	if _, err := capture.Start(capture.Options{Interfaces: []string{"none-such"}}); err == nil || !strings.Contains(err.Error(), "interface none-such: no such device") {
		t.Errorf("error %v", err)
	}
	before := descriptors(t)
	for range 20 {
		capture.Start(capture.Options{Interfaces: []string{"none-such"}})
		c := start(t, capture.Options{})
		c.Close()
		c.Close()
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func descriptors(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// A full buffer is said, in the counts and in the file.
func TestDrops(t *testing.T) {
	f := temporary(t)
	c := start(t, capture.Options{Writer: slow{f}, Buffer: 1, Interfaces: []string{"lo"}, MaxHeld: 1 << 20})
	p := connect(t, "127.0.0.1:0")
	c.Follow(p.local, p.remote, "")
	for c.Counts().Dropped == 0 && !t.Failed() {
		send(t, p.client, p.server, 1<<20)
	}
	p.client.Close()
	p.server.Close()
	l := c.Ladder(p.local, p.remote)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if l.Dropped == 0 || !strings.Contains(l.String(), "packets were dropped before they were seen") {
		t.Errorf("%v", l)
	}
	f.Seek(0, io.SeekStart)
	file, err := capture.Read(f)
	if err != nil || file.Interfaces[0].Dropped == 0 {
		t.Errorf("%v: %+v", err, file.Interfaces)
	}
}

// slow takes its time, as a disk may.
type slow struct{ io.Writer }

func (s slow) Write(p []byte) (int, error) {
	runtime.Gosched()
	return s.Writer.Write(p)
}

func BenchmarkLoopback(b *testing.B) {
	for _, captured := range []bool{false, true} {
		name := "without"
		if captured {
			name = "captured"
		}
		b.Run(name, func(b *testing.B) {
			if captured {
				c := start(b, capture.Options{Writer: io.Discard})
				defer func() {
					n := c.Counts()
					b.ReportMetric(float64(n.Received)/float64(b.N), "packets/op")
					b.ReportMetric(float64(n.Dropped), "dropped")
				}()
				p := connect(b, "127.0.0.1:0")
				c.Follow(p.local, p.remote, "")
				exchange(b, p)
				return
			}
			exchange(b, connect(b, "127.0.0.1:0"))
		})
	}
}

func exchange(b *testing.B, p pair) {
	b.ReportAllocs()
	buf := make([]byte, 16<<10)
	go io.Copy(p.server, p.server)
	for b.Loop() {
		if _, err := p.client.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(p.client, buf); err != nil {
			b.Fatal(err)
		}
	}
}
