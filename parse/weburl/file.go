package weburl

// file is the file, file slash and file host states: file URLs have no user, password or port, a host of "localhost"
// is none, and Windows drive letters are kept apart.
func (p *parser) file(b []byte, s string) (_ []byte, why string) {
	base := p.base.kind == kindFile
	switch {
	case s != "" && isSlash(s[0]):
		return p.fileSlash(b, s[1:])
	case !base:
		return p.path(p.fileAuthority(b), s), ""
	case s == "" || s[0] == '?' || s[0] == '#':
		return p.relative(b, s)
	case startsWithDriveLetter(s):
		return p.path(p.takeBaseAuthority(b), s), ""
	}
	return p.path(p.shorten(p.takeBasePath(b)), s), ""
}

// fileSlash goes on after one slash.
func (p *parser) fileSlash(b []byte, s string) (_ []byte, why string) {
	switch {
	case s != "" && isSlash(s[0]):
		return p.fileHost(b, s[1:])
	case p.base.kind != kindFile:
		return p.path(p.fileAuthority(b), s), ""
	}
	b = p.takeBaseAuthority(b)
	// The drive letter of the base is kept, unless s has its own.
	if path := p.base.Path(); len(path) >= 3 && isAlpha(path[1]) && path[2] == ':' &&
		(len(path) == 3 || path[3] == '/') && !startsWithDriveLetter(s) {
		b = append(b, path[:3]...)
	}
	return p.path(b, s), ""
}

// fileHost goes on after two slashes.
func (p *parser) fileHost(b []byte, s string) (_ []byte, why string) {
	end := 0
	for end < len(s) && !isSlash(s[end]) && s[end] != '?' && s[end] != '#' {
		end++
	}
	host := s[:end]
	b = p.fileAuthority(b)
	if isDriveLetter(host) {
		return p.path(b, s), ""
	}
	if host != "" {
		b, why = appendHost(b, host, true)
		if why != "" {
			return b, why
		}
		if string(b[p.u.hostStart:]) == "localhost" {
			b = b[:p.u.hostStart]
		}
		p.u.hostEnd = uint32(len(b))
	}
	return p.pathStart(b, s[end:]), ""
}

// fileAuthority begins a file URL anew.
func (p *parser) fileAuthority(b []byte) []byte {
	b = append(b[:0], "file://"...)
	n := uint32(len(b))
	p.u = URL{kind: kindFile, schemeEnd: uint32(len("file")), hasHost: true, userEnd: n, hostStart: n, hostEnd: n, pathStart: n}
	return b
}
