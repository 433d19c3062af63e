package exchange

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// The transports, as steps name them.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
)

// DefaultTimeout is how long an exchange may last: "timeout" of resolv.conf(5).
const DefaultTimeout = 5 * time.Second

var (
	// ErrTruncated says that a response lacks records, though it came over TCP or TLS.
	ErrTruncated = errors.New("answer truncated")

	// ErrMismatch says that what came over a connection is no response to the question, or damaged.
	ErrMismatch = errors.New("response does not match the question, or is damaged")

	// ErrFlood says that so many datagrams came that are no response to the question that it was given up: somebody may be
	// guessing its ID.
	ErrFlood = fmt.Errorf("more than %d datagrams that are no response to the question", maxStray)
)

// A Moot is a cause to cancel an exchange that has become needless. The exchange then ends with it alone, and not with a
// context error.
type Moot string

// Error returns the text.
func (m Moot) Error() string { return string(m) }

// To is a server to ask.
type To struct {
	Addr netip.AddrPort
	TLS  *tls.Config // not nil: asked over TLS only (RFC 7858), with this configuration; its ServerName must be set
	TCP  bool        // asked over TCP only

	// Timeout is that of exchanges with this server. Zero means the client's.
	Timeout time.Duration
}

// Result is one exchange of messages, or the attempt at one.
type Result struct {
	Msg       *dns.Msg // nil where no response came
	Question  Question // as it was asked
	Addr      netip.AddrPort
	Transport string
	Reused    bool // over a connection that was there
	Start     time.Time
	Duration  time.Duration
	Err       error // why there is no message, or why it does not do: ErrTruncated
}

// Client asks. The zero value is ready. It is safe for concurrent use; its fields must not change meanwhile.
type Client struct {
	// Dial opens connections; network is "udp" or "tcp", and a read or write on the former is one message. Nil means
	// net.Dialer. A private internet maps addresses here.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	// Timeout bounds each exchange, the opening of a connection included. Zero means DefaultTimeout.
	Timeout time.Duration

	// IdleTimeout is how long a connection over TLS is kept for the next question, and MaxIdle how many are, for each
	// server. Zero means 10 seconds and 2; negative: none is kept.
	IdleTimeout time.Duration
	MaxIdle     int

	mu   sync.Mutex
	idle map[idleKey][]*stream
}

// Ask puts the question to a server: over UDP, without EDNS where the server does not know that, over TCP where the answer
// is truncated. It calls seen, which may be nil, for each exchange that this took, and returns the last. Over TLS, or
// where TCP is asked for, there is no other transport to go to. What it returns without error has a message of any response code.
func (c *Client) Ask(ctx context.Context, to To, q Question, seen func(Result)) Result {
	transport := UDP
	switch {
	case to.TLS != nil:
		transport = TLS
	case to.TCP:
		transport = TCP
	}
	once := func() Result {
		r := c.Exchange(ctx, transport, to, q)
		if seen != nil {
			seen(r)
		}
		return r
	}
	r := once()
	if r.Msg != nil && q.EDNS > 0 && lacksEDNS(r.Msg) {
		q.EDNS = 0
		r = once()
	}
	if transport == UDP && (r.Msg != nil && r.Msg.Truncated || errors.Is(r.Err, ErrFlood)) {
		transport = TCP
		r = once()
	}
	return r
}

// Exchange sends a question over one transport and waits for the response to it.
func (c *Client) Exchange(ctx context.Context, transport string, to To, q Question) Result {
	r := Result{Question: q, Addr: to.Addr, Transport: transport, Start: time.Now()}
	r.Msg, r.Err = c.exchange(ctx, &r, to)
	if r.Err != nil {
		r.Err = told(Ended(ctx, r.Err))
	} else if r.Msg.Truncated {
		r.Err = ErrTruncated
	}
	r.Duration = time.Since(r.Start)
	return r
}

func (c *Client) exchange(ctx context.Context, r *Result, to To) (*dns.Msg, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, err := r.Question.pack(r.Transport)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(to.Timeout, c.Timeout, DefaultTimeout))
	defer cancel()
	if r.Transport == UDP {
		return c.overUDP(ctx, to, r.Question, out)
	}
	return c.overStream(ctx, r, to, out)
}

func (c *Client) dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, network, addr)
	}
	// Connected, so that the kernel drops what comes from elsewhere, and from a port that it draws.
	var d net.Dialer
	return d.DialContext(ctx, network, addr.String())
}

// during makes reads and writes on c fail when ctx has ended. The function that it returns undoes that, and reports whether
// ctx had not ended yet. A deadline is not set before, so that nobody sees a timeout and a context without error.
func during(ctx context.Context, c net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
}

// Ended returns why ctx has ended, a Moot or a context error, and err where it has not.
func Ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	cause := context.Cause(ctx)
	var moot Moot
	if errors.As(cause, &moot) || errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}

// IsTimeout reports whether err is a timeout: the server was silent.
func IsTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
