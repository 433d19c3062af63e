package loader

import (
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/loader/waterfall"
	"pageload/parse"
)

// helpers are the goroutines that a load starts beside its fetches.
type helpers struct {
	group errgroup.Group
	names map[string]bool // asked for ahead of requests
}

// mostHints bounds the connections and names that a document can have opened
// and asked ahead of requests, which Chromium bounds by its pools.
const mostHints = 100

func (h *helpers) wait() { h.group.Wait() }

func (h *helpers) first(what string) bool {
	if h.names == nil {
		h.names = map[string]bool{}
	}
	if h.names[what] || len(h.names) >= mostHints {
		return false
	}
	h.names[what] = true
	return true
}

// preconnect opens one connection ahead of requests (HTML standard, 4.6.7.15).
func (h *helpers) preconnect(f *frame, ref *parse.Ref) {
	l := f.l
	if ref.Err != nil || !fetchable(ref.URL) || !ref.URL.IsHTTP() {
		f.skip(ref)
		return
	}
	host, port := ref.URL.Address()
	private := ref.CrossOrigin == parse.Anonymous && ref.URL.Origin() != f.origin()
	key := conn.Key{Scheme: ref.URL.Scheme(), Host: host, Port: port, Private: private}
	what := "preconnect " + key.String()
	key.Partition = f.partition()
	if !h.first(what + " in " + key.Partition) {
		return
	}
	l.profile.Pool.Preconnect(l.ctx, key, 1, nil)
	l.event(waterfall.Event{At: l.now(), Kind: waterfall.Hint, Frame: f.number, Text: what})
}

// resolve asks for a name ahead of requests (HTML standard, 4.6.7.3).
func (h *helpers) resolve(f *frame, ref *parse.Ref) {
	l := f.l
	if ref.Err != nil || !ref.URL.IsHTTP() {
		f.skip(ref)
		return
	}
	host, port := ref.URL.Address()
	if !h.first("dns " + host) {
		return
	}
	at := l.now()
	if !l.profile.Pool.Dialer.Resolves(l.ctx, conn.Key{Scheme: ref.URL.Scheme(), Host: host, Port: port}) {
		l.event(waterfall.Event{At: at, Kind: waterfall.Hint, Frame: f.number, Text: "dns-prefetch " + host + ": its connections need no lookup here"})
		return
	}
	h.group.Go(func() error {
		start := time.Now()
		a, err := l.profile.Pool.Dialer.Resolver.Lookup(l.ctx, host)
		l.mail.send(message{kind: msgNote, text: fmt.Sprintf("dns-prefetch %s: %s", host, outcome(a, err, time.Since(start))), at: at})
		return nil
	})
}

func outcome(a dnscache.Answer, err error, took time.Duration) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d addresses from %s in %v", len(a.Addrs), a.Level, took.Round(time.Microsecond))
}
