package layout

import "pageload/parse/css"

// metrics are the widths of a font's characters in thousandths of its size.
type metrics struct {
	ascii [95]uint16 // from space on
	other uint16     // letters of other alphabets
	bold  float64    // how much wider the bold letters are
}

// The widths are those that Adobe's font metrics give for Helvetica and Times,
// which Arial, Times New Roman and Liberation share.
var (
	sans = metrics{ascii: [95]uint16{
		278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
		556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
		1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
		667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
		333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
		556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
	}, other: 580, bold: 1.07}
	serif = metrics{ascii: [95]uint16{
		250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278,
		500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
		921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
		556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
		333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
		500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
	}, other: 500, bold: 1.05}
	wide = scaled(&sans, 1.13)
	mono = func() (m metrics) {
		for i := range m.ascii {
			m.ascii[i] = 600
		}
		m.other, m.bold = 600, 1
		return m
	}()
)

func scaled(m *metrics, by float64) metrics {
	out := *m
	for i := range out.ascii {
		out.ascii[i] = uint16(float64(out.ascii[i]) * by)
	}
	return out
}

// face is the metrics of a font as a box has it.
type face struct {
	*metrics
	factor float64
}

func metricsOf(b *css.Box) face {
	f := face{&serif, 1}
	switch b.Font {
	case css.Sans:
		f.metrics = &sans
	case css.WideSans:
		f.metrics = &wide
	case css.Mono:
		f.metrics = &mono
	}
	if b.Bold {
		f.factor = f.bold
	}
	return f
}

// width returns the width of a character in a font of size 1.
func (f face) width(r rune) float64 {
	switch {
	case r >= ' ' && r <= '~':
		return float64(f.ascii[r-' ']) * f.factor / 1000
	case r < ' ' || r >= 0x300 && r < 0x370 || r >= 0x200B && r <= 0x200F:
		return 0
	case r >= 0x2E80:
		return 1 // ideographs and the like
	}
	return float64(f.other) * f.factor / 1000
}

// text returns the width of a text without line breaks.
func (f face) text(s string) (w float64) {
	for _, r := range s {
		w += f.width(r)
	}
	return w
}

// textContent returns the widths of the longest word and of the whole text with
// its white space collapsed.
func textContent(s string, box *css.Box) (least, most float64) {
	m := metricsOf(box)
	word, gap := 0.0, false
	for _, r := range s {
		if r < 0x80 && isSpace(byte(r)) {
			least, word = max(least, word), 0
			if !gap {
				most += m.width(' ')
			}
			gap = true
			continue
		}
		w := m.width(r)
		word, most, gap = word+w, most+w, false
	}
	least = max(least, word)
	return least * box.FontSize, most * box.FontSize
}
