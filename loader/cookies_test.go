package loader_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/fetch/cookies"
	"pageload/loader"
	"pageload/loader/waterfall"
)

// A cookieScene is what was recorded of a browser: the answers of a server, what the browser was told to do, and for each step the requests
// that came with the cookies that they had, and the cookies that the browser held back. testdata/cookies/README.md says how.
type cookieScene struct {
	Name, About string
	Responses   map[string]cookieAnswer
	Steps       []struct {
		URL, From, Method string
		Wait              int // seconds
	}
	Allowed, Blocked []cookieStep // with third-party cookies and without
}

type cookieAnswer struct {
	Cookies        []string
	Body, Redirect string
	Status         int
}

type cookieStep struct{ Requests, Held []string }

// Chromium sends and keeps these cookies and no others.
func TestCookiesAsRecorded(t *testing.T) {
	text, err := os.ReadFile("testdata/cookies/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Browser string
		Scenes  []cookieScene
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	steps, requests := 0, 0
	for _, s := range recorded.Scenes {
		for _, block := range []bool{false, true} {
			want := s.Allowed
			if block {
				want = s.Blocked
			}
			if want == nil {
				continue
			}
			t.Run(fmt.Sprintf("%s/block=%v", s.Name, block), func(t *testing.T) {
				got := s.play(t, block)
				for i := range want {
					compareLines(t, i, "requests", got[i].Requests, want[i].Requests)
					compareLines(t, i, "held back", got[i].Held, want[i].Held)
					requests += len(want[i].Requests)
					steps++
				}
			})
		}
	}
	t.Logf("%d steps with %d requests as in %s", steps, requests, recorded.Browser)
}

// A control character drops the cookie that it is in (RFC 6265bis section 5.6), not the response, and the waterfall says so.
func TestCookieOfControlCharacters(t *testing.T) {
	var s cookieScene
	if err := json.Unmarshal([]byte(`{
		"Responses": {"http://a.test/x.png": {"Cookies": ["one=1", "two=a\u0001b", "thr\u000bee=3", "four=4; Path=\u007f/", "five=5"]}},
		"Steps": [{"URL": "http://a.test/x.png"}, {"URL": "http://a.test/x.png"}]
	}`), &s); err != nil {
		t.Fatal(err)
	}
	const at = "http://a.test/x.png"
	got := s.play(t, false)
	for i, cookie := range []string{"", " one=1; five=5"} {
		compareLines(t, i, "requests", got[i].Requests, []string{"GET " + at + cookie})
		compareLines(t, i, "held back", got[i].Held, []string{
			"set " + at + " two=a\x01b -> DisallowedCharacter", "set " + at + " thr\x0bee=3 -> DisallowedCharacter",
			"set " + at + " four=4; Path=\x7f/ -> DisallowedCharacter",
		})
	}
}

func compareLines(t *testing.T, step int, what string, got, want []string) {
	t.Helper()
	for _, l := range want {
		if i := slices.Index(got, l); i >= 0 {
			got = slices.Delete(slices.Clone(got), i, i+1)
		} else {
			t.Errorf("step %d, %s: missing %s", step, what, l)
		}
	}
	for _, l := range got {
		t.Errorf("step %d, %s: too many: %s", step, what, l)
	}
}

// play loads what the browser loaded.
func (s *cookieScene) play(t *testing.T, block bool) (out []cookieStep) {
	synctest.Test(t, func(t *testing.T) {
		w := &cookieWorld{scene: s}
		cert, _ := selfSigned(t, "any")
		var network conntest.Network
		for _, ip := range []string{"192.0.2.1", "127.0.0.1"} {
			for _, port := range []uint16{80, 443} {
				stop, err := network.Serve(netip.AddrPortFrom(netip.MustParseAddr(ip), port), func(c *conntest.Conn) {
					if port == 443 {
						w.converse(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}}), "https")
					} else {
						w.converse(c, "http")
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				defer stop()
			}
		}
		p := loader.Profile{Jar: &cookies.Jar{BlockThirdParty: block}}
		p.Pool.Dialer.Dial = network.Dial
		p.Pool.Dialer.TLS = &tls.Config{InsecureSkipVerify: true}
		p.Pool.Dialer.Resolver = lookupFunc(func(host string) (dnscache.Answer, error) {
			ip := netip.MustParseAddr("192.0.2.1")
			if a, err := netip.ParseAddr(host); err == nil {
				ip = a
			}
			return dnscache.Answer{Name: host, Addrs: []dnscache.Addr{{IP: ip}}}, nil
		})
		for _, step := range s.Steps {
			if step.Wait > 0 {
				time.Sleep(time.Duration(step.Wait) * time.Second)
				out = append(out, cookieStep{})
				continue
			}
			n := loader.Navigation{URL: step.URL, Method: step.Method, Referrer: step.From}
			if step.From != "" {
				p.Load(t.Context(), step.From)
			}
			w.lines = nil
			page, err := p.Navigate(t.Context(), n)
			if err != nil {
				t.Error(err)
			}
			out = append(out, cookieStep{w.lines, held(page.Waterfall().Requests)})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p.Close(ctx)
	})
	return out
}

type lookupFunc func(host string) (dnscache.Answer, error)

func (f lookupFunc) Lookup(_ context.Context, host string) (dnscache.Answer, error) { return f(host) }

// held is what DevTools would show of blocked cookies.
func held(rows []waterfall.Request) (lines []string) {
	for i := range rows {
		r := &rows[i]
		for _, b := range r.BlockedCookies {
			reasons := strings.ReplaceAll(strings.Join(b.Reasons, " "), "Schemeful", "") // see testdata/cookies/README.md
			if b.Line == "" {
				lines = append(lines, fmt.Sprintf("send %s %s %s", r.URL, b.Name, reasons))
			} else if reasons != "InvalidPartitioned" { // for which the protocol has no word
				lines = append(lines, fmt.Sprintf("set %s %s -> %s", r.URL, shortRuns(b.Line), reasons))
			}
		}
	}
	return lines
}

// shortRuns writes long runs of a letter as the letter, a star and their length.
func shortRuns(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 1
		for i+n < len(s) && s[i+n] == s[i] {
			n++
		}
		if n > 20 {
			fmt.Fprintf(&b, "%c*%d", s[i], n)
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// A cookieWorld is the server of a scene.
type cookieWorld struct {
	scene *cookieScene
	mu    sync.Mutex
	lines []string
}

func (w *cookieWorld) converse(c net.Conn, scheme string) {
	defer c.Close()
	for br := bufio.NewReader(c); ; {
		r, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		u := scheme + "://" + r.Host + r.URL.Path
		w.mu.Lock()
		line := strings.TrimSpace(r.Method + " " + u + " " + r.Header.Get("Cookie"))
		if v := r.Header.Get("Sec-Fetch-Storage-Access"); v != "" {
			line += " {" + v + "}"
		}
		w.lines = append(w.lines, shortRuns(line))
		w.mu.Unlock()
		a := w.scene.Responses[u]
		var b bytes.Buffer
		status := a.Status
		if status == 0 && a.Redirect != "" {
			status = 302
		} else if status == 0 {
			status = 200
		}
		fmt.Fprintf(&b, "HTTP/1.1 %d X\r\nCache-Control: no-store\r\n", status)
		for _, line := range a.Cookies {
			fmt.Fprintf(&b, "Set-Cookie: %s\r\n", line)
		}
		if a.Redirect != "" {
			fmt.Fprintf(&b, "Location: %s\r\n", a.Redirect)
		}
		kind := map[string]string{".png": "image/png", ".css": "text/css", ".js": "text/javascript"}[path.Ext(r.URL.Path)]
		if kind == "" {
			kind = "text/html"
		}
		fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s", kind, len(a.Body), a.Body)
		if _, err := c.Write(b.Bytes()); err != nil {
			return
		}
	}
}
