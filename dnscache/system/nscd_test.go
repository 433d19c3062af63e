package system_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

// nscdHead is a response without addresses: version, found, number of addresses, their octets, those of the name, h_errno.
func nscdHead(numbers ...int32) []byte {
	var b []byte
	for _, n := range numbers {
		b = binary.NativeEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// nscdFound is a response with addresses.
func nscdFound(canonical string, addrs ...string) []byte {
	var octets, families []byte
	for _, ip := range dnstest.IPs(addrs...) {
		octets = append(octets, ip.AsSlice()...)
		if ip.Is4() {
			families = append(families, 2)
		} else {
			families = append(families, 10)
		}
	}
	b := nscdHead(2, 1, int32(len(addrs)), int32(len(octets)), int32(len(canonical)+1), 0)
	return append(append(append(append(b, octets...), families...), canonical...), 0)
}

var nscdTests = []struct {
	name     string
	response []byte
	want     string // empty: an error
	err      error  // nil: any that is no answer
}{
	{"both families", nscdFound("main.test", "192.0.2.1", "2001:db8::1"), "192.0.2.1/60 2001:db8::1/60 main.test", nil},
	{"no canonical name", nscdFound("", "192.0.2.1"), "192.0.2.1/60 a.test", nil},
	{"does not tell", nscdHead(2, 0, 0, 0, 0, 0), "", dnscache.ErrPass},
	{"no such name", nscdHead(2, 0, 0, 0, 0, 1), "", dnscache.ErrNotFound},
	{"no address", nscdHead(2, 0, 0, 0, 0, 4), "", dnscache.ErrNoAddress},
	{"try again", nscdHead(2, 0, 0, 0, 0, 2), "", nil},
	{"unknown error", nscdHead(2, 0, 0, 0, 0, 99), "", nil},
	{"no host names", nscdHead(2, -1, 0, 0, 0, 0), "", dnscache.ErrPass},
	{"other version", nscdHead(3, 1, 0, 0, 0, 0), "", nil},
	{"empty", nil, "", io.EOF},
	{"half a head", nscdHead(2, 1, 1), "", io.ErrUnexpectedEOF},
	{"half a body", nscdFound("main.test", "192.0.2.1")[:27], "", io.ErrUnexpectedEOF},
	{"no addresses", nscdHead(2, 1, 0, 0, 0, 0), "", nil},
	{"a million addresses", nscdHead(2, 1, 1<<20, 4<<20, 0, 0), "", nil},
	{"negative lengths", nscdHead(2, 1, 1, -4, -1, 0), "", nil},
	{"long name", nscdHead(2, 1, 1, 4, 1<<20, 0), "", nil},
	{"IPv6 in four octets", append(nscdHead(2, 1, 1, 4, 0, 0), 1, 2, 3, 4, 10), "", nil},
	{"unknown family", append(append(nscdHead(2, 1, 1, 16, 0, 0), make([]byte, 16)...), 7), "", nil},
}

// answers returns a dial function to an nscd in memory, which notes the question.
func answers(response []byte, question *string) func(context.Context, string) (net.Conn, error) {
	return func(context.Context, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			in := make([]byte, 512)
			n, _ := far.Read(in)
			*question = string(in[:n])
			far.Write(response)
		}()
		return near, nil
	}
}

func TestNSCD(t *testing.T) {
	for _, tt := range nscdTests {
		t.Run(tt.name, func(t *testing.T) {
			var question string
			a, err := (&system.NSCD{Dial: answers(tt.response, &question)}).Lookup(ctx, "a.test")
			if want := string(nscdHead(2, 14, 7)) + "a.test\x00"; question != want {
				t.Errorf("question %q, want %q", question, want)
			}
			if s := a.Steps[0]; a.Level != dnscache.OS || s.Server != "nscd /var/run/nscd/socket" || s.Transport != "unix" {
				t.Errorf("step %+v at %v", s, a.Level)
			}
			if tt.want != "" {
				if err != nil || text(a) != tt.want || a.Steps[0].Note == "" {
					t.Errorf("Lookup = %q, %v, want %q", text(a), err, tt.want)
				}
				return
			}
			answer := errors.Is(err, dnscache.ErrNotFound) || errors.Is(err, dnscache.ErrNoAddress)
			if err == nil || tt.err != nil && !errors.Is(err, tt.err) || tt.err == nil && (answer || errors.Is(err, dnscache.ErrPass)) || a.TTL != 0 {
				t.Errorf("error %v with TTL %v, want %v", err, a.TTL, tt.err)
			}
		})
	}
}

func TestNSCDSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &system.NSCD{Timeout: time.Second, Dial: func(context.Context, string) (net.Conn, error) {
			near, far := net.Pipe()
			go io.Copy(io.Discard, far)
			return near, nil
		}}
		start := time.Now()
		if _, err := s.Lookup(ctx, "a.test"); !isTimeout(err) || time.Since(start) != time.Second {
			t.Errorf("error %v after %v, want a timeout after 1s", err, time.Since(start))
		}
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(100*time.Millisecond, cancel)
		start = time.Now()
		if _, err := s.Lookup(ctx, "a.test"); !errors.Is(err, context.Canceled) || time.Since(start) != 100*time.Millisecond {
			t.Errorf("error %v after %v, want context.Canceled after 100ms", err, time.Since(start))
		}
	})
}

func TestNSCDOverSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	s := &system.NSCD{Path: path}
	if _, err := s.Lookup(ctx, "a.test"); !errors.Is(err, dnscache.ErrPass) {
		t.Errorf("without socket: %v, want ErrPass", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	served := make(chan struct{})
	go func() {
		defer close(served)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.Read(make([]byte, 512))
		c.Write(nscdFound("main.test", "2001:db8::1"))
	}()
	if a, err := s.Lookup(ctx, "a.test"); err != nil || text(a) != "2001:db8::1/60 main.test" {
		t.Errorf("Lookup = %q, %v", text(a), err)
	}
	l.Close()
	<-served
	if _, err := s.Lookup(ctx, "a.test"); !errors.Is(err, dnscache.ErrPass) {
		t.Errorf("nobody listens: %v, want ErrPass", err)
	}
	if _, err := s.Lookup(ctx, strings.Repeat("a.", 600)); !errors.Is(err, dnscache.ErrPass) {
		t.Errorf("long name: %v, want ErrPass", err)
	}
}

// FuzzNSCD reads arbitrary responses in one piece and octet by octet: the same comes of both, and it is bounded.
func FuzzNSCD(f *testing.F) {
	for _, tt := range nscdTests {
		f.Add(tt.response)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ips, name, err := system.ReadNSCD(bytes.NewReader(b))
		again, name2, err2 := system.ReadNSCD(iotest.OneByteReader(bytes.NewReader(b)))
		if len(ips) != len(again) || name != name2 || (err == nil) != (err2 == nil) {
			t.Errorf("%v %q %v in one piece, %v %q %v in many", ips, name, err, again, name2, err2)
		}
		if err == nil && (len(ips) == 0 || len(ips) > 200 || len(name) > 1025) || err != nil && len(ips) > 0 {
			t.Errorf("%d addresses of a name of %d octets, %v", len(ips), len(name), err)
		}
		for _, ip := range ips {
			if !ip.IsValid() || ip.Is4In6() {
				t.Errorf("address %v", ip)
			}
		}
	})
}
