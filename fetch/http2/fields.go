package http2

import (
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// A Field is a header field. Names are in lower case.
type Field struct{ Name, Value string }

// fieldList collects what the decoder emits of one head and checks it as it comes (RFC 9113 section 8.2 and 8.3).
type fieldList struct {
	fields  []Field
	status  string
	regular bool   // a field that is no pseudo-header field has come
	bad     string // what is malformed, "" if nothing
	over    string // the limit that was reached, "" if none
	size    int
	maxSize int
	maxLen  int
}

func (l *fieldList) limits(lim Limits) { l.maxSize, l.maxLen = lim.HeaderBytes, lim.Fields }

// reset makes ready for a head. The fields of the one before are its stream's.
func (l *fieldList) reset() {
	*l = fieldList{maxSize: l.maxSize, maxLen: l.maxLen}
}

// add is called by the decoder.
func (l *fieldList) add(f hpack.HeaderField) {
	if l.over != "" || l.bad != "" {
		return
	}
	if l.size += len(f.Name) + len(f.Value) + 32; l.size > l.maxSize {
		l.over, l.fields = "HeaderBytes", nil
		return
	}
	if strings.HasPrefix(f.Name, ":") {
		switch {
		case l.regular:
			l.bad = "pseudo-header field after others"
		case f.Name != ":status":
			l.bad = "pseudo-header field " + strconv.Quote(clip(f.Name))
		case l.status != "":
			l.bad = "two :status fields"
		case len(f.Value) != 3 || f.Value[0] < '1' || f.Value[0] > '9' || !isDigit(f.Value[1]) || !isDigit(f.Value[2]):
			l.bad = ":status " + strconv.Quote(clip(f.Value))
		}
		l.status = f.Value
		return
	}
	l.regular = true
	if what := malformed(f.Name, f.Value); what != "" {
		l.bad = what
		return
	}
	if len(l.fields) >= l.maxLen {
		l.over, l.fields = "Fields", nil
		return
	}
	if l.fields == nil {
		l.fields = make([]Field, 0, 16)
	}
	l.fields = append(l.fields, Field{f.Name, f.Value})
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// clip bounds what a server says in our errors.
func clip(s string) string { return s[:min(len(s), 80)] }

// malformed says what is wrong with a field (RFC 9113 sections 8.2.1 and 8.2.2), "" for nothing.
func malformed(name, value string) string {
	if name == "" {
		return "a field without a name"
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' || c == ':' {
			return "field name " + strconv.Quote(clip(name))
		}
	}
	for i := range len(value) {
		if c := value[i]; c == 0 || c == '\r' || c == '\n' {
			return "a control character in the value of field " + clip(name)
		}
	}
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		return "field " + name + " belongs to HTTP/1.1"
	}
	return ""
}

// headers handles HEADERS.
func (c *Conn) headers(h frameHeader, p []byte) error {
	in := &c.in
	p, bad := h.unpad(p)
	if bad != nil {
		return bad
	}
	if h.has(flagPriority) {
		if len(p) < 5 {
			return connError(FrameSizeError, h, "no room for the priority")
		}
		p = p[5:]
	}
	s := c.streams[h.stream]
	if s == nil || s.gotEnd {
		if err := c.stranger(h); err != nil {
			return err
		}
		s = nil
	}
	in.head, in.inHead, in.headFor, in.conts = h, true, s, 0
	in.list.reset()
	return c.fragment(h, p)
}

func (c *Conn) continuation(h frameHeader, p []byte) error {
	in := &c.in
	if in.conts++; in.conts > c.lim.Continuations {
		return limitError(h, "more than %d frames of one head", "Continuations", c.lim.Continuations)
	}
	return c.fragment(h, p)
}

// fragment decodes a part of a header block. What is for nobody is decoded too: the table has to stay that of the server.
func (c *Conn) fragment(h frameHeader, p []byte) error {
	in := &c.in
	s := in.headFor
	if s != nil {
		s.headBytes += int64(headerLen + h.length)
	}
	_, err := in.dec.Write(p)
	if err == nil && h.has(flagEndHeaders) {
		err = in.dec.Close()
	}
	if err != nil {
		e := connError(CompressionError, h, "the header block cannot be decoded")
		e.Err = err
		return e
	}
	if !h.has(flagEndHeaders) {
		return nil
	}
	in.inHead = false
	h, in.headFor = in.head, nil
	if s == nil || c.streams[s.id] != s {
		in.list.reset()
		return nil
	}
	switch l := &in.list; {
	case l.over != "":
		max := l.maxSize
		if l.over == "Fields" {
			max = l.maxLen
		}
		e := limitError(h, "a head larger than %d", l.over, max)
		e.whole = false
		c.fault(h, e)
	case l.bad != "":
		c.fault(h, streamError(ProtocolError, h, "malformed: %s", l.bad))
	case s.gotHead:
		c.trailer(s, h)
	default:
		c.response(s, h)
	}
	in.list.reset()
	return nil
}

// trailer handles a head after the final one (RFC 9113 section 8.1).
func (c *Conn) trailer(s *Stream, h frameHeader) {
	l := &c.in.list
	switch {
	case l.status != "":
		c.fault(h, streamError(ProtocolError, h, "malformed: :status in a trailer"))
	case !h.has(flagEndStream):
		c.fault(h, streamError(ProtocolError, h, "a trailer without END_STREAM"))
	default:
		s.trailer = l.fields
		c.endStream(s, h)
	}
}

// response handles an interim or the final head.
func (c *Conn) response(s *Stream, h frameHeader) {
	l := &c.in.list
	status, _ := strconv.Atoi(l.status)
	end := h.has(flagEndStream)
	switch {
	case status == 0:
		c.fault(h, streamError(ProtocolError, h, "malformed: no :status"))
		return
	case status == 101: // RFC 9113 section 8.6
		c.fault(h, streamError(ProtocolError, h, "malformed: status 101"))
		return
	case status < 200 && end:
		c.fault(h, streamError(ProtocolError, h, "malformed: status %d ends the stream", status))
		return
	}
	if s.firstByte.IsZero() {
		s.firstByte = c.in.now
	}
	s.heard = c.in.now
	c.in.wake(s)
	if status < 200 {
		if s.interimN++; s.interimN > c.lim.Interim {
			e := limitError(h, "more than %d interim responses", "Interim", c.lim.Interim)
			e.whole = false
			c.fault(h, e)
			return
		}
		s.interims = append(s.interims, interim{status, l.fields})
		return
	}
	s.gotHead, s.status, s.header, s.headEnd = true, status, l.fields, c.in.now
	s.bodiless = s.isHead || status == 204 || status == 304
	if bad := s.setLength(h, l.fields); bad != nil {
		c.fault(h, bad)
		return
	}
	if end {
		if s.length > 0 && !s.bodiless {
			c.fault(h, streamError(ProtocolError, h, "END_STREAM without content, Content-Length says %d", s.length))
			return
		}
		c.endStream(s, h)
	}
}

// setLength reads Content-Length; more than one field has to say the same (RFC 9110 section 8.6).
func (s *Stream) setLength(h frameHeader, fields []Field) *Error {
	s.length = -1
	for _, f := range fields {
		if f.Name != "content-length" {
			continue
		}
		n, err := strconv.ParseUint(f.Value, 10, 63)
		if err != nil || s.length >= 0 && int64(n) != s.length {
			return streamError(ProtocolError, h, "malformed: Content-Length %q", clip(f.Value))
		}
		s.length = int64(n)
	}
	return nil
}
