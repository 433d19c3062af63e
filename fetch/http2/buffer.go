package http2

import (
	"sync"

	"pageload/fetch/internal/poison"
)

// chunkSize is how much of a body one buffer holds: a frame's payload.
const chunkSize = 16 << 10

// readSize is what is looked at at once: a TLS record, which is never larger than 16 KB, is one read, and those that came with it are others.
const readSize = 4*maxFrame + headerLen

// The pools hold plain byte arrays and nothing else, so they carry no state from one user to the next; they are shared by all connections of
// the process because a buffer is held only for the moment between a read and the use of what it brought.
var (
	chunkPool = sync.Pool{New: func() any { return new([chunkSize]byte) }}
	readPool  = sync.Pool{New: func() any { return new([readSize]byte) }}
)

// The guards find misuse of what is in the pools, in builds with the race detector.
var chunkGuard, readGuard poison.Guard

// A chunk is a part of a body that nobody has taken yet.
type chunk struct {
	buf *[chunkSize]byte
	n   int
}

func (k chunk) bytes() []byte { return k.buf[:k.n] }

func newChunk() chunk {
	b := chunkPool.Get().(*[chunkSize]byte)
	chunkGuard.Taken(b[:])
	return chunk{buf: b}
}

func (k chunk) release() {
	chunkGuard.Returned(k.buf[:])
	chunkPool.Put(k.buf)
}

// appendChunks adds p to the list; the last chunk is filled up first, so that many small frames take no more room than one large one.
func appendChunks(list []chunk, p []byte) []chunk {
	for len(p) > 0 {
		if n := len(list); n == 0 || list[n-1].n == chunkSize {
			list = append(list, newChunk())
		}
		last := &list[len(list)-1]
		n := copy(last.buf[last.n:], p)
		last.n += n
		p = p[n:]
	}
	return list
}

func releaseChunks(list []chunk) (size int64) {
	for _, k := range list {
		size += int64(k.n)
		k.release()
	}
	clear(list)
	return size
}
