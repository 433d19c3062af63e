package whatif

import (
	"fmt"
	"strings"
	"time"

	"pageload/loader/schedule"
)

// Options say what is different from the recording. The zero value changes
// nothing but TCP: see Network.
type Options struct {
	Network Network
	// Recorded is what is known of the network of the recording. Only Down and
	// NoSlowStart count; what is zero is found out from the recording.
	Recorded Network
	// Protocols says which protocol hosts speak: "h1" or "h2" by pattern, a host
	// name, "*.example.com" or "*". Where several match, the longest counts.
	// Hosts that none matches speak what they spoke. A host that spoke HTTP/3 is
	// taken for one of HTTP/2.
	Protocols map[string]string
	// Preconnect are origins, such as https://cdn.example.com, to which a
	// connection is opened when the first of the document has come.
	Preconnect []string
	// Preload are URLs of the recording that are asked for when the first of the
	// document has come, with the priority of a preload link.
	Preload []string
	// Remove are patterns of hosts whose requests are left out, with all that
	// would not have been asked for without them.
	Remove []string
	// Move says which hosts' requests go to another host: a host name with its
	// port, if it has one, by the same. A host that is not in the recording is as
	// far away as the one whose requests it takes.
	Move map[string]string
	// Schedule are the gates. The zero value is Chromium's.
	Schedule schedule.Kind
}

// A Network is the way to all hosts. The zero value is the network of the
// recording, without a bottleneck.
type Network struct {
	// RTT is the round trip time to all hosts. Zero: that of the recording, each
	// host's own. Negative: none at all.
	RTT time.Duration
	// ExtraRTT is added to each host's, as a slow line in front of all of them
	// does (conn/throttle).
	ExtraRTT time.Duration
	// Down and Up are what the line passes that all connections share, in bits
	// per second. Zero: any amount.
	Down, Up int64
	// InitialWindow is how many segments a server sends before it is
	// acknowledged; it doubles with each round trip. Zero: 10 (RFC 6928).
	InitialWindow int
	// NoSlowStart lets servers send as fast as the line takes it from the first
	// byte on, as conn/throttle and DevTools do.
	NoSlowStart bool
	// Names sends lookups over the line too: each question that a cache of this
	// machine did not answer takes a round trip of it more, or less. Without, a
	// lookup takes as long as it took.
	Names bool
}

// bounds of what can be asked for.
const (
	maxRTT  = time.Minute
	maxRate = int64(1e12)
)

func (n *Network) check(what string) error {
	switch {
	case n.RTT > maxRTT || n.ExtraRTT > maxRTT || n.ExtraRTT < 0:
		return fmt.Errorf("whatif: %s: a round trip takes 0 to %v, not %v and %v more", what, maxRTT, n.RTT, n.ExtraRTT)
	case n.Down < 0 || n.Up < 0 || n.Down > maxRate || n.Up > maxRate:
		return fmt.Errorf("whatif: %s: a line passes 0 (any amount) to %d bits per second", what, maxRate)
	case n.InitialWindow < 0 || n.InitialWindow > 1<<16:
		return fmt.Errorf("whatif: %s: the initial window has 1 to %d segments", what, 1<<16)
	}
	return nil
}

func (o *Options) check() error {
	if err := o.Network.check("network"); err != nil {
		return err
	}
	if err := o.Recorded.check("recorded network"); err != nil {
		return err
	}
	for p, v := range o.Protocols {
		if v != "h1" && v != "h2" {
			return fmt.Errorf("whatif: protocol of %s: it is h1 or h2, not %q", p, v)
		}
	}
	return nil
}

// matches reports whether a host, with or without a port, is what a pattern says.
func matches(host, pattern string) bool {
	host, pattern = strings.ToLower(host), strings.ToLower(pattern)
	name := host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name = host[:i]
	}
	if base, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(name, "."+base)
	}
	return pattern == "*" || pattern == host || pattern == name
}

// protocol returns what a host is said to speak, "" for what it spoke.
func (o *Options) protocol(host string) string {
	best, proto := -1, ""
	for p, v := range o.Protocols {
		if matches(host, p) && len(p) > best {
			best, proto = len(p), v
		}
	}
	return proto
}
