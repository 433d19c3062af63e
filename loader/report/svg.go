package report

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// SVGOptions say how SVG draws. The zero value is ready.
type SVGOptions struct {
	Width int // of the picture in pixels; 0: 960; less than 480 counts as 480
	Rows  int // at most so many requests, the first ones; the rest is told in a line; 0: 60; negative: all
}

const (
	defaultSVGWidth, minSVGWidth = 960, 480
	defaultSVGRows               = 60
)

// SVG draws the waterfall as a picture for a README or a ticket: a row a request,
// milestones, totals. It is light or dark as the viewer is, and needs no font and
// no file. The waterfall may be that of a load that still goes on; it is not
// changed. The error is that of w.
func SVG(w io.Writer, wf *waterfall.Waterfall, o SVGOptions) error {
	if wf == nil {
		return errors.New("report: no waterfall")
	}
	p := &picture{wf: wf, rows: sorted(wf.Requests)}
	p.layout(o)
	p.begin()
	p.axis()
	for i, r := range p.shown {
		p.row(i, r)
		if len(p.buf) >= flushAt {
			if err := p.flush(w); err != nil {
				return err
			}
		}
	}
	p.foot()
	return p.flush(w)
}

// A picture is one drawing under way. Lengths are pixels.
type picture struct {
	wf          *waterfall.Waterfall
	rows, shown []*waterfall.Request
	buf         []byte
	end         time.Duration // of the time axis

	width, height                   int
	name, status, size, left, right int // where the columns begin; size is where its text ends; left to right is the axis
	top, bottom                     int // of the rows
}

const (
	svgMargin, svgRow, svgHead = 16, 22, 92
	svgChar                    = 6.6 // what a character of the table takes
)

func (p *picture) layout(o SVGOptions) {
	p.width = max(minSVGWidth, cmp.Or(o.Width, defaultSVGWidth))
	p.shown = p.rows
	if n := cmp.Or(o.Rows, defaultSVGRows); n > 0 && n < len(p.rows) {
		p.shown = p.rows[:n]
	}
	p.name = svgMargin
	p.status = svgMargin + p.width*33/100
	p.size = p.status + 52 + 62
	p.left, p.right = p.size+14, p.width-svgMargin
	p.top = svgHead
	p.bottom = p.top + svgRow*len(p.shown)
	p.height = p.bottom + 66
	if len(p.shown) < len(p.rows) {
		p.height += svgRow
	}
	t := text{wf: p.wf, rows: p.rows}
	p.end = max(time.Millisecond, min(t.end(), century))
	p.end += p.end / 12 // room for the last label
}

func (p *picture) printf(format string, args ...any) { p.buf = fmt.Appendf(p.buf, format, args...) }

func (p *picture) flush(w io.Writer) error {
	if _, err := w.Write(p.buf); err != nil {
		return fmt.Errorf("report: write: %w", err)
	}
	p.buf = p.buf[:0]
	return nil
}

