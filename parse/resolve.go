package parse

import (
	"errors"
	"fmt"

	"pageload/parse/weburl"
)

// ErrScheme is in the Err of a reference whose URL has a scheme that is never
// fetched, such as javascript or mailto.
var ErrScheme = errors.New("parse: scheme is not fetched")

// ErrNoBase is in the Err of a relative reference in a document whose URL is
// not known.
var ErrNoBase = errors.New("parse: relative reference without a base URL")

// resolved is a reference of a tag that the scanner has resolved. The builder
// comes to it later and need not do it again.
type resolved struct {
	at   uint32 // begin of the tag
	raw  string
	base weburl.URL
	url  weburl.URL
}

func (p *Parser) resolve(ps *pass, at uint32, raw string) (weburl.URL, error) {
	if ps.by == Builder {
		for p.known < len(p.scanned) && p.scanned[p.known].at < at {
			p.known++
		}
		for i := p.known; i < len(p.scanned) && p.scanned[i].at == at; i++ {
			if k := &p.scanned[i]; k.raw == raw && k.base == ps.base {
				return k.url, nil
			}
		}
	}
	u, err := p.parseURL(ps.base, raw)
	if err == nil && ps.by == Scanner {
		p.scanned = append(p.scanned, resolved{at, raw, ps.base, u})
	}
	return u, err
}

// parseURL resolves a reference that is fetched.
func (p *Parser) parseURL(base weburl.URL, raw string) (weburl.URL, error) {
	u, err := p.linkURL(base, raw)
	if err != nil {
		return u, err
	}
	switch u.Scheme() {
	case "http", "https", "data", "blob", "about", "file", "filesystem":
		return u, nil
	}
	return u, fmt.Errorf("%w: %s", ErrScheme, u.Scheme())
}

// linkURL resolves any reference.
func (p *Parser) linkURL(base weburl.URL, raw string) (weburl.URL, error) {
	return resolve(base, raw, p.dec)
}

// resolve resolves a reference of a document in the decoder's encoding.
func resolve(base weburl.URL, raw string, dec *decoder) (weburl.URL, error) {
	u, err := base.ParseEncoded(raw, dec.queryEncoding())
	if err == nil {
		return u, nil
	}
	if base.IsZero() {
		return weburl.URL{}, fmt.Errorf("%w: %w", ErrNoBase, err)
	}
	return weburl.URL{}, fmt.Errorf("parse: reference: %w", err)
}
