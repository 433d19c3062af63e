package fetch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"pageload/parse/weburl"
)

// Data is the content of a data: URL.
type Data struct {
	Type MIMEType
	Body []byte
}

var errDataURL = errors.New("malformed data: URL")

// ParseDataURL reads a data: URL (Fetch standard section 6, data: URL processor). The error wraps ErrBadRequest.
func ParseDataURL(u weburl.URL) (Data, error) {
	s := u.WithoutFragment().String()
	rest, ok := strings.CutPrefix(s, "data:")
	if !ok {
		return Data{}, fmt.Errorf("%w: %w: scheme is %s", ErrBadRequest, errDataURL, u.Scheme())
	}
	typ, encoded, ok := strings.Cut(rest, ",")
	if !ok {
		return Data{}, fmt.Errorf("%w: %w: no comma", ErrBadRequest, errDataURL)
	}
	body := percentDecode(encoded)
	typ = strings.Trim(typ, " \t\n\f\r")
	if t, ok := cutBase64(typ); ok {
		decoded, ok := forgivingBase64(body)
		if !ok {
			return Data{}, fmt.Errorf("%w: %w: not base64", ErrBadRequest, errDataURL)
		}
		typ, body = t, decoded
	}
	if strings.HasPrefix(typ, ";") {
		typ = "text/plain" + typ
	}
	m, ok := ParseMIME(typ)
	if !ok {
		m = MIMEType{"text", "plain", []MIMEParam{{"charset", "US-ASCII"}}}
	}
	return Data{m, body}, nil
}

// cutBase64 takes "; base64" off the end of a data URL's type.
func cutBase64(typ string) (string, bool) {
	const word = "base64"
	if len(typ) < len(word) || !strings.EqualFold(typ[len(typ)-len(word):], word) {
		return typ, false
	}
	t := strings.TrimRight(typ[:len(typ)-len(word)], " ")
	if !strings.HasSuffix(t, ";") {
		return typ, false
	}
	return t[:len(t)-1], true
}

// percentDecode is the URL standard's percent-decode: what is no escape stays.
func percentDecode(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := unhex(s[i+1])
			lo, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				b = append(b, hi<<4|lo)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return b
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// forgivingBase64 is the Infra standard's forgiving-base64 decode: without ASCII white space, padding optional, and spare bits ignored.
func forgivingBase64(b []byte) ([]byte, bool) {
	clean := make([]byte, 0, len(b))
	for _, c := range b {
		switch c {
		case ' ', '\t', '\n', '\f', '\r':
		default:
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 0 {
		for range 2 {
			if n := len(clean); n > 0 && clean[n-1] == '=' {
				clean = clean[:n-1]
			}
		}
	}
	if len(clean)%4 == 1 {
		return nil, false
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	if err != nil {
		return nil, false
	}
	return out[:n], true
}
