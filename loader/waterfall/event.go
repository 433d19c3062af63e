package waterfall

import (
	"strings"
	"time"
)

// None is the offset of what did not happen. It is not zero, for zero is the
// start of the navigation, and not -1, for what happened before the navigation
// (a connection that an earlier page opened) has a negative offset.
const None time.Duration = -1 << 63

// Kind says what an event is about.
type Kind uint8

// The kinds of events, in the order in which a request meets them.
const (
	// NavigationStart is the first event of a log. Text is the page's URL and
	// Data its wall-clock time.
	NavigationStart Kind = iota + 1
	// Discovered: a request was made, before any queue. Data is a *Discovery.
	Discovered
	// Held: a gate keeps the request back. Text is the reason, such as
	// "tight mode: 2 of 2 low-priority requests in flight".
	Held
	// Started: the last gate let the request go to the fetcher.
	Started
	// PriorityChanged: Text is the new priority.
	PriorityChanged
	// Waited: the request had to wait for a connection. Text is the reason.
	Waited
	// Responded: the response head is in. Data is an *Exchange whose times up
	// to HeadEnd are filled in; in the log of a page it is the complete one.
	Responded
	// Redirected: the response led elsewhere; the request is over and another
	// one with the same Chain follows. Data is the complete *Exchange.
	Redirected
	// Finished: the last byte is in. Data is the complete *Exchange.
	Finished
	// Failed: the request ended with an error. Data is the *Exchange so far
	// and Text the error.
	Failed
	// Refused: a policy or a limit kept the request from being sent. Text is
	// the reason.
	Refused
	// Body: the decoded body, where the user asked for bodies. Data is []byte, or a
	// Content where it is not kept in memory.
	Body

	// Limit: a bound was reached. Text names the limit and what was dropped.
	Limit
	// Skipped: markup named something that makes no request: a URL that is none,
	// a scheme that is not fetched. Text says what and why.
	Skipped
	// Hint: something was done ahead of a request, such as a preconnect. Text
	// says what, and what came of it.
	Hint
	// Busy: the main thread of a browser would be busy from At on, for the
	// time.Duration that is Data, where a page is loaded at a browser's pace.
	// Text says with what, and Request what for.
	Busy
	// Milestone: Data may be the page's title so far, a string. Text is the name, see the constants beside Page.
	Milestone
	// Connection: what is known of a connection changed. Data is a *ConnectionRow.
	Connection
	// LoadFailed: the page could not be loaded. Text is the error.
	LoadFailed
)

var kindNames = [...]string{
	NavigationStart: "navigation start", Discovered: "discovered", Held: "held", Started: "started",
	PriorityChanged: "priority changed", Waited: "waited", Responded: "responded", Redirected: "redirected",
	Finished: "finished", Failed: "failed", Refused: "refused", Body: "body", Limit: "limit", Skipped: "skipped", Hint: "hint", Busy: "busy",
	Milestone: "milestone", Connection: "connection", LoadFailed: "load failed",
}

// String returns the kind in words.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "unknown"
}

// An Event is one thing that happened during a load.
//
// Events are appended in the order in which the page's owner learns of them,
// which is not always the order of At: the times of an exchange are known when
// its head or its end is in.
type Event struct {
	At      time.Duration // offset from the start of the navigation
	Kind    Kind
	Request int32  // the request's ID; 0 where the event is the page's
	Frame   int32  // the frame's number; 0 is the page itself
	Text    string // see Kind
	Data    any    // see Kind; must not be modified
}

// Clone returns the event with Data of its own, as far as that is a Discovery or an Exchange: for who keeps what it was told of
// for the time of a call only.
func (e Event) Clone() Event {
	switch d := e.Data.(type) {
	case *Discovery:
		c := *d
		e.Data = &c
	case *Exchange:
		c := *d
		c.Cache = d.Cache.clone()
		e.Data = &c
	}
	return e
}

// A Discovery says how a request came to be.
type Discovery struct {
	URL            string
	Method         string
	Type           Type
	Priority       Priority // the initial one
	Initiator      Initiator
	RenderBlocking string // Chromium's word: Blocking, InBodyParserBlocking, PotentiallyBlocking, NonBlocking; empty for documents and what layout found
	Chain          int32  // the ID of the first request of a redirect chain; the request's own ID where there is none
	Redirect       bool   // it is where a redirect led
	LinkPreload    bool   // made by a preload or modulepreload link
	FoundBy        string // what found it: "navigation", "scanner", "parser", "style", "link header", "import", …
	Offset         int    // how many bytes of the initiating document, after content decoding, had to be there to know of it; 0 if markup did not name it
	Rule           Rule   // what of a style sheet asked for it; zero if none did
	PostData       []byte // the body that is sent, if any
	PostType       string // its media type
}

