package doh_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/fetch/doh"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

// serve starts a name server over HTTPS; wrong may spoil a response.
func serve(t *testing.T, wrong func(w http.ResponseWriter, m *dns.Msg) bool) *doh.Source {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		q := new(dns.Msg)
		if err := q.Unpack(body); err != nil || r.Method != "POST" || r.Header.Get("Content-Type") != "application/dns-message" ||
			r.Header.Get("Accept") != "application/dns-message" || q.Id != 0 || r.Header.Get("Cookie") != "" {
			t.Errorf("request %s %v, question %v, error %v", r.Method, r.Header, q, err)
		}
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		switch name := q.Question[0].Name; {
		case strings.EqualFold(name, "gone.test."):
			m.Rcode = dns.RcodeNameError
			soa, _ := dns.NewRR("test. 60 IN SOA ns.test. a.test. 1 1 1 1 30")
			m.Ns = append(m.Ns, soa)
		case q.Question[0].Qtype == dns.TypeA:
			rr, _ := dns.NewRR(name + " 300 IN A 192.0.2.1")
			m.Answer = append(m.Answer, rr)
		case q.Question[0].Qtype == dns.TypeAAAA:
			rr, _ := dns.NewRR(name + " 200 IN AAAA 2001:db8::1")
			m.Answer = append(m.Answer, rr)
		}
		if wrong != nil && wrong(w, m) {
			return
		}
		b, _ := m.Pack()
		w.Header().Set("Content-Type", "application/dns-message")
		w.Write(b)
	})
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	s := &doh.Source{
		URL: "https://example.com:" + port + "/dns-query", Bootstrap: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		TLS: &tls.Config{RootCAs: roots}, Timeout: 5 * time.Second,
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Close(ctx)
	})
	return s
}

func TestSource(t *testing.T) {
	s := serve(t, nil)
	a, err := s.Lookup(t.Context(), "site.test")
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Addrs) != 2 || a.Addrs[0].IP.String() != "2001:db8::1" || a.Addrs[1].IP.String() != "192.0.2.1" ||
		a.Addrs[1].TTL != 300*time.Second || a.Level != dnscache.ISP {
		t.Errorf("answer %+v", a)
	}
	if len(a.Steps) != 2 || a.Steps[0].Transport != "https" || a.Steps[0].Server != s.URL {
		t.Errorf("steps %+v, want two over https", a.Steps)
	}
	a, err = s.Lookup(t.Context(), "gone.test")
	if !errors.Is(err, dnscache.ErrNotFound) || a.TTL != 30*time.Second {
		t.Errorf("gone.test: %+v, %v, want not found for 30 s", a, err)
	}
	r := dnscache.Resolver{Sources: []dnscache.Source{s}}
	if a, err := r.Lookup(t.Context(), "site.test"); err != nil || len(a.Addrs) != 2 || a.Level != dnscache.ISP {
		t.Errorf("through a resolver: %+v, %v", a, err)
	}
	if a, _ := r.Lookup(t.Context(), "site.test"); a.Level != dnscache.Browser {
		t.Errorf("the second time: level %v, want the browser's cache", a.Level)
	}
}

func TestSourceFaults(t *testing.T) {
	tests := []struct {
		name, want string
		wrong      func(w http.ResponseWriter, m *dns.Msg) bool
	}{
		{"status", "status 500", func(w http.ResponseWriter, m *dns.Msg) bool { w.WriteHeader(500); return true }},
		{"media type", `media type "text/html" is not application/dns-message`, func(w http.ResponseWriter, m *dns.Msg) bool {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, strings.Repeat("x", 100))
			return true
		}},
		{"short", "a response of 3 bytes", func(w http.ResponseWriter, m *dns.Msg) bool {
			w.Header().Set("Content-Type", "application/dns-message")
			io.WriteString(w, "abc")
			return true
		}},
		{"another question", "", func(w http.ResponseWriter, m *dns.Msg) bool { m.Question[0].Name = "other.test."; return false }},
		{"SERVFAIL", "SERVFAIL", func(w http.ResponseWriter, m *dns.Msg) bool {
			m.Rcode, m.Answer = dns.RcodeServerFailure, nil
			return false
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.wrong)
			a, err := s.Lookup(t.Context(), "site.test")
			if err == nil || errors.Is(err, dnscache.ErrNotFound) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if len(a.Addrs) != 0 || len(a.Steps) == 0 {
				t.Errorf("answer %+v, want steps and no addresses", a)
			}
		})
	}
}

func TestSourceURL(t *testing.T) {
	for _, u := range []string{"", "http://192.0.2.1/dns-query", "https://dns.test/dns-query", "dns.test"} {
		s := &doh.Source{URL: u}
		if _, err := s.Lookup(t.Context(), "site.test"); !errors.Is(err, doh.ErrURL) {
			t.Errorf("%q: error %v, want ErrURL", u, err)
		}
	}
}

func TestSourceCancelled(t *testing.T) {
	block := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *dns.Msg) bool { <-block; return true })
	defer close(block)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := s.Lookup(ctx, "site.test"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the deadline's", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the lookup ended after %v", took)
	}
}
