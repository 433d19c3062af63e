package har_test

import (
	"time"

	"pageload/loader/waterfall"
)

const ms = time.Millisecond

// fields makes a header of names and values in turn.
func fields(list ...string) (h []waterfall.Field) {
	for i := 0; i < len(list); i += 2 {
		h = append(h, waterfall.Field{Name: list[i], Value: list[i+1]})
	}
	return h
}

func times(set func(t *waterfall.Times)) waterfall.Times {
	t := waterfall.NoTimes()
	set(&t)
	return t
}

// sample is a load in which every sort of entry occurs: a redirect, a document,
// a style sheet over a connection of its own with TLS, a font from the cache, an
// image that waited, a form, a refused port, a name that does not exist, a
// refused request, one that is still under way.
func sample() *waterfall.Waterfall {
	start := time.Date(2026, 3, 1, 12, 30, 15, 123456789, time.FixedZone("", 3600))
	parser := waterfall.Initiator{Type: "parser", URL: "http://www.demo.test/", Line: 7}
	row := func(id int32, at time.Duration, u string, typ waterfall.Type, p waterfall.Priority, x waterfall.Exchange) waterfall.Request {
		return waterfall.Request{
			ID: id, Start: at, Started: at, FinalPriority: p, Done: true, Exchange: x,
			Discovery: waterfall.Discovery{URL: u, Method: "GET", Type: typ, Priority: p, Initiator: parser, Chain: id, FoundBy: "scanner"},
		}
	}
	hop := row(1, 0, "http://demo.test/?a=1&b=%C3%A4+x&&flag&c=%zz#top", waterfall.Document, waterfall.VeryHigh, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) {
			t.Queued, t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd = 0, 20*time.Microsecond, 10*ms+333, 10*ms+400, 12*ms
			t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 12*ms+50_000, 12*ms+80_000, 20*ms, 20*ms, 20*ms+1
		}),
		Status: 301, StatusText: "Moved Permanently", Proto: "HTTP/1.1",
		RequestHeader:  fields("Host", "demo.test", "Cookie", "a=1; b=2=3;; odd"),
		ResponseHeader: fields("Location", "http://www.demo.test/", "Content-Length", "0"),
		RedirectURL:    "http://www.demo.test/", SentBytes: 100, HeadBytes: 80, ConnID: 1, Remote: "127.0.0.1:80", Local: "127.0.0.1:41000",
		DNS: []waterfall.DNSStep{
			{Level: "browser", Question: "demo.test", Transport: "cache", RCode: "", Cached: false},
			{Level: "isp", Server: "127.0.0.1:53", Question: "A demo.test", Transport: "udp", RCode: "NOERROR", Duration: 9876 * time.Microsecond, TTL: 300 * time.Second},
		},
	})
	hop.Initiator = waterfall.Initiator{Type: "other"}
	hop.FoundBy = "navigation"
	doc := row(2, 20*ms+1, "http://www.demo.test/", waterfall.Document, waterfall.VeryHigh, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) {
			t.Queued, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 20*ms+1, 21*ms, 21*ms, 30*ms+999, 31*ms, 60*ms
		}),
		Status: 200, StatusText: "OK", Proto: "HTTP/1.1", MIMEType: "text/html",
		RequestHeader: fields("Host", "www.demo.test"),
		ResponseHeader: fields("Content-Type", "text/html; charset=utf-8", "Content-Encoding", "gzip", "X-Odd", "caf\xe9 \"quoted\"\t\x01",
			"Set-Cookie", "id=7; Path=/; Domain=demo.test; Expires=Wed, 01 Apr 2026 10:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
			"set-cookie", "t=; max-age=60; expires=nonsense", "Set-Cookie", "lonely"),
		SentBytes: 90, HeadBytes: 120, BodyBytes: 500, DecodedBytes: 2000, ConnID: 1, Reused: true, Remote: "127.0.0.1:80",
	})
	doc.Chain, doc.Redirect = 1, true
	doc.BlockedCookies = []waterfall.BlockedCookie{
		{Name: "old", Domain: "demo.test", Path: "/", Partition: "https://a.test cross-site", Reasons: []string{"SecureOnly", "SameSiteLax"}},
		{Name: "id", Domain: "www.demo.test", Path: "/", Line: "id=7; Path=/; Secure", Reasons: []string{"SecureOnly"}},
	}
	doc.Initiator = waterfall.Initiator{Type: "other"}
	doc.Body = []byte("<!doctype html>\n<p>\"é\" \\ \u2028</p>")
	style := row(3, 30*ms, "https://static.demo.test/a.css?v=1|2^3", waterfall.Stylesheet, waterfall.VeryHigh, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) {
			t.Queued, t.ConnectStart, t.TLSStart, t.TLSEnd, t.ConnectEnd = 30*ms, 31*ms, 32*ms, 40*ms, 40*ms
			t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 40*ms, 40*ms, 50*ms, 50*ms, 70*ms
		}),
		Status: 200, Proto: "HTTP/2.0", MIMEType: "text/css", RequestHeader: fields(":method", "GET"),
		ResponseHeader: fields("content-encoding", "br"), HeadBytes: 33, BodyBytes: 10, DecodedBytes: -1, ConnID: 2, Remote: "[::1]:443",
		TLS: &waterfall.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", ALPN: "h2", ServerName: "static.demo.test",
			Subject: "CN=demo", Issuer: "CN=ca", NotBefore: start.Add(-time.Hour), NotAfter: start.Add(time.Hour)},
	})
	style.RenderBlocking, style.LinkPreload, style.Offset = "Blocking", true, 210
	font := row(4, 70*ms, "http://fonts.demo.test/f.woff2", waterfall.Font, waterfall.High, waterfall.Exchange{
		Times:  times(func(t *waterfall.Times) { t.Queued, t.FirstByte, t.End = 71*ms, 71*ms, 72*ms }),
		Status: 200, Proto: "HTTP/1.1", MIMEType: "font/woff2", BodyBytes: 4, DecodedBytes: 4, HeadBytes: -1, FromCache: "disk",
	})
	font.Started = 71 * ms
	font.Cache = &waterfall.CacheUse{Verdict: "hit", Reason: "fresh for 41 s more",
		Before: &waterfall.CacheEntry{Expires: start.Add(41 * time.Second), LastUsed: start.Add(-time.Minute), ETag: `"1"`, Hits: 3}}
	style.Cache = &waterfall.CacheUse{Verdict: "miss", Reason: "nothing stored; stored", After: &waterfall.CacheEntry{LastUsed: start}}
	font.FoundBy, font.Rule = "style", waterfall.Rule{Property: "font-family", Line: 3}
	font.Body = []byte("wOF2\xff\x00")
	image := row(5, 35*ms, "http://img.demo.test/%7Ex.png?%41=%E4", waterfall.Image, waterfall.Low, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) {
			t.Queued, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 50*ms, 80*ms, 80*ms, 90*ms, 90*ms, 95*ms
		}),
		Status: 404, StatusText: "Not Found", Proto: "HTTP/1.1", RequestHeader: fields("Host", "img.demo.test"),
		HeadBytes: 50, BodyBytes: 9, DecodedBytes: -1, ConnID: 3, Reused: true, Remote: "[fe80::1%eth0]:80", Retries: 1,
	})
	image.Started, image.FinalPriority = 50*ms, waterfall.High
	image.Waits = []waterfall.Wait{{From: 35 * ms, To: 50 * ms, Reason: "tight mode: 2 of 2 requests in flight"}, {From: 50 * ms, To: 80 * ms, Reason: "6 of 6 connections of this group busy"}}
	post := row(6, 35*ms, "http://www.demo.test/form", waterfall.Document, waterfall.VeryHigh, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) { t.Queued, t.SendStart, t.End = 35*ms, 36*ms, 50*ms }),
		Proto: "HTTP/1.1", RequestHeader: fields("Host", "www.demo.test", "Content-Type", "application/x-www-form-urlencoded"),
		SentBytes: 150, HeadBytes: -1, ConnID: 1, Reused: true, Remote: "127.0.0.1:80", Err: "fetch: receive: connection reset", NetError: "net::ERR_CONNECTION_RESET",
	})
	post.Method, post.Frame = "POST", 2
	post.PostData, post.PostType = []byte("name=J%C3%BCrgen+M&empty="), "application/x-www-form-urlencoded"
	refused := row(7, 36*ms, "http://static.demo.test:81/x.js", waterfall.Script, waterfall.Medium, waterfall.Exchange{
		Times:     times(func(t *waterfall.Times) { t.Queued, t.ConnectStart, t.End = 36*ms, 36*ms, 37*ms }),
		HeadBytes: -1, Err: "conn: dial 127.0.0.1:81: refused", NetError: "net::ERR_CONNECTION_REFUSED",
	})
	missing := row(8, 36*ms, "http://nowhere.test/", waterfall.Image, waterfall.Low, waterfall.Exchange{
		Times:     times(func(t *waterfall.Times) { t.Queued, t.DNSStart, t.End = 36*ms, 36*ms, 40*ms }),
		HeadBytes: -1, NetError: "net::ERR_NAME_NOT_RESOLVED", Err: "dnscache: nowhere.test: no such name",
		DNS: []waterfall.DNSStep{{Level: "isp", Server: "127.0.0.1:53", Question: "A nowhere.test", Transport: "udp", RCode: "NXDOMAIN", Duration: 4 * ms, Err: "no such name"}},
	})
	blocked := row(9, 41*ms, "no url at all \x00", waterfall.Other, waterfall.Low, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) { t.End = 41 * ms }), HeadBytes: -1, BlockedReason: "not a URL",
	})
	blocked.Started = waterfall.None
	running := row(10, 90*ms, "http://www.demo.test/slow", waterfall.Fetch, waterfall.High, waterfall.Exchange{
		Times: times(func(t *waterfall.Times) { t.Queued = 91 * ms }), HeadBytes: -1,
	})
	running.Done = false
	running.Waits = []waterfall.Wait{{From: 91 * ms, To: waterfall.None, Reason: "6 of 6 connections of this group busy"}}
	return &waterfall.Waterfall{
		Page: waterfall.Page{URL: "http://demo.test/", Title: "The \"demo\"", Start: start, RenderStart: 70 * ms, DOMInteractive: 61 * ms,
			DOMContentLoaded: 71*ms + 500, Load: waterfall.None, End: 100 * ms, Err: "timeout"},
		// The style sheet was found while the document arrived, and the log has it late.
		Requests: []waterfall.Request{hop, doc, font, style, image, post, refused, missing, blocked, running},
		Connections: []waterfall.ConnectionRow{
			{ID: 1, Scheme: "http", Host: "www.demo.test", Port: 80, Remote: "127.0.0.1:80", Local: "127.0.0.1:41000", Proto: "http/1.1",
				Started: 0, Opened: 10 * ms, Connected: 12 * ms, Secured: waterfall.None, Closed: waterfall.None, Requests: 3,
				Names:    &waterfall.Lookup{From: 20 * time.Microsecond, To: 10 * ms, Steps: hop.DNS, Addrs: []waterfall.Address{{IP: "127.0.0.1", TTL: 5 * time.Minute}}},
				Attempts: []waterfall.Attempt{{Addr: "[::1]:80", From: 10 * ms, To: 11 * ms, Err: "connection refused"}, {Addr: "127.0.0.1:80", From: 11 * ms, To: 12 * ms}},
				Carried:  []waterfall.Carriage{{Request: 1, Queued: 0, From: 12 * ms, FirstByte: 20 * ms, To: 20 * ms, Why: "one \"more\""}, {Request: 2, Queued: 20 * ms, From: 21 * ms, FirstByte: 30 * ms, To: 60 * ms}}},
			{ID: 2, Scheme: "https", Host: "static.demo.test", Port: 443, Private: true, Started: -6 * ms, Opened: -5 * ms, Connected: -3 * ms, Secured: 40 * ms,
				Closed: 99 * ms, ClosedBy: "peer", CloseReason: "EOF", Requests: 1, Sent: 1000, Received: 20000, SYNRetransmits: 1, TLS: style.TLS,
				Handshake: &waterfall.Handshake{RoundTrips: 2, Sent: 500, Received: 3000, Group: "X25519", Retried: true, ECH: true, Asked: true, Shown: "CN=me", Root: "CN=ca", OCSP: "good", Timestamps: 2,
					Chain: []waterfall.Certificate{{Subject: "CN=demo", Issuer: "CN=ca", Names: []string{"demo.test", "*.demo.test"}, NotBefore: start, NotAfter: start.Add(time.Hour), Key: "ECDSA P-256", Signature: "ECDSA-SHA256", Serial: "1f", SHA256: "00ff"}, {Subject: "CN=ca"}}},
				Proxy: &waterfall.Proxy{URL: "http://proxy.test:3128", From: -3 * ms, To: 10 * ms},
				Path: &waterfall.Path{Route: "default", NextHop: "192.0.2.1", LinkAddress: "02:00:00:00:00:01", Neighbour: "REACHABLE", Interface: "eth0", Source: "192.0.2.7", MTU: 1500, LearntFrom: "dhcp",
					Changes: []waterfall.LinkChange{{At: 50 * ms, Old: "02:00:00:00:00:02", New: "02:00:00:00:00:01"}}},
				Facts: []waterfall.TCPInfo{{At: -3 * ms, When: "open", State: "ESTABLISHED", RTT: 2 * ms, RTTVar: ms, MinRTT: 2 * ms, MSS: 1448, PMTU: 1500, Window: 10, SegmentsOut: 2, SegmentsIn: 1, Options: "timestamps sack wscale 7/7"},
					{At: 70 * ms, When: "response", Request: 3, State: "ESTABLISHED", RTT: 2 * ms, Retransmits: 1, Threshold: 7, BytesSent: 1200, BytesRetransmitted: 200, BytesAcked: 1000, BytesReceived: 20000, DeliveryRate: 1e6, Busy: ms}},
				Closing: &waterfall.Closing{Start: waterfall.None, FirstFIN: "peer", Reset: "us", Drained: 300, Why: "12 bytes were unread", States: []waterfall.TCPState{
					{Name: "CLOSE_WAIT", From: 90 * ms, To: 99 * ms, Error: ms, Seen: true, Why: "the peer closed first"}, {Name: "LAST_ACK", From: waterfall.None, To: waterfall.None, Error: ms},
					{Name: "TIME_WAIT", From: 99 * ms, To: waterfall.None, Seen: true, Left: time.Minute}}}},
		},
		Limits:     []waterfall.Note{{At: 50 * ms, Request: 2, Text: "1,000,000 references: 5 dropped"}},
		Skipped:    []waterfall.Note{{At: 51 * ms, Text: "line 5: mailto:x is not fetched"}},
		Hints:      []waterfall.Note{{At: 52 * ms, Text: "preconnect http://fonts.demo.test"}},
		MainThread: []waterfall.Task{{From: 20 * ms, To: 56 * ms, Request: 1, What: "navigation"}, {From: 60 * ms, To: 62 * ms, What: "requests"}},
	}
}
