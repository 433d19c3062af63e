package conn

import (
	"crypto/tls"
	"strconv"
)

// A sessionView is the part of a session cache that a group may use. The
// names in the cache say neither port nor partition, and a ticket that is
// shown to a server in two partitions would tell it that they are one user.
type sessionView struct {
	tls.ClientSessionCache
	prefix string
}

func sessionsFor(cache tls.ClientSessionCache, key Key) tls.ClientSessionCache {
	if cache == nil || !key.Secure() {
		return nil
	}
	v := sessionView{ClientSessionCache: cache}
	if key.Port != 443 {
		v.prefix = strconv.Itoa(int(key.Port)) + " "
	}
	if key.Private {
		v.prefix += "private "
	}
	if key.Partition != "" {
		v.prefix += strconv.Quote(key.Partition) + " "
	}
	return v
}

func (v sessionView) Get(key string) (*tls.ClientSessionState, bool) {
	return v.ClientSessionCache.Get(v.prefix + key)
}

func (v sessionView) Put(key string, s *tls.ClientSessionState) {
	v.ClientSessionCache.Put(v.prefix+key, s)
}
