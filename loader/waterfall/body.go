package waterfall

import (
	"bytes"
	"io"
)

// A Content is a body that is kept somewhere else than in memory.
type Content interface {
	io.ReaderAt
	Size() int64 // in bytes
}

// HasBody reports whether the body was kept; it may be empty.
func (r *Request) HasBody() bool { return r.Body != nil || r.Content != nil }

// OpenBody returns a reader of the decoded body, wherever it is kept; an empty
// one where it was not. Each call begins anew.
func (r *Request) OpenBody() io.Reader {
	if r.Content != nil {
		return io.NewSectionReader(r.Content, 0, r.Content.Size())
	}
	return bytes.NewReader(r.Body)
}