// An Exchange is what went over the wire for one request.
type Exchange struct {
	Times          Times
	Status         int
	StatusText     string
	Proto          string // "HTTP/1.1", "HTTP/2.0"; empty if nothing was sent
	RequestHeader  []Field
	ResponseHeader []Field
	MIMEType       string // essence of the response's Content-Type, "" if it had none
	RedirectURL    string // where the response led, resolved; empty if nowhere
	SentBytes      int64  // request head and body
	HeadBytes      int64  // response head; -1 if unknown
	BodyBytes      int64  // body on the wire, before decoding
	DecodedBytes   int64  // body after content decoding; -1 where it was not decoded because nobody needed it
	ConnID         uint64 // 0: no connection was used
	Reused         bool   // the connection had carried a request before, or was opened for another one
	Remote, Local  string // addresses with ports, IPv6 in brackets; empty if unknown
	DNS            []DNSStep
	TLS            *TLS
	FromCache      string    // "", "memory" or "disk": nothing of it came over the network
	Cache          *CacheUse // what the HTTP cache had to do with it; nil without one
	Err            string    // why it failed, in words
	NetError       string    // Chromium's name for it: "net::ERR_CONNECTION_REFUSED"
	BlockedReason  string    // why a policy refused it: "csp", "mixed-content", "other", …
	Waited         []string  // why it had to wait for a connection, such as "6 of 6 connections of this group busy"
	Retries        int       // silent repetitions on another connection
	BlockedCookies []BlockedCookie
}

// A BlockedCookie is a cookie that a request was sent without although it is for
// its host and path, or one of its response that was not kept.
type BlockedCookie struct {
	Name, Domain, Path string
	Partition          string   // of a partitioned one: the page's site, and " cross-site" after it where frames lie between
	Line               string   // the Set-Cookie field of the response; empty for a cookie that was not sent
	Reasons            []string // as the DevTools protocol names them: SameSiteLax, SecureOnly, …
}

// A CacheUse says what became of a request in the HTTP cache.
type CacheUse struct {
	Verdict string      // "hit", "stale", "revalidated", "resumed", "miss", "bypassed"
	Reason  string      // such as "fresh for 41 s more", "revalidated: 304", "nothing stored; not stored: no-store"
	Before  *CacheEntry // what was stored; nil: nothing
	After   *CacheEntry // what is stored now, where that changed
}

// clone returns a copy that shares nothing with u.
func (u *CacheUse) clone() *CacheUse {
	if u == nil {
		return nil
	}
	c := *u
	if u.Before != nil {
		before := *u.Before
		c.Before = &before
	}
	if u.After != nil {
		after := *u.After
		c.After = &after
	}
	return &c
}

// A CacheEntry is a stored response, as HAR 1.2 has it.
type CacheEntry struct {
	Expires  time.Time // zero: unknown, or never
	LastUsed time.Time // zero: unknown
	ETag     string
	Hits     int // by this process
}

// String says in words what became of the cookie, and why: "id not sent: SameSiteLax", and "(no name)" for one that has none.
func (b BlockedCookie) String() string {
	name, what := b.Name, " not sent: "
	if name == "" {
		name = "(no name)"
	}
	if b.Line != "" {
		what = " not kept: "
	}
	return name + what + strings.Join(b.Reasons, ", ")
}

// Times are offsets from the start of the navigation, None where the phase did
// not happen to this request: a reused connection has no ConnectStart.
type Times struct {
	Queued       time.Duration // handed to the fetcher
	DNSStart     time.Duration
	DNSEnd       time.Duration
	ConnectStart time.Duration // TCP
	ConnectEnd   time.Duration // with TLS, as in Resource Timing and HAR
	TLSStart     time.Duration
	TLSEnd       time.Duration
	SendStart    time.Duration
	SendEnd      time.Duration
	FirstByte    time.Duration // also of an interim response (103), as Resource Timing's responseStart
	HeadEnd      time.Duration // of the final response
	End          time.Duration
}

// NoTimes returns Times in which nothing has happened.
func NoTimes() Times {
	return Times{None, None, None, None, None, None, None, None, None, None, None, None}
}

// A Field is one header field as it was sent or received, name in its own case.
type Field struct{ Name, Value string }

// A DNSStep is one question to one level of the chain of name caches.
type DNSStep struct {
	Level     string // browser, os, router, isp, root, system, literal
	Server    string // who was asked; empty for a cache
	Question  string
	Transport string // cache, file, udp, tcp, getaddrinfo, …
	RCode     string // NOERROR, NXDOMAIN, …
	Start     time.Duration
	Duration  time.Duration
	TTL       time.Duration // what was left of the answer
	Cached    bool
	Err       string
}

// TLS is what the handshake agreed on. The exchanges on a connection share it:
// do not modify it.
type TLS struct {
	Version, Cipher, ALPN, ServerName string
	Resumed                           bool
	Issuer, Subject                   string // of the leaf certificate
	NotBefore, NotAfter               time.Time
}
