package peers

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// Options say what is loaded, and how often.
type Options struct {
	URL      string
	Loads    int
	InFlight int
	Cold     bool     // connections of its own for each load
	Paths    []string // of what the page is made of, for the floor
}

// A page loads one page with a client and returns how many bytes of bodies came.
type page func(client *http.Client, target *url.URL) (int64, error)

// loaders are the peers by name, but for the floor.
var loaders = map[string]page{"diy": diy, "tuned": tuned}

// Floor is the name of the loader that is told what the page is made of.
const Floor = "floor"

// A worker makes one load after another.
type worker struct {
	load func() (int64, error)
	end  func()
}

// Run makes all loads with the peer of that name and returns how many bytes of
// bodies came. The error is that of the first load that failed.
func Run(name string, o Options) (int64, error) {
	start, end, err := starter(name, o)
	if err != nil {
		return 0, err
	}
	defer end()
	var left, bytes atomic.Int64
	left.Store(int64(o.Loads))
	var first error
	var once sync.Once
	var workers sync.WaitGroup
	for range o.InFlight {
		workers.Go(func() {
			w, err := start()
			if err != nil {
				once.Do(func() { first = err })
				return
			}
			defer w.end()
			for left.Add(-1) >= 0 {
				n, err := w.load()
				bytes.Add(n)
				if err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	workers.Wait()
	return bytes.Load(), first
}

// starter returns what starts a worker, and what is to be done after the last.
func starter(name string, o Options) (start func() (worker, error), end func(), err error) {
	if name == Floor {
		if o.Cold {
			return nil, nil, errors.New("the floor keeps its connections")
		}
		return func() (worker, error) {
			f, err := newFloor(o)
			if err != nil {
				return worker{}, err
			}
			return worker{f.load, f.close}, nil
		}, func() {}, nil
	}
	load := loaders[name]
	target, err := url.Parse(o.URL)
	switch {
	case load == nil:
		return nil, nil, fmt.Errorf("no peer is called %q", name)
	case err != nil:
		return nil, nil, err
	}
	shared := newTransport(o.InFlight)
	w := worker{end: func() {}, load: func() (int64, error) {
		if !o.Cold {
			return load(&http.Client{Transport: shared}, target)
		}
		t := newTransport(1)
		defer t.CloseIdleConnections()
		return load(&http.Client{Transport: t}, target)
	}}
	return func() (worker, error) { return w, nil }, shared.CloseIdleConnections, nil
}

// perLoad is how many connections a load uses.
const perLoad = 6

// newTransport keeps the connections of so many loads. The limit of connections is kept by the
// loaders: MaxConnsPerHost would make one load wait for another's.
func newTransport(loads int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	t.MaxIdleConns, t.MaxIdleConnsPerHost = loads*perLoad, loads*perLoad
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	return t
}

// status is an error for what is no page.
func status(r *http.Response) error {
	if r.StatusCode != http.StatusOK {
		return errors.New(r.Request.URL.String() + ": " + r.Status)
	}
	return nil
}
