package har

import (
	"cmp"
	"encoding/base64"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// waterfall makes rows of what was read.
func (a *archive) waterfall() *waterfall.Waterfall {
	w := &waterfall.Waterfall{}
	p := a.page()
	wanted := cmp.Or(text(a.options.Page), p.ID)
	entries := slices.DeleteFunc(a.entries, func(e entryJSON) bool {
		return e.Pageref != "" && wanted != "" && e.Pageref != wanted
	})
	base, ok := wallClock(p.Started)
	if !ok {
		for _, e := range entries {
			if t, known := wallClock(e.Started); known && (!ok || t.Before(base)) {
				base, ok = t, true
			}
		}
	}
	none := waterfall.None
	w.Page = waterfall.Page{URL: p.URL, Title: p.Title, Start: base, Err: p.Error, RenderStart: p.PageTimings.RenderStart.phase(),
		DOMInteractive: p.PageTimings.DOMInteractive.phase(), DOMContentLoaded: p.PageTimings.OnContentLoad.phase(), Load: p.PageTimings.OnLoad.phase(), End: none}
	if w.Page.DOMInteractive == none {
		w.Page.DOMInteractive = p.PageTimings.DOMInteractiveTime.phase()
	}
	ids := ownIDs(entries)
	slices.SortStableFunc(entries, func(x, y entryJSON) int {
		if ids { // in the order in which they were made
			return cmp.Compare(x.ID.v, y.ID.v)
		}
		return startedAt(&x, base).Compare(startedAt(&y, base))
	})
	w.Requests = make([]waterfall.Request, len(entries))
	for i := range entries {
		id := int32(i + 1)
		if ids {
			id = int32(entries[i].ID.v)
		}
		w.Requests[i] = a.request(&entries[i], id, base)
	}
	chains(w.Requests, entries)
	if w.Page.URL == "" && len(w.Requests) > 0 {
		w.Page.URL = w.Requests[0].URL
	}
	w.Limits, w.Skipped, w.Hints = append(notes(a.limits), a.notes...), notes(a.skipped), notes(a.hints)
	w.MainThread = tasks(a.tasks)
	a.connections(w, entries, ids)
	w.Page.End = end(w)
	return w
}

// page is the one that is wanted; the zero value if there is none.
func (a *archive) page() pageJSON {
	for _, p := range a.pages {
		if a.options.Page == "" || string(p.ID) == a.options.Page {
			return p
		}
	}
	return pageJSON{}
}

// wallClock reads a date and time: as HAR wants it, and with offsets without a
// colon. Years that JSON could not be written with again are none.
func wallClock(s text) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, string(s)); err == nil {
			return t, t.Year() > 1000 && t.Year() < 9000
		}
	}
	return time.Time{}, false
}

// startedAt is when an entry began; the page's start where it does not say.
func startedAt(e *entryJSON, base time.Time) time.Time {
	if t, ok := wallClock(e.Started); ok {
		return t
	}
	return base
}

// ownIDs reports whether every entry has an id of ours.
func ownIDs(entries []entryJSON) bool {
	seen := make(map[float64]bool, len(entries))
	for i := range entries {
		id := entries[i].ID
		if !id.ok || id.v != float64(int32(id.v)) || id.v < 1 || seen[id.v] {
			return false
		}
		seen[id.v] = true
	}
	return len(entries) > 0
}

func notes(list []noteJSON) (out []waterfall.Note) {
	for _, n := range list {
		out = append(out, waterfall.Note{At: n.At.offset(0), Request: int32(min(n.Request.count(0), 1<<31-1)), Text: n.Text})
	}
	return out
}

// end is the time of the last that is known of the page.
func end(w *waterfall.Waterfall) time.Duration {
	p := &w.Page
	last := max(p.RenderStart, p.DOMInteractive, p.DOMContentLoaded, p.Load)
	for i := range w.Requests {
		last = max(last, w.Requests[i].Times.End, w.Requests[i].Start)
	}
	return last
}

