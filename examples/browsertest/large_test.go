package browsertest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pageload/loader/report/web"
)

// TestLarge opens reports of many requests. It tells how long things take and
// asserts only what does not depend on the machine: that few rows exist at a time,
// and that each can be got to.
func TestLarge(t *testing.T) {
	b := browser(t)
	for _, n := range []int{1000, 20_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := sample(n)
			var file bytes.Buffer
			begin := time.Now()
			if err := web.Write(&file, w, web.Options{}); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d requests: written in %v, %d kB", n, time.Since(begin).Round(time.Millisecond), file.Len()/1000)
			x := open(t, b, w, wide)
			t.Logf("interactive %.0f ms after the navigation began, DOM complete after %.0f ms",
				eval[float64](x, `performance.getEntriesByName("interactive")[0].startTime`), eval[float64](x, `performance.getEntriesByType("navigation")[0].domComplete`))
			if rows := len(x.names()); rows == 0 || rows > 200 {
				t.Errorf("%d rows exist", rows)
			}
			frames := eval[[]float64](x, scrolling, chromedp.EvalAwaitPromise)
			t.Logf("scrolling: %d frames, the longest %.0f ms, the median %.1f ms", int(frames[0]), frames[1], frames[2])
			x.focus(`.row[data-i]`)
			x.keys(kb.End)
			if names := x.names(); names[len(names)-1] != fmt.Sprintf("file-%d.bin?v=%d", n-1, (n-1)*7) || len(names) > 200 {
				t.Errorf("at the end %d rows exist, the last is %q", len(names), names[len(names)-1])
			}
			begin = time.Now()
			x.click("#tab-tree")
			x.click(".chip.fail")
			x.want("failed rows and what led to them", x.text("#count"), fmt.Sprintf("3 of %s requests", map[int]string{1000: "1,000", 20_000: "20,000"}[n]))
			t.Logf("tree and filter: %v", time.Since(begin).Round(time.Millisecond))
		})
	}
}

// scrolling goes down in 120 steps, as a fast wheel does, a frame each, and gives the
// number of frames, the longest and the median.
const scrolling = `new Promise(done => {
	const list = [], step = Math.min(600, document.documentElement.scrollHeight / 120);
	let last = performance.now(), i = 0;
	const next = now => {
		list.push(now - last);
		last = now;
		if (++i > 120) { list.shift(); list.sort((a, b) => a - b); done([list.length, list[list.length - 1], list[list.length >> 1]]); return; }
		scrollBy(0, step);
		requestAnimationFrame(next);
	};
	requestAnimationFrame(next);
})`
