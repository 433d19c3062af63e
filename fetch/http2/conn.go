package http2

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"
)

// Config is what a Conn is made with. The zero value is Chromium's profile with sensible limits.
type Config struct {
	Profile *Profile // nil: Chromium()
	Limits  Limits
	// Ended, if not nil, is called once, on a goroutine of the Conn and without a lock, when no more streams can be opened: the
	// server has sent GOAWAY, or the connection has failed. Streams that are open may go on in the first case.
	Ended func(err error)
}

// Conn is the client's side of one HTTP/2 connection. Make it with NewConn. It is safe for concurrent use, and implements conn.Session.
//
// It does not own the net.Conn: closing that is the caller's, and what ends the Conn and its goroutine.
type Conn struct {
	nc       net.Conn
	below    readAheader // under nc's TLS; nil: it is none
	profile  *Profile
	lim      Limits
	ended    func(error)
	free     atomic.Int64 // what Available returns
	grown    atomic.Bool  // see Grown
	in       reader       // the reading goroutine's
	winStart uint32       // our window for a new stream
	winConn  int64        // and for all of them

	mu      sync.Mutex
	started bool   // the preface is queued, the reading goroutine runs
	dead    error  // the connection is of no further use
	gone    *Error // no more streams: GOAWAY
	told    bool   // ended was called, or is about to be
	nextID  uint32
	streams map[uint32]*Stream
	queue   []*Stream // wait for a stream to end, since the server allows no more
	places  int       // given to streams of the queue that have not taken them yet
	chain   chain
	past    closedStreams

	// What the server's settings say.
	maxStreams  int
	maxOut      int
	startWindow int64 // ours to send, on a new stream

	window   int64 // bytes that may be sent on all streams
	recv     int64 // bytes that the server may send on all streams
	unacked  int64 // bytes that were taken and not given back to it
	updated  time.Time
	timer    *time.Timer
	timerAt  time.Time // zero: it does not run
	lastRead time.Time
	pinged   time.Time // when a PING went out after which nothing has come; zero: none

	out      []byte // frames to be written
	spare    []byte // the other buffer
	answers  int    // bytes in out that answer frames
	flushing bool   // somebody writes
	writes   uint   // how many writes were begun
	uploads  int    // goroutines that send bodies
	enc      *hpack.Encoder
	block    []byte // what enc wrote
	idle     int    // frames that achieved nothing in the second since idleAt
	idleAt   time.Time
}

// NewConn returns a Conn over nc, on which nothing has been sent or read yet. It writes nothing before the first request.
func NewConn(nc net.Conn, cfg Config) *Conn {
	p := cfg.Profile
	if p == nil {
		p = Chromium()
	}
	c := &Conn{nc: nc, profile: p, lim: cfg.Limits.withDefaults(p), ended: cfg.Ended, nextID: 1, streams: make(map[uint32]*Stream),
		maxStreams: p.Streams, maxOut: maxFrame, startWindow: defaultWindow, window: defaultWindow,
		winStart: p.setting(SettingInitialWindowSize, defaultWindow), winConn: defaultWindow + int64(p.Window)}
	c.recv = c.winConn
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		c.below, _ = t.NetConn().(readAheader)
	}
	c.enc = hpack.NewEncoder(blockWriter{c})
	c.in.init(c)
	c.free.Store(int64(c.maxStreams))
	return c
}

// A readAheader is a connection below TLS that may have more of what TLS wants than was asked for; those of package conn are. ReadAhead
// reads from the TLS connection what it can without asking the network, 0 and nil: nothing.
type readAheader interface {
	ReadAhead(tls net.Conn, p []byte) (int, error)
}

// Available returns how many more streams can be opened now. It takes no lock.
func (c *Conn) Available() int { return int(c.free.Load()) }

// Grown reports whether the server has allowed more streams since the last call, which who waits for one may want to know.
func (c *Conn) Grown() bool { return c.grown.Load() && c.grown.Swap(false) }

// Err returns why no more streams can be opened, nil if they can.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err()
}

func (c *Conn) err() error {
	switch {
	case c.dead != nil:
		return c.dead
	case c.gone != nil:
		return c.gone
	case c.nextID > maxStreamID:
		return errIDs
	}
	return nil
}

// errIDs is why a connection is left after a billion streams.
var errIDs = errors.New("all stream identifiers are used up")

// recount sets what Available returns.
func (c *Conn) recount() {
	n := c.maxStreams - len(c.streams) - c.places - len(c.queue)
	if c.err() != nil {
		n = 0
	}
	c.free.Store(int64(max(n, 0)))
}

