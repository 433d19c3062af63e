package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	const url = "http://127.0.0.1:9/" // is not loaded
	tests := []struct {
		name   string
		args   []string
		stderr string
	}{
		{"two URLs", []string{url, url}, "one URL at most"},
		{"flag after the URL", []string{url, "-quiet"}, "one URL at most, after the flags"},
		{"empty URL", []string{""}, `"" is no URL`},
		{"bare host", []string{"example.com"}, `"example.com" has no scheme: write http://example.com or https://example.com`},
		{"bare host with port", []string{"localhost:8080"}, "write http://localhost:8080 or"},
		{"no host", []string{"http://"}, "no host"},
		{"unknown scheme", []string{"gopher://example.com/"}, "not by gopher"},
		{"file", []string{"file:///etc/passwd"}, "not by file"},
		{"flag without value", []string{"-har"}, "flag needs an argument: -har"},
		{"HAR in no folder", []string{"-har", filepath.Join(dir, "no", "a.har"), url}, "no such file"},
		{"HAR is a folder", []string{"-har", dir, url}, "is a directory"},
		{"viewport", []string{"-viewport", "junk", url}, "it is WIDTHxHEIGHT, such as 1280x720"},
		{"viewport of one side", []string{"-viewport", "100x", url}, "it is WIDTHxHEIGHT"},
		{"viewport without area", []string{"-viewport", "0x10", url}, "it is WIDTHxHEIGHT"},
		{"dpr", []string{"-dpr", "0", url}, "more than 0"},
		{"dpr that is none", []string{"-dpr", "NaN", url}, "more than 0"},
		{"schedule", []string{"-schedule", "fast", url}, "it is chromium or eager"},
		{"timeout without unit", []string{"-timeout", "5", url}, "with its unit, such as 10s"},
		{"negative timeout", []string{"-timeout", "-1s", url}, "it is a time"},
		{"connect-to without target", []string{"-connect-to", "*.test", url}, `no "=" between PATTERN and HOST:PORT`},
		{"connect-to without port", []string{"-connect-to", "*.test=a", url}, "target: no port"},
		{"header", []string{"-header", "x", url}, "it is 'NAME: VALUE'"},
		{"header without name", []string{"-header", ": x", url}, `"" is no name of a field`},
		{"header with two lines", []string{"-header", "a: b\r\nc: d", url}, "control characters"},
		{"header of the connection", []string{"-header", "Content-Length: 7", url}, "set by the connection"},
		{"data from no file", []string{"-data", "@" + filepath.Join(dir, "no"), url}, "no such file"},
		{"data without a file", []string{"-data", "@", url}, "no file is named"},
		{"hosts", []string{"-hosts", dir, url}, "is a directory"},
		{"server", []string{"-server", "dns.example", url}, "it is IP or IP:PORT"},
		{"server without port", []string{"-server", "127.0.0.1:0", url}, "it is IP or IP:PORT"},
		{"throttle", []string{"-throttle", "dial-up", url}, `it is one of "No throttling", "Fast 4G"`},
		{"facts", []string{"-facts", "all", url}, "it is none, openclose or each"},
		{"proxy", []string{"-proxy", "ftp://a:1", url}, `unknown scheme "ftp"`},
		{"proxy with a password and no port that is one", []string{"-proxy", "http://me:secret@a:99999", url}, "port is not a number"},
		{"proxy without a host", []string{"-proxy", "http://", url}, "no host"},
		{"capture in no folder", []string{"-capture", filepath.Join(dir, "no", "a.pcapng"), url}, "-capture: open"},
		{"capture to standard output", []string{"-capture", "-", url}, "goes to a file"},
		{"capture over the HAR", []string{"-har", filepath.Join(dir, "a"), "-capture", filepath.Join(dir, "a"), url}, "cannot both go to"},
		{"report in no folder", []string{"-html", filepath.Join(dir, "no", "a.html"), url}, "-html: open"},
		{"report is a folder", []string{"-html", dir, url}, "is a directory"},
		{"picture in no folder, beside a report that could be written", []string{"-html", filepath.Join(dir, "a.html"), "-svg", filepath.Join(dir, "no", "a.svg"), url}, "-svg: open"},
		{"picture over the report", []string{"-html", filepath.Join(dir, "a"), "-svg", dir + "/./a", url}, "-html and -svg cannot both go to"},
		{"two to standard output", []string{"-html", "-", "-har", "-", url}, "cannot both go to -"},
		{"trace over the table", []string{"-csv", filepath.Join(dir, "b"), "-trace", filepath.Join(dir, "b"), url}, "-trace and -csv cannot both go to"},
		{"timing in no folder", []string{"-timing", filepath.Join(dir, "no", "a.json"), url}, "-timing: open"},
		{"unknown flag", []string{"-no-such-flag", url}, "not defined: -no-such-flag (-h tells"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := invoke(t, t.Context(), tt.args...)
			o.want(t, 2, tt.stderr)
			if strings.Contains(o.stderr, "secret") {
				t.Errorf("the password is shown: %q", o.stderr)
			}
			if o.stdout != "" {
				t.Errorf("standard output %q", o.stdout)
			}
		})
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files %v, error %v", left, err)
	}
}

func TestHelp(t *testing.T) {
	o := invoke(t, t.Context(), "-h")
	o.want(t, 0, "")
	for _, want := range []string{"usage: waterfall [flags] [URL]", "-connect-to PATTERN=HOST:PORT", "-header 'NAME: VALUE'", "(default 30s)",
		"-capture FILE", "-throttle NAME", `"Slow 3G"`, "-proxy URL", "-facts WHEN", "-watch-close"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
}

func TestOutput(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a"), filepath.Join(dir, "link")
	write := func(name, text string, commit bool) {
		t.Helper()
		o, err := openOutput(name)
		if err != nil {
			t.Fatal(err)
		}
		defer o.abandon()
		if _, err := o.file.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if commit {
			if err := o.commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(text string) {
		t.Helper()
		if b, err := os.ReadFile(file); string(b) != text {
			t.Errorf("the file has %q (%v), want %q", b, err, text)
		}
		if _, err := os.Stat(file + ".part"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file aside is left: %v", err)
		}
	}
	write(file, "never", false)
	want("")
	write(file, "one", true)
	want("one")
	write(file, "half", false)
	want("one")
	if err := os.Symlink("a", link); err != nil {
		t.Logf("no symbolic links here: %v", err)
	} else {
		write(link, "two", true)
		want("two")
		if to, err := os.Readlink(link); err != nil || to != "a" {
			t.Errorf("the link leads to %q, error %v", to, err)
		}
	}
	write(os.DevNull, "three", true)
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s was replaced: %v, error %v", os.DevNull, info.Mode(), err)
	}
}
