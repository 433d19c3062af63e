package httpcache

import (
	"math"
	"strconv"
	"time"
)

// life is how long a stored response may be used, worked out once when it is stored.
type life struct {
	fresh      time.Duration // the freshness lifetime
	revalidate time.Duration // for so long after it a response may be used while it is revalidated (RFC 5861 section 3)
	ifError    time.Duration // for so long after it a response may be used where the server fails (RFC 5861 section 4)
	age        time.Duration // when the response came
	immutable  bool
	why        string // what the lifetime is from
}

const forever = math.MaxInt64

// lifeOf works out the life of a response, as Chromium's HttpResponseHeaders::GetFreshnessLifetimes and GetCurrentAge do: RFC 9111
// sections 4.2.1 to 4.2.3 for a private cache.
func lifeOf(status int, h Header, requested, responded time.Time) life {
	d := control(h)
	l := life{why: "no lifetime", ifError: d.ifError, immutable: d.immutable}
	date, hasDate := parseDate(h.Get("Date"))
	if !hasDate {
		date = responded
	}
	delay := max(0, responded.Sub(requested))
	l.age = min(max(responded.Sub(date), age(h)+delay, 0), longest)
	if !d.mustRevalidate {
		l.revalidate = d.whileRevalidate
	}
	if d.noCache || d.noStore {
		l.why, l.revalidate, l.ifError = "no-cache", 0, 0
		return l
	}
	if d.mustRevalidate {
		l.ifError = 0
	}
	if d.hasMaxAge {
		l.fresh, l.why = d.maxAge, "max-age"
		return l
	}
	if e := h.Get("Expires"); e != "" {
		l.why = "Expires"
		if t, ok := parseDate(e); ok && t.After(date) {
			l.fresh = t.Sub(date)
		}
		return l
	}
	switch status {
	case 200, 203, 206:
		if t, ok := parseDate(h.Get("Last-Modified")); ok && !t.After(date) && !d.mustRevalidate {
			l.fresh, l.why = date.Sub(t)/10, "a tenth of the time since Last-Modified"
		}
	case 300, 301, 308, 410:
		l.fresh, l.why, l.revalidate = forever, "status "+strconv.Itoa(status), 0
	}
	return l
}

// longest is the longest age that is told apart: 2^31 seconds (RFC 9111, section
// 1.2.2). A Date of the year 1 is no older.
const longest = 1 << 31 * time.Second

// left returns how long the response stays fresh; it is negative where it is not.
func (l *life) left(responded, now time.Time) time.Duration {
	if l.fresh == forever {
		return forever
	}
	return l.fresh - l.age - now.Sub(responded)
}
