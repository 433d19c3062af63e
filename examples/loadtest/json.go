package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// A summary is the result as JSON. Times are milliseconds.
type summary struct {
	Model    string  `json:"model"` // always "closed": a load begins when the one before is over
	InFlight int     `json:"in_flight"`
	Seconds  float64 `json:"seconds"`

	Loads          int            `json:"loads"`  // that got their document
	Failed         int            `json:"failed"` // that did not
	CutOff         int            `json:"cut_off"`
	LoadsPerSecond float64        `json:"loads_per_second"`
	Documents      map[string]int `json:"documents"` // by status

	Times map[string]*timeFigures `json:"times"` // dom_content_loaded, load, all; null where there are none

	Requests    int64            `json:"requests"`
	Cached      int64            `json:"cached"`
	Redirected  int64            `json:"redirected"`
	Refused     int64            `json:"refused"`
	Connections int64            `json:"connections"`
	Status      map[string]int64 `json:"status"` // by class, such as "2xx"

	Bytes struct {
		Heads   int64 `json:"heads"`
		Bodies  int64 `json:"bodies"`
		Decoded int64 `json:"decoded"`
		Sent    int64 `json:"sent"`
	} `json:"bytes"`

	Errors []errorFigures `json:"errors"`

	CPU        float64 `json:"cpu_ms_per_load,omitempty"`
	PeakMemory int64   `json:"peak_memory_bytes,omitempty"`
}

type timeFigures struct {
	Count       int64              `json:"count"`
	Min         float64            `json:"min"`
	Percentiles map[string]float64 `json:"percentiles"` // "50", "90", "95", "99", "99.9"
	Max         float64            `json:"max"`
	Mean        float64            `json:"mean"`
}

type errorFigures struct {
	Of    string `json:"of"` // "document" or "subresource"
	Kind  string `json:"kind"`
	Count int    `json:"count"`
	First string `json:"first"`
}

func (r *result) printJSON(w io.Writer) error {
	r.mu.Lock()
	s := r.summary()
	r.mu.Unlock()
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(s)
}

// summary is called with mu held.
func (r *result) summary() *summary {
	s := &summary{
		Model: "closed", InFlight: r.inFlight, Seconds: r.took.Seconds(),
		Loads: r.loaded, Failed: r.failed, CutOff: r.cut, LoadsPerSecond: rate(int64(r.loaded), r.took), Documents: map[string]int{},
		Times:    map[string]*timeFigures{"dom_content_loaded": r.times[toContent].figures(), "load": r.times[toLoad].figures(), "all": r.times[toEnd].figures()},
		Requests: r.requests, Cached: r.cached, Redirected: r.redirected, Refused: r.refused, Connections: r.connections,
		Status: map[string]int64{}, Errors: []errorFigures{},
	}
	for status, n := range r.statuses {
		s.Documents[strconv.Itoa(status)] = n
	}
	for i, n := range r.status {
		if n > 0 {
			s.Status[fmt.Sprintf("%dxx", i)] = n
		}
	}
	s.Bytes.Heads, s.Bytes.Bodies, s.Bytes.Decoded, s.Bytes.Sent = r.heads, r.bodies, r.decoded, r.sent
	for of, name := range [...]string{"document", "subresource"} {
		for _, kind := range byCount(r.faults[of]) {
			f := r.faults[of][kind]
			s.Errors = append(s.Errors, errorFigures{name, kind, f.count, f.first})
		}
	}
	if cpu, peak, ok := cost(); ok && r.begun > 0 {
		s.CPU, s.PeakMemory = milliseconds(cpu)/float64(r.begun), peak
	}
	return s
}

// figures are nil where nothing was counted.
func (t times) figures() *timeFigures {
	if t.count() == 0 {
		return nil
	}
	f := &timeFigures{Count: t.count(), Min: milliseconds(t.least()), Max: milliseconds(t.most()), Mean: milliseconds(t.mean()), Percentiles: map[string]float64{}}
	for _, p := range percents {
		f.Percentiles[strconv.FormatFloat(p, 'f', -1, 64)] = milliseconds(t.at(p))
	}
	return f
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
