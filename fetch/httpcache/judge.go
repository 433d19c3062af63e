package httpcache

import (
	"strconv"
	"time"
)

// judge decides about what is stored.
func (t *Transaction) judge(e Entry) Action {
	if e == nil {
		why := "nothing stored"
		if t.r.Mode == HardReload {
			why = "hard reload"
		}
		return t.miss(why)
	}
	t.entry, t.head = e, e.Head()
	h, now := t.head, t.now()
	left := h.life.left(h.Responded, now)
	t.out = Outcome{Left: left, Before: h}
	if h.NoBody && !t.r.Unread && t.r.Method == "GET" && (!h.redirects() || t.r.ReadRedirects) {
		t.drop()
		return t.miss("stored without its body")
	}
	if differs, ok := answers(h.Vary, t.field); !ok {
		return t.validate("Vary: "+differs, true)
	}
	if a, done := t.cut(); done {
		return a
	}
	switch {
	case t.r.Mode == PreferCached || t.r.Mode == OnlyIfCached:
		return t.serve("", now)
	case t.r.Mode == Reload && !(t.c.Immutable && h.life.immutable && left > 0):
		return t.validate("reload", false)
	case left > 0:
		return t.serve("", now)
	case t.r.AllowStale && h.life.revalidate > -left && t.c.mayBeStale(string(t.key), now):
		t.out.Revalidate = true
		return t.serve("stale-while-revalidate", now)
	}
	return t.validate("", false)
}

// cut finds the part that the page gets. It is done where that is not wholly stored.
func (t *Transaction) cut() (a Action, done bool) {
	h := t.head
	t.part = span{0, h.Size}
	if a, ok := t.entry.(*along); ok {
		t.part.n = all
		if t.r.Range != "" || a.head.Truncated() && a.head.Total < 0 {
			t.drop()
			return t.miss("being stored"), true
		}
		return 0, false
	}
	if t.r.Method == "HEAD" || !h.Truncated() && t.r.Range == "" {
		return 0, false
	}
	if t.r.Range != "" {
		s, ok := parseRange(t.r.Range)
		if ok {
			s, ok = s.within(h.Total)
		}
		if !ok || h.NoBody && !t.r.Unread || s.off+s.n > h.Size {
			t.drop()
			return t.miss("range is not stored"), true
		}
		t.part = s
		return 0, false
	}
	if !h.strong() || t.r.Mode == OnlyIfCached {
		t.drop()
		return t.miss("stored in part"), true
	}
	t.tail = true
	check := h.Header.Get("ETag")
	if check == "" {
		check = h.Header.Get("Last-Modified")
	}
	t.conds = []Field{{"Range", "bytes=" + strconv.FormatInt(h.Size, 10) + "-"}, {"If-Range", check}}
	t.out.Kind, t.out.Why = Missed, "stored in part"
	return Send, true
}

// miss asks the network for all of it.
func (t *Transaction) miss(why string) Action {
	t.out.Kind, t.out.Why = Missed, why
	if t.r.Mode == OnlyIfCached {
		return Miss
	}
	return Send
}

// serve gives what is stored.
func (t *Transaction) serve(why string, now time.Time) Action {
	t.out.Kind, t.out.Why, t.out.From = Hit, why, t.c.store().Name()
	if t.out.Left <= 0 {
		t.out.Kind = HitStale
	}
	if _, ok := t.entry.(*along); ok {
		t.out.Why = "joined another request"
	}
	t.out.memory = t.InMemory()
	t.out.Times, t.out.LastUse = t.entry.Used(now)
	return Serve
}

// validate asks whether what is stored is still right (RFC 9111 section 4.3.1). Like Chromium it asks so about status 200 only, and where the
// request differs from the one stored for by a field that Vary names, by ETag only.
func (t *Transaction) validate(why string, varies bool) Action {
	h := t.head
	if t.r.Mode == OnlyIfCached {
		t.drop()
		return t.miss(why)
	}
	t.out.Kind, t.out.Why = Missed, why
	if t.r.Range != "" || t.r.Method == "HEAD" || h.Status != 200 {
		t.out.Kind = Missed
		if t.r.Method != "HEAD" || varies { // a HEAD's answer tells of what is stored for such requests
			t.drop()
		}
		return Send
	}
	if tag := h.Header.Get("ETag"); tag != "" && h.Proto != "http/1.0" {
		t.conds = append(t.conds, Field{"If-None-Match", tag})
	}
	if m := h.Header.Get("Last-Modified"); m != "" && !varies {
		t.conds = append(t.conds, Field{"If-Modified-Since", m})
	}
	if t.conds == nil && !(t.c.StaleIfError && h.life.ifError > 0) {
		t.drop()
	}
	return Send
}

// mayBeStale reports whether a stale response may be given once more while it is revalidated.
func (c *Cache) mayBeStale(key string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.stale[key]
	if !ok {
		if c.stale == nil {
			c.stale = map[string]time.Time{}
		}
		c.stale[key] = now.Add(staleWindow)
		return true
	}
	return now.Before(until)
}
