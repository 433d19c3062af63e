package eventlog

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pageload/loader/waterfall"
)

// maker makes events by numbers that it is given.
type maker struct{ next func(n int) int }

func (m maker) pick(list ...string) string { return list[m.next(len(list))] }

func (m maker) bool() bool { return m.next(2) == 1 }

func (m maker) duration() time.Duration {
	switch m.next(4) {
	case 0:
		return waterfall.None
	case 1:
		return -time.Duration(m.next(1 << 30))
	}
	return time.Duration(m.next(1<<30)) << 10
}

func (m maker) header() []waterfall.Field {
	switch m.next(5) {
	case 0:
		return nil
	case 1:
		return []waterfall.Field{}
	}
	h := make([]waterfall.Field, m.next(6))
	if m.next(20) == 0 {
		h = make([]waterfall.Field, 300)
	}
	for i := range h {
		h[i] = waterfall.Field{Name: m.pick("Content-Type", "content-length", "ETag", "", "X"), Value: m.pick("text/css", "text/html", "12", "13", "", "\"a-long-one-1\"", "\"a-long-one-2\"")}
	}
	return h
}

func (m maker) url() string {
	return m.pick("http://a.test/", "http://a.test/a-directory-with-a-name/", "", "https://b.test/ü", "http://a.test/a-directory-with-a-name/x") + fmt.Sprint(m.next(200))
}

func (m maker) time() time.Time {
	switch m.next(5) {
	case 0:
		return time.Time{}
	case 1:
		return time.Date(9999, 12, 31, 23, 59, 59, m.next(1e9), time.UTC)
	case 2:
		return time.Unix(int64(m.next(2_000_000_000)), int64(m.next(1e9)))
	case 3:
		return time.Unix(int64(m.next(2_000_000_000)), 0).In(time.FixedZone("here", 3600))
	}
	return time.Unix(int64(-m.next(2_000_000_000)), 999_999_999).UTC()
}

func (m maker) entry() *waterfall.CacheEntry {
	if m.bool() {
		return nil
	}
	return &waterfall.CacheEntry{Expires: m.time(), LastUsed: m.time(), ETag: m.pick("", "a", "ab"), Hits: m.next(300)}
}

func (m maker) discovery(id int32) *waterfall.Discovery {
	d := &waterfall.Discovery{
		URL: m.url(), Method: m.pick("GET", "POST"), Type: waterfall.Type(m.pick("Image", "Script")), Priority: waterfall.Priority(m.pick("High", "Low")),
		Initiator: waterfall.Initiator{Type: m.pick("parser", "other"), URL: m.url(), Line: m.next(1000)}, RenderBlocking: m.pick("", "Blocking"),
		Chain: id, Redirect: m.bool(), LinkPreload: m.bool(), FoundBy: m.pick("scanner", "parser", "style"), Offset: m.next(100_000),
	}
	if m.next(4) == 0 {
		d.Chain, d.Rule = int32(m.next(50)), waterfall.Rule{Property: m.pick("src", "background-image"), Line: m.next(9)}
	}
	if m.next(8) == 0 {
		d.PostData, d.PostType = []byte("a=b"), m.pick("", "text/plain")
	}
	return d
}

func (m maker) exchange(tls *waterfall.TLS) *waterfall.Exchange {
	x := &waterfall.Exchange{
		Status: m.next(600), StatusText: m.pick("OK", "Not Found"), Proto: m.pick("", "HTTP/1.1"), RequestHeader: m.header(), ResponseHeader: m.header(),
		MIMEType: m.pick("", "text/html"), SentBytes: int64(m.next(1<<30)) << 10, HeadBytes: int64(m.next(10) - 1), BodyBytes: int64(m.next(1 << 20)),
		DecodedBytes: int64(m.next(3) - 1), ConnID: uint64(m.next(4)), Reused: m.bool(), Remote: m.pick("", "[::1]:80"), Local: m.pick("", "[::1]:1234", "[::1]:1235"),
	}
	for _, at := range moments(&x.Times) {
		*at = m.duration()
	}
	if m.bool() {
		x.TLS = tls
	}
	switch m.next(8) {
	case 0:
		x.DNS, x.Waited = []waterfall.DNSStep{{Level: "os", Start: 3}}, []string{"6 of 6", m.url()}
	case 1:
		x.RedirectURL, x.Retries, x.BlockedCookies = m.url(), m.next(3), []waterfall.BlockedCookie{{Name: "a"}}
	case 2:
		x.FromCache, x.Err, x.NetError, x.BlockedReason = m.pick("memory", "disk"), "no", "net::ERR", "csp"
	}
	if m.bool() {
		x.Cache = &waterfall.CacheUse{Verdict: m.pick("hit", "miss"), Reason: m.pick("fresh for 41 s more", "fresh for 42 s more"), Before: m.entry(), After: m.entry()}
	}
	return x
}

