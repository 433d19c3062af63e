package eventlog

import (
	"encoding/binary"
	"time"
	"unsafe"

	"pageload/loader/waterfall"
)

// What the first byte of an event says beside its kind.
const (
	kindMask  = 1<<5 - 1
	hasFrame  = 1 << 5 // it is another frame's than the event before
	hasText   = 1 << 6 // the text follows
	knownText = 1 << 7 // the text is that of the event of this kind before
)

// What an event has as Data, as its second byte says.
const (
	noData = iota
	dataDiscovery
	dataExchange
	dataString
	dataDuration
	dataOther // its number in Log.rest
)

// writer writes one event.
type writer struct {
	b []byte
	l *Log
}

func (w *writer) byte(c byte)      { w.b = append(w.b, c) }
func (w *writer) uint(n uint64)    { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int64)      { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) other(x any)      { w.l.rest = append(w.l.rest, x); w.uint(uint64(len(w.l.rest) - 1)) }
func (w *writer) literal(s string) { w.uint(uint64(len(s))); w.b = append(w.b, s...) }

// string writes s by what it has in common with the beginning of *p, and makes it that.
func (w *writer) string(p *string, s string) {
	old := *p
	n, most := 0, min(len(s), len(old))
	for n < most && s[n] == old[n] {
		n++
	}
	w.uint(uint64(n))
	w.literal(s[n:])
	*p = s
}

func (w *writer) event(e *waterfall.Event, p *before) {
	first := byte(e.Kind) & kindMask
	kind := int(e.Kind) % len(p.texts) // no kind is out of range but in a log that is wrong anyway
	if e.Frame != p.frame {
		first |= hasFrame
	}
	if e.Text != "" {
		if e.Text == p.texts[kind] {
			first |= knownText
		} else {
			first |= hasText
		}
	}
	w.byte(first)
	w.int(int64(e.At - p.at))
	w.int(int64(e.Request - p.request))
	if first&hasFrame != 0 {
		w.int(int64(e.Frame))
	}
	if first&hasText != 0 {
		w.string(&p.texts[kind], e.Text)
	}
	p.at, p.request, p.frame = e.At, e.Request, e.Frame
	if e.Kind == waterfall.Responded {
		w.byte(noData)
		return
	}
	switch d := e.Data.(type) {
	case nil:
		w.byte(noData)
	case *waterfall.Discovery:
		if d == nil {
			w.byte(noData)
			return
		}
		w.byte(dataDiscovery)
		w.discovery(d, e.Request, &p.row)
		w.l.rows++
	case *waterfall.Exchange:
		if d == nil {
			w.byte(noData)
			return
		}
		w.byte(dataExchange)
		w.exchange(d, p)
		w.l.ends++
	case string:
		w.byte(dataString)
		w.string(&p.data, d)
	case time.Duration:
		w.byte(dataDuration)
		w.int(int64(d))
	default:
		w.byte(dataOther)
		w.other(d)
	}
}

// The strings of a Discovery, in the order of their bits.
func discoveryStrings(d *waterfall.Discovery) [9]*string {
	return [...]*string{
		&d.URL, &d.Method, (*string)(&d.Type), (*string)(&d.Priority), &d.Initiator.Type, &d.Initiator.URL, &d.RenderBlocking, &d.FoundBy, &d.Rule.Property,
	}
}

// What else the mask of a Discovery says, above the bits of its strings.
const (
	isRedirect = 1 << (9 + iota)
	isLinkPreload
	hasPost
	hasChain
	hasRuleLine
)

func (w *writer) discovery(d *waterfall.Discovery, id int32, p *waterfall.Discovery) {
	mask := uint64(0)
	now, old := discoveryStrings(d), discoveryStrings(p)
	for i := range now {
		if *now[i] != *old[i] {
			mask |= 1 << i
		}
	}
	if d.Redirect {
		mask |= isRedirect
	}
	if d.LinkPreload {
		mask |= isLinkPreload
	}
	if d.PostData != nil || d.PostType != "" {
		mask |= hasPost
	}
	if d.Chain != id {
		mask |= hasChain
	}
	if d.Rule.Line != 0 {
		mask |= hasRuleLine
	}
	w.uint(mask)
	for i := range now {
		if mask&(1<<i) != 0 {
			w.string(old[i], *now[i])
		}
	}
	w.int(int64(d.Initiator.Line - p.Initiator.Line))
	w.int(int64(d.Offset - p.Offset))
	p.Initiator.Line, p.Offset = d.Initiator.Line, d.Offset
	if mask&hasPost != 0 {
		w.other(d.PostData)
		w.literal(d.PostType)
	}
	if mask&hasChain != 0 {
		w.int(int64(d.Chain))
	}
	if mask&hasRuleLine != 0 {
		w.int(int64(d.Rule.Line))
	}
}

// The strings of an Exchange, in the order of their bits.
func exchangeStrings(x *waterfall.Exchange) [10]*string {
	return [...]*string{
		&x.StatusText, &x.Proto, &x.MIMEType, &x.RedirectURL, &x.Remote, &x.Local, &x.FromCache, &x.Err, &x.NetError, &x.BlockedReason,
	}
}

