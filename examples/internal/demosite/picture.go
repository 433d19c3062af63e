package demosite

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	stdpng "image/png"
	"math/rand/v2"
	"strings"
)

// picture returns a PNG of noise, so that its size is about three bytes a
// pixel; the same for the same seed.
func picture(width, height int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, seed))
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			n := rnd.Uint32()
			m.SetNRGBA(x, y, color.NRGBA{byte(n), byte(n >> 8), byte(n >> 16), 0xFF})
		}
	}
	var b bytes.Buffer
	if err := (&stdpng.Encoder{CompressionLevel: stdpng.BestSpeed}).Encode(&b, m); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// font returns bytes that begin as a WOFF2 file does. Nobody decodes it.
func font(size int) []byte { return noise("wOF2\x00\x01\x00\x00", size) }

// clip returns bytes that begin as an MP4 file does.
func clip(size int) []byte {
	return noise("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", size)
}

// noise returns size bytes that begin with head.
func noise(head string, size int) []byte {
	rnd := rand.New(rand.NewPCG(uint64(size), 1))
	b := make([]byte, size)
	for i := copy(b, head); i < len(b); i++ {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// script returns about so many kilobytes of JavaScript.
func script(name string, kilobytes int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s.js: nothing of it is run\n", name)
	for i := 0; b.Len() < kilobytes<<10; i++ {
		fmt.Fprintf(&b, "function %s%d(a) { return a * %d + %d; }\n", name, i, i*i%97, i)
	}
	return []byte(b.String())
}
