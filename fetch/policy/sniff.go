package policy

import (
	"bytes"
	"strings"
)

// sniffHTML reports whether a body is surely HTML and no script. A comment decides nothing, as "<!--" begins a line
// comment in a script too; what follows "-->" on its line is part of that comment (ECMAScript annex B.1.1).
func sniffHTML(body []byte) bool {
	for {
		body = skipSpace(body)
		for _, tag := range [...]string{
			"<!doctype html", "<script", "<html", "<head", "<iframe", "<h1", "<div", "<font", "<table", "<a", "<style",
			"<title", "<b", "<p",
		} {
			if len(body) >= len(tag) && strings.EqualFold(string(body[:len(tag)]), tag) {
				return true
			}
		}
		if !bytes.HasPrefix(body, []byte("<!--")) {
			return false
		}
		_, rest, ended := bytes.Cut(body[len("<!--"):], []byte("-->"))
		line := lineEnd(rest)
		if !ended || line < 0 {
			return false
		}
		body = rest[line:]
	}
}

// lineEnd returns where a script's line ends: at a line feed, a carriage return, U+2028 or U+2029; -1 if it does not.
func lineEnd(b []byte) int {
	for i, c := range b {
		if c == '\n' || c == '\r' || c == 0xe2 && len(b) > i+2 && b[i+1] == 0x80 && (b[i+2] == 0xa8 || b[i+2] == 0xa9) {
			return i
		}
	}
	return -1
}

// sniffJSON reports whether a body is surely for scripts to fetch and not to run: an object with a string for its first
// name, or one of the prefixes that make a script fail or hang, which sites put before their JSON for that purpose.
func sniffJSON(body []byte) bool {
	for _, prefix := range [...]string{")]}'", "{}&&", "{} &&", "for(;;);", "for (;;);", "while(1);", "while (1);"} {
		if bytes.HasPrefix(body, []byte(prefix)) {
			return true
		}
	}
	body, ok := bytes.CutPrefix(skipSpace(body), []byte("{"))
	if !ok {
		return false
	}
	if body, ok = bytes.CutPrefix(skipSpace(body), []byte(`"`)); !ok {
		return false
	}
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			return bytes.HasPrefix(skipSpace(body[i+1:]), []byte(":"))
		case c == '\\':
			i++
		case c < ' ', c == 0x7f:
			return false
		}
	}
	return false
}

func skipSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }
