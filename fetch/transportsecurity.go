package fetch

import (
	"time"

	"pageload/fetch/altsvc"
)

// insecureHost reports whether the hop is by http to a host that wants TLS (RFC 6797 section 8.3).
func (x *Call) insecureHost() bool {
	if x.c.HSTS == nil || x.url.Scheme() != "http" {
		return false
	}
	host, _ := x.url.Address()
	return x.c.HSTS.Upgrade(host).Name != ""
}

// secure answers the hop inside the client: its host wants TLS, and so it is redirected there. It looks as Chromium's does
// (URLRequestRedirectJob), without the fields that would let CORS pass, for which nobody asks here.
func (x *Call) secure() step {
	h := x.hop
	if err := x.cancellation(); err != nil {
		return x.fail(PhaseRequest, err)
	}
	next := x.url.WithScheme("https")
	now := time.Now()
	h.Status, h.StatusText = 307, "Internal Redirect"
	h.Header = Header{{"Location", next.WithoutUserinfo().String()}, {"Non-Authoritative-Reason", "HSTS"}}
	t := &h.Times
	t.Queued, t.LeaseReady, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = now, now, now, now, now, now, now
	if x.returnsRedirects() {
		if err := x.h.Response(h); err != nil {
			return x.fail(PhaseHandler, &handlerError{err})
		}
		return stepFinish
	}
	if err := x.oneMore(); err != nil {
		return x.fail(PhaseRedirect, err)
	}
	if err := x.h.Redirect(h, next.WithoutUserinfo()); err != nil {
		return x.fail(PhaseHandler, &handlerError{err})
	}
	x.follow(next)
	return stepHop
}

// noteSecurity tells the stores what a response over TLS says of its host and of its alternatives. Who accepts any certificate accepts what comes with it, as in
// Chromium. Of several fields the first counts (RFC 6797 section 8.1); one that is not by the grammar counts as none.
func (x *Call) noteSecurity() {
	if x.hop.TLS == nil {
		return
	}
	if x.c.HSTS != nil {
		if field, ok := x.hop.Header.Lookup("Strict-Transport-Security"); ok {
			host, _ := x.url.Address()
			_ = x.c.HSTS.Note(host, field) // what is wrong with it is the server's affair, and in the header
		}
	}
	if x.c.AltSvc != nil {
		if _, ok := x.hop.Header.Lookup("Alt-Svc"); ok {
			_ = x.c.AltSvc.Note(altsvc.Key{Origin: x.url.Origin().String(), Partition: x.partition()}, x.hop.Header.Joined("Alt-Svc"))
		}
	}
}
