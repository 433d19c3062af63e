package web

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"

	"pageload/loader/waterfall"
)

//go:embed assets
var assets embed.FS

// scripts are the parts of the report's script, in the order in which they stand
// in it.
var scripts = [...]string{"data.js", "format.js", "dom.js", "axis.js", "grid.js", "requests.js", "connections.js", "tree.js", "detail.js", "conndetail.js", "main.js"}

// Options say what is written. The zero value is ready.
type Options struct {
	// OmitHeaders leaves out the header fields of requests and responses, which
	// may hold cookies and credentials.
	OmitHeaders bool
}

// Write writes the report. The waterfall may be that of a load that still goes on;
// it is not changed. What is written does not depend on anything else, so the same
// waterfall gives the same file. Requests are encoded one at a time. The error is
// that of w.
func Write(w io.Writer, wf *waterfall.Waterfall, o Options) error {
	if wf == nil {
		return errors.New("web: no waterfall")
	}
	shell, err := newShell()
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	b.WriteString(shell.head(wf))
	if err := writeData(b, wf, o); err != nil {
		return err
	}
	b.WriteString(shell.tail)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("web: write: %w", err)
	}
	return nil
}

// A shell is the file without its data.
type shell struct {
	before, title, tail string // the title goes between before and title
}

func newShell() (*shell, error) {
	var missing error
	read := func(name string) string {
		b, err := assets.ReadFile("assets/" + name)
		missing = errors.Join(missing, err)
		return string(b)
	}
	var script strings.Builder
	script.WriteString("\"use strict\";\n(() => {\n")
	for _, name := range scripts {
		script.WriteString(read(name))
	}
	script.WriteString("})();\n")
	style := read("page.css")
	text := strings.NewReplacer(
		"{{style}}", style, "{{script}}", script.String(),
		"{{style hash}}", digest(style), "{{script hash}}", digest(script.String()),
	).Replace(read("page.html"))
	if missing != nil {
		return nil, fmt.Errorf("web: %w", missing)
	}
	s := &shell{}
	s.before, text, _ = strings.Cut(text, "{{title}}")
	s.title, s.tail, _ = strings.Cut(text, "{{data}}")
	return s, nil
}

// digest is a text's hash as a content security policy names it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (s *shell) head(wf *waterfall.Waterfall) string {
	title := wf.Page.Title
	if title == "" {
		title = wf.Page.URL
	}
	return s.before + html.EscapeString(strings.ToValidUTF8(short(title, 200), "\uFFFD")) + s.title
}

// short cuts text that is longer than n bytes, at a character, and says how much
// was cut.
func short(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return fmt.Sprintf("%s… (%d bytes more)", text[:n], len(text)-n)
}

// put encodes v. The encoding escapes <, >, & and the two line separators of
// JavaScript, and replaces what is no UTF-8.
func put(b *bufio.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("web: encode: %w", err)
	}
	if _, err := b.Write(text); err != nil {
		return fmt.Errorf("web: write: %w", err)
	}
	return nil
}
