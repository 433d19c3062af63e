package loader

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unsafe"

	"pageload/dnscache"
	"pageload/fetch"
	"pageload/fetch/cookies"
	"pageload/fetch/httpcache"
	"pageload/loader/waterfall"
)

// An exchange is what the waterfall keeps of a hop, with room for what most have of the HTTP cache.
type exchange struct {
	waterfall.Exchange
	use           waterfall.CacheUse
	before, after waterfall.CacheEntry
	reason        string // the cache's, of this or of the exchange whose memory this was: often they are the same
}

// because is why the cache did what it did.
func (x *exchange) because(o *httpcache.Outcome) string {
	var b [64]byte
	if text := o.Append(b[:0]); string(text) != x.reason {
		x.reason = string(text)
	}
	return x.reason
}

// exchange turns a hop into what the waterfall keeps of it. It runs on the
// fetch's goroutine, for the hop is still being written there.
func (l *load) exchange(h *fetch.Hop) *exchange {
	e := l.profile.ends.of(h)
	x := l.profile.Memory.scratch.exchange()
	// x is empty: what it has is set one by one, for it is large
	x.Status, x.StatusText, x.Proto, x.MIMEType = h.Status, h.StatusText, protoName(h.Proto), essence(h.Header.Get("Content-Type"))
	x.RequestHeader, x.ResponseHeader = fields(h.RequestHeader), fields(h.Header)
	x.SentBytes, x.HeadBytes, x.BodyBytes, x.DecodedBytes = h.SentBytes, h.HeadBytes, h.WireBodyBytes, h.DecodedBytes
	x.ConnID, x.Reused, x.Remote, x.Local, x.TLS, x.Retries = h.ConnID, h.Reused, e.remote, e.local, e.tls, h.Retries
	x.Waited, x.BlockedCookies = h.Blocked, blockedCookies(h.BlockedCookies)
	if h.Opening != nil {
		x.DNS = steps(h.Opening.DNS.Steps, l.start)
	}
	l.times(&x.Times, h)
	return x
}

func blockedCookies(list []cookies.Blocked) []waterfall.BlockedCookie {
	if len(list) == 0 {
		return nil
	}
	out := make([]waterfall.BlockedCookie, len(list))
	for i, b := range list {
		out[i] = waterfall.BlockedCookie{
			Name: b.Name, Domain: b.Domain, Path: b.Path, Partition: b.Partition.String(), Line: b.Line, Reasons: b.Reasons.Names(),
		}
	}
	return out
}

// cached adds what the cache had to do with a hop that has ended, or is about to bring a body.
func cached(x *exchange, h *fetch.Hop, ended bool) {
	o := h.Cache
	if o == nil {
		return
	}
	switch {
	case o.Kind == httpcache.Revalidated: // what the server said; the page has the status of what was stored
		x.Status, x.StatusText = 304, "Not Modified"
	case o.FromStore():
		x.FromCache = o.From
	}
	if !ended {
		return
	}
	x.use = waterfall.CacheUse{Verdict: cacheVerdicts[o.Kind], Reason: x.because(o)}
	x.Cache = &x.use
	if o.Before != nil {
		x.before = waterfall.CacheEntry{Expires: o.Before.Expires(), LastUsed: o.LastUse, ETag: o.Before.Header.Get("ETag"), Hits: o.Times}
		x.use.Before = &x.before
	}
	if o.After != nil {
		x.after = waterfall.CacheEntry{Expires: o.After.Expires(), LastUsed: o.After.Responded, ETag: o.After.Header.Get("ETag")}
		x.use.After = &x.after
	}
}

var cacheVerdicts = [...]string{
	httpcache.Unused: "", httpcache.Bypassed: "bypassed", httpcache.Missed: "miss", httpcache.Hit: "hit", httpcache.HitStale: "stale",
	httpcache.Revalidated: "revalidated", httpcache.Resumed: "resumed", httpcache.StaleOnError: "stale",
}

// times makes t a hop's times as offsets.
func (l *load) times(t *waterfall.Times, hop *fetch.Hop) {
	h := &hop.Times
	t.Queued = l.offset(h.Queued)
	t.SendStart, t.SendEnd = l.offset(h.SendStart), l.offset(h.SendEnd)
	t.FirstByte, t.HeadEnd, t.End = l.offset(h.FirstByte), l.offset(h.HeadEnd), l.offset(h.End)
	t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd, t.TLSStart, t.TLSEnd = waterfall.None, waterfall.None, waterfall.None, waterfall.None, waterfall.None, waterfall.None
	o := hop.Opening
	if o == nil {
		return
	}
	t.DNSStart, t.DNSEnd = l.offset(o.DNSStart), l.offset(o.DNSEnd)
	t.ConnectStart, t.ConnectEnd = l.offset(o.ConnectStart), l.offset(o.ConnectEnd)
	t.TLSStart, t.TLSEnd = l.offset(o.TLSStart), l.offset(o.TLSEnd)
	// In HAR and Resource Timing the end of connect is the end of TLS.
	if t.TLSEnd != waterfall.None {
		t.ConnectEnd = t.TLSEnd
	}
	if t.ConnectStart == waterfall.None {
		t.ConnectStart = t.TLSStart
	}
}

