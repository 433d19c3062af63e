package css

import "strings"

// A Track is the size of a column or row of a grid.
type Track struct {
	Min, Max Length
	Fr       float64 // share of the room that is left; 0: Max says
	// Fill marks tracks that are repeated as often as there is room.
	Fill bool
	min  length // as declared
	max  length
	kind [2]LengthKind
}

// A GridLine is a place where an item of a grid begins or ends.
type GridLine struct {
	Line int    // from 1, or from the end where negative; 0: auto
	Span int    // so many tracks; 0: not said
	Name string // of an area
}

// parseTracks reads grid-template-columns or -rows.
func parseTracks(c cursor) (v boxValue, ok bool) {
	const most = 1000
	for c.space(); !c.done(); c.space() {
		t := c.peek()
		switch {
		case t.kind == tokIdent && (t.is(c.src, "none") || t.is(c.src, "subgrid") || t.is(c.src, "masonry")):
			c.next()
			v.words = []string{"none"}
		case t.kind == tokLBracket: // names of lines
			c.skipValue()
		case t.isFunc(c.src, "repeat"):
			in := c.block()
			in.space()
			count := in.next()
			in.space()
			if in.next().kind != tokComma {
				return v, false
			}
			inner, ok := parseTracks(cursor{src: in.src, toks: in.toks[in.i:], own: true})
			if !ok {
				return v, false
			}
			n := 1
			if count.kind == tokNumber {
				n = int(count.num)
			}
			for range n {
				if len(v.grid)+len(inner.grid) > most {
					return v, false
				}
				for _, track := range inner.grid {
					track.Fill = count.kind == tokIdent
					v.grid = append(v.grid, track)
				}
			}
		default:
			track, ok := parseTrack(&c)
			if !ok || len(v.grid) >= most {
				return v, false
			}
			v.grid = append(v.grid, track)
		}
	}
	return v, true
}

// parseTrack reads the size of one track.
func parseTrack(c *cursor) (track Track, ok bool) {
	t := c.peek()
	switch {
	case t.isFunc(c.src, "minmax"):
		in := c.block()
		parts := in.split()
		if len(parts) != 2 {
			return track, false
		}
		low, okLow := parseTrackSize(trim(parts[0]))
		high, okHigh := parseTrackSize(trim(parts[1]))
		track = high
		track.min, track.kind[0] = low.max, low.kind[1]
		return track, okLow && okHigh
	case t.isFunc(c.src, "fit-content"):
		in := c.block()
		track, ok = parseTrackSize(trim(in))
		track.kind[0] = LengthAuto
		return track, ok
	}
	one := cursor{src: c.src, toks: c.toks[c.i:], own: true}
	before := one.i
	one.skipValue()
	one.toks, one.i = one.toks[before:one.i], 0
	c.skipValue()
	track, ok = parseTrackSize(one)
	track.min, track.kind[0] = track.max, track.kind[1]
	return track, ok
}

func trim(c cursor) cursor { return trimTokens(cursor{src: c.src, toks: c.toks, own: true}) }

func parseTrackSize(c cursor) (track Track, ok bool) {
	t := c.peek()
	switch t.kind {
	case tokIdent:
		c.next()
		switch lowerASCII(t.text(c.src)) {
		case "auto":
		case "min-content":
			track.kind[1] = LengthMinContent
		case "max-content":
			track.kind[1] = LengthMaxContent
		default:
			return track, false
		}
		return track, c.done()
	case tokDimension:
		if lowerASCII(t.text(c.src)) == "fr" {
			track.Fr = t.num
			return track, t.num >= 0
		}
	}
	track.max, ok = parseBoxLength(&c)
	track.kind[1] = LengthFixed
	return track, ok
}

// parseAreas reads the strings of grid-template-areas, and in grid-template the
// sizes of rows behind them.
func parseAreas(c *cursor) (rows [][]string, sizes []Track) {
	for c.space(); c.peek().kind == tokString || c.peek().kind == tokLBracket; c.space() {
		if c.peek().kind == tokLBracket { // names of lines
			c.skipValue()
			continue
		}
		t := c.next()
		rows = append(rows, strings.Fields(t.text(c.src)))
		size := Track{}
		for c.space(); !c.done() && c.peek().kind != tokString && !c.delim('/'); c.space() {
			if track, ok := parseTrack(c); ok {
				size = track
			}
		}
		sizes = append(sizes, size)
	}
	return rows, sizes
}

// parseGridTemplate reads grid-template, and grid as far as it is the same.
func parseGridTemplate(out []declared, c cursor) ([]declared, bool) {
	rows, columns := c, cursor{src: c.src}
	for i := c.i; i < len(c.toks); i++ {
		if t := &c.toks[i]; t.kind == tokDelim && t.delim == '/' {
			rows = cursor{src: c.src, toks: c.toks[c.i:i], own: true}
			columns = cursor{src: c.src, toks: c.toks[i+1:], own: true}
			break
		}
	}
	areas, r, okRows := boxValue{}, boxValue{}, true
	for probe := rows; !probe.done(); probe.skipValue() {
		if probe.peek().kind == tokString {
			areas.areas, r.grid = parseAreas(&probe)
			break
		}
	}
	if areas.areas == nil {
		r, okRows = parseTracks(rows)
	}
	k, okColumns := parseTracks(columns)
	return append(out, declared{boxGridRows, value{box: &r}}, declared{boxGridColumns, value{box: &k}}, declared{boxGridAreas, value{box: &areas}}), okRows && okColumns
}

// parseGridLines reads grid-column, grid-row and grid-area: lines between slashes.
func parseGridLines(out []declared, p property, c cursor) ([]declared, bool) {
	var parts []boxValue
	start := c.i
	for i := c.i; i <= len(c.toks); i++ {
		if i == len(c.toks) || c.toks[i].kind == tokDelim && c.toks[i].delim == '/' {
			list, ok := boxParts(cursor{src: c.src, toks: c.toks[start:i], own: true})
			if !ok || len(list) == 0 {
				return out, false
			}
			v := list[0]
			for _, more := range list[1:] {
				v.words, v.nums = append(v.words, more.words...), append(v.nums, more.nums...)
			}
			parts = append(parts, v)
			start = i + 1
		}
	}
	lines := p.boxLonghands()
	if len(parts) > len(lines) {
		return out, false
	}
	for i, q := range lines {
		v := boxValue{words: []string{"auto"}}
		from := i
		for from >= len(parts) { // what is missing is the name of what is there (CSS Grid 1, section 8.4)
			from = max(0, from-2)
			if from == 0 {
				break
			}
		}
		switch {
		case i < len(parts):
			v = parts[i]
		case from < len(parts) && len(parts[from].nums) == 0:
			v = parts[from]
		}
		out = append(out, declared{q, value{box: &v}})
	}
	return out, true
}

// gridLine computes a line from what was declared.
func (v *boxValue) gridLine() (l GridLine) {
	if v == nil {
		return l
	}
	for _, w := range v.words {
		switch w {
		case "auto":
		case "span":
			l.Span = 1
		default:
			l.Name = w
		}
	}
	if len(v.nums) > 0 {
		const most = 1000
		n := int(max(-most, min(most, v.nums[0])))
		if l.Span > 0 {
			l.Span = max(1, n)
		} else {
			l.Line = n
		}
	}
	return l
}
