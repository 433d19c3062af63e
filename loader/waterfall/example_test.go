package waterfall_test

import (
	"fmt"
	"time"

	"pageload/loader/waterfall"
)

// A log becomes a waterfall; a row's time is cut into the phases of HAR.
func Example() {
	const ms = time.Millisecond
	t := waterfall.NoTimes()
	t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd = 1*ms, 21*ms, 21*ms, 36*ms
	t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = 36*ms, 36*ms, 86*ms, 86*ms, 90*ms
	w := waterfall.Fold([]waterfall.Event{
		{Kind: waterfall.NavigationStart, Text: "http://example.test/", Data: time.Now()},
		{Kind: waterfall.Discovered, Request: 1, Data: &waterfall.Discovery{
			URL: "http://example.test/", Method: "GET", Type: waterfall.Document, Priority: waterfall.VeryHigh, Chain: 1}},
		{Kind: waterfall.Started, Request: 1},
		{Kind: waterfall.Finished, Request: 1, At: 90 * ms, Data: &waterfall.Exchange{Times: t, Status: 200}},
		{Kind: waterfall.Milestone, At: 91 * ms, Text: waterfall.Load},
	})
	for _, r := range w.Requests {
		p := r.Phases()
		fmt.Println(r.Method, r.URL, r.Status)
		fmt.Println("blocked", p.Blocked, "dns", p.DNS, "connect", p.Connect, "wait", p.Wait, "receive", p.Receive, "total", p.Total)
	}
	fmt.Println("load", w.Page.Load)
	// Output:
	// GET http://example.test/ 200
	// blocked 1ms dns 20ms connect 15ms wait 50ms receive 4ms total 90ms
	// load 91ms
}
