package loader

import (
	"fmt"
	"net/http"

	"pageload/fetch"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// Transport returns an http.RoundTripper with the profile's memory: its names,
// connections, cache, HSTS and header fields. Cookies are the http.Client's affair;
// for those of the profile make the profile's Jar the client's. Requests are in the
// partition of the page that their URL is, so that a page which was loaded before
// shares its connections and its stored responses. The fields of the Transport
// may be changed before its first use.
func (p *Profile) Transport() *fetch.Transport {
	p.init()
	t := &fetch.Transport{}
	p.describe(t)
	return t
}

// describe makes t one of the profile's.
func (p *Profile) describe(t *fetch.Transport) {
	t.Client = &p.client
	if own := t.Describe; own == nil {
		t.Describe = inOwnPartition
	} else {
		t.Describe = func(r *http.Request, q *fetch.Request) error {
			if err := inOwnPartition(r, q); err != nil {
				return err
			}
			return own(r, q)
		}
	}
}

func inOwnPartition(_ *http.Request, q *fetch.Request) error {
	q.PartitionOf = func(u weburl.URL) string { return u.Origin().Site() }
	return nil
}

// typeOf is what the waterfall calls what a request is for.
func typeOf(d fetch.Destination) waterfall.Type {
	switch d {
	case fetch.Document, fetch.Frame, fetch.Object, fetch.Embed:
		return waterfall.Document
	case fetch.Style:
		return waterfall.Stylesheet
	case fetch.Script:
		return waterfall.Script
	case fetch.Image, fetch.Icon:
		return waterfall.Image
	case fetch.Font:
		return waterfall.Font
	case fetch.Audio, fetch.Video:
		return waterfall.Media
	case fetch.Track:
		return waterfall.TextTrack
	case fetch.Manifest:
		return waterfall.Manifest
	case fetch.Empty:
		return waterfall.Fetch
	}
	return waterfall.Other
}

// priorityOf is the priority that a fetch has: documents are fetched first, whatever was said.
func priorityOf(q *fetch.Request) waterfall.Priority {
	if q.Destination == fetch.Document || q.Destination == fetch.Frame {
		return waterfall.VeryHigh
	}
	return waterfall.Priority(q.Priority.String())
}

// dropText says what a recorder no longer has.
func dropText(n, most int) string {
	return fmt.Sprintf("%d requests before these are not kept any more (Recorder.Requests %d)", n, most)
}
