package waterfall

import (
	"reflect"
	"testing"
	"time"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sampleLog is the log of a small load in which every kind of event occurs, in
// the order in which a page's owner would learn of them.
func sampleLog() []Event {
	head := times(func(t *Times) {
		t.Queued, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd = 4*ms, 8*ms, 8*ms, 12*ms, 13*ms
	})
	done := head
	done.End = 20 * ms
	return []Event{
		{0, NavigationStart, 0, 0, "http://a.test/", epoch},
		{0, Discovered, 1, 0, "", &Discovery{URL: "http://a.test/", Method: "GET", Type: Document, Priority: VeryHigh, Chain: 1}},
		{0, Started, 1, 0, "", nil},
		{2 * ms, Redirected, 1, 0, "", &Exchange{Times: times(func(t *Times) { t.End = 2 * ms }), Status: 302, RedirectURL: "http://a.test/x"}},
		{2 * ms, Discovered, 2, 0, "", &Discovery{URL: "http://a.test/x", Method: "GET", Type: Document, Priority: VeryHigh, Chain: 1, Redirect: true}},
		{3 * ms, Held, 2, 0, "tight mode", nil},
		{4 * ms, Started, 2, 0, "", nil},
		{5 * ms, Waited, 2, 0, "6 of 6 connections busy", nil},
		{1 * ms, Connection, 0, 0, "", &ConnectionRow{ID: 7, Host: "a.test", Opened: -5 * ms, Closed: None}},
		{13 * ms, Responded, 2, 0, "", &Exchange{Times: head, Status: 200}},
		{14 * ms, PriorityChanged, 2, 0, "Low", nil},
		{20 * ms, Finished, 2, 0, "", &Exchange{Times: done, Status: 200, BodyBytes: 10, DecodedBytes: 30, HeadBytes: 5}},
		{20 * ms, Body, 2, 0, "", []byte("body")},
		{20 * ms, Discovered, 3, 1, "", &Discovery{URL: "http://b.test/", Priority: Low, Chain: 3}},
		{21 * ms, Held, 3, 1, "delayable limit", nil},
		{25 * ms, Failed, 3, 1, "conn: refused", nil},
		{26 * ms, Discovered, 4, 0, "", &Discovery{URL: "file:///etc/passwd", Chain: 4}},
		{27 * ms, Refused, 4, 0, "scheme file", nil},
		{28 * ms, Limit, 4, 0, "1,000 references", nil},
		{28 * ms, Skipped, 0, 0, "mailto:x", nil},
		{28 * ms, Hint, 0, 0, "preconnect", nil},
		{28 * ms, Busy, 2, 0, "style sheet", ms},
		{29 * ms, Busy, 2, 0, "requests", 2 * ms},
		{31 * ms, Busy, 3, 0, "requests", ms},
		{34 * ms, Busy, 3, 0, "requests", 3 * ms},
		{29 * ms, Milestone, 0, 0, RenderStart, nil},
		{30 * ms, Milestone, 0, 0, DOMInteractive, "A title"},
		{31 * ms, Milestone, 0, 0, DOMContentLoaded, nil},
		{31 * ms, Milestone, 0, 1, Load, nil}, // a frame's
		{32 * ms, Milestone, 0, 0, Load, nil},
		{33 * ms, Milestone, 0, 0, Settled, nil},
		{34 * ms, LoadFailed, 0, 0, "why", nil},
		{9 * time.Second, Connection, 0, 0, "", &ConnectionRow{ID: 7, Host: "a.test", Opened: -5 * ms, Closed: 9 * time.Second, ClosedBy: "us"}},
	}
}

func TestFold(t *testing.T) {
	w := Fold(sampleLog())
	wantPage := Page{URL: "http://a.test/", Title: "A title", Start: epoch, RenderStart: 29 * ms, DOMInteractive: 30 * ms,
		DOMContentLoaded: 31 * ms, Load: 32 * ms, End: 34 * ms, Err: "why"}
	if w.Page != wantPage {
		t.Errorf("page =\n%+v, want\n%+v", w.Page, wantPage)
	}
	if len(w.Requests) != 4 {
		t.Fatalf("%d requests, want 4", len(w.Requests))
	}
	tests := []struct {
		name      string
		got, want any
	}{
		{"hop is done", w.Requests[0].Done, true},
		{"hop leads on", w.Requests[0].RedirectURL, "http://a.test/x"},
		{"hop shares the chain", w.Requests[1].Chain, w.Requests[0].Chain},
		{"start is when it was made", w.Requests[1].Start, 2 * ms},
		{"started when the gate opened", w.Requests[1].Started, 4 * ms},
		{"waits end when something happens", w.Requests[1].Waits, []Wait{{3 * ms, 4 * ms, "tight mode"}, {5 * ms, 8 * ms, "6 of 6 connections busy"}}},
		{"initial priority stays", w.Requests[1].Priority, VeryHigh},
		{"final priority", w.Requests[1].FinalPriority, Low},
		{"transferred", w.Requests[1].Transferred(), int64(15)},
		{"body", string(w.Requests[1].Body), "body"},
		{"not failed", w.Requests[1].Failed(), false},
		{"failed", w.Requests[2].Failed(), true},
		{"error", w.Requests[2].Err, "conn: refused"},
		{"frame", w.Requests[2].Frame, int32(1)},
		{"failing ends the request", w.Requests[2].Times.End, 25 * ms},
		{"failing ends a wait", w.Requests[2].Waits, []Wait{{21 * ms, 25 * ms, "delayable limit"}}},
		{"never started", w.Requests[2].Started, None},
		{"refused", w.Requests[3].BlockedReason, "scheme file"},
		{"refusing ends the request", w.Requests[3].Times.End, 27 * ms},
		{"limits", w.Limits, []Note{{28 * ms, 4, "1,000 references"}}},
		{"skipped", w.Skipped, []Note{{28 * ms, 0, "mailto:x"}}},
		{"hints", w.Hints, []Note{{28 * ms, 0, "preconnect"}}},
		{"what touches is one task", w.MainThread, []Task{{28 * ms, 29 * ms, 2, "style sheet"}, {29 * ms, 32 * ms, 0, "requests"}, {34 * ms, 37 * ms, 3, "requests"}}},
		{"one row a connection", len(w.Connections), 1},
		{"the last that was said of a connection", w.Connections[0].ClosedBy, "us"},
		{"head bytes are unknown at first", Fold(sampleLog()[:2]).Requests[0].HeadBytes, int64(-1)},
	}
	for _, tt := range tests {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	for i := 1; i < len(w.Events); i++ {
		if w.Events[i].At < w.Events[i-1].At {
			t.Errorf("event %d (%v) is before the one ahead of it (%v)", i, w.Events[i].At, w.Events[i-1].At)
		}
	}
}

// Every prefix of a log is the log of a load that goes on.
func TestFoldLive(t *testing.T) {
	log := sampleLog()
	before := sampleLog()
	for n := range len(log) + 1 {
		w := Fold(log[:n])
		if len(w.Events) != n {
			t.Errorf("%d events of a log of %d", len(w.Events), n)
		}
		for i := range w.Requests {
			checkSpans(t, &w.Requests[i])
		}
	}
	if !reflect.DeepEqual(log, before) {
		t.Error("Fold changed the log")
	}
}

func TestFoldOddLogs(t *testing.T) {
	tests := []struct {
		name string
		log  []Event
		want int // requests
	}{
		{"nil", nil, 0},
		{"unknown kind", []Event{{Kind: 200, Request: 1}}, 0},
		{"event of a request that nobody made", []Event{{Kind: Finished, Request: 9, Data: &Exchange{}}}, 0},
		{"wrong data", []Event{{Kind: NavigationStart, Data: 1}, {Kind: Discovered, Data: "x"}, {Kind: Connection, Data: 1}}, 0},
		{"nil data", []Event{{Kind: Discovered, Data: (*Discovery)(nil)}, {Kind: Connection, Data: (*ConnectionRow)(nil)}}, 0},
		{"nil exchange", []Event{{Kind: Discovered, Request: 1, Data: &Discovery{}}, {Kind: Responded, Request: 1, Data: (*Exchange)(nil)}, {Kind: Body, Request: 1}}, 1},
		{"times far apart", []Event{{At: None + 1, Kind: Discovered, Request: 1, Data: &Discovery{}}, {At: 1<<63 - 1, Kind: Failed, Request: 1}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := Fold(tt.log)
			if len(w.Requests) != tt.want {
				t.Errorf("%d requests, want %d", len(w.Requests), tt.want)
			}
			for i := range w.Requests {
				checkSpans(t, &w.Requests[i])
			}
		})
	}
}

func TestKindString(t *testing.T) {
	for k := NavigationStart; k <= LoadFailed; k++ {
		if k.String() == "unknown" {
			t.Errorf("kind %d has no name", k)
		}
	}
	for _, s := range []string{Kind(0).String(), Kind(99).String(), Phase(0).String(), Phase(99).String()} {
		if s != "unknown" {
			t.Errorf("out of range: %q, want unknown", s)
		}
	}
	if got := PhaseSSL.String(); got != "ssl" {
		t.Errorf("PhaseSSL = %q, want ssl", got)
	}
}

func BenchmarkFold(b *testing.B) {
	log := sampleLog()
	b.ReportAllocs()
	for b.Loop() {
		Fold(log)
	}
}
