package loader_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"pageload/conn/conntest"
	"pageload/dnscache/dnstest"
	"pageload/loader/waterfall"
)

// An authority signs a certificate for each name that a client asks for: for the name and all others below its parent, as the server
// does that served the cases to the browser. So hosts beside each other may share a connection.
type authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	mu    sync.Mutex
	leafs map[string]*tls.Certificate
}

func newAuthority(t testing.TB) (*authority, *x509.CertPool) {
	t.Helper()
	root, pool := selfSigned(t, "authority.test")
	return &authority{cert: root.Leaf, key: root.PrivateKey.(*ecdsa.PrivateKey), leafs: map[string]*tls.Certificate{}}, pool
}

func (a *authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	name := hello.ServerName
	if c := a.leafs[name]; c != nil {
		return c, nil
	}
	_, parent, ok := strings.Cut(name, ".")
	if !ok {
		return nil, errors.New("no name")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name, "*." + parent}, NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	a.leafs[name] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return a.leafs[name], nil
}

// secure reports whether something of the site is asked for over TLS.
func (s *site) secure() bool {
	return strings.Contains(string(s.archive.Comment)+string(s.archive.Files[0].Data), "https")
}

// serveSecureIfAsked serves the site over TLS too, at one address for all hosts, if something of it is asked for over TLS.
func (w *world) serveSecureIfAsked() {
	w.Helper()
	if !w.site.secure() {
		return
	}
	a, roots := newAuthority(w.T)
	w.profile.Pool.Dialer.TLS = &tls.Config{RootCAs: roots}
	address := w.address("site").Addr()
	for _, host := range w.site.textHosts() {
		w.names.Set(host+w.site.domain, dnstest.Host{Addrs: []netip.Addr{address}, TTL: time.Hour})
	}
	w.serveSecure(netip.AddrPortFrom(address, 443), a)
}

// serveSecure serves the site at addr over TLS, by HTTP/2 unless the site says http1, and notes what is sent.
func (w *world) serveSecure(addr netip.AddrPort, a *authority) {
	w.Helper()
	protos := []string{"h2", "http/1.1"}
	if w.site.HTTP1 {
		protos = protos[1:]
	}
	w.listen(addr, func(c *conntest.Conn) {
		tc := tls.Server(c, &tls.Config{GetCertificate: a.certificate, NextProtos: protos})
		if tc.Handshake() != nil {
			return
		}
		defer tc.Close()
		if tc.ConnectionState().NegotiatedProtocol == "h2" {
			w.converseHTTP2(tc)
			return
		}
		w.listened(tc, "https")
	})
}

// tapped is a connection over which HTTP/1.1 is spoken, with what came over it.
type tapped struct {
	net.Conn
	in bytes.Buffer
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.Write(p[:n])
	return n, err
}

// listened serves a connection and notes its requests.
func (w *world) listened(c net.Conn, scheme string) {
	tap := &tapped{Conn: c}
	w.converse(tap)
	w.tapped(tap, scheme)
}

// tapped notes the requests of a connection that has ended.
func (w *world) tapped(c *tapped, scheme string) {
	for _, head := range strings.Split(c.in.String(), "\r\n\r\n") {
		lines := strings.Split(head, "\r\n")
		words := strings.Fields(lines[0])
		if len(words) != 3 {
			continue
		}
		m := onWire{Proto: "http/1.1"}
		for _, l := range lines[1:] {
			name, value, _ := strings.Cut(l, ": ")
			m.Fields = append(m.Fields, [2]string{name, value})
		}
		m.url = scheme + "://" + m.field("Host") + words[1]
		w.note(m)
	}
}

// onWire is a line of a recording of what a client sent: a request, or a frame.
type onWire struct {
	Conn     int
	Proto    string
	Line     string
	Fields   [][2]string
	Priority *struct{ Weight int }
	Frame    string
	Stream   uint32
	Data     json.RawMessage

	url string
}

func (m *onWire) field(name string) string {
	for _, f := range m.Fields {
		if strings.EqualFold(f[0], name) {
			return f[1]
		}
	}
	return ""
}

