package loader

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pageload/parse/weburl"
)

// herdOf begins n loads of one document and feeds all of them its first half.
func herdOf(t *testing.T, p *Profile, n int, doc string) []*frame {
	t.Helper()
	p.init()
	u, err := weburl.Parse("http://a.test/")
	if err != nil {
		t.Fatal(err)
	}
	var list []*frame
	for range n {
		l := newLoad(t.Context(), p, Navigation{URL: u.String()}, u)
		t.Cleanup(func() { l.stop(errStopped) })
		f := l.newFrame(nil, u)
		f.begin(u, "text/html", "utf-8", 0)
		f.feed([]byte(doc[:len(doc)/2]), 0)
		list = append(list, f)
	}
	return list
}

func finishDocument(f *frame, doc string) {
	f.feed([]byte(doc[len(doc)/2:]), 0)
	f.whole = true
	f.complete()
	if f.arrived {
		f.l.profile.Memory.share(f)
	}
}

var herdDocument = "<!doctype html><title>t</title>" + strings.Repeat("<p>text</p>", 300)

// Loads that come for one document together parse it a few times, not each.
func TestHerdWaitsForTheFirst(t *testing.T) {
	p := &Profile{Memory: &Memory{}}
	list := herdOf(t, p, herdSize+3, herdDocument)
	for i, f := range list {
		if waits := i >= herdSize; f.herd.waits() != waits {
			t.Fatalf("load %d waits: %v, want %v", i, f.herd.waits(), waits)
		}
	}
	early := list[herdSize]
	finishDocument(early, herdDocument) // before the first: it waits still, with all of its document
	if early.arrived {
		t.Error("the document was parsed before the first load's was there")
	}
	finishDocument(list[0], herdDocument)
	for _, f := range list[herdSize:] {
		if f != early {
			finishDocument(f, herdDocument)
		}
		f.l.settle()
		if rec, _ := f.parser.Place(); rec == nil || !f.arrived || f.herd.waits() || f.parser.Title() != "t" {
			t.Errorf("record %v, arrived %v, waits %v, title %q", rec != nil, f.arrived, f.herd.waits(), f.parser.Title())
		}
	}
	if f := herdOf(t, p, 1, herdDocument)[0]; f.herd.waits() {
		t.Error("a load waits although the document is known")
	}
}

// Nobody waits for a first one that does not come, or for a load that is stopped.
func TestHerdEnds(t *testing.T) {
	list := herdOf(t, &Profile{Memory: &Memory{}}, herdSize+3, herdDocument)
	late, stopped, long := list[herdSize], list[herdSize+1], list[herdSize+2]

	late.l.settle()
	if late.l.wakeAt != late.herd.until || late.l.wakeAt.IsZero() {
		t.Errorf("wakes at %v, want %v", late.l.wakeAt, late.herd.until)
	}
	late.herd.until = time.Now()
	late.l.settle()
	stopped.l.stop(errors.New("enough"))
	stopped.l.abandon(errors.New("enough"))
	long.feed(make([]byte, herdBytes+1), 0)
	for i, f := range list[herdSize:] {
		if f.herd.waits() || f.parser.Elements() == 0 && i == 0 || f.parser.Decoded() == 0 {
			t.Errorf("load %d: waits %v, %d elements, %d bytes", i, f.herd.waits(), f.parser.Elements(), f.parser.Decoded())
		}
	}
}

// A document that cannot be recorded makes later loads wait no more.
func TestHerdOfAnUnrecordable(t *testing.T) {
	p := &Profile{Memory: &Memory{}}
	doc := strings.Replace(herdDocument, "text", "a\x00b", 1)
	list := herdOf(t, p, herdSize+1, doc)
	finishDocument(list[0], doc)
	if f := herdOf(t, p, 1, doc)[0]; f.herd.waits() {
		t.Error("it waits")
	}
}

// Loads that hold a document hold one copy of it, as far as theirs are alike.
func TestHerdHoldsOneCopy(t *testing.T) {
	p := &Profile{Memory: &Memory{}}
	list := herdOf(t, p, herdSize+3, herdDocument)[herdSize:]
	first := func(f *frame, i int) *byte { return &f.herd.held[i].data[0] }
	other := herdDocument[:len(herdDocument)-20] + "<b>another ending of it</b>"
	for i, rest := range []string{herdDocument, herdDocument, other} {
		list[i].feed([]byte(rest[len(herdDocument)/2:]), 0)
		got := ""
		for _, h := range list[i].herd.held {
			got += string(h.data)
		}
		if got != rest {
			t.Fatalf("load %d holds %d bytes, want the %d that came", i, len(got), len(rest))
		}
	}
	if first(list[0], 0) != first(list[1], 0) || first(list[0], 1) != first(list[1], 1) {
		t.Error("two loads hold a copy each")
	}
	for _, f := range list {
		f.goOn(true)
	}
	if n := len(p.Memory.scratch.byURL); n != 0 {
		t.Errorf("%d documents are held, want none", n)
	}
}

func TestArrivalShares(t *testing.T) {
	var s arrivals
	a := s.arrival("http://a.test/")
	for _, c := range []struct {
		at         int
		data       string
		then, same string
	}{
		{0, "abc", "abc", "abc"},
		{0, "ab", "abc", "ab"},
		{2, "cdef", "abcdef", "cdef"},
		{3, "dxx", "abcdef", "dxx"}, // another document
		{9, "zz", "abcdef", "zz"},   // what came before is not the same
		{6, "", "abcdef", ""},
		{6, strings.Repeat("x", herdBytes), "abcdef", strings.Repeat("x", herdBytes)}, // more than is held
		{1, "bcdefg", "abcdefg", "bcdefg"},
	} {
		if got := a.share(c.at, []byte(c.data)); string(got) != c.same || string(a.bytes) != c.then {
			t.Errorf("share(%d, %.10q) = %.10q, then %q; want %.10q, %q", c.at, c.data, got, a.bytes, c.same, c.then)
		}
	}
	if s.arrival("http://a.test/") != a {
		t.Error("two arrivals of one URL")
	}
	s.leave(a)
	s.leave(nil)
	if s.leave(a); len(s.byURL) != 0 {
		t.Errorf("%d arrivals are left", len(s.byURL))
	}
}
