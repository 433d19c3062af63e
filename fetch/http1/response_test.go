package http1

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// A row is a response ("|" is CRLF) and what it comes to; see outcome.String.
type row struct {
	name, in, want string
}

// rows are answers to GET with the default limits.
var rows = []row{
	// Status line, RFC 9112 section 4.
	{"plain", "HTTP/1.1 200 OK|Content-Length: 5||hello", `HTTP/1.1 200 OK, length "hello", keep`},
	{"no reason", "HTTP/1.1 200|Content-Length: 0||", `HTTP/1.1 200, length "", keep`},
	{"no reason but its space", "HTTP/1.1 200 |Content-Length: 0||", `HTTP/1.1 200, length "", keep`},
	{"spaces", "HTTP/1.1   404    Not  Found  |Content-Length: 0||", `HTTP/1.1 404 Not  Found, length "", keep`},
	{"reason beyond ASCII", "HTTP/1.1 200 d\xe9j\xe0|Content-Length: 0||", "HTTP/1.1 200 d\xe9j\xe0, length \"\", keep"},
	{"lower case", "http/1.1 200 ok|content-length: 0||", `HTTP/1.1 200 ok, length "", keep`},
	{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", `HTTP/1.1 200 OK, length "hi", keep`},
	{"mixed line ends", "HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nhi", `HTTP/1.1 200 OK, length "hi", keep`},
	{"an empty line first", "|HTTP/1.1 200 OK|Content-Length: 0||", `HTTP/1.1 200 OK, length "", keep`},
	{"two empty lines first", "||HTTP/1.1 200 OK|Content-Length: 0||", `HTTP/1.1 200 OK, length "", keep`},
	{"three empty lines first", "|||HTTP/1.1 200 OK|Content-Length: 0||", `http1: status line: does not begin with HTTP/1.1: ""`},
	{"a carriage return first", "\rHTTP/1.1 200 OK|Content-Length: 0||", `http1: status line: does not begin with HTTP/1.1: "\rHTTP/1.1 200 OK"`},
	{"version 1.7", "HTTP/1.7 200 OK|Content-Length: 0||", `HTTP/1.1 200 OK, length "", keep`},
	{"version 2.0", "HTTP/2.0 200 OK|Content-Length: 0||", `http1: status line: another version of HTTP: "HTTP/2.0"`},
	{"version 0.9", "HTTP/0.9 200 OK|Content-Length: 0||", `http1: status line: another version of HTTP: "HTTP/0.9"`},
	{"version without a minor", "HTTP/1 200 OK||", `http1: status line: does not begin with HTTP/1.1: "HTTP/1 200 OK"`},
	{"version of two digits", "HTTP/1.10 200 OK||", `http1: status line: no status of three digits: "HTTP/1.10 200 OK"`},
	{"not HTTP", "SSH-2.0-OpenSSH_9.2|", `http1: status line: does not begin with HTTP/1.1: "SSH-2.0-OpenSSH_9.2"`},
	{"no status", "HTTP/1.1|Content-Length: 0||", `http1: status line: no status of three digits: "HTTP/1.1"`},
	{"status of two digits", "HTTP/1.1 20 OK||", `http1: status line: no status of three digits: "HTTP/1.1 20 OK"`},
	{"status of four digits", "HTTP/1.1 2000 OK||", `http1: status line: no status of three digits: "HTTP/1.1 2000 OK"`},
	{"status below 100", "HTTP/1.1 099 OK||", `http1: status line: no status of three digits: "HTTP/1.1 099 OK"`},
	{"status with a sign", "HTTP/1.1 +20 OK||", `http1: status line: no status of three digits: "HTTP/1.1 +20 OK"`},
	{"status and reason stuck", "HTTP/1.1 200OK||", `http1: status line: no status of three digits: "HTTP/1.1 200OK"`},
	{"status after a tab", "HTTP/1.1\t200 OK||", `http1: status line: no status of three digits: "HTTP/1.1\t200 OK"`},
	{"status above 599", "HTTP/1.1 999 Denied|Content-Length: 0||", `HTTP/1.1 999 Denied, length "", keep`},
	{"NUL in the reason", "HTTP/1.1 200 O\x00K||", `http1: status line: control character 0x00 in the reason phrase`},
	{"carriage return in the reason", "HTTP/1.1 200 O\rK||", `http1: status line: control character 0x0d in the reason phrase`},

	// Interim responses, RFC 9110 section 15.2.
	{"100 and 103", "HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 200 OK|Content-Length: 1||a", `HTTP/1.1 200 OK, length "a", keep`},
	{"a length in an interim response", "HTTP/1.1 102 |Content-Length: 3||HTTP/1.1 200 OK|Content-Length: 1||a", `HTTP/1.1 200 OK, length "a", keep`},
	{"101", "HTTP/1.1 101 Switching Protocols|Upgrade: x||", `http1: status line: 101 Switching Protocols, which was not asked for`},
	{"32 interim responses", strings.Repeat("HTTP/1.1 100 C||", 32) + "HTTP/1.1 204 N||", `HTTP/1.1 204 N, none "", keep`},
	{"33 interim responses", strings.Repeat("HTTP/1.1 100 C||", 33) + "HTTP/1.1 204 N||", `http1: response: more than 32 interim responses (Limits.Interim)`},

	// Fields, RFC 9112 section 5.
	{"line without a colon", "HTTP/1.1 200 OK|Content-Length 0||", `http1: header field: no colon: "Content-Length 0"`},
	{"no colon at all", "HTTP/1.1 200 OK|Foo||", `http1: header field: no colon: "Foo"`},
	{"white space before the colon", "HTTP/1.1 200 OK|Content-Length : 0||", `http1: header field: white space between name and colon: "Content-Length : 0"`},
	{"tab before the colon", "HTTP/1.1 200 OK|Content-Length\t: 0||", `http1: header field: white space between name and colon: "Content-Length\t: 0"`},
	{"no name", "HTTP/1.1 200 OK|: 0||", `http1: header field: no name: ": 0"`},
	{"space in a name", "HTTP/1.1 200 OK|Foo Bar: 0||", `http1: header field: character ' ' in the name: "Foo Bar: 0"`},
	{"letter beyond ASCII in a name", "HTTP/1.1 200 OK|F\xc3\xb6: 0||", `http1: header field: character 'Ã' in the name: "Fö: 0"`},
	{"NUL in a name", "HTTP/1.1 200 OK|F\x00: 0||", `http1: header field: character '\x00' in the name: "F\x00: 0"`},
	{"NUL in a value", "HTTP/1.1 200 OK|F: abcdefgh\x00ijklmnop||", `http1: header field: control character 0x00 in the value of "F"`},
	{"NUL in a fold", "HTTP/1.1 200 OK|F: a| b\x00||", `http1: header field: control character 0x00 in a folded value`},
	{"carriage return in a fold", "HTTP/1.1 200 OK|F: a| b\rc||", `http1: header field: control character 0x0d in a folded value`},
	{"bare carriage return in a value", "HTTP/1.1 200 OK|F: a\rSet-Cookie: b||", `http1: header field: control character 0x0d in the value of "F"`},
	{"carriage return before CRLF", "HTTP/1.1 200 OK|F: a\r\r\n|", `http1: header field: control character 0x0d in the value of "F"`},
	{"carriage return on a line of its own", "HTTP/1.1 200 OK|F: a|\r\r\n", `http1: header field: no colon: "\r"`},
	{"white space before the first field", "HTTP/1.1 200 OK| Foo: a|Content-Length: 0||", `http1: header field: white space before the first one`},
	{"folded length", "HTTP/1.1 200 OK|Content-Length:|  2||hi", `HTTP/1.1 200 OK, length "hi", keep`},
	{"folded two numbers", "HTTP/1.1 200 OK|Content-Length: 1| 2||hi", `http1: Content-Length: not a number: "1   2"`},
	{"folded coding", "HTTP/1.1 200 OK|Transfer-Encoding:|\tchunked||0||", `HTTP/1.1 200 OK, chunked "", keep`},

	// Framing, RFC 9112 section 6.3.
	{"204 has no body", "HTTP/1.1 204 No Content|Content-Length: 5||", `HTTP/1.1 204 No Content, none "", keep`},
	{"304 has no body", "HTTP/1.1 304 Not Modified|Transfer-Encoding: chunked||", `HTTP/1.1 304 Not Modified, none "", keep`},
	{"205 has a frame", "HTTP/1.1 205 Reset Content|Content-Length: 0||", `HTTP/1.1 205 Reset Content, length "", keep`},
	{"until the end", "HTTP/1.1 200 OK||all of it", `HTTP/1.1 200 OK, close "all of it"`},
	{"until the end, with nothing", "HTTP/1.1 200 OK||", `HTTP/1.1 200 OK, close ""`},
	{"both lengths", "HTTP/1.1 200 OK|Content-Length: 3|Transfer-Encoding: chunked||0||", `http1: framing: both Transfer-Encoding and Content-Length`},
	{"both lengths in 1.0", "HTTP/1.0 200 OK|Content-Length: 3|Transfer-Encoding: chunked||0||", `http1: framing: both Transfer-Encoding and Content-Length`},
	{"chunked in 1.0", "HTTP/1.0 200 OK|Transfer-Encoding: chunked|Connection: keep-alive||0||", `HTTP/1.0 200 OK, close "0\r\n\r\n"`},
	{"equal lengths", "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 2||hi", `HTTP/1.1 200 OK, length "hi", keep`},
	{"equal lengths, otherwise written", "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 02||hi", `HTTP/1.1 200 OK, length "hi", keep`},
	{"list of equal lengths", "HTTP/1.1 200 OK|Content-Length: 2, 2 ,2||hi", `HTTP/1.1 200 OK, length "hi", keep`},
	{"different lengths", "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 3||hi", `http1: Content-Length: both 2 and 3`},
	{"list of different lengths", "HTTP/1.1 200 OK|Content-Length: 2, 3||hi", `http1: Content-Length: both 2 and 3`},
	{"list with nothing in it", "HTTP/1.1 200 OK|Content-Length: 2,||hi", `http1: Content-Length: not a number: "2,"`},
	{"empty length", "HTTP/1.1 200 OK|Content-Length:||hi", `http1: Content-Length: not a number: ""`},
	{"length with a sign", "HTTP/1.1 200 OK|Content-Length: +2||hi", `http1: Content-Length: not a number: "+2"`},
	{"negative length", "HTTP/1.1 200 OK|Content-Length: -2||hi", `http1: Content-Length: not a number: "-2"`},
	{"hexadecimal length", "HTTP/1.1 200 OK|Content-Length: 0x2||hi", `http1: Content-Length: not a number: "0x2"`},
	{"length beyond 63 bits", "HTTP/1.1 200 OK|Content-Length: 9223372036854775808||hi", `http1: Content-Length: too large: "9223372036854775808"`},
	{"length of 63 bits", "HTTP/1.1 200 OK|Content-Length: 9223372036854775807||hi",
		`HTTP/1.1 200 OK, length "hi": http1: response body: ended after 2 of 9223372036854775807 bytes: unexpected EOF`},
	{"length without a body need not be one", "HTTP/1.1 304 N|Content-Length: x||", `HTTP/1.1 304 N, none "", keep`},
	{"gzip as transfer coding", "HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked||0||", `http1: Transfer-Encoding: "gzip" beside chunked`},
	{"chunked not last", "HTTP/1.1 200 OK|Transfer-Encoding: chunked, gzip||0||", `http1: Transfer-Encoding: "gzip" beside chunked`},
	{"chunked twice", "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||", `http1: Transfer-Encoding: "chunked" beside chunked`},
	{"chunked with a parameter", "HTTP/1.1 200 OK|Transfer-Encoding: chunked;q=1||0||", `http1: Transfer-Encoding: unknown coding "chunked;q=1"`},
	{"chunked after a vertical tab", "HTTP/1.1 200 OK|Transfer-Encoding: \vchunked||0||", "http1: Transfer-Encoding: unknown coding \"\\vchunked\""},
	{"length after a form feed", "HTTP/1.1 200 OK|Content-Length: \f2||hi", `http1: Content-Length: not a number: "\f2"`},
	{"length with a control character behind it", "HTTP/1.1 200 OK|Content-Length: 2\x01||hi", `http1: Content-Length: not a number: "2\x01"`},
	{"control character in the reason and an extension", "HTTP/1.1 200 O\x1bK|Transfer-Encoding: chunked||1;a=\x01|x|0||", "HTTP/1.1 200 O\x1bK, chunked \"x\", keep"},
	{"no transfer coding", "HTTP/1.1 200 OK|Transfer-Encoding:||0||", `http1: Transfer-Encoding: unknown coding ""`},
	{"chunked in capitals", "HTTP/1.1 200 OK|TRANSFER-ENCODING: Chunked||0||", `HTTP/1.1 200 OK, chunked "", keep`},
	{"identity", "HTTP/1.1 200 OK|Transfer-Encoding: identity|Content-Length: 2||hi", `HTTP/1.1 200 OK, length "hi"`},
	{"identity alone", "HTTP/1.1 200 OK|Transfer-Encoding: identity||hi", `HTTP/1.1 200 OK, close "hi"`},
	{"identity, then chunked", "HTTP/1.1 200 OK|Transfer-Encoding: identity, chunked||0||", `HTTP/1.1 200 OK, chunked "", keep`},
	{"chunked, then identity", "HTTP/1.1 200 OK|Transfer-Encoding: chunked, identity||0||", `http1: Transfer-Encoding: "identity" beside chunked`},

	// Persistence, RFC 9112 section 9.3.
	{"close", "HTTP/1.1 200 OK|Connection: close|Content-Length: 0||", `HTTP/1.1 200 OK, length ""`},
	{"close in a list", "HTTP/1.1 200 OK|Connection: x, CLOSE|Content-Length: 0||", `HTTP/1.1 200 OK, length ""`},
	{"close wins", "HTTP/1.1 200 OK|Connection: keep-alive|Connection: close|Content-Length: 0||", `HTTP/1.1 200 OK, length ""`},
	{"closed is another word", "HTTP/1.1 200 OK|Connection: closed|Content-Length: 0||", `HTTP/1.1 200 OK, length "", keep`},
	{"1.0", "HTTP/1.0 200 OK|Content-Length: 2||hi", `HTTP/1.0 200 OK, length "hi"`},
	{"1.0 kept", "HTTP/1.0 200 OK|Connection: Keep-Alive|Content-Length: 2||hi", `HTTP/1.0 200 OK, length "hi", keep`},
	{"1.0 without a length", "HTTP/1.0 200 OK|Connection: Keep-Alive||hi", `HTTP/1.0 200 OK, close "hi"`},
	{"1.0 without a body", "HTTP/1.0 304 N|Connection: Keep-Alive||", `HTTP/1.0 304 N, none "", keep`},

	// The end of the connection.
	{"nothing", "", `http1: response: connection closed before its first byte: EOF`},
	{"an empty line", "|", `http1: response head: ended after 2 bytes: unexpected EOF`},
	{"half an empty line", "\r", `http1: response head: ended after 1 bytes: unexpected EOF`},
	{"within the status line", "HTTP/1.1 20", `http1: response head: ended after 11 bytes: unexpected EOF`},
	{"within the fields", "HTTP/1.1 200 OK|Content-", `http1: response head: ended after 25 bytes: unexpected EOF`},
	{"before the empty line", "HTTP/1.1 200 OK|Content-Length: 0|", `http1: response head: ended after 36 bytes: unexpected EOF`},
	{"after an interim response", "HTTP/1.1 100 Continue||", `http1: response head: ended after 0 bytes: unexpected EOF`},
	{"within the body", "HTTP/1.1 200 OK|Content-Length: 100||0123456789",
		`HTTP/1.1 200 OK, length "0123456789": http1: response body: ended after 10 of 100 bytes: unexpected EOF`},

	// Bytes that no request asked for, RFC 9112 section 9.2.
	{"too many bytes", "HTTP/1.1 200 OK|Content-Length: 2||hi!", `HTTP/1.1 200 OK, length "hi"`},
	{"another response", "HTTP/1.1 204 N||HTTP/1.1 200 OK|Content-Length: 0||", `HTTP/1.1 204 N, none ""`},
	{"a body to 304", "HTTP/1.1 304 N|Content-Length: 2||hi", `HTTP/1.1 304 N, none ""`},

	// Chunks, RFC 9112 section 7.1.
	{"chunks", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|7|, world|0||", `HTTP/1.1 200 OK, chunked "hello, world", keep`},
	{"trailers", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|a|0|Digest: x|Content-Length: 7||",
		`HTTP/1.1 200 OK, chunked "a", Digest=x;Content-Length=7;, keep`},
	{"folded trailer", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|A: x| y||", `HTTP/1.1 200 OK, chunked "", A=x   y;, keep`},
	{"bad trailer", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|A : x||", `HTTP/1.1 200 OK, chunked "": http1: header field: white space between name and colon: "A : x"`},
	{"hexadecimal size", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||00A|0123456789|a|0123456789|0||", `HTTP/1.1 200 OK, chunked "01234567890123456789", keep`},
	{"extensions", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1;a=b;c=\"d\"|x|0;last||", `HTTP/1.1 200 OK, chunked "x", keep`},
	{"spaces after the size", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1  |x|0 ;a||", `HTTP/1.1 200 OK, chunked "x", keep`},
	{"zeros as last chunk", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||000||", `HTTP/1.1 200 OK, chunked "", keep`},
	{"too many bytes after the chunks", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0||x", `HTTP/1.1 200 OK, chunked ""`},
	{"space before the size", "HTTP/1.1 200 OK|Transfer-Encoding: chunked|| 1|x|0||", `HTTP/1.1 200 OK, chunked "": http1: chunk size: not a number: " 1"`},
	{"size with a sign", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||+1|x|0||", `HTTP/1.1 200 OK, chunked "": http1: chunk size: not a number: "+1"`},
	{"size with a prefix", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0x1|x|0||", `HTTP/1.1 200 OK, chunked "": http1: chunk size: not a number: "0x1"`},
	{"no size", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||;a|x|0||", `HTTP/1.1 200 OK, chunked "": http1: chunk size: not a number: ";a"`},
	{"empty size line", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||||", `HTTP/1.1 200 OK, chunked "": http1: chunk size: not a number: ""`},
	{"size beyond 63 bits", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||8000000000000000|x|0||",
		`HTTP/1.1 200 OK, chunked "": http1: chunk size: too large: "8000000000000000"`},
	{"size of 17 digits", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||00000000000000001|x|0||",
		`HTTP/1.1 200 OK, chunked "": http1: chunk size: too large: "00000000000000001"`},
	{"size line ends in LF", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1\nx|0||", `HTTP/1.1 200 OK, chunked "": http1: chunk size: line does not end in CRLF`},
	{"carriage return in an extension", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1;a\rb|x|0||", `HTTP/1.1 200 OK, chunked "": http1: chunk extension: control character 0x0d`},
	{"chunk longer than its size", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|xy|0||",
		`HTTP/1.1 200 OK, chunked "x": http1: chunk: not followed by CRLF but by 'y' after 0 bytes of it`},
	{"chunk ends in LF", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|x\n0||",
		`HTTP/1.1 200 OK, chunked "x": http1: chunk: not followed by CRLF but by '\n' after 0 bytes of it`},
	{"chunk ends in CR", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|x\r0||",
		`HTTP/1.1 200 OK, chunked "x": http1: chunk: not followed by CRLF but by '0' after 1 bytes of it`},
	{"end within a chunk", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hel",
		`HTTP/1.1 200 OK, chunked "hel": http1: chunk: ended after 3 of 5 bytes: unexpected EOF`},
	{"end between chunks", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|",
		`HTTP/1.1 200 OK, chunked "hello": http1: chunked body: ended after 5 bytes: unexpected EOF`},
	{"end before a chunk's CRLF", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello",
		`HTTP/1.1 200 OK, chunked "hello": http1: chunked body: ended after 5 bytes: unexpected EOF`},
	{"end within the trailers", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|A: b|",
		`HTTP/1.1 200 OK, chunked "": http1: trailer section: ended after 6 bytes: unexpected EOF`},
	{"too many bytes of extensions", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1;" + strings.Repeat("a", 16<<10) + "|x|0||",
		`HTTP/1.1 200 OK, chunked "": http1: chunk extension: larger than 16384 bytes (Limits.ChunkExtBytes)`},
	{"too many small extensions", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||" + strings.Repeat("1;"+strings.Repeat("a", 8191)+"|x|", 3) + "0||",
		`HTTP/1.1 200 OK, chunked "xx": http1: chunk extension: larger than 16384 bytes (Limits.ChunkExtBytes)`},
}

func TestResponse(t *testing.T) {
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			in := unlines(tt.in)
			first := ""
			everySplit(in, func(how string, pieces []string) {
				o := exchange("GET", Limits{}, io.EOF, pieces...)
				// Unsolicited bytes that come after the end are not seen here, but by whoever keeps the connection.
				if got := o.String(); got != tt.want && got != tt.want+", keep" {
					t.Fatalf("%s: got  %s\nwant %s", how, got, tt.want)
				} else if how == "whole" && got != tt.want {
					t.Fatalf("%s: got  %s\nwant %s", how, got, tt.want)
				}
				o.keep = false
				if first == "" {
					first = o.complete()
				} else if got := o.complete(); got != first {
					t.Fatalf("%s: got  %s\nwhole: %s", how, got, first)
				}
			})
		})
	}
}

func TestResponseToHEAD(t *testing.T) {
	o := exchange("HEAD", Limits{}, io.EOF, "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
	if got, want := o.String(), `HTTP/1.1 200 OK, none "", keep`; got != want || o.length != 1234 {
		t.Errorf("got %s, length %d; want %s, 1234", got, o.length, want)
	}
	o = exchange("CONNECT", Limits{}, io.EOF, "HTTP/1.1 200 OK\r\n\r\n")
	if got, want := o.String(), `HTTP/1.1 200 OK, none ""`; got != want {
		t.Errorf("CONNECT: got %s, want %s", got, want)
	}
}

func TestResponseFields(t *testing.T) {
	in := unlines("HTTP/1.1 103 E|Link: <a>||HTTP/1.1 200 OK|Empty:|Tabs:\t a\tb \t|Colon: a:b|Latin: \xe9|Fold: a\t|  b|\tc|Empty-Fold:| x|Fold-Empty: y| |Dup: 1|dup: 2|Content-Length: 0||")
	want := "Empty=;Tabs=a\tb;Colon=a:b;Latin=\xe9;Fold=a     b  \tc;Empty-Fold=x;Fold-Empty=y;Dup=1;dup=2;Content-Length=0;"
	want = strings.ReplaceAll(want, "\tc", " c") // the fold's own tab becomes a space too
	everySplit(in, func(how string, pieces []string) {
		o := exchange("GET", Limits{}, io.EOF, pieces...)
		if o.fields != want || o.interim != "103 Link=<a>;" || !o.keep {
			t.Fatalf("%s: fields %q, interim %q (%v)\nwant   %q", how, o.fields, o.interim, o.err, want)
		}
	})
}

func TestResponseLimits(t *testing.T) {
	head := "HTTP/1.1 200 OK|A: b|Content-Length: 0||" // 44 bytes
	chunks := "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1;abc|x|0|T: u|V: w||"
	for _, tt := range []struct {
		name, in string
		limits   Limits
		want     string
	}{
		{"head just fits", head, Limits{HeaderBytes: len(unlines(head))}, `HTTP/1.1 200 OK, length "", keep`},
		{"head one too long", head, Limits{HeaderBytes: len(unlines(head)) - 1}, `http1: response head: larger than 43 bytes (Limits.HeaderBytes)`},
		{"status line too long", head, Limits{HeaderBytes: 10}, `http1: response head: larger than 10 bytes (Limits.HeaderBytes)`},
		{"fields just fit", head, Limits{Fields: 2}, `HTTP/1.1 200 OK, length "", keep`},
		{"one field too many", head, Limits{Fields: 1}, `http1: response head: more than 1 fields (Limits.Fields)`},
		{"no fields", head, Limits{Fields: -1}, `http1: response head: more than 0 fields (Limits.Fields)`},
		{"no interim responses", "HTTP/1.1 100 C||" + head, Limits{Interim: -1}, `http1: response: more than 0 interim responses (Limits.Interim)`},
		{"extension just fits", chunks, Limits{ChunkExtBytes: 4}, `HTTP/1.1 200 OK, chunked "x", T=u;V=w;, keep`},
		{"extension too long", chunks, Limits{ChunkExtBytes: 3}, `HTTP/1.1 200 OK, chunked "": http1: chunk extension: larger than 3 bytes (Limits.ChunkExtBytes)`},
		{"trailers just fit", chunks, Limits{TrailerBytes: 14}, `HTTP/1.1 200 OK, chunked "x", T=u;V=w;, keep`},
		{"trailers too long", chunks, Limits{TrailerBytes: 13}, `HTTP/1.1 200 OK, chunked "x": http1: trailer section: larger than 13 bytes (Limits.TrailerBytes)`},
		{"one trailer too many", chunks, Limits{Fields: 1}, `HTTP/1.1 200 OK, chunked "x": http1: trailer section: more than 1 fields (Limits.Fields)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			everySplit(unlines(tt.in), func(how string, pieces []string) {
				if got := exchange("GET", tt.limits, io.EOF, pieces...).String(); got != tt.want {
					t.Fatalf("%s: got  %s\nwant %s", how, got, tt.want)
				}
			})
		})
	}
}

func TestResponseDefaultHeadLimit(t *testing.T) {
	for _, n := range []int{60 << 10, 70 << 10, 200 << 10, 256 << 10} {
		in := "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", n) + "\r\nContent-Length: 2\r\n\r\nhi"
		want := `HTTP/1.1 200 OK, length "hi", keep`
		if n == 256<<10 {
			want = `http1: response head: larger than 262144 bytes (Limits.HeaderBytes)`
		}
		for _, pieces := range [][]string{{in}, {in[:n/2], in[n/2:]}, {in[:10], in[10:]}} {
			if got := exchange("GET", Limits{}, io.EOF, pieces...).String(); got != want {
				t.Errorf("%d bytes: got %s, want %s", n, got, want)
			}
		}
	}
}

func TestErrorKinds(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	for _, tt := range []struct {
		name, in string
		end      error
		kind     Kind
		is       error
		want     string
	}{
		{"closed before any byte", "", io.EOF, NoResponse, ErrNoResponse, "http1: response: connection closed before its first byte: EOF"},
		{"reset before any byte", "", errReset, NoResponse, ErrNoResponse, "http1: response: connection failed before its first byte: connection reset by peer"},
		{"deadline before any byte", "", os.ErrDeadlineExceeded, IO, os.ErrDeadlineExceeded, "http1: response: waited for its first byte: i/o timeout"},
		{"closed within the head", head[:20], io.EOF, Truncated, io.ErrUnexpectedEOF, "http1: response head: ended after 20 bytes: unexpected EOF"},
		{"closed within the body", head + "123", io.EOF, Truncated, io.ErrUnexpectedEOF, "http1: response body: ended after 3 of 10 bytes: unexpected EOF"},
		{"reset within the body", head + "123", errReset, Truncated, errReset, "http1: response body: ended after 3 of 10 bytes: connection reset by peer"},
		{"reset within a body without a length", "HTTP/1.1 200 OK\r\n\r\n123", errReset, Truncated, errReset, "http1: response body: ended after 3 bytes: connection reset by peer"},
		{"deadline within the body", head + "123", os.ErrDeadlineExceeded, IO, os.ErrDeadlineExceeded, "http1: response body: waited after 3 of 10 bytes: i/o timeout"},
		{"no HTTP", "hello\r\n", io.EOF, Syntax, nil, `http1: status line: does not begin with HTTP/1.1: "hello"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := exchange("GET", Limits{}, tt.end, tt.in)
			var e *Error
			if !errors.As(o.err, &e) || e.Kind != tt.kind || e.Error() != tt.want || tt.is != nil && !errors.Is(o.err, tt.is) {
				t.Errorf("got %#v: %v, want kind %v: %s", e, o.err, tt.kind, tt.want)
			}
			if errors.Is(o.err, ErrNoResponse) != (tt.kind == NoResponse) {
				t.Errorf("errors.Is(%v, ErrNoResponse) = %v", o.err, tt.kind != NoResponse)
			}
			if o.keep {
				t.Error("connection kept after an error")
			}
		})
	}
}

func TestErrorCounts(t *testing.T) {
	o := exchange("GET", Limits{}, io.EOF, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123")
	var e *Error
	if !errors.As(o.err, &e) || e.Got != 3 || e.Want != 10 {
		t.Errorf("got %+v, want 3 of 10", e)
	}
	o = exchange("GET", Limits{Fields: 1}, io.EOF, "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n")
	if !errors.As(o.err, &e) || e.Kind != Limit || e.Limit != "Fields" || e.Max != 1 {
		t.Errorf("got %+v, want limit Fields 1", e)
	}
}

func TestForbidden(t *testing.T) {
	for n := range 20 {
		for at := range n {
			for b := range 256 {
				p := []byte(strings.Repeat("v", n))
				p[at] = byte(b)
				want := -1
				if b == 0 || b == '\r' || b == '\n' {
					want = at
				}
				if got := forbidden(p); got != want {
					t.Fatalf("forbidden(%q) = %d, want %d", p, got, want)
				}
			}
		}
	}
	if got := forbidden([]byte("\t\xff\x80\x81\x01\x0b\x0c\x0e\x8d\x8a  \r")); got != 12 {
		t.Errorf("got %d, want 12", got)
	}
}

// The control characters that are harmless between two readers come out as they came, as in Chromium; net/http refuses them.
func TestControlCharactersInValues(t *testing.T) {
	for b := range 0x80 {
		value := "a" + string(rune(b)) + "b"
		in := "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nF: " + value + "\r\nG: long enough, " + value + "\r\n\r\n"
		o := exchange("GET", Limits{}, io.EOF, in)
		refused := b == 0 || b == '\r' || b == '\n'
		if (o.err != nil) != refused || !refused && !strings.Contains(o.fields, "F="+value+";G=long enough, "+value+";") {
			t.Errorf("0x%02x: %q, %v", b, o.fields, o.err)
		}
	}
}

func TestKindString(t *testing.T) {
	if got := fmt.Sprint(Syntax, NoResponse, Misuse, Kind(9), Chunked, Framing(7)); got != "syntax no response misuse Kind(9) chunked unknown" {
		t.Error(got)
	}
}
