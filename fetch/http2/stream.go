package http2

import (
	"sync"
	"time"
)

// Request is what Stream.Send sends.
type Request struct {
	Method, Scheme, Authority, Path string
	// Fields are sent in this order, names in lower case, without those that belong to a connection.
	Fields []Field
	// Body is sent as it is. It must not change before Stream.Close.
	Body []byte
	// Source, where not nil, is a body that is read while it is sent, in place of Body. It belongs to the stream until Close.
	Source *Source
	// Level is how urgent it is; Stream.SetLevel changes it.
	Level Level
	// Drop announces that ReadBody will get a nil sink: content is counted and dropped where it is read.
	Drop bool
	// MaxBody bounds the content, in bytes; 0: no bound.
	MaxBody int64
}

// Response is what came. ReadHead and ReadBody fill it.
type Response struct {
	Status        int
	Header        []Field // the caller's
	Trailer       []Field // once the body has been read; nil without
	ContentLength int64   // as declared, also where there is no body; -1 if not declared

	HeadBytes    int64 // bytes of the frames of heads, compressed: interim ones, the final one, trailers
	ContentBytes int64 // bytes of the body so far
	FrameBytes   int64 // bytes that DATA frames took beside it: their heads and padding
	SentBytes    int64 // bytes of the request's frames that were handed to the connection so far

	SendEnd   time.Time // when the last of them was
	FirstByte time.Time // when the read returned that brought the first head, of an interim response if there was one
	HeadEnd   time.Time // when the read returned that completed the final head
}

// A Stream is one request and its response. The zero value is ready, and so is one after Close: Bind, Send, ReadHead, ReadBody, Close are called in this
// order by one goroutine; Close may be called at any point after Bind and has to be. Cancel and SetLevel may be called from others, between Bind and
// Close. It must not be copied.
type Stream struct {
	// Interim is called by ReadHead for each interim response (1xx); the fields are its own.
	Interim func(status int, fields []Field)

	c    *Conn
	cond sync.Cond // what ReadHead and ReadBody wait for; its lock is the Conn's, which guards all that follows

	id     uint32 // 0 until the head is queued
	level  Level
	drop   bool
	isHead bool
	most   int64

	queued, admitted bool // waits for a place; has got it
	writing          bool // the goroutine is in a write
	dirty            bool // among those that the reader is about to wake
	local            bool // err is of our own making: what is buffered is not wanted
	gotHead          bool
	gotEnd           bool // END_STREAM has come
	sentEnd          bool // and gone
	bodiless         bool
	err              error

	upload  upload
	window  int64 // bytes that may be sent
	recv    int64 // bytes that the server may send
	unacked int64
	updated time.Time

	// A wait ends with late at deadline, which moves on while something comes if patience is not 0.
	deadline, heard time.Time
	patience        time.Duration
	late            error

	interims []interim
	interimN int
	status   int
	header   []Field
	trailer  []Field
	length   int64
	chunks   []chunk
	taking   []chunk
	held     int64 // bytes in chunks

	headBytes, content, frames, sent int64
	sendEnd, firstByte, headEnd      time.Time
}

type interim struct {
	status int
	fields []Field
}

// Bind makes s a stream of c that is not open yet.
func (s *Stream) Bind(c *Conn) {
	*s = Stream{Interim: s.Interim, c: c, length: -1, chunks: s.chunks[:0], taking: s.taking[:0], interims: s.interims[:0]}
	s.cond.L, s.upload.cond.L = &c.mu, &c.mu
}

