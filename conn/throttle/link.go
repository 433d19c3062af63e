package throttle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A Link is a slow line that connections share. The zero value delays nothing.
// Fill in the fields before its first use and leave them alone afterwards. It
// is safe for concurrent use and must not be copied then.
//
// Each connection has its turn: a segment of one, a segment of the next. No
// goroutine exists for a connection that waits for nothing.
type Link struct {
	// Latency is the round trip time that the link adds. Zero or less: none.
	Latency time.Duration

	// Down and Up are what passes in each direction, in bits per second. Zero
	// or less: any amount.
	Down, Up int64

	// Loss is the share of segments, of at most 1460 bytes, that are lost and
	// sent again, from 0 to 1, in either direction. What a connection moves
	// behind such a segment waits for it (TCP keeps the order); the others do
	// not. A lost SYN or SYN+ACK costs a second, the next time two, and so on
	// (RFC 6298 section 2). Zero: none.
	Loss float64
	// Stall is how long it takes until a lost segment has been sent again.
	// Zero: Latency, but at least 200 ms, the smallest timeout of Linux.
	Stall time.Duration
	// Seed chooses which segments are lost: with the same one, the same ones
	// of the n-th connection. Zero is a seed like any other.
	Seed uint64

	mu       sync.Mutex
	down, up line
	dialled  uint64   // calls of Connect
	wrapped  uint64   // and of Wrap
	spare    [][]byte // buffers for what has been read and is not there yet
}

// A line is one direction of a Link.
type line struct {
	free time.Time // when all that was put on it has left it
}

// put lets n bytes pass that were ready at a time, and returns when the last
// of them has passed.
func (l *line) put(ready time.Time, n int, rate int64) time.Time {
	if rate <= 0 {
		return ready
	}
	if l.free.Before(ready) {
		l.free = ready
	}
	l.free = l.free.Add(transmission(n, rate))
	return l.free
}

// transmission is the time that n bytes take, n being at most a window.
func transmission(n int, rate int64) time.Duration {
	return time.Duration(int64(n) * 8 * int64(time.Second) / rate)
}

const (
	segment = 1460     // the payload of an Ethernet frame without TCP options
	window  = 64 << 10 // what a peer sends, and a writer leaves, without being waited for
)

// slice is how much of a connection passes before others have their turn:
// 5 ms, so that the timers' lateness does not count for much on fast links.
func slice(rate int64) int {
	if rate <= 0 {
		return 16 << 10
	}
	return int(min(max(rate/8/200, segment), window))
}

// idle reports whether the link delays nothing.
func (l *Link) idle() bool {
	return l == nil || (l.Latency <= 0 && l.Down <= 0 && l.Up <= 0 && l.Loss <= 0)
}

// receive puts n bytes on the way down that were ready at a time. It returns
// when they have passed, and when they can be read: later, if a segment of them
// was lost.
func (l *Link) receive(s *stream, ready time.Time, n int) (passed, there time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	passed = l.down.put(ready, n, l.Down)
	return passed, passed.Add(l.stall(s, n))
}

// send is the same for the way up, to the peer.
func (l *Link) send(s *stream, ready time.Time, n int) (passed, there time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	passed = l.up.put(ready, n, l.Up)
	return passed, passed.Add(max(0, l.Latency) + l.stall(s, n))
}

// A stream is one direction of a connection. Which of its segments are lost
// depends on its number and theirs, so that a load can be repeated.
type stream struct {
	id  uint64
	pos int64 // bytes so far
}

// stall is the time that the losses among the next n bytes of s cost.
func (l *Link) stall(s *stream, n int) time.Duration {
	first := (s.pos + segment - 1) / segment // the first segment that begins here
	s.pos += int64(n)
	if l.Loss <= 0 {
		return 0
	}
	for k := first; k*segment < s.pos; k++ {
		if l.lost(s.id, uint64(k)) {
			if l.Stall > 0 {
				return l.Stall
			}
			return max(l.Latency, 200*time.Millisecond)
		}
	}
	return 0
}

// lost reports whether segment k of stream id is.
func (l *Link) lost(id, k uint64) bool {
	if l.Loss <= 0 {
		return false
	}
	src := rand.NewPCG(l.Seed^id<<32, k)
	return float64(src.Uint64()>>11)/(1<<53) < l.Loss
}

// Connect waits as long as SYN and SYN+ACK take on the link. Call it right
// before a connection is opened; [Link.Dial] does. The error is the cause of
// the end of ctx.
func (l *Link) Connect(ctx context.Context) error {
	if l.idle() {
		return nil
	}
	d := max(0, l.Latency)
	l.mu.Lock()
	// Linux sends a SYN six times more (tcp_syn_retries).
	l.dialled++
	for again, n := time.Second, uint64(0); n < 6 && (l.lost(l.dialled, 2*n) || l.lost(l.dialled, 2*n+1)); again, n = 2*again, n+1 {
		d += again
	}
	l.mu.Unlock()
	if d == 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A DialFunc opens a connection, as conn.Dialer.Dial does.
type DialFunc = func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

// Dial returns a function that waits as Connect does, calls next, and wraps
// the connection that it returns.
func (l *Link) Dial(next DialFunc) DialFunc {
	if l.idle() {
		return next
	}
	return func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if err := l.Connect(ctx); err != nil {
			return nil, fmt.Errorf("throttle: dial %v: %w", addr, err)
		}
		c, err := next(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return l.Wrap(c), nil
	}
}

// buffer returns one for what is read from a connection.
func (l *Link) buffer() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.spare); n > 0 {
		b := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return b
	}
	return make([]byte, slice(l.Down))
}

// giveBack takes a buffer back.
func (l *Link) giveBack(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.spare) < 16 {
		l.spare = append(l.spare, b[:cap(b)])
	}
}
