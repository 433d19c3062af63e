package weburl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// encodeQuery returns a query percent-encoded, in the encoding of the document: the standard's "percent-encode after
// encoding", section 1.3. A character that the encoding lacks becomes &#NNN; with the &, # and ; percent-encoded.
//
// As golang.org/x/text does, it differs from the Encoding standard in rare characters: in ISO-2022-JP ¥ and ‾ count as
// lacking, halfwidth katakana are written in their own character set, and the controls SO, SI and ESC are written; in
// gb18030 the private U+E5E5 is written.
func encodeQuery(s string, encode set, enc encoding.Encoding) (b []byte) {
	e := enc.NewEncoder()
	if !asciiCompatible(e) {
		// UTF-16: a URL is written in UTF-8 then (Encoding standard section 4.3, "get an output encoding").
		return appendEncoded(nil, s, encode)
	}
	if isJapanese(enc) {
		s = strings.ReplaceAll(s, "\u2212", "\uFF0D") // the minus sign: Encoding standard section 12
	}
	var dst [256]byte
	src := []byte(s)
	for {
		nDst, nSrc, err := e.Transform(dst[:], src, true)
		for _, c := range dst[:nDst] {
			if classes[c]&encode != 0 {
				b = appendPercent(b, c)
			} else {
				b = append(b, c)
			}
		}
		src = src[nSrc:]
		if errors.Is(err, transform.ErrShortDst) {
			continue
		}
		if err == nil || len(src) == 0 {
			return b
		}
		r, size := utf8.DecodeRune(src)
		b = append(b, "%26%23"...)
		b = strconv.AppendInt(b, int64(r), 10)
		b = append(b, "%3B"...)
		src = src[size:]
	}
}

func asciiCompatible(e *encoding.Encoder) bool {
	b, err := e.Bytes([]byte("a"))
	return err == nil && len(b) == 1 && b[0] == 'a'
}

// isJapanese tells by the name that golang.org/x/text gives, so that a leaf package need not link its tables.
func isJapanese(enc encoding.Encoding) bool {
	named, ok := enc.(fmt.Stringer)
	if !ok {
		return false
	}
	switch named.String() {
	case "Shift JIS", "EUC-JP", "ISO-2022-JP":
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
