package browsertest

import (
	"fmt"
	"time"

	"pageload/loader/waterfall"
)

const ms = time.Millisecond

var kinds = []waterfall.Type{waterfall.Image, waterfall.Script, waterfall.Stylesheet, waterfall.Font}

// sample is a load of n requests from four hosts over as many connections. The
// third request fails, the fourth one's status is 404, the fifth is a cache's.
func sample(n int) *waterfall.Waterfall {
	w := &waterfall.Waterfall{Page: waterfall.Page{URL: "http://www.test/", Title: "A page", Start: time.Unix(1e9, 0), RenderStart: 150 * ms,
		DOMInteractive: 160 * ms, DOMContentLoaded: 165 * ms, Load: time.Duration(n*2+200) * ms, End: time.Duration(n*2+210) * ms},
		Limits: []waterfall.Note{{At: 5 * ms, Text: "10,000 requests: 3 dropped"}}}
	for i := range n {
		start := time.Duration(i*2) * ms
		host := fmt.Sprintf("h%d.test", i%4)
		t := waterfall.NoTimes()
		t.Queued, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = start+5*ms, start+20*ms, start+20*ms, start+60*ms, start+60*ms, start+(100+time.Duration(i%9))*ms
		r := waterfall.Request{ID: int32(i + 1), Start: start, Started: start + 5*ms, FinalPriority: waterfall.Low, Done: true,
			Discovery: waterfall.Discovery{URL: fmt.Sprintf("http://%s/dir/file-%d.bin?v=%d", host, i, i*7), Method: "GET", Type: kinds[i%4], Priority: waterfall.Low, Chain: int32(i + 1),
				Initiator: waterfall.Initiator{Type: "parser", URL: "http://www.test/", Line: i}, FoundBy: "scanner", Offset: 100 * i},
			Exchange: waterfall.Exchange{Times: t, Status: 200, StatusText: "OK", Proto: "HTTP/1.1", HeadBytes: 100, BodyBytes: int64(i%50) * 1000, DecodedBytes: 2000, SentBytes: 300,
				ConnID: uint64(i%4 + 1), Reused: i >= 4, Remote: "127.0.0.1:80", Local: "127.0.0.1:40000", MIMEType: "image/png",
				RequestHeader:  []waterfall.Field{{Name: "Host", Value: host}, {Name: "User-Agent", Value: "Mozilla/5.0"}, {Name: "Accept", Value: "*/*"}},
				ResponseHeader: []waterfall.Field{{Name: "Content-Type", Value: "image/png"}, {Name: "ETag", Value: fmt.Sprintf("\"%d\"", i)}, {Name: "Server-Timing", Value: "db;dur=12.5;desc=\"Data base\""}}},
			Waits: []waterfall.Wait{{From: start, To: start + 5*ms, Reason: "tight mode: 2 of 2 low-priority requests in flight"}},
		}
		switch i {
		case 0:
			r.URL, r.Type, r.Initiator, r.Waits = "http://www.test/", waterfall.Document, waterfall.Initiator{Type: "other"}, nil
			r.DNS = []waterfall.DNSStep{{Level: "browser", Question: "A www.test", Transport: "cache"}, {Level: "isp", Server: "127.0.0.1:53", Question: "A www.test", Transport: "udp", RCode: "NOERROR", Duration: 9 * ms, TTL: time.Minute}}
		case 2:
			r.Status, r.StatusText, r.Err, r.NetError, r.BodyBytes, r.HeadBytes = 0, "", "conn: connection refused", "net::ERR_CONNECTION_REFUSED", 0, -1
		case 3:
			r.Status, r.StatusText = 404, "Not Found"
		case 4:
			r.FromCache = "disk"
		}
		if i > 8 && i%3 == 0 {
			r.Initiator.URL = w.Requests[8].URL
		}
		w.Requests = append(w.Requests, r)
	}
	for id := range uint64(4) {
		c := waterfall.ConnectionRow{ID: id + 1, Scheme: "http", Host: fmt.Sprintf("h%d.test", id), Port: 80, Remote: "127.0.0.1:80", Local: "127.0.0.1:40000", Proto: "http/1.1",
			Started: 0, Opened: 5 * ms, Connected: 15 * ms, Secured: waterfall.None, Closed: w.Page.End + 5*ms, ClosedBy: "us", CloseReason: "idle",
			Names:    &waterfall.Lookup{From: 0, To: 5 * ms, Addrs: []waterfall.Address{{IP: "127.0.0.1"}}},
			Attempts: []waterfall.Attempt{{Addr: "127.0.0.1:80", From: 5 * ms, To: 15 * ms}},
			Facts:    []waterfall.TCPInfo{{At: 15 * ms, When: "open", State: "ESTABLISHED", RTT: 10 * ms, Window: 10}},
			Closing:  &waterfall.Closing{Start: waterfall.None, FirstFIN: "us", States: []waterfall.TCPState{{Name: "FIN_WAIT_1", From: w.Page.End, To: w.Page.End + ms, Seen: true}}}}
		for i := range w.Requests {
			if r := &w.Requests[i]; r.ConnID == id+1 {
				c.Carried = append(c.Carried, waterfall.Carriage{Request: r.ID, From: r.Times.SendStart, To: r.Times.End})
			}
		}
		c.Requests = len(c.Carried)
		w.Connections = append(w.Connections, c)
	}
	return w
}
