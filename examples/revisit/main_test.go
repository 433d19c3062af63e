package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func revisit(t *testing.T, args ...string) (status int, out, complaint string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// saved finds how many requests of how many the second view saved.
var saved = regexp.MustCompile(`(?m)^saved: (\d+) of (\d+) requests, .* of .*, -?\d+ of \d+ ms$`)

func TestRevisit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profile")
	status, out, complaint := revisit(t, "-pace", "none", "-profile", dir)
	if status != 0 || complaint != "" {
		t.Fatalf("%d %q", status, complaint)
	}
	m := saved.FindStringSubmatch(out)
	if m == nil || m[1] == "0" || !strings.Contains(out, "fresh for") || !strings.Contains(out, "first view") {
		t.Errorf("%s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "cookies.jsonl")); err != nil {
		t.Error(err)
	}
	status, out, complaint = revisit(t, "-pace", "none", "-forget", "all")
	if m := saved.FindStringSubmatch(out); status != 0 || complaint != "" || m == nil || m[1] != "0" {
		t.Errorf("with all forgotten: %d %q\n%s", status, complaint, out)
	}
	os.WriteFile(filepath.Join(dir, "cookies.jsonl"), []byte("nonsense\n"), 0o600)
	if status, _, complaint := revisit(t, "-pace", "none", "-profile", dir); status != 0 || !strings.Contains(complaint, "cookies.jsonl") || strings.Count(complaint, "\n") != 1 {
		t.Errorf("with a damaged part: %d %q", status, complaint)
	}
}

func TestRevisitRefuses(t *testing.T) {
	other := t.TempDir()
	os.WriteFile(filepath.Join(other, "letter.txt"), nil, 0o600)
	for _, c := range []struct {
		args   []string
		status int
		why    string
	}{
		{[]string{"-forget", "sins"}, 2, `no part "sins"`},
		{[]string{"-profile", other}, 2, "letter.txt"},
		{[]string{"http://127.0.0.1:1/"}, 1, "port"},
		{[]string{"a", "b"}, 2, ""},
	} {
		if status, _, complaint := revisit(t, c.args...); status != c.status || !strings.Contains(complaint, c.why) {
			t.Errorf("%v: %d %q", c.args, status, complaint)
		}
	}
	if status, out, _ := revisit(t, "-h"); status != 0 || !strings.Contains(out, "-forget") {
		t.Errorf("-h: %d %s", status, out)
	}
}
