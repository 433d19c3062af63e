package web

import (
	"bufio"
	"strconv"
	"time"

	"pageload/loader/waterfall"
)

// A moment is an offset in the file: whole microseconds, null where it did not
// happen.
type moment time.Duration

// MarshalJSON implements json.Marshaler.
func (m moment) MarshalJSON() ([]byte, error) {
	if time.Duration(m) == waterfall.None {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, time.Duration(m).Microseconds(), 10), nil
}

// The bounds of single texts. A page may have a URL of 2 MB.
const (
	maxURL   = 4 << 10
	maxField = 8 << 10
	maxText  = 2 << 10
	maxNotes = 1000
)

type pageData struct {
	URL              string           `json:"url"`
	Title            string           `json:"title"`
	Start            string           `json:"start,omitempty"`
	Err              string           `json:"err,omitempty"`
	RenderStart      moment           `json:"renderStart"`
	DOMInteractive   moment           `json:"interactive"`
	DOMContentLoaded moment           `json:"dom"`
	Load             moment           `json:"load"`
	End              moment           `json:"end"`
	Last             moment           `json:"last"` // of the connections too
	Totals           waterfall.Totals `json:"totals"`
}

type note struct {
	At   moment `json:"at"`
	What string `json:"what"` // "limit", "skipped", "hint"
	Text string `json:"text"`
}

type pathStep struct {
	Request int32  `json:"id"`
	From    moment `json:"from"`
	To      moment `json:"to"`
	Why     string `json:"why,omitempty"`
}

// writeData writes everything that the scripts show, as one object.
func writeData(b *bufio.Writer, wf *waterfall.Waterfall, o Options) error {
	e := encoder{wf: wf, omitHeaders: o.OmitHeaders, fields: map[waterfall.Field]int{}, causes: wf.Causes()}
	last := max(wf.Last(), 0)
	b.WriteString("{\"page\":")
	if err := put(b, newPage(wf)); err != nil {
		return err
	}
	if err := putList(b, "requests", len(wf.Requests), func(i int) any { return e.request(i) }); err != nil {
		return err
	}
	if err := putList(b, "connections", len(wf.Connections), func(i int) any { return newConnection(&wf.Connections[i], last) }); err != nil {
		return err
	}
	if err := putList(b, "fields", len(e.list), func(i int) any { return e.list[i] }); err != nil {
		return err
	}
	steps := wf.CriticalPath("")
	if err := putList(b, "path", len(steps), func(i int) any { return newStep(&steps[i]) }); err != nil {
		return err
	}
	notes := newNotes(wf)
	if err := putList(b, "notes", len(notes), func(i int) any { return notes[i] }); err != nil {
		return err
	}
	b.WriteString("}")
	return nil
}

// putList writes a member of the object, an element a line.
func putList(b *bufio.Writer, name string, n int, element func(int) any) error {
	b.WriteString(",\n\"" + name + "\":[")
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		if err := put(b, element(i)); err != nil {
			return err
		}
	}
	b.WriteString("]")
	return nil
}

func newPage(wf *waterfall.Waterfall) *pageData {
	p := &wf.Page
	d := &pageData{
		URL: short(p.URL, maxURL), Title: short(p.Title, maxText), Err: short(p.Err, maxText),
		RenderStart: moment(p.RenderStart), DOMInteractive: moment(p.DOMInteractive), DOMContentLoaded: moment(p.DOMContentLoaded),
		Load: moment(p.Load), End: moment(p.End), Last: moment(wf.Last()), Totals: wf.Totals(),
	}
	if !p.Start.IsZero() {
		d.Start = p.Start.UTC().Format(time.RFC3339)
	}
	return d
}

func newStep(s *waterfall.PathStep) pathStep {
	return pathStep{s.Request, moment(s.From), moment(s.To), short(s.Why, maxText)}
}

// newNotes returns the notes of all sorts, as many of each as a person may read.
func newNotes(wf *waterfall.Waterfall) []note {
	var list []note
	for _, sort := range []struct {
		what  string
		notes []waterfall.Note
	}{{"limit", wf.Limits}, {"skipped", wf.Skipped}, {"hint", wf.Hints}} {
		for _, n := range sort.notes[:min(len(sort.notes), maxNotes)] {
			list = append(list, note{moment(n.At), sort.what, short(n.Text, maxText)})
		}
		if more := len(sort.notes) - maxNotes; more > 0 {
			list = append(list, note{moment(waterfall.None), sort.what, "and " + strconv.Itoa(more) + " more"})
		}
	}
	return list
}
