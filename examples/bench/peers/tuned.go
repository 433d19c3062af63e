package peers

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/html"
)

// tuned tokenizes the document as it comes, has six workers at most and no
// goroutine that only waits, scans style sheets byte by byte, and keeps its buffers.
func tuned(client *http.Client, target *url.URL) (int64, error) {
	l := &tunedLoad{client: client, seen: map[string]bool{}}
	resp, err := l.get(target)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if err := status(resp); err != nil {
		return 0, err
	}
	l.reading = true
	err = l.document(target, counting{resp.Body, &l.bytes})
	l.mu.Lock()
	l.reading = false
	l.start()
	l.mu.Unlock()
	l.workers.Wait()
	return l.bytes.Load(), errors.Join(err, l.err)
}

type tunedLoad struct {
	client  *http.Client
	bytes   atomic.Int64
	workers sync.WaitGroup

	mu      sync.Mutex
	seen    map[string]bool
	queue   []*url.URL
	running int
	reading bool // the document's connection is in use
	err     error
}

// counting counts what is read.
type counting struct {
	io.Reader
	n *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// document asks for what the document names while it arrives.
func (l *tunedLoad) document(base *url.URL, r io.Reader) error {
	z := html.NewTokenizer(r)
	inert := 0 // templates that are open
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return nil
			}
			return z.Err()
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "template" && inert > 0 {
				inert--
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attributes := z.TagName()
			attribute := ""
			switch string(name) {
			case "template":
				inert++
			case "script", "img", "iframe":
				attribute = "src"
			case "link":
				attribute = "href"
			case "video":
				attribute = "poster"
			}
			if ref := reference(z, attribute, attributes); ref != "" && inert == 0 {
				l.want(base, ref)
			}
		}
	}
}

// reference returns what the attribute of a tag names; "" if nothing is fetched for it.
func reference(z *html.Tokenizer, attribute string, more bool) string {
	ref, rel := "", ""
	for more && attribute != "" {
		var name, value []byte
		name, value, more = z.TagAttr()
		switch string(name) {
		case attribute:
			ref = string(value)
		case "rel":
			rel = string(value)
		}
	}
	if attribute == "href" && rel != "stylesheet" && rel != "preload" && rel != "icon" {
		return ""
	}
	return ref
}

func (l *tunedLoad) want(base *url.URL, ref string) {
	if ref = strings.TrimSpace(ref); ref == "" || strings.HasPrefix(ref, "data:") {
		return
	}
	u, err := base.Parse(ref)
	if err != nil {
		return
	}
	key := u.String()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.seen[key] {
		l.seen[key] = true
		l.queue = append(l.queue, u)
		l.start()
	}
}

// start starts a worker if there is need and room for one. It is called with mu held.
func (l *tunedLoad) start() {
	most := perLoad
	if l.reading {
		most--
	}
	if len(l.queue) > 0 && l.running < most {
		l.running++
		l.workers.Go(l.work)
	}
}

func (l *tunedLoad) work() {
	for {
		l.mu.Lock()
		if len(l.queue) == 0 {
			l.running--
			l.mu.Unlock()
			return
		}
		u := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		if err := l.fetch(u); err != nil {
			l.mu.Lock()
			l.err = err
			l.mu.Unlock()
		}
	}
}

var (
	sheets  = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	dropped = sync.Pool{New: func() any { return new([32 << 10]byte) }}
)

func (l *tunedLoad) get(u *url.URL) (*http.Response, error) {
	return l.client.Do(&http.Request{Method: "GET", URL: u, Host: u.Host, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1})
}

func (l *tunedLoad) fetch(u *url.URL) error {
	resp, err := l.get(u)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
		b := dropped.Get().(*[32 << 10]byte)
		defer dropped.Put(b)
		for {
			n, err := resp.Body.Read(b[:])
			l.bytes.Add(int64(n))
			switch err {
			case nil:
			case io.EOF:
				return nil
			default:
				return err
			}
		}
	}
	text := sheets.Get().(*bytes.Buffer)
	defer sheets.Put(text)
	text.Reset()
	n, err := text.ReadFrom(resp.Body)
	l.bytes.Add(n)
	if err == nil {
		scan(text.Bytes(), func(ref string) { l.want(u, ref) })
	}
	return err
}

// scan calls found with each url() and each @import of a style sheet, but for those in comments.
func scan(css []byte, found func(string)) {
	for len(css) > 0 {
		i := bytes.IndexAny(css, "/(@")
		if i < 0 {
			return
		}
		before, mark, rest := css[:i], css[i], css[i+1:]
		css = rest
		switch {
		case mark == '/' && len(rest) > 0 && rest[0] == '*':
			end := bytes.Index(rest[1:], []byte("*/"))
			if end < 0 {
				return
			}
			css = rest[end+3:]
		case mark == '(' && len(before) >= 3 && bytes.EqualFold(before[len(before)-3:], []byte("url")):
			if end := bytes.IndexByte(rest, ')'); end >= 0 {
				found(string(bytes.Trim(rest[:end], " \t\n'\"")))
				css = rest[end:]
			}
		case mark == '@' && len(rest) > 6 && bytes.EqualFold(rest[:6], []byte("import")):
			name := bytes.TrimLeft(rest[6:], " \t\n")
			if len(name) > 0 && (name[0] == '"' || name[0] == '\'') {
				if end := bytes.IndexByte(name[1:], name[0]); end >= 0 {
					found(string(name[1 : 1+end]))
				}
			}
		}
	}
}
