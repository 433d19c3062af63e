package fetch

import (
	"reflect"
	"testing"

	"pageload/conn"
	"pageload/fetch/cookies"
	"pageload/parse/weburl"
)

// A head that is made from a template is the one that is made without, for all kinds of requests, one after the other by clients that
// share their templates.
func TestTemplates(t *testing.T) {
	var shared Templates
	profile := Chromium()
	clients := []*Client{{Profile: profile, Templates: &shared}, {Profile: profile, Templates: &shared, Jar: new(cookies.Jar)}, {}}
	for _, c := range clients {
		c.init()
	}
	parse := func(s string) weburl.URL {
		u, err := weburl.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	page, other := parse("http://a.test/page?q"), parse("https://b.test/")
	tried, priorities := 0, []conn.Priority{conn.VeryLow, conn.Low, conn.Medium, conn.High, conn.VeryHigh}
	for _, to := range []weburl.URL{parse("http://a.test/x"), parse("http://127.0.0.1:8080/y?z"), parse("https://b.test/")} {
		for _, from := range []weburl.URL{page, other, {}} {
			for d := range destinations {
				for _, mode := range []Mode{Navigate, NoCORS, CORS} {
					for variant := range 9 {
						r := &Request{URL: to, Destination: d, Mode: mode, Referrer: from, Initiator: from.Origin()}
						switch variant {
						case 1:
							r.ReferrerPolicy = "no-referrer"
						case 2:
							r.TopLevel = other.Origin()
						case 3:
							r.Credentials = Omit
						case 4:
							r.Reload = Bypass
						case 5:
							r.Range = "bytes=2-"
						case 6:
							r.Credentials = SameOriginCredentials
						case 7:
							r.TopLevel, r.Embedded = to.Origin(), true
						case 8:
							r.TopLevel = to.Origin()
						}
						r.Priority = priorities[tried%len(priorities)]
						for _, c := range clients {
							x := newCall(t.Context(), c, r, HandlerFuncs{})
							x.site = x.site.with(r.Initiator, to.Origin())
							for _, h2 := range []bool{false, true} {
								var m message
								x.message(&m, h2)
								want := m.fields()
								made := x.sharedHeader(h2)
								if !reflect.DeepEqual(made.fields, want) {
									t.Fatalf("%v %v %v variant %d from %v, HTTP/2 %v:\n%v\nwant\n%v", to, d, mode, variant, from, h2, made.fields, want)
								}
								if h2 {
									if !reflect.DeepEqual(made.sent, appendSent(nil, want)) {
										t.Fatalf("%v %v %v variant %d from %v: HTTP/2 is given\n%v\nwant\n%v", to, d, mode, variant, from, made.sent, want)
									}
								} else if got, head := "GET /x"+made.rest, string(appendHead(nil, "GET", "/x", want)); got != head {
									t.Fatalf("%v %v %v variant %d from %v:\n%s\nwant\n%s", to, d, mode, variant, from, got, head)
								}
							}
							tried++
						}
					}
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("%d requests were tried", tried)
	}
	if n := len(shared.kept); n == 0 || n > mostTemplates {
		t.Errorf("%d templates are shared", n)
	}
}
