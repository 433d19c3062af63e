package parse

import (
	"strings"
	"testing"
)

// TestRestLendsRoom: who waits near the end of a document keeps only what is left.
func TestRestLendsRoom(t *testing.T) {
	src := strings.Repeat("<p class=x>text <b>bold</b> text</p>\n", 1000) + "<script src=a></script><p id=last>end"
	p := New(Options{URL: testURL, Buffers: new(Buffers), Owned: true})
	p.Feed([]byte(src))
	p.rest()
	if p.lent {
		t.Error("the room is lent while the builder has come to nothing")
	}
	whole := cap(p.queue)
	for e, ok := p.Next(); ok && e.Kind != EventRef; e, ok = p.Next() {
	}
	p.rest()
	if !p.lent || cap(p.queue) >= whole/100 || cap(p.z.attrs) > 8 {
		t.Errorf("lent %v, room for %d of %d tokens and %d attributes is kept", p.lent, cap(p.queue), whole, cap(p.z.attrs))
	}
	p.Feed([]byte("<p id=more>"))
	if p.lent {
		t.Error("the room was not taken back")
	}
	p.End()
	for _, ok := p.Next(); ok; _, ok = p.Next() {
	}
	p.release()
	table := p.Document().Table
	if id := table.IDAttr(table.LastChild(table.LastChild(table.LastChild(0)))); id != "more" || !p.Finished() {
		t.Errorf("finished %v, the last element is %q, want more", p.Finished(), id)
	}
}
