package demosite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"pageload/dnscache/dnstest"
)

// A Site is the demo site while it is served.
type Site struct {
	URL        string         // of the first page; it redirects to another host
	NameServer netip.AddrPort // knows the site's names, by UDP and TCP
	ConnectTo  []string       // patterns for a loader's -connect-to; none are needed

	port    string // of all hosts
	refused string // a port that nobody listens on
	names   dnstest.Server
	pages   map[string]resource // by URL
	servers []*http.Server
	stop    func() bool // ends the watch over the context
	closing context.CancelFunc
	closed  sync.Once
	serving sync.WaitGroup // accept loops and connections
}

// Start serves the site until Close is called or ctx ends. The caller calls
// Close in any case.
func Start(ctx context.Context) (*Site, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("demosite: %w", context.Cause(ctx))
	}
	listeners, err := listen()
	if err != nil {
		return nil, fmt.Errorf("demosite: %w", err)
	}
	s := &Site{}
	_, s.port, _ = net.SplitHostPort(listeners[0].Addr().String())
	s.names.Zone = zone(len(listeners))
	if s.refused, err = closedPort(); err == nil {
		err = s.startNames()
	}
	if err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return nil, fmt.Errorf("demosite: %w", err)
	}
	s.NameServer = s.names.Addr()
	s.URL = s.address("http://demo.test/")
	s.pages = s.resources()
	base, closing := context.WithCancel(context.WithoutCancel(ctx))
	s.closing = closing
	for _, l := range listeners {
		s.serve(base, l)
	}
	s.stop = context.AfterFunc(ctx, s.shut)
	return s, nil
}

// Close ends all service. It returns when no goroutine of the site is left.
func (s *Site) Close() {
	s.stop()
	s.shut()
	s.serving.Wait()
}

// shut closes what the site has open, once.
func (s *Site) shut() {
	s.closed.Do(func() {
		s.closing()
		for _, server := range s.servers {
			server.Close()
		}
		s.names.Close()
	})
}

// serve answers on one address until Close.
func (s *Site) serve(ctx context.Context, l net.Listener) {
	server := &http.Server{
		Handler:           http.HandlerFunc(s.answer),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.connState,
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() { server.Serve(l) })
}

// connState counts open connections: each is a goroutine of the server.
func (s *Site) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.serving.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.serving.Done()
	}
}

// maxTries is how often a port is looked for that is free at every address.
const maxTries = 10

// listen opens the hosts' addresses, all with the same port.
func listen() ([]net.Listener, error) {
	if list, err := listenAt("80"); err == nil {
		return list, nil
	}
	var err error
	for range maxTries {
		var list []net.Listener
		if list, err = listenAt("0"); err == nil {
			return list, nil
		}
	}
	return nil, err
}

// listenAt opens as many of the addresses as there are: all or the first.
func listenAt(port string) ([]net.Listener, error) {
	first, err := net.Listen("tcp", net.JoinHostPort(address(0).String(), port))
	if err != nil {
		return nil, err
	}
	list := []net.Listener{first}
	_, port, _ = net.SplitHostPort(first.Addr().String())
	for i := 1; i < addresses; i++ {
		l, err := net.Listen("tcp", net.JoinHostPort(address(i).String(), port))
		switch {
		case err == nil:
			list = append(list, l)
		case i == 1 && !canBind(address(1)): // no such address on this machine
			return list, nil
		default:
			for _, l := range list {
				l.Close()
			}
			return nil, err
		}
	}
	return list, nil
}

// startNames starts the name server on a port that is free for TCP, which is
// harder to find: after many connections most are still in TIME_WAIT.
func (s *Site) startNames() error {
	var err error
	for range maxTries {
		var port string
		if port, err = closedPort(); err != nil {
			return err
		}
		s.names.Listen = netip.MustParseAddrPort(net.JoinHostPort(address(0).String(), port))
		if err = s.names.Start(); err == nil {
			return nil
		}
	}
	return err
}

// canBind reports whether an address is one of this machine's.
func canBind(a netip.Addr) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(a.String(), "0"))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// closedPort returns a port of the first address that nobody listens on.
func closedPort() (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(address(0).String(), "0"))
	if err != nil {
		return "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return strconv.Itoa(port), l.Close()
}

// errGone ends an answer to a client that has left, or of a site that closes.
var errGone = errors.New("demosite: gone")

// pause waits, unless the client leaves or the site is closed.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errGone
	}
}
