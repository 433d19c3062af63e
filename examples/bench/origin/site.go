package origin

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// A file is what is served at a path.
type file struct {
	path, mime string
	body       []byte
	wanted     bool // by a browser that loads the page; else it is a decoy

	pieces [][]byte // of the body, with pause between them; nil: it is sent whole
	pause  time.Duration

	answer []byte // head and body, for HTTP/1.1
	asked  atomic.Int64
}

// A site is the pages, each at /NAME/.
type site struct {
	files map[string]*file // by path
	pages map[string][]*file
	rand  *rand.Rand
}

func newSite() *site {
	s := &site{files: map[string]*file{}, pages: map[string][]*file{}, rand: rand.New(rand.NewPCG(7, 7))}
	s.small()
	s.typical()
	s.deep()
	for _, f := range s.files {
		f.answer = fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nDate: Mon, 02 Nov 2026 09:00:00 GMT\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
			"Last-Modified: Sun, 01 Nov 2026 09:00:00 GMT\r\nETag: \"%x\"\r\nCache-Control: max-age=3600\r\nVary: Accept-Encoding\r\n\r\n%s",
			f.mime, len(f.body), len(f.path)*len(f.body), f.body)
	}
	return s
}

// add adds a file of a page; name is below /PAGE/, and empty for the page itself.
func (s *site) add(page, name, mime string, body []byte) *file {
	f := &file{path: "/" + page + "/" + name, mime: mime, body: body, wanted: true}
	s.files[f.path] = f
	s.pages[page] = append(s.pages[page], f)
	return f
}

// decoy adds a file that no browser asks for.
func (s *site) decoy(page, name, mime string) {
	s.add(page, name, mime, s.noise("", 15_000)).wanted = false
}

// noise is n bytes that begin with magic and cannot be compressed.
func (s *site) noise(magic string, n int) []byte {
	b := append(make([]byte, 0, n+8), magic...)
	for len(b) < n {
		v := s.rand.Uint64()
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return b[:n]
}

// jpeg begins as a picture does; nothing here decodes it.
func (s *site) jpeg(n int) []byte { return s.noise("\xff\xd8\xff\xe0\x00\x10JFIF\x00", n) }

func (s *site) font(n int) []byte { return s.noise("wOF2\x00\x01\x00\x00", n) }

// spread divides total into n sizes of which some are several times the others.
func (s *site) spread(n, total int) []int {
	weights, all := make([]float64, n), 0.0
	for i := range weights {
		weights[i] = 0.2 + s.rand.ExpFloat64()
		all += weights[i]
	}
	sizes := make([]int, n)
	for i, w := range weights {
		sizes[i] = 200 + int(w/all*float64(total))
	}
	return sizes
}

const vocabulary = "the river ran past a mill and an orchard where nobody had picked any apples since autumn began so that wasps came in hundreds to see what was left over by birds "

// prose is about n bytes of text.
func (s *site) prose(n int) string {
	words := bytes.Fields([]byte(vocabulary))
	var b bytes.Buffer
	for b.Len() < n {
		b.Write(words[s.rand.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()
}

// script is about n bytes of JavaScript.
func (s *site) script(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n-80; i++ {
		fmt.Fprintf(&b, "export_%d = function (a, b) { return a * %d + b; }; // %s\n", i, s.rand.IntN(1000), s.prose(20))
	}
	return b.Bytes()
}

// rules is a style sheet of n rules as a framework's, of some 150 bytes each, that fetch nothing.
func (s *site) rules(n int) string {
	var b bytes.Buffer
	class := func() int { return s.rand.IntN(280) }
	for i := range n {
		switch i % 9 {
		case 0:
			fmt.Fprintf(&b, ".k%d .k%d", class(), class())
		case 1:
			fmt.Fprintf(&b, "#a%d > .k%d", s.rand.IntN(90), class())
		case 2:
			fmt.Fprintf(&b, "a.k%d:hover, .k%d:focus::after", class(), class())
		case 3:
			fmt.Fprintf(&b, "li[data-n=\"%d\"]", s.rand.IntN(60))
		case 4:
			fmt.Fprintf(&b, ".k%d p:nth-child(odd)", class())
		default:
			fmt.Fprintf(&b, ".k%d", class())
		}
		fmt.Fprintf(&b, " { color: #%06x; margin: %dpx auto; padding: 0 %dem", s.rand.IntN(1<<24), s.rand.IntN(40), s.rand.IntN(4))
		fmt.Fprintf(&b, "; border: %dpx solid; line-height: 1.%d; transition: opacity .%ds ease-in }\n", s.rand.IntN(4), s.rand.IntN(9), s.rand.IntN(9))
	}
	return b.String()
}
