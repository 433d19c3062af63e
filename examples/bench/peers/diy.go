package peers

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/sync/errgroup"
)

var inSheets = regexp.MustCompile(`(?i)url\(\s*['"]?([^'")]+)['"]?\s*\)|@import\s+['"]([^'"]+)['"]`)

// diy reads the whole document into goquery, asks for what the usual attributes
// name, six at a time, and for what a regular expression finds in style sheets.
func diy(client *http.Client, target *url.URL) (int64, error) {
	l := &diyLoad{client: client, slots: make(chan struct{}, perLoad), seen: map[string]bool{}}
	resp, err := client.Get(target.String())
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if err := status(resp); err != nil {
		return 0, err
	}
	var text bytes.Buffer
	n, err := text.ReadFrom(resp.Body)
	l.bytes.Add(n)
	if err != nil {
		return n, err
	}
	doc, err := goquery.NewDocumentFromReader(&text)
	if err != nil {
		return n, err
	}
	for selector, attribute := range map[string]string{
		"link[rel=stylesheet], link[rel=preload], link[rel=icon]": "href",
		"script[src], img[src], iframe[src]":                      "src",
		"video[poster]":                                           "poster",
	} {
		doc.Find(selector).Each(func(_ int, e *goquery.Selection) { l.want(target, e.AttrOr(attribute, "")) })
	}
	err = l.group.Wait()
	return l.bytes.Load(), err
}

type diyLoad struct {
	client *http.Client
	group  errgroup.Group
	slots  chan struct{}
	bytes  atomic.Int64

	mu   sync.Mutex
	seen map[string]bool
}

// want fetches what a reference names, once.
func (l *diyLoad) want(base *url.URL, ref string) {
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil || ref == "" || u.Scheme == "data" {
		return
	}
	l.mu.Lock()
	again := l.seen[u.String()]
	l.seen[u.String()] = true
	l.mu.Unlock()
	if again {
		return
	}
	l.group.Go(func() error {
		l.slots <- struct{}{}
		sheet, err := l.fetch(u)
		<-l.slots
		for _, m := range inSheets.FindAllStringSubmatch(sheet, -1) {
			l.want(u, m[1]+m[2])
		}
		return err
	})
}

// fetch returns the text of a style sheet, and drops what else comes.
func (l *diyLoad) fetch(u *url.URL) (string, error) {
	resp, err := l.client.Get(u.String())
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if !strings.HasSuffix(u.Path, ".css") {
		n, err := io.Copy(io.Discard, resp.Body)
		l.bytes.Add(n)
		return "", err
	}
	b, err := io.ReadAll(resp.Body)
	l.bytes.Add(int64(len(b)))
	return string(b), err
}
