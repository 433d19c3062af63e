package fetch

import (
	"time"

	"pageload/parse/weburl"
)

// isLocal reports whether the URL is answered without the network (Fetch standard, scheme fetch).
func isLocal(u weburl.URL) bool {
	return u.Scheme() == "data" || u.Scheme() == "about" && u.Path() == "blank"
}

// local answers a hop without the network.
func (x *Call) local() step {
	h := x.hop
	h.Times.Queued = time.Now()
	contentType, body := "text/html;charset=utf-8", []byte(nil)
	if x.url.Scheme() == "data" {
		d, err := ParseDataURL(x.url)
		if err != nil {
			return x.fail(PhaseURL, err)
		}
		contentType, body = d.Type.String(), d.Body
	}
	h.Status, h.StatusText = 200, "OK"
	h.Header = Header{{"Content-Type", contentType}}
	h.Times.LeaseReady, h.Times.SendStart, h.Times.SendEnd = h.Times.Queued, h.Times.Queued, h.Times.Queued
	h.Times.FirstByte, h.Times.HeadEnd = h.Times.Queued, h.Times.Queued
	if err := x.h.Response(h); err != nil {
		return x.fail(PhaseHandler, &handlerError{err})
	}
	if len(body) > 0 && !x.r.Discard && x.method != "HEAD" {
		if err := x.deliver(body); err != nil {
			return x.fail(PhaseReceive, err)
		}
	}
	h.Times.End = time.Now()
	return stepFinish
}
