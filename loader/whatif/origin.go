package whatif

import (
	"math"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// An origin is a server as requests see it: scheme, host and port.
type origin struct {
	name   string // scheme://host:port
	scheme string
	host   string // with its port, if the URL has one
	rtt0   float64
	rtt    float64
	lookup float64 // of its name, as it will take
	rounds float64 // of the TLS handshake
	crypto float64 // what the handshake takes beside its round trips
	cert   float64 // bytes that the server sends in it
	h2     bool
	row    *waterfall.ConnectionRow // one of the recording; nil: there is none
	asked  bool                     // its name is being looked up, or has been
	known  float64                  // when that is done
}

// split takes a URL apart; ok is false for what is no URL of a server.
func split(u string) (scheme, host string, ok bool) {
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok {
		return "", "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	host = strings.ToLower(rest[strings.LastIndexByte(rest, '@')+1:])
	return strings.ToLower(scheme), host, host != ""
}

// sec is a time of a recording in seconds, within a day of the navigation.
func sec(d time.Duration) float64 {
	const day = 24 * time.Hour
	return max(-day, min(d, day)).Seconds()
}

// took is a phase that happened, in seconds; ok is false if it did not.
func took(from, to time.Duration) (s float64, ok bool) {
	if from == waterfall.None || to == waterfall.None {
		return 0, false
	}
	return max(0, sec(to)-sec(from)), true
}

// segment is what a packet holds.
const segment = 1460

// origins are those of the recording, with what it tells of each.
func (s *simulation) measure() {
	type facts struct {
		rtt, reply, tls, lookup float64
		questions               int
	}
	seen := map[*origin]*facts{}
	of := func(o *origin) *facts {
		f := seen[o]
		if f == nil {
			f = &facts{rtt: math.Inf(1), reply: math.Inf(1), tls: math.Inf(1)}
			seen[o] = f
		}
		return f
	}
	for i := range s.w.Requests {
		r := &s.w.Requests[i]
		o := s.origin(r.URL)
		if o == nil {
			continue
		}
		f, t := of(o), &r.Times
		end := t.ConnectEnd
		if t.TLSStart != waterfall.None {
			end = t.TLSStart
		}
		if d, ok := took(t.ConnectStart, end); ok {
			f.rtt = min(f.rtt, d)
		}
		if d, ok := took(t.SendEnd, t.HeadEnd); ok {
			f.reply = min(f.reply, d)
		}
		if d, ok := took(t.TLSStart, t.TLSEnd); ok {
			f.tls = min(f.tls, d)
		}
		if d, ok := took(t.DNSStart, t.DNSEnd); ok && d > f.lookup {
			f.lookup, f.questions = d, 0
			for _, q := range r.DNS {
				if !q.Cached && (q.Transport == "udp" || q.Transport == "tcp" || q.Transport == "https" || q.Transport == "tls") {
					f.questions++
				}
			}
		}
		o.h2 = o.h2 || multiplexed(r.Proto)
		if r.TLS != nil && strings.HasSuffix(r.TLS.Version, "1.2") && !r.TLS.Resumed {
			o.rounds = 2
		}
	}
	for i := range s.w.Connections {
		c := &s.w.Connections[i]
		o := s.origins[c.Scheme+"://"+strings.ToLower(c.Host)]
		for _, name := range []string{c.Scheme + "://" + hostPort(c)} {
			if x := s.origins[name]; x != nil {
				o = x
			}
		}
		if o == nil {
			continue
		}
		f := of(o)
		o.row = c
		if d, ok := took(c.Opened, c.Connected); ok && c.SYNRetransmits == 0 {
			f.rtt = min(f.rtt, d)
		}
		for _, k := range c.Facts {
			if k.MinRTT > 0 {
				f.rtt = min(f.rtt, sec(k.MinRTT))
			}
		}
		if h := c.Handshake; h != nil && c.Secured != waterfall.None {
			if h.RoundTrips > 0 {
				o.rounds = float64(min(h.RoundTrips, 10))
			}
			o.cert = float64(min(max(h.Received, 0), 1<<20))
		}
	}
	n := &s.o.Network
	for o, f := range seen {
		o.rtt0 = min(f.rtt, f.reply) // a connect through a backup, or a lost SYN, took longer than a round trip
		if math.IsInf(o.rtt0, 1) {
			o.rtt0 = 0
		}
		if o.scheme == "https" && o.rounds == 0 {
			o.rounds = 1 // TLS 1.3
		}
		if o.scheme == "https" && o.cert == 0 {
			o.cert = 3000
		}
		if !math.IsInf(f.tls, 1) {
			o.crypto = max(0, f.tls-o.rounds*o.rtt0)
		}
		o.rtt = o.rtt0
		switch {
		case n.RTT > 0:
			o.rtt = n.RTT.Seconds()
		case n.RTT < 0:
			o.rtt = 0
		}
		o.rtt += n.ExtraRTT.Seconds()
		o.lookup = f.lookup
		if n.Names && f.questions > 0 {
			o.lookup = max(0, f.lookup+float64(min(f.questions, 20))*(o.rtt-o.rtt0))
		}
		switch s.o.protocol(o.host) {
		case "h1":
			o.h2 = false
		case "h2":
			o.h2 = true
		}
	}
}

// hostPort is a connection's host as URLs have it.
func hostPort(c *waterfall.ConnectionRow) string {
	host := strings.ToLower(c.Host)
	if c.Scheme == "http" && c.Port == 80 || c.Scheme == "https" && c.Port == 443 || c.Port == 0 {
		return host
	}
	return host + ":" + itoa(int64(c.Port))
}

// multiplexed reports whether requests share a connection of the protocol.
func multiplexed(proto string) bool {
	p := strings.ToLower(proto)
	return p == "h2" || p == "h3" || strings.HasPrefix(p, "http/2") || strings.HasPrefix(p, "http/3") || strings.HasPrefix(p, "h3")
}

// origin returns that of a URL, nil if it has none.
func (s *simulation) origin(u string) *origin {
	scheme, host, ok := split(u)
	if !ok {
		return nil
	}
	name := scheme + "://" + host
	o := s.origins[name]
	if o == nil {
		o = &origin{name: name, scheme: scheme, host: host}
		s.origins[name] = o
	}
	return o
}
