package fetch

import (
	"errors"
	"strings"

	"pageload/conn"
	"pageload/dnscache"
)

// describe returns the text of a cause: what the layers below say, without repeating what the message of Error says already.
func describe(err error) string {
	var dial *conn.DialError
	var tls *conn.TLSError
	var name *dnscache.Error
	var resolve *conn.ResolveError
	var proxy *conn.ProxyError
	switch {
	case err == nil:
		return "failed"
	case errors.As(err, &proxy):
		return strings.TrimPrefix(proxy.Error(), "conn: ")
	case errors.As(err, &tls):
		return tls.Addr.String() + ": " + tls.Fault.String() + ": " + tls.Err.Error()
	case errors.As(err, &dial) && len(dial.Attempts) > 0:
		parts := make([]string, len(dial.Attempts))
		for i, a := range dial.Attempts {
			parts[i] = a.Addr.String() + ": " + rootText(a.Err)
		}
		return strings.Join(parts, "; ")
	case errors.As(err, &name):
		return strings.TrimPrefix(name.Error(), "dnscache: ")
	case errors.As(err, &resolve):
		return resolve.Host + ": " + resolve.Err.Error()
	}
	return err.Error()
}

// rootText returns the text of the innermost cause: "connection refused" without the system call around it. Where a rule of
// ours or a limit is the cause, that is named.
func rootText(err error) string {
	if err == nil {
		return "failed"
	}
	var policy *conn.PolicyError
	var port *conn.PortError
	switch {
	case errors.As(err, &policy):
		return policy.Error()
	case errors.As(err, &port):
		return port.Error()
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