func (m maker) event(id int32, tls *waterfall.TLS) waterfall.Event {
	e := waterfall.Event{
		At: m.duration(), Kind: waterfall.Kind(1 + m.next(int(waterfall.LoadFailed))), Request: id, Frame: int32(m.next(3)), Text: m.pick("", "", "held: 3 of 6", "held: 4 of 6"),
	}
	switch m.next(9) {
	case 0, 1:
		e.Kind, e.Data = waterfall.Discovered, m.discovery(id)
	case 2, 3:
		e.Kind, e.Data = waterfall.Finished, m.exchange(tls)
	case 4:
		e.Data = m.pick("", "title", "title 2")
	case 5:
		e.Data = m.duration()
	case 6:
		e.Data = []byte("body")
	}
	if e.Kind == waterfall.Responded {
		e.Data = nil
	}
	return e
}

// check adds events that m makes and compares what the log makes of them. It returns the log's workspace, which begins as w.
func check(t *testing.T, m maker, n int, w *Workspace) *Workspace {
	t.Helper()
	var l Log
	l.Use(w)
	var want []waterfall.Event
	tls := &waterfall.TLS{Version: "1.3"}
	responded := map[int32]int{}
	for range n {
		e := m.event(int32(m.next(40)), tls)
		x, ends := e.Data.(*waterfall.Exchange)
		if at, ok := responded[e.Request]; ok && ends {
			want[at].Data = x
			delete(responded, e.Request)
		}
		if e.Kind == waterfall.Responded && e.Request > 0 {
			responded[e.Request] = len(want)
		}
		l.Add(&e)
		want = append(want, e)
		if m.next(50) == 0 { // looked at on the way
			l.Events()
		}
	}
	for range 2 {
		got := l.Events()
		if len(got) != l.Len() || len(got) != len(want) {
			t.Fatalf("%d events, Len %d, want %d", len(got), l.Len(), len(want))
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("event %d: %+v %+v, want %+v %+v", i, got[i], got[i].Data, want[i], want[i].Data)
			}
		}
		if used := l.End(); used != nil {
			w = used
		}
	}
	if !reflect.ValueOf(w.before).IsZero() {
		t.Fatalf("the workspace still has %+v", w.before)
	}
	return w
}

func TestLog(t *testing.T) {
	var w *Workspace // the first log makes it, the others use it again
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		w = check(t, maker{r.IntN}, 1+int(seed)*3, w)
	}
}

// FuzzLog: whatever events are added, they are what the log gives back.
func FuzzLog(f *testing.F) {
	f.Add([]byte("\x01\x02\x03"), uint16(20))
	f.Add([]byte("some bytes that choose"), uint16(300))
	f.Fuzz(func(t *testing.T, choices []byte, n uint16) {
		at := 0
		check(t, maker{func(n int) int {
			v := 0
			for m := n; m > 1; m >>= 8 {
				if v <<= 8; len(choices) > 0 {
					v += int(choices[at%len(choices)]) + at/len(choices)
					at++
				}
			}
			return v % n
		}}, int(n%500)+1, nil)
	})
}

// What is added may be used for the next event, and what the log gives is nobody else's.
func TestLogKeepsNothing(t *testing.T) {
	var l Log
	d, x := waterfall.Discovery{URL: "http://a.test/1", Chain: 1}, waterfall.Exchange{Status: 200}
	for i := range int32(3) {
		d.Chain, x.Status = i+1, 200+int(i)
		l.Add(&waterfall.Event{Kind: waterfall.Discovered, Request: i + 1, Data: &d})
		l.Add(&waterfall.Event{Kind: waterfall.Responded, Request: i + 1, Data: &x})
		l.Add(&waterfall.Event{Kind: waterfall.Finished, Request: i + 1, Data: &x})
	}
	d, x = waterfall.Discovery{}, waterfall.Exchange{}
	list := l.Events()
	for i := range 3 {
		row, head, end := list[3*i].Data.(*waterfall.Discovery), list[3*i+1].Data.(*waterfall.Exchange), list[3*i+2].Data.(*waterfall.Exchange)
		if row.Chain != int32(i+1) || head != end || end.Status != 200+i {
			t.Errorf("request %d: %+v %+v", i+1, row, end)
		}
		row.URL, end.Status = "changed", 0
	}
	if again := l.Events(); slices.ContainsFunc(again, func(e waterfall.Event) bool {
		d, ok := e.Data.(*waterfall.Discovery)
		return ok && d.URL != "http://a.test/1"
	}) {
		t.Error("what Events gave is still the log's")
	}
}

