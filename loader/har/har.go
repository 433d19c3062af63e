package har

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"pageload/loader/waterfall"
)

// Options say how a HAR is written. The zero value is ready.
type Options struct {
	Creator    string // name of the program that made the HAR; empty: "pageload"
	Version    string // its version; empty: "1"
	Comment    string // of the log; empty: none
	OmitBodies bool   // leave out bodies that the waterfall has
}

const (
	defaultCreator = "pageload"
	defaultVersion = "1"
	pageID         = "page_1"
)

// Write writes the waterfall as a HAR 1.2. An entry stands on a line of its own
// and leaves as soon as it is made: memory does not grow with the number of
// requests, nor with their bodies. Entries come in the order in which requests
// were made; redirect hops, failures, cache hits and refused requests are
// entries too. The waterfall may be that of a load that still goes on; it is
// not changed.
//
// The error is that of w; what was written by then is no whole HAR.
func Write(w io.Writer, wf *waterfall.Waterfall, o Options) error {
	if wf == nil {
		return errors.New("har: no waterfall")
	}
	h := &writer{wf: wf, options: o, encoder: encoder{w: w, buf: make([]byte, 0, 2*flushAt)}}
	// Whole microseconds here as in the timings, so that ends computed from
	// startedDateTime and time agree with each other.
	h.start = wf.Page.Start.Truncate(time.Microsecond).UTC()
	h.last = wf.Last()
	h.log()
	if h.err != nil {
		return fmt.Errorf("har: write: %w", h.err)
	}
	return nil
}

// writer is one HAR under way.
type writer struct {
	encoder
	wf      *waterfall.Waterfall
	options Options
	start   time.Time     // wall clock of offset 0, whole microseconds
	last    time.Duration // to which a connection that is open is drawn
}

func (h *writer) log() {
	h.open('{')
	h.object("log")
	h.str("version", "1.2")
	h.object("creator")
	h.str("name", cmp.Or(h.options.Creator, defaultCreator))
	h.str("version", cmp.Or(h.options.Version, defaultVersion))
	h.close('}')
	h.array("pages")
	h.page()
	h.close(']')
	h.array("entries")
	for _, i := range h.order() {
		h.line()
		h.entry(&h.wf.Requests[i])
		if len(h.buf) >= flushAt {
			h.flush()
		}
		if h.err != nil {
			return
		}
	}
	h.close(']')
	h.connections()
	h.notes("_limits", h.wf.Limits)
	h.notes("_skipped", h.wf.Skipped)
	h.notes("_hints", h.wf.Hints)
	h.tasks(h.wf.MainThread)
	h.opt("comment", h.options.Comment)
	h.close('}')
	h.close('}')
	h.close('\n')
	h.flush()
}

// order returns the requests' places sorted by start; those that start together
// keep the order in which they were made.
func (h *writer) order() []int {
	list := make([]int, len(h.wf.Requests))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int {
		return cmp.Compare(startOf(&h.wf.Requests[a]), startOf(&h.wf.Requests[b]))
	})
	return list
}

// startOf returns when the request was made, in whole microseconds.
func startOf(r *waterfall.Request) time.Duration {
	if r.Start == waterfall.None {
		return 0
	}
	return r.Start.Truncate(time.Microsecond)
}

func (h *writer) page() {
	p := &h.wf.Page
	h.line()
	h.open('{')
	h.time("startedDateTime", h.start)
	h.str("id", pageID)
	h.str("title", cmp.Or(p.Title, p.URL))
	h.object("pageTimings")
	h.milestone("onContentLoad", p.DOMContentLoaded)
	h.milestone("onLoad", p.Load)
	h.milestone("_renderStart", p.RenderStart)
	h.milestone("_domInteractive", p.DOMInteractive)
	h.close('}')
	h.str("_url", p.URL)
	h.opt("_error", p.Err)
	h.close('}')
}

// milestone writes when something was reached, or -1.
func (h *writer) milestone(name string, at time.Duration) {
	if at == waterfall.None {
		h.num(name, -1)
		return
	}
	h.ms(name, max(0, at))
}

// offset writes a time of the log, which may be before the navigation, and
// nothing where it did not happen.
func (h *writer) offset(name string, at time.Duration) {
	if at != waterfall.None {
		h.ms(name, at)
	}
}

// notes writes a list of lines with their times, nothing where it is empty.
func (h *writer) notes(name string, list []waterfall.Note) {
	if len(list) == 0 {
		return
	}
	h.array(name)
	for _, n := range list {
		h.line()
		h.open('{')
		h.offset("at", n.At)
		if n.Request != 0 {
			h.num("request", int64(n.Request))
		}
		h.str("text", n.Text)
		h.close('}')
		if len(h.buf) >= flushAt {
			h.flush()
		}
	}
	h.close(']')
}
