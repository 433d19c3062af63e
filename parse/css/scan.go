package css

import "strings"

// ScannedImport is an @import that stands at the head of a style element.
type ScannedImport struct {
	URL   string // as written, escapes too; never empty
	Line  int    // of the end of the rule, from 1, within src
	Plain bool   // nothing but a layer follows the URL: Chromium's preload scanner requests it
}

// maxScannedImports bounds ScanImports: a scanner guesses, it need not find all.
const maxScannedImports = 256

// ScanImports finds the imports at the head of the text of a style element as
// Chromium's preload scanner does. That does not read CSS: it is a small state
// machine (Blink's CSSPreloadScanner) which knows white space, comments before
// a rule and semicolons. So it resolves no escapes, does not see @import"a.css"
// without a space, and takes what it has at the end of src for a whole rule. It
// stops at the first thing that is neither @charset, @import nor @layer. What it
// misses is requested when the sheet is parsed.
func ScanImports(src []byte) []ScannedImport {
	s := importScanner{src: src}
	for i := 0; i < len(src) && s.state != scanDone && len(s.found) < maxScannedImports; i++ {
		s.next(i, src[i])
	}
	switch s.state {
	case scanValue, scanAfterValue, scanAfterLayer:
		s.emit(len(src))
	}
	return s.found
}

// importScanner is Blink's CSSPreloadScanner.
type importScanner struct {
	src      []byte
	state    scanState
	rule     scanned // the name behind the @
	value    scanned // up to white space
	layer    scanned // the word behind it
	trailing bool    // more follows
	found    []ScannedImport

	line, lineAt int // line ends before the offset lineAt
}

// scanned is a range of the source.
type scanned struct{ start, end int }

type scanState uint8

const (
	scanInitial scanState = iota
	scanMaybeComment
	scanComment
	scanMaybeCommentEnd
	scanRuleStart
	scanRule
	scanAfterRule
	scanValue
	scanAfterValue
	scanLayer
	scanAfterLayer
	scanDone
)

// next takes the byte at i.
func (s *importScanner) next(i int, c byte) {
	space := isHTMLSpace(c)
	switch s.state {
	case scanInitial:
		switch {
		case space:
		case c == '@':
			s.state = scanRuleStart
		case c == '/':
			s.state = scanMaybeComment
		default:
			s.state = scanDone
		}
	case scanMaybeComment:
		s.state = scanInitial
		if c == '*' {
			s.state = scanComment
		}
	case scanComment:
		if c == '*' {
			s.state = scanMaybeCommentEnd
		}
	case scanMaybeCommentEnd:
		switch c {
		case '*':
		case '/':
			s.state = scanInitial
		default:
			s.state = scanComment
		}
	case scanRuleStart:
		s.state = scanInitial
		if l := c | 0x20; 'a' <= l && l <= 'z' {
			s.state, s.rule, s.value = scanRule, scanned{i, i + 1}, scanned{}
		}
	case scanRule:
		switch {
		case space:
			s.state = scanAfterRule
		case c == ';':
			s.state = scanInitial
		default:
			s.rule.end = i + 1
		}
	case scanAfterRule:
		switch {
		case space:
		case c == ';':
			s.state = scanInitial
		case c == '{':
			s.state = scanDone
		default:
			s.state, s.value = scanValue, scanned{i, i + 1}
		}
	case scanValue:
		switch {
		case space:
			s.state, s.trailing = scanAfterValue, false
		case c == ';' && s.valueFinished():
			s.emit(i)
		default:
			s.value.end = i + 1
		}
	case scanAfterValue, scanAfterLayer:
		switch {
		case space:
		case c == ';':
			s.emit(i)
		case c == '{':
			s.state = scanDone
		case s.state == scanAfterValue:
			s.state, s.layer = scanLayer, scanned{i, i + 1}
		default:
			s.trailing = true
		}
	case scanLayer:
		switch {
		case space:
			s.state, s.trailing = scanAfterLayer, false
		case c == ';':
			s.emit(i)
		default:
			s.layer.end = i + 1
		}
	}
}

func (s *importScanner) text(r scanned) string { return string(s.src[r.start:r.end]) }

func (s *importScanner) isImport() bool { return equalFold(s.text(s.rule), "import") }

// valueFinished reports whether a semicolon ends the value and is not part of it.
func (s *importScanner) valueFinished() bool {
	if !s.isImport() {
		return true
	}
	v := s.src[s.value.start:s.value.end]
	n := len(v)
	if n < 2 || v[n-2] == '\\' {
		return false
	}
	if v[0] == '\'' || v[0] == '"' {
		return v[0] == v[n-1]
	}
	return v[n-1] == ')'
}

// emit handles the rule that ends at the offset end.
func (s *importScanner) emit(end int) {
	switch {
	case s.isImport():
		if url := scannedURL(s.text(s.value)); url != "" {
			s.line += countLines(string(s.src[s.lineAt:end]))
			s.lineAt = end
			s.found = append(s.found, ScannedImport{URL: url, Line: 1 + s.line, Plain: s.plain()})
		}
		s.state = scanInitial
	case equalFold(s.text(s.rule), "charset"), equalFold(s.text(s.rule), "layer"):
		s.state = scanInitial
	default:
		s.state = scanDone
	}
	s.rule, s.value, s.layer, s.trailing = scanned{}, scanned{}, scanned{}, false
}

// plain reports whether nothing but a layer follows the URL.
func (s *importScanner) plain() bool {
	layer := lowerASCII(s.text(s.layer))
	switch {
	case s.trailing:
		return false
	case layer == "", layer == "layer":
		return true
	}
	return len(layer) >= 8 && strings.HasPrefix(layer, "layer(") && layer[len(layer)-1] == ')'
}

// scannedURL takes the URL out of url(…), quotes and white space.
func scannedURL(v string) string {
	v = trimHTML(v)
	if n := len(v); n >= 5 && equalFold(v[:4], "url(") && v[n-1] == ')' {
		v = v[4 : n-1]
	}
	v = trimHTML(v)
	if n := len(v); n >= 2 && v[0] == v[n-1] && (v[0] == '\'' || v[0] == '"') {
		v = v[1 : n-1]
	}
	return v
}

// countLines counts the line ends of s: LF, CR, CRLF and FF each are one.
func countLines(s string) int {
	n := 0
	for i := range len(s) {
		switch s[i] {
		case '\n':
			if i == 0 || s[i-1] != '\r' {
				n++
			}
		case '\r', '\f':
			n++
		}
	}
	return n
}
