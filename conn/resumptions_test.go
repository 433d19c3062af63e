package conn

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// A resumer is a TLS server on loopback.
type resumer struct {
	t    *testing.T
	addr string
}

func newResumer(t *testing.T, version uint16) *resumer {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}, MaxVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	serveEach(t, l, func(c net.Conn) {
		io.WriteString(c, "x")
		io.Copy(io.Discard, c)
	})
	return &resumer{t, l.Addr().String()}
}

// dial connects once, and reports whether the session was resumed.
func (s *resumer) dial(r *Resumptions) bool {
	s.t.Helper()
	c, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: theAuthority().pool, ServerName: "a.test", ClientSessionCache: r})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil { // after which tickets have come
		s.t.Fatal(err)
	}
	return c.ConnectionState().DidResume
}

func TestResumptionsAreSaved(t *testing.T) {
	cases := []struct {
		version uint16
	}{{tls.VersionTLS12}, {tls.VersionTLS13}}
	for _, c := range cases {
		var first Resumptions
		server := newResumer(t, c.version)
		if server.dial(&first) {
			t.Fatal("resumed at first")
		}
		if first.Len() == 0 {
			t.Fatalf("%s: nothing remembered", tls.VersionName(c.version))
		}
		var b bytes.Buffer
		if err := first.Write(&b); err != nil {
			t.Fatal(err)
		}
		saved := b.String()
		var second, third Resumptions
		if err := second.Read(strings.NewReader(saved)); err != nil {
			t.Fatal(err)
		}
		if !server.dial(&second) {
			t.Errorf("%s: not resumed after Read", tls.VersionName(c.version))
		}
		if clone := first.Clone(); !server.dial(clone) {
			t.Errorf("%s: not resumed by a clone", tls.VersionName(c.version))
		}
		first.Clear()
		if server.dial(&first) {
			t.Errorf("%s: resumed after Clear", tls.VersionName(c.version))
		}
		lines := strings.SplitAfter(saved, "\n")
		for name, text := range map[string]string{
			"empty": "", "head": "{}\n", "version": strings.Replace(saved, `"version":1`, `"version":2`, 1),
			"cut": strings.Join(lines[:len(lines)-2], ""), "number": lines[0] + lines[len(lines)-2],
			"state": lines[0] + `{"key":"a","ticket":"AA==","state":"AAAA"}` + "\n", "line": lines[0] + "nonsense\n",
		} {
			err := third.Read(strings.NewReader(text))
			if !errors.Is(err, ErrResumptions) || !strings.Contains(err.Error(), "line ") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestResumptionsAreBounded(t *testing.T) {
	r := Resumptions{Most: 2}
	for i := range 5 {
		r.Put(fmt.Sprint(i), &tls.ClientSessionState{})
	}
	r.Get("3")
	r.Put("5", &tls.ClientSessionState{})
	if _, ok := r.Get("3"); !ok || r.Len() != 2 {
		t.Errorf("%d are left, the one used last: %v", r.Len(), ok)
	}
	r.Put("3", nil)
	if r.Len() != 1 {
		t.Errorf("%d are left after one was taken back", r.Len())
	}
	none := Resumptions{Most: -1}
	if none.Put("a", &tls.ClientSessionState{}); none.Len() != 0 {
		t.Error("kept although none may be")
	}
}

func FuzzResumptions(f *testing.F) {
	f.Add(`{"format":"pageload TLS sessions","version":1}` + "\n" + `{"key":"a","ticket":"AA==","state":"AAAA"}` + "\n" + `{"sessions":1}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		var r, again Resumptions
		if r.Read(strings.NewReader(text)) != nil {
			return
		}
		var b bytes.Buffer
		if err := r.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := again.Read(&b); err != nil || again.Len() != r.Len() {
			t.Fatalf("%d sessions, %d when read again: %v", r.Len(), again.Len(), err)
		}
	})
}
