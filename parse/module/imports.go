package module

import "fmt"

// An Import is a static import or re-export.
type Import struct {
	Specifier string // as written, escapes resolved
	Type      string // of "with { type: … }", such as "json"; empty for JavaScript
	Line      int    // of the specifier, from 1
	Offset    int    // of the specifier's quote, in bytes
}

// A SyntaxError says where the lexer could not go on.
type SyntaxError struct {
	Line int
	What string
}

// Error returns "module: line 3: template without an end".
func (e *SyntaxError) Error() string { return fmt.Sprintf("module: line %d: %s", e.Line, e.What) }

// MaxImports is how many imports of one module are returned. No module of a
// real site comes near; a crafted one ends there.
const MaxImports = 10_000

// Imports returns the static imports and re-exports of a module in the order of
// the source. Where the source cannot be read to its end, those found until
// then are returned with a *SyntaxError. Time is linear in the source.
func Imports(src []byte) ([]Import, error) {
	l := lexer{src: src, line: 1}
	for {
		t := l.next()
		switch {
		case t.kind == tokEnd:
			return l.found, l.err
		case t.kind != tokName || len(l.open) > 0 || t.afterDot:
			continue
		case t.text == "import":
			l.importDeclaration()
		case t.text == "export":
			l.exportDeclaration()
		}
		if len(l.found) >= MaxImports {
			return l.found, &SyntaxError{l.line, fmt.Sprintf("more than %d imports (MaxImports)", MaxImports)}
		}
	}
}

// importDeclaration reads what follows the word import (ECMA-262, 16.2.2).
// What turns out not to be a declaration has been lexed all the same.
func (l *lexer) importDeclaration() {
	t := l.next()
	if t.kind == tokString {
		l.add(t)
		return
	}
	// import( and import. are expressions; l.next has opened the bracket.
	if t.kind == tokPunct && (t.text == "(" || t.text == ".") {
		return
	}
	l.fromClause(t)
}

// exportDeclaration reads what follows the word export as far as it can be a
// re-export (ECMA-262, 16.2.3).
func (l *lexer) exportDeclaration() {
	t := l.next()
	if t.kind == tokPunct && (t.text == "*" || t.text == "{") {
		l.fromClause(t)
	}
}

// fromClause reads names, braces, stars and commas up to from and its string. t
// is the first token. Anything else ends it: it was no import.
func (l *lexer) fromClause(t token) {
	depth := len(l.open)
	if t.kind == tokPunct && t.text == "{" {
		depth--
	}
	was := token{}
	for ; t.kind != tokEnd; t = l.next() {
		switch {
		case was.kind == tokName && was.text == "from" && t.kind == tokString && len(l.open) == depth:
			l.add(t)
			return
		case t.kind == tokName:
		case t.kind == tokString && len(l.open) > depth: // { "a name" as b }
		case t.kind == tokPunct && (t.text == "{" || t.text == "}" || t.text == "," || t.text == "*"):
		default:
			return
		}
		if was.kind == tokPunct && was.text == "}" && len(l.open) == depth && (t.kind != tokName || t.text != "from") {
			l.back = true // export { a, b } without from: t is the next statement's
			return
		}
		was = t
	}
}

// add takes a specifier and the attributes that may follow it.
func (l *lexer) add(t token) {
	imp := Import{Specifier: t.text, Line: t.line, Offset: t.start}
	if w := l.next(); w.kind != tokName || w.text != "with" && w.text != "assert" {
		l.back = true
	} else if b := l.next(); b.kind == tokPunct && b.text == "{" {
		imp.Type = l.attributes()
	} else {
		l.back = true
	}
	l.found = append(l.found, imp)
}

// attributes reads the import attributes after their brace and returns type's.
func (l *lexer) attributes() (typ string) {
	key := ""
	for t := l.next(); t.kind != tokEnd; t = l.next() {
		switch {
		case t.kind == tokPunct && t.text == "}":
			return typ
		case t.kind == tokPunct && t.text == ",":
			key = ""
		case t.kind == tokString && key == "type":
			typ = t.text
		case key == "" && (t.kind == tokName || t.kind == tokString):
			key = t.text
		}
	}
	return typ
}
