package loader_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/sync/errgroup"

	"pageload/conn"
	"pageload/loader"
)

// A stage is a page on a server that does next to nothing for a request: whole
// responses, made beforehand, by path.
type stage struct {
	url       string
	responses map[string][]byte
	served    atomic.Int64
	hold      func(path string) // called before each answer; nil: none
	same      []byte            // the answer to who has a validator; nil: the response
	listener  net.Listener
	done      sync.WaitGroup
}

// typical is a page of 60 KB of HTML with 70 subresources, 2 MB in all: 4 style
// sheets, 10 scripts, 4 fonts, 44 images and 8 more that only the style sheets name.
func typical(b *testing.B) *stage {
	s := newTypical()
	if err := s.listen(); err != nil {
		b.Fatal(err)
	}
	return s
}

func newTypical() *stage {
	s := &stage{responses: map[string][]byte{}}
	var page strings.Builder
	page.WriteString("<!doctype html><html><head><meta charset=utf-8><title>typical</title>\n")
	for i := range 4 {
		fmt.Fprintf(&page, "<link rel=stylesheet href=/s%d.css>\n", i)
		s.add(fmt.Sprintf("/s%d.css", i), sheet(i))
	}
	for i := range 10 {
		fmt.Fprintf(&page, "<script src=/j%d.js defer></script>\n", i)
		s.add(fmt.Sprintf("/j%d.js", i), strings.Repeat("var x = 1; /* code */\n", 3000))
	}
	page.WriteString("</head><body>\n")
	for i := range 44 {
		fmt.Fprintf(&page, "<div class=\"c%d\" id=i%d><h2 class=f%d>Heading</h2><a href=\"/a/%d\"><img src=\"/p%d.png\" width=200 height=200 alt=\"\"></a><p>%s</p></div>\n",
			i%8, i, i%4, i, i, strings.Repeat("Some text of the page. ", 50))
		s.add(fmt.Sprintf("/p%d.png", i), strings.Repeat("p", 22_000))
	}
	page.WriteString("</body></html>")
	s.add("/", page.String())
	for i := range 8 {
		s.add(fmt.Sprintf("/b%d.png", i), strings.Repeat("b", 12_000))
	}
	for i := range 4 {
		s.add(fmt.Sprintf("/f%d.woff2", i), "wOF2"+strings.Repeat("f", 24_000))
	}
	return s
}

func (s *stage) listen() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener, s.url = l, "http://"+l.Addr().String()+"/"
	s.done.Go(s.accept)
	return nil
}

// sheet is a style sheet of 120 rules, of which few match.
func sheet(i int) string {
	var css strings.Builder
	fmt.Fprintf(&css, "@font-face { font-family: F%d; src: url(/f%d.woff2) format(\"woff2\") }\n.f%d { font-family: F%d }\n", i, i, i, i)
	fmt.Fprintf(&css, ".c%d { background: url(/b%d.png) }\n.c%d > a { background: url(/b%d.png) no-repeat }\n", 2*i, 2*i, 2*i+1, 2*i+1)
	for n := range 120 {
		background := "#eee"
		if n%10 == 0 {
			background = fmt.Sprintf("url(/n%d.png)", n)
		}
		fmt.Fprintf(&css, ".never%d .x%d:hover, #none%d > li a[href^=\"x\"] { color: #123456; margin: 0 auto; background: %s }\n", n, i, n, background)
	}
	return css.String()
}

func (s *stage) add(path, body string) {
	s.responses[path] = fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nCache-Control: no-cache\r\nAccess-Control-Allow-Origin: *\r\n\r\n%s",
		mediaType(path), len(body), body)
}

func (s *stage) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.done.Go(func() { s.serve(c) })
	}
}

func (s *stage) serve(c net.Conn) {
	defer c.Close()
	buf, n := make([]byte, 2<<10), 0
	for {
		end := bytes.Index(buf[:n], []byte("\r\n\r\n"))
		if end < 0 {
			m, err := c.Read(buf[n:])
			if err != nil {
				return
			}
			n += m
			continue
		}
		path, _, _ := bytes.Cut(buf[len("GET "):end], []byte(" "))
		r := s.responses[string(path)]
		if r == nil {
			r = []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		}
		if s.same != nil && bytes.Contains(buf[:end], []byte("\r\nIf-None-Match:")) {
			r = s.same
		}
		if s.hold != nil {
			s.hold(string(path))
		}
		if _, err := c.Write(r); err != nil {
			return
		}
		s.served.Add(1)
		n = copy(buf, buf[end+4:n])
	}
}

func (s *stage) close() {
	s.listener.Close()
	s.done.Wait()
}

