package report_test

import (
	"strings"
	"time"

	"pageload/loader/waterfall"
)

const ms = time.Millisecond

// A step is a phase of a scripted request and how long it takes.
type step struct {
	phase waterfall.Phase
	d     time.Duration
}

// request scripts a row: the steps follow each other from start.
func request(id int32, start time.Duration, u string, typ waterfall.Type, p waterfall.Priority, steps ...step) waterfall.Request {
	r := waterfall.Request{
		ID: id, Start: start, Started: start, FinalPriority: p, Done: true,
		Discovery: waterfall.Discovery{URL: u, Method: "GET", Type: typ, Priority: p, Chain: id,
			Initiator: waterfall.Initiator{Type: "parser", URL: "http://www.demo.test/", Line: int(id)}},
		Exchange: waterfall.Exchange{Times: waterfall.NoTimes(), Status: 200, StatusText: "OK", Proto: "HTTP/1.1", HeadBytes: 150, BodyBytes: int64(id) * 1234,
			DecodedBytes: -1, SentBytes: 400, ConnID: uint64(id), Remote: "127.0.0.2:80"},
	}
	name := strings.FieldsFunc(u, func(r rune) bool { return r == '/' || r == ':' })[1]
	t, at := &r.Times, start
	for _, s := range steps {
		end := at + s.d
		switch s.phase {
		case waterfall.PhaseDNS:
			t.DNSStart, t.DNSEnd = at, end
			r.DNS = []waterfall.DNSStep{
				{Level: "browser", Question: name, Transport: "cache", Start: at},
				{Level: "isp", Server: "127.0.0.1:5353", Question: "A " + name, Transport: "udp", RCode: "NOERROR", Start: at, Duration: s.d, TTL: 60 * time.Second},
				{Level: "isp", Server: "127.0.0.1:5353", Question: "AAAA " + name, Transport: "udp", RCode: "NOERROR", Start: at, Duration: s.d / 2, Err: "name has no address"},
			}
		case waterfall.PhaseConnect:
			t.ConnectStart, t.ConnectEnd = at, end
		case waterfall.PhaseSSL:
			t.TLSStart, t.TLSEnd, t.ConnectEnd = at, end, end
		case waterfall.PhaseWait:
			t.SendStart, t.SendEnd, t.FirstByte = at, at, end
		}
		at = end
	}
	t.End = at
	return r
}

