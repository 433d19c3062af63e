package dnscache

// A Level is a place in the chain that a name's addresses can come from. The zero value is no level: the search failed
// before any was asked.
type Level uint8

// The levels, from the nearest to the farthest, and the two that are none of the five.
const (
	_       Level = iota
	Browser       // the Resolver's own cache
	OS            // the operating system: its hosts file, a caching daemon
	Router        // the default gateway
	ISP           // the recursing name servers that the machine or the caller names
	Root          // a walk from the root servers
	System        // the whole of the operating system's resolution (getaddrinfo), whichever part of it answers
	Literal       // nobody was asked: an IP address, or a localhost name
)

var levelNames = [...]string{"none", "browser", "os", "router", "isp", "root", "system", "literal"}

// String returns "browser", "os", "router", "isp", "root", "system" or "literal"; "none" for the zero value.
func (l Level) String() string {
	if int(l) >= len(levelNames) {
		return "none"
	}
	return levelNames[l]
}
