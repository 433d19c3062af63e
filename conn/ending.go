package conn

import (
	"errors"
	"fmt"
	"syscall"

	"pageload/conn/kernel"
)

// inspect asks the kernel, right before the close, how the connection ends. It
// is nil where the kernel is not there to be asked.
func (c *connection) inspect() *kernel.Ending {
	var e kernel.Ending
	s := c.pool.askers.get(c.rawConn()) // also with FactsNone: for the bytes and for who closed
	defer c.pool.askers.put(s)
	if s == nil || s.Ending(&e) != nil {
		return nil
	}
	e.Info.SYNRetransmits = c.life.synRetransmits()
	return &e
}

// ended notes how a connection ended that is being closed in the state of e.
// first is who sent the first FIN before that, if any did.
func (r *Record) ended(e *kernel.Ending, first Closer) {
	r.FirstFIN = first
	switch e.Info.State {
	case kernel.Established:
		r.FirstFIN = ByUs
	case kernel.CloseWait, kernel.LastAck:
		r.FirstFIN = ByPeer
	case kernel.FinWait1, kernel.FinWait2, kernel.Closing:
		r.FirstFIN = ByUs
	case kernel.Closed:
		r.wasReset(e.Err)
		return
	}
	switch {
	case e.Unread > 0:
		r.Reset, r.ResetWhy = ByUs, fmt.Sprintf("%d bytes were unread when we closed", e.Unread)
	case e.Abort:
		r.Reset, r.ResetWhy = ByUs, "SO_LINGER with a time of 0 was set"
	}
	if r.Reset == ByUs && e.Info.State == kernel.Established {
		r.FirstFIN = ByNobody // the RST went in place of the FIN
	}
}

// wasReset notes why the kernel has given up a connection before we closed it.
// pending is the socket's error, unless a read or write has taken it.
func (r *Record) wasReset(pending error) {
	switch err := errors.Join(pending, r.Reason); {
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		r.Reset, r.ResetWhy = ByPeer, "the peer sent a RST"
	case errors.Is(err, syscall.ETIMEDOUT):
		r.ResetWhy = "no RST: the kernel gave up, the peer did not answer"
	}
}

// A byteCounter is a connection that counts its bytes itself.
type byteCounter interface {
	Transferred() (sent, received int64)
}

// transferred returns the bytes of data that TCP sent and received, 0 and 0
// where that is not known. e may be nil.
func (c *connection) transferred(e *kernel.Ending) (sent, received int64) {
	if t, ok := c.raw.(byteCounter); ok {
		return t.Transferred()
	}
	if e != nil {
		return e.Info.Data()
	}
	return 0, 0
}
