package wire

import (
	"container/heap"
	"time"
)

// A parcel is a frame on its way.
type parcel struct {
	to   Side
	due  time.Time
	seq  uint64 // of those due at the same time the first comes first
	data []byte
}

// A flight has the frames that are on their way, the next one due on top. The wire's
// goroutine owns it.
type flight struct {
	list []parcel
	seq  uint64
	bufs [][]byte // free ones
	size int      // of a buffer
}

// maxFlight is how many frames may be on their way: 96 MB of full ones, or half a second of 1 Gbit/s.
const maxFlight = 64 << 10

// add puts a copy of data on the way, unless there are too many.
func (f *flight) add(to Side, due time.Time, data []byte) bool {
	if len(f.list) >= maxFlight {
		return false
	}
	var buf []byte
	if n := len(f.bufs); n > 0 {
		buf, f.bufs = f.bufs[n-1], f.bufs[:n-1]
	} else {
		buf = make([]byte, 0, f.size)
	}
	f.seq++
	heap.Push((*parcels)(f), parcel{to, due, f.seq, append(buf[:0], data...)})
	return true
}

// next returns when the next frame is due, and false if there is none.
func (f *flight) next() (time.Time, bool) {
	if len(f.list) == 0 {
		return time.Time{}, false
	}
	return f.list[0].due, true
}

// take returns the frame that is due next. Its buffer is to be given to free.
func (f *flight) take() parcel { return heap.Pop((*parcels)(f)).(parcel) }

func (f *flight) free(p parcel) {
	if len(f.bufs) < 1024 {
		f.bufs = append(f.bufs, p.data)
	}
}

// parcels is a flight as container/heap wants it.
type parcels flight

func (p *parcels) Len() int { return len(p.list) }

func (p *parcels) Less(i, j int) bool {
	a, b := &p.list[i], &p.list[j]
	if a.due.Equal(b.due) {
		return a.seq < b.seq
	}
	return a.due.Before(b.due)
}

func (p *parcels) Swap(i, j int) { p.list[i], p.list[j] = p.list[j], p.list[i] }

func (p *parcels) Push(x any) { p.list = append(p.list, x.(parcel)) }

func (p *parcels) Pop() any {
	n := len(p.list) - 1
	x := p.list[n]
	p.list[n] = parcel{}
	p.list = p.list[:n]
	return x
}
