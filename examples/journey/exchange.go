package main

import (
	"fmt"
	"strings"

	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// sent is stage 5 of one request of the document.
func (t *teller) sent(r *waterfall.Request) stage {
	s := stage{Number: 5, Title: "The request is sent", Package: "fetch"}
	if r.Times.SendStart == waterfall.None {
		s.say("nothing was sent")
		return s
	}
	took := ms(max(0, r.Times.SendEnd-r.Times.SendStart))
	u, err := weburl.Parse(r.URL)
	switch {
	case err != nil:
	case strings.HasPrefix(r.Proto, "HTTP/2"):
		s.at(r.Times.SendStart, "in frames of HTTP/2, in %s, on connection #%d", took, r.ConnID)
		s.say("| %s %s", r.Method, u.WithoutFragment().WithoutUserinfo())
	default:
		s.at(r.Times.SendStart, "%s in %s, on connection #%d", count(r.SentBytes, "byte"), took, r.ConnID)
		target := u.RequestTarget()
		if c := t.connection(r); c != nil && c.Proxy != nil && c.Scheme == "http" && c.Proxy.From == waterfall.None {
			target = u.WithoutFragment().WithoutUserinfo().String()
		}
		s.say("| %s %s HTTP/1.1", r.Method, target)
	}
	for _, f := range r.RequestHeader {
		s.say("| %s: %s", f.Name, f.Value)
	}
	s.say("|")
	if len(r.PostData) > 0 {
		s.say("| and %s of %s", count(len(r.PostData), "byte"), r.PostType)
	}
	t.carried(&s, r, true)
	return s
}

// answered is stage 6.
func (t *teller) answered(r *waterfall.Request) stage {
	s := stage{Number: 6, Title: "The response", Package: "fetch"}
	if r.Status == 0 {
		s.at(r.Times.End, "there is none%s", because(plainError(r)))
		return s
	}
	t.carried(&s, r, false)
	if r.Times.FirstByte != waterfall.None && r.Times.SendEnd != waterfall.None {
		s.at(r.Times.FirstByte, "the first byte, %s after the request", ms(r.Times.FirstByte-r.Times.SendEnd))
	}
	if r.FromCache != "" {
		s.say("from the %s cache", r.FromCache)
	}
	s.at(r.Times.HeadEnd, "| %s", strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Proto, r.Status, r.StatusText)))
	for _, f := range r.ResponseHeader {
		s.say("| %s: %s", f.Name, f.Value)
	}
	s.say("|")
	body := "a body of " + count(r.BodyBytes, "byte")
	if r.HeadBytes > 0 {
		body = "a head of " + count(r.HeadBytes, "byte") + ", " + body
	}
	if coding := header(r.ResponseHeader, "Content-Encoding"); coding != "" && r.DecodedBytes >= 0 {
		body += fmt.Sprintf(", decoded from %s to %d", coding, r.DecodedBytes)
	}
	if r.Times.HeadEnd != waterfall.None && r.Times.End != waterfall.None {
		body += ", " + ms(r.Times.End-r.Times.HeadEnd) + " long"
	}
	s.at(r.Times.End, "%s", body)
	if r.RedirectURL != "" {
		s.say("a redirect: it leads to %s", r.RedirectURL)
	}
	if r.Err != "" {
		s.say("failed: %s", plainError(r))
	}
	return s
}

// header returns the value of the first field of that name.
func header(list []waterfall.Field, name string) string {
	for _, f := range list {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
