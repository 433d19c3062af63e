package visit

import (
	"context"
	"errors"
	"flag"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		args []string
		url  string
		err  string
	}{
		{nil, "", ""},
		{[]string{"-timeout", "5s", "http://a.test/"}, "http://a.test/", ""},
		{[]string{"-h"}, "", flag.ErrHelp.Error()},
		{[]string{"a", "b"}, "", "one URL"},
		{[]string{"-proxy", "ftp://x"}, "", "-proxy: "},
		{[]string{"-nothing"}, "", "not defined"},
	} {
		var o Options
		o.Begin("x", "the `TIME`")
		err := o.Parse(tt.args)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) || err == nil && o.URL != tt.url {
			t.Errorf("%q: %q, %v, want %q, %q", tt.args, o.URL, err, tt.url, tt.err)
		}
	}
	o := Options{Timeout: time.Minute}
	if o.Begin("x", "the `TIME`"); o.Timeout != time.Minute {
		t.Errorf("%v", o.Timeout)
	}
}

// Without a URL the demo site is there, and its page can be loaded by a profile of the options.
func TestDemo(t *testing.T) {
	var o Options
	o.Begin("x", "the `TIME`")
	stop, err := o.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	p := o.Profile(false)
	defer p.Close(t.Context())
	page, err := p.Load(t.Context(), o.URL)
	if err != nil || len(page.Waterfall().Requests) < 10 {
		t.Fatalf("%d requests, %v", len(page.Waterfall().Requests), err)
	}

	other := Options{URL: "http://a.test/"}
	if stop, err := other.Demo(t.Context()); err != nil || other.URL != "http://a.test/" || len(other.ConnectTo) > 0 || other.Names.Set() {
		t.Errorf("with a URL: %+v, %v", other, err)
	} else {
		stop()
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(Options).Demo(gone); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "the demo site cannot be served: ") {
		t.Error(err)
	}
}
