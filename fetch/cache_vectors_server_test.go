package fetch_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cacheServer answers as a test's requests say.
type cacheServer struct {
	now func() time.Time

	mu    sync.Mutex
	tests map[string]*cacheRun
}

type stashed struct {
	num     int
	method  string
	request http.Header
	sent    [][2]string
	check   [][2]string
	now     time.Time
}

func (s *cacheServer) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			r := bufio.NewReader(c)
			for {
				q, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				io.Copy(io.Discard, q.Body)
				b := s.answer(q)
				if b == nil {
					return
				}
				c.Write(b)
			}
		}()
	}
}

func httpDate(t time.Time, rfc850 bool) string {
	if rfc850 {
		return t.UTC().Format("Monday, 02-Jan-06 15:04:05 GMT")
	}
	return t.UTC().Format(http.TimeFormat)
}

// value is a header value of a test: dates are seconds from now.
func (c *cacheRequest) value(name string, v any, now time.Time) string {
	if f, ok := v.(float64); ok {
		switch strings.ToLower(name) {
		case "date", "expires", "last-modified", "if-modified-since", "if-unmodified-since":
			return httpDate(now.Add(time.Duration(f)*time.Second), slices.Contains(c.RFC850, strings.ToLower(name)))
		}
		return strconv.FormatInt(int64(f), 10)
	}
	return fmt.Sprint(v)
}

func (s *cacheServer) answer(q *http.Request) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid := strings.Split(q.URL.Path, "/")[2]
	run := s.tests[uuid]
	num, _ := strconv.Atoi(q.Header.Get("Req-Num"))
	cfg := &run.test.Requests[num-1]
	now := s.now()
	e := stashed{num: num, method: q.Method, request: q.Header, now: now}
	status, text := 200, "OK"
	if len(cfg.ResponseStatus) > 0 {
		status, text = int(cfg.ResponseStatus[0].(float64)), fmt.Sprint(cfg.ResponseStatus[1])
	}
	if strings.HasSuffix(cfg.Type, "validated") {
		status, text = 999, "304 Not Generated"
		for _, h := range run.test.Requests[num-2].ResponseHeaders {
			if strings.EqualFold(fmt.Sprint(h[0]), "ETag") && q.Header.Get("If-None-Match") == h[1] {
				status, text = 304, "Not Modified"
			}
		}
		for _, p := range run.log {
			if p.num != num-1 {
				continue
			}
			for _, h := range p.sent {
				if strings.EqualFold(h[0], "Last-Modified") && q.Header.Get("If-Modified-Since") == h[1] {
					status, text = 304, "Not Modified"
				}
			}
		}
	}
	base := q.URL.RequestURI()
	e.sent = [][2]string{{"Server-Base-Url", base}, {"Server-Request-Count", strconv.Itoa(len(run.log) + 1)},
		{"Client-Request-Count", strconv.Itoa(num)}, {"Server-Now", strconv.FormatInt(now.UnixMilli(), 10)}}
	nums := ""
	for _, p := range append(run.log, e) {
		nums += " " + strconv.Itoa(p.num)
	}
	e.sent = append(e.sent, [2]string{"Request-Numbers", nums[1:]})
	for _, h := range cfg.ResponseHeaders {
		name, v := fmt.Sprint(h[0]), cfg.value(fmt.Sprint(h[0]), h[1], now)
		if cfg.MagicLocations && (strings.EqualFold(name, "Location") || strings.EqualFold(name, "Content-Location")) {
			v = strings.TrimSuffix(base+"/"+v, "/")
		}
		e.sent = append(e.sent, [2]string{name, v})
		if len(h) < 3 || h[2] != false {
			e.check = append(e.check, [2]string{name, v})
		}
	}
	run.log = append(run.log, e)
	if cfg.Disconnect {
		return nil
	}
	body := uuid
	if cfg.ResponseBody != nil {
		body = *cfg.ResponseBody
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, text)
	has := func(name string) bool {
		return slices.ContainsFunc(e.sent, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
	}
	for _, h := range e.sent {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if !has("Content-Type") {
		b.WriteString("Content-Type: text/plain\r\n")
	}
	empty := status == 204 || status == 304 || q.Method == "HEAD"
	if !has("Content-Length") && !has("Transfer-Encoding") && status != 204 && status != 304 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	if !empty {
		b.WriteString(body)
	}
	return b.Bytes()
}
