package demosite

import (
	"embed"
	"strings"
	"time"
)

//go:embed content
var content embed.FS

// A resource is what the site answers to one URL.
type resource struct {
	file   string        // in the folder content; its line "pause 100ms" within a comment is a pause
	body   []byte        // where there is no file
	typ    string        // Content-Type
	status int           // 0: 200
	to     string        // Location
	link   string        // Link field of an early hint, which is sent at once
	wait   time.Duration // before the head
	spread time.Duration // the body comes in pieces over this time
	cors   bool          // any origin may read it
	cookie string        // Set-Cookie
	fresh  time.Duration // Cache-Control: max-age; 0: no-cache
}

const (
	html = "text/html; charset=utf-8"
	css  = "text/css; charset=utf-8"
	js   = "text/javascript; charset=utf-8"
	png  = "image/png"
	svg  = "image/svg+xml"
)

// resources is the whole site, by URL.
func (s *Site) resources() map[string]resource {
	const (
		ms     = time.Millisecond
		www    = "http://www.demo.test/"
		static = "http://static.demo.test/"
		img    = "http://img.demo.test/"
		fonts  = "http://fonts.demo.test/"
		ads    = "http://ads.other.test/"
	)
	week := 7 * 24 * time.Hour
	list := map[string]resource{
		"http://demo.test/": {status: 301, to: www, wait: 60 * ms},
		www: {file: "index.html", typ: html, wait: 130 * ms, cookie: "visit=1; Path=/; HttpOnly; SameSite=Lax",
			link: "<" + static + "css/main.css>; rel=preload; as=style"},
		www + "frame.html":       {file: "frame.html", typ: html, wait: 60 * ms},
		www + "frame.css":        {file: "frame.css", typ: css, wait: 50 * ms},
		www + "favicon.ico":      {body: picture(16, 16, 1), typ: png, wait: 20 * ms, fresh: week},
		www + "app.webmanifest":  {body: []byte(`{"name":"Demo","icons":[]}`), typ: "application/manifest+json", wait: 40 * ms},
		www + "old.js":           {status: 302, to: static + "js/new.js", wait: 40 * ms},
		static + "css/main.css":  {file: "main.css", typ: css, wait: 220 * ms, fresh: week},
		static + "css/type.css":  {file: "type.css", typ: css, wait: 110 * ms, fresh: week},
		static + "css/print.css": {body: []byte("body { color: black }\n"), typ: css, wait: 300 * ms, fresh: week},
		static + "css/theme.css": {file: "theme.css", typ: css, wait: 80 * ms, fresh: week},
		static + "js/app.js":     {body: script("app", 24), typ: js, wait: 120 * ms, spread: 60 * ms, fresh: week},
		static + "js/new.js":     {body: script("new", 3), typ: js, wait: 50 * ms, fresh: week},
		static + "js/late.js":    {body: script("late", 40), typ: js, wait: 90 * ms, spread: 120 * ms, fresh: week},
		static + "js/main.mjs":   {file: "main.mjs", typ: js, wait: 60 * ms, cors: true, fresh: week},
		static + "js/part.mjs":   {body: []byte("export const part = 1;\n"), typ: js, wait: 70 * ms, cors: true, fresh: week},
		static + "js/last.mjs":   {body: []byte("export const last = 2;\n"), typ: js, wait: 40 * ms, cors: true, fresh: week},
		fonts + "demo.woff2":     {body: font(18_000), typ: "font/woff2", wait: 80 * ms, spread: 150 * ms, cors: true, fresh: week},
		fonts + "bold.woff2":     {body: font(16_000), typ: "font/woff2", wait: 80 * ms, spread: 120 * ms, cors: true, fresh: week},
		img + "logo.svg":         {file: "logo.svg", typ: svg, wait: 40 * ms, fresh: week},
		img + "hero-640.png":     {body: picture(64, 48, 2), typ: png, wait: 60 * ms, spread: 60 * ms, fresh: week},
		img + "hero-1280.png":    {body: picture(160, 120, 3), typ: png, wait: 80 * ms, spread: 250 * ms, fresh: week},
		img + "wide.png":         {body: picture(120, 40, 4), typ: png, wait: 70 * ms, spread: 80 * ms, fresh: week},
		img + "paper.png":        {body: picture(48, 48, 5), typ: png, wait: 90 * ms, fresh: week},
		img + "poster.png":       {body: picture(96, 54, 6), typ: png, wait: 60 * ms, fresh: week},
		img + "near.png":         {body: picture(40, 40, 7), typ: png, wait: 50 * ms, fresh: week},
		img + "frame.png":        {body: picture(80, 60, 8), typ: png, wait: 60 * ms, spread: 90 * ms, fresh: week},
		img + "gone.png":         {status: 404, body: []byte("no such picture\n"), typ: "text/plain", wait: 60 * ms},
		img + "clip.mp4":         {body: clip(30_000), typ: "video/mp4", wait: 80 * ms, spread: 150 * ms, fresh: week},
		www + "clip.vtt":         {body: []byte("WEBVTT\n\n00:00.000 --> 00:01.000\nA demo\n"), typ: "text/vtt", wait: 40 * ms, fresh: week},
		ads + "tag.js":           {body: script("tag", 30), typ: js, wait: 250 * ms, spread: 80 * ms},
		ads + "banner.html":      {file: "banner.html", typ: html, wait: 280 * ms},
		ads + "banner.png":       {status: 302, to: img + "banner.png", wait: 140 * ms},
		img + "banner.png":       {body: picture(120, 30, 9), typ: png, wait: 60 * ms, spread: 60 * ms, fresh: week},
		ads + "pixel.png":        {body: picture(1, 1, 10), typ: png, wait: 150 * ms},
	}
	for i := range 10 {
		list[img+"gallery/"+string(rune('0'+i))+".png"] = resource{body: picture(90+4*i, 60, uint64(20+i)), typ: png,
			wait: time.Duration(50+17*(i%4)) * ms, spread: time.Duration(60+23*(i%5)) * ms, fresh: week}
	}
	pages := make(map[string]resource, len(list))
	for u, r := range list {
		r.to, r.link = s.address(r.to), s.address(r.link)
		if r.file != "" {
			b, err := content.ReadFile("content/" + r.file)
			if err != nil {
				panic(err) // the files are part of the program
			}
			r.body = []byte(s.address(string(b)))
		}
		pages[s.address(u)] = r
	}
	return pages
}

// address puts the site's ports into the URLs of a text. In the files hosts
// stand without a port, and REFUSED for the port that nobody listens on.
func (s *Site) address(text string) string {
	text = strings.ReplaceAll(text, ".test:REFUSED/", ".test:"+s.refused+"\x00/")
	if s.port != "80" {
		text = strings.ReplaceAll(text, ".test/", ".test:"+s.port+"/")
	}
	return strings.ReplaceAll(text, "\x00/", "/")
}