// start queues what every connection begins with and starts to read.
func (c *Conn) start(now time.Time) {
	c.started = true
	c.updated, c.lastRead = now, now
	c.out = append(c.out, preface...)
	c.out = appendSettings(c.out, c.profile.Settings)
	if c.profile.Window > 0 {
		c.out = appendUint32Frame(c.out, frameWindow, 0, c.profile.Window)
	}
	go c.read()
}

// fail ends the connection: every stream gets err, those that were waiting to be opened may be sent again.
func (c *Conn) fail(err error) {
	if c.dead != nil {
		return
	}
	c.dead = err
	for id, s := range c.streams {
		delete(c.streams, id)
		s.lose(err)
	}
	for _, s := range c.queue {
		s.queued = false
		s.end(&Error{Kind: Closed, What: "the connection has ended before the request was sent", Err: err, unprocessed: true, nothing: true})
	}
	c.nc.SetReadDeadline(past) // ends the goroutine that reads
	c.queue, c.chain = nil, chain{}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.recount()
}

// tell has Ended called if there is something to tell. The lock is not held.
func (c *Conn) tell() {
	c.mu.Lock()
	err := c.err()
	tell := err != nil && !c.told
	c.told = c.told || tell
	c.mu.Unlock()
	if tell && c.ended != nil {
		c.ended(err)
	}
}

// leave takes a stream that has ended, how and by whom is said by how, out of the connection.
func (c *Conn) leave(s *Stream, how ending) {
	if s.id == 0 || c.streams[s.id] != s {
		return
	}
	delete(c.streams, s.id)
	c.chain.remove(s.id, s.level)
	c.past.add(s.id, how)
	if c.in.dataFor == s { // s may be another stream when the rest comes
		c.in.dataFor = nil
	}
	if c.in.headFor == s {
		c.in.headFor = nil
	}
	c.admit()
	c.recount()
}

// admit wakes who waits for a stream that can be opened now.
func (c *Conn) admit() {
	for len(c.queue) > 0 && len(c.streams)+c.places < c.maxStreams {
		s := c.queue[0]
		c.queue = c.queue[1:]
		s.queued, s.admitted = false, true
		c.places++
		s.cond.Signal()
	}
}

// ending is how a stream has ended, which decides what becomes of frames that come after it (RFC 9113 section 5.1).
type ending uint8

const (
	forgotten ending = iota // long ago
	byBoth                  // both sides said END_STREAM
	byReset                 // we sent RST_STREAM
	byTheirs                // the server did
)

// closedStreams are the last ones that have ended.
type closedStreams struct {
	list [32]struct {
		id  uint32
		how ending
	}
	next int
}

func (l *closedStreams) add(id uint32, how ending) {
	e := &l.list[l.next%len(l.list)]
	e.id, e.how = id, how
	l.next++
}

func (l *closedStreams) how(id uint32) ending {
	for i := range l.list {
		if l.list[i].id == id {
			return l.list[i].how
		}
	}
	return forgotten
}

// arm has the timer look at the streams' deadlines at t at the latest.
func (c *Conn) arm(t time.Time) {
	if t.IsZero() || c.dead != nil || !c.timerAt.IsZero() && !t.Before(c.timerAt) {
		return
	}
	c.timerAt = t
	if c.timer == nil {
		c.timer = time.AfterFunc(time.Until(t), c.expire)
	} else {
		c.timer.Reset(time.Until(t))
	}
}

// expire ends the streams that have waited for too long. The timer calls it.
func (c *Conn) expire() {
	c.mu.Lock()
	now := time.Now()
	c.timerAt = time.Time{}
	if t := c.pinged; !t.IsZero() {
		if t = t.Add(c.profile.PingTimeout); !t.After(now) {
			c.fail(&Error{Kind: Ping, What: "nothing came after a PING in " + c.profile.PingTimeout.String(), whole: true})
			c.nc.SetWriteDeadline(past)
		} else {
			c.arm(t)
		}
	}
	look := func(s *Stream) {
		switch {
		case s.deadline.IsZero():
		case s.due().After(now):
			c.arm(s.due())
		default:
			s.abandon(s.late)
		}
	}
	for _, s := range c.streams {
		look(s)
	}
	for _, s := range c.queue {
		look(s)
	}
	c.mu.Unlock()
	c.tell()
}

// past is a deadline that has gone by.
var past = time.Unix(1, 0)
