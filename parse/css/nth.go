package css

import (
	"math"
	"strconv"
)

// parseNthSelector reads the arguments of :nth-child() and its like.
func parseNthSelector(c *cursor, name string, ctx selectorContext) (*nthSelector, error) {
	n := &nthSelector{
		last:   name == "nth-last-child" || name == "nth-last-of-type",
		ofType: name == "nth-of-type" || name == "nth-last-of-type",
	}
	var ok bool
	if n.a, n.b, ok = parseNth(c); !ok {
		return nil, errSelector
	}
	space := c.space()
	if c.done() {
		return n, nil
	}
	if n.ofType || !space || !c.peekIs("of") {
		return nil, errSelector
	}
	c.next()
	var err error
	n.of, err = parseSelectorList(cursor{src: c.src, toks: c.toks[c.i:]}, ctx)
	return n, err
}

// parseNth reads An+B (CSS Syntax 3, section 6). What its tokens are called is
// an accident of the grammar of numbers, so the text between them is read.
func parseNth(c *cursor) (a, b int, ok bool) {
	c.space()
	t := c.peek()
	switch {
	case t.is(c.src, "odd"):
		c.next()
		return 2, 1, true
	case t.is(c.src, "even"):
		c.next()
		return 2, 0, true
	case t.kind == tokNumber && t.integer:
		c.next()
		return 0, clampInt(t.num), true
	}
	var tail string // what follows the n in the same token
	switch {
	case t.kind == tokDimension && t.integer:
		c.next()
		a = clampInt(t.num)
		tail = lowerASCII(t.text(c.src))
	case t.kind == tokIdent:
		c.next()
		a, tail = 1, lowerASCII(t.text(c.src))
		if len(tail) > 1 && tail[0] == '-' {
			a, tail = -1, tail[1:]
		}
	case t.kind == tokDelim && t.delim == '+':
		c.next()
		n := c.peek()
		if n.kind != tokIdent || n.start != t.end {
			return 0, 0, false
		}
		c.next()
		a, tail = 1, lowerASCII(n.text(c.src))
	default:
		return 0, 0, false
	}
	if tail == "" || tail[0] != 'n' {
		return 0, 0, false
	}
	if tail = tail[1:]; tail != "" && tail != "-" {
		// n-3 in one token
		if tail[0] != '-' {
			return 0, 0, false
		}
		for i := 1; i < len(tail); i++ {
			if tail[i] < '0' || tail[i] > '9' {
				return 0, 0, false
			}
		}
		f, _ := strconv.ParseFloat(tail, 64)
		return a, clampInt(f), true
	}
	mark := c.i
	c.space()
	n := c.peek()
	switch {
	case tail == "-":
		if n.kind != tokNumber || !n.integer || n.signed {
			return 0, 0, false
		}
		c.next()
		return a, -clampInt(n.num), true
	case n.kind == tokNumber && n.integer && n.signed:
		c.next()
		return a, clampInt(n.num), true
	case n.kind == tokDelim && (n.delim == '+' || n.delim == '-'):
		c.next()
		c.space()
		num := c.next()
		if num.kind != tokNumber || !num.integer || num.signed {
			return 0, 0, false
		}
		b = clampInt(num.num)
		if n.delim == '-' {
			b = -b
		}
		return a, b, true
	}
	c.i = mark
	return a, 0, true
}

func clampInt(f float64) int {
	return int(min(max(f, math.MinInt32), math.MaxInt32))
}

// matches reports whether the 1-based position i is one of An+B.
func (n *nthSelector) matches(i int) bool {
	if n.a == 0 {
		return i == n.b
	}
	d := i - n.b
	return d%n.a == 0 && d/n.a >= 0
}
