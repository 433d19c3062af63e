package wire

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var epoch = time.Unix(0, 0)

// sendAll sends frames of the given size, one each gap, and describes what becomes of
// them: when they are due in ms, or their fate.
func sendAll(link *Link, n, size int, gap time.Duration) []string {
	l := newLane(link.Seed, A)
	var all []string
	for i := range n {
		s := l.send(link, &Frame{Time: epoch.Add(time.Duration(i) * gap), Data: make([]byte, size)})
		what := s.Fate.String()
		if s.Fate == Carried {
			what = fmt.Sprint(float64(s.Due.Sub(epoch).Microseconds()) / 1000)
			what += strings.Repeat("+", s.Copies)
		}
		if s.Held {
			what += "!"
		}
		all = append(all, what)
	}
	return all
}

func TestLink(t *testing.T) {
	const ms = time.Millisecond
	on := func(n uint64, v Verdict) Rule { return Each(func(f *Frame) bool { return f.N == n }, v) }
	tests := []struct {
		name string
		link Link
		size int
		gap  time.Duration
		want string
	}{
		{"zero", Link{}, 100, ms, "0 1 2 3"},
		{"delay", Link{Delay: 50 * ms}, 100, ms, "50 51 52 53"},
		{"rate", Link{Rate: 1e6}, 125, 0, "1 2 3 4"},
		{"rate and delay", Link{Rate: 1e6, Delay: 10 * ms}, 125, 3 * ms, "11 14 17 20"},
		{"queue", Link{Rate: 1e6, Queue: 250}, 125, 0, "1 2 overflow overflow"},
		{"queue for one", Link{Rate: 1e6, Queue: 1}, 125, ms / 2, "1 overflow 2 overflow"},
		{"mtu", Link{MTU: 85}, 100, ms, "too long too long too long too long"},
		{"mtu just", Link{MTU: 86}, 100, ms, "0 1 2 3"},
		{"loss", Link{Loss: 1}, 100, ms, "lost lost lost lost"},
		{"lost ones use the rate", Link{Rate: 1e6, Queue: 250, Loss: 1}, 125, 0, "lost lost overflow overflow"},
		{"duplicates", Link{Duplicate: 1}, 100, ms, "0+ 1+ 2+ 3+"},
		{"reordered", Link{Reorder: 1}, 100, ms, "5! 6! 7! 8!"},
		{"drop", Link{Rule: on(2, Verdict{Drop: true})}, 100, ms, "0 dropped 2 3"},
		{"copies", Link{Rule: on(2, Verdict{Copies: 2}), Duplicate: 1}, 100, ms, "0+ 1+++ 2+ 3+"},
		{"hold", Link{Delay: ms, Rule: on(2, Verdict{Hold: 7 * ms})}, 100, ms, "1 9! 3 4"},
		{"rules", Link{Rule: Rules(on(2, Verdict{Drop: true}), on(2, Verdict{Copies: 1}), on(3, Verdict{Copies: 1}))}, 100, ms, "0 dropped 2+ 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(sendAll(&tt.link, 4, tt.size, tt.gap), " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// The same frames have the same luck, in other circumstances too, and each seed and side
// has luck of its own.
func TestLinkSeed(t *testing.T) {
	lost := func(l Link) (which []int) {
		for i, s := range sendAll(&l, 10000, 100, 0) {
			if s == "lost" {
				which = append(which, i)
			}
		}
		return which
	}
	first := lost(Link{Loss: 0.02, Seed: 1})
	if n := len(first); n < 140 || n > 260 {
		t.Errorf("%d of 10000 are lost at 2 %%", n)
	}
	if again := lost(Link{Loss: 0.02, Seed: 1, Duplicate: 0.5, Reorder: 0.1, Delay: time.Second}); !slices.Equal(first, again) {
		t.Error("others are lost where frames are duplicated too")
	}
	if other := lost(Link{Loss: 0.02, Seed: 2}); slices.Equal(first, other) {
		t.Error("another seed loses the same frames")
	}
}

// A delay that becomes shorter lets no frame pass those before it.
func TestLinkKeepsOrder(t *testing.T) {
	l := newLane(0, B)
	long, short := &Link{Delay: time.Second}, &Link{}
	first := l.send(long, &Frame{Time: epoch})
	second := l.send(short, &Frame{Time: epoch.Add(time.Millisecond)})
	if !second.Due.Equal(first.Due) {
		t.Errorf("due at %v and %v", first.Due, second.Due)
	}
}

func TestFlight(t *testing.T) {
	f := flight{size: 10}
	for i, due := range []int{30, 10, 20, 10, 30} {
		f.add(B, epoch.Add(time.Duration(due)), []byte{byte(i)})
	}
	var got []byte
	for {
		if _, ok := f.next(); !ok {
			break
		}
		p := f.take()
		got = append(got, p.data...)
		f.free(p)
	}
	if want := []byte{1, 3, 2, 0, 4}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// Whatever the order in which frames come, they go in that of their times, and those of
// one time in the order in which they came.
func TestFlightOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		f := flight{size: 1}
		var want []parcel
		for i := range 1 + r.IntN(100) {
			p := parcel{due: epoch.Add(time.Duration(r.IntN(20))), data: []byte{byte(i)}}
			f.add(p.to, p.due, p.data)
			want = append(want, p)
		}
		slices.SortStableFunc(want, func(a, b parcel) int { return a.due.Compare(b.due) })
		for i, w := range want {
			if got := f.take(); !got.due.Equal(w.due) || got.data[0] != w.data[0] {
				t.Fatalf("frame %d of %d is %d, want %d", i, len(want), got.data[0], w.data[0])
			}
		}
	}
}

func TestFlightIsBounded(t *testing.T) {
	var f flight
	for range maxFlight {
		if !f.add(A, epoch, nil) {
			t.Fatal("full too early")
		}
	}
	if f.add(A, epoch, nil) {
		t.Error("never full")
	}
}

func BenchmarkLane(b *testing.B) {
	b.ReportAllocs()
	link := &Link{Delay: 25 * time.Millisecond, Rate: 100e6, Queue: -1, Loss: 0.01, Rule: First(1, SYN, Verdict{Drop: true})}
	l, f := newLane(1, A), flight{size: 1514}
	frame := &Frame{Data: make([]byte, 1514)}
	for i := range b.N {
		frame.Time = epoch.Add(time.Duration(i) * 120 * time.Microsecond)
		if s := l.send(link, frame); s.Fate == Carried {
			f.add(B, s.Due, frame.Data)
		}
		if due, ok := f.next(); ok && due.Before(frame.Time) {
			f.free(f.take())
		}
	}
}
