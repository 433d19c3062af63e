package parse

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// soupTags are the tags that the rules of tree construction speak of.
var soupTags = strings.Fields(`html head body frameset frame title base link meta style script noscript template div p a b i nobr font
	h1 h2 li dd dt ul ol pre form button table caption colgroup col tbody tr td th select option optgroup input textarea hr br img image
	svg math mi mtext mglyph annotation-xml foreignObject desc title circle ruby rt rp rtc applet object marquee plaintext xmp iframe noframes
	span my-x address main details search`)

// soup makes a document of tags at random.
func soup(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(2) == 0 {
		b.WriteString("<!doctype html>")
	}
	some := make([]string, 2+r.IntN(8)) // few kinds, so that they meet
	for i := range some {
		some[i] = soupTags[r.IntN(len(soupTags))]
	}
	for range 1 + r.IntN(30) {
		tag := some[r.IntN(len(some))]
		switch r.IntN(12) {
		case 0, 1, 2, 3:
			b.WriteString("</" + tag + ">")
		case 4:
			b.WriteString([]string{"x", " ", "\n", "&amp;", "&#32;", "\x00", "<!--c-->", "y z"}[r.IntN(8)])
		case 5:
			b.WriteString("<" + tag + [...]string{" a=1", " type=hidden", " color=x", "/", " encoding=text/html", " class='a b' id=c", "/ x", " A=2 a=3"}[r.IntN(8)] + ">")
		default:
			b.WriteString("<" + tag + ">")
		}
		if r.IntN(3) == 0 {
			b.WriteByte("abc \n"[r.IntN(5)])
		}
	}
	return b.String()
}

// TestSoup compares random documents with html.Parse, and each with itself in
// pieces.
func TestSoup(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	failed, known := 0, 0
	for i := range soupRounds {
		src := soup(r)
		scripting := r.IntN(2) == 0
		if want := oracle(src, scripting); want != "" {
			if got := tree(src, scripting); got != want {
				if differs(src) != "" {
					known++
					continue
				}
				t.Errorf("%q (scripting %v)\ngot:\n%swant:\n%s", src, scripting, got, want)
				if failed++; failed > 10 {
					return
				}
			}
		}
		if i%8 == 0 {
			checkSplits(t, Options{Charset: "utf-8"}, src, false)
		}
	}
	if known > soupRounds/25 {
		t.Errorf("%d of %d documents differ for a known reason: too many", known, soupRounds)
	}
}

// soupRounds is how many documents are made.
const soupRounds = 4000
