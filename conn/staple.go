package conn

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/crypto/ocsp"
)

// OCSPFacts are a stapled answer about the peer's certificate (RFC 6066
// section 8, RFC 6960).
type OCSPFacts struct {
	Status                 string // "good", "revoked" or "unknown"; "" if Err is set
	ThisUpdate, NextUpdate time.Time
	RevokedAt              time.Time // zero unless revoked
	Reason                 string    // "key compromise" and the like; "" unless revoked
	Err                    error     // it cannot be read, or is not signed by the issuer; then it counts for nothing
}

// SCTFacts are a signed certificate timestamp (RFC 6962 section 3.2). Its
// signature is not verified.
type SCTFacts struct {
	LogID [32]byte
	Time  time.Time
}

// revoked is the error of a certificate that its own server says is revoked.
type revoked struct {
	at     time.Time
	reason string
}

func (e *revoked) Error() string {
	return fmt.Sprintf("certificate was revoked on %s (%s), by the OCSP response that the server staples", e.at.UTC().Format(time.DateOnly), e.reason)
}

// verifying makes c refuse certificates that a staple says are revoked, as
// Chromium does. A staple that is old, broken or absent refuses nothing, nor
// does any where the chain is not verified.
func verifying(c *tls.Config) {
	also := c.VerifyConnection
	now := c.Time
	if now == nil {
		now = time.Now
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if f := readStaple(&s); f != nil && f.Status == "revoked" && len(s.VerifiedChains) > 0 && f.current(now()) {
			return &revoked{f.RevokedAt, f.Reason}
		}
		if also != nil {
			return also(s)
		}
		return nil
	}
}

// current reports whether the answer is about now, by clocks that may differ
// by five minutes.
func (f *OCSPFacts) current(now time.Time) bool {
	const skew = 5 * time.Minute
	return !f.ThisUpdate.After(now.Add(skew)) && (f.NextUpdate.IsZero() || f.NextUpdate.After(now.Add(-skew)))
}

func readStaple(s *tls.ConnectionState) *OCSPFacts {
	if len(s.OCSPResponse) == 0 || len(s.PeerCertificates) == 0 {
		return nil
	}
	leaf, issuer := s.PeerCertificates[0], s.PeerCertificates[0]
	switch {
	case len(s.VerifiedChains) > 0 && len(s.VerifiedChains[0]) > 1:
		issuer = s.VerifiedChains[0][1]
	case len(s.PeerCertificates) > 1:
		issuer = s.PeerCertificates[1]
	}
	r, err := ocsp.ParseResponseForCert(s.OCSPResponse, leaf, issuer)
	if err != nil {
		return &OCSPFacts{Err: fmt.Errorf("conn: stapled OCSP response: %w", err)}
	}
	f := &OCSPFacts{Status: "unknown", ThisUpdate: r.ThisUpdate, NextUpdate: r.NextUpdate}
	switch r.Status {
	case ocsp.Good:
		f.Status = "good"
	case ocsp.Revoked:
		f.Status, f.RevokedAt, f.Reason = "revoked", r.RevokedAt, "no reason given"
		if n := r.RevocationReason; n > 0 && n < len(reasons) && reasons[n] != "" {
			f.Reason = reasons[n]
		}
	}
	return f
}

// reasons are the CRLReasons of RFC 5280 section 5.3.1.
var reasons = [...]string{
	1: "key compromise", 2: "CA compromise", 3: "affiliation changed", 4: "superseded",
	5: "cessation of operation", 6: "on hold", 8: "removed from CRL", 9: "privilege withdrawn", 10: "AA compromise",
}

// readSCTs leaves out what is no SCT of version 1.
func readSCTs(list [][]byte) []SCTFacts {
	var facts []SCTFacts
	for _, b := range list {
		if len(b) < 1+32+8 || b[0] != 0 {
			continue
		}
		facts = append(facts, SCTFacts{LogID: [32]byte(b[1:33]), Time: time.UnixMilli(int64(binary.BigEndian.Uint64(b[33:41])))})
	}
	return facts
}

func keyName(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	}
	return c.PublicKeyAlgorithm.String()
}
