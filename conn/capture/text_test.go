package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func exampleLadder(t testing.TB) Ladder {
	t.Helper()
	f, err := os.Open("testdata/lost-syn.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := Read(f)
	if err != nil || len(file.Ladders()) != 1 {
		t.Fatalf("%v, %d ladders", err, len(file.Ladders()))
	}
	return file.Ladders()[0]
}

// Whatever the width, nothing is lost, lines fit, and none ends with blanks.
func TestTextFits(t *testing.T) {
	l := exampleLadder(t)
	l.Segments[3].Super, l.Segments[3].SuperSize, l.Omitted, l.Before, l.Dropped = 7, 1448, 12, 5, 3
	words := strings.FieldsFunc(wordsOf(l, 400), isFrame)
	for width := minWidth; width < 200; width += 7 {
		text := wordsOf(l, width)
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > width || strings.TrimRight(line, " ") != line {
				t.Errorf("width %d: line of %d: %q", width, n, line)
			}
		}
		if got := strings.FieldsFunc(text, isFrame); strings.Join(got, " ") != strings.Join(words, " ") {
			t.Errorf("width %d: the words are\n%q\nwant\n%q", width, got, words)
		}
	}
	if wordsOf(l, 3) != wordsOf(l, minWidth) {
		t.Error("a width that is too small is not the smallest")
	}
}

func wordsOf(l Ladder, width int) string {
	var b bytes.Buffer
	l.Text(&b, width)
	return b.String()
}

func isFrame(r rune) bool { return strings.ContainsRune(" \n│─▶◀", r) }

func TestTextOfNothing(t *testing.T) {
	l := Ladder{Local: client, Remote: server, Name: "www.example.com"}
	if s := l.String(); !strings.Contains(s, "no segment was seen\n") || !strings.Contains(s, "www.example.com 192.0.2.2:80\n") {
		t.Error(s)
	}
	if l.Opening() != nil || l.Closing() != nil || l.RoundTrip() != 0 {
		t.Error("an empty ladder has rungs")
	}
}

func TestTextError(t *testing.T) {
	if err := exampleLadder(t).Text(&full{100}, 80); err == nil || err.Error() != "disk full" {
		t.Errorf("error %v", err)
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		s          string
		n          int
		head, rest string
	}{
		{"one two", 10, "one two", ""},
		{"one two", 7, "one two", ""},
		{"one two", 6, "one", "two"},
		{"one two", 3, "one", "two"},
		{"one two", 2, "on", "e two"},
		{"ein Übel", 7, "ein", "Übel"},
		{"Übel", 2, "Üb", "el"},
	}
	for _, tt := range tests {
		if head, rest := cut(tt.s, tt.n); head != tt.head || rest != tt.rest {
			t.Errorf("cut(%q, %d) = %q, %q, want %q, %q", tt.s, tt.n, head, rest, tt.head, tt.rest)
		}
	}
}

func TestLadderParts(t *testing.T) {
	l := exampleLadder(t)
	if got := l.Bytes(false, 1000, 1600); len(got) != 2 || got[0].RelSeq != 1449 || got[1].RelSeq != 1 {
		t.Errorf("bytes 1000 to 1600 are in %v", got)
	}
	if got := l.Bytes(true, 0, 1); len(got) != 1 || got[0].Length != 51 {
		t.Errorf("the first byte is in %v", got)
	}
	if got := l.Bytes(true, 51, 100); len(got) != 0 {
		t.Errorf("bytes that were not sent are in %v", got)
	}
	if got := l.Between(l.Segments[2].Time, l.Segments[4].Time); len(got) != 3 || got[0].Seq != l.Segments[2].Seq {
		t.Errorf("between the third and the fifth: %v", got)
	}
	if c := l.Closing(); len(c) != 6 || c[0].What != Closing || c[0].Out {
		t.Errorf("close %v", c)
	}
}

func TestErrorsAreTold(t *testing.T) {
	b := newBench(t, Options{Writer: &full{1 << 20}})
	b.deaf = errors.New("capture: recvmsg: network is down")
	if err := b.Close(); err == nil || !strings.Contains(err.Error(), "network is down") {
		t.Errorf("error %v", err)
	}
}

// What a packet costs beside the kernel's part: of a connection that is
// followed, with and without a file, and of another.
func BenchmarkPacket(b *testing.B) {
	s := spec{src: server, dst: client, seq: 5000, ack: 1000, flags: ACK, options: []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1}, data: make([]byte, 1448)}
	frame := s.frame()
	for _, bb := range []struct {
		name   string
		o      Options
		follow bool
	}{
		{"followed", Options{}, true},
		{"written", Options{Writer: io.Discard}, true},
		{"other", Options{Writer: io.Discard}, false},
	} {
		b.Run(bb.name, func(b *testing.B) {
			o, _ := bb.o.filled()
			c := newCapture(o)
			if bb.follow {
				c.Follow(client, server, "")
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			at := t0
			seq := uint32(5000)
			for b.Loop() {
				seq += 1448
				frame[38], frame[39], frame[40], frame[41] = byte(seq>>24), byte(seq>>16), byte(seq>>8), byte(seq)
				at = at.Add(1000)
				c.takeLocked(&raw{record: record{time: at, ifindex: 1, wire: len(frame), data: frame}, linkType: linkEthernet})
				c.tendLocked(at)
			}
		})
	}
}
