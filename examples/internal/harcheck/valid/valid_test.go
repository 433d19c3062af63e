package valid

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pageload/loader/har"
	"pageload/loader/waterfall"
)

// sample is a HAR of two requests, the second of them refused.
func sample(t *testing.T) string {
	t.Helper()
	x := waterfall.Exchange{Times: waterfall.NoTimes(), Status: 200, ConnID: 3, Remote: "127.0.0.1:80", HeadBytes: -1}
	x.Times.SendStart, x.Times.End = 1500*time.Microsecond, 9*time.Millisecond
	wf := &waterfall.Waterfall{
		Page: waterfall.Page{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), DOMContentLoaded: 1, Load: 2, RenderStart: waterfall.None, DOMInteractive: waterfall.None},
		Requests: []waterfall.Request{
			{ID: 1, Discovery: waterfall.Discovery{URL: "http://a.test/|^%zz"}, Done: true, Exchange: x},
			{ID: 2, Start: time.Millisecond, Discovery: waterfall.Discovery{URL: "http://a.test/"}, Done: true,
				Exchange: waterfall.Exchange{Times: waterfall.NoTimes(), BlockedReason: "csp"}},
		},
	}
	var b bytes.Buffer
	if err := har.Write(&b, wf, har.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHAR(t *testing.T) {
	tests := []struct {
		name, old, new string
		rules          Rules
		want           string // part of a fault; empty: none
	}{
		{name: "as written"},
		{name: "byte order mark", old: `{"log":`, new: "\ufeff" + `{"log":`},
		{name: "no JSON", old: `{"log":`, new: `{"log"`, want: "no JSON"},
		{name: "schema", old: `"creator":{"name":"pageload",`, new: `"creator":{`, want: "name"},
		{name: "bad address", old: `"127.0.0.1"`, new: `"[127.0.0.1]"`, want: "127.0.0.1"},
		{name: "bad URL", old: `"http://a.test/"`, new: `"a test"`, want: "no URL"},
		{name: "version", old: `"log":{"version":"1.2"`, new: `"log":{"version":"1.1"`, want: "version"},
		{name: "too few", rules: Rules{Entries: 3}, want: "at least 3"},
		{name: "sum", old: `"time":9.000`, new: `"time":9.001`, want: "add up to 9.000 ms, not to 9.001"},
		{name: "sum within tolerance", old: `"time":9.000`, new: `"time":9.001`, rules: Rules{Tolerance: 0.5}},
		{name: "ssl", old: `"ssl":-1`, new: `"ssl":1`, want: "ssl is longer"},
		{name: "negative", old: `"send":7.500`, new: `"send":-1`, want: "send is -1.000"},
		{name: "order", old: `00.001000Z`, new: `00.001000+05:00`, want: "begins before"},
		{name: "twice", old: `"_id":2`, new: `"_id":1`, want: "_id 1 is there twice"},
		{name: "chain", old: `"_requestId":"2"`, new: `"_requestId":"1"`, want: "no redirect"},
		{name: "page", old: `"id":"page_1"`, new: `"id":"page_2"`, want: "names no page"},
		{name: "milestones in the wrong order", old: `"onContentLoad":0.000`, new: `"onContentLoad":5`, want: "onLoad is before"},
		{name: "failed without a reason", old: `,"_error":"csp","_blockedReason":"csp"`, new: ``, want: "neither a status nor an error"},
	}
	whole := sample(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(whole, tt.old) {
				t.Fatalf("the sample has no %s: %s", tt.old, whole)
			}
			_, faults := HAR([]byte(strings.Replace(whole, tt.old, tt.new, 1)), tt.rules)
			switch {
			case tt.want == "" && len(faults) > 0:
				t.Errorf("faults %q, want none", faults)
			case tt.want != "" && (len(faults) == 0 || !strings.Contains(strings.Join(faults, "\n"), tt.want)):
				t.Errorf("faults %q, want one with %q", faults, tt.want)
			}
		})
	}
}
