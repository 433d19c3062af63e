package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

// A Party is who asks for an identity, and what is known from the request.
type Party struct {
	Origin    string // of the server, "https://example.com:8443"; of a proxy, its scheme, host and port
	Partition string // what is remembered is for requests of this partition only
	Proxy     bool
	Identity  Identity // of the URL; the zero value is none
	// Silent says that nobody is to be asked: another site than the page's loads this.
	Silent bool
}

// A Login is what one request and a party say to each other. Its methods are called one after the other.
type Login struct {
	store *Store
	party Party

	space    *space // that the last field was of; nil: none was sent
	ahead    bool   // it was sent before anybody asked
	rounds   int
	asked    int
	urlTried bool
	tried    []tried
}

// tried is an identity that was not accepted.
type tried struct {
	realm string
	id    Identity
}

// maxRounds bounds how often one request is sent again.
const maxRounds = 8

// NewLogin begins a login. A nil store knows nothing and remembers nothing: only the identity of the URL is used.
func NewLogin(s *Store, p Party) *Login { return &Login{store: s, party: p} }

// Ahead returns the value of the field for a request that nobody has asked for credentials yet: its path lies where an identity was accepted
// before. It is "" where none does, and where the URL has an identity of its own: as recorded of Chromium, that one is sent once the server asks. The uri is that of the request line and begins with the path, or is the target of CONNECT.
func (l *Login) Ahead(method, uri string, body []byte) string {
	s := l.store
	if s == nil || !l.party.Proxy && l.party.Identity != (Identity{}) {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path, _, _ := strings.Cut(uri, "?")
	if l.party.Proxy {
		path = "/" // it is one space, whatever it is asked for
	}
	e := s.covering(l.party.Origin, l.party.Partition, path)
	if e == nil {
		return ""
	}
	l.space, l.ahead = e, true
	return e.field(message{method, uri, body})
}

// Challenged takes the fields with which the request was answered: WWW-Authenticate with 401, Proxy-Authenticate with 407. It reports
// whether the request is to be sent again, with the field that Field returns then, and what of the challenge is answered, in words.
func (l *Login) Challenged(ctx context.Context, fields []string) (what string, again bool) {
	if l.rounds++; l.rounds > maxRounds {
		return "", false
	}
	c, d := choose(ParseChallenges(fields))
	if c == nil {
		return "", false
	}
	what = fmt.Sprintf("%s of realm %.80q", c.Scheme, c.Realm)
	if last := l.space; last != nil && last.place.realm == c.Realm && last.scheme == c.Scheme {
		stale, _ := c.Param("stale")
		// A nonce that was remembered may be too old without the server saying so.
		if d != nil && (strings.EqualFold(stale, "true") || l.ahead && last.digest != nil && last.digest.nonce != d.nonce) {
			l.use(c, d, last.id)
			return what + ", with its new nonce", true
		}
		l.tried = append(l.tried, tried{c.Realm, last.id})
		if l.store != nil {
			l.store.drop(l.party.Origin, l.party.Partition, c, last.id)
		}
	}
	id, from := l.identity(ctx, c)
	if from == "" {
		return "", false
	}
	l.use(c, d, id)
	return what + ", with " + from, true
}

func (l *Login) use(c *Challenge, d *digest, id Identity) {
	l.ahead = false
	l.space = &space{partition: l.party.Partition, place: place{l.party.Origin, c.Realm}, id: id, scheme: c.Scheme, digest: d}
}

// identity finds one that was not tried: the URL's, one accepted before, one given, one asked for. from says which, "" for none.
func (l *Login) identity(ctx context.Context, c *Challenge) (id Identity, from string) {
	if l.party.Identity != (Identity{}) && !l.urlTried {
		l.urlTried = true
		if !l.wasTried(c, l.party.Identity) {
			return l.party.Identity, "the URL's credentials"
		}
	}
	s := l.store
	if s == nil {
		return id, ""
	}
	s.mu.Lock()
	e := s.of(l.party.Origin, l.party.Partition, c)
	if e != nil {
		id = e.id
	}
	given, ok := s.given[place{l.party.Origin, c.Realm}]
	if !ok {
		given, ok = s.given[place{l.party.Origin, ""}]
	}
	s.mu.Unlock()
	switch {
	case e != nil && !l.wasTried(c, id):
		return id, "credentials that were accepted before"
	case ok && !l.wasTried(c, given):
		return given, "the credentials given for it"
	}
	for s.Ask != nil && !l.party.Silent && l.asked < maxRounds {
		l.asked++
		id, ok := s.Ask(ctx, Question{Origin: l.party.Origin, Proxy: l.party.Proxy, Scheme: c.Scheme, Realm: c.Realm, Attempt: l.asked})
		if !ok || ctx.Err() != nil {
			break
		}
		if !l.wasTried(c, id) {
			return id, "credentials that were asked for"
		}
	}
	return Identity{}, ""
}

func (l *Login) wasTried(c *Challenge, id Identity) bool {
	for _, t := range l.tried {
		if t.realm == c.Realm && t.id == id {
			return true
		}
	}
	return false
}

// Field returns the value of the Authorization or Proxy-Authorization field for the next try, "" for none.
func (l *Login) Field(method, uri string, body []byte) string {
	if l.space == nil {
		return ""
	}
	if s := l.store; s != nil {
		s.mu.Lock() // a nonce's count is common to all who use it
		defer s.mu.Unlock()
	}
	return l.space.field(message{method, uri, body})
}

// Accepted says that the request was answered by something else than a challenge: what it was sent with is remembered for its path and
// those beside and below it.
func (l *Login) Accepted(path string) {
	if l.store != nil && l.space != nil && !l.ahead {
		l.store.keep(l.space, path)
	}
}

// field is what the space's server wants to see.
func (e *space) field(m message) string {
	if e.digest != nil {
		return e.digest.field(e.id, m, "")
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(e.id.User+":"+e.id.Password))
}

// choose returns the challenge to answer: the first Digest that can be, else the first Basic; nil where there is neither. RFC 7616
// section 3.7 wants the first that is understood: who asks for Basic before Digest shall have Digest still, as in Chromium.
func choose(list []Challenge) (*Challenge, *digest) {
	var basic *Challenge
	for i := range list {
		c := &list[i]
		switch c.Scheme {
		case "digest":
			if d := newDigest(c); d != nil {
				return c, d
			}
		case "basic":
			if basic == nil {
				basic = c
			}
		}
	}
	return basic, nil
}