// text returns the fields as lines, in order, with the priority left out if it is not to count.
func (m *onWire) text(noPriority bool) string {
	var b strings.Builder
	for _, f := range m.Fields {
		if noPriority && f[0] == "priority" {
			continue
		}
		b.WriteString(f[0] + ": " + f[1] + "\n")
	}
	return b.String()
}

func (w *world) note(m onWire) {
	w.mu.Lock()
	w.wire = append(w.wire, m)
	w.mu.Unlock()
}

// converseHTTP2 serves one connection.
func (w *world) converseHTTP2(c net.Conn) {
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	s := &speaker{Framer: http2.NewFramer(c, c)}
	s.enc = hpack.NewEncoder(&s.block)
	s.ReadMetaHeaders = hpack.NewDecoder(65536, nil)
	s.do(func() error { return s.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 250}) })
	var answers sync.WaitGroup
	defer answers.Wait()
	for {
		f, err := s.ReadFrame()
		if err != nil {
			return
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if f.IsAck() {
				continue
			}
			var list [][2]uint32
			f.ForeachSetting(func(x http2.Setting) error {
				list = append(list, [2]uint32{uint32(x.ID), x.Val})
				return nil
			})
			data, _ := json.Marshal(list)
			w.note(onWire{Frame: "SETTINGS", Data: data})
			s.do(s.WriteSettingsAck)
		case *http2.WindowUpdateFrame:
			data, _ := json.Marshal(f.Increment)
			w.note(onWire{Frame: "WINDOW_UPDATE", Stream: f.StreamID, Data: data})
		case *http2.MetaHeadersFrame:
			m := onWire{Proto: "h2", Stream: f.StreamID}
			for _, x := range f.Fields {
				m.Fields = append(m.Fields, [2]string{x.Name, x.Value})
			}
			m.Priority = &struct{ Weight int }{int(f.Priority.Weight) + 1}
			m.url = m.field(":scheme") + "://" + m.field(":authority") + m.field(":path")
			w.note(m)
			answers.Go(func() { w.answerHTTP2(s, f.StreamID, m.field(":authority"), m.field(":path")) })
		}
	}
}

// speaker writes frames, from many goroutines.
type speaker struct {
	*http2.Framer
	mu    sync.Mutex
	enc   *hpack.Encoder
	block bytes.Buffer
}

func (s *speaker) do(write func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	write()
}

func (s *speaker) head(stream uint32, status string, fields [][2]string) {
	s.do(func() error {
		s.block.Reset()
		s.enc.WriteField(hpack.HeaderField{Name: ":status", Value: status})
		for _, f := range fields {
			s.enc.WriteField(hpack.HeaderField{Name: strings.ToLower(f[0]), Value: f[1]})
		}
		return s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: s.block.Bytes(), EndHeaders: true})
	})
}

func (w *world) answerHTTP2(s *speaker, stream uint32, host, target string) {
	label := w.site.label(host)
	p, _, _ := strings.Cut(target, "?")
	a := w.site.answer(label, p)
	if len(a.Early) > 0 {
		s.head(stream, "103", [][2]string{{"Link", strings.Join(a.Early, ", ")}})
	}
	time.Sleep(time.Duration(a.Delay)*ms + w.site.late(label, p))
	a.header = slices.DeleteFunc(a.header, func(f [2]string) bool { return f[0] == "Transfer-Encoding" })
	s.head(stream, strconv.Itoa(a.Status), a.header)
	pieces := a.pieces
	if body := a.pieces[0]; len(pieces) == 1 && a.html && bytes.HasSuffix(body, []byte("\n")) { // as answer.write
		pieces = [][]byte{body[:len(body)-1], body[len(body)-1:]}
		a.Pause = 0
	}
	for i, p := range pieces {
		if i > 0 {
			time.Sleep(time.Duration(a.Pause)*ms + 500*time.Nanosecond)
		}
		for ; len(p) > 16384; p = p[16384:] {
			s.do(func() error { return s.WriteData(stream, false, p[:16384]) })
		}
		s.do(func() error { return s.WriteData(stream, i == len(pieces)-1, p) })
	}
}

