package waterfall_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pageload/loader/waterfall"
)

// blankConnection is a row in which nothing has happened.
func blankConnection(scheme string) waterfall.ConnectionRow {
	n := waterfall.None
	return waterfall.ConnectionRow{ID: 1, Scheme: scheme, Started: n, Opened: n, Connected: n, Secured: n, Closed: n}
}

func connection(scheme string, set func(c *waterfall.ConnectionRow)) waterfall.ConnectionRow {
	c := blankConnection(scheme)
	set(&c)
	return c
}

func carriage(id int32, from, to time.Duration) waterfall.Carriage {
	return waterfall.Carriage{Request: id, Queued: from, From: from, FirstByte: from, To: to}
}

func TestConnectionSpans(t *testing.T) {
	const until = 100 * time.Millisecond
	const ms = time.Millisecond
	n := waterfall.None
	tests := []struct {
		name string
		c    waterfall.ConnectionRow
		want string
	}{
		{"nothing known", blankConnection("http"), ""},
		{"waits for room", connection("http", func(c *waterfall.ConnectionRow) { c.Started = 10 * ms }), "queue 10-100"},
		{"looks up its name", connection("http", func(c *waterfall.ConnectionRow) {
			c.Started, c.Names = 1*ms, &waterfall.Lookup{From: 2 * ms, To: n}
		}), "queue 1-2, names 2-100"},
		{"plain, still open", connection("http", func(c *waterfall.ConnectionRow) {
			c.Started, c.Opened, c.Connected = 1*ms, 3*ms, 5*ms
			c.Names = &waterfall.Lookup{From: 1 * ms, To: 3 * ms}
			c.Carried = []waterfall.Carriage{carriage(1, 5*ms, 9*ms), carriage(2, 12*ms, 20*ms)}
		}), "names 1-3, tcp 3-5, request#1 5-9, idle 9-12, request#2 12-20, idle 20-100"},
		{"a request goes on", connection("http", func(c *waterfall.ConnectionRow) {
			c.Started, c.Opened, c.Connected = 3*ms, 3*ms, 5*ms
			c.Carried = []waterfall.Carriage{carriage(1, 5*ms, n)}
		}), "tcp 3-5, request#1 5-100"},
		{"TLS through a proxy, shared, closed by us", connection("https", func(c *waterfall.ConnectionRow) {
			c.Started, c.Opened, c.Connected, c.Secured, c.Closed = 0, 0, 5*ms, 20*ms, 50*ms
			c.Proxy = &waterfall.Proxy{From: 5 * ms, To: 10 * ms}
			c.Carried = []waterfall.Carriage{carriage(1, 20*ms, 30*ms), carriage(2, 25*ms, 40*ms), carriage(3, 26*ms, 28*ms)}
			c.Closing = &waterfall.Closing{Start: n, FirstFIN: "us", States: []waterfall.TCPState{
				{Name: "FIN_WAIT_1", From: n, To: n}, {Name: "FIN_WAIT_2", From: 51 * ms, To: 60 * ms, Seen: true}, {Name: "TIME_WAIT", From: 60 * ms, To: n, Seen: true}}}
		}), "tcp 0-5, proxy 5-10, tls 10-20, request#1 20-30, request#2 25-40, request#3 26-28, idle 40-50, close 50-60, time-wait 60-100"},
		{"the peer closes first", connection("http", func(c *waterfall.ConnectionRow) {
			c.Started, c.Opened, c.Connected, c.Closed = 0, 0, 5*ms, 50*ms
			c.Closing = &waterfall.Closing{Start: 45 * ms, FirstFIN: "peer", States: []waterfall.TCPState{{Name: "CLOSE_WAIT", From: 40 * ms, To: 50 * ms, Seen: true}, {Name: "LAST_ACK", From: 50 * ms, To: 52 * ms}}}
		}), "tcp 0-5, idle 5-40, close 40-52"},
		{"refused", connection("http", func(c *waterfall.ConnectionRow) {
			c.Started, c.Closed = 2*ms, 7*ms
			c.Attempts = []waterfall.Attempt{{Addr: "[::1]:80", From: 3 * ms, To: 4 * ms, Err: "refused"}, {Addr: "127.0.0.1:80", From: 4 * ms, To: 7 * ms, Err: "refused"}}
		}), "queue 2-3, tcp 3-7, close 7-7"},
		{"no name", connection("http", func(c *waterfall.ConnectionRow) { c.Started, c.Closed = 2*ms, 7*ms }), "queue 2-7, close 7-7"},
		{"the handshake fails", connection("https", func(c *waterfall.ConnectionRow) {
			c.Started, c.Opened, c.Connected, c.Closed = 0, 0, 5*ms, 9*ms
		}), "tcp 0-5, tls 5-9, close 9-9"},
		{"the handshake fails, and nothing is known of the race", connection("https", func(c *waterfall.ConnectionRow) {
			c.Started, c.Connected, c.Closed = 0, 5*ms, 9*ms
		}), "queue 0-5, tls 5-9, close 9-9"},
		{"before the navigation", connection("http", func(c *waterfall.ConnectionRow) {
			c.Started, c.Opened, c.Connected = -20*ms, -20*ms, -10*ms
		}), "tcp -20--10, idle -10-100"},
	}
	for _, tt := range tests {
		var got []string
		for _, s := range tt.c.Spans(until) {
			name := s.Phase.String()
			if s.Request != 0 {
				name += fmt.Sprint("#", s.Request)
			}
			got = append(got, fmt.Sprintf("%s %d-%d", name, s.From/ms, s.To/ms))
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
	}
}

// Whatever a file says, spans are in order and touch where nothing overlaps.
func FuzzConnectionSpans(f *testing.F) {
	f.Add(int64(0), int64(1), int64(2), int64(3), int64(9), int64(4), int64(5), int64(10), true)
	f.Add(int64(-1), int64(-1<<63), int64(7), int64(3), int64(-1<<63), int64(9), int64(-5), int64(1), false)
	f.Fuzz(func(t *testing.T, started, opened, connected, secured, closed, from, to, until int64, tls bool) {
		d := func(n int64) time.Duration {
			if n == -1<<63 {
				return waterfall.None
			}
			return time.Duration(n)
		}
		c := waterfall.ConnectionRow{Started: d(started), Opened: d(opened), Connected: d(connected), Secured: d(secured), Closed: d(closed),
			Names: &waterfall.Lookup{From: d(from), To: d(to)}, Proxy: &waterfall.Proxy{From: d(to), To: d(from)},
			Carried: []waterfall.Carriage{carriage(1, d(max(from, -1<<62)), d(to))}}
		if tls {
			c.Scheme = "https"
			c.Closing = &waterfall.Closing{Start: d(to), States: []waterfall.TCPState{{From: d(from), To: d(to)}, {Name: "TIME_WAIT", From: d(to), To: d(from)}}}
		}
		end := waterfall.None
		for i, s := range c.Spans(d(until)) {
			if s.To < s.From {
				t.Fatalf("span %d ends before it begins: %+v", i, s)
			}
			if s.Phase != waterfall.ConnRequest && s.Phase != waterfall.ConnClose && end != waterfall.None && s.From != end {
				t.Fatalf("span %d begins at %d, not at %d", i, s.From, end)
			}
			end = max(end, s.To)
		}
	})
}

func TestFoldJoinsRequestsToConnections(t *testing.T) {
	const ms = time.Millisecond
	var log []waterfall.Event
	for id, at := range map[int32]time.Duration{1: 30 * ms, 2: 10 * ms, 3: waterfall.None} {
		x := &waterfall.Exchange{Times: waterfall.NoTimes(), ConnID: 7, Waited: []string{"6 of 6 connections of this group busy"}}
		x.Times.Queued, x.Times.SendStart, x.Times.FirstByte, x.Times.End = 5*ms, at, at+ms, at+10*ms
		log = append(log, waterfall.Event{Kind: waterfall.Discovered, Request: id, Data: &waterfall.Discovery{}},
			waterfall.Event{Kind: waterfall.Finished, Request: id, Data: x})
	}
	row := &waterfall.ConnectionRow{ID: 7, Facts: []waterfall.TCPInfo{{When: "open"}, {At: 21 * ms, When: "response"}, {At: 40 * ms, When: "response"}, {At: 15 * ms, When: "response"}}}
	log = append(log, waterfall.Event{Kind: waterfall.Connection, Data: &waterfall.ConnectionRow{ID: 8}}, waterfall.Event{Kind: waterfall.Connection, Data: row})
	wf := waterfall.Fold(log)
	c := wf.Connections[1]
	if len(c.Carried) != 2 || c.Carried[0].Request != 2 || c.Carried[1].Request != 1 || c.Carried[0].Why != "6 of 6 connections of this group busy" {
		t.Errorf("carried %+v, want requests 2 and 1", c.Carried)
	}
	for i, want := range []int32{0, 2, 1, 0} {
		if got := c.Facts[i].Request; got != want {
			t.Errorf("facts %d are those after request %d, want %d", i, got, want)
		}
	}
	if row.Carried != nil || row.Facts[1].Request != 0 {
		t.Error("Fold changed the log")
	}
	if other := wf.Connections[0]; len(other.Carried) != 0 {
		t.Errorf("connection 8 carried %+v", other.Carried)
	}
}
