package http1

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// emptyLead is how many bytes of empty lines may stand before a status line: what Chromium skips
// (status_line_max_slop), for servers that send a line end too many after a body. RFC 9112 section 2.2 asks it of servers only.
const emptyLead = 4

// ReadResponse reads interim responses, calling r.Interim for each, and then the final response's head. method is that of the
// request: a response to HEAD has no body. What r held before is gone. If there is no body, the exchange is
// complete when it returns, and ReadBody need not be called.
func (c *Conn) ReadResponse(r *Response, method string) error {
	r.reset()
	if c.state != idle && c.state != awaiting {
		return &Error{Kind: Misuse, Part: "response", What: "the one before it has not been read, or ended the connection"}
	}
	c.lim = c.Limits.withDefaults()
	c.headSize = c.headBuffer(r)
	for interim := 0; ; interim++ {
		n, err := c.readHead(r)
		if err != nil {
			return c.fail(err)
		}
		if r.Status >= 200 {
			r.HeadBytes = n
			break
		}
		// RFC 9110 section 15.2: any number of them, expected or not; 101 would make this another protocol.
		if r.Status == 101 {
			return c.fail(syntaxError("status line", "101 Switching Protocols, which was not asked for"))
		}
		if interim >= c.lim.Interim {
			return c.fail(limitError("response", "more than %d interim responses", "Interim", c.lim.Interim))
		}
		r.InterimBytes += n
		if r.Status == 100 {
			c.up.wanted()
		}
		if r.Interim != nil {
			r.Interim(r.Status, r.Header)
		}
	}
	if err := r.frame(method); err != nil {
		return c.fail(err)
	}
	c.state = reading
	if r.Status >= 300 || c.up.unasked() {
		c.stopUpload()
	}
	if r.Framing == NoBody || r.Framing == Length && r.ContentLength == 0 {
		c.finish(r)
	}
	return nil
}

// readHead reads one head into r and returns its length.
func (c *Conn) readHead(r *Response) (int64, error) {
	const part = "response head"
	most := c.lim.HeaderBytes
	off, err := c.statusStart(r)
	if err != nil {
		return 0, err
	}
	end, err := c.line(off, most)
	if err != nil {
		return 0, c.lineError(part, "HeaderBytes", most, err)
	}
	line := content(c.buf[c.r+off : c.r+end])
	proto, status, reason, err := statusLine(line)
	if err != nil {
		return 0, err
	}
	from, to := off+reason, off+len(line)
	for to > from && blank(c.buf[c.r+to-1]) {
		to--
	}
	r.hold()
	r.Proto, r.Status = proto, status
	r.fields = r.fields[:0]
	end, err = c.fieldLines(r, end, most, part, "HeaderBytes")
	if err != nil {
		return 0, err
	}
	r.HeadEnd = c.clock()
	r.buf = append(r.buf[:0], c.buf[c.r:c.r+end]...)
	c.r += end
	r.Reason = r.buf[from:to:to]
	r.Header = Header{r.buf, r.fields[:len(r.fields):len(r.fields)]}
	return int64(end), nil
}

// statusStart waits for the first bytes of a head and returns where its status line begins: after empty lines.
func (c *Conn) statusStart(r *Response) (off int, err error) {
	begun := !r.FirstByte.IsZero() // by an interim response
	for seen := false; ; {
		p := c.buffered()
		if len(p) > 0 && !seen {
			seen = true
			r.FinalStart = c.clock()
			if !begun {
				r.FirstByte = r.FinalStart
			}
		}
		for off < len(p) && off < emptyLead && (p[off] == '\n' || p[off] == '\r' && off+1 < len(p) && p[off+1] == '\n') {
			if p[off] == '\r' {
				off++
			}
			off++
		}
		if off < len(p) && (p[off] != '\r' || off+1 < len(p) || off >= emptyLead) {
			return off, nil
		}
		if err := c.fill(c.headSize); err != nil {
			return 0, c.startError(len(p), begun, err)
		}
	}
}

// startError is what a read error means before a status line.
func (c *Conn) startError(got int, begun bool, err error) error {
	switch {
	case got > 0 || begun:
		return readError("response head", int64(got), -1, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{Kind: IO, Part: "response", What: "waited for its first byte", Err: err}
	case err == io.EOF:
		return &Error{Kind: NoResponse, Part: "response", What: "connection closed before its first byte", Err: err}
	}
	return &Error{Kind: NoResponse, Part: "response", What: "connection failed before its first byte", Err: err}
}

// fieldLines reads field lines from offset off up to and including the empty line, appends them to r.fields with offsets
// relative to c.r, and returns the offset after it.
func (c *Conn) fieldLines(r *Response, off, most int, part, limit string) (int, error) {
	first := len(r.fields)
	for {
		end, err := c.line(off, most)
		if err != nil {
			return 0, c.lineError(part, limit, most, err)
		}
		line := content(c.buf[c.r+off : c.r+end])
		switch {
		case len(line) == 0:
			return end, nil
		case blank(line[0]):
			if len(r.fields) == first {
				// RFC 9112 section 2.2: white space before the first field; reject.
				return 0, syntaxError("header field", "white space before the first one")
			}
			if err := c.unfold(&r.fields[len(r.fields)-1], off, line); err != nil {
				return 0, err
			}
		default:
			if len(r.fields)-first >= c.lim.Fields {
				return 0, limitError(part, "more than %d fields", "Fields", c.lim.Fields)
			}
			f, err := fieldLine(line)
			if err != nil {
				return 0, err
			}
			f.name += uint32(off)
			f.value += uint32(off)
			r.fields = append(r.fields, f)
		}
		off = end
	}
}

// unfold joins a line that begins with white space to the field before it: RFC 9112 section 5.2 has user agents replace
// each obs-fold by spaces before they interpret the value, and Chromium does. That is done in place.
func (c *Conn) unfold(f *field, off int, line []byte) error {
	more := trim(line)
	if k := forbidden(more); k >= 0 {
		return syntaxErrorf("header field", "control character 0x%02x in a folded value", more[k])
	}
	if len(more) == 0 {
		return nil
	}
	lead := 0
	for blank(line[lead]) {
		lead++
	}
	if f.valueLen == 0 {
		f.value, f.valueLen = uint32(off+lead), uint32(len(more))
		return nil
	}
	p := c.buffered()
	for i := int(f.value + f.valueLen); i < off+lead; i++ {
		p[i] = ' '
	}
	f.valueLen = uint32(off+lead+len(more)) - f.value
	return nil
}

// errTooLong is line's error for a line that ends beyond its bound.
var errTooLong = errors.New("too long")

// line waits for the line that begins at offset off from c.r, and returns the offset after its LF. It fails
// where that would be beyond most: at the same byte however the bytes were cut.
func (c *Conn) line(off, most int) (end int, err error) {
	for scan := off; ; {
		p := c.buffered()
		if i := bytes.IndexByte(p[scan:], '\n'); i >= 0 {
			if end = scan + i + 1; end > most {
				return 0, errTooLong
			}
			return end, nil
		}
		if scan = len(p); scan >= most {
			return 0, errTooLong
		}
		if err := c.fill(c.headSize); err != nil {
			return 0, err
		}
	}
}

// lineError says what an error of line means in a part whose bound is the field limit of Limits.
func (c *Conn) lineError(part, limit string, most int, err error) error {
	if err == errTooLong {
		return limitError(part, "larger than %d bytes", limit, most)
	}
	return readError(part, int64(c.w-c.r), -1, err)
}