// What else the mask of an Exchange says, above the bits of its strings.
const (
	hasStatus = 1 << (10 + iota)
	hasRequestHeader
	hasResponseHeader
	hasConnection
	isReused
	hasTLS
	hasDNS
	hasCache
	hasWaited
	hasCookies
	hasRetries
)

func (w *writer) exchange(x *waterfall.Exchange, before *before) {
	p := &before.end
	mask := uint64(0)
	now, old := exchangeStrings(x), exchangeStrings(p)
	for i := range now {
		if *now[i] != *old[i] {
			mask |= 1 << i
		}
	}
	for _, f := range [...]struct {
		bit uint64
		is  bool
	}{
		{hasStatus, x.Status != p.Status},
		{hasRequestHeader, !same(x.RequestHeader, p.RequestHeader)},
		{hasResponseHeader, !same(x.ResponseHeader, p.ResponseHeader)},
		{hasConnection, x.ConnID != p.ConnID},
		{isReused, x.Reused},
		{hasTLS, x.TLS != p.TLS},
		{hasDNS, x.DNS != nil},
		{hasCache, x.Cache != nil},
		{hasWaited, x.Waited != nil},
		{hasCookies, x.BlockedCookies != nil},
		{hasRetries, x.Retries != 0},
	} {
		if f.is {
			mask |= f.bit
		}
	}
	w.uint(mask)
	for i := range now {
		if mask&(1<<i) != 0 {
			w.string(old[i], *now[i])
		}
	}
	w.times(&x.Times, &p.Times)
	for _, n := range [...]int64{x.SentBytes, x.HeadBytes, x.BodyBytes, x.DecodedBytes} {
		w.int(n)
	}
	if mask&hasStatus != 0 {
		w.int(int64(x.Status))
	}
	if mask&hasRequestHeader != 0 {
		w.fields(x.RequestHeader, p.RequestHeader)
		p.RequestHeader = x.RequestHeader
	}
	if mask&hasResponseHeader != 0 {
		w.fields(x.ResponseHeader, p.ResponseHeader)
		p.ResponseHeader = x.ResponseHeader
	}
	if mask&hasConnection != 0 {
		w.uint(x.ConnID)
	}
	if mask&hasTLS != 0 {
		w.other(x.TLS)
		p.TLS = x.TLS
	}
	if mask&hasDNS != 0 {
		w.other(x.DNS)
	}
	if mask&hasCache != 0 {
		w.cacheUse(x.Cache, &before.use)
	}
	if mask&hasWaited != 0 {
		w.uint(uint64(len(x.Waited)))
		for i := range x.Waited {
			w.string(&before.data, x.Waited[i])
		}
	}
	if mask&hasCookies != 0 {
		w.other(x.BlockedCookies)
	}
	if mask&hasRetries != 0 {
		w.int(int64(x.Retries))
	}
	p.Status, p.ConnID = x.Status, x.ConnID
}

// same reports whether a and b are one slice.
func same(a, b []waterfall.Field) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// moments are the fields of Times in their order.
func moments(t *waterfall.Times) [12]*time.Duration {
	return [...]*time.Duration{
		&t.Queued, &t.DNSStart, &t.DNSEnd, &t.ConnectStart, &t.ConnectEnd, &t.TLSStart, &t.TLSEnd, &t.SendStart, &t.SendEnd, &t.FirstByte, &t.HeadEnd, &t.End,
	}
}

// times writes which moments there are, and each by how long it is after the one before it. *p has the last of the exchange before as Queued.
func (w *writer) times(t, p *waterfall.Times) {
	mask := uint64(0)
	all := moments(t)
	for i, at := range all {
		if *at != waterfall.None {
			mask |= 1 << i
		}
	}
	w.uint(mask)
	last := p.Queued
	for _, at := range all {
		if *at != waterfall.None {
			w.int(int64(*at - last))
			last = *at
		}
	}
	p.Queued = last
}

func (w *writer) cacheUse(u, p *waterfall.CacheUse) {
	w.string(&p.Verdict, u.Verdict)
	w.string(&p.Reason, u.Reason)
	if p.Before == nil {
		p.Before, p.After = &waterfall.CacheEntry{}, &waterfall.CacheEntry{}
	}
	w.cacheEntry(u.Before, p.Before)
	w.cacheEntry(u.After, p.After)
}

func (w *writer) cacheEntry(e, p *waterfall.CacheEntry) {
	if e == nil {
		w.byte(0)
		return
	}
	w.byte(1)
	w.time(e.Expires, p.Expires)
	w.time(e.LastUsed, p.LastUsed)
	w.string(&p.ETag, e.ETag)
	w.int(int64(e.Hits))
	p.Expires, p.LastUsed = e.Expires, e.LastUsed
}

// How a time is written.
const (
	zeroTime = iota
	utcTime
	localTime
	otherTime // it is in Log.rest
)

// time writes a time by how far it is from another one. A monotonic reading gets lost: it is of use only while the load goes on.
func (w *writer) time(t, p time.Time) {
	switch {
	case t == time.Time{}:
		w.byte(zeroTime)
		return
	case t.Location() == time.UTC:
		w.byte(utcTime)
	case t.Location() == time.Local:
		w.byte(localTime)
	default:
		w.byte(otherTime)
		w.other(t)
		return
	}
	w.int(t.Unix() - p.Unix())
	w.uint(uint64(t.Nanosecond()))
}