// sample is a load in which every kind of row occurs.
func sample() *waterfall.Waterfall {
	const (
		blocked, dns, connect, ssl, wait, receive = waterfall.PhaseBlocked, waterfall.PhaseDNS, waterfall.PhaseConnect,
			waterfall.PhaseSSL, waterfall.PhaseWait, waterfall.PhaseReceive
	)
	failed := func(r waterfall.Request, net, why string) waterfall.Request {
		r.Status, r.StatusText, r.Err, r.NetError, r.BodyBytes, r.HeadBytes, r.ConnID = 0, "", why, net, 0, -1, 0
		r.Remote = ""
		return r
	}
	hop := request(1, 0, "http://demo.test/#top", waterfall.Document, waterfall.VeryHigh, step{dns, 40 * ms}, step{connect, 20 * ms}, step{wait, 60 * ms})
	hop.Status, hop.StatusText, hop.RedirectURL, hop.BodyBytes = 302, "Found", "http://www.demo.test/", 0
	doc := request(2, 120*ms, "http://www.demo.test/", waterfall.Document, waterfall.VeryHigh, step{dns, 60 * ms}, step{connect, 20 * ms}, step{wait, 100 * ms}, step{receive, 600 * ms})
	doc.DecodedBytes = 54321
	css := request(3, 310*ms, "https://static.demo.test/css/site.css?v=20260301", waterfall.Stylesheet, waterfall.VeryHigh,
		step{dns, 80 * ms}, step{connect, 30 * ms}, step{ssl, 90 * ms}, step{wait, 300 * ms}, step{receive, 40 * ms})
	image := request(4, 320*ms, "http://img.demo.test/gallery/2026/a-rather-long-folder-name-for-a-picture/photo-number-0001.webp?width=640&height=480",
		waterfall.Image, waterfall.Low, step{blocked, 500 * ms}, step{wait, 80 * ms}, step{receive, 200 * ms})
	image.FinalPriority = waterfall.High
	image.ConnID = 3
	odd := request(5, 400*ms, "http://img.demo.test/\x1b[31mred\x07/\u202e\u65e5\u672c.png", waterfall.Image, waterfall.Low, step{wait, 2 * ms})
	cached := request(6, 900*ms, "http://fonts.demo.test/f.woff2", waterfall.Font, waterfall.VeryHigh)
	cached.Times.End, cached.FromCache = 900*ms, "memory"
	cached.Cache = &waterfall.CacheUse{Verdict: "hit", Reason: "fresh for 41 s more"}
	missing := request(7, 330*ms, "http://static.demo.test/gone.js", waterfall.Script, waterfall.Medium, step{wait, 70 * ms})
	missing.Status, missing.StatusText = 404, "Not\tFound"
	refused := failed(request(8, 340*ms, "http://static.demo.test:81/x.js", waterfall.Script, waterfall.Medium, step{connect, 5 * ms}), "net::ERR_CONNECTION_REFUSED", "conn: dial 127.0.0.2:81: connection refused")
	noName := failed(request(9, 345*ms, "http://nowhere.test/i.png", waterfall.Image, waterfall.Low, step{dns, 30 * ms}), "net::ERR_NAME_NOT_RESOLVED", "dnscache: nowhere.test: does not exist")
	noName.DNS[1].RCode, noName.DNS[1].Err = "NXDOMAIN", "name does not exist"
	policy := failed(request(10, 350*ms, "file:///etc/passwd", waterfall.Other, waterfall.VeryLow), "", "")
	policy.BlockedReason = "scheme file"
	cut := request(11, 360*ms, "http://ads.other.test/cut.js", waterfall.Script, waterfall.Low, step{connect, 10 * ms}, step{wait, 50 * ms}, step{receive, 400 * ms})
	cut.Err, cut.NetError = "fetch: receive: closed early", "net::ERR_CONTENT_LENGTH_MISMATCH"
	form := request(12, 1000*ms, "http://www.demo.test/form?\u00fc", waterfall.Fetch, waterfall.High, step{blocked, 3 * ms})
	form.Method, form.Done, form.Status, form.HeadBytes, form.BodyBytes = "OPTIONS", false, 0, -1, 0
	form.Times.End = waterfall.None
	form.Times.Queued = 1003 * ms
	return &waterfall.Waterfall{
		Page: waterfall.Page{URL: "http://demo.test/", Title: "D\u00e9mo \u65e5\u672c \x1b[2J", Start: time.Unix(0, 0),
			RenderStart: 850 * ms, DOMInteractive: 900 * ms, DOMContentLoaded: 905 * ms, Load: 1100 * ms, End: 1200 * ms},
		Requests: []waterfall.Request{hop, doc, css, image, odd, cached, missing, refused, noName, policy, cut, form},
		Connections: []waterfall.ConnectionRow{
			{ID: 1, Scheme: "http", Host: "demo.test", Port: 80, Proto: "http/1.1", Local: "127.0.0.1:41000", Remote: "127.0.0.1:80",
				Started: 0, Opened: 40 * ms, Connected: 60 * ms, Secured: waterfall.None, Closed: waterfall.None, Requests: 1,
				Names:    &waterfall.Lookup{From: 0, To: 40 * ms, Steps: hop.DNS},
				Attempts: []waterfall.Attempt{{Addr: "127.0.0.1:80", From: 40 * ms, To: 60 * ms}},
				Carried:  []waterfall.Carriage{{Request: 1, From: 60 * ms, FirstByte: 120 * ms, To: 120 * ms}, {Request: 2, From: 200 * ms, FirstByte: 300 * ms, To: 900 * ms}},
				Facts:    []waterfall.TCPInfo{{At: 60 * ms, When: "open", State: "ESTABLISHED", RTT: 20 * ms, RTTVar: 10 * ms, MSS: 1448, Window: 10, SegmentsOut: 2, SegmentsIn: 1, Options: "timestamps sack wscale 7/7"}}},
			{ID: 3, Scheme: "https", Host: "static.demo.test", Port: 443, Proto: "http/1.1", Private: true, Started: -395 * ms, Opened: -390 * ms, Connected: 420 * ms, Secured: 510 * ms,
				Closed: 1150 * ms, ClosedBy: "peer", CloseReason: "idle", Requests: 2, SYNRetransmits: 2,
				Attempts: []waterfall.Attempt{{Addr: "[2001:db8::1]:443", From: -390 * ms, To: 420 * ms, Err: "another address was faster", Lost: true, Late: true, Waited: 5 * ms, Why: "64 of 64 connects to 2001:db8::1 under way"}, {Addr: "192.0.2.1:443", From: -140 * ms, To: 420 * ms}},
				Proxy:    &waterfall.Proxy{URL: "http://proxy.test:3128", From: 420 * ms, To: 430 * ms},
				TLS:      &waterfall.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Resumed: true, Subject: "CN=static.demo.test \x1b[31m", Issuer: "CN=ca"},
				Path: &waterfall.Path{Route: "default", NextHop: "192.0.2.254", LinkAddress: "02:00:00:00:00:01", Neighbour: "REACHABLE", Interface: "eth0", Source: "192.0.2.7", MTU: 1500, LearntFrom: "dhcp",
					Changes: []waterfall.LinkChange{{At: 600 * ms, Old: "02:00:00:00:00:02", New: "02:00:00:00:00:01"}}},
				Carried: []waterfall.Carriage{{Request: 3, From: 510 * ms, To: 850 * ms}, {Request: 4, From: 820 * ms, To: 1100 * ms, Why: "6 of 6 connections of this group busy"}},
				Facts: []waterfall.TCPInfo{{At: 850 * ms, When: "response", Request: 3, State: "ESTABLISHED", RTT: 20 * ms, RTTVar: 300 * time.Microsecond, Retransmits: 3, MSS: 1448, Window: 14, SegmentsOut: 20, SegmentsIn: 19,
					BytesSent: 800, BytesReceived: 2e6, DeliveryRate: 1.25e6, LimitedByReceiver: 3 * ms, LimitedBySendBuffer: ms}},
				Closing: &waterfall.Closing{Start: waterfall.None, FirstFIN: "peer", Reset: "us", Drained: 300, Why: "12 bytes were not read", States: []waterfall.TCPState{
					{Name: "CLOSE_WAIT", From: 1120 * ms, To: 1150 * ms, Error: 500 * time.Microsecond, Seen: true, Why: "the peer closed first"}, {Name: "LAST_ACK", From: waterfall.None, To: waterfall.None},
					{Name: "TIME_WAIT", From: 1150 * ms, To: waterfall.None, Seen: true, Left: time.Minute}}}},
			{ID: 4, Scheme: "http", Host: "static.demo.test", Port: 81, Started: 340 * ms, Opened: waterfall.None, Connected: waterfall.None, Secured: waterfall.None, Closed: 345 * ms, ClosedBy: "nobody",
				Attempts: []waterfall.Attempt{{Addr: "127.0.0.2:81", From: 340 * ms, To: 345 * ms, Err: "connection refused"}}, CloseReason: "conn: connect to static.demo.test: 127.0.0.2:81: connection refused (after 5 ms)"},
		},
		Limits:     []waterfall.Note{{At: 500 * ms, Text: "1,000,000 references\x1b[0m: 5 dropped"}},
		Hints:      []waterfall.Note{{At: 130 * ms, Text: "preconnect http://fonts.demo.test: connected after 20 ms"}},
		MainThread: []waterfall.Task{{From: 20 * ms, To: 56 * ms, Request: 1, What: "navigation"}, {From: 60 * ms, To: 62 * ms, What: "requests"}, {From: 9000 * ms, To: 9010 * ms, What: "image"}},
		Skipped:    []waterfall.Note{{At: 200 * ms, Text: "line 5: \"http://[bad\" is no URL"}},
	}
}