// Send opens the stream and sends the request; it waits for a place if the server allows no more streams. A large body, or one for which there is no
// window yet, is sent by a goroutine while the response is awaited; it ends with the stream. by is until when to wait for a place and, if the response's
// head is not there by then, ReadHead fails; late is the error with which they do. A zero by is no bound.
func (s *Stream) Send(r *Request, by time.Time, late error) error {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.id != 0 {
		return &Error{Kind: Misuse, Stream: s.id, What: "the stream has been opened"}
	}
	s.level, s.drop, s.isHead, s.most = min(r.Level, Levels-1), r.Drop, r.Method == "HEAD", r.MaxBody
	s.deadline, s.late = by, late
	if err := s.awaitPlace(); err != nil {
		return err
	}
	now := time.Now()
	if !c.started {
		c.start(now)
	} else if p := c.profile; p.PingAfter > 0 && c.pinged.IsZero() && now.Sub(c.lastRead) > p.PingAfter {
		c.out = append(appendHeader(c.out, 8, framePing, 0, 0), 0, 0, 0, 0, 0, 0, 0, 1)
		c.pinged = now
		c.arm(now.Add(p.PingTimeout))
	}
	s.id = c.nextID
	c.nextID += 2
	s.window, s.recv, s.updated, s.heard = c.startWindow, int64(c.winStart), now, now
	c.streams[s.id] = s
	c.recount()
	s.sentEnd = len(r.Body) == 0 && r.Source == nil
	s.sent = int64(c.writeHead(s, r, s.sentEnd))
	switch {
	case r.Source != nil:
		s.upload.beginSource(s, r.Source)
	case !s.sentEnd:
		s.upload.begin(s, r.Body)
	}
	c.flushTogether(s)
	s.sendEnd = time.Now()
	return nil // an error of the connection's is the response's, of which something may have come
}

// awaitPlace waits until the server allows another stream.
func (s *Stream) awaitPlace() error {
	c := s.c
	for s.err == nil && !s.admitted {
		if err := c.err(); err != nil {
			return &Error{Kind: Closed, What: "the session takes no more requests", Err: err, unprocessed: true, nothing: true}
		}
		if len(c.streams)+c.places < c.maxStreams && len(c.queue) == 0 {
			return nil
		}
		if !s.queued {
			s.queued = true
			c.queue = append(c.queue, s)
			c.recount()
		}
		s.wait()
	}
	if s.admitted {
		s.admitted = false
		c.places--
	}
	if s.err != nil {
		s.unqueue()
		c.admit()
		c.recount()
	}
	return s.err
}

func (s *Stream) unqueue() {
	c := s.c
	for i, q := range c.queue {
		if q == s {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			break
		}
	}
	s.queued = false
}

// wait waits for news.
func (s *Stream) wait() {
	s.c.arm(s.deadline)
	s.cond.Wait()
}

// due returns when the wait that is going on ends.
func (s *Stream) due() time.Time {
	if s.patience > 0 {
		return s.heard.Add(s.patience)
	}
	return s.deadline
}

// ReadHead waits for the final head and fills r.
func (s *Stream) ReadHead(r *Response) error {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	defer s.report(r)
	for {
		switch {
		case s.local:
			return s.err
		case len(s.interims) > 0:
			i := s.interims[0]
			s.interims = append(s.interims[:0], s.interims[1:]...)
			if i.status == 100 {
				s.upload.word()
			}
			if s.Interim != nil {
				c.mu.Unlock()
				s.Interim(i.status, i.fields)
				c.mu.Lock()
			}
		case s.gotHead:
			s.upload.unasked()
			s.deadline = time.Time{}
			r.Status, r.Header, r.ContentLength, r.HeadEnd = s.status, s.header, s.length, s.headEnd
			return nil
		case s.err != nil:
			return s.err
		case s.id == 0:
			return &Error{Kind: Misuse, What: "the request was not sent"}
		default:
			s.wait()
		}
	}
}

// report fills r with what is known so far.
func (s *Stream) report(r *Response) {
	r.HeadBytes, r.ContentBytes, r.FrameBytes, r.SentBytes = s.headBytes, s.content, s.frames, s.sent
	r.SendEnd, r.FirstByte = s.sendEnd, s.firstByte
}

// take is how many chunks are handed on at once.
const take = 4

// ReadBody hands the content to sink, piece by piece, and returns nil when all of it was. A piece is valid during the call only. A nil sink
// drops the content. An error of sink is returned as it is. What came before a fault of the server's is handed on first. If nothing comes for patience while it waits,
// it fails with late; 0 is no bound.
func (s *Stream) ReadBody(r *Response, sink func(p []byte) error, patience time.Duration, late error) error {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	defer s.report(r)
	s.patience, s.late = patience, late
	for {
		switch {
		case s.local:
			return s.err
		case len(s.chunks) > 0 && sink == nil:
			s.dropChunks()
			c.flush(s)
		case len(s.chunks) > 0:
			if err := s.give(sink); err != nil {
				return err
			}
		case s.gotEnd:
			r.Trailer = s.trailer
			return nil
		case s.err != nil:
			return s.err
		default:
			s.drop = s.drop || sink == nil
			if patience > 0 {
				s.heard = time.Now()
				s.deadline = s.heard.Add(patience)
			}
			s.wait()
			s.deadline = time.Time{}
		}
	}
}

