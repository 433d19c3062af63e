package loader_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/tools/txtar"
)

// A site is a small web site as a txtar archive: a JSON object that scripts the
// responses, then the files. The host "site" serves the files at the root and
// any other HOST those under "@HOST/". A path without a file is synthesised
// where its name ends in a known type and does not contain "missing":
//
//	photo-800x600.png   a PNG of that size
//	x.js x.css          an inert comment of 200 bytes (or the size in x-5000.js)
//	x.woff2 x.mp4 ...   that many zero bytes, which for a font is none
//
// The format is that of the fidelity cases; "hosts", "waits" and "names" are
// read here only.
type site struct {
	About     string              `json:"about"`
	Page      string              `json:"page"`
	Scheme    string              `json:"scheme"`
	HTTP1     bool                `json:"http1"`
	Responses map[string]response `json:"responses"` // key: path, or "HOST/path" for another host
	Latency   int                 `json:"latency"`   // of the network, one way, ms
	Waits     bool                `json:"waits"`     // the expectation lists why requests waited
	Names     map[string]int      `json:"names"`     // how long the name of a host takes to be resolved, ms

	domain  string // the name of host x is x + domain
	archive *txtar.Archive
	ranks   map[string]int // see rank
}

// A response scripts one response; times are milliseconds.
type response struct {
	Delay   int               `json:"delay"`   // before the status line
	Status  int               `json:"status"`  // 200 if zero
	Headers map[string]string `json:"headers"` // replaces defaults; "" removes
	Early   []string          `json:"early"`   // Link values of a 103 sent at once
	Chunk   int               `json:"chunk"`   // body sent in pieces of this many bytes
	Marks   bool              `json:"marks"`   // body split at <!--pause--> comments
	Pause   int               `json:"pause"`   // between pieces
	Coding  string            `json:"coding"`  // gzip, br or zstd: the body is sent so
}

func parseSite(t testing.TB, domain string, data []byte) *site {
	t.Helper()
	s := &site{domain: domain, archive: txtar.Parse(data)}
	if len(bytes.TrimSpace(s.archive.Comment)) > 0 {
		if err := json.Unmarshal(s.archive.Comment, s); err != nil {
			t.Fatalf("head of the site: %v", err)
		}
	}
	s.rank()
	return s
}

