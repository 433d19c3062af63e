package pageflags

import (
	"context"
	"errors"
	"strings"

	"pageload/conn"
	"pageload/fetch"
)

// Reason says in one line why a page was not loaded: its URL, what was tried and
// what came of it. The names of packages are left out. The cause is that of the
// load's context; nil if it has not ended.
func Reason(err, cause error) string {
	var f *fetch.Error
	if !errors.As(err, &f) {
		return plain(err.Error())
	}
	url := f.URL.String()
	if len(url) > shown {
		url = url[:shown] + "…"
	}
	if cause != nil && (errors.Is(f, context.Canceled) || errors.Is(f, context.DeadlineExceeded)) {
		return url + ": stopped while " + doing(f.Phase) + ": " + plain(cause.Error())
	}
	_, why, _ := strings.Cut(f.Error(), ": "+f.Phase.String()+": ")
	text := url + ": " + attempt(f.Phase) + plain(why)
	var t *conn.TLSError
	if errors.As(err, &t) && aboutCertificate(t.Fault) {
		text += " (-insecure accepts any certificate)"
	}
	return text
}

// shown is how much of a URL a reason has, in bytes: a data: URL has megabytes.
const shown = 200

// doing is what a fetch does in a phase.
func doing(p fetch.Phase) string {
	switch p {
	case fetch.PhaseQueue:
		return "waiting for a connection"
	case fetch.PhaseDNS:
		return "looking up the name"
	case fetch.PhaseConnect:
		return "connecting"
	case fetch.PhaseTLS:
		return "in the TLS handshake"
	case fetch.PhaseSend:
		return "sending the request"
	case fetch.PhaseWait:
		return "waiting for the response"
	case fetch.PhaseReceive:
		return "receiving the response"
	}
	return "loading"
}

// attempt is what failed in a phase whose errors do not say it themselves.
func attempt(p fetch.Phase) string {
	switch p {
	case fetch.PhaseDNS:
		return "name lookup: "
	case fetch.PhaseConnect:
		return "connect: "
	case fetch.PhaseTLS:
		return "TLS: "
	}
	return ""
}

func aboutCertificate(f conn.TLSFault) bool {
	switch f {
	case conn.TLSExpired, conn.TLSNotYetValid, conn.TLSWrongHost, conn.TLSUnknownIssuer, conn.TLSBadChain,
		conn.TLSRevoked, conn.TLSWeak:
		return true
	}
	return false
}

// Plain is an error's text without the names of packages, on one line.
func Plain(text string) string { return plain(text) }

// plain takes the names of packages out of an error's text, and keeps it on one
// line.
func plain(text string) string {
	names := []string{"loader: ", "fetch: ", "http1: ", "conn: ", "dnscache: ", "weburl: ", "har: ", "report: ",
		"tls: failed to verify certificate: ", "tls: ", "x509: "}
	text = ": " + strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
	for _, name := range names {
		text = strings.ReplaceAll(text, ": "+name, ": ")
	}
	return text[2:]
}
