package loader

import (
	"slices"
	"sync"
	"time"

	"pageload/loader/internal/eventlog"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/weburl"
)

// A Page is a page that was loaded, or as much of it as was. It is safe for
// concurrent use; its Document is not.
type Page struct {
	profile *Profile
	url     weburl.URL
	status  int
	parser  *parse.Replay // of the document; nil if there is none
	parsed  sync.Once
	doc     *parse.Document
	log     eventlog.Log      // of the load
	told    []waterfall.Event // instead of log, where there was no load
	start   time.Time
	end     time.Time
}

// failedPage is the page of a navigation that could not even begin.
func failedPage(p *Profile, n Navigation, err error) *Page {
	now := time.Now()
	e := waterfall.Event{Kind: waterfall.LoadFailed, Text: err.Error()}
	pg := &Page{profile: p, start: now, end: now, told: []waterfall.Event{{Kind: waterfall.NavigationStart, Text: n.URL, Data: now}, e}}
	if n.Observe != nil {
		for _, e := range pg.told {
			n.Observe(e)
		}
	}
	return pg
}

// URL is the document's, after redirects; zero if none was loaded.
func (p *Page) URL() weburl.URL { return p.url }

// Status is the status code of the document's response; 0 if there was none.
func (p *Page) Status() int { return p.status }

// Document is what was parsed of the document; nil if there is none or it is
// not HTML.
func (p *Page) Document() *parse.Document {
	p.parsed.Do(func() {
		if p.parser != nil {
			p.doc = p.parser.Document()
		}
	})
	return p.doc
}

// Links are the document's links, which a load never follows: anchors, areas,
// forms, canonical and next. Nil if there is no document.
func (p *Page) Links() []parse.Link {
	if doc := p.Document(); doc != nil {
		return doc.Links()
	}
	return nil
}

// Waterfall is the record of the load. Connections outlive pages, so a
// waterfall taken later, after [Profile.Close] above all, knows more of them.
func (p *Page) Waterfall() *waterfall.Waterfall {
	used := map[uint64]bool{}
	events := p.Events()
	for i := range events {
		if x, ok := events[i].Data.(*waterfall.Exchange); ok && x.ConnID != 0 {
			used[x.ConnID] = true
		}
	}
	var conns []waterfall.Event
	p.profile.init()
	for _, r := range p.profile.Pool.Records() {
		if used[r.ID] || r.Requests == 0 && !r.Started.Before(p.start) && !r.Started.After(p.end) {
			conns = append(conns, waterfall.Event{At: p.offset(r.Started), Kind: waterfall.Connection, Data: p.connection(&r)})
		}
	}
	return waterfall.Fold(events, conns)
}

// Events are the load's log in the order in which things became known.
func (p *Page) Events() []waterfall.Event {
	if p.told != nil {
		return slices.Clone(p.told)
	}
	return p.log.Events()
}

func (p *Page) offset(t time.Time) time.Duration { return offset(t, p.start) }
