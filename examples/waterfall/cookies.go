package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"pageload/fetch/cookies"
	"pageload/loader"
)

// readCookies gives the profile the cookies of the file that -cookies names. The notice says in a line what in it is no cookie.
func (o *options) readCookies(p *loader.Profile) (notice string, err error) {
	if o.cookieFile == "" {
		return "", nil
	}
	f, err := os.Open(o.cookieFile)
	if err != nil {
		return "", err
	}
	defer f.Close()
	p.Jar = &cookies.Jar{BlockThirdParty: true} // as the profile's own
	if err := cookiesFrom(p.Jar, f); err != nil {
		return "-cookies " + o.cookieFile + ": " + strings.TrimPrefix(err.Error(), "cookies: "), nil
	}
	return "", nil
}

// cookiesFrom reads any of the formats that a jar knows.
func cookiesFrom(jar *cookies.Jar, r io.Reader) error {
	b := bufio.NewReader(r)
	first, _ := b.Peek(512)
	switch text := strings.TrimSpace(string(first)); {
	case strings.HasPrefix(text, `{"format":`):
		return jar.Read(b)
	case strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{"):
		return jar.ReadBrowser(b)
	}
	return jar.ReadNetscape(b)
}