// offset is a time as an offset from the navigation's start.
func (l *load) offset(t time.Time) time.Duration { return offset(t, l.start) }

// offset is t as an offset from start, None for the zero time.
func offset(t, start time.Time) time.Duration {
	if t.IsZero() {
		return waterfall.None
	}
	return t.Sub(start)
}

func protoName(p string) string {
	switch p {
	case "h2":
		return "HTTP/2.0"
	case "http/1.1":
		return "HTTP/1.1"
	case "":
		return ""
	}
	return strings.ToUpper(p)
}

// fields are header fields as the waterfall has them. A Header is not changed after
// it was handed out, and the two types are one struct, so nothing is copied.
func fields(h []fetch.Field) []waterfall.Field {
	return unsafe.Slice((*waterfall.Field)(unsafe.SliceData(h)), len(h))
}

// Should one of the types change, this does not compile.
var _ = waterfall.Field(fetch.Field{})

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// ends are what hops say of a profile's connections: much text, which is the same for all of one.
type ends struct {
	mu   sync.Mutex
	list map[uint64]connEnds // by connection
}

// mostEnds is how many connections are remembered. A page seldom has more.
const mostEnds = 64

type connEnds struct {
	addrs         [2]netip.AddrPort
	state         *tls.ConnectionState
	remote, local string
	tls           *waterfall.TLS
}

func (e *ends) of(h *fetch.Hop) connEnds {
	addrs := [2]netip.AddrPort{h.Remote, h.Local}
	if h.ConnID == 0 { // a cache's
		return connEnds{remote: address(h.Remote), local: address(h.Local), tls: handshake(h.TLS)}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	c, ok := e.list[h.ConnID]
	if !ok || c.addrs != addrs || c.state != h.TLS {
		c = connEnds{addrs, h.TLS, address(h.Remote), address(h.Local), handshake(h.TLS)}
		if e.list == nil || len(e.list) >= mostEnds {
			e.list = map[uint64]connEnds{}
		}
		e.list[h.ConnID] = c
	}
	return c
}

// essence is a media type without parameters, in lower case.
func essence(contentType string) string {
	s := contentType
	for i := range len(s) {
		switch c := s[i]; {
		case c == ';' || c == ' ' || c == '\t' || c-'A' < 26 || c >= 0x80:
			s, _, _ = strings.Cut(s, ";")
			return strings.ToLower(strings.TrimSpace(s))
		}
	}
	return s // as it is, as most are
}

// steps are those of a lookup, in a load that began at start.
func steps(of []dnscache.Step, start time.Time) []waterfall.DNSStep {
	if len(of) == 0 {
		return nil
	}
	list := make([]waterfall.DNSStep, len(of))
	for i, s := range of {
		list[i] = waterfall.DNSStep{
			Level: s.Level.String(), Server: s.Server, Question: s.Question, Transport: s.Transport, RCode: s.RCode,
			Start: offset(s.Start, start), Duration: s.Duration, TTL: s.TTL, Cached: s.Cached, Err: s.Err,
		}
	}
	return list
}

func handshake(s *tls.ConnectionState) *waterfall.TLS {
	if s == nil {
		return nil
	}
	t := &waterfall.TLS{
		Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite), ALPN: s.NegotiatedProtocol,
		ServerName: s.ServerName, Resumed: s.DidResume,
	}
	if len(s.PeerCertificates) > 0 {
		c := s.PeerCertificates[0]
		t.Issuer, t.Subject, t.NotBefore, t.NotAfter = c.Issuer.String(), c.Subject.String(), c.NotBefore, c.NotAfter
	}
	return t
}

// netError returns Chromium's name for an error of a fetch.
func netError(err error) string {
	var e *fetch.Error
	switch {
	case errors.As(err, &e):
		return e.Net()
	case errors.Is(err, context.DeadlineExceeded):
		return "net::ERR_TIMED_OUT"
	case errors.Is(err, context.Canceled):
		return "net::ERR_ABORTED"
	}
	return "net::ERR_FAILED"
}
