package policy

import (
	"bytes"
	"strings"
)

// isImageOrMedia reports whether a body begins as images, audio or video do (MIME Sniffing standard sections 6.1 and
// 6.2, and the few more of Chromium's net/base/mime_sniffer.cc). In the table, "." stands for any byte.
func isImageOrMedia(body []byte) bool {
	for _, magic := range [...]string{
		"GIF87a", "GIF89a", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "BM", "RIFF....WEBPVP", "\x00\x00\x01\x00",
		"\x00\x00\x02\x00", "RIFF....AVI ", "RIFF....WAVE", "FORM....AIFF", "OggS\x00", "ID3", "MThd\x00\x00\x00\x06",
		"fLaC", ".snd", "\x1a\x45\xdf\xa3", "....ftyp", "\x00\x00\x01\xb3", "\x00\x00\x01\xba", "\x0a\x05\x01\x08",
		"MM\x00*", "II*\x00", "#EXTM3U",
	} {
		if matchesMagic(body, magic) {
			return true
		}
	}
	return false
}

func matchesMagic(body []byte, magic string) bool {
	if len(body) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '.' && body[i] != magic[i] {
			return false
		}
	}
	return true
}

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
