package loader

import (
	"bytes"
	"hash/maphash"
	"slices"
	"time"

	"pageload/parse"
	"pageload/parse/weburl"
)

// documentKey is the URL of documents, without fragment.
type documentKey string

// documents are those that came from one URL. Its Memory's mu guards it; the
// slices are replaced, not changed.
type documents struct {
	seen    []uint64 // hashes of those that came once, the last one first
	records []record // the last one first
	making  bool     // a record is being made
	asked   int      // how often a document was about to be parsed
	herd    int      // loads that have asked and not ended
	unique  bool     // they are not alike, or cannot be recorded
}

// A record is what is known of one document, parsed with some options.
type record struct {
	*parse.Record
	passes *passes
}

// How many documents of one URL are remembered: a page has several faces where
// its server draws lots.
const (
	mostSeen    = 8
	mostRecords = 4
)

// known returns what is known of the documents at a URL.
func (m *Memory) known(u weburl.URL) []record {
	m.init()
	if m.most == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.get(documentKey(u.WithoutFragment().String())).(*documents)
	if !ok {
		return nil
	}
	return d.records
}

// parser returns the parser for a document of which something is known, nil for
// another.
func (m *Memory) parser(o parse.Options) *parse.Replay {
	if o.SrcDoc || o.URL.Scheme() == "data" {
		return nil
	}
	known := m.known(o.URL)
	if len(known) == 0 {
		return nil
	}
	list := make([]*parse.Record, len(known))
	for i := range known {
		list[i] = known[i].Record
	}
	return parse.NewReplay(o, list)
}

// ask notes that a document is about to be parsed of which nothing is known: where
// others are under way, the first of them that is there is worth a record. It
// returns for how long that may be waited for, see herd.
func (m *Memory) ask(o parse.Options) time.Duration {
	if m.most == 0 || o.SrcDoc || o.URL.Scheme() == "data" {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := documentKey(o.URL.WithoutFragment().String())
	d, _ := m.get(key).(*documents)
	if d == nil {
		d = &documents{}
		m.put(key, d, documentSize)
	}
	d.asked++
	d.herd++
	if d.herd <= herdSize || d.unique {
		return 0
	}
	return min(time.Duration(d.herd)*parseTime, herdTime)
}

// leave says that a load that has asked has ended.
func (m *Memory) leave(o parse.Options) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, ok := m.get(documentKey(o.URL.WithoutFragment().String())).(*documents); ok {
		d.herd = max(0, d.herd-1) // it may be another than was asked: the least used are forgotten
	}
}

// making reports whether a record of the URL's document is being made.
func (m *Memory) making(o parse.Options) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, _ := m.get(documentKey(o.URL.WithoutFragment().String())).(*documents)
	return d != nil && d.making
}

// documentSize is about what the URL of a document and its hashes take.
const documentSize = 512

// passesOf returns the style passes that are known of a record; nil if it was
// forgotten.
func (m *Memory) passesOf(u weburl.URL, rec *parse.Record) *passes {
	for _, r := range m.known(u) {
		if r.Record == rec {
			return r.passes
		}
	}
	return nil
}

// share records a document that has come where other loads wait for it as well, so
// that they need not parse it too.
func (m *Memory) share(f *frame) {
	if f.parser == nil || m.most == 0 {
		return
	}
	m.mu.Lock()
	d, _ := m.get(documentKey(f.options.URL.WithoutFragment().String())).(*documents)
	wanted := d != nil && d.asked > 1 && len(d.records) == 0 && !d.making
	m.mu.Unlock()
	if !wanted {
		return
	}
	m.remember(f)
	m.mu.Lock()
	defer m.mu.Unlock()
	d.unique = len(d.records) == 0 && !d.making // while a record is made of another load's, it may yet serve all
}

// remember keeps what a document has shown. What came once is only noted, so that
// a crawl does not pay for what it will not need; what came twice is recorded.
func (m *Memory) remember(f *frame) {
	o := f.options
	if m.most == 0 || o.SrcDoc || o.URL.Scheme() == "data" {
		return
	}
	if rec, _ := f.parser.Place(); rec != nil || f.recorded {
		return
	}
	key := documentKey(o.URL.WithoutFragment().String())
	doc := f.document()
	src := doc.Table.Source()
	sum := maphash.Bytes(m.seed, src)
	m.mu.Lock()
	d, _ := m.get(key).(*documents)
	if d == nil {
		d = &documents{}
		m.put(key, d, documentSize)
	}
	seen := slices.Contains(d.seen, sum)
	twice := seen || d.asked > 1 && len(d.seen) == 0
	if !seen {
		d.seen = append([]uint64{sum}, d.seen[:min(len(d.seen), mostSeen-1)]...)
	}
	making := d.making
	d.making = making || twice
	m.mu.Unlock()
	if !twice || making {
		return
	}
	var rec *parse.Record
	if doc.Verbatim() {
		rec = parse.NewRecord(src, o)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d.making = false
	if rec == nil {
		d.seen = slices.DeleteFunc(slices.Clone(d.seen), func(h uint64) bool { return h == sum })
		return
	}
	f.recorded = true
	d.records = append([]record{{rec, &passes{}}}, d.records[:min(len(d.records), mostRecords-1)]...)
	total := int64(documentSize)
	for _, r := range d.records {
		total += int64(r.Size())
	}
	if m.kept[key] != nil {
		m.put(key, d, total)
	}
}

// remember keeps what the page's documents have shown.
func (l *load) remember() {
	for _, f := range l.frames {
		if f.asked {
			l.profile.Memory.leave(f.options)
		}
		if f.parser != nil && f.whole && f.parsed {
			l.profile.Memory.remember(f)
		}
	}
}

// matching finds a piece of a document among those that are known at its place,
// and leaves out those that are another. It returns the known one's own bytes, nil
// where there is none.
func matching(known []record, at int64, p []byte) ([]byte, []record) {
	var same []byte
	rest := known[:0:0]
	for i := range known {
		src := known[i].Source()
		if end := at + int64(len(p)); end <= int64(len(src)) && bytes.Equal(src[at:end], p) {
			if same == nil {
				same = src[at:end:end]
				if i == 0 && len(known) == 1 {
					return same, known
				}
			}
			rest = append(rest, known[i])
		}
	}
	return same, rest
}
