package wire

import "time"

// A parcel is a frame on its way.
type parcel struct {
	to   Side
	due  time.Time
	seq  uint64 // of those due at the same time the first comes first
	data []byte
}

// A flight has the frames that are on their way, as a heap: the next one due on top.
// container/heap would allocate for each. The wire's goroutine owns it.
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
	f.list = append(f.list, parcel{to, due, f.seq, append(buf[:0], data...)})
	for i := len(f.list) - 1; i > 0; {
		up := (i - 1) / 2
		if !f.less(i, up) {
			break
		}
		f.list[i], f.list[up] = f.list[up], f.list[i]
		i = up
	}
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
func (f *flight) take() parcel {
	p, n := f.list[0], len(f.list)-1
	f.list[0], f.list[n] = f.list[n], parcel{}
	f.list = f.list[:n]
	for i := 0; ; {
		least := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < n && f.less(down, least) {
				least = down
			}
		}
		if least == i {
			return p
		}
		f.list[i], f.list[least] = f.list[least], f.list[i]
		i = least
	}
}

func (f *flight) less(i, j int) bool {
	a, b := &f.list[i], &f.list[j]
	if a.due.Equal(b.due) {
		return a.seq < b.seq
	}
	return a.due.Before(b.due)
}

func (f *flight) free(p parcel) {
	if len(f.bufs) < 1024 {
		f.bufs = append(f.bufs, p.data)
	}
}
