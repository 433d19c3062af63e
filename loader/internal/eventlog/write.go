package eventlog

import (
	"encoding/binary"
	"math/bits"
	"time"
	"unsafe"

	"pageload/loader/waterfall"
)

// What the first byte of an event says beside its kind.
const (
	kindMask  = 1<<5 - 1
	hasFrame  = 1 << 5 // it is another frame's than the event before
	hasText   = 1 << 6 // the text follows
	knownText = 1 << 7 // the text is the last one of its slot
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

// other keeps x as it is, and writes its number.
func (l *Log) other(b []byte, x any) []byte {
	l.rest = append(l.rest, x)
	return binary.AppendUvarint(b, uint64(len(l.rest)-1))
}

func literal(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// joined writes s by what it has in common with the beginning of *p, and makes it that.
func joined(b []byte, p *string, s string) []byte {
	n := common(s, *p)
	b = binary.AppendUvarint(b, uint64(n))
	*p = s
	return literal(b, s[n:])
}

// common is how many bytes s and old have in common at their beginnings. URLs of a page have many, so eight are looked at together.
func common(s, old string) int {
	most := min(len(s), len(old))
	x, y := unsafe.Slice(unsafe.StringData(s), most), unsafe.Slice(unsafe.StringData(old), most)
	n := 0
	for ; n+8 <= most; n += 8 {
		if d := binary.LittleEndian.Uint64(x[n:]) ^ binary.LittleEndian.Uint64(y[n:]); d != 0 {
			return n + bits.TrailingZeros64(d)/8
		}
	}
	for n < most && x[n] == y[n] {
		n++
	}
	return n
}

func (l *Log) event(b []byte, e *waterfall.Event, p *before) []byte {
	first := byte(e.Kind) & kindMask
	text := &p.texts[slot(e.Kind)]
	if e.Frame != p.frame {
		first |= hasFrame
	}
	if e.Text != "" {
		if e.Text == *text {
			first |= knownText
		} else {
			first |= hasText
		}
	}
	b = append(b, first)
	b = binary.AppendVarint(b, int64(e.At-p.at))
	b = binary.AppendVarint(b, int64(e.Request-p.request))
	if first&hasFrame != 0 {
		b = binary.AppendVarint(b, int64(e.Frame))
	}
	if first&hasText != 0 {
		b = joined(b, text, e.Text)
	}
	p.at, p.request, p.frame = e.At, e.Request, e.Frame
	if e.Kind == waterfall.Responded {
		b = append(b, noData)
		return b
	}
	switch d := e.Data.(type) {
	case nil:
		b = append(b, noData)
	case *waterfall.Discovery:
		if d == nil {
			b = append(b, noData)
			return b
		}
		b = append(b, dataDiscovery)
		b = l.discovery(b, d, e.Request, &p.row)
		l.rows++
	case *waterfall.Exchange:
		if d == nil {
			b = append(b, noData)
			return b
		}
		b = append(b, dataExchange)
		b = l.exchange(b, d, p)
		l.ends++
	case string:
		b = append(b, dataString)
		b = joined(b, &p.data, d)
	case time.Duration:
		b = append(b, dataDuration)
		b = binary.AppendVarint(b, int64(d))
	default:
		b = append(b, dataOther)
		b = l.other(b, d)
	}
	return b
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

func (l *Log) discovery(b []byte, d *waterfall.Discovery, id int32, p *waterfall.Discovery) []byte {
	mask := differing(d.URL, p.URL)<<0 | differing(d.Method, p.Method)<<1 | differing(string(d.Type), string(p.Type))<<2 |
		differing(string(d.Priority), string(p.Priority))<<3 | differing(d.Initiator.Type, p.Initiator.Type)<<4 |
		differing(d.Initiator.URL, p.Initiator.URL)<<5 | differing(d.RenderBlocking, p.RenderBlocking)<<6 |
		differing(d.FoundBy, p.FoundBy)<<7 | differing(d.Rule.Property, p.Rule.Property)<<8
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
	b = binary.AppendUvarint(b, mask)
	if some := mask & (1<<9 - 1); some != 0 {
		now, old := discoveryStrings(d), discoveryStrings(p)
		for ; some != 0; some &= some - 1 {
			i := bits.TrailingZeros64(some)
			b = joined(b, old[i], *now[i])
		}
	}
	b = binary.AppendVarint(b, int64(d.Initiator.Line-p.Initiator.Line))
	b = binary.AppendVarint(b, int64(d.Offset-p.Offset))
	p.Initiator.Line, p.Offset = d.Initiator.Line, d.Offset
	if mask&hasPost != 0 {
		b = l.other(b, d.PostData)
		b = literal(b, d.PostType)
	}
	if mask&hasChain != 0 {
		b = binary.AppendVarint(b, int64(d.Chain))
	}
	if mask&hasRuleLine != 0 {
		b = binary.AppendVarint(b, int64(d.Rule.Line))
	}
	return b
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

func (l *Log) exchange(b []byte, x *waterfall.Exchange, before *before) []byte {
	p := &before.end
	mask := differing(x.StatusText, p.StatusText)<<0 | differing(x.Proto, p.Proto)<<1 | differing(x.MIMEType, p.MIMEType)<<2 |
		differing(x.RedirectURL, p.RedirectURL)<<3 | differing(x.Remote, p.Remote)<<4 | differing(x.Local, p.Local)<<5 |
		differing(x.FromCache, p.FromCache)<<6 | differing(x.Err, p.Err)<<7 | differing(x.NetError, p.NetError)<<8 |
		differing(x.BlockedReason, p.BlockedReason)<<9
	if x.Status != p.Status {
		mask |= hasStatus
	}
	if !same(x.RequestHeader, p.RequestHeader) {
		mask |= hasRequestHeader
	}
	if !same(x.ResponseHeader, p.ResponseHeader) {
		mask |= hasResponseHeader
	}
	if x.ConnID != p.ConnID {
		mask |= hasConnection
	}
	if x.Reused {
		mask |= isReused
	}
	if x.TLS != p.TLS {
		mask |= hasTLS
	}
	if x.DNS != nil {
		mask |= hasDNS
	}
	if x.Cache != nil {
		mask |= hasCache
	}
	if x.Waited != nil {
		mask |= hasWaited
	}
	if x.BlockedCookies != nil {
		mask |= hasCookies
	}
	if x.Retries != 0 {
		mask |= hasRetries
	}
	b = binary.AppendUvarint(b, mask)
	if some := mask & (1<<10 - 1); some != 0 {
		now, old := exchangeStrings(x), exchangeStrings(p)
		for ; some != 0; some &= some - 1 {
			i := bits.TrailingZeros64(some)
			b = joined(b, old[i], *now[i])
		}
	}
	b = times(b, &x.Times, &p.Times)
	for _, n := range [...]int64{x.SentBytes, x.HeadBytes, x.BodyBytes, x.DecodedBytes} {
		b = binary.AppendVarint(b, n)
	}
	if mask&hasStatus != 0 {
		b = binary.AppendVarint(b, int64(x.Status))
	}
	if mask&hasRequestHeader != 0 {
		b = fields(b, x.RequestHeader, p.RequestHeader)
		p.RequestHeader = x.RequestHeader
	}
	if mask&hasResponseHeader != 0 {
		b = fields(b, x.ResponseHeader, p.ResponseHeader)
		p.ResponseHeader = x.ResponseHeader
	}
	if mask&hasConnection != 0 {
		b = binary.AppendUvarint(b, x.ConnID)
	}
	if mask&hasTLS != 0 {
		b = l.other(b, x.TLS)
		p.TLS = x.TLS
	}
	if mask&hasDNS != 0 {
		b = l.other(b, x.DNS)
	}
	if mask&hasCache != 0 {
		b = l.cacheUse(b, x.Cache, &before.use)
	}
	if mask&hasWaited != 0 {
		b = binary.AppendUvarint(b, uint64(len(x.Waited)))
		for i := range x.Waited {
			b = joined(b, &before.data, x.Waited[i])
		}
	}
	if mask&hasCookies != 0 {
		b = l.other(b, x.BlockedCookies)
	}
	if mask&hasRetries != 0 {
		b = binary.AppendVarint(b, int64(x.Retries))
	}
	p.Status, p.ConnID = x.Status, x.ConnID
	return b
}

// same reports whether a and b are one slice.
func same(a, b []waterfall.Field) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// differing is 1 where a and b differ, 0 where not. Most strings are empty, or the very ones of before.
func differing(a, b string) uint64 {
	if len(a) == len(b) && (unsafe.StringData(a) == unsafe.StringData(b) || a == b) {
		return 0
	}
	return 1
}

// moments are the fields of Times in their order.
func moments(t *waterfall.Times) [12]*time.Duration {
	return [...]*time.Duration{
		&t.Queued, &t.DNSStart, &t.DNSEnd, &t.ConnectStart, &t.ConnectEnd, &t.TLSStart, &t.TLSEnd, &t.SendStart, &t.SendEnd, &t.FirstByte, &t.HeadEnd, &t.End,
	}
}

// times writes which moments there are, and each by how long it is after the one before it. *p has the last of the exchange before as Queued.
func times(b []byte, t, p *waterfall.Times) []byte {
	all := [...]time.Duration{
		t.Queued, t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd, t.TLSStart, t.TLSEnd, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End,
	}
	mask := uint64(0)
	for i, at := range all {
		if at != waterfall.None {
			mask |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, mask)
	last := p.Queued
	for ; mask != 0; mask &= mask - 1 {
		at := all[bits.TrailingZeros64(mask)]
		b = binary.AppendVarint(b, int64(at-last))
		last = at
	}
	p.Queued = last
	return b
}

func (l *Log) cacheUse(b []byte, u, p *waterfall.CacheUse) []byte {
	b = joined(b, &p.Verdict, u.Verdict)
	b = joined(b, &p.Reason, u.Reason)
	if p.Before == nil {
		p.Before, p.After = &waterfall.CacheEntry{}, &waterfall.CacheEntry{}
	}
	b = l.cacheEntry(b, u.Before, p.Before)
	return l.cacheEntry(b, u.After, p.After)
}

func (l *Log) cacheEntry(b []byte, e, p *waterfall.CacheEntry) []byte {
	if e == nil {
		b = append(b, 0)
		return b
	}
	b = append(b, 1)
	b = l.time(b, e.Expires, p.Expires)
	b = l.time(b, e.LastUsed, p.LastUsed)
	b = joined(b, &p.ETag, e.ETag)
	b = binary.AppendVarint(b, int64(e.Hits))
	p.Expires, p.LastUsed = e.Expires, e.LastUsed
	return b
}

// How a time is written.
const (
	zeroTime = iota
	utcTime
	localTime
	otherTime // it is in Log.rest
)

// time writes a time by how far it is from another one. A monotonic reading gets lost: it is of use only while the load goes on.
func (l *Log) time(b []byte, t, p time.Time) []byte {
	switch {
	case t == time.Time{}:
		b = append(b, zeroTime)
		return b
	case t.Location() == time.UTC:
		b = append(b, utcTime)
	case t.Location() == time.Local:
		b = append(b, localTime)
	default:
		b = append(b, otherTime)
		b = l.other(b, t)
		return b
	}
	b = binary.AppendVarint(b, t.Unix()-p.Unix())
	b = binary.AppendUvarint(b, uint64(t.Nanosecond()))
	return b
}