// text writes a line of text. It is of any origin: markup and control characters
// in it are escaped.
func (p *picture) text(x, y int, class, s string) {
	p.printf("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, escapeXML(s))
}

// x returns where a time is, to a tenth of a pixel.
func (p *picture) x(at time.Duration) float64 {
	at = max(0, min(at, p.end))
	return float64(p.left) + float64(int64(float64(at)/float64(p.end)*float64(p.right-p.left)*10))/10
}

const svgStyle = `<style>
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1c2128}
.h{font-size:15px;font-weight:600}.s{fill:#5b6573}.e{text-anchor:end}.t{font-size:10.5px;fill:#5b6573}.bad{fill:#c02636}.mark{font-size:10.5px;font-weight:600}
.paper{fill:#fff;stroke:#d9dee5}.line{stroke:#e9ecf0}
.blocked{fill:#b9c1cc}.dns{fill:#12a0a8}.connect{fill:#e8932c}.ssl{fill:#a65bd1}.send{fill:#7fae4a}.wait{fill:#4cae6e}.receive{fill:#3b82e6}
.R{stroke:#18893d}.D{stroke:#2360d1}.L{stroke:#c02636}.mR{fill:#18893d}.mD{fill:#2360d1}.mL{fill:#c02636}
@media(prefers-color-scheme:dark){text{fill:#e3e7ed}.s,.t{fill:#98a3b3}.bad{fill:#ff7b86}.paper{fill:#14171c;stroke:#343b46}.line{stroke:#242a33}
.blocked{fill:#566170}.dns{fill:#2bb8bf}.connect{fill:#e59a3c}.ssl{fill:#b87be0}.send{fill:#93c05c}.wait{fill:#4db874}.receive{fill:#5a9bf2}
.R{stroke:#56c878}.D{stroke:#7fb0ff}.L{stroke:#ff7b86}.mR{fill:#56c878}.mD{fill:#7fb0ff}.mL{fill:#ff7b86}}
</style>
`

func (p *picture) begin() {
	page := &p.wf.Page
	title := cmp.Or(page.Title, page.URL)
	about := fmt.Sprintf("Waterfall of %s: %s, load %s", page.URL, plural(len(p.rows), "request"), offset(page.Load))
	p.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", p.width, p.height, p.width, p.height)
	p.printf("<title>%s</title>\n%s", escapeXML(cut(about, 400)), svgStyle)
	p.printf("<rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", p.width-1, p.height-1)
	p.text(p.name, 28, "h", cut(title, p.chars(p.width-2*svgMargin, 8.5)))
	under := []string{}
	if page.Title != "" {
		under = append(under, page.URL)
	}
	if page.Err != "" {
		under = append(under, "not loaded: "+reason(page.Err, page.URL))
	}
	p.text(p.name, 46, "s", cut(strings.Join(under, "  "), p.chars(p.width-2*svgMargin, svgChar)))
}

func (p *picture) chars(pixels int, each float64) int { return int(float64(pixels) / each) }

// axis draws the heads of the columns, the times and the milestones' lines.
func (p *picture) axis() {
	y := p.top - 8
	p.text(p.name, y, "t", "host and path")
	p.text(p.status, y, "t", "status")
	p.text(p.size, y, "t e", "size")
	c := chart{width: p.chars(p.right-p.left, 6), end: p.end}
	step := c.step()
	for at := time.Duration(0); at <= p.end; at += step {
		label := figure.Duration(at)
		if at == 0 {
			label = "0"
		}
		x := p.x(at)
		p.printf("<path class=\"line\" d=\"M%.1f %dV%d\"/>\n", x, p.top-4, p.bottom)
		if x+40 < float64(p.right) {
			p.text(int(x), y, "t", label)
		}
	}
	page, taken := &p.wf.Page, 0.0
	for _, m := range []struct {
		letter, name string
		at           time.Duration
	}{{"R", "render", page.RenderStart}, {"D", "DOM", page.DOMContentLoaded}, {"L", "load", page.Load}} {
		if m.at == waterfall.None {
			continue
		}
		x := p.x(m.at)
		p.printf("<path class=\"%s\" d=\"M%.1f %dV%d\"/>\n", m.letter, x, p.top-20, p.bottom)
		label := m.name + " " + figure.Duration(m.at)
		width := float64(utf8.RuneCountInString(label)) * 6
		class := "mark m" + m.letter
		switch {
		case x-width-4 > max(taken, float64(p.left)):
			p.text(int(x)-3, p.top-24, class+" e", label)
			taken = x
		case x+width+4 < float64(p.right):
			p.text(int(max(x+3, taken)), p.top-24, class, label)
			taken = max(x+3, taken) + width
		default:
			p.text(int(x)-3, p.top-24, class+" e", m.letter)
			taken = x
		}
	}
}

func (p *picture) row(i int, r *waterfall.Request) {
	top := p.top + i*svgRow
	base := top + 15
	color := ""
	if r.Failed() || r.Status >= 400 {
		color = " bad"
	}
	p.text(p.name, base, "n"+color, elideMiddle(escapeURL(shortURL(r.URL)), p.chars(p.status-p.name-8, svgChar), false))
	p.text(p.status, base, "s"+color, status(r, false))
	p.text(p.size, base, "s e", size(r))
	spans := r.Spans()
	last := r.Start
	for j, s := range spans {
		to := s.To
		if j == len(spans)-1 && !r.Done {
			to = max(to, p.wf.Page.End)
		}
		last = to
		if to <= s.From || to <= 0 {
			continue
		}
		y, height := top+5, 12
		if s.Phase == waterfall.PhaseBlocked {
			y, height = top+8, 6
		}
		p.printf("<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", s.Phase, p.x(s.From), y, max(1, p.x(to)-p.x(s.From)), height)
	}
	if len(spans) == 0 || p.x(last)-p.x(r.Start) < 2 { // however short, it can be seen
		p.printf("<rect class=\"blocked\" x=\"%.1f\" y=\"%d\" width=\"2\" height=\"12\"/>\n", p.x(r.Start), top+5)
	}
	if r.Start == waterfall.None || last == waterfall.None {
		return
	}
	took := figure.Duration((last - r.Start).Round(100 * time.Microsecond))
	if x := p.x(last); x+50 < float64(p.right) {
		p.text(int(x)+5, base, "t", took)
	} else {
		p.text(int(p.x(r.Start))-5, base, "t e", took)
	}
}

// foot draws what is below the rows: how many are not shown, the legend, totals.
func (p *picture) foot() {
	y := p.bottom + 16
	if more := len(p.rows) - len(p.shown); more > 0 {
		p.text(p.name, y, "s", fmt.Sprintf("and %d more", more))
		y += svgRow
	}
	p.printf("<path class=\"line\" d=\"M%d %dH%d\"/>\n", svgMargin, y-8, p.width-svgMargin)
	x := svgMargin
	y += 12
	for _, f := range []waterfall.Phase{waterfall.PhaseBlocked, waterfall.PhaseDNS, waterfall.PhaseConnect, waterfall.PhaseSSL, waterfall.PhaseWait, waterfall.PhaseReceive} {
		p.printf("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" rx=\"2\"/>\n", f, x, y-9)
		p.text(x+15, y, "t", f.String())
		x += 15 + 7*len(f.String()) + 14
	}
	t := p.wf.Totals()
	totals := fmt.Sprintf("%s · %s received, %s decoded · %s · %s", plural(t.Requests, "request"), bytes(t.Received), bytes(t.Decoded), plural(t.Hosts, "host"), plural(t.Connections, "connection"))
	if bad := t.Failed + t.Refused + t.Errors; bad > 0 {
		totals += " · " + strconv.Itoa(bad) + " failed"
	}
	p.text(svgMargin, y+20, "t", totals)
	p.printf("</svg>\n")
}

// cut cuts text of any origin to n characters.
func cut(s string, n int) string { return elideEnd(s, max(1, n), false) }

// escapeXML makes text of any origin fit for XML: markup is escaped, and what may
// not stand in XML or changes the direction of writing is replaced.
func escapeXML(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r&0xFFFE == 0xFFFE:
			return '\uFFFD'
		}
		return r
	}, s))
}
