package har_test

import (
	"fmt"
	"os"
	"time"

	"pageload/loader/har"
	"pageload/loader/waterfall"
)

func ExampleWrite() {
	wf := waterfall.Fold([]waterfall.Event{
		{Kind: waterfall.NavigationStart, Text: "http://example.test/", Data: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		{Kind: waterfall.Milestone, At: 1500 * time.Microsecond, Text: waterfall.DOMContentLoaded},
	})
	if err := har.Write(os.Stdout, wf, har.Options{Creator: "example", Version: "2"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"log":{"version":"1.2","creator":{"name":"example","version":"2"},"pages":[
	// {"startedDateTime":"2026-03-01T12:00:00.000000Z","id":"page_1","title":"http://example.test/","pageTimings":{"onContentLoad":1.500,"onLoad":-1,"_renderStart":-1,"_domInteractive":-1},"_url":"http://example.test/"}],"entries":[],"_connections":[]}}
}
