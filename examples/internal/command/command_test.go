package command

import (
	"context"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEnding(t *testing.T) {
	var b strings.Builder
	end := Ending(&b, "x")
	if got := end(3); got != 3 || b.Len() > 0 {
		t.Errorf("status %d, said %q, want 3 and nothing", got, &b)
	}
	if got := end(1, "a", "b"); got != 1 || b.String() != "x: a; b\n" {
		t.Errorf("status %d, said %q", got, &b)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		err          error
		status       int
		over         bool
		out, errText string
	}{
		{nil, 0, false, "", ""}, {flag.ErrHelp, 0, true, "help", ""}, {errors.New("what?"), 2, true, "", "x: what?\n"},
	} {
		var out, errs strings.Builder
		status, over := Refused(tt.err, func(w io.Writer) { io.WriteString(w, "help") }, &out, Ending(&errs, "x"))
		if status != tt.status || over != tt.over || out.String() != tt.out || errs.String() != tt.errText {
			t.Errorf("%v: status %d, over %v, %q and %q", tt.err, status, over, &out, &errs)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ arg, want string }{
		{"-limit=3s", ""},
		{"-limit=0", ""},
		{"-limit=-3s", "it is a time with its unit"},
		{"-limit=3", "it is a time with its unit"},
		{"-limits=3s", "not defined: -limits (-h tells those that are)"},
		{"-h", flag.ErrHelp.Error()},
	} {
		set, d := Flags("x"), 30*time.Second
		Duration(set, &d, "limit", "the `TIME`")
		err := Parse(set, []string{tt.arg})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.arg, err, tt.want)
		}
		if tt.arg == "-limit=3s" && d != 3*time.Second || err != nil && d != 30*time.Second {
			t.Errorf("%s: %v", tt.arg, d)
		}
	}
}

func TestHelp(t *testing.T) {
	set, d := Flags("x"), 30*time.Second
	Duration(set, &d, "limit", "the `TIME`")
	var b strings.Builder
	Help(&b, set, "usage: x\n")
	if got := b.String(); got != "usage: x\n\nflags:\n  -limit TIME\n    \tthe TIME (default 30s)\n" {
		t.Errorf("%q", got)
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := Limit(t.Context(), time.Second)
		defer cancel()
		<-ctx.Done()
		cause := context.Cause(ctx)
		if cause.Error() != "-timeout 1s is over" || !errors.Is(cause, context.DeadlineExceeded) {
			t.Errorf("%v", cause)
		}
		free, stop := Limit(t.Context(), 0)
		if _, ok := free.Deadline(); ok || free.Err() != nil {
			t.Error("it ends by itself")
		}
		if stop(); free.Err() == nil {
			t.Error("it does not end")
		}
	})
}
