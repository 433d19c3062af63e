package capture_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pageload/conn/capture"
	"pageload/conn/conntest/wire"
)

// tcpdump, listening at the same place by itself, has seen the same.
func TestWireBesideTCPDump(t *testing.T) {
	program(t, "tcpdump")
	data := 0
	r := newRig(t, "192.0.2.2:80", wire.Link{Loss: 0.02, Seed: 7}, wire.Link{Loss: 0.02, Duplicate: 0.02, Seed: 8, Rule: func(f *wire.Frame) (v wire.Verdict) {
		if !wire.Data(f) {
			return v
		}
		data++
		return map[int]wire.Verdict{10: {Drop: true}, 20: {Hold: 5 * time.Millisecond}, 30: {Copies: 1}}[data]
	}})
	out := temporary(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := r.wire.Host(wire.A).Command(ctx, "tcpdump", "-nn", "-U", "-B", "8192", "--time-stamp-precision=nano", "-i", "wire", "-w", out.Name(), "tcp")
	cmd.Stdout = nil
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 4096)
	for all := ""; !strings.Contains(all, "listening on"); {
		n, err := stderr.Read(said)
		if all += string(said[:n]); err != nil {
			t.Fatalf("tcpdump: %v: %s", err, all)
		}
	}
	p := r.connect()
	send(t, p.server, p.client, 150_000)
	send(t, p.client, p.server, 50_000)
	l := r.done(p)
	waitForLines(t, out.Name(), len(l.Segments))
	cmd.Process.Signal(syscall.SIGINT)
	io.Copy(io.Discard, stderr)
	var status *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	ours, theirs := tcpdump(t, r.file), tcpdump(t, out.Name())
	if len(ours) != len(theirs) {
		t.Errorf("%d segments, tcpdump has seen %d", len(ours), len(theirs))
	}
	for i := range min(len(ours), len(theirs)) {
		ours[i].time, theirs[i].time = "", "" // the clock is read for each listener
		if ours[i] != theirs[i] {
			t.Fatalf("segment %d is %+v, tcpdump has seen %+v", i+1, ours[i], theirs[i])
		}
	}
	if len(is(l, retransmitted)) == 0 || len(is(l, outOfOrder)) == 0 {
		t.Errorf("%d segments sent again, %d out of order", len(is(l, retransmitted)), len(is(l, outOfOrder)))
	}
}

// waitForLines waits until tcpdump has written so many segments.
func waitForLines(t *testing.T, file string, n int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		cmd := exec.Command(program(t, "tcpdump"), "-nn", "-r", file)
		if out, _ := cmd.Output(); strings.Count(string(out), "\n") >= n {
			return
		}
		<-tick.C
	}
	t.Error("tcpdump has not written what it saw")
}

// Between hosts whose devices cut segments for the kernel, what is longer than
// the MTU is said to be so.
func TestVethSupers(t *testing.T) {
	wire.Need(t)
	a, err := wire.NewHost("a")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := wire.NewHost("b")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, args := range [][]string{
		{"link", "add", "cap0", "type", "veth", "peer", "name", "cap1", "netns", b.Namespace()},
		{"addr", "add", "192.0.2.1/24", "dev", "cap0"}, {"link", "set", "cap0", "up"},
	} {
		if out, err := a.IP(args...); err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	for _, args := range [][]string{{"addr", "add", "192.0.2.2/24", "dev", "cap1"}, {"link", "set", "cap1", "up"}} {
		if out, err := b.IP(args...); err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	l, err := b.Listen("tcp", "192.0.2.2:80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := temporary(t)
	r := &rig{t: t, listener: l, file: f.Name()}
	if err := a.Do(func() error { r.Capture, err = capture.Start(capture.Options{Writer: f}); return err }); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := a.Dial(t.Context(), "tcp", "192.0.2.2:80")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	local, remote := c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()
	r.Follow(local, remote, "")
	send(t, c, s, 400_000)
	s.Close()
	c.Close()
	settle(t, r.Capture)
	ladder := r.Ladder(local, remote)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	agrees(t, ladder, f.Name())
	supers := is(ladder, func(s capture.Segment) bool { return s.Super > 0 })
	for _, s := range supers {
		if s.SuperSize != 1448 || s.Super != (s.Length+1447)/1448 || s.Length <= 1448 {
			t.Errorf("%d bytes are %d of %d", s.Length, s.Super, s.SuperSize)
		}
	}
	for _, s := range ladder.Segments {
		if s.Length > 1448 && s.Super == 0 {
			t.Errorf("%d bytes, and not said to be cut", s.Length)
		}
	}
	if len(supers) == 0 || r.Counts().Supers != uint64(len(supers)) || !strings.Contains(ladder.String(), "of 1448 on the wire") {
		t.Errorf("%d supers, %+v\n%v", len(supers), r.Counts(), ladder)
	}
}

// A device without link addresses, as tunnels are: the file has "cooked" packets.
func TestTunnel(t *testing.T) {
	wire.Need(t)
	h, err := wire.NewHost("tunnel")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var tun *os.File
	if err := h.Do(func() error { tun, err = openTun("cap9"); return err }); err != nil {
		t.Fatal(err)
	}
	defer tun.Close()
	for _, args := range [][]string{{"addr", "add", "192.0.2.1/24", "dev", "cap9"}, {"link", "set", "cap9", "up"}} {
		if out, err := h.IP(args...); err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	f := temporary(t)
	var c *capture.Capture
	if err := h.Do(func() error { c, err = capture.Start(capture.Options{Writer: f}); return err }); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	local, remote := netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:80")
	err = h.Do(func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(local)}
		_, err := d.DialContext(ctx, "tcp", remote.String())
		return err
	})
	if err == nil {
		t.Fatal("connected to nobody")
	}
	c.Follow(local, remote, "")
	l := c.Ladder(local, remote)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	agrees(t, l, f.Name())
	f.Seek(0, io.SeekStart)
	file, err := capture.Read(f)
	if err != nil || len(l.Segments) == 0 || l.Segments[0].What != capture.Opening || l.Interface != "cap9" || file.Interfaces[0].LinkType != 276 {
		t.Errorf("%v: %+v\n%v", err, file.Interfaces, l)
	}
}

// openTun makes a tunnel device in the namespace of the thread. It is gone when the file is closed.
func openTun(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	r, err := unix.NewIfreq(name)
	if err == nil {
		r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, r)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}
