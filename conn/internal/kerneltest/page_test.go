package kerneltest_test

import (
	"context"
	"errors"
	"time"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// A visit is what page loads.
type visit struct {
	URL   string
	Watch bool
}

// A loaded page: of each request and connection what the tests look at.
type loaded struct {
	Error       string
	Requests    []request
	Connections []waterfall.ConnectionRow
	Lives       []life
	Late        time.Duration // how long the client had to wait for a processor, at most
}

type request struct {
	URL    string
	Status int
	Bytes  int64
	Error  string
	Phases waterfall.Phases
}

// page loads a page from peer.test, whatever its host is called.
func page(ctx context.Context, v visit) (loaded, error) {
	var p loader.Profile
	p.Pool.Dialer.Resolver = known{peer}
	p.Pool.BackupDelay = -1
	p.Pool.WatchClose = v.Watch
	late := lateness()
	pg, err := p.Load(ctx, v.URL)
	err = errors.Join(err, p.Close(ctx))
	w := pg.Waterfall()
	l := loaded{Error: text(err), Connections: w.Connections, Late: late()}
	for i := range w.Requests {
		r := &w.Requests[i]
		l.Requests = append(l.Requests, request{r.URL, r.Status, r.BodyBytes, r.Err, r.Phases()})
	}
	for _, r := range p.Pool.Records() {
		l.Lives = append(l.Lives, lifeOf(r))
	}
	return l, nil
}

// lateness begins to measure how late a goroutine is that is due, until the function is
// called that it returns: on a busy machine the client sees all of the network so late.
func lateness() (end func() time.Duration) {
	stop, worst := make(chan struct{}), make(chan time.Duration)
	go func() {
		var most time.Duration
		for timer := time.NewTimer(ms); ; timer.Reset(ms) {
			due := time.Now().Add(ms)
			select {
			case <-timer.C:
				most = max(most, time.Since(due))
			case <-stop:
				worst <- most
				return
			}
		}
	}()
	return func() time.Duration {
		close(stop)
		return <-worst
	}
}
