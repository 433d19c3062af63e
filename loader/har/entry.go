package har

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// entry writes one request.
func (h *writer) entry(r *waterfall.Request) {
	p := r.Phases()
	h.open('{')
	h.str("pageref", pageID)
	h.time("startedDateTime", h.start.Add(startOf(r)))
	h.ms("time", p.Total)
	h.request(r)
	h.response(r)
	h.cache(r.Cache)
	h.timings(&p)
	h.address(r)
	if r.ConnID != 0 {
		h.connectionID("connection", r.ConnID)
		h.connectionID("_connectionId", r.ConnID)
	}
	h.num("_id", int64(r.ID))
	h.str("_requestId", strconv.Itoa(int(cmp.Or(r.Chain, r.ID))))
	h.num("_frame", int64(r.Frame))
	h.str("_resourceType", strings.ToLower(string(r.Type)))
	h.str("_priority", string(cmp.Or(r.FinalPriority, r.Priority)))
	h.str("_initialPriority", string(r.Priority))
	h.object("_initiator")
	h.str("type", r.Initiator.Type)
	h.opt("url", r.Initiator.URL)
	if r.Initiator.Line > 0 {
		h.num("lineNumber", int64(r.Initiator.Line))
	}
	h.close('}')
	h.opt("_foundBy", r.FoundBy)
	if r.Offset > 0 {
		h.num("_foundAtByte", int64(r.Offset))
	}
	if r.Rule.Property != "" {
		h.object("_rule")
		h.str("property", r.Rule.Property)
		if r.Rule.Line > 0 {
			h.num("lineNumber", int64(r.Rule.Line))
		}
		h.close('}')
	}
	h.opt("_renderBlocking", r.RenderBlocking)
	if r.LinkPreload {
		h.bool("_linkPreload", true)
	}
	h.opt("_fromCache", r.FromCache)
	if c := r.Cache; c != nil {
		h.object("_cache")
		h.opt("verdict", c.Verdict)
		h.opt("reason", c.Reason)
		h.close('}')
	}
	h.num("_transferSize", transferred(r))
	h.opt("_error", errorName(r))
	if r.Err != "" {
		h.str("_errorText", r.Err)
	}
	h.opt("_blockedReason", r.BlockedReason)
	if !r.Done {
		h.bool("_unfinished", true)
	}
	if r.Retries > 0 {
		h.num("_retries", int64(r.Retries))
	}
	h.blockedCookies(r)
	h.waits(r)
	h.serverTiming(r)
	h.dns(r)
	h.tls("_securityDetails", r.TLS)
	h.close('}')
}

// cache writes what is known of stored responses.
func (h *writer) cache(c *waterfall.CacheUse) {
	h.object("cache")
	if c != nil {
		h.cacheEntry("beforeRequest", c.Before)
		h.cacheEntry("afterRequest", c.After)
	}
	h.close('}')
}

// cacheEntry writes a stored response. The standard wants a time of last access: it is that of the load where none is known.
func (h *writer) cacheEntry(name string, e *waterfall.CacheEntry) {
	if e == nil {
		return
	}
	h.object(name)
	if !e.Expires.IsZero() {
		h.time("expires", e.Expires)
	}
	last := e.LastUsed
	if last.IsZero() {
		last = h.start
	}
	h.time("lastAccess", last)
	h.str("eTag", e.ETag)
	h.num("hitCount", int64(e.Hits))
	h.close('}')
}

// errorName is what Chromium would call the request's failure, or how it is
// said in words where Chromium has no name for it.
func errorName(r *waterfall.Request) string {
	return cmp.Or(r.NetError, r.Err, r.BlockedReason)
}

// transferred returns the bytes on the wire: none for what a cache gave.
func transferred(r *waterfall.Request) int64 {
	if r.FromCache != "" {
		return 0
	}
	return r.Transferred()
}

func (h *writer) timings(p *waterfall.Phases) {
	h.object("timings")
	h.ms("blocked", p.Blocked)
	h.phase("dns", p.DNS)
	h.phase("connect", p.Connect)
	h.phase("ssl", p.SSL)
	h.ms("send", p.Send)
	h.ms("wait", p.Wait)
	h.ms("receive", p.Receive)
	h.ms("_blocked_queueing", p.Queueing)
	h.close('}')
}

func (h *writer) phase(name string, d time.Duration) {
	if d == waterfall.None {
		h.num(name, -1)
		return
	}
	h.ms(name, d)
}

func (h *writer) connectionID(name string, id uint64) {
	h.str(name, strconv.FormatUint(id, 10))
}

// address writes the server's address, without brackets and zone: the standard
// wants an address as such.
func (h *writer) address(r *waterfall.Request) {
	if a, err := netip.ParseAddrPort(r.Remote); err == nil {
		h.str("serverIPAddress", a.Addr().Unmap().WithZone("").String())
		h.num("_serverPort", int64(a.Port()))
	}
	h.opt("_localAddress", r.Local)
}

// waits writes why the request was held back, when (from the moment it was
// made) and how long. A wait that goes on counts to the page's last event.
func (h *writer) waits(r *waterfall.Request) {
	if len(r.Waits) == 0 {
		return
	}
	h.array("_waits")
	for _, w := range r.Waits {
		to := w.To
		if to == waterfall.None {
			to = max(w.From, h.wf.Page.End)
		}
		h.open('{')
		h.str("reason", w.Reason)
		h.ms("start", w.From-r.Start)
		h.ms("ms", to-w.From)
		h.close('}')
	}
	h.close(']')
}

// serverTiming writes what the server said of its own times. They are its own
// clock's and need not fit into wait.
func (h *writer) serverTiming(r *waterfall.Request) {
	list := r.ServerTiming()
	if len(list) == 0 {
		return
	}
	h.array("_serverTiming")
	for _, m := range list {
		h.open('{')
		h.str("name", m.Name)
		h.ms("duration", m.Duration)
		h.opt("description", m.Description)
		h.close('}')
	}
	h.close(']')
}

func (h *writer) dns(r *waterfall.Request) {
	if len(r.DNS) == 0 {
		return
	}
	h.steps("_dns", r.DNS)
}

// steps writes the steps of a lookup as examples/resolve prints them.
func (h *writer) steps(name string, list []waterfall.DNSStep) {
	h.array(name)
	for i := range list {
		s := &list[i]
		h.open('{')
		h.str("level", s.Level)
		h.str("server", s.Server)
		h.str("question", s.Question)
		h.str("transport", s.Transport)
		h.str("rcode", s.RCode)
		h.ms("ms", max(0, s.Duration))
		h.num("ttl", int64(max(0, s.TTL)/time.Second))
		h.bool("cached", s.Cached)
		h.opt("error", s.Err)
		h.close('}')
	}
	h.close(']')
}

// tls writes what the handshake agreed on, under the names that Playwright
// gives it, and more.
func (h *writer) tls(name string, t *waterfall.TLS) {
	if t == nil {
		return
	}
	h.object(name)
	h.str("protocol", t.Version)
	h.opt("cipher", t.Cipher)
	h.opt("alpn", t.ALPN)
	h.opt("serverName", t.ServerName)
	h.bool("resumed", t.Resumed)
	h.opt("subjectName", t.Subject)
	h.opt("issuer", t.Issuer)
	if !t.NotBefore.IsZero() {
		h.num("validFrom", t.NotBefore.Unix())
	}
	if !t.NotAfter.IsZero() {
		h.num("validTo", t.NotAfter.Unix())
	}
	h.close('}')
}