// BenchmarkPage loads a typical page: with this package, and with the loader
// that is written in an afternoon. cpu-ns/op has both sides, the server is the
// same; ns/op depends on how many processors share the work.
func BenchmarkPage(b *testing.B) {
	b.Run("pageload", func(b *testing.B) {
		s := typical(b)
		var p loader.Profile
		ctx := context.Background()
		load := func() {
			page, err := p.Load(ctx, s.url)
			if err != nil {
				b.Fatal(err)
			}
			if n := len(page.Waterfall().Requests); n != 71 {
				b.Fatalf("%d requests, want 71", n)
			}
		}
		s.measure(b, load)
		p.Close(ctx)
		s.close()
	})
	b.Run("diy", func(b *testing.B) {
		s := typical(b)
		t := &http.Transport{MaxConnsPerHost: 6, MaxIdleConnsPerHost: 6}
		target, err := url.Parse(s.url)
		if err != nil {
			b.Fatal(err)
		}
		s.measure(b, func() {
			if err := byHand(&http.Client{Transport: t}, target); err != nil {
				b.Fatal(err)
			}
		})
		t.CloseIdleConnections()
		s.close()
	})
}

func (s *stage) measure(b *testing.B, load func()) {
	load() // connections are opened, pools filled
	s.served.Store(0)
	b.ReportAllocs()
	cpu := cpuTime()
	for b.Loop() {
		load()
	}
	b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(s.served.Load())/float64(b.N), "requests/op")
}

// byHand loads a page as it is done without a library: the whole document
// through the HTML parser, what its attributes name, and what a regular
// expression finds in the style sheets.
func byHand(client *http.Client, target *url.URL) error {
	h := &handLoader{client: client, seen: map[string]bool{}}
	var page bytes.Buffer
	if err := h.get(target, &page); err != nil {
		return err
	}
	doc, err := html.Parse(&page)
	if err != nil {
		return err
	}
	h.group.SetLimit(6)
	h.walk(target, doc)
	for {
		if err := h.group.Wait(); err != nil {
			return err
		}
		later := h.later // what the style sheets named
		if h.later = nil; later == nil {
			return nil
		}
		for _, u := range later {
			h.want(u)
		}
	}
}

type handLoader struct {
	client *http.Client
	group  errgroup.Group
	seen   map[string]bool // touched by one goroutine

	mu    sync.Mutex
	later []*url.URL
}

var cssURL = regexp.MustCompile(`url\(\s*["']?([^"')]+)["']?\s*\)`)

func (h *handLoader) walk(base *url.URL, n *html.Node) {
	if n.Type == html.ElementNode {
		for _, a := range n.Attr {
			fetched := a.Key == "src" || a.Key == "href" && n.Data == "link"
			if u, err := base.Parse(a.Val); fetched && err == nil {
				h.want(u)
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.walk(base, c)
	}
}

func (h *handLoader) want(u *url.URL) {
	if h.seen[u.String()] {
		return
	}
	h.seen[u.String()] = true
	h.group.Go(func() error {
		if !strings.HasSuffix(u.Path, ".css") {
			return h.get(u, io.Discard)
		}
		var css bytes.Buffer
		err := h.get(u, &css)
		for _, m := range cssURL.FindAllStringSubmatch(css.String(), -1) {
			// It cannot tell which rules match and would ask for 48 images that no browser asks for. To compare
			// equal work they are left out.
			if ref, err := u.Parse(m[1]); err == nil && !strings.HasPrefix(m[1], "/n") {
				h.mu.Lock()
				h.later = append(h.later, ref)
				h.mu.Unlock()
			}
		}
		return err
	})
}

func (h *handLoader) get(u *url.URL, to io.Writer) error {
	resp, err := h.client.Get(u.String())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(to, resp.Body)
	return err
}

// BenchmarkFacts loads a typical page over fresh connections, with what the
// kernel is asked about them.
func BenchmarkFacts(b *testing.B) {
	for _, facts := range []conn.Facts{conn.FactsNone, conn.FactsOpenClose, conn.FactsEachResponse} {
		b.Run(strings.ReplaceAll(facts.String(), " ", "-"), func(b *testing.B) {
			s := typical(b)
			memory := &loader.Memory{}
			s.measure(b, func() {
				p := loader.Profile{Memory: memory}
				p.Pool.Facts = facts
				page, err := p.Load(b.Context(), s.url)
				if err != nil {
					b.Fatal(err)
				}
				p.Close(b.Context())
				if n := len(page.Waterfall().Requests); n != 71 {
					b.Fatalf("%d requests, want 71", n)
				}
			})
			s.close()
		})
	}
}
