package css

// ScannedImport is an @import that stands at the head of a style element.
type ScannedImport struct {
	URL   string // as written, escapes resolved, never empty
	Line  int    // of the end of the rule, from 1, within src
	Plain bool   // no media query and no supports(): Chromium's preload scanner requests it
}

// maxScannedImports bounds ScanImports: a scanner guesses, it need not find all.
const maxScannedImports = 256

// ScanImports finds the imports at the head of an inline style sheet as
// Chromium's preload scanner does, without parsing the rest: it stops at the
// first thing that is neither @charset, @import nor a @layer statement. src may
// be the beginning of a sheet: a rule without its semicolon is not reported.
func ScanImports(src []byte) []ScannedImport {
	var found []ScannedImport
	l := lexer{src: string(src[:importHead(src)])}
	for len(found) < maxScannedImports {
		l.skipSpace()
		t := l.next()
		switch t.kind {
		case tokCDO, tokCDC:
			continue
		case tokAtKeyword:
		default:
			return found
		}
		name := lowerASCII(t.text(l.src))
		if name != "charset" && name != "import" && name != "layer" {
			return found
		}
		start, end := l.pos, -1
		for depth := 0; end < 0; {
			p := l.next()
			switch p.kind {
			case tokEOF, tokLBrace, tokRBrace:
				return found
			case tokFunction, tokLParen, tokLBracket:
				depth++
			case tokRParen, tokRBracket:
				depth--
			case tokSemicolon:
				if depth <= 0 {
					end = p.start
				}
			}
		}
		if name != "import" {
			continue
		}
		if imp, ok := parseImportPrelude(l.src[start:end]); ok && imp.raw != "" {
			found = append(found, ScannedImport{
				URL:   imp.raw,
				Line:  1 + countLines(l.src[:l.pos]),
				Plain: imp.media.IsEmpty() && imp.supports == isUnknown && !imp.hasSupports,
			})
		}
	}
	return found
}

// importHead returns how much of src may belong to its head: up to the first
// brace, so that a long sheet is not copied. A brace in a url or string before
// it only makes the scan stop earlier.
func importHead(src []byte) int {
	for i, c := range src {
		if c == '{' {
			return i
		}
	}
	return len(src)
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
