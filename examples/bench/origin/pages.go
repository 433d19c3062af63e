package origin

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// small is a page of 10 subresources, 70 KB in all, that its HTML names.
func (s *site) small() {
	var b bytes.Buffer
	b.WriteString("<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>small</title>\n")
	for i := range 2 {
		fmt.Fprintf(&b, "<link rel=stylesheet href=%d.css>\n", i)
		s.add("small", fmt.Sprintf("%d.css", i), "text/css", []byte(s.rules(16)))
	}
	for i := range 3 {
		fmt.Fprintf(&b, "<script defer src=\"/small/%d.js\"></script>\n", i)
		s.add("small", fmt.Sprintf("%d.js", i), "text/javascript", s.script(5000+i*3000))
	}
	b.WriteString("</head><body>\n")
	for i := range 5 {
		fmt.Fprintf(&b, "<p>%s <img src=%d.jpg width=40 height=30 alt=\"\"></p>\n", s.prose(500), i)
		s.add("small", fmt.Sprintf("%d.jpg", i), "image/jpeg", s.jpeg(2000+i*2500))
	}
	b.WriteString("</body></html>\n")
	s.add("small", "", "text/html", b.Bytes())
}

// deep is a page whose HTML comes in five pieces, and whose style sheets import
// one another before the last one asks for a font and a picture.
func (s *site) deep() {
	s.add("deep", "1.css", "text/css", []byte("@import url(2.css);\n"+s.rules(15)))
	s.add("deep", "2.css", "text/css", []byte("@import \"3.css\" screen;\n"+s.rules(15)))
	s.add("deep", "3.css", "text/css", []byte("@font-face { font-family: Deep; src: url(deep.woff2) format(\"woff2\") }\np { font-family: Deep, serif; background: url(paper.jpg) }\n"+s.rules(15)))
	s.add("deep", "deep.woff2", "font/woff2", s.font(18_000))
	s.add("deep", "paper.jpg", "image/jpeg", s.jpeg(8_000))
	s.add("deep", "head.js", "text/javascript", s.script(4_000))
	s.add("deep", "end.js", "text/javascript", s.script(4_000))
	for i := range 3 {
		s.add("deep", fmt.Sprintf("%d.jpg", i), "image/jpeg", s.jpeg(8_000))
	}
	pieces := [][]byte{
		[]byte("<!doctype html><html lang=en><head><meta charset=utf-8><title>deep</title><link rel=stylesheet href=1.css><script defer src=head.js></script></head><body>" +
			"<!-- " + strings.Repeat("filling ", 170) + "-->"),
		[]byte("<p>" + s.prose(800) + "</p><img src=0.jpg alt=\"\">"),
		[]byte("<p>" + s.prose(800) + "</p><img src=1.jpg alt=\"\">"),
		[]byte("<p>" + s.prose(800) + "</p><img alt=\"\" s"),
		[]byte("rc=2.jpg><script src=end.js></script></body></html>"),
	}
	f := s.add("deep", "", "text/html", bytes.Join(pieces, nil))
	f.pieces, f.pause = pieces, 100*time.Millisecond
}
