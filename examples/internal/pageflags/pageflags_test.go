package pageflags

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"

	"pageload/conn"
	"pageload/fetch"
	"pageload/loader"
	"pageload/loader/schedule"
	"pageload/parse/weburl"
)

func TestCheckURL(t *testing.T) {
	tests := []struct {
		url, want string // want is part of the error; empty: none
	}{
		{"http://example.com", ""},
		{"https://example.com:8443/a?b#c", ""},
		{"HTTP://EXAMPLE.com", ""},
		{" http://example.com/ ", ""},
		{"data:text/html,<p>", ""},
		{"about:blank", ""},
		{"example.com", `"example.com" has no scheme: write http://example.com or https://example.com`},
		{"example.com/a b?c", "write http://example.com/a b?c or"},
		{"localhost:8080/x", "write http://localhost:8080/x or"},
		{"127.0.0.1:80", "write http://127.0.0.1:80 or"},
		{"[::1]:80", "write http://[::1]:80 or"},
		{"index", "write http://index or"},
		{"", `"" is no URL: no scheme`},
		{"/index.html", `"/index.html" is no URL: no scheme`},
		{"./diff", `"./diff" is no URL: no scheme`},
		{"//example.com/", "is no URL: no scheme"},
		{"http://", `"http://" is no URL: no host`},
		{"http://a b/", "is no URL: host: forbidden character"},
		{"http://a:b/", "is no URL: "},
		{"file:///etc/passwd", `"file:///etc/passwd": a page is loaded by http or https, not by file`},
		{"ftp://example.com/", "not by ftp"},
		{"mailto:x@example.com", "not by mailto"},
		{"javascript:alert(1)", "not by javascript"},
		{"about:config", "not by about"},
	}
	for _, tt := range tests {
		err := CheckURL(tt.url)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("CheckURL(%q) = %v, want nil", tt.url, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("CheckURL(%q) = %v, want one with %s", tt.url, err, tt.want)
		}
	}
}

func TestPace(t *testing.T) {
	chromium := loader.ChromiumPace()
	for _, tt := range []struct {
		usual loader.Pace
		args  string
		want  loader.Pace
	}{
		{loader.Pace{}, "", loader.Pace{}},
		{chromium, "", chromium},
		{chromium, "-schedule chromium", chromium},
		{chromium, "-schedule eager", loader.Pace{}},
		{chromium, "-schedule eager -pace chromium", chromium},
		{chromium, "-pace none", loader.Pace{}},
		{loader.Pace{}, "-pace chromium", chromium},
		{chromium, "-pace 0.5", chromium.Scale(0.5)},
		{chromium, "-pace 0", loader.Pace{}},
	} {
		f := Flags{Pace: tt.usual}
		set := flag.NewFlagSet("x", flag.ContinueOnError)
		f.Register(set)
		if err := set.Parse(strings.Fields(tt.args)); err != nil {
			t.Errorf("%q: %v", tt.args, err)
		} else if got := f.Profile().Pace; got != tt.want {
			t.Errorf("%q: pace %+v, want %+v", tt.args, got, tt.want)
		}
	}
	for _, bad := range []string{"", "fast", "-1", "NaN", "101"} {
		if _, err := pace(bad); err == nil {
			t.Errorf("-pace %q is taken", bad)
		}
	}
}

func TestReason(t *testing.T) {
	u := weburl.MustParse("http://x.test/")
	stop := errors.New("-timeout 1s is over")
	failed := func(p fetch.Phase, err error) error { return &fetch.Error{Phase: p, URL: u, Err: err} }
	tests := []struct {
		name       string
		err, cause error
		want       string
	}{
		{"of the loader", fmt.Errorf("loader: %q: no", "x"), nil, `"x": no`},
		{"stopped by the loader", fmt.Errorf("loader: http://x.test/: stopped before the page was loaded: %w", stop), stop,
			"http://x.test/: stopped before the page was loaded: -timeout 1s is over"},
		{"stopped while waiting", failed(fetch.PhaseWait, context.DeadlineExceeded), stop, "http://x.test/: stopped while waiting for the response: -timeout 1s is over"},
		{"stopped in between", failed(fetch.PhaseRedirect, context.Canceled), stop, "http://x.test/: stopped while loading: -timeout 1s is over"},
		{"failed before the stop", failed(fetch.PhaseWait, fetch.ErrEmptyResponse), stop, "http://x.test/: connection closed before response"},
		{"names of packages", failed(fetch.PhaseWait, errors.New("malformed response: http1: status line: http1: bad\nline")), nil,
			"http://x.test/: malformed response: status line: bad line"},
		{"certificate", failed(fetch.PhaseTLS, &conn.TLSError{Fault: conn.TLSUnknownIssuer, Err: x509.UnknownAuthorityError{}}), nil,
			"certificate from an unknown issuer: certificate signed by unknown authority (-insecure accepts any certificate)"},
		{"no TLS", failed(fetch.PhaseTLS, &conn.TLSError{Fault: conn.TLSNotTLS, Err: errors.New("tls: odd")}), nil, "peer does not speak TLS: odd"},
		{"limit", &fetch.Error{Phase: fetch.PhaseRedirect, URL: u, Err: fetch.ErrTooManyRedirects, Limit: "Client.MaxRedirects 20"}, nil,
			"http://x.test/: too many redirects (Client.MaxRedirects 20)"},
		{"long URL", &fetch.Error{URL: weburl.MustParse("data:," + strings.Repeat("a", 999)), Err: fetch.ErrScheme}, nil, "aaa…: scheme is not fetched"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Reason(tt.err, tt.cause)
			if !strings.HasSuffix(got, tt.want) {
				t.Errorf("Reason(%v) = %q, want it to end in %q", tt.err, got, tt.want)
			}
			if strings.Count(got, "http://x.test/") > 1 || len(got) > 300 {
				t.Errorf("Reason(%v) = %q: too much", tt.err, got)
			}
		})
	}
}

func TestFlags(t *testing.T) {
	var f Flags
	set := flag.NewFlagSet("x", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	f.Register(set)
	if err := set.Parse([]string{"-insecure", "-schedule", "eager", "-connect-to", "*.test=127.0.0.1:1", "-connect-to=a:80=b:81"}); err != nil {
		t.Fatal(err)
	}
	p := f.Profile()
	d := &p.Pool.Dialer
	if p.Schedule != schedule.Eager || !d.TLS.InsecureSkipVerify || len(d.ConnectTo) != 2 || d.ConnectTo[1] != (conn.ConnectTo{Pattern: "a:80", Target: "b:81"}) {
		t.Errorf("profile %v %v %v", p.Schedule, d.TLS, d.ConnectTo)
	}
	if f.Profile() == p {
		t.Error("the profile is the same one again")
	}
	for value, want := range map[string]string{
		"-schedule=fast": "it is chromium or eager",
		"-connect-to=x":  `invalid value "x" for flag -connect-to: no "=" between PATTERN and HOST:PORT`,
		"-connect-to==":  "pattern: no host",
	} {
		if err := set.Parse([]string{value}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %s", value, err, want)
		}
	}
}
