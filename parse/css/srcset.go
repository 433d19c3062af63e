package css

import (
	"strconv"
	"strings"
)

// Candidate is one image of a srcset attribute.
type Candidate struct {
	URL     string  // as written
	Density float64 // of an x descriptor, 1 without any; 0 where Width tells
	Width   int     // of a w descriptor, in pixels; 0: none
	Height  int     // of an h descriptor, in pixels; 0: none
}

// ParseSrcset splits a srcset attribute into its candidates, in order, leaving
// out those with descriptors that do not parse (HTML, "parse a srcset
// attribute"). Archivers and crawlers take them all; see [SelectSrcset] for one.
func ParseSrcset(srcset string) []Candidate {
	var list []Candidate
	for i := 0; ; {
		for i < len(srcset) && (isHTMLSpace(srcset[i]) || srcset[i] == ',') {
			i++
		}
		if i >= len(srcset) {
			return list
		}
		start := i
		for i < len(srcset) && !isHTMLSpace(srcset[i]) {
			i++
		}
		url := srcset[start:i]
		if trimmed := strings.TrimRight(url, ","); len(trimmed) < len(url) {
			list = append(list, Candidate{URL: trimmed, Density: 1})
			continue
		}
		end := descriptorsEnd(srcset, i)
		if c, ok := parseDescriptors(url, srcset[i:end]); ok {
			list = append(list, c)
		}
		i = end
	}
}

// isHTMLSpace: ASCII white space of HTML, without the vertical tab.
func isHTMLSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

// descriptorsEnd returns where the comma is that ends the descriptors: the
// first one outside of parentheses, which do not nest.
func descriptorsEnd(s string, i int) int {
	parens := false
	for ; i < len(s); i++ {
		switch s[i] {
		case '(':
			parens = true
		case ')':
			parens = false
		case ',':
			if !parens {
				return i
			}
		}
	}
	return len(s)
}

func parseDescriptors(url, s string) (c Candidate, ok bool) {
	c.URL = url
	hasDensity := false
	for i := 0; i < len(s); {
		if isHTMLSpace(s[i]) {
			i++
			continue
		}
		start := i
		for i < len(s) && !isHTMLSpace(s[i]) {
			i++
		}
		value, unit := s[start:i-1], s[i-1]
		switch unit {
		case 'w':
			if c.Width != 0 || hasDensity {
				return c, false
			}
			c.Width, ok = htmlInteger(value)
		case 'h':
			if c.Height != 0 || hasDensity {
				return c, false
			}
			c.Height, ok = htmlInteger(value)
		case 'x':
			if c.Width != 0 || c.Height != 0 || hasDensity {
				return c, false
			}
			hasDensity = true
			c.Density, ok = htmlFloat(value)
			ok = ok && c.Density >= 0
		default:
			ok = false
		}
		if !ok {
			return c, false
		}
	}
	if c.Width == 0 && !hasDensity {
		c.Density = 1
	}
	return c, c.Height == 0 || c.Width != 0
}

// htmlInteger parses a valid non-negative integer greater than zero. More than
// an int32 holds counts as no number, as in Chromium.
func htmlInteger(s string) (int, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil && n > 0
}

// htmlFloat parses a valid floating-point number (HTML section 2.3.4.3).
func htmlFloat(s string) (float64, bool) {
	digits := func(i int) int {
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i
	}
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(i)
	if whole == i && (whole >= len(s) || s[whole] != '.') {
		return 0, false
	}
	i = whole
	if i < len(s) && s[i] == '.' {
		frac := digits(i + 1)
		if frac == i+1 {
			return 0, false
		}
		i = frac
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
		exp := digits(i)
		if exp == i {
			return 0, false
		}
		i = exp
	}
	if i != len(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// SelectSrcset chooses the image that a browser requests for the attributes
// srcset, sizes and src of an img (or of a picture's source, with src empty) on
// a device, as written. ok is false where there is nothing to choose from.
//
// Where densities above 1 compete it does what Chromium 156 does: the first
// that is enough for the screen, else the densest.
func SelectSrcset(srcset, sizes, src string, d Device) (url string, ok bool) {
	if srcset == "" {
		return src, src != ""
	}
	list := ParseSrcset(srcset)
	hasWidth, hasOne := false, false
	for i := range list {
		hasWidth = hasWidth || list[i].Width != 0
		hasOne = hasOne || list[i].Width == 0 && list[i].Density == 1
	}
	if src != "" && !hasWidth && !hasOne {
		list = append(list, Candidate{URL: src, Density: 1})
	}
	if len(list) == 0 {
		return "", false
	}
	if hasWidth {
		size := ParseSizes(sizes).Resolve(d)
		for i := range list {
			if list[i].Width != 0 {
				list[i].Density = float64(list[i].Width) / size // +Inf for size 0
			}
		}
	}
	return choose(list, d), true
}

// choose returns the URL of the candidate that fits the device, by density
// alone: the least that is enough, else the greatest. Of equally dense ones the
// first counts. list must not be empty.
func choose(list []Candidate, d Device) string {
	dpr := d.resolved().DPR
	best := &list[0]
	for i := range list {
		c := &list[i]
		if best.Density < dpr && c.Density > best.Density || c.Density >= dpr && c.Density < best.Density {
			best = c
		}
	}
	return best.URL
}

// SupportedImageType reports whether Chromium shows images of a MIME type, so
// that a picture's source, an image preload or image-set() with that type can
// be chosen. Parameters are ignored; the empty type is supported.
func SupportedImageType(mime string) bool {
	mime, _, _ = strings.Cut(mime, ";")
	switch lowerASCII(strings.Trim(mime, " \t\n\f\r")) {
	case "", "image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png", "image/apng",
		"image/gif", "image/webp", "image/avif", "image/jxl", "image/bmp", "image/x-ms-bmp", "image/svg+xml",
		"image/x-icon", "image/vnd.microsoft.icon", "image/x-xbitmap":
		return true
	}
	return false
}
