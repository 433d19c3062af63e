package http1

// Limits bounds what a server can make a client hold or wait for. A field that is zero has the default named
// beside it; a negative one allows none of its kind. The error of a limit that was reached names the field and its value.
type Limits struct {
	HeaderBytes   int // bytes of one head, status line and empty line included; 262144 as in Chromium (kMaxHeaderBufSize)
	Fields        int // header fields of one head, and of one trailer section; 2000 as in Node.js
	Interim       int // interim (1xx) responses before the final one; 32
	TrailerBytes  int // bytes of the trailer section after a chunked body; 65536
	ChunkExtBytes int // bytes of one chunk's extensions, and by how much all of them may exceed the content so far; 16384 as in Chromium and net/http
}

// maxHeaderBytes keeps offsets into a head within 32 bits.
const maxHeaderBytes = 1 << 30

// withDefaults returns l with every default filled in.
func (l Limits) withDefaults() Limits {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
		*v = min(max(*v, 0), maxHeaderBytes)
	}
	set(&l.HeaderBytes, 256<<10)
	set(&l.Fields, 2000)
	set(&l.Interim, 32)
	set(&l.TrailerBytes, 64<<10)
	set(&l.ChunkExtBytes, 16<<10)
	return l
}
