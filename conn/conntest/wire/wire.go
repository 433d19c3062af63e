package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An End is one end of a wire. The zero value is a new host with an address of each
// family: 192.0.2.1/24 and 2001:db8::1/64 for side A, and the same with a 2 for B.
type End struct {
	// Host is what the end is plugged into. Nil: a host that is made, named "a" or
	// "b", and closed with the wire.
	Host *Host
	// Device is the name of the network device in the host. Empty: "wire", which
	// only one wire of a host can have.
	Device string
	// Addrs are the device's addresses with their prefixes. Nil: see above; for
	// none at all give it some of length 0.
	Addrs []netip.Prefix
	// LinkAddr is the device's Ethernet address. Nil: 02:00:00:00:00:01 for side A,
	// and with a 2 at the end for B.
	LinkAddr net.HardwareAddr
	// MTU is what the host believes that a frame may carry, at least 1280 where the
	// device has IPv6 addresses. Zero: 1500.
	MTU int
	// Link is what the wire does to the frames that this end sends.
	Link Link
}

// withDefaults fills in what is left to side s.
func (e End) withDefaults(s Side) End {
	n := byte(s) + 1
	if e.Device == "" {
		e.Device = "wire"
	}
	if e.Addrs == nil {
		v6 := netip.MustParseAddr("2001:db8::").As16()
		v6[15] = n
		e.Addrs = []netip.Prefix{
			netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, n}), 24),
			netip.PrefixFrom(netip.AddrFrom16(v6), 64),
		}
	}
	if e.LinkAddr == nil {
		e.LinkAddr = net.HardwareAddr{2, 0, 0, 0, 0, n}
	}
	if e.MTU == 0 {
		e.MTU = 1500
	}
	return e
}

// setUp are the commands of `ip -batch` that make a device of an end usable.
func (e End) setUp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "link set dev %s address %v mtu %d txqueuelen 10000\n", e.Device, e.LinkAddr, e.MTU)
	for _, a := range e.Addrs {
		if a.Addr().Is6() {
			fmt.Fprintf(&b, "address add %v dev %s nodad\n", a, e.Device)
		} else {
			fmt.Fprintf(&b, "address add %v dev %s\n", a, e.Device)
		}
	}
	fmt.Fprintf(&b, "link set dev %s up\n", e.Device)
	return b.String()
}

// A Wire is a cable between two hosts. Its methods are safe for concurrent use.
type Wire struct {
	ends  [2]End
	made  []*Host // by Join; closed with the wire
	links [2]atomic.Pointer[Link]
	port  *port // what the operating system has of it

	// The loop owns these.
	lanes  [2]*lane
	flight flight

	mu       sync.Mutex // guards what follows
	counts   [2]Counts
	watchers []*func(Sighting)
	injected []parcel // for the loop to take

	closing sync.Once
	closed  error
}

// Join makes a wire between two ends and the hosts that they do not name. When it
// returns the devices are up and have their addresses. Hosts have no names for each
// other, and no routes but to the prefixes of their addresses: see [Host.IP].
func Join(a, b End) (w *Wire, err error) {
	if err := Missing(); err != nil {
		return nil, err
	}
	w = &Wire{ends: [2]End{a.withDefaults(A), b.withDefaults(B)}}
	defer func() {
		if err != nil {
			w.Close()
			w = nil
		}
	}()
	for s := range w.ends {
		e := &w.ends[s]
		if e.Host == nil {
			if e.Host, err = NewHost(strings.ToLower(Side(s).String())); err != nil {
				return w, err
			}
			w.made = append(w.made, e.Host)
		}
		w.links[s].Store(&e.Link)
		w.lanes[s] = newLane(e.Link.Seed, Side(s))
	}
	w.flight.size = header + 4 + max(w.ends[A].MTU, w.ends[B].MTU)
	if w.port, err = openPort(w); err != nil {
		return w, err
	}
	for s := range w.ends {
		if err = w.ends[s].Host.batch(w.ends[s].setUp()); err != nil {
			return w, err
		}
	}
	return w, nil
}

// Host returns the host at a side.
func (w *Wire) Host(s Side) *Host { return w.ends[s].Host }

// End returns what the wire was joined with at a side, defaults filled in.
func (w *Wire) End(s Side) End { return w.ends[s] }

// Link returns what the wire does to frames from a side.
func (w *Wire) Link(from Side) Link { return *w.links[from].Load() }

// Set changes what the wire does to the frames from a side, beginning with the next
// one: those on their way arrive as they would have. The Seed stays that of Join.
func (w *Wire) Set(from Side, l Link) { w.links[from].Store(&l) }

// Counts returns what has happened to the frames of a side so far.
func (w *Wire) Counts(from Side) Counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts[from]
}

// Observe calls f for each frame of either side when it is sent, with what becomes of
// it, until stop is called. f runs on the wire's goroutine, which carries nothing
// meanwhile. It may call the methods of the Wire but for Close.
func (w *Wire) Observe(f func(Sighting)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &f
	w.watchers = append(slices.Clone(w.watchers), p)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.watchers = slices.DeleteFunc(slices.Clone(w.watchers), func(o *func(Sighting)) bool { return o == p })
	}
}

// Inject hands a frame to a side that the other has not sent, at once: what an attacker
// on the cable would send, or a third host. It is not observed, and counted as Delivered
// by the other side. data begins with the destination address and is copied; one that is
// longer than the device's MTU allows is refused by it.
func (w *Wire) Inject(to Side, data []byte) {
	w.mu.Lock()
	w.injected = append(w.injected, parcel{to: to, due: time.Now(), data: slices.Clone(data)})
	w.mu.Unlock()
	w.port.wakeUp()
}

// strange takes what was injected. The loop calls it.
func (w *Wire) strange() {
	w.mu.Lock()
	list := w.injected
	w.injected = nil
	w.mu.Unlock()
	for _, p := range list {
		w.flight.add(p.to, p.due, p.data)
	}
}

// Close unplugs the wire: what is on its way is gone, and so are the devices and the
// hosts that Join made. It may be called again.
func (w *Wire) Close() error {
	w.closing.Do(func() {
		var errs []error
		if w.port != nil {
			errs = append(errs, w.port.close())
		}
		for _, h := range w.made {
			errs = append(errs, h.Close())
		}
		w.closed = errors.Join(errs...)
	})
	return w.closed
}

// sent takes a frame from a side. The loop calls it.
func (w *Wire) sent(f *Frame) {
	s := w.lanes[f.From].send(w.links[f.From].Load(), f)
	if s.Fate == Carried {
		for range 1 + s.Copies {
			if !w.flight.add(f.From.Other(), s.Due, f.Data) {
				s.Fate, s.Due = Overflow, time.Time{}
				break
			}
		}
	}
	w.mu.Lock()
	w.counts[f.From].fate(&s)
	watchers := w.watchers
	w.mu.Unlock()
	for _, f := range watchers {
		(*f)(s)
	}
}
