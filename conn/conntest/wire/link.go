package wire

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// A Link is what one direction of a wire does to frames. The zero value carries each
// at once.
type Link struct {
	// Delay is how long a frame is on its way.
	Delay time.Duration

	// Rate is how many bits go in per second, Ethernet headers counted. What
	// comes faster waits in a queue. Zero: no bound.
	Rate int64
	// Queue is how many bytes may wait because of Rate; what comes when it is full
	// is dropped. Zero: as many as go in 100 ms, and 15 kB at least. Negative: no
	// bound.
	Queue int

	// MTU is how many bytes a frame may carry, the Ethernet header not counted.
	// Longer ones are dropped, and nobody is told: a black hole. Zero: no bound.
	// For hosts that know of a small MTU see [End.MTU].
	MTU int

	// Loss, Duplicate and Reorder are the probabilities, from 0 to 1, that a frame
	// is lost after it has used the rate, arrives twice, or is held for ReorderBy
	// while those after it pass.
	Loss, Duplicate, Reorder float64
	// ReorderBy is how much later a frame comes that is reordered. Zero: 5 ms.
	ReorderBy time.Duration
	// Seed begins the sequence by which the three are decided. A frame takes three
	// numbers of it whatever the probabilities are, so that the frame N of a side
	// has the same luck in every run. It is read when the wire is joined.
	Seed uint64

	// Rule decides about frames by what they are, and sees all of them, before
	// anything else is done. Nil: no rule.
	Rule Rule
}

func (l *Link) queue() int {
	if l.Queue == 0 {
		return max(int(l.Rate/8/10), 15000)
	}
	return l.Queue
}

// A Fate is what became of a frame.
type Fate int

// What becomes of frames.
const (
	Carried  Fate = iota // it arrives, late, held or more than once as that may be
	Lost                 // by chance: Link.Loss
	Dropped              // by Link.Rule
	TooLong              // by Link.MTU
	Overflow             // Link.Queue was full, or the wire has too many on their way
	fates
)

// String returns the name in lower case.
func (f Fate) String() string {
	names := [...]string{"carried", "lost", "dropped", "too long", "overflow"}
	if f < 0 || int(f) >= len(names) {
		return "Fate(" + strconv.Itoa(int(f)) + ")"
	}
	return names[f]
}

// Counts are numbers of what a side has sent.
type Counts struct {
	Frames, Bytes uint64 // all that came from the side, Ethernet headers counted

	Carried, Lost, Dropped, TooLong, Overflow uint64 // by fate; together they are Frames

	Duplicated uint64 // carried ones that arrive more than once
	Held       uint64 // carried ones that others may pass
	Delivered  uint64 // handed to the other side so far, duplicates counted
	Refused    uint64 // the other side's device did not take them: it was down

	// Late is the most that a frame was handed over after it was due, which
	// happens when the machine is busy.
	Late time.Duration
}

// fate counts what became of one frame.
func (c *Counts) fate(s *Sighting) {
	c.Frames++
	c.Bytes += uint64(len(s.Frame.Data))
	*[fates]*uint64{&c.Carried, &c.Lost, &c.Dropped, &c.TooLong, &c.Overflow}[s.Fate]++
	if s.Fate == Carried && s.Copies > 0 {
		c.Duplicated++
	}
	if s.Fate == Carried && s.Held {
		c.Held++
	}
}

// A Sighting is a frame and what becomes of it, as an observer is told.
type Sighting struct {
	*Frame
	Fate   Fate
	Due    time.Time // when it is to arrive; zero unless it is Carried
	Copies int       // it arrives so many times more
	Held   bool      // it does not keep back those after it
}

// A lane is one direction's state. The wire's goroutine owns it.
type lane struct {
	rand *rand.Rand
	n    uint64
	free time.Time // when the frames that wait for the rate are all in
	last time.Time // when the last one is due that was not held
}

func newLane(seed uint64, from Side) *lane {
	return &lane{rand: rand.New(rand.NewPCG(seed, uint64(from)))}
}

// send decides about the next frame of the side. It sets f.N.
func (l *lane) send(link *Link, f *Frame) Sighting {
	l.n++
	f.N = l.n
	s := Sighting{Frame: f}
	lost, twice, held := l.rand.Float64() < link.Loss, l.rand.Float64() < link.Duplicate, l.rand.Float64() < link.Reorder
	var v Verdict
	if link.Rule != nil {
		v = link.Rule(f)
	}
	switch {
	case v.Drop:
		s.Fate = Dropped
		return s
	case link.MTU > 0 && len(f.Data) > link.MTU+header:
		s.Fate = TooLong
		return s
	}
	in := f.Time
	if link.Rate > 0 {
		if l.free.Before(f.Time) {
			l.free = f.Time
		}
		waits := l.free.Sub(f.Time).Seconds() * float64(link.Rate) / 8
		if q := link.queue(); q >= 0 && int(waits)+len(f.Data) > q && waits > 0 {
			s.Fate = Overflow
			return s
		}
		l.free = l.free.Add(time.Duration(float64(len(f.Data)) * 8 / float64(link.Rate) * float64(time.Second)))
		in = l.free
	}
	if lost {
		s.Fate = Lost
		return s
	}
	s.Copies = max(v.Copies, 0)
	if twice {
		s.Copies++
	}
	s.Due = in.Add(link.Delay)
	hold := v.Hold
	if held {
		hold += link.reorderBy()
	}
	if s.Held = hold > 0; s.Held {
		s.Due = s.Due.Add(hold)
		return s
	}
	if s.Due.Before(l.last) { // the delay was made shorter: still a cable
		s.Due = l.last
	}
	l.last = s.Due
	return s
}

func (l *Link) reorderBy() time.Duration {
	if l.ReorderBy == 0 {
		return 5 * time.Millisecond
	}
	return l.ReorderBy
}
