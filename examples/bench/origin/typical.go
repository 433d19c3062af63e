package origin

import (
	"bytes"
	"fmt"
)

// typical is a page of 60 KB of HTML and 70 subresources, 2 MB in all: 5 style
// sheets, 16 scripts, 45 pictures and a poster, 2 fonts and a frame. 9 of them
// only style sheets name. Six decoys are files that a browser leaves alone.
func (s *site) typical() {
	const page = "typical"
	pictures, scripts := s.spread(45, 1_060_000), s.spread(15, 560_000)
	for i, n := range pictures {
		s.add(page, fmt.Sprintf("picture/%d.jpg", i), "image/jpeg", s.jpeg(n))
	}
	for i, n := range scripts {
		s.add(page, fmt.Sprintf("script/%d.js", i), "text/javascript", s.script(n))
	}
	s.add(page, "script/ahead.js", "text/javascript", s.script(3_000))
	s.add(page, "font/text.woff2", "font/woff2", s.font(60_000))
	s.add(page, "font/title.woff2", "font/woff2", s.font(40_000))
	s.add(page, "frame.html", "text/html", []byte("<!doctype html><title>frame</title><p>A frame."))
	s.add(page, "poster.jpg", "image/jpeg", s.jpeg(9_000))
	s.sheets(page)
	for _, name := range []string{"comment", "template", "double", "print", "nobody"} {
		s.decoy(page, "decoy/"+name+".jpg", "image/jpeg")
	}
	s.decoy(page, "decoy/unused.woff2", "font/woff2")
	s.add(page, "", "text/html; charset=utf-8", s.markup())
}

// sheets are the style sheets: what some of their last rules name is fetched, what others name is not.
func (s *site) sheets(page string) {
	for i, last := range []string{
		`@font-face { font-family: Text; src: url("../font/text.woff2") format("woff2") }
@font-face { font-family: Unused; src: url("../decoy/unused.woff2") format("woff2") }
body { font-family: Text, sans-serif }
.nobody { font-family: Unused; background-image: url(../decoy/nobody.jpg) }
.banner { background: #def url('../picture/39.jpg') no-repeat center }
`, `#end { background: url(../picture/40.jpg) }
article.item:first-of-type { background-image: url( "../picture/41.jpg" ) }
`, ``, `nav ol > li.here { background: url(../picture/42.jpg) }
`, `@font-face { font-family: Title; src: url(../font/title.woff2) format("woff2") }
h1 { font-family: Title }
.mark { background: url(../picture/43.jpg) }
@media screen { main.wide::before { content: ""; background: url(../picture/44.jpg) } }
@media print { main.wide { background: url(../decoy/print.jpg) } }
`} {
		text := fmt.Sprintf("/* sheet %d: %s */\n", i, s.prose(80)) + s.rules([]int{190, 120, 90, 60, 40}[i]) + last
		if i == 3 {
			text = "@charset \"utf-8\";\n@import url(\"4.css\");\n" + text
		}
		s.add(page, fmt.Sprintf("sheet/%d.css", i), "text/css", []byte(text))
	}
}

func (s *site) markup() []byte {
	var b bytes.Buffer
	class := func() int { return s.rand.IntN(280) }
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>typical</title>\n")
	for i := range 4 {
		fmt.Fprintf(&b, "<link rel=\"stylesheet\" href=\"sheet/%d.css\">\n", i)
	}
	b.WriteString("<link rel=\"preload\" as=\"script\" href=\"/typical/script/ahead.js\">\n<script async src=\"script/ahead.js\"></script>\n<link rel=\"canonical\" href=\"/elsewhere/\">\n")
	for i := range 8 {
		fmt.Fprintf(&b, "<script src=\"/typical/script/%d.js\"%s></script>\n", i, []string{" defer", "", " async", " defer"}[i%4])
	}
	fmt.Fprintf(&b, "</head>\n<body class=\"k%d\">\n<nav class=\"k%d\"><ol>\n", class(), class())
	for i := range 36 {
		fmt.Fprintf(&b, "<li class=\"%s k%d\" data-n=\"%d\"><a href=\"/topic/%d?from=nav&amp;n=%d\">%s</a></li>\n", []string{"there", "here"}[i%2], class(), i, i, i, s.prose(14))
	}
	fmt.Fprintf(&b, "</ol></nav>\n<header class=\"banner k%d\"><h1>%s</h1><h2 class=\"mark\">%s</h2></header>\n<main class=\"wide\">\n", class(), s.prose(20), s.prose(40))
	b.WriteString("<!-- <img src=\"decoy/comment.jpg\"> -->\n<template><img src=\"decoy/template.jpg\"></template>\n")
	for i := range 90 {
		fmt.Fprintf(&b, "<article class=\"item k%d k%d\" id=\"a%d\"><h3 class=\"k%d\"><a href=\"/item/%d\">%s</a></h3>\n", class(), class(), i, class(), i, s.prose(24))
		if i < 39 {
			double := ""
			if i == 5 {
				double = " srcset=\"picture/5.jpg, decoy/double.jpg 2x\""
			}
			fmt.Fprintf(&b, "<figure class=\"k%d\"><img src=\"picture/%d.jpg\"%s width=\"300\" height=\"180\" alt=\"%s\"></figure>\n", class(), i, double, s.prose(12))
		}
		fmt.Fprintf(&b, "<p class=\"k%d\">%s<em class=\"k%d\">%s</em></p>\n<ul>", class(), s.prose(70), class(), s.prose(16))
		for n := range 3 {
			fmt.Fprintf(&b, "<li class=\"k%d\" data-n=\"%d\"><a href=\"/tag/%d\">%s</a></li>", class(), n, n, s.prose(8))
		}
		b.WriteString("</ul></article>\n")
	}
	b.WriteString("<iframe src=\"frame.html\" title=\"frame\"></iframe>\n<video poster=\"poster.jpg\" preload=\"none\" controls></video>\n</main>\n")
	for b.Len() < 59_000 {
		fmt.Fprintf(&b, "<p class=\"k%d\">%s</p>\n", class(), s.prose(160))
	}
	fmt.Fprintf(&b, "<footer id=\"end\">%s</footer>\n", s.prose(90))
	for i := 8; i < 15; i++ {
		fmt.Fprintf(&b, "<script src=\"script/%d.js\"></script>\n", i)
	}
	b.WriteString("</body>\n</html>\n")
	return b.Bytes()
}