// request makes a row of an entry.
func (a *archive) request(e *entryJSON, id int32, base time.Time) waterfall.Request {
	r := waterfall.Request{ID: id, Frame: int32(min(e.Frame.count(0), 1<<31-1)), Done: !e.Unfinished}
	r.Start = max(-maxOffset, min(startedAt(e, base).Sub(base), maxOffset)).Truncate(time.Microsecond)
	q, p := &e.Request, &e.Response
	r.URL, r.Method = cmp.Or(q.RawURL, q.URL), cmp.Or(q.Method, "GET")
	r.Type = typeOf(e)
	r.FinalPriority = priority(e.Priority)
	r.Priority = cmp.Or(priority(e.InitialPriority), r.FinalPriority)
	r.Initiator = a.initiator(e)
	r.RenderBlocking, r.LinkPreload = renderBlocking(e.RenderBlocking), e.LinkPreload
	r.FoundBy, r.Offset = e.FoundBy, int(min(e.FoundAtByte.count(0), 1<<31-1))
	r.Rule = waterfall.Rule{Property: e.Rule.Property, Line: line(e.Rule.LineNumber)}
	r.RequestHeader, r.ResponseHeader = fieldsOf(q.Headers), fieldsOf(p.Headers)
	post(&r, q)

	if status := p.Status.count(0); status >= 100 && status <= 999 {
		r.Status = int(status)
	}
	r.StatusText, r.Proto = p.StatusText, proto(cmp.Or(p.HTTPVersion, q.HTTPVersion))
	mime, _, _ := strings.Cut(p.Content.MimeType, ";")
	if r.MIMEType = strings.ToLower(strings.TrimSpace(mime)); r.MIMEType == unknownType {
		r.MIMEType = ""
	}
	if r.Status/100 == 3 || p.RedirectURL != "" && r.Status == 0 {
		r.RedirectURL = resolve(r.URL, p.RedirectURL)
	}
	r.FromCache = e.FromCache
	if c := e.CacheUse; c != nil {
		r.Cache = &waterfall.CacheUse{Verdict: c.Verdict, Reason: c.Reason, Before: cacheEntry(e.Cache.BeforeRequest), After: cacheEntry(e.Cache.AfterRequest)}
	}
	sizes(&r, e)
	r.DNS = steps(e.DNS)
	r.TLS = handshake(e.SecurityDetails)
	r.Retries = int(min(e.Retries.count(0), 1<<31-1))
	if ip := strings.Trim(e.ServerIPAddress, "[]"); ip != "" && net.ParseIP(ip) != nil {
		r.Remote = net.JoinHostPort(ip, strconv.FormatInt(portOf(r.URL, e.ServerPort), 10))
	}
	r.Local = e.LocalAddress
	for _, b := range e.BlockedCookies {
		r.BlockedCookies = append(r.BlockedCookies, waterfall.BlockedCookie{
			Name: b.Name, Domain: b.Domain, Path: b.Path, Partition: b.Partition, Line: b.SetCookie, Reasons: b.Reasons,
		})
	}
	failure(&r, e)
	if a.options.Bodies && p.Content.Text != "" {
		r.Body = body(p.Content.Text, p.Content.Encoding)
	}
	times(&r, e)
	return r
}

// times lays the phases out one after the other, as HAR means them.
func times(r *waterfall.Request, e *entryJSON) {
	t := &e.Timings
	none := waterfall.None
	blocked, dns, connect, ssl := t.Blocked.duration(), t.DNS.phase(), t.Connect.phase(), t.SSL.phase()
	send, wait, receive := t.Send.duration(), t.Wait.duration(), t.Receive.duration()
	sum := blocked + max(dns, 0) + max(connect, 0) + send + wait + receive
	if strings.HasPrefix(r.URL, "http:") && ssl > 0 { // Playwright has one all the same
		if e.Time.duration() >= sum+ssl {
			connect = max(connect, 0) + ssl
			sum += ssl
		}
		ssl = none
	} else if ssl > 0 {
		// Within connect, says the standard; Firefox means beside it. Which one it
		// is shows in the sum, which has whole milliseconds there.
		beside := (e.Time.duration() - sum - ssl).Abs()
		if within := (e.Time.duration() - sum).Abs(); ssl > connect || e.Time.ok && beside < within {
			connect = max(connect, 0) + ssl
			sum += ssl
		}
	}
	if total := e.Time.duration(); sum == 0 && total > 0 {
		wait = total // nothing but the whole is known
	}
	r.Times = waterfall.NoTimes()
	x := &r.Times
	at := r.Start + blocked
	x.Queued = at
	r.Started = r.Start + min(blocked, t.Queueing.duration())
	if r.BlockedReason != "" && r.Status == 0 {
		r.Started = none
		x.Queued = none
	}
	if dns != none {
		x.DNSStart, x.DNSEnd = at, at+dns
		at += dns
	}
	if connect != none {
		x.ConnectStart, x.ConnectEnd = at, at+connect
		if at += connect; ssl != none {
			x.TLSStart, x.TLSEnd = at-ssl, at
		}
	}
	sent := r.Status != 0 || send+wait+receive > 0
	if r.FromCache != "" && r.Started == r.Start+blocked && dns == none && connect == none && send == 0 {
		sent = false // from a cache, and written so by us
		x.Queued = r.Started
	}
	if sent {
		x.SendStart, x.SendEnd = at, at+send
	}
	at += send + wait
	if r.Status != 0 || receive > 0 {
		x.FirstByte, x.HeadEnd = at, at
	}
	x.End = at + receive
	for _, w := range e.Waits {
		from := r.Start + w.Start.offset(0)
		r.Waits = append(r.Waits, waterfall.Wait{From: from, To: from + w.MS.duration(), Reason: w.Reason})
	}
}

