package demosite

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// answer serves one request.
func (s *Site) answer(w http.ResponseWriter, q *http.Request) {
	host := q.Host
	if s.port == "80" {
		host = strings.TrimSuffix(host, ":80")
	}
	r, ok := s.pages["http://"+host+q.URL.Path]
	if !ok {
		http.NotFound(w, q)
		return
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead && q.Method != http.MethodPost {
		http.Error(w, "only GET, HEAD and POST", http.StatusMethodNotAllowed)
		return
	}
	ctx := q.Context()
	if r.link != "" {
		w.Header().Set("Link", r.link)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
	}
	if pause(ctx, r.wait) != nil {
		panic(http.ErrAbortHandler) // a client must not take it for an empty answer
	}
	r.head(w.Header())
	if r.typ == "video/mp4" {
		http.ServeContent(w, q, "", time.Time{}, strings.NewReader(string(r.body)))
		return
	}
	zip := textual(r.typ) && strings.Contains(q.Header.Get("Accept-Encoding"), "gzip")
	if zip {
		w.Header().Set("Content-Encoding", "gzip")
	} else if r.file == "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(max(r.status, 200))
	if q.Method == http.MethodHead || r.status == 301 || r.status == 302 {
		return
	}
	if r.send(ctx, w, zip) != nil {
		panic(http.ErrAbortHandler)
	}
}

// head sets the fields of the response.
func (r *resource) head(h http.Header) {
	h.Set("Server", "demo")
	if r.typ != "" {
		h.Set("Content-Type", r.typ)
	}
	if r.to != "" {
		h.Set("Location", r.to)
		h.Set("Content-Length", "0")
	}
	if r.cors {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if r.cookie != "" {
		h.Set("Set-Cookie", r.cookie)
	}
	h.Set("Cache-Control", "no-cache")
	if r.fresh > 0 {
		h.Set("Cache-Control", "max-age="+strconv.Itoa(int(r.fresh/time.Second)))
	}
	if textual(r.typ) {
		h.Set("Vary", "Accept-Encoding")
	}
}

// textual reports whether a body is worth compressing.
func textual(typ string) bool {
	return strings.HasPrefix(typ, "text/") || typ == svg || strings.HasSuffix(typ, "json")
}

// send writes the body piece by piece, each at its time.
func (r *resource) send(ctx context.Context, w http.ResponseWriter, zip bool) error {
	var out io.Writer = w
	flush := func() error { return http.NewResponseController(w).Flush() }
	if zip {
		z := gzip.NewWriter(w)
		out = z
		plain := flush
		flush = func() error {
			if err := z.Flush(); err != nil {
				return err
			}
			return plain()
		}
	}
	for _, p := range r.pieces() {
		if err := pause(ctx, p.after); err != nil {
			return err
		}
		if _, err := out.Write(p.bytes); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if z, ok := out.(*gzip.Writer); ok {
		return z.Close()
	}
	return nil
}

// A piece is a part of a body, and how long after the one before it is sent.
type piece struct {
	after time.Duration
	bytes []byte
}

// pauseMark is a pause in a file: a comment of HTML or CSS.
var pauseMark = regexp.MustCompile(`(?:<!-- pause (\w+) -->|/\* pause (\w+) \*/)\n?`)

// spreadPieces is in how many pieces a body comes that is spread over a time.
const spreadPieces = 6

// pieces cuts the body where its file says so, or evenly.
func (r *resource) pieces() (list []piece) {
	if r.spread > 0 {
		for i := range spreadPieces {
			p := piece{bytes: r.body[len(r.body)*i/spreadPieces : len(r.body)*(i+1)/spreadPieces]}
			if i > 0 {
				p.after = r.spread / (spreadPieces - 1)
			}
			list = append(list, p)
		}
		return list
	}
	if r.file == "" {
		return []piece{{0, r.body}}
	}
	after, from := time.Duration(0), 0
	for _, m := range pauseMark.FindAllSubmatchIndex(r.body, -1) {
		list = append(list, piece{after, r.body[from:m[0]]})
		from = m[1]
		word := m[2:4]
		if word[0] < 0 {
			word = m[4:6]
		}
		after, _ = time.ParseDuration(string(r.body[word[0]:word[1]]))
	}
	return append(list, piece{after, r.body[from:]})
}
