package waterfall

import "testing"

func TestTotals(t *testing.T) {
	row := func(change func(*Request)) Request {
		r := Request{Done: true, Discovery: Discovery{URL: "http://a.test/x"}, Exchange: Exchange{Status: 200, HeadBytes: 10, BodyBytes: 100, DecodedBytes: 300, SentBytes: 7, ConnID: 1}}
		change(&r)
		return r
	}
	w := &Waterfall{
		Requests: []Request{
			row(func(r *Request) {}),
			row(func(r *Request) {
				r.URL, r.Status, r.RedirectURL = "http://user:pass@b.test:81/", 301, "http://a.test/x"
			}),
			row(func(r *Request) { r.Err, r.HeadBytes, r.BodyBytes, r.DecodedBytes = "reset", -1, 50, -1 }),
			row(func(r *Request) {
				r.BlockedReason, r.SentBytes, r.ConnID, r.HeadBytes, r.BodyBytes, r.DecodedBytes = "csp", 0, 0, -1, 0, -1
			}),
			row(func(r *Request) { r.Status = 404 }),
			row(func(r *Request) { r.FromCache, r.ConnID, r.SentBytes = "disk", 0, 0 }),
			row(func(r *Request) { r.Done, r.URL, r.ConnID = false, "data:,x", 2 }),
		},
		Connections: []ConnectionRow{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4, Connected: None}},
	}
	want := Totals{Requests: 7, Redirected: 1, Failed: 1, Refused: 1, Errors: 1, Cached: 1, Running: 1, Received: 4*110 + 50, Decoded: 5*300 + 50, Sent: 5 * 7, Hosts: 2, Connections: 3}
	if got := w.Totals(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestHostOf(t *testing.T) {
	for u, want := range map[string]string{
		"http://a.test/x": "a.test", "https://a.test:8443?x": "a.test:8443", "http://u:p@a.test#f": "a.test", "http://[::1]:80/": "[::1]:80",
		"data:text/plain,x://y/": "", "about:blank": "", "": "",
	} {
		if got := HostOf(u); got != want {
			t.Errorf("HostOf(%q) = %q, want %q", u, got, want)
		}
	}
}
