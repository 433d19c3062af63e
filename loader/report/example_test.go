package report_test

import (
	"fmt"
	"os"

	"pageload/loader/report"
	"pageload/loader/waterfall"
)

func ExampleText() {
	wait, receive := waterfall.PhaseWait, waterfall.PhaseReceive
	wf := &waterfall.Waterfall{
		Page: waterfall.Page{URL: "http://example.test/", Title: "An example", RenderStart: 60 * ms, DOMContentLoaded: 80 * ms, Load: 100 * ms},
		Requests: []waterfall.Request{
			request(1, 0, "http://example.test/", waterfall.Document, waterfall.VeryHigh, step{wait, 30 * ms}, step{receive, 50 * ms}),
			request(2, 35*ms, "http://example.test/a.png", waterfall.Image, waterfall.Low, step{wait, 50 * ms}, step{receive, 15 * ms}),
		},
	}
	if err := report.Text(os.Stdout, wf, report.TextOptions{Width: 80, ASCII: true}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// http://example.test/  An example
	//
	//      status  type  pr host and path          size |0             |50 ms
	//                                                                     R     D    L
	// GET  200     doc   VH example.test/        1.4 kB ---------###############:    :
	// GET  200     image L  example.test/a.png   2.6 kB           ----------------####
	//
	// . blocked  d dns  c connect  s ssl  - wait  # receive
	// R render start  D DOMContentLoaded  L load
	//
	// render start 60 ms  DOMContentLoaded 80 ms  load 100 ms
	// 2 requests  4.0 kB received, 3.7 kB decoded, 800 B sent
	// 1 host  2 connections  0 name lookups
}

func ExampleLine() {
	fmt.Println(report.Line(waterfall.Event{At: 35 * ms, Kind: waterfall.Milestone, Text: waterfall.RenderStart}))
	// Output: 35.000 ms  -     milestone  render start
}
