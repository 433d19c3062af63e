package fetch

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/fetch/httpcache"
	"pageload/parse/weburl"
)

// A cacheStep is one request. In ask and answer the fields stand between bars: "GET /x|Range: bytes=0-4", and "200|Cache-Control: max-age=60||body".
type cacheStep struct {
	wait   time.Duration // before the request
	ask    string        // "" for "GET /x"
	answer string        // of the server; "" where it must not be asked
	want   string        // how the outcome begins; "" for any
	got    string        // what the page gets, "200 body"; "" for any
	sent   string        // a field that the server must see, or with "!" before its name must not
}

const (
	fresh60   = "200|Cache-Control: max-age=60|ETag: \"1\"||0123456789"
	unchanged = "304|ETag: \"1\"||"
)

// TestCacheRules asks the questions of http-tests/cache-tests' groups that are not among its vectors here, and some more. Where Chromium answers
// otherwise than RFC 9111 recommends the row says so.
func TestCacheRules(t *testing.T) {
	stored, again, gone := "nothing stored; stored", "fresh for", "nothing stored; stored"
	control := func(v string) string { return "200|Cache-Control: " + v + "||a" }
	lifetime := func(v, left string) []cacheStep {
		if left == "" {
			return []cacheStep{{answer: control(v), want: "nothing stored; not stored"}}
		}
		return []cacheStep{{answer: control(v), want: stored}, {want: "fresh for " + left + " more"}}
	}
	expires := func(v string, hit bool) []cacheStep {
		answer := "200|Expires: " + v + "||a"
		if hit {
			return []cacheStep{{answer: answer, want: stored}, {want: again}}
		}
		return []cacheStep{{answer: answer, want: "nothing stored; not stored: stale at once (Expires)"}}
	}
	for _, c := range []struct {
		name  string
		steps []cacheStep
	}{
		// cc-parse
		{"max-age twice in a line, the first counts", lifetime("max-age=1800, max-age=1", "29 min")},
		{"max-age twice in two lines", lifetime("max-age=1800|Cache-Control: max-age=1", "29 min")},
		{"max-age in quotes", lifetime(`max-age="3600"`, "59 min")},
		{"max-age in the quotes of another", lifetime(`extension="max-age=3600", max-age=1`, "990 ms")},
		{"max-age after quotes", lifetime(`max-age=1, extension="max-age=3600"`, "990 ms")},
		{"a space before the equals sign", lifetime("max-age =3600", "")},
		{"a space after it", lifetime("max-age= 3600", "59 min")},
		{"leading zeros", lifetime("max-age=003600", "59 min")},
		{"single quotes", lifetime("max-age='3600'", "")},
		{"decimals", lifetime("max-age=3600.5", "59 min")},
		{"letters before", lifetime("max-age=a3600", "")},
		{"letters after", lifetime("max-age=3600a", "59 min")},
		{"capitals", lifetime("MAX-AGE=3600", "59 min")},
		{"a list with nothing in it", lifetime(", ,max-age=60,,", "59 s")},
		{"half a quote", lifetime(`max-age=60, x="`, "59 s")},
		{"contradiction: fresh and no-store", lifetime("max-age=3600, no-store", "")},
		{"contradiction: fresh and no-cache", lifetime("max-age=3600, no-cache", "")},
		{"contradiction: private, public, immutable, s-maxage=0", lifetime("private, public, immutable, s-maxage=0, max-age=60", "59 s")},
		// expires-parse; Chromium reads more than the RFC's three forms.
		{"Expires in 1999", expires("Thu, 18 Aug 1999 02:01:18 GMT", false)},
		{"Expires in 2050", expires("Thu, 18 Aug 2050 02:01:18 GMT", true)},
		{"Expires as in RFC 850", expires("Thursday, 18-Aug-50 02:01:18 GMT", true)},
		{"Expires as asctime writes it", expires("Thu Aug 18 02:01:18 2050", true)},
		{"Expires in small letters", expires("thu, 18 aug 2050 02:01:18 gmt", true)},
		{"Expires of another zone", expires("Thu, 18 Aug 2050 02:01:18 +1000", true)},
		{"Expires without a zone", expires("Thu, 18 Aug 2050 02:01:18", true)},
		{"Expires of no month", expires("Thu, 18 Foo 2050 02:01:18 GMT", false)},
		{"Expires of the 32nd", expires("Thu, 32 Aug 2050 02:01:18 GMT", false)},
		{"Expires at 25 o'clock", expires("Thu, 18 Aug 2050 25:01:18 GMT", false)},
		{"Expires 0", expires("0", false)},
		{"Expires -1", expires("-1", false)},
		{"Expires of 400 digits", expires(strings.Repeat("9", 400), false)},
		// pragma
		{"Pragma in a response is Cache-Control: no-cache", []cacheStep{
			{answer: "200|Expires: Thu, 18 Aug 2050 02:01:18 GMT|Pragma: no-cache||a", want: "nothing stored; not stored: stale at once (no-cache)"}}},
		{"another Pragma says nothing", []cacheStep{{answer: "200|Cache-Control: max-age=60|Pragma: unrecognised||a", want: stored}, {want: again}}},
		{"Pragma in a request", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Pragma: no-cache", answer: fresh60, want: "hard reload; stored", sent: "!If-None-Match"}}},
		// cc-request; Chromium heeds these three.
		{"max-age=0 in a request", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Cache-Control: max-age=0", answer: unchanged, want: "revalidated", sent: `If-None-Match: "1"`, got: "200 0123456789"}}},
		{"no-cache in a request", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Cache-Control: no-cache", answer: fresh60, want: "hard reload", sent: "!If-None-Match"}}},
		{"no-store in a request", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Cache-Control: no-store", answer: fresh60, want: "not asked: the caller's no-store"}, {want: again}}},
		{"min-fresh, max-stale and max-age are not heeded", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Cache-Control: min-fresh=2000, max-age=1", want: again},
			{wait: time.Minute, ask: "GET /x|Cache-Control: max-stale=1000", answer: unchanged, want: "revalidated"}}},
		// vary-parse
		{"Vary: *", []cacheStep{{answer: "200|Cache-Control: max-age=60|Vary: *||a", want: "nothing stored; not stored: Vary"}}},
		{"Vary: *, *", []cacheStep{{answer: "200|Cache-Control: max-age=60|Vary: *, *||a", want: "nothing stored; not stored: Vary"}}},
		{"Vary in two lines", []cacheStep{{answer: "200|Cache-Control: max-age=60|Vary: Foo|Vary: *||a", want: "nothing stored; not stored: Vary"}}},
		{"Vary with nothing", []cacheStep{{answer: "200|Cache-Control: max-age=60|Vary: , *||a", want: "nothing stored; not stored: Vary"}}},
		{"Vary on Cookie", []cacheStep{{ask: "GET /x|Cookie: a=1", answer: "200|Cache-Control: max-age=60|Vary: Cookie|ETag: \"1\"||a", want: stored},
			{ask: "GET /x|Cookie: a=1", want: again}, {answer: "304|ETag: \"1\"||", want: "revalidated", sent: `If-None-Match: "1"`},
			{want: again}, {ask: "GET /x|Cookie: a=1", answer: "200|Cache-Control: max-age=60|Vary: Cookie||b", want: "Vary: cookie; stored", got: "200 b"}}},
		{"Vary on a field that both lack", []cacheStep{{answer: "200|Cache-Control: max-age=60|Vary: Foo, Bar||a", want: stored}, {want: again}, {ask: "GET /x|Bar: 1", answer: fresh60, want: "Vary: bar"}}},
		// headers
		{"fields of the connection and of proxies are not stored", []cacheStep{{answer: "200|Cache-Control: max-age=60|Connection: a, b|A: 1|B: 2|C: 3|Keep-Alive: x|Proxy-Authenticate: x|" +
			"Proxy-Authentication-Info: x|Proxy-Authorization: x|Proxy-Connection: x|TE: x|Upgrade: x|Set-Cookie: a=b||", want: stored}, {want: again, got: "200 [Cache-Control C Content-Length]"}}},
		// updateHEAD
		{"HEAD refreshes what is stored", []cacheStep{{answer: fresh60, want: stored}, {wait: time.Minute, ask: "HEAD /x", answer: "200|Cache-Control: max-age=1000|Content-Length: 10|ETag: \"1\"||", want: "stale for 10 ms: 200; updated"},
			{want: "fresh for 16 min", got: "200 0123456789"}}},
		{"HEAD of another body drops it", []cacheStep{{answer: fresh60, want: stored}, {wait: time.Minute, ask: "HEAD /x", answer: "200|Cache-Control: max-age=1000|Content-Length: 11||", want: "stale for 10 ms: 200; dropped what was stored: another Content-Length"},
			{answer: fresh60, want: gone}}},
		{"HEAD of another variant changes nothing", []cacheStep{{answer: "200|Cache-Control: max-age=60|Vary: Foo||a", want: stored}, {ask: "HEAD /x|Foo: 1", answer: "200|Cache-Control: max-age=60|Vary: Foo|Content-Length: 7||", want: "Vary: foo"},
			{want: again, got: "200 a"}}},
		{"HEAD is answered from what is stored", []cacheStep{{answer: fresh60, want: stored}, {ask: "HEAD /x", want: again, got: "200 "}}},
		{"HEAD that fails changes nothing", []cacheStep{{answer: fresh60, want: stored}, {wait: time.Minute, ask: "HEAD /x", answer: "410|Content-Length: 0||"}, {answer: unchanged, want: "revalidated"}}},
		{"what HEAD brings is not stored", []cacheStep{{ask: "HEAD /x", answer: "200|Cache-Control: max-age=60|Content-Length: 10||", want: "nothing stored"}, {answer: fresh60, want: gone}}},
		// invalidation; Location and Content-Location invalidate nothing in Chromium, which RFC 9111 section 4.4 leaves open.
		{"POST drops what is stored", []cacheStep{{answer: fresh60, want: stored}, {ask: "POST /x", answer: "200|Content-Length: 0||", want: "not asked: method POST; dropped what was stored"}, {answer: fresh60, want: gone}}},
		{"PUT", []cacheStep{{answer: fresh60, want: stored}, {ask: "PUT /x", answer: "204||", want: "not asked: method PUT; dropped"}, {answer: fresh60, want: gone}}},
		{"a method of its own", []cacheStep{{answer: fresh60, want: stored}, {ask: "M-SEARCH /x", answer: "200|Content-Length: 0||"}, {answer: fresh60, want: gone}}},
		{"POST that is redirected", []cacheStep{{answer: fresh60, want: stored}, {ask: "POST /x", answer: "307|Location: /z|Content-Length: 0||"}, {answer: fresh60, want: gone}}},
		{"POST that fails drops nothing", []cacheStep{{answer: fresh60, want: stored}, {ask: "POST /x", answer: "500|Content-Length: 0||", want: "not asked: method POST"}, {want: again}}},
		{"OPTIONS drops nothing", []cacheStep{{answer: fresh60, want: stored}, {ask: "OPTIONS /x", answer: "200|Content-Length: 0||"}, {want: again}}},
		{"POST that names others drops itself only", []cacheStep{{ask: "GET /y", answer: fresh60, want: stored}, {ask: "POST /x", answer: "200|Location: /y|Content-Location: /y|Content-Length: 0||"}, {ask: "GET /y", want: again}}},
		{"a POST's answer is not stored", []cacheStep{{ask: "POST /x", answer: "200|Cache-Control: max-age=60|Content-Location: /x||a"}, {answer: fresh60, want: gone}}},
		// partial
		{"parts of what is stored", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Range: bytes=0-1", want: again, got: "206 01"}, {ask: "GET /x|Range: bytes=1-", want: again, got: "206 123456789"},
			{ask: "GET /x|Range: bytes=-1", want: again, got: "206 9"}, {ask: "GET /x|Range: bytes=8-100", want: again, got: "206 89"}}},
		{"a part that is not there", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Range: bytes=20-", answer: "416|Content-Range: bytes */10|Content-Length: 0||", got: "416 "}}},
		{"several parts, and no range at all", []cacheStep{{answer: fresh60, want: stored}, {ask: "GET /x|Range: bytes=0-1,3-4", answer: "206|Content-Type: multipart/byteranges; boundary=x||parts", want: "range is not stored; not stored", got: "206 parts"},
			{ask: "GET /x|Range: lines=1-2", answer: fresh60, want: "range is not stored"}}},
		{"the beginning is stored, and parts of it", []cacheStep{{ask: "GET /x|Range: bytes=0-4", answer: "206|Cache-Control: max-age=60|ETag: \"1\"|Content-Range: bytes 0-4/10||01234", want: "nothing stored; stored", got: "206 01234"},
			{ask: "GET /x|Range: bytes=2-3", want: again, got: "206 23"}, {ask: "GET /x|Range: bytes=0-4", want: again, got: "206 01234"},
			{answer: "206|Cache-Control: max-age=60|ETag: \"1\"|Content-Range: bytes 5-9/10||56789", sent: "Range: bytes=5-", want: "resumed: 206; stored", got: "200 0123456789"}, {want: again, got: "200 0123456789"}}},
		{"a beginning without a strong validator is not stored", []cacheStep{{ask: "GET /x|Range: bytes=0-4", answer: "206|Cache-Control: max-age=60|ETag: W/\"1\"|Content-Range: bytes 0-4/10||01234", want: "nothing stored; not stored: a part that cannot be completed"}}},
		{"a whole that came as a part", []cacheStep{{ask: "GET /x|Range: bytes=0-", answer: "206|Cache-Control: max-age=60|ETag: \"1\"|Content-Range: bytes 0-9/10||0123456789", want: "nothing stored; stored"}, {want: again, got: "200 0123456789"}}},
		{"a whole that came as a part without a strong validator, as Chromium's second view of the demo site", []cacheStep{{ask: "GET /x|Range: bytes=0-", answer: "206|Cache-Control: max-age=60|Content-Range: bytes 0-9/10||0123456789", want: "nothing stored; not stored: a part that cannot be completed"}}},
		{"a middle is not stored", []cacheStep{{ask: "GET /x|Range: bytes=2-4", answer: "206|Cache-Control: max-age=60|ETag: \"1\"|Content-Range: bytes 2-4/10||234", got: "206 234"}, {answer: fresh60, want: gone}}},
		{"the rest is of something else", []cacheStep{{ask: "GET /x|Range: bytes=0-4", answer: "206|Cache-Control: max-age=60|ETag: \"1\"|Content-Range: bytes 0-4/10||01234"},
			{answer: "200|Cache-Control: max-age=60|ETag: \"2\"||abcdefghij", sent: `If-Range: "1"`, got: "200 abcdefghij", want: "stored in part; stored"}, {want: again, got: "200 abcdefghij"}}},
		// other
		{"Date stays, and no Age is added, as in Chromium", []cacheStep{{answer: "200|Cache-Control: max-age=60|Date: Sat, 01 Jan 2000 00:00:00 GMT|Age: 2||", want: stored}, {want: again, got: "200 [Cache-Control Date Age Content-Length]"}}},
		{"another query is another URL", []cacheStep{{ask: "GET /x?a=1", answer: fresh60, want: stored}, {ask: "GET /x?a=2", answer: fresh60, want: gone}, {ask: "GET /x?a=1", want: again}}},
		{"a fragment is not", []cacheStep{{ask: "GET /x#a", answer: fresh60, want: stored}, {ask: "GET /x#b", want: again}}},
		{"an attachment is stored", []cacheStep{{answer: "200|Cache-Control: max-age=60|Content-Disposition: attachment; filename=a||a", want: stored}, {want: again}}},
		{"an Age beyond all bounds", []cacheStep{{answer: "200|Cache-Control: max-age=60|ETag: \"1\"|Age: 99999999999999999999999||a", want: stored}, {answer: unchanged, want: "revalidated"}}},
		{"an Age that is none", []cacheStep{{answer: "200|Cache-Control: max-age=60|Age: -7, x||a", want: stored}, {want: "fresh for 59 s"}}},
	} {
		t.Run(c.name, func(t *testing.T) { playRules(t, c.steps) })
	}
}

func playRules(t *testing.T, steps []cacheStep) {
	inWorld(t, func(w *world) {
		w.client.Cache, w.client.MaxRedirects = &httpcache.Cache{}, -1
		var step *cacheStep
		asked := 0
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			asked++
			name, value, _ := strings.Cut(step.sent, ": ")
			switch name, not := strings.CutPrefix(name, "!"); {
			case not && r.Header.Get(name) != "", !not && name != "" && r.Header.Get(name) != value:
				w.Errorf("%s: %s is %q", step.ask, name, r.Header.Get(name))
			}
			io.Copy(io.Discard, r.Body)
			head, body, _ := strings.Cut(step.answer, "||")
			b := bufio.NewWriter(c)
			for i, line := range strings.Split(head, "|") {
				if i == 0 {
					line = "HTTP/1.1 " + line + " " + http.StatusText(200)
				}
				fmt.Fprintf(b, "%s\r\n", line)
			}
			if !strings.Contains(head, "Content-Length") && !strings.HasPrefix(head, "304") && !strings.HasPrefix(head, "204") {
				fmt.Fprintf(b, "Content-Length: %d\r\n", len(body))
			}
			fmt.Fprintf(b, "\r\n%s", body)
			b.Flush()
			return step.answer != ""
		})
		for i := range steps {
			synctest.Wait() // the server has looked at the step before to the end
			step = &steps[i]
			time.Sleep(step.wait)
			asked = 0
			r := askOf(step.ask)
			resp, err := w.client.Do(w.Context(), &r)
			if err != nil {
				w.Fatalf("request %d: %v", i+1, err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				w.Fatalf("request %d: %v", i+1, err)
			}
			if (asked > 0) != (step.answer != "") {
				w.Fatalf("request %d: the server was asked %d times: %v", i+1, asked, resp.Hop.Cache)
			}
			got := fmt.Sprint(resp.Status, " ", string(body))
			if strings.Contains(step.got, "[") {
				var names []string
				for _, f := range resp.Header {
					names = append(names, f.Name)
				}
				got = fmt.Sprint(resp.Status, " ", names)
			}
			if step.got != "" && got != step.got {
				w.Errorf("request %d: got %q, want %q (%v)", i+1, got, step.got, resp.Hop.Cache)
			}
			if o := resp.Hop.Cache.String(); !strings.HasPrefix(o, step.want) {
				w.Errorf("request %d: cache: %q, want %q", i+1, o, step.want)
			}
		}
	})
}

func askOf(s string) Request {
	if s == "" {
		s = "GET /x"
	}
	line, fields, _ := strings.Cut(s, "|")
	method, path, _ := strings.Cut(line, " ")
	r := Request{URL: weburl.MustParse("http://a.test" + path), Method: method, Destination: Empty, Mode: CORS, Initiator: weburl.MustParse("http://a.test/").Origin()}
	for f := range strings.SplitSeq(fields, "|") {
		if name, value, ok := strings.Cut(f, ": "); ok {
			r.Header = append(r.Header, Field{Name: name, Value: value})
		}
	}
	return r
}
