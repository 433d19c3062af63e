package parse

import (
	"strings"
	"testing"

	"pageload/parse/weburl"
)

// A document that begins as one that is known and goes on as another is parsed without a byte of what is known being written.
func TestReplayLeavesRecordAlone(t *testing.T) {
	begin := "<!doctype html><title>t</title>" + strings.Repeat("<p class=a>text<img src=1.png>", 100)
	known, other := begin+"<p>more<img src=2.png>", begin+"<p>else<img src=3.png>"
	o := Options{URL: weburl.MustParse("http://example.com/"), Charset: "utf-8", Owned: true}
	rec := NewRecord([]byte(known), o)
	r := NewReplay(o, []*Record{rec})
	r.Feed([]byte(begin))
	r.Feed([]byte(other[len(begin):]))
	r.End()
	if got := string(rec.Source()); got != known {
		t.Errorf("the record ends with %q, want %q", got[len(begin):], known[len(begin):])
	}
	if got := string(r.Document().Table.Source()); got != other {
		t.Errorf("parsed %q, want %q", got, other)
	}
}

// The same where the piece that both begin with ends within a character, which goes on otherwise.
func TestReplayLeavesCutCharacterAlone(t *testing.T) {
	begin := "<!doctype html><title>t</title>" + strings.Repeat("<p class=a>text<img src=1.png>", 100) + "\xf0\x9f\x98"
	known := begin + "\x80 and more"
	o := Options{URL: weburl.MustParse("http://example.com/"), Charset: "utf-8", Owned: true}
	rec := NewRecord([]byte(known), o)
	r := NewReplay(o, []*Record{rec})
	r.Feed([]byte(begin))
	r.Next()
	r.Feed([]byte("!"))
	r.End()
	if got := string(rec.Source()); got != known {
		t.Errorf("the record is %q, want %q", got, known)
	}
	if got, want := string(r.Document().Table.Source()), begin[:len(begin)-3]+"\ufffd!"; got != want {
		t.Errorf("parsed %q, want %q", got, want)
	}
}