// textHosts are the labels of the hosts that the site's text names with their domain.
func (s *site) textHosts() []string {
	set := map[string]bool{}
	re := regexp.MustCompile(`//([\w.-]+)` + regexp.QuoteMeta(s.domain))
	texts := []string{string(s.archive.Comment)}
	for _, f := range s.archive.Files {
		texts = append(texts, string(f.Data))
	}
	for _, text := range texts {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			set[m[1]] = true
		}
	}
	for _, h := range s.hosts() {
		set[h] = true
	}
	var list []string
	for h := range set {
		list = append(list, h)
	}
	slices.Sort(list)
	return list
}

// A recording is what a browser sent for a case, in one or more loads.
type recording struct {
	requests map[string][]onWire // by URL
	first    []onWire            // SETTINGS and WINDOW_UPDATE of its connections
}

// readRecording reads what was recorded of a case; nil if nothing was.
func readRecording(t *testing.T, name string) *recording {
	t.Helper()
	var data []byte
	for _, dir := range []string{"testdata/fidelity/more/wire/", "../fetch/testdata/wire/"} {
		if b, err := os.ReadFile(dir + name + ".jsonl"); err == nil {
			data = b
		}
	}
	if data == nil {
		return nil
	}
	rec := &recording{requests: map[string][]onWire{}}
	for line := range bytes.Lines(data) {
		var m onWire
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		switch {
		case m.Proto == "h2":
			m.url = m.field(":scheme") + "://" + m.field(":authority") + m.field(":path")
		case m.Line != "":
			m.url = m.field("Host") + strings.Fields(m.Line)[1] // of either scheme
		case m.Frame == "WINDOW_UPDATE" || m.Frame == "SETTINGS" && string(m.Data) != "[]":
			rec.first = append(rec.first, m)
		}
		rec.requests[m.url] = append(rec.requests[m.url], m)
	}
	return rec
}

// compareWire names what of the requests that were sent no load of the browser's had. Whether a priority that changes does so before or after
// the request goes out is a race, in the browser too: such a one is not compared.
func (c *tally) compareWire(w *waterfall.Waterfall, got []onWire, want *recording) {
	changes := map[string]bool{}
	for i := range w.Requests {
		if r := &w.Requests[i]; r.FinalPriority != r.Priority {
			changes[r.URL] = true
		}
	}
	frames := map[string]bool{}
	for _, f := range want.first {
		frames[f.Frame+" "+string(f.Data)] = true
	}
	for _, m := range got {
		if m.Frame != "" {
			if text := m.Frame + " " + string(m.Data); m.Stream == 0 && !frames[text] {
				c.differ("wire", "%s", text)
			}
			continue
		}
		_, bare, _ := strings.Cut(m.url, "://")
		all := append(slices.Clone(want.requests[m.url]), want.requests[bare]...)
		if len(all) == 0 {
			continue // an extra request: compare has it
		}
		c.sent++
		same := slices.IndexFunc(all, func(r onWire) bool { return r.text(changes[m.url]) == m.text(changes[m.url]) })
		if same < 0 {
			c.differ("wire", "%s: %s", m.url, difference(m.text(false), nearest(m.text(false), all)))
			continue
		}
		if m.Priority != nil && !changes[m.url] && !slices.ContainsFunc(all, func(r onWire) bool { return r.Priority != nil && r.Priority.Weight == m.Priority.Weight }) {
			c.differ("wire", "%s: weight %d, not %d", m.url, m.Priority.Weight, all[same].Priority.Weight)
		}
		c.alike++
	}
}

// nearest returns the text that has the most lines in common with got.
func nearest(got string, all []onWire) (text string) {
	lines, most := strings.Split(got, "\n"), -1
	for _, r := range all {
		n := 0
		for _, l := range strings.Split(r.text(false), "\n") {
			if slices.Contains(lines, l) {
				n++
			}
		}
		if n > most {
			text, most = r.text(false), n
		}
	}
	return text
}

// difference tells the first lines in which two texts differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return strconv.Quote(a[i]) + ", not " + strconv.Quote(append(b, "")[min(i, len(b))])
		}
	}
	return "the end, not " + strconv.Quote(b[len(a)])
}
