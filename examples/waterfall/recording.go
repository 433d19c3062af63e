package main

import (
	"bufio"
	"context"

	"pageload/examples/internal/connflags"
	"pageload/loader"
)

// A recording is the capture of a load's packets. A nil one records nothing.
type recording struct {
	recorder *connflags.Recorder
	buf      *bufio.Writer
	out      *output
	err      error
}

// record begins a capture where one was asked for. Where it cannot be done, as
// without the privilege, the notice says why in a line, and everything else goes
// on.
func (o *options) record(p *loader.Profile, out *output) (r *recording, notice string) {
	if o.captureFile == "" {
		return nil, ""
	}
	r = &recording{buf: bufio.NewWriter(out.file), out: out}
	var err error
	if r.recorder, err = connflags.Capture(p, r.buf); err != nil {
		return nil, "-capture: nothing is captured: " + err.Error()
	}
	return r, ""
}

// end ends the capture once the last segments of the closes were seen, or ctx
// ends.
func (r *recording) end(ctx context.Context) {
	if r != nil {
		r.err = r.recorder.Close(ctx)
	}
}

// save puts the file in its place.
func (r *recording) save() error {
	if r == nil {
		return nil
	}
	if r.err == nil {
		r.err = r.buf.Flush()
	}
	if r.err != nil {
		return r.err
	}
	return r.out.commit()
}
