package conn

import (
	"strings"
	"testing"
)

func TestParseProxy(t *testing.T) {
	tests := []struct {
		in   string
		want Proxy
		err  string
	}{
		{in: "http://proxy.test:3128", want: Proxy{Scheme: "http", Host: "proxy.test", Port: 3128}},
		{in: "proxy.test:3128", want: Proxy{Scheme: "http", Host: "proxy.test", Port: 3128}},
		{in: "HTTP://Proxy.Test/", want: Proxy{Scheme: "http", Host: "proxy.test", Port: 80}},
		{in: "https://u:p%40ss@proxy.test", want: Proxy{"https", "proxy.test", 443, "u", "p@ss"}},
		{in: "socks5://[::1]", want: Proxy{Scheme: "socks5", Host: "::1", Port: 1080}},
		{in: "socks://h:9", want: Proxy{Scheme: "socks5h", Host: "h", Port: 9}},
		{in: "socks5h://u:p@h:9", want: Proxy{"socks5h", "h", 9, "u", "p"}},
		{in: "ftp://h", err: `unknown scheme "ftp"`},
		{in: "", err: "no host"},
		{in: "http://:80", err: "no host"},
		{in: "http://h:0", err: "port is not a number from 1 to 65535"},
		{in: "http://h:99999", err: "port is not a number from 1 to 65535"},
		{in: "http://u:secret@h:x", err: "not a URL"},
		{in: "http://u:secret@h/path", err: "conn: proxy http://h:0: more than"},
		{in: "http://h?q", err: "more than"},
		{in: "http://u%3Av:p@h", err: "colon"},
		{in: "socks5://" + strings.Repeat("u", 256) + ":p@h", err: "RFC 1929"},
		{in: "socks5://:p@h", err: "without a user name"},
	}
	for _, test := range tests {
		p, err := ParseProxy(test.in)
		if test.err == "" {
			if err != nil || p != test.want {
				t.Errorf("ParseProxy(%q) = %+v, %v, want %+v", test.in, p, err, test.want)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseProxy(%q): error %v, want %q and no password", test.in, err, test.err)
		}
	}
}

func TestEnvironmentProxy(t *testing.T) {
	env := map[string]string{
		"HTTP_PROXY": "http://u:secret@upper.test", "http_proxy": "lower.test:8080", "HTTPS_PROXY": "socks5h://s.test",
		"no_proxy": ".direct.test, name.test:81, 10.0.0.0/8, [2001:db8::1]:443",
	}
	web := func(host string, port uint16) Key { return Key{Scheme: "http", Host: host, Port: port} }
	tls := func(host string, port uint16) Key { return Key{Scheme: "https", Host: host, Port: port} }
	tests := []struct {
		key  Key
		want string
	}{
		{web("a.test", 80), "http://lower.test:8080"},
		{tls("a.test", 443), "socks5h://s.test:1080"},
		{web("x.direct.test", 80), "direct"},
		{web("direct.test", 80), "http://lower.test:8080"},
		{web("name.test", 81), "direct"},
		{web("sub.name.test", 81), "direct"},
		{web("name.test", 80), "http://lower.test:8080"},
		{web("10.1.2.3", 80), "direct"},
		{tls("2001:db8::1", 443), "direct"},
		{tls("2001:db8::1", 444), "socks5h://s.test:1080"},
		{web("localhost", 80), "direct"},
		{web("127.0.0.9", 80), "direct"},
		{tls("::1", 443), "direct"},
	}
	check := func(f func(Key) string, key Key, want string) {
		t.Helper()
		if got := f(key); got != want {
			t.Errorf("%v: %s, want %s", key, got, want)
		}
	}
	ask := func(env map[string]string) func(Key) string {
		f := EnvironmentProxy(func(name string) string { return env[name] })
		return func(key Key) string {
			switch p, err := f(ctxBg, key); {
			case err != nil:
				return err.Error()
			case p == nil:
				return "direct"
			default:
				return p.String()
			}
		}
	}
	for _, test := range tests {
		check(ask(env), test.key, test.want)
	}
	env["REQUEST_METHOD"] = "GET"
	if got := ask(env)(web("a.test", 80)); !strings.Contains(got, "CGI") {
		t.Errorf("in a CGI program: %s, want an error", got)
	}
	check(ask(env), tls("a.test", 443), "socks5h://s.test:1080")
	check(ask(nil), web("a.test", 80), "direct")
	check(ask(map[string]string{"no_proxy": "*", "http_proxy": "h"}), web("a.test", 80), "direct")
	bad := map[string]string{"HTTP_PROXY": "ftp://u:secret@h"}
	check(ask(bad), web("a.test", 80), `HTTP_PROXY: conn: proxy: unknown scheme "ftp"`)
}