// give hands the first chunks to sink, without the lock.
func (s *Stream) give(sink func([]byte) error) (err error) {
	c := s.c
	n := min(len(s.chunks), take)
	s.taking = append(s.taking[:0], s.chunks[:n]...)
	rest := copy(s.chunks, s.chunks[n:])
	clear(s.chunks[rest:])
	s.chunks = s.chunks[:rest]
	c.mu.Unlock()
	for _, k := range s.taking {
		if err = sink(k.bytes()); err != nil {
			break
		}
	}
	c.mu.Lock()
	size := releaseChunks(s.taking)
	s.held -= size
	now := c.lastRead // near enough to tell seconds apart
	c.taken(size, now)
	s.taken(size, now)
	c.flush(s)
	return err
}

// dropChunks gives up what nobody has taken.
func (s *Stream) dropChunks() {
	size := releaseChunks(s.chunks)
	s.chunks = s.chunks[:0]
	s.held -= size
	s.c.taken(size, s.c.lastRead)
	s.taken(size, s.c.lastRead)
}

// Buffered reports whether all of the body has come.
func (s *Stream) Buffered() bool {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.gotEnd
}

// Close ends the stream: where it has not ended it is reset (CANCEL), and the goroutine that sends its body has ended when Close returns. s may then be bound
// again.
func (s *Stream) Close() {
	c := s.c
	if c == nil {
		return
	}
	c.mu.Lock()
	s.unqueue()
	if s.id != 0 && c.streams[s.id] == s {
		if c.dead == nil {
			c.reset(s.id, CancelCode)
		}
		c.leave(s, byReset)
	}
	s.dropChunks()
	s.upload.stop()
	s.upload.giveUp()
	c.flushLater() // who closes does not want to wait
	for s.upload.running {
		s.upload.cond.Wait()
	}
	s.c = nil
	c.mu.Unlock()
	s.header, s.trailer = nil, nil
	clear(s.interims)
}

// Cancel makes Send, ReadHead and ReadBody return err soon. If the goroutine is just writing, and that does not get on for a while, the
// connection is lost.
func (s *Stream) Cancel(err error) {
	c := s.c
	c.mu.Lock()
	s.abandon(err)
	c.mu.Unlock()
}

// abandon ends the stream on our part; Close tells the server.
func (s *Stream) abandon(err error) {
	if s.err != nil && s.local {
		return
	}
	s.err, s.local = err, true
	s.deadline = time.Time{}
	s.cond.Signal()
	if s.writing {
		s.c.interruptWrite()
	}
}

// end ends the stream on the server's part.
func (s *Stream) end(err error) {
	if s.err == nil && !s.gotEnd {
		s.err = err
	}
	s.upload.stop()
	s.cond.Signal()
}

// lose ends it with the connection.
func (s *Stream) lose(err error) {
	if e, ok := err.(*Error); ok && (e.Kind == Closed || e.Kind == Ping) {
		what := "before the response"
		if s.gotHead {
			what = "within the response"
		}
		err = &Error{Kind: e.Kind, Stream: s.id, What: e.What + " " + what, Err: e.Err, nothing: s.firstByte.IsZero()}
	}
	s.end(err)
}

// SetLevel changes how urgent the stream is and tells the server.
func (s *Stream) SetLevel(l Level) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if l = min(l, Levels-1); s.id == 0 || l == s.level || c.streams[s.id] != s {
		return
	}
	var room [2]placement
	moved := c.chain.move(room[:0], s.id, s.level, l, &c.profile.Weights)
	s.level = l
	for _, m := range moved {
		if m.weight > 0 {
			c.out = appendPriority(appendHeader(c.out, 5, framePriority, 0, m.stream), m)
		}
	}
	if c.profile.PriorityUpdate {
		c.out = appendPriorityUpdate(c.out, s.id, l)
	}
	c.flushLater()
}