// usual makes the events of an image as most pages have them.
func usual(l *Log, i int32, d *waterfall.Discovery, x *waterfall.Exchange) {
	at := time.Duration(i) * time.Millisecond
	d.Chain = i
	l.Add(&waterfall.Event{At: at, Kind: waterfall.Discovered, Request: i, Data: d})
	l.Add(&waterfall.Event{At: at + 300, Kind: waterfall.Held, Request: i, Text: "6 of 6 requests to this host in flight"})
	at += 300 * time.Millisecond
	l.Add(&waterfall.Event{At: at, Kind: waterfall.Started, Request: i})
	x.Times = waterfall.NoTimes()
	x.Times.Queued, x.Times.SendStart, x.Times.SendEnd = at+2000, at+3000, at+20_000
	x.Times.FirstByte, x.Times.HeadEnd, x.Times.End = at+1_000_000, at+1_010_000, at+1_200_000
	x.ConnID = uint64(i % 6)
	l.Add(&waterfall.Event{At: x.Times.HeadEnd, Kind: waterfall.Responded, Request: i, Data: x})
	l.Add(&waterfall.Event{At: x.Times.End, Kind: waterfall.Finished, Request: i, Data: x})
}

func usualData() (list []waterfall.Discovery, header [][]waterfall.Field, x waterfall.Exchange) {
	for i := range 70 {
		list = append(list, waterfall.Discovery{
			URL: fmt.Sprintf("http://127.0.0.1:36119/typical/image-%d.png", i), Method: "GET", Type: waterfall.Image, Priority: waterfall.Low,
			Initiator: waterfall.Initiator{Type: "parser", URL: "http://127.0.0.1:36119/typical/index.html", Line: i + 20}, RenderBlocking: "NonBlocking", FoundBy: "scanner", Offset: 400 * i,
		})
		header = append(header, []waterfall.Field{
			{Name: "Content-Type", Value: "image/png"}, {Name: "Content-Length", Value: fmt.Sprint(20_000 + 17*i)}, {Name: "Cache-Control", Value: "max-age=600"},
			{Name: "Date", Value: "Mon, 23 Nov 2026 02:10:23 GMT"}, {Name: "ETag", Value: fmt.Sprintf("\"%08x\"", i*12345)},
		})
	}
	x = waterfall.Exchange{
		Status: 200, StatusText: "OK", Proto: "HTTP/1.1", MIMEType: "image/png", SentBytes: 500, HeadBytes: 180, BodyBytes: 21_000, DecodedBytes: 21_000,
		Reused: true, Remote: "127.0.0.1:36119", Local: "127.0.0.1:45678",
		RequestHeader: []waterfall.Field{{Name: "Host", Value: "127.0.0.1:36119"}, {Name: "User-Agent", Value: "Mozilla/5.0"}, {Name: "Accept", Value: "image/*"}},
	}
	return list, header, x
}

// A request that is one of many takes little, and no memory of its own.
func TestLogIsSmall(t *testing.T) {
	list, header, x := usualData()
	var l Log
	for i := range list {
		x.ResponseHeader = header[i]
		usual(&l, int32(i+1), &list[i], &x)
	}
	bytes := 0
	for _, c := range l.chunks {
		bytes += cap(c)
	}
	if bytes > 70*160 || len(l.rest) > 0 {
		t.Errorf("70 requests take %d bytes and %d things beside; want less than 160 bytes each", bytes, len(l.rest))
	}
	if n := testing.AllocsPerRun(10, func() {
		var l Log
		for i := range list {
			x.ResponseHeader = header[i]
			usual(&l, int32(i+1), &list[i], &x)
		}
	}); n > 20 {
		t.Errorf("70 requests take %v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	list, header, x := usualData()
	b.ReportAllocs()
	for b.Loop() {
		var l Log
		for i := range list {
			x.ResponseHeader = header[i]
			usual(&l, int32(i+1), &list[i], &x)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/70, "ns/request")
}

func BenchmarkEvents(b *testing.B) {
	list, header, x := usualData()
	var l Log
	for i := range list {
		x.ResponseHeader = header[i]
		usual(&l, int32(i+1), &list[i], &x)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Events()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/70, "ns/request")
}

// What strings have in common is found at any place, whole words or not.
func TestCommon(t *testing.T) {
	text := "https://example.com/a/long/path"
	for n := range len(text) + 1 {
		for _, rest := range []string{"", "#", "#https://example.com/"} {
			old := text[:n] + rest
			if got := common(text, old); got != n {
				t.Errorf("common(%q, %q) = %d, want %d", text, old, got, n)
			}
			if got := common(old, text); got != n {
				t.Errorf("common(%q, %q) = %d, want %d", old, text, got, n)
			}
		}
	}
}
