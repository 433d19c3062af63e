package http1

// readChunked reads a chunked body and its trailer section (RFC 9112 section 7.1).
//
// Lines within the coding end in CRLF and nothing else: section 2.2's leniency is for the start line and fields, and readers
// that differ here have been tricked (CVE-2025-22871). Chromium takes LF too. Trailer fields are read like header fields.
func (c *Conn) readChunked(r *Response, sink func([]byte) error) error {
	ext := int64(0)
	for {
		size, extLen, err := c.chunkSize(r)
		if err != nil {
			return err
		}
		// Chunks of one byte with kilobytes of extensions are an attack, not a response; net/http counts alike.
		if ext += extLen; ext > int64(c.lim.ChunkExtBytes)+r.ContentBytes {
			return c.extError()
		}
		if size == 0 {
			return c.trailer(r)
		}
		for left := size; left > 0; {
			before := r.ContentBytes
			if err := c.give(r, left, sink); err != nil {
				return wrapBody("chunk", size-left, size, err)
			}
			left -= r.ContentBytes - before
		}
		if err := c.chunkEnd(r); err != nil {
			return err
		}
	}
}

func (c *Conn) extError() error {
	return limitError("chunk extension", "larger than %d bytes", "ChunkExtBytes", c.lim.ChunkExtBytes)
}

// chunkSize reads the line before a chunk: its size, and how many bytes of extensions were ignored.
func (c *Conn) chunkSize(r *Response) (size, ext int64, err error) {
	const digits = 16
	end, err := c.line(0, c.lim.ChunkExtBytes+digits+len("\r\n"))
	if err == errTooLong {
		return 0, 0, c.extError()
	}
	if err != nil {
		return 0, 0, readError("chunked body", r.ContentBytes, -1, err)
	}
	line := c.buf[c.r : c.r+end]
	c.r += end
	r.BodyBytes += int64(end)
	return parseChunkSize(line)
}

// parseChunkSize reads "1a;name=value CRLF". At most 16 hexadecimal digits, no sign and no prefix; white space after
// them, as Chromium and net/http take it for servers that pad; extensions without control characters.
func parseChunkSize(line []byte) (size, ext int64, err error) {
	const part = "chunk size"
	n := len(line) - 2
	if n < 0 || line[n] != '\r' {
		return 0, 0, syntaxError(part, "line does not end in CRLF")
	}
	line = line[:n]
	i := 0
	for ; i < len(line); i++ {
		d := hex(line[i])
		if d < 0 {
			break
		}
		if i == 16 || size >= 1<<59 {
			return 0, 0, syntaxErrorf(part, "too large: %q", clip(line))
		}
		size = size<<4 | int64(d)
	}
	rest := line[i:]
	for len(rest) > 0 && blank(rest[0]) {
		rest = rest[1:]
	}
	if i == 0 || len(rest) > 0 && rest[0] != ';' {
		return 0, 0, syntaxErrorf(part, "not a number: %q", clip(line))
	}
	if k := forbidden(rest); k >= 0 {
		return 0, 0, syntaxErrorf("chunk extension", "control character 0x%02x", rest[k])
	}
	return size, int64(len(line) - i), nil
}

func hex(b byte) int {
	switch {
	case digit(b):
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// chunkEnd reads the CRLF after a chunk.
func (c *Conn) chunkEnd(r *Response) error {
	for i, want := range [...]byte{'\r', '\n'} {
		if c.r == c.w {
			if err := c.fill(largeSize); err != nil {
				return readError("chunked body", r.ContentBytes, -1, err)
			}
		}
		if got := c.buf[c.r]; got != want {
			return syntaxErrorf("chunk", "not followed by CRLF but by %q after %d bytes of it", got, i)
		}
		c.r++
		r.BodyBytes++
	}
	return nil
}

// trailer reads the fields after the last chunk (RFC 9112 section 7.1.2).
func (c *Conn) trailer(r *Response) error {
	const part = "trailer section"
	first := len(r.fields)
	end, err := c.fieldLines(r, 0, c.lim.TrailerBytes, part, "TrailerBytes")
	if err != nil {
		return err
	}
	if len(r.fields) > first {
		at := uint32(len(r.buf))
		r.buf = append(r.buf, c.buf[c.r:c.r+end]...)
		t := r.fields[first:len(r.fields):len(r.fields)]
		for i := range t {
			t[i].name += at
			t[i].value += at
		}
		r.Trailer = Header{r.buf, t}
	}
	c.r += end
	r.BodyBytes += int64(end)
	return nil
}
