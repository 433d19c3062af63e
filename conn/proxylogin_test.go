package conn

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// A scriptedLogin knows what to say ahead and after each challenge.
type scriptedLogin struct {
	ahead   string
	answers []string // "": none
	notes   *[]string
}

func (l *scriptedLogin) Ahead(target string) string {
	*l.notes = append(*l.notes, "ahead "+target)
	return l.ahead
}

func (l *scriptedLogin) Challenged(_ context.Context, challenges []string) bool {
	*l.notes = append(*l.notes, "challenged "+strings.Join(challenges, " + "))
	return len(l.answers) > 0
}

func (l *scriptedLogin) Field(string) string {
	f := l.answers[0]
	l.answers = l.answers[1:]
	return f
}

func (l *scriptedLogin) Accepted() { *l.notes = append(*l.notes, "accepted") }

// What is said to a proxy that asks for credentials before it opens a tunnel,
// and on which connection.
func TestProxyLogin(t *testing.T) {
	const (
		challenge = "HTTP/1.1 407 P\r\nProxy-Authenticate: Basic realm=\"r\"\r\nProxy-Authenticate: Digest nonce=n\r\n"
		wanted    = "ahead a.test:443, challenged Basic realm=\"r\" + Digest nonce=n"
		opened    = "HTTP/1.1 200 OK\r\n\r\n"
		basic     = "Basic dTpw"
		closes    = "\x00" // an answer that begins so closes the connection, before the rest of it is said
	)
	tests := []struct {
		name      string
		login     scriptedLogin
		none      bool // no login
		noAccount bool // the Proxy has no credentials
		answers   [][]string
		want      []string // the fields that each connection saw
		notes     string
		err       string
	}{
		{name: "nobody answers", none: true, answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n"}}, want: []string{basic}, err: "it answered 407"},
		{name: "accepted at once", answers: [][]string{{opened}}, want: []string{basic}, notes: "ahead a.test:443, accepted"},
		{name: "accepted ahead", login: scriptedLogin{ahead: "Digest 2"}, answers: [][]string{{opened}}, want: []string{"Digest 2"}, notes: "ahead a.test:443, accepted"},
		{name: "nothing ahead", noAccount: true, login: scriptedLogin{answers: []string{"Digest 1"}}, answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n", opened}},
			want: []string{" | Digest 1"}, notes: wanted + ", accepted"},
		{name: "same connection", login: scriptedLogin{answers: []string{"Digest 1"}}, answers: [][]string{{challenge + "Content-Length: 5\r\n\r\nhello", opened}},
			want: []string{basic + " | Digest 1"}, notes: wanted + ", accepted"},
		{name: "chunked", login: scriptedLogin{answers: []string{"Digest 1"}},
			answers: [][]string{{challenge + "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n", opened}},
			want:    []string{basic + " | Digest 1"}, notes: wanted + ", accepted"},
		{name: "closed", login: scriptedLogin{answers: []string{"Digest 1"}}, answers: [][]string{{challenge + "Connection: Close\r\nContent-Length: 5\r\n\r\nhello"}, {opened}},
			want: []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "no length", login: scriptedLogin{answers: []string{"Digest 1"}}, answers: [][]string{{challenge + "\r\nhello"}, {opened}},
			want: []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "HTTP/1.0", login: scriptedLogin{answers: []string{"Digest 1"}},
			answers: [][]string{{strings.Replace(challenge, "1.1", "1.0", 1) + "Content-Length: 0\r\n\r\n"}, {opened}}, want: []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "both lengths", login: scriptedLogin{answers: []string{"Digest 1"}},
			answers: [][]string{{challenge + "Content-Length: 0\r\nTransfer-Encoding: gzip\r\n\r\n"}, {opened}}, want: []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "too much to read", login: scriptedLogin{answers: []string{"Digest 1"}}, answers: [][]string{{challenge + "Content-Length: 70000\r\n\r\n"}, {opened}},
			want: []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "more than its body", login: scriptedLogin{answers: []string{"Digest 1"}}, answers: [][]string{{challenge + "Content-Length: 1\r\n\r\nab"}, {opened}},
			want: []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "chunks without end", login: scriptedLogin{answers: []string{"Digest 1"}},
			answers: [][]string{{challenge + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("fff\r\n"+strings.Repeat("x", 0xfff)+"\r\n", 20)}, {opened}},
			want:    []string{basic, "Digest 1"}, notes: wanted + ", accepted"},
		{name: "closed without a word", login: scriptedLogin{answers: []string{"Digest 1", "Digest 2"}}, answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n", closes}, {opened}},
			want: []string{basic + " | Digest 1", "Digest 2"}, notes: wanted + ", accepted"},
		{name: "closed twice", login: scriptedLogin{answers: []string{"Digest 1", "Digest 2", "Digest 3"}}, answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n", closes}, {closes}},
			want: []string{basic + " | Digest 1", "Digest 2"}, notes: wanted, err: "it closed the connection after 0 bytes"},
		{name: "not accepted", login: scriptedLogin{answers: []string{"Digest 1", "Digest 2"}},
			answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n", challenge + "Content-Length: 0\r\n\r\n"}},
			want:    []string{basic + " | Digest 1"}, notes: wanted + ", challenged Basic realm=\"r\" + Digest nonce=n", err: "it answered 407"},
		{name: "no answer", answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n"}}, want: []string{basic}, notes: wanted, err: "it answered 407"},
		{name: "the same answer", login: scriptedLogin{answers: []string{basic}}, answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n"}}, want: []string{basic}, notes: wanted, err: "it answered 407"},
		{name: "an answer that is two lines", login: scriptedLogin{answers: []string{"Digest a\rX: y"}}, answers: [][]string{{challenge + "Content-Length: 0\r\n\r\n"}}, want: []string{basic}, notes: wanted, err: "it answered 407"},
		{name: "refused for another reason", login: scriptedLogin{ahead: "Digest 2"}, answers: [][]string{{"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"}}, want: []string{"Digest 2"},
			notes: "ahead a.test:443, accepted", err: "it answered 403"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proxy := httpProxy
			if !test.noAccount {
				proxy.Username, proxy.Password = "u", "p"
			}
			p := throughProxy(proxy)
			var notes []string
			login := test.login
			login.notes = &notes
			if !test.none {
				p.Dialer.ProxyLogin = func(got Proxy) ProxyLogin {
					if got != proxy {
						t.Errorf("asked about %+v", got)
					}
					return &login
				}
			}
			inWorld(t, p, func(w *world) {
				var seen []string
				w.serve(proxyAddr, func(c *conntest.Conn) {
					n := len(seen)
					seen = append(seen, "")
					for i, answer := range test.answers[min(n, len(test.answers)-1)] {
						field, ok := proxyAuthorization(c)
						if !ok {
							return
						}
						if i > 0 {
							seen[n] += " | "
						}
						seen[n] += field
						if answer == closes {
							c.Close()
							return
						}
						io.WriteString(c, answer)
					}
					io.Copy(c, c) // the tunnel
				})
				l, err := p.Get(ctxBg, Request{Key: keyTLS})
				if test.err != "" {
					w.wantProxyError(err, ProxyRequest, test.err)
				} else if err != nil {
					t.Fatal(err)
				} else {
					w.say(l.Conn(), "hello", "hello")
					l.Discard(nil)
				}
				w.settle()
				if !slices.Equal(seen, test.want) {
					t.Errorf("the proxy saw %q, want %q", seen, test.want)
				}
				if got := strings.Join(notes, ", "); got != test.notes {
					t.Errorf("notes %q\nwant  %q", got, test.notes)
				}
			})
		})
	}
}

// proxyAuthorization reads a request's head and returns that field of it.
func proxyAuthorization(c *conntest.Conn) (field string, ok bool) {
	head := ""
	for b := make([]byte, 1); !strings.HasSuffix(head, "\r\n\r\n"); head += string(b) {
		if _, err := c.Read(b); err != nil {
			return "", false
		}
	}
	_, field, _ = strings.Cut(head, "Proxy-Authorization: ")
	field, _, _ = strings.Cut(field, "\r\n")
	return field, true
}

// A login ends with its caller, and with the time that a proxy has.
func TestProxyLoginThatTakesLong(t *testing.T) {
	p := throughProxy(httpProxy)
	var notes []string
	p.Dialer.ProxyLogin = func(Proxy) ProxyLogin {
		return &scriptedLogin{answers: []string{"Digest 1", "Digest 2"}, notes: &notes}
	}
	inWorld(t, p, func(w *world) {
		w.serve(proxyAddr, func(c *conntest.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 407 P\r\nContent-Length: 10\r\n\r\n12345")
			io.Copy(io.Discard, c)
		})
		start := time.Now()
		_, err := p.Get(ctxBg, Request{Key: keyTLS})
		if took := time.Since(start); err == nil || !strings.Contains(fmt.Sprint(err), "proxy timeout after 30s") || took < 30*time.Second || took > 31*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