// hosts are the labels of all hosts that the site has files or responses for.
func (s *site) hosts() []string {
	set := map[string]bool{"site": true}
	for _, f := range s.archive.Files {
		if rest, ok := strings.CutPrefix(f.Name, "@"); ok {
			host, _, _ := strings.Cut(rest, "/")
			set[host] = true
		}
	}
	for key := range s.Responses {
		if host, _, _ := strings.Cut(key, "/"); host != "" {
			set[host] = true
		}
	}
	for host := range s.Names {
		set[host] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// label is the host of a name, "" if it is none of the site's.
func (s *site) label(name string) string {
	host, _, _ := strings.Cut(name, ":")
	if label, ok := strings.CutSuffix(host, s.domain); ok {
		return label
	}
	return ""
}

func (s *site) file(name string) ([]byte, bool) {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

// An answer is a response, ready to be sent.
type answer struct {
	response
	html   bool
	header [][2]string
	pieces [][]byte // more than one is sent chunked
}

// answer returns what the site has for a path of a host.
func (s *site) answer(host, urlPath string) answer {
	root, key := "", urlPath
	if host != "site" {
		root, key = "@"+host+"/", host+urlPath
	}
	a := answer{response: s.Responses[key]}
	body, ok := s.content(root, urlPath)
	if a.Status == 0 {
		a.Status = 200
		if !ok {
			a.Status, body = 404, []byte("not found\n")
		}
	}
	fields := map[string]string{
		"Content-Type": mediaType(urlPath), "Cache-Control": "no-cache",
		"Access-Control-Allow-Origin": "*", "Timing-Allow-Origin": "*",
	}
	maps.Copy(fields, a.Headers)
	a.html = strings.HasPrefix(fields["Content-Type"], "text/html")
	if a.Coding != "" {
		body, a.html = encoded(a.Coding, body), false
		fields["Content-Encoding"] = a.Coding
	}
	a.pieces = [][]byte{body}
	switch {
	case a.Marks:
		a.pieces = bytes.SplitAfter(body, []byte("<!--pause-->"))
	case a.Chunk > 0:
		a.pieces = slices.Collect(slices.Chunk(body, a.Chunk))
	}
	if a.Chunk > 0 || a.Marks {
		fields["Transfer-Encoding"] = "chunked"
	} else if a.Status != 204 && a.Status != 304 {
		fields["Content-Length"] = strconv.Itoa(len(body))
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != "" {
			a.header = append(a.header, [2]string{name, fields[name]})
		}
	}
	return a
}

// encoded applies a content coding.
func encoded(coding string, body []byte) []byte {
	var b bytes.Buffer
	var z io.WriteCloser
	switch coding {
	case "br":
		z = brotli.NewWriter(&b)
	case "zstd":
		z, _ = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	default:
		z = gzip.NewWriter(&b)
	}
	z.Write(body)
	z.Close()
	return b.Bytes()
}

// late is how much later than at once the site answers beside the scripted
// delay: about a microsecond a place in the order of the site's text. Responses
// that would come at the same instant of virtual time come in that order, so that
// what a test sees does not depend on the order of goroutines. The square keeps
// the sums along two chains of requests apart.
func (s *site) late(host, urlPath string) time.Duration {
	n, ok := s.ranks[path.Base(urlPath)]
	if !ok {
		n = len(s.ranks)
	}
	return time.Duration(n)*time.Microsecond + time.Duration(n*n)
}

var nameRE = regexp.MustCompile(`[\w.%-]+\.[a-z0-9]+`)

// rank numbers the names of files in the order in which the site's text has them.
func (s *site) rank() {
	s.ranks = map[string]int{}
	for _, f := range s.archive.Files {
		if f.Name == "want" {
			continue
		}
		for _, name := range nameRE.FindAllString(string(f.Data), -1) {
			if _, ok := s.ranks[name]; !ok {
				s.ranks[name] = len(s.ranks) + 1
			}
		}
	}
}

var sizeRE = regexp.MustCompile(`-(\d+)(?:x(\d+))?\.[a-z0-9]+$`)

// content returns the file at p below root, or a synthesised one.
func (s *site) content(root, p string) ([]byte, bool) {
	if strings.HasSuffix(p, "/") {
		p += "index.html"
	}
	if b, ok := s.file(root + strings.TrimPrefix(p, "/")); ok {
		return b, true
	}
	if strings.Contains(p, "missing") {
		return nil, false
	}
	size, height := 200, 0
	if m := sizeRE.FindStringSubmatch(p); m != nil {
		size, _ = strconv.Atoi(m[1])
		height, _ = strconv.Atoi(m[2])
	}
	switch path.Ext(p) {
	case ".png", ".jpg", ".gif", ".webp", ".ico", ".avif":
		if height == 0 {
			size, height = 10, 10
		}
		return picture(size, height), true
	case ".js", ".mjs", ".css":
		return []byte("/*" + strings.Repeat("x", max(0, size-4)) + "*/"), true
	case ".woff2", ".woff", ".ttf", ".otf", ".mp4", ".webm", ".mp3", ".bin":
		return make([]byte, size), true
	case ".svg":
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><g id="a"/></svg>`), true
	case ".vtt":
		return []byte("WEBVTT\n"), true
	case ".json", ".webmanifest":
		return []byte("{}"), true
	}
	return nil, false
}

// picture makes a grey one-bit PNG.
func picture(width, height int) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		b = append(append(b, kind...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.Update(crc32.ChecksumIEEE([]byte(kind)), crc32.IEEETable, data))
	}
	head := make([]byte, 13)
	binary.BigEndian.PutUint32(head, uint32(width))
	binary.BigEndian.PutUint32(head[4:], uint32(height))
	head[8] = 1
	chunk("IHDR", head)
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write(make([]byte, height*(1+(width+7)/8)))
	zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b
}

var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8", ".json": "application/json", ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".svg": "image/svg+xml", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".woff": "font/woff", ".ttf": "font/ttf", ".otf": "font/otf", ".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg",
	".vtt": "text/vtt", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8", ".xml": "text/xml; charset=utf-8",
}

func mediaType(urlPath string) string {
	if strings.HasSuffix(urlPath, "/") {
		return mediaTypes[".html"]
	}
	if t, ok := mediaTypes[path.Ext(urlPath)]; ok {
		return t
	}
	return "application/octet-stream"
}

func TestSitesAreRead(t *testing.T) {
	s := parseSite(t, ".test", []byte("{\"responses\": {\"/\": {\"marks\": true}, \"b/x.js\": {\"status\": 500}}}\n"+
		"-- index.html --\n<img src=b.png><!--pause--><img src=a.png>\n-- @cdn/y.css --\ny\n"))
	if got, want := fmt.Sprint(s.hosts()), "[b cdn site]"; got != want {
		t.Errorf("hosts = %s, want %s", got, want)
	}
	if a := s.answer("site", "/"); len(a.pieces) != 2 || a.Status != 200 {
		t.Errorf("/ = %d in %d pieces, want 200 in 2", a.Status, len(a.pieces))
	}
	if a := s.answer("cdn", "/y.css"); string(a.pieces[0]) != "y\n" {
		t.Errorf("cdn/y.css = %q", a.pieces[0])
	}
	if a, b := s.answer("b", "/x.js"), s.answer("site", "/missing.js"); a.Status != 500 || b.Status != 404 {
		t.Errorf("statuses %d and %d, want 500 and 404", a.Status, b.Status)
	}
	if b, a := s.late("site", "/b.png"), s.late("site", "/a.png"); b >= a {
		t.Errorf("b.png, named first, comes %v late and a.png %v", b, a)
	}
}