// sizes takes what is known of the bytes. Chromium says how many came in all
// where it does not know a head's size.
func sizes(r *waterfall.Request, e *entryJSON) {
	p := &e.Response
	r.HeadBytes, r.BodyBytes = p.HeadersSize.count(-1), p.BodySize.count(-1)
	r.DecodedBytes = p.Content.Size.count(-1)
	all := p.TransferSize.count(e.TransferSize.count(-1))
	if r.BodyBytes < 0 {
		r.BodyBytes = max(0, all-max(r.HeadBytes, 0))
	}
	if r.HeadBytes < 0 && all > r.BodyBytes {
		r.HeadBytes = all - r.BodyBytes
	}
	if head := e.Request.HeadersSize.count(0); head > 0 {
		r.SentBytes = head + e.Request.BodySize.count(0)
	}
}

// failure finds out whether the request failed, and why.
func failure(r *waterfall.Request, e *entryJSON) {
	why := cmp.Or(e.ErrorText, e.Error, e.Response.Error, e.Response.FailureText)
	r.BlockedReason = e.BlockedReason
	if name := cmp.Or(e.Error, e.Response.Error, e.Response.FailureText); strings.HasPrefix(name, "net::") {
		r.NetError = name
	}
	switch {
	case why != "" && (why != r.BlockedReason || e.ErrorText != ""):
		r.Err = why
	case why == "" && r.Status == 0 && r.BlockedReason == "" && r.Done && r.FromCache == "" && strings.HasPrefix(r.URL, "http"):
		r.Err = "no response"
	}
}

func fieldsOf(list []fieldJSON) []waterfall.Field {
	if len(list) == 0 {
		return nil
	}
	out := make([]waterfall.Field, len(list))
	for i, f := range list {
		out[i] = waterfall.Field{Name: string(f.Name), Value: string(f.Value)}
	}
	return out
}

// post takes the body that was sent. A form of which only the parameters are
// there is put together again.
func post(r *waterfall.Request, q *requestJSON) {
	d := q.PostData
	if d == nil {
		return
	}
	r.PostType = d.MimeType
	if d.Text != "" {
		r.PostData = body(d.Text, d.Encoding)
		return
	}
	var form []string
	for _, p := range d.Params {
		form = append(form, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	if len(form) > 0 {
		r.PostData = []byte(strings.Join(form, "&"))
	}
}

// body returns the bytes of a text; the text itself where it is not what its
// encoding says.
func body(s, encoding string) []byte {
	if strings.EqualFold(encoding, "base64") {
		if b, err := base64.StdEncoding.DecodeString(s); err == nil {
			return b
		}
	}
	return []byte(s)
}

func steps(list []stepJSON) (out []waterfall.DNSStep) {
	for _, s := range list {
		out = append(out, waterfall.DNSStep{Level: s.Level, Server: s.Server, Question: s.Question, Transport: s.Transport, RCode: s.RCode,
			Duration: s.MS.duration(), TTL: seconds(s.TTL), Cached: s.Cached, Err: s.Error})
	}
	return out
}

func seconds(n number) time.Duration { return min(number{n.v * 1000, n.ok}.duration(), maxOffset) }

func handshake(t *tlsJSON) *waterfall.TLS {
	if t == nil {
		return nil
	}
	return &waterfall.TLS{Version: t.Protocol, Cipher: t.Cipher, ALPN: t.ALPN, ServerName: t.ServerName, Resumed: t.Resumed,
		Issuer: t.Issuer, Subject: t.SubjectName, NotBefore: date(t.ValidFrom), NotAfter: date(t.ValidTo)}
}

func cacheEntry(c *cacheJSON) *waterfall.CacheEntry {
	if c == nil {
		return nil
	}
	e := &waterfall.CacheEntry{ETag: c.ETag, Hits: int(min(c.HitCount.count(0), 1<<31-1))}
	e.Expires, _ = wallClock(c.Expires)
	e.LastUsed, _ = wallClock(c.LastAccess)
	return e
}

// date is a number of seconds since 1970, up to the year 9000.
func date(n number) time.Time {
	if !n.ok || n.v < -30e9 || n.v > 220e9 {
		return time.Time{}
	}
	return time.Unix(int64(n.v), 0).UTC()
}

// resolve returns where a redirect led, or what stands there where that is no
// URL.
func resolve(from, to string) string {
	base, err := url.Parse(from)
	if err != nil || to == "" {
		return to
	}
	u, err := base.Parse(to)
	if err != nil {
		return to
	}
	return u.String()
}
