package kerneltest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/netip"
	"time"

	"pageload/conn"
	"pageload/conn/kernel"
	"pageload/dnscache"
)

// A task is what the client does with the host peer.test, one exchange after the other.
type task struct {
	Addrs     []netip.Addr // of the host, in the order of the resolver; nil: 192.0.2.2
	Exchanges []exchange
	Watch     bool // Pool.WatchClose
	Backup    bool // a second connect begins after 250 ms; else there is none
	Paths     bool // Pool.Paths
}

// An exchange is done on a lease.
type exchange struct {
	After  string // "" or closed: it is begun when the connection of the last one is
	Send   int    // bytes of data
	Text   string // sent before
	Finish bool   // send a FIN after it
	Read   int    // so many bytes are awaited; -1: all until the peer's end
	Then   string // sent once that was read
	Keep   bool   // give the connection back; else it is discarded
}

// A result is what the client saw.
type result struct {
	Exchanges []exchanged
	Lives     []life // of all connections, closed by then
	Error     string // of the first exchange that got no connection
}

const closed = "closed"

// exchanged is how an exchange went.
type exchanged struct {
	Began time.Time // when a connection was asked for
	ID    uint64    // of its connection
	Read  int
	Sum   [sha256.Size]byte
	Ended bool   // Lease.PeerClosed, when it had read
	Error string // of reading or writing
}

// A life is a conn.Record that JSON can carry.
type life struct {
	conn.Timing
	Started, Opened, Closed time.Time
	Local, Remote           netip.AddrPort
	Attempts                []attempt
	AtOpen, AtClose         *kernel.Info
	SYNRetransmits          int
	OpenStates, CloseStates []conn.StateSpan
	FirstFIN, By, Reset     conn.Closer
	ResetWhy, Reason        string
	Sent, Received          int64
	Path                    *kernel.Path
	LinkChanges             []kernel.LinkChange
}

// An attempt is a conn.Attempt that JSON can carry.
type attempt struct {
	Addr     netip.AddrPort
	Start    time.Time
	Duration time.Duration
	Error    string
}

func lifeOf(r conn.Record) life {
	l := life{
		Timing: r.Timing, Started: r.Started, Opened: r.Opened, Closed: r.Closed, Local: r.Local, Remote: r.Remote,
		AtOpen: r.AtOpen, AtClose: r.AtClose, SYNRetransmits: r.SYNRetransmits,
		OpenStates: r.OpenStates, CloseStates: r.CloseStates, FirstFIN: r.FirstFIN, By: r.By, Reset: r.Reset,
		ResetWhy: r.ResetWhy, Reason: text(r.Reason), Sent: r.Sent, Received: r.Received,
		Path: r.Path, LinkChanges: r.LinkChanges,
	}
	for _, a := range r.Attempts {
		l.Attempts = append(l.Attempts, attempt{a.Addr, a.Start, a.Duration, text(a.Err)})
	}
	return l
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// known is a resolver of one answer.
type known []netip.Addr

func (k known) Lookup(_ context.Context, host string) (dnscache.Answer, error) {
	a := dnscache.Answer{Name: host, Canonical: host}
	for _, ip := range k {
		a.Addrs = append(a.Addrs, dnscache.Addr{IP: ip})
	}
	return a, nil
}

// peer is the address that clients without another one talk to.
var peer = netip.MustParseAddr("192.0.2.2")

// talk does a task. It is run in host A.
func talk(ctx context.Context, t task) (result, error) {
	if t.Addrs == nil {
		t.Addrs = []netip.Addr{peer}
	}
	p := conn.Pool{WatchClose: t.Watch, BackupDelay: -1}
	if t.Backup {
		p.BackupDelay = 0
	}
	p.Dialer.Resolver = known(t.Addrs)
	if t.Paths {
		p.Paths = new(kernel.Paths)
	}
	end := make(chan uint64, 100) // ids of closed connections
	p.OnEvent = func(e conn.Event) {
		if e.Kind == conn.EventClosed {
			end <- e.ConnID
		}
	}
	var r result
	for _, x := range t.Exchanges {
		if x.After == closed {
			select {
			case <-end:
			case <-ctx.Done():
				return r, ctx.Err()
			}
		}
		began := time.Now()
		l, err := p.Get(ctx, conn.Request{Key: conn.Key{Scheme: "http", Host: "peer.test", Port: 80}})
		if err != nil {
			r.Error = err.Error()
			break
		}
		done, err := x.on(l)
		done.Began, done.ID, done.Error = began, l.ID(), text(err)
		r.Exchanges = append(r.Exchanges, done)
		if x.Keep {
			l.Release()
		} else {
			l.Discard(err)
		}
	}
	if err := p.Close(ctx); err != nil {
		return r, err
	}
	for _, rec := range p.Records() {
		r.Lives = append(r.Lives, lifeOf(rec))
	}
	return r, nil
}

// on does the exchange. What is sent is sent beside what is read.
func (x exchange) on(l *conn.Lease) (exchanged, error) {
	c := l.Conn()
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(append([]byte(x.Text), pattern(x.Send)...))
		if err == nil && x.Finish {
			err = l.CloseWrite()
		}
		sent <- err
	}()
	var got bytes.Buffer
	var err error
	if x.Read < 0 {
		_, err = io.Copy(&got, c)
	} else {
		_, err = io.CopyN(&got, c, int64(x.Read))
	}
	err = errors.Join(err, <-sent)
	if err == nil && x.Then != "" {
		_, err = io.WriteString(c, x.Then)
	}
	return exchanged{Read: got.Len(), Sum: sha256.Sum256(got.Bytes()), Ended: l.PeerClosed()}, err
}

// pattern is n bytes that differ enough for a place to be missed or repeated.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i) ^ byte(i>>8) ^ byte(i>>16)*31
	}
	return b
}
