package main

import "fmt"

// perHost is how many connections a load keeps to one host, as Chromium does.
const perHost = 6

// ownFiles are the files that a process has open beside its connections: its
// standard ones, the poller's, names and kernel facts that are asked for.
const ownFiles = 24

// limits are how many connections this one allows; 0 is unknown.
type limits struct {
	files    int // that the process may open
	hard     int // to which that could be raised
	ports    int // to connect from, to one address and port of a server
	timeWait int // connections that keep their port for a minute after the close, for their own peer only
}

// fit says what is in the way of so many loads in flight, and whether they can be tried
// all the same: with few resources, HTTP/2 or several hosts they may do.
func (l limits) fit(inFlight int) (why string, fits bool) {
	wanted := inFlight * perHost
	files := l.files - ownFiles
	of := fmt.Sprintf("%d files (RLIMIT_NOFILE, ulimit -n; the hard limit is %d)", l.files, l.hard)
	ports := fmt.Sprintf("%d ports to connect from to one address (net.ipv4.ip_local_port_range) less those of its connections in TIME_WAIT (of all peers: %d)", l.ports, l.timeWait)
	switch {
	case l.files > 0 && inFlight > files:
		return fmt.Sprintf("-c %d: each load takes one connection at least, and this process may open %s", inFlight, of), false
	case l.files > 0 && wanted > files:
		return fmt.Sprintf("-c %d may want %d connections, up to %d a load, and this process may open %s", inFlight, wanted, perHost, of), true
	case l.ports > 0 && wanted > l.ports:
		return fmt.Sprintf("-c %d may want %d connections, up to %d a load, and this machine has %s", inFlight, wanted, perHost, ports), true
	}
	return "", true
}
