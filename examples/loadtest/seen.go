package main

import (
	"errors"
	"time"

	"pageload/fetch"
	"pageload/loader/waterfall"
)

// ending is how a load ended.
type ending uint8

const (
	loaded ending = iota // the document came
	failed               // it did not
	cutOff               // the program was stopped meanwhile
)

// seen is what is counted of one load while it goes on. It is used by the
// load's goroutine, one load after the other.
type seen struct {
	document int32 // the request of the page's document, the last hop so far
	counts
	faults []fault // of subresources
	marks  [2]time.Duration

	took time.Duration
	end  ending
	err  error  // why it failed
	kind string // of err
}

// The milestones that are counted, as indexes of marks.
const (
	markContent = iota
	markLoad
)

// counts are the figures that are added up over all loads.
type counts struct {
	requests, cached, redirected, refused, connections int64
	status                                             [6]int64 // by class: status[2] is 2xx
	heads, bodies, decoded, sent                       int64    // bytes
}

// A fault is a request that failed.
type fault struct{ kind, why string }

func (s *seen) reset() {
	*s = seen{faults: s.faults[:0], marks: [2]time.Duration{waterfall.None, waterfall.None}}
}

// observe is called for each event of the load.
func (s *seen) observe(e waterfall.Event) {
	switch e.Kind {
	case waterfall.Discovered:
		s.requests++
		if d, ok := e.Data.(*waterfall.Discovery); ok && e.Frame == 0 && d.Type == waterfall.Document {
			s.document = e.Request
		}
	case waterfall.Milestone:
		switch {
		case e.Frame != 0:
		case e.Text == waterfall.DOMContentLoaded:
			s.marks[markContent] = e.At
		case e.Text == waterfall.Load:
			s.marks[markLoad] = e.At
		}
	case waterfall.Refused:
		s.refused++
	case waterfall.Redirected, waterfall.Finished, waterfall.Failed:
		if x, ok := e.Data.(*waterfall.Exchange); ok {
			s.exchange(x)
			if e.Kind == waterfall.Failed && e.Request != s.document {
				s.faults = append(s.faults, fault{orFailed(x.NetError), e.Text})
			}
		}
	}
}

// exchange counts what went over the wire.
func (s *seen) exchange(x *waterfall.Exchange) {
	if x.RedirectURL != "" {
		s.redirected++
	}
	if class := x.Status / 100; class > 0 && class < len(s.status) {
		s.status[class]++
	}
	if x.FromCache != "" {
		s.cached++
	} else {
		s.heads += max(x.HeadBytes, 0)
		s.bodies += x.BodyBytes
	}
	if x.DecodedBytes >= 0 {
		s.decoded += x.DecodedBytes
	} else { // nobody needed it decoded
		s.decoded += x.BodyBytes
	}
	s.sent += x.SentBytes
	if x.ConnID != 0 && !x.Reused {
		s.connections++
	}
}

// add adds up.
func (c *counts) add(o *counts) {
	c.requests += o.requests
	c.cached += o.cached
	c.redirected += o.redirected
	c.refused += o.refused
	c.connections += o.connections
	for i, n := range o.status {
		c.status[i] += n
	}
	c.heads += o.heads
	c.bodies += o.bodies
	c.decoded += o.decoded
	c.sent += o.sent
}

// kindOf names an error as Chromium does.
func kindOf(err error) string {
	var f *fetch.Error
	if errors.As(err, &f) {
		return orFailed(f.Net())
	}
	return orFailed("")
}

func orFailed(name string) string {
	if name == "" {
		return "net::ERR_FAILED"
	}
	return name
}
