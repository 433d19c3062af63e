package conn

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// A TLSFault is the kind of thing that went wrong in a TLS handshake.
type TLSFault int

// The faults of a handshake.
const (
	TLSOther         TLSFault = iota // see TLSError.Err
	TLSExpired                       // the certificate is not valid any more
	TLSNotYetValid                   // the certificate is not valid yet
	TLSWrongHost                     // the certificate is for other names
	TLSUnknownIssuer                 // the chain ends at no trusted root
	TLSBadChain                      // the chain breaks another rule
	TLSNotTLS                        // the peer speaks something else
	TLSAlert                         // the peer ended the handshake with an alert
	TLSTimeout                       // TLSTimeout or the context's deadline passed
	TLSClosed                        // the peer closed or reset the connection
	TLSRevoked                       // the certificate is revoked, as the OCSP response says that the peer staples
	TLSWeak                          // a key or signature of the chain is too weak
)

// String returns a few words, such as "certificate expired".
func (f TLSFault) String() string {
	switch f {
	case TLSExpired:
		return "certificate expired"
	case TLSNotYetValid:
		return "certificate not valid yet"
	case TLSWrongHost:
		return "certificate is for another host"
	case TLSUnknownIssuer:
		return "certificate from an unknown issuer"
	case TLSBadChain:
		return "certificate chain not acceptable"
	case TLSNotTLS:
		return "peer does not speak TLS"
	case TLSAlert:
		return "peer sent an alert"
	case TLSTimeout:
		return "timeout"
	case TLSClosed:
		return "peer closed the connection"
	case TLSRevoked:
		return "certificate revoked"
	case TLSWeak:
		return "certificate too weak"
	}
	return "handshake failed"
}

// A TLSError says that the TLS handshake with a host failed.
type TLSError struct {
	Host  string
	Addr  netip.AddrPort // the address that was connected to
	Start time.Time      // when the handshake began
	End   time.Time
	Fault TLSFault
	// Err is of crypto/tls or crypto/x509. errors.As finds in it a
	// *tls.CertificateVerificationError, which has the certificates.
	Err error
	// Handshake is how far it came.
	Handshake Handshake
}

func (e *TLSError) Error() string {
	took := fmt.Sprintf("after %v", round(e.End.Sub(e.Start)))
	if e.Fault == TLSTimeout || e.Fault == TLSClosed {
		took += fmt.Sprintf(", %d bytes received", e.Handshake.Received)
	}
	return fmt.Sprintf("conn: tls with %s at %v: %v%s: %v (%s)", e.Host, e.Addr, e.Fault, e.hint(), inWords(e.Err), took)
}

// inWords takes off an error what a TLSError says already: that it came with a
// read or write between two addresses, or that the alert was ours ("local
// error"), which reads as if the fault was.
func inWords(err error) error {
	var op *net.OpError // inside an error of crypto/tls that says the same
	if errors.As(err, &op) && op.Err != nil && op.Op != "remote error" && op.Error() == err.Error() {
		return op.Err
	}
	return err
}

func (e *TLSError) Unwrap() error { return e.Err }

// Timeout reports whether the handshake took too long.
func (e *TLSError) Timeout() bool { return e.Fault == TLSTimeout }

// hint returns what the error's text does not say, in parentheses.
func (e *TLSError) hint() string {
	var (
		chain  *tls.CertificateVerificationError
		header tls.RecordHeaderError
	)
	switch {
	case errors.As(e.Err, &header) && string(header.RecordHeader[:]) == "HTTP/":
		return " (it answers in plain HTTP)"
	case !errors.As(e.Err, &chain) || len(chain.UnverifiedCertificates) == 0:
		return ""
	}
	first := chain.UnverifiedCertificates[0]
	switch {
	case e.Fault == TLSUnknownIssuer && len(chain.UnverifiedCertificates) == 1 && bytes.Equal(first.RawIssuer, first.RawSubject):
		return " (it signed itself)"
	case e.Fault == TLSWrongHost:
		for i, c := range chain.UnverifiedCertificates[1:] {
			if c.VerifyHostname(e.Host) == nil {
				return fmt.Sprintf(" (number %d of those sent is for this one, but the first counts)", i+2)
			}
		}
	}
	return ""
}

// tlsFault sorts the error of a handshake.
func tlsFault(err error) TLSFault {
	var (
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
		issuer  x509.UnknownAuthorityError
		weak    x509.InsecureAlgorithmError
		gone    *revoked
		chain   *tls.CertificateVerificationError
		header  tls.RecordHeaderError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &gone):
		return TLSRevoked
	case errors.As(err, &invalid):
		if invalid.Reason != x509.Expired { // Go says Expired for both ends of the validity
			return TLSBadChain
		}
		if strings.Contains(invalid.Detail, "is before") {
			return TLSNotYetValid
		}
		return TLSExpired
	case errors.As(err, &host):
		return TLSWrongHost
	case errors.As(err, &weak), isWeak(err):
		return TLSWeak
	case errors.As(err, &issuer):
		return TLSUnknownIssuer
	case errors.As(err, &chain):
		return TLSBadChain
	case errors.As(err, &header) && header.Conn != nil:
		// Conn is set for the first record only: what comes later is a peer
		// that speaks TLS and breaks its rules.
		return TLSNotTLS
	case errors.As(err, &op) && op.Op == "remote error":
		return TLSAlert
	case isTimeout(err):
		return TLSTimeout
	case isClosedByPeer(err):
		return TLSClosed
	}
	return TLSOther
}

// isWeak reports what crypto/x509 and crypto/rsa say in words only: of an
// issuer whose signature is no proof, as a hint beside "unknown authority", and
// of an RSA key below 1024 bits.
func isWeak(err error) bool {
	s := err.Error()
	return strings.Contains(s, "insecure algorithm") || strings.Contains(s, "-bit keys are insecure")
}
