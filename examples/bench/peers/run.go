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
	Cold     bool // connections of its own for each load
}

// A page loads one page with a client and returns how many bytes of bodies came.
type page func(client *http.Client, target *url.URL) (int64, error)

// loaders are the peers by name.
var loaders = map[string]page{"diy": diy, "tuned": tuned}

// Run makes all loads with the peer of that name and returns how many bytes of
// bodies came. The error is that of the first load that failed.
func Run(name string, o Options) (int64, error) {
	load := loaders[name]
	target, err := url.Parse(o.URL)
	switch {
	case load == nil:
		return 0, fmt.Errorf("no peer is called %q", name)
	case err != nil:
		return 0, err
	}
	var left, bytes atomic.Int64
	left.Store(int64(o.Loads))
	shared := newTransport(o.InFlight)
	defer shared.CloseIdleConnections()
	var first error
	var once sync.Once
	var workers sync.WaitGroup
	for range o.InFlight {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				t := shared
				if o.Cold {
					t = newTransport(1)
				}
				n, err := load(&http.Client{Transport: t}, target)
				bytes.Add(n)
				if o.Cold {
					t.CloseIdleConnections()
				}
				if err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	workers.Wait()
	return bytes.Load(), first
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
