package loader

import (
	"cmp"
	"slices"

	"pageload/conn"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// ahead is what opens connections for what the page's document, which is on its way,
// will name; nil where none are wanted. It is called once the document has its own
// connection, so that a server that takes one after the other takes that one first.
func (l *load) ahead() func() {
	n := l.profile.Preconnect
	if n < 2 || l.url.Scheme() != "http" {
		return nil
	}
	host, port := l.url.Address()
	key := conn.Key{Scheme: "http", Host: host, Port: port, Partition: l.url.Origin().Site()}
	return func() {
		used := cmp.Or(l.profile.Memory.connections(l.url), n)
		l.profile.Pool.Preconnect(l.ctx, key, min(n, used), nil)
	}
}

// count notes the connection of an exchange.
func (l *load) count(x *waterfall.Exchange) {
	if l.profile.Preconnect < 2 || x.ConnID == 0 {
		return
	}
	if l.used == nil {
		l.server = x.Remote // the document's is the first
	}
	if x.Remote == l.server && !slices.Contains(l.used, x.ConnID) {
		l.used = append(l.used, x.ConnID)
	}
}

// countConnections remembers how many connections to its document's address the
// page has used. The fetches are over.
func (l *load) countConnections() {
	m := l.profile.Memory
	if l.profile.Preconnect < 2 || m.most == 0 || l.stopped != nil || l.failure != nil {
		return
	}
	key := connectionsKey(l.url.WithoutFragment().String())
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, _ := m.get(key).(int); len(l.used) > old {
		m.put(key, len(l.used), int64(len(key))+16)
	}
}

// connectionsKey is the URL of a page, without fragment.
type connectionsKey string

// connections is how many connections of its own host the page at a URL has used;
// 0 where that is not known.
func (m *Memory) connections(u weburl.URL) int {
	m.init()
	m.mu.Lock()
	defer m.mu.Unlock()
	n, _ := m.get(connectionsKey(u.WithoutFragment().String())).(int)
	return n
}
