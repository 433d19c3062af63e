package css

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// DecodeSheet returns the body of an external sheet as UTF-8, without a byte
// order mark. In order count (CSS Syntax 3, section 3.2): a byte order mark, the
// charset of its Content-Type ("" for none), an @charset rule at its very
// beginning, and fallback, which is the encoding of the referring document or
// sheet; nil is UTF-8. The result may share memory with body.
func DecodeSheet(body []byte, contentType string, fallback encoding.Encoding) []byte {
	enc, name := sheetEncoding(&body, contentType, fallback)
	if enc == nil || name == "utf-8" {
		return toValidUTF8(body)
	}
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil { // decoders of the Encoding standard replace, they do not fail
		return toValidUTF8(body)
	}
	return bytes.TrimPrefix(out, []byte("\uFEFF"))
}

// sheetEncoding returns the encoding, nil for UTF-8, with its name in the
// Encoding standard, "" unknown, and takes the mark off the body.
func sheetEncoding(body *[]byte, contentType string, fallback encoding.Encoding) (encoding.Encoding, string) {
	for _, m := range []struct {
		mark, name string
		enc        encoding.Encoding
	}{
		{"\xEF\xBB\xBF", "utf-8", nil},
		{"\xFE\xFF", "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
		{"\xFF\xFE", "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	} {
		if rest, ok := bytes.CutPrefix(*body, []byte(m.mark)); ok {
			*body = rest
			return m.enc, m.name
		}
	}
	if enc, name := charset.Lookup(contentType); enc != nil {
		return enc, name
	}
	if enc, name := charset.Lookup(charsetRule(*body)); enc != nil {
		if name == "utf-16be" || name == "utf-16le" {
			return nil, "utf-8" // bytes that spell @charset are not UTF-16
		}
		return enc, name
	}
	if fallback == nil {
		return nil, "utf-8"
	}
	name, _ := htmlindex.Name(fallback)
	return fallback, name
}

// charsetRule returns the name in @charset "name"; at the very beginning. It
// is no rule but a signature: only these very bytes count.
func charsetRule(body []byte) string {
	rest, ok := bytes.CutPrefix(body[:min(len(body), 1024)], []byte(`@charset "`))
	if !ok {
		return ""
	}
	name, after, ok := bytes.Cut(rest, []byte(`"`))
	if !ok || len(after) == 0 || after[0] != ';' {
		return ""
	}
	return string(name)
}

func toValidUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}
