package kerneltest_test

import (
	"context"
	"errors"

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
	pg, err := p.Load(ctx, v.URL)
	err = errors.Join(err, p.Close(ctx))
	w := pg.Waterfall()
	l := loaded{Error: text(err), Connections: w.Connections}
	for i := range w.Requests {
		r := &w.Requests[i]
		l.Requests = append(l.Requests, request{r.URL, r.Status, r.BodyBytes, r.Err, r.Phases()})
	}
	for _, r := range p.Pool.Records() {
		l.Lives = append(l.Lives, lifeOf(r))
	}
	return l, nil
}
