package auth

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"unicode/utf8"
)

// A digest is a server's nonce, and how it wants it hashed.
type digest struct {
	realm, nonce, opaque string
	algorithm            string // as the server wrote it, "" for none
	session              bool
	hash                 func() hash.Hash
	qop                  string // "", "auth" or "auth-int"
	userhash             bool
	hasOpaque            bool
	uses                 uint32 // of the nonce
	cnonce               string // of a session, which is one of the first answer's
}

// newDigest reads a challenge; nil where it asks for what cannot be done.
func newDigest(c *Challenge) *digest {
	d := &digest{realm: c.Realm}
	var ok bool
	if d.nonce, ok = c.Param("nonce"); !ok {
		return nil
	}
	d.opaque, d.hasOpaque = c.Param("opaque")
	d.algorithm, _ = c.Param("algorithm")
	name := strings.ToUpper(d.algorithm)
	name, d.session = strings.CutSuffix(name, "-SESS")
	switch name {
	case "", "MD5":
		d.hash = md5.New
	case "SHA-256":
		d.hash = sha256.New
	case "SHA-512-256":
		d.hash = sha512.New512_256
	default:
		return nil
	}
	if d.session && name == "" {
		return nil
	}
	if qop, ok := c.Param("qop"); ok {
		for q := range strings.SplitSeq(qop, ",") {
			switch q = strings.ToLower(strings.Trim(q, " \t")); q {
			case "auth":
				d.qop = q
			case "auth-int":
				if d.qop == "" {
					d.qop = q
				}
			}
		}
		if d.qop == "" && strings.Trim(qop, " \t,") != "" {
			return nil
		}
	}
	hashed, _ := c.Param("userhash")
	d.userhash = strings.EqualFold(hashed, "true")
	return d
}

// A message is what a digest vouches for.
type message struct {
	method, uri string // the uri as it stands in the request line
	body        []byte
}

// field returns the value of the Authorization field for a message (RFC 7616 section 3.4). cnonce is used where it is not empty, else
// one is made.
func (d *digest) field(id Identity, m message, cnonce string) string {
	d.uses++
	if cnonce == "" {
		cnonce = newNonce()
	}
	if d.session {
		if d.cnonce == "" {
			d.cnonce = cnonce
		}
		cnonce = d.cnonce
	}
	ha1 := d.sum(id.User + ":" + d.realm + ":" + id.Password)
	if d.session {
		ha1 = d.sum(ha1 + ":" + d.nonce + ":" + cnonce)
	}
	a2 := m.method + ":" + m.uri
	if d.qop == "auth-int" {
		h := d.hash()
		h.Write(m.body)
		a2 += ":" + hex.EncodeToString(h.Sum(nil))
	}
	count := fmt.Sprintf("%08x", d.uses)
	var response string
	if d.qop == "" {
		response = d.sum(ha1 + ":" + d.nonce + ":" + d.sum(a2))
	} else {
		response = d.sum(strings.Join([]string{ha1, d.nonce, count, cnonce, d.qop, d.sum(a2)}, ":"))
	}
	var b strings.Builder
	b.WriteString("Digest ")
	switch {
	case d.userhash:
		b.WriteString("username=" + quote(d.sum(id.User+":"+d.realm)))
	case plainText(id.User):
		b.WriteString("username=" + quote(id.User))
	default:
		b.WriteString("username*=UTF-8''" + extended(id.User))
	}
	b.WriteString(", realm=" + quote(d.realm) + ", nonce=" + quote(d.nonce) + ", uri=" + quote(m.uri))
	if d.algorithm != "" {
		b.WriteString(", algorithm=" + d.algorithm)
	}
	b.WriteString(`, response="` + response + `"`)
	if d.hasOpaque {
		b.WriteString(", opaque=" + quote(d.opaque))
	}
	if d.qop != "" {
		b.WriteString(", qop=" + d.qop + ", nc=" + count + `, cnonce="` + cnonce + `"`)
	}
	if d.userhash {
		b.WriteString(", userhash=true")
	}
	return b.String()
}

func (d *digest) sum(s string) string {
	h := d.hash()
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil))
}

func newNonce() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// plainText reports whether a name can stand in quotes as it is.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// extended writes a name as an ext-value (RFC 8187 section 3.2.1).
func extended(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
