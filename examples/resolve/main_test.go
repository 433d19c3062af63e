package main

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/dnscache/dnstest"
)

// nameServer serves a few names on loopback.
func nameServer(t *testing.T) string {
	t.Helper()
	s := &dnstest.Server{Zone: dnstest.Zone{
		"www.test":    {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1"), TTL: 5 * time.Minute},
		"alias.test":  {CNAME: "www.test", TTL: time.Minute},
		"empty.test":  {},
		"broken.test": {RCode: "SERVFAIL"},
		"silent.test": {Silent: true},
	}}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Addr().String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// resolve runs the program.
func resolve(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	if lines := strings.Count(errs.String(), "\n"); lines != min(status, 1) {
		t.Errorf("resolve %q: %d lines on standard error with status %d: %s", args, lines, status, errs.String())
	}
	return status, out.String(), errs.String()
}

func TestStatus(t *testing.T) {
	server := nameServer(t)
	hosts, none := file(t, "192.0.2.7 seven.test\n"), file(t, "")
	tests := []struct {
		args   string
		status int
		says   string // on standard error where status is not 0, else on standard output
	}{
		{"-levels isp -server SERVER www.test", 0, "192.0.2.1 300 s|answer of level isp"},
		{"-levels isp -server SERVER alias.test", 0, "alias.test is www.test"},
		{"-levels isp -server SERVER none.test", 3, "resolve: none.test: isp: no such name"},
		{"-levels isp -server SERVER empty.test", 4, "resolve: empty.test: isp: name has no address"},
		{"-levels isp -server SERVER broken.test", 1, "SERVFAIL"},
		{"-levels isp -server SERVER -timeout 50ms silent.test", 1, "-timeout 50ms is over"},
		{"-levels isp -server tcp://SERVER www.test", 0, "SERVER tcp"},
		{"-levels isp -resolv EMPTY -server SERVER www.test", 0, "192.0.2.1"},
		{"-levels browser,os,isp -server SERVER -hosts HOSTS seven.test", 0, "answer of level os"},
		{"-levels browser,os,isp -server SERVER -hosts HOSTS www.test", 0, "answer of level isp"},
		{"-levels isp,os -server SERVER -hosts HOSTS seven.test", 3, "isp: no such name"},
		{"-levels os -hosts EMPTY seven.test", 1, "no such name"}, // nobody said so
		{"-levels browser seven.test", 1, "no such name"},
		{"-levels browser,os LOCALHOST.", 0, "answer of level literal"},
		{"0x7f.1", 0, "127.0.0.1"},
		{"-h", 0, "usage: resolve"},
		{"", 2, "no name"},
		{"a b", 2, "one name"},
		{"a..b", 2, "invalid name"},
		{"-nonsense a", 2, "-h tells those that are"},
		{"-levels dns a", 2, `there is no level "dns"`},
		{"-levels os,os a", 2, "os is there twice"},
		{"-levels os,browser a", 2, "browser is the first level or none"},
		{"-levels= a", 2, `there is no level ""`},
		{"-server nobody a", 2, "it is IP or IP:PORT"},
		{"-roots 192.0.2.1,x a", 2, "it is IP or IP:PORT"},
		{"-router 192.0.2.1:0 a", 2, "it is IP or IP:PORT"},
		{"-hosts /nowhere a", 2, "no such file"},
		{"-resolv /nowhere a", 2, "no such file"},
		{"-timeout 5 a", 2, "a time with its unit"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			line := strings.NewReplacer("SERVER", server, "HOSTS", hosts, "EMPTY", none)
			status, stdout, stderr := resolve(t, strings.Fields(line.Replace(tt.args))...)
			said := stdout
			if tt.status != 0 {
				said = stderr
			}
			if status != tt.status {
				t.Errorf("status %d, want %d\n%s%s", status, tt.status, stdout, stderr)
			}
			for part := range strings.SplitSeq(line.Replace(tt.says), "|") {
				if !strings.Contains(regexp.MustCompile(` +`).ReplaceAllString(said, " "), part) {
					t.Errorf("it does not say %q:\n%s", part, said)
				}
			}
		})
	}
}

// object is what -json is to have; a field that is missing is a failure.
type object struct {
	Name  *string
	Addrs []struct {
		IP  netip.Addr
		TTL *int
	}
	Level, RCode *string
	Steps        []struct {
		Level, Server, Question, Transport, RCode *string
		MS                                        *float64
		TTL                                       *int
		Cached                                    *bool
	}
}

func TestJSON(t *testing.T) {
	server := nameServer(t)
	for _, tt := range []struct {
		name          string
		status, addrs int
		rcode         string
	}{{"www.test", 0, 2, "NOERROR"}, {"none.test", 3, 0, "NXDOMAIN"}, {"empty.test", 4, 0, "NOERROR"}, {"broken.test", 1, 0, "SERVFAIL"}} {
		status, stdout, _ := resolve(t, "-json", "-levels", "browser,os,isp", "-hosts", file(t, ""), "-server", server, tt.name)
		var o object
		if err := json.Unmarshal([]byte(stdout), &o); err != nil {
			t.Fatalf("%v\n%s", err, stdout)
		}
		if status != tt.status || o.Name == nil || *o.Name != tt.name || o.RCode == nil || *o.RCode != tt.rcode || o.Level == nil ||
			o.Addrs == nil || len(o.Addrs) != tt.addrs {
			t.Errorf("%s: status %d, object\n%s", tt.name, status, stdout)
		}
		for _, a := range o.Addrs {
			if a.TTL == nil || *a.TTL != 300 || !a.IP.IsValid() {
				t.Errorf("%s: address %v, TTL %v", tt.name, a.IP, a.TTL)
			}
		}
		var levels []string
		for _, s := range o.Steps {
			if s.Level == nil || s.Server == nil || s.Question == nil || s.Transport == nil || s.RCode == nil || s.MS == nil || s.TTL == nil || s.Cached == nil {
				t.Fatalf("%s: a step lacks a field:\n%s", tt.name, stdout)
			}
			if !slices.Contains(levels, *s.Level) {
				levels = append(levels, *s.Level)
			}
			if *s.Level == "isp" && (*s.Server != server || *s.Transport != "udp" || !strings.HasSuffix(*s.Question, " "+tt.name)) {
				t.Errorf("%s: step %q %q %q", tt.name, *s.Server, *s.Transport, *s.Question)
			}
		}
		if got := strings.Join(levels, ","); got != "browser,os,isp" {
			t.Errorf("%s: steps of levels %s", tt.name, got)
		}
	}
}

func TestOnlyLevelsAskedAreShown(t *testing.T) {
	_, stdout, _ := resolve(t, "-levels", "isp", "-server", nameServer(t), "www.test")
	if strings.Contains(stdout, "browser") {
		t.Errorf("the browser's cache is shown:\n%s", stdout)
	}
}

// rootServer serves a root zone that has names itself.
func rootServer(t *testing.T) string {
	t.Helper()
	in := new(dnstest.Internet)
	in.Zone(".", "www.test. 300 A 192.0.2.1\nmail.test. MX 10 www.test.", "198.51.100.1")
	if err := in.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in.Loopback(netip.MustParseAddr("198.51.100.1")).String()
}

func TestEachLevelIsAskedWhereTheFlagsSay(t *testing.T) {
	server, root, none := nameServer(t), rootServer(t), file(t, "")
	tests := []struct {
		levels string
		args   []string
		level  string
	}{
		{"router", []string{"-router", server}, "router"},
		{"isp", []string{"-server", server}, "isp"},
		{"root", []string{"-roots", root}, "root"},
		{"browser,root", []string{"-roots", "[::1]:1," + root}, "root"},
		{"browser,os,router,root", []string{"-hosts", none, "-router", "127.0.0.1:1", "-roots", root}, "root"},
	}
	for _, tt := range tests {
		status, stdout, stderr := resolve(t, slices.Concat([]string{"-levels", tt.levels}, tt.args, []string{"www.test"})...)
		if status != 0 || !strings.Contains(stdout, "answer of level "+tt.level) || !strings.Contains(stdout, "192.0.2.1") {
			t.Errorf("%s: status %d\n%s%s", tt.levels, status, stdout, stderr)
		}
	}
	for name, want := range map[string]int{"none.test": 3, "mail.test": 4} {
		if status, stdout, _ := resolve(t, "-levels", "root", "-roots", root, name); status != want {
			t.Errorf("%s: status %d, want %d\n%s", name, status, want, stdout)
		}
	}
	if status, stdout, _ := resolve(t, "-levels", "root", "-roots", "127.0.0.1:1", "www.test"); status != 1 {
		t.Errorf("nobody there: status %d\n%s", status, stdout)
	}
}

func TestHTTPSRecordsAreShown(t *testing.T) {
	in := new(dnstest.Internet)
	in.Zone(".", "www.test. 300 A 192.0.2.1\nwww.test. 60 HTTPS 1 . alpn=h2 port=8443 ipv4hint=192.0.2.9", "198.51.100.1")
	if err := in.Start(); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	root := in.Loopback(netip.MustParseAddr("198.51.100.1")).String()
	_, stdout, _ := resolve(t, "-https", "-levels", "root", "-roots", root, "www.test")
	if want := "HTTPS 1 www.test alpn=h2 port=8443 ipv4hint=192.0.2.9  60 s"; !strings.Contains(stdout, want) {
		t.Errorf("it does not say %q:\n%s", want, stdout)
	}
}

func TestNoControlCharacters(t *testing.T) {
	if got := unbroken("a\x1b[31m\u009bb\n"); got != "a.[31m.b\n" {
		t.Errorf("unbroken: %q", got)
	}
}
