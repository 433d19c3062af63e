package conn

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"
)

// A Handshake is what a TLS handshake took, also one that failed.
type Handshake struct {
	// RoundTrips is how often the peer was waited for: 1 with TLS 1.3, 2
	// where it asked for another key share (HelloRetryRequest), 2 with TLS
	// 1.2, 1 where that resumed a session.
	RoundTrips int
	// Sent and Received are its bytes, with the records' headers; those of an
	// https proxy's TLS are among them.
	Sent, Received int64
	// Asked reports whether the peer asked for a client certificate.
	Asked bool
	// Shown is the certificate that it was shown; nil if none was asked for,
	// or none fitted. Do not modify.
	Shown *x509.Certificate

	wrote bool // since something was read
}

func (h *Handshake) write(n int) {
	h.Sent += int64(n)
	h.wrote = h.wrote || n > 0
}

func (h *Handshake) read(n int) {
	h.Received += int64(n)
	if n > 0 && h.wrote {
		h.RoundTrips++
		h.wrote = false
	}
}

// showing makes c note which client certificate is asked for and shown.
func (h *Handshake) showing(c *tls.Config) {
	choose, own := c.GetClientCertificate, c.Certificates
	c.GetClientCertificate = func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		h.Asked = true
		cert, err := new(tls.Certificate), error(nil)
		if choose != nil {
			cert, err = choose(r)
		} else {
			for i := range own { // as crypto/tls does by itself
				if r.SupportsCertificate(&own[i]) == nil {
					cert = &own[i]
					break
				}
			}
		}
		if err == nil && cert != nil && len(cert.Certificate) > 0 {
			if h.Shown = cert.Leaf; h.Shown == nil {
				h.Shown, _ = x509.ParseCertificate(cert.Certificate[0])
			}
		}
		return cert, err
	}
}

// TLSFacts are what a handshake agreed on and what the peer showed, in words
// for people and reports.
type TLSFacts struct {
	Version    string // "TLS 1.3"
	Cipher     string // "TLS_AES_128_GCM_SHA256"
	Group      string // of the key exchange: "X25519MLKEM768", "X25519"; "" for RSA's own
	ALPN       string // "h2"; "" if none was agreed on
	ServerName string // that was sent; "" for an IP address
	Resumed    bool   // a session of an earlier connection
	Retried    bool   // the peer asked for another key share
	ECH        bool   // the server name was encrypted, and accepted so
	Handshake
	// Chain is what the peer sent, its own certificate first; of a resumed
	// session what it sent then.
	Chain []CertificateFacts
	// Root is the name of the root that the chain was verified to; "" where
	// nothing was verified.
	Root string
	OCSP *OCSPFacts // stapled; nil: none
	SCTs []SCTFacts // sent in the handshake, not those in the certificate
}

// CertificateFacts are what a report says of a certificate.
type CertificateFacts struct {
	Subject, Issuer     string
	Names               []string // DNS names and IP addresses that it is for
	NotBefore, NotAfter time.Time
	Key                 string // "ECDSA P-256", "RSA 2048", "Ed25519"
	Signature           string // "ECDSA-SHA256"
	Serial              string // hexadecimal
	SHA256              [32]byte
	CA                  bool
}

// TLSFacts folds what is known of the connection's handshake. It returns nil
// if there was none.
func (r *Record) TLSFacts() *TLSFacts {
	if r.TLS == nil {
		return nil
	}
	return tlsFacts(r.TLS, r.Handshake)
}

func tlsFacts(s *tls.ConnectionState, h Handshake) *TLSFacts {
	f := &TLSFacts{
		Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite),
		ALPN: s.NegotiatedProtocol, ServerName: s.ServerName,
		Resumed: s.DidResume, Retried: s.HelloRetryRequest, ECH: s.ECHAccepted,
		Handshake: h,
		OCSP:      readStaple(s), SCTs: readSCTs(s.SignedCertificateTimestamps),
	}
	if s.CurveID != 0 {
		f.Group = s.CurveID.String()
	}
	for _, c := range s.PeerCertificates {
		f.Chain = append(f.Chain, certificateFacts(c))
	}
	if len(s.VerifiedChains) > 0 {
		chain := s.VerifiedChains[0]
		f.Root = chain[len(chain)-1].Subject.String()
	}
	return f
}

func certificateFacts(c *x509.Certificate) CertificateFacts {
	f := CertificateFacts{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		Names: append([]string(nil), c.DNSNames...), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		Key: keyName(c), Signature: c.SignatureAlgorithm.String(), SHA256: sha256.Sum256(c.Raw), CA: c.IsCA,
	}
	for _, ip := range c.IPAddresses {
		f.Names = append(f.Names, ip.String())
	}
	if c.SerialNumber != nil {
		f.Serial = strings.ToLower(c.SerialNumber.Text(16))
	}
	return f
}
