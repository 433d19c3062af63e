package eventlog

import (
	"encoding/binary"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// reader reads the events of a log, which it trusts: nobody else has written it.
type reader struct {
	b      []byte // what is left of the chunk
	l      *Log
	before before
	rows   []waterfall.Discovery // with room for all
	ends   []waterfall.Exchange  // with room for all
	heads  []int32               // by request: which event is its Responded, from 1; 0: none
	words  map[string]string     // short strings that come again and again
	room   strings.Builder       // of strings that do not
}

func (r *reader) byte() byte {
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	r.b = r.b[n:]
	return v
}

func (r *reader) other() any { return r.l.rest[r.uint()] }

func (r *reader) literal() string { return r.joined("") }

func (r *reader) string(p *string) string {
	*p = r.joined((*p)[:r.uint()])
	return *p
}

// joined returns the string that is old and what comes now.
func (r *reader) joined(old string) string {
	n := r.uint()
	b := r.b[:n]
	r.b = r.b[n:]
	if len(b) == 0 {
		return old
	}
	const short, room = 24, 4096
	if old == "" && len(b) <= short {
		s, ok := r.words[string(b)]
		if !ok {
			s = string(b)
			r.words[s] = s
		}
		return s
	}
	size := len(old) + len(b)
	if size > room/4 {
		return old + string(b)
	}
	if r.room.Cap()-r.room.Len() < size { // what was written stays where it is
		r.room = strings.Builder{}
		r.room.Grow(room)
	}
	from := r.room.Len()
	r.room.WriteString(old)
	r.room.Write(b)
	return r.room.String()[from:]
}

func (r *reader) event(e *waterfall.Event) {
	p := &r.before
	first := r.byte()
	e.Kind = waterfall.Kind(first & kindMask)
	text := &p.texts[slot(e.Kind)]
	e.At = p.at + time.Duration(r.int())
	e.Request = p.request + int32(r.int())
	if e.Frame = p.frame; first&hasFrame != 0 {
		e.Frame = int32(r.int())
	}
	switch {
	case first&hasText != 0:
		e.Text = r.string(text)
	case first&knownText != 0:
		e.Text = *text
	}
	p.at, p.request, p.frame = e.At, e.Request, e.Frame
	switch r.byte() {
	case dataDiscovery:
		r.rows = append(r.rows, waterfall.Discovery{})
		d := &r.rows[len(r.rows)-1]
		r.discovery(d, e.Request)
		e.Data = d
	case dataExchange:
		r.ends = append(r.ends, waterfall.Exchange{})
		x := &r.ends[len(r.ends)-1]
		r.exchange(x)
		e.Data = x
	case dataString:
		e.Data = r.string(&p.data)
	case dataDuration:
		e.Data = time.Duration(r.int())
	case dataOther:
		e.Data = r.other()
	}
}

// responded notes where the Responded event of a request is.
func (r *reader) responded(id, at int32) {
	for int(id) >= len(r.heads) {
		r.heads = append(r.heads, 0)
	}
	if id > 0 {
		r.heads[id] = at + 1
	}
}

// head returns where the Responded event of a request is, -1 where none is known; it is asked once.
func (r *reader) head(id int32) int32 {
	if id <= 0 || int(id) >= len(r.heads) {
		return -1
	}
	at := r.heads[id]
	r.heads[id] = 0
	return at - 1
}

func (r *reader) discovery(d *waterfall.Discovery, id int32) {
	p := &r.before.row
	mask := r.uint()
	now, old := discoveryStrings(d), discoveryStrings(p)
	for i := range now {
		if mask&(1<<i) != 0 {
			r.string(old[i])
		}
		*now[i] = *old[i]
	}
	p.Initiator.Line += int(r.int())
	p.Offset += int(r.int())
	d.Initiator.Line, d.Offset = p.Initiator.Line, p.Offset
	d.Redirect, d.LinkPreload = mask&isRedirect != 0, mask&isLinkPreload != 0
	if mask&hasPost != 0 {
		d.PostData, _ = r.other().([]byte)
		d.PostType = r.literal()
	}
	if d.Chain = id; mask&hasChain != 0 {
		d.Chain = int32(r.int())
	}
	if mask&hasRuleLine != 0 {
		d.Rule.Line = int(r.int())
	}
}

func (r *reader) exchange(x *waterfall.Exchange) {
	p := &r.before.end
	mask := r.uint()
	now, old := exchangeStrings(x), exchangeStrings(p)
	for i := range now {
		if mask&(1<<i) != 0 {
			r.string(old[i])
		}
		*now[i] = *old[i]
	}
	r.times(&x.Times, &p.Times)
	for _, n := range [...]*int64{&x.SentBytes, &x.HeadBytes, &x.BodyBytes, &x.DecodedBytes} {
		*n = r.int()
	}
	if mask&hasStatus != 0 {
		p.Status = int(r.int())
	}
	if mask&hasRequestHeader != 0 {
		p.RequestHeader = r.fields(p.RequestHeader)
	}
	if mask&hasResponseHeader != 0 {
		p.ResponseHeader = r.fields(p.ResponseHeader)
	}
	if mask&hasConnection != 0 {
		p.ConnID = r.uint()
	}
	if mask&hasTLS != 0 {
		p.TLS, _ = r.other().(*waterfall.TLS)
	}
	x.Status, x.RequestHeader, x.ResponseHeader, x.ConnID, x.TLS = p.Status, p.RequestHeader, p.ResponseHeader, p.ConnID, p.TLS
	x.Reused = mask&isReused != 0
	if mask&hasDNS != 0 {
		x.DNS, _ = r.other().([]waterfall.DNSStep)
	}
	if mask&hasCache != 0 {
		x.Cache = r.cacheUse(&r.before.use)
	}
	if mask&hasWaited != 0 {
		x.Waited = make([]string, r.uint())
		for i := range x.Waited {
			x.Waited[i] = r.string(&r.before.data)
		}
	}
	if mask&hasCookies != 0 {
		x.BlockedCookies, _ = r.other().([]waterfall.BlockedCookie)
	}
	if mask&hasRetries != 0 {
		x.Retries = int(r.int())
	}
}

func (r *reader) times(t, p *waterfall.Times) {
	mask := r.uint()
	last := p.Queued
	for i, at := range moments(t) {
		if *at = waterfall.None; mask&(1<<i) != 0 {
			last += time.Duration(r.int())
			*at = last
		}
	}
	p.Queued = last
}

func (r *reader) cacheUse(p *waterfall.CacheUse) *waterfall.CacheUse {
	if p.Before == nil {
		p.Before, p.After = &waterfall.CacheEntry{}, &waterfall.CacheEntry{}
	}
	var use struct { // together: most have both
		waterfall.CacheUse
		before waterfall.CacheEntry
	}
	use.Verdict = r.string(&p.Verdict)
	use.Reason = r.string(&p.Reason)
	if r.byte() != 0 {
		r.cacheEntry(&use.before, p.Before)
		use.Before = &use.before
	}
	if r.byte() != 0 {
		use.After = &waterfall.CacheEntry{}
		r.cacheEntry(use.After, p.After)
	}
	return &use.CacheUse
}

func (r *reader) cacheEntry(e, p *waterfall.CacheEntry) {
	e.Expires = r.time(p.Expires)
	e.LastUsed = r.time(p.LastUsed)
	e.ETag = r.string(&p.ETag)
	e.Hits = int(r.int())
	p.Expires, p.LastUsed = e.Expires, e.LastUsed
}

func (r *reader) time(p time.Time) time.Time {
	kind := r.byte()
	switch kind {
	case zeroTime:
		return time.Time{}
	case otherTime:
		t, _ := r.other().(time.Time)
		return t
	}
	at := p.Unix() + r.int()
	t := time.Unix(at, int64(r.uint()))
	if kind == utcTime {
		return t.UTC()
	}
	return t
}
